//! `flowtrail rules explain`: which part of a rule holds for an event.

use std::io::{self, Read as _, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flowtrail_cloudtrail::Reader;
use flowtrail_context::{Derivation, Given};
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Service, Sink, Skip};
use flowtrail_flowlog::TextReader;
use flowtrail_output::sanitize;
use flowtrail_sigma::{Explanation, MemberOf, RuleIx, RuleMeta, RuleSet, Services};
use serde_json::{Map, Value};

use crate::Outcome;
use crate::args::RuleChoice;
use crate::cases;
use crate::console;
use crate::given;
use crate::sources;

/// Rules that are named where a word fits several.
const FITS_SHOWN: usize = 10;
/// Characters of an id that are enough to name a rule by its beginning.
const ID_PREFIX_MIN: usize = 8;

/// Explains the rule that is `wanted` for the event in a file.
///
/// # Errors
/// If there is no such rule, or no such event, or the one is not for the other.
pub(super) fn run(wanted: &str, event: &Path, choice: &RuleChoice) -> anyhow::Result<Outcome> {
    let given = given::load(choice)?;
    let compilation = sources::chosen(choice, &given)?;
    sources::report(&compilation);
    let lost_rules = sources::has_errors(&compilation);
    let rules = Arc::new(compilation.rules);
    let ix = find(&rules, wanted)?;
    let map = record(event)?;
    let services = rules.rule(ix).map_or(Services::NONE, |r| r.services);
    let service = service_of(services, &map)?;
    let Some(answer) = judge((&rules, ix), &map, service, &given)? else {
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
    Ok(if lost_rules {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}

/// The one record in a file, or on standard input.
fn record(event: &Path) -> anyhow::Result<Map<String, Value>> {
    let mut text = Vec::new();
    if event.as_os_str() == "-" {
        io::stdin().read_to_end(&mut text)?;
    } else {
        text = std::fs::read(event).map_err(|e| console::cannot("read", event, &e))?;
    }
    let one = "hint: give one record as a JSON object, for example with `jq -c '.Records[0]'`";
    let json: Value = serde_json::from_slice(&text)
        .map_err(|e| anyhow::anyhow!("the event is not JSON: {e}\n{one}"))?;
    match json {
        Value::Object(map) if !map.contains_key("Records") => Ok(map),
        Value::Object(_) => bail!("that is a whole log file, not one record\n{one}"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            bail!("the event is not a JSON object\n{one}")
        }
    }
}

/// What `rule` says to a record of `service`; `None` if it cannot be read as one.
fn judge(
    (rules, ix): (&Arc<RuleSet>, RuleIx),
    map: &Map<String, Value>,
    service: Service,
    given: &Given,
) -> anyhow::Result<Option<Explanation>> {
    let mut projection = rules.projection(service.kind()).clone();
    let derivation = Derivation::plan_given(&mut projection, service.kind(), given)?;
    let mut sink = Explain {
        rules: Arc::clone(rules),
        derivation,
        ix,
        answer: None,
    };
    match service.kind() {
        Kind::CloudTrail => {
            let text = serde_json::to_vec(map).context("cannot write the event anew")?;
            Reader::new(&projection, &Limits::default()).read_object(&text, service, &mut sink);
        }
        Kind::Flow => {
            let (header, line) = cases::flow_lines(map);
            let mut reader = TextReader::new(&projection, &Limits::default(), None);
            reader.push(format!("{header}\n{line}\n").as_bytes(), &mut sink);
            reader.finish(&mut sink);
        }
    }
    Ok(sink.answer)
}

/// The rule of an id, a name, the beginning of an id, or a part of a title.
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
    let begins = |m: &RuleMeta| wanted.len() >= ID_PREFIX_MIN && m.id.starts_with(wanted);
    let is = |m: &RuleMeta| {
        let named = m.id == wanted || m.name.as_deref() == Some(wanted);
        named || begins(m) || m.title.to_lowercase().contains(&lower)
    };
    let looser: [&dyn Fn(&RuleMeta) -> bool; 2] =
        [&begins, &|m| m.title.to_lowercase().contains(&lower)];
    let found = if exact.is_empty() {
        let mut all = looser.into_iter().map(by);
        all.find(|found| !found.is_empty()).unwrap_or_default()
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(RuleIx(*one)),
        [] if rules.correlations().iter().any(|c| is(&c.meta)) => {
            if let Some(only) = only_member(rules, &is) {
                return Ok(only);
            }
            bail!(
                "`{shown}` looks at a window of events, not at one\n\
                 hint: explain one of the rules that it refers to: {}",
                members(rules, &is)
            )
        }
        [] => bail!(
            "no rule has the id, the name or a title like `{shown}`\nhint: `flowtrail rules list` shows them"
        ),
        several => bail!(
            "`{shown}` fits {} rules:\n{}\nhint: give more of the title, or the id",
            several.len(),
            titles(rules, several)
        ),
    }
}

/// The rule that a correlation counts the matches of, if there is one such
/// correlation and it counts one rule.
fn only_member(rules: &RuleSet, is: &dyn Fn(&RuleMeta) -> bool) -> Option<RuleIx> {
    let mut fitting = rules.correlations().iter().filter(|c| is(&c.meta));
    match (fitting.next()?.members.as_slice(), fitting.next()) {
        ([one], None) => match one.of {
            MemberOf::Rule(ix) => Some(ix),
            MemberOf::Correlation(_) => None,
        },
        _ => None,
    }
}

/// The rules that a word fits, a line each.
fn titles(rules: &RuleSet, fitting: &[u32]) -> String {
    let all = fitting.iter().filter_map(|i| rules.rule(RuleIx(*i)));
    let line = |m: &RuleMeta| {
        let id: String = m.id.chars().take(ID_PREFIX_MIN).collect();
        format!("  {id}  {}", sanitize(&m.title))
    };
    let mut lines: Vec<_> = all.map(|r| line(&r.meta)).take(FITS_SHOWN).collect();
    if fitting.len() > FITS_SHOWN {
        lines.push(format!("  and {} more", fitting.len() - FITS_SHOWN));
    }
    lines.join("\n")
}

/// The titles of the rules that a correlation counts.
fn members(rules: &RuleSet, is: &dyn Fn(&RuleMeta) -> bool) -> String {
    let found = rules.correlations().iter().find(|c| is(&c.meta));
    let titles = found
        .into_iter()
        .flat_map(|c| &c.members)
        .map(|m| match m.of {
            MemberOf::Rule(ix) => rules.rule(ix).map(|r| r.meta.title.as_str()),
            MemberOf::Correlation(_) => None,
        });
    let quoted: Vec<_> = titles
        .flatten()
        .map(|t| format!("`{}`", sanitize(t)))
        .collect();
    quoted.join(", ")
}

/// The service of the rule as which the event is to be read.
fn service_of(services: Services, event: &Map<String, Value>) -> anyhow::Result<Service> {
    let has = |names: &[&str]| names.iter().any(|n| event.contains_key(*n));
    let is_flow = has(&["srcaddr", "dstaddr", "interface-id", "interface_id"]);
    let is_event = has(&["eventName", "eventSource", "eventVersion"]);
    let fits = |s: &Service| match s.kind() {
        Kind::Flow => is_flow || !is_event,
        Kind::CloudTrail => is_event || !is_flow,
    };
    if let Some(service) = services.iter().find(fits) {
        return Ok(service);
    }
    let what = if is_flow {
        "a flow-log record"
    } else {
        "a CloudTrail record"
    };
    let logs: Vec<_> = services.iter().map(Service::name).collect();
    bail!(
        "the rule is for {}, and the event is {what}\nhint: give a record of the log that the rule is for",
        logs.join(", ")
    )
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

/// One line for each part, indented under the part that it belongs to.
fn show(part: &Explanation, depth: usize, out: &mut impl Write) -> io::Result<()> {
    let what = match (part.what.as_str(), part.parts.as_slice()) {
        // A list of one is that one.
        ("and" | "or", [only]) if part.found.is_none() => return show(only, depth, out),
        ("and", [_, ..]) if part.found.is_none() => "all of",
        ("or", [_, ..]) if part.found.is_none() => "any of",
        (other, _) => other,
    };
    let mark = if part.holds { "yes" } else { "no " };
    let indent = "  ".repeat(depth);
    let found = match part.found.as_deref() {
        None => String::new(),
        Some([]) => "   (absent)".to_owned(),
        Some(values) => format!("   (is {})", values.join(", ")),
    };
    writeln!(out, "{mark} {indent}{}{}", sanitize(what), sanitize(&found))?;
    part.parts.iter().try_for_each(|p| show(p, depth + 1, out))
}
