//! `flowtrail rules`: list, check, test, explain, schema.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flowtrail_cloudtrail::Reader;
use flowtrail_context::{DERIVED, Derivation};
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Service, Sink, Skip};
use flowtrail_flowlog::{FIELDS, TextReader};
use flowtrail_output::sanitize;
use flowtrail_scan::rule_options;
use flowtrail_sigma::{
    Explanation, RuleIx, RuleMeta, RuleSet, RuleSource, Services, Severity, compile,
};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{RuleChoice, Rules};
use crate::cases;
use crate::console;
use crate::sources::{self, RuleFile};

pub(crate) fn run(args: &Rules) -> anyhow::Result<Outcome> {
    match args {
        Rules::List { rules, json } => list(rules, *json),
        Rules::Check { paths } => check(paths),
        Rules::Test { paths, verbose } => test(paths, *verbose),
        Rules::Explain { rule, event, rules } => explain(rule, event, rules),
        Rules::Schema { json } => schema(*json),
    }
}

fn list(choice: &RuleChoice, json: bool) -> anyhow::Result<Outcome> {
    let compilation = sources::chosen(choice)?;
    let rules = &compilation.rules;
    let mut out = console::stdout();
    let raising = rules.rules().iter().filter(|r| r.emits);
    let mut all: Vec<(&RuleMeta, String, &str)> = raising
        .map(|r| (&*r.meta, names(r.services), "event"))
        .collect();
    for c in rules.correlations().iter().filter(|c| c.emits) {
        let services: Services = c
            .members
            .iter()
            .filter_map(|m| match m.of {
                flowtrail_sigma::MemberOf::Rule(ix) => rules.rule(ix).map(|r| r.services),
                flowtrail_sigma::MemberOf::Correlation(_) => None,
            })
            .flat_map(|s| s.iter().collect::<Vec<_>>())
            .collect();
        all.push((&c.meta, names(services), "window"));
    }
    all.sort_by(|a, b| (b.0.level, &a.1, &a.0.title).cmp(&(a.0.level, &b.1, &b.0.title)));
    for (meta, services, looks_at) in all {
        if json {
            let line = json!({
                "id": meta.id, "title": meta.title, "level": meta.level, "logs": services,
                "looks_at": looks_at, "tags": meta.tags, "techniques": meta.techniques(), "file": meta.file,
            });
            writeln!(out, "{line}")?;
        } else {
            let line = format!(
                "{:13} {:11} {:6} {}",
                meta.level, services, looks_at, meta.title
            );
            writeln!(out, "{}", sanitize(&line))?;
        }
    }
    out.flush()?;
    Ok(if sources::has_errors(&compilation) {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}

/// The logs of a rule in a word or two.
fn names(services: Services) -> String {
    if services.iter().count() == Service::ALL.len() {
        return "all".to_owned();
    }
    let all: Vec<&str> = services.iter().map(Service::name).collect();
    all.join(",")
}

fn files(paths: &[std::path::PathBuf]) -> anyhow::Result<Vec<RuleFile>> {
    if paths.is_empty() {
        Ok(sources::shipped())
    } else {
        sources::from_paths(paths)
    }
}

fn check(paths: &[std::path::PathBuf]) -> anyhow::Result<Outcome> {
    let sources: Vec<RuleSource> = files(paths)?.into_iter().map(|f| f.source).collect();
    let compilation = compile(&sources, &rule_options());
    let mut out = console::stdout();
    for problem in &compilation.problems {
        writeln!(out, "{}", cases::shown(problem))?;
    }
    for title in &compilation.not_applicable {
        writeln!(
            out,
            "note: {}: for logs that Flowtrail does not read",
            sanitize(title)
        )?;
    }
    let errors = compilation
        .problems
        .iter()
        .filter(|p| p.severity == Severity::Error)
        .count();
    let rules = &compilation.rules;
    writeln!(
        out,
        "{} files: {} rules and {} correlations compiled, {} errors, {} warnings, {} not applicable",
        sources.len(),
        rules.rules().len(),
        rules.correlations().len(),
        errors,
        compilation.problems.len() - errors,
        compilation.not_applicable.len(),
    )?;
    for service in Service::ALL {
        let always = rules.always_evaluated(service);
        if always > 0 {
            writeln!(
                out,
                "note: {always} rules for {service} name nothing that could wake them and are evaluated for every record"
            )?;
        }
    }
    out.flush()?;
    Ok(if errors > 0 {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}

fn test(paths: &[std::path::PathBuf], verbose: bool) -> anyhow::Result<Outcome> {
    let files = files(paths)?;
    let mut out = console::stdout();
    let (mut passed, mut failed, mut without, mut broken) = (0, 0, 0, 0);
    for file in &files {
        let verdicts = match cases::run(file) {
            Ok(v) => v,
            Err(e) => {
                broken += 1;
                writeln!(out, "error: {}", console::safe(&format!("{e:#}")))?;
                continue;
            }
        };
        passed += verdicts.passed.len();
        failed += verdicts.failed.len();
        without += verdicts.without.len();
        if verbose {
            for line in &verdicts.passed {
                writeln!(out, "ok: {}", sanitize(line))?;
            }
        }
        for line in &verdicts.failed {
            writeln!(out, "failed: {}", sanitize(line))?;
        }
        for line in &verdicts.without {
            writeln!(
                out,
                "missing: {}: give a case that matches and a near miss",
                sanitize(line)
            )?;
        }
    }
    writeln!(
        out,
        "{} files: {passed} cases passed, {failed} failed, {without} rules without a match and a near miss, {broken} files not run",
        files.len()
    )?;
    out.flush()?;
    Ok(if broken > 0 {
        Outcome::Incomplete
    } else if failed + without > 0 {
        Outcome::Found
    } else {
        Outcome::Ran
    })
}

fn explain(wanted: &str, event: &Path, choice: &RuleChoice) -> anyhow::Result<Outcome> {
    let compilation = sources::chosen(choice)?;
    let rules = Arc::new(compilation.rules);
    let ix = find(&rules, wanted)?;
    let mut text = Vec::new();
    if event.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut text)?;
    } else {
        text = std::fs::read(event)
            .with_context(|| format!("cannot read `{}`", console::path(event)))?;
    }
    let json: Value = serde_json::from_slice(&text).context("the event is not JSON")?;
    let Value::Object(map) = json else {
        bail!("the event is not a JSON object\nhint: give one record, not a whole log file");
    };
    let services = rules.rule(ix).map(|r| r.services).unwrap_or(Services::NONE);
    let service = service_of(services, &map);
    let mut projection = rules.projection(service.kind()).clone();
    let derivation = Derivation::plan(&mut projection, service.kind())?;
    let mut sink = Explain {
        rules: Arc::clone(&rules),
        derivation,
        ix,
        answer: None,
    };
    match service.kind() {
        Kind::CloudTrail => {
            Reader::new(&projection, &Limits::default()).read_object(
                &serde_json::to_vec(&map)?,
                service,
                &mut sink,
            );
        }
        Kind::Flow => {
            let (header, line) = cases::flow_lines(&map);
            let mut reader = TextReader::new(&projection, &Limits::default(), None);
            reader.push(format!("{header}\n{line}\n").as_bytes(), &mut sink);
            reader.finish(&mut sink);
        }
    }
    let Some(answer) = sink.answer else {
        bail!("the event could not be read as a record of {service}");
    };
    let mut out = console::stdout();
    let title = rules.rule(ix).map_or("", |r| r.meta.title.as_str());
    let verdict = if answer.holds {
        "matches"
    } else {
        "does not match"
    };
    writeln!(out, "{}: {verdict}", sanitize(title))?;
    show(&answer, 1, &mut out)?;
    out.flush()?;
    Ok(Outcome::Ran)
}

fn find(rules: &RuleSet, wanted: &str) -> anyhow::Result<RuleIx> {
    let by = |is: &dyn Fn(&RuleMeta) -> bool| -> Vec<u32> {
        (0..)
            .zip(rules.rules())
            .filter(|(_, r)| is(&r.meta))
            .map(|(i, _)| i)
            .collect()
    };
    let exact = by(&|m| m.id == wanted || m.name.as_deref() == Some(wanted));
    let lower = wanted.to_lowercase();
    let shown = sanitize(wanted);
    let found = if exact.is_empty() {
        by(&|m| m.title.to_lowercase().contains(&lower))
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(RuleIx(*one)),
        [] if rules
            .correlations()
            .iter()
            .any(|c| c.meta.id == wanted || c.meta.title.to_lowercase().contains(&lower)) =>
        {
            bail!("`{shown}` is a correlation\nhint: explain one of the rules that it refers to")
        }
        [] => bail!(
            "no rule has the id, the name or a title like `{shown}`\nhint: `flowtrail rules list` shows them"
        ),
        several => {
            let titles: Vec<_> = several
                .iter()
                .filter_map(|i| rules.rule(RuleIx(*i)))
                .map(|r| sanitize(&r.meta.title))
                .collect();
            bail!(
                "`{shown}` fits {} rules: {}",
                titles.len(),
                titles.join("; ")
            )
        }
    }
}

/// The service of the rule as which the event is to be read.
fn service_of(services: Services, event: &serde_json::Map<String, Value>) -> Service {
    let flow = event.contains_key("srcaddr") || event.contains_key("interface-id");
    let fits = |s: &Service| (s.kind() == Kind::Flow) == flow;
    let mut all = services.iter().filter(fits);
    all.next()
        .or_else(|| services.iter().next())
        .unwrap_or(Service::CloudTrail)
}

struct Explain {
    rules: Arc<RuleSet>,
    derivation: Derivation,
    ix: RuleIx,
    answer: Option<Explanation>,
}

impl Sink for Explain {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.derivation.apply(event);
        self.answer = self.rules.explain(self.ix, event);
        Flow::Stop
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

fn show(part: &Explanation, depth: usize, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let mark = if part.holds { "yes" } else { "no " };
    let indent = "  ".repeat(depth);
    let found = match part.found.as_deref() {
        None => String::new(),
        Some([]) => "   (absent)".to_owned(),
        Some(values) => format!("   (is {})", values.join(", ")),
    };
    writeln!(
        out,
        "{mark} {indent}{}{}",
        sanitize(&part.what),
        sanitize(&found)
    )?;
    part.parts.iter().try_for_each(|p| show(p, depth + 1, out))
}

/// Sigma's modifiers, as this engine runs them.
const MODIFIERS: [(&str, &str); 26] = [
    ("contains", "the value stands somewhere in the field"),
    ("startswith", "the field begins with the value"),
    ("endswith", "the field ends with the value"),
    ("all", "every value must be met, not one of them"),
    ("cased", "upper and lower case differ"),
    (
        "neq",
        "none of the values; true also where the field is absent",
    ),
    (
        "exists",
        "`true`: the key is there, null included; `false`: it is not",
    ),
    (
        "re",
        "a regular expression, searched, case-sensitive; no look-around",
    ),
    ("i", "after `re`: case does not matter"),
    ("m", "after `re`: `^` and `$` match at lines"),
    ("s", "after `re`: `.` matches newlines"),
    ("cidr", "an address in the network, IPv4 or IPv6"),
    ("lt", "less than, as numbers"),
    ("lte", "at most"),
    ("gt", "more than"),
    ("gte", "at least"),
    (
        "fieldref",
        "compared with the value of another field; contains, startswith, endswith may follow",
    ),
    (
        "expand",
        "`%placeholders%` are replaced; one without values rejects the rule",
    ),
    (
        "windash",
        "a dash that begins an option stands for five dashes",
    ),
    ("base64", "the value, encoded"),
    (
        "base64offset",
        "the value, encoded at each of three offsets",
    ),
    ("wide", "the value in UTF-16, little endian (also utf16le)"),
    ("utf16be", "the value in UTF-16, big endian"),
    ("utf16", "the value in UTF-16 with a byte-order mark"),
    ("minute, hour, day", "that part of a time, in UTC"),
    (
        "week, month, year",
        "that part of a time; weeks are those of ISO 8601",
    ),
];

fn schema(as_json: bool) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    if as_json {
        let flow: Vec<Value> = FIELDS
            .iter()
            .map(|f| json!({"name": f.name, "version": f.version, "vpc": f.vpc, "tgw": f.tgw, "doc": f.doc}))
            .collect();
        let derived: Vec<Value> = DERIVED
            .iter()
            .map(|d| {
                json!({"name": d.name, "doc": d.doc, "values": d.values,
                       "cloudtrail": d.applies_to(Kind::CloudTrail), "flow": d.applies_to(Kind::Flow)})
            })
            .collect();
        let modifiers: Vec<Value> = MODIFIERS
            .iter()
            .map(|(n, d)| json!({"name": n, "doc": d}))
            .collect();
        writeln!(
            out,
            "{}",
            json!({"flow": flow, "derived": derived, "modifiers": modifiers})
        )?;
        out.flush()?;
        return Ok(Outcome::Ran);
    }
    writeln!(
        out,
        "CloudTrail: every path of a record, such as userIdentity.arn; arrays match if any member does.\n"
    )?;
    writeln!(out, "Flow logs (hyphens or underscores):")?;
    for f in FIELDS {
        writeln!(out, "  {:28} v{:<2} {}", f.name, f.version, f.doc)?;
    }
    writeln!(out, "\nDerived fields:")?;
    for d in DERIVED {
        writeln!(out, "  {:28} {}", d.name, d.doc)?;
        if !d.values.is_empty() {
            writeln!(out, "  {:28} one of {}", "", d.values.join(", "))?;
        }
    }
    writeln!(out, "\nModifiers:")?;
    for (name, doc) in MODIFIERS {
        writeln!(out, "  {name:28} {doc}")?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}
