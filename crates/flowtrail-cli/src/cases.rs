//! The cases of rules: events that a rule must match, and near misses.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::{Event, EventTime, Flow, Kind, Limits, Note, Service, Sink, Skip};
use flowtrail_flowlog::TextReader;
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Level, Matcher, RuleSet, RuleSource, Severity, compile};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::sources::RuleFile;

/// The time of a case's first event, unless it says its own: a Tuesday.
const START: &str = "2026-01-06T10:00:00Z";
/// Events of one case; more is a slip of the pen.
const EVENTS_MAX: u64 = 100_000;

/// A case, as its file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    expect: Expect,
    /// Id or name of the rule that must (not) fire; the last of the file if none.
    rule: Option<String>,
    event: Option<Value>,
    #[serde(default)]
    events: Vec<Timed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Match,
    Miss,
}

/// One event of a sequence, or several alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Timed {
    /// Offset from the start: `90s`, `5m`, `2h`.
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    every: Option<String>,
    #[serde(default)]
    repeat: Option<u64>,
    event: Value,
}

/// What the cases of one file came to.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    pub(crate) passed: Vec<String>,
    pub(crate) failed: Vec<String>,
    /// Rules that raise findings and have no case that must match, or none that must not.
    pub(crate) without: Vec<String>,
}

/// Runs the cases of a file.
///
/// # Errors
/// If its rules do not compile or its cases cannot be read.
pub(crate) fn run(file: &RuleFile) -> anyhow::Result<Verdicts> {
    let compiled = compile(std::slice::from_ref(&file.source), &rule_options());
    let errors = compiled.problems.iter();
    let errors = errors.filter(|p| p.severity == Severity::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    if !errors.is_empty() {
        let all = errors.join("\n");
        // Whoever shows it says that it is an error.
        bail!("{}", all.strip_prefix("error: ").unwrap_or(&all));
    }
    let bench = Bench {
        plan: Arc::new(Plan::new(
            Arc::new(compiled.rules),
            &Limits::default(),
            Level::Informational,
        )?),
    };
    let mut verdicts = Verdicts::default();
    let cases: Vec<Case> = match &file.cases {
        Some(text) => yaml_serde::from_str(text)
            .with_context(|| format!("cannot read the cases of `{}`", file.source.file))?,
        None => Vec::new(),
    };
    let default = bench.last_rule(&file.source);
    let mut covered = Vec::new();
    for case in &cases {
        let rule = case.rule.as_deref().or(default.as_deref());
        let rule = rule.and_then(|r| bench.rule(r)).ok_or_else(|| {
            anyhow!(
                "{}: case `{}` is for a rule that the file does not have",
                file.source.file,
                case.name
            )
        })?;
        let fired = bench
            .fires(case, &rule)
            .with_context(|| format!("{}: case `{}`", file.source.file, case.name))?;
        let line = format!("{}: {}", file.source.file, case.name);
        if fired == (case.expect == Expect::Match) {
            verdicts.passed.push(line);
        } else {
            let what = if fired {
                "fires, and must not"
            } else {
                "does not fire, and must"
            };
            verdicts
                .failed
                .push(format!("{line}: `{}` {what}", rule.title));
        }
        covered.push((rule.id, case.expect));
    }
    for rule in bench.raising() {
        let has = |e| {
            covered
                .iter()
                .any(|(id, expect)| *id == rule.id && *expect == e)
        };
        if !(has(Expect::Match) && has(Expect::Miss)) {
            verdicts
                .without
                .push(format!("{}: {}", file.source.file, rule.title));
        }
    }
    Ok(verdicts)
}

#[derive(Debug, Clone)]
struct Named {
    id: String,
    title: String,
}

/// The rules of one file, ready to judge events.
struct Bench {
    plan: Arc<Plan>,
}

impl Bench {
    fn rules(&self) -> &RuleSet {
        self.plan.rules()
    }

    fn rule(&self, name: &str) -> Option<Named> {
        let rules = self.rules().rules().iter().map(|r| &r.meta);
        let all = rules.chain(self.rules().correlations().iter().map(|c| &c.meta));
        let mut found = all.filter(|m| m.id == name || m.name.as_deref() == Some(name));
        found.next().map(|m| Named {
            id: m.id.clone(),
            title: m.title.clone(),
        })
    }

    /// The rule of the last document: the one that a file is about.
    fn last_rule(&self, source: &RuleSource) -> Option<String> {
        let id = source
            .text
            .lines()
            .rev()
            .find_map(|l| l.strip_prefix("id:"))?;
        Some(id.trim().trim_matches(['"', '\'']).to_owned())
    }

    fn raising(&self) -> Vec<Named> {
        let rules = self
            .rules()
            .rules()
            .iter()
            .filter(|r| r.emits)
            .map(|r| &r.meta);
        let correlations = self.rules().correlations().iter().filter(|c| c.emits);
        let all = rules.chain(correlations.map(|c| &c.meta));
        all.map(|m| Named {
            id: m.id.clone(),
            title: m.title.clone(),
        })
        .collect()
    }

    /// Whether `rule` fires on the events of `case`. A rule that only feeds
    /// correlations counts as firing where it matches.
    fn fires(&self, case: &Case, rule: &Named) -> anyhow::Result<bool> {
        let mut judge = Judge {
            detector: Detector::new(Arc::clone(&self.plan)),
            matcher: Matcher::new(Arc::clone(self.plan.rules())),
            matched: Vec::new(),
            skip: None,
        };
        judge.detector.begin("case");
        let service = self.service();
        for (n, event) in events(case)?.into_iter().enumerate() {
            let json = complete(event, n, service)?;
            self.read(&json, service, &mut judge)?;
        }
        if let Some(skip) = judge.skip {
            bail!("an event cannot be read: {}", skip.reason.name());
        }
        let (findings, _) = judge.detector.finish();
        let matched = judge.matched.contains(&rule.id);
        Ok(matched || findings.iter().any(|f| f.rule.id == rule.id))
    }

    /// The log that the rules of the file are for.
    fn service(&self) -> Service {
        let first = self.rules().rules().first();
        first
            .and_then(|r| r.services.iter().next())
            .unwrap_or(Service::CloudTrail)
    }

    fn read(
        &self,
        json: &Map<String, Value>,
        service: Service,
        judge: &mut Judge,
    ) -> anyhow::Result<()> {
        match service.kind() {
            Kind::CloudTrail => {
                let text = serde_json::to_vec(json)?;
                let mut reader = flowtrail_cloudtrail::Reader::new(
                    self.plan.projection(Kind::CloudTrail),
                    self.plan.limits(),
                );
                reader.read_object(&text, service, judge);
            }
            Kind::Flow => {
                let (header, line) = flow_lines(json);
                let mut reader =
                    TextReader::new(self.plan.projection(Kind::Flow), self.plan.limits(), None);
                reader.push(format!("{header}\n{line}\n").as_bytes(), judge);
                reader.finish(judge);
            }
        }
        Ok(())
    }
}

/// A flow record as a header and a line.
pub(crate) fn flow_lines(json: &Map<String, Value>) -> (String, String) {
    let text = |v: &Value| match v {
        Value::String(s) if s.is_empty() => "-".to_owned(),
        Value::String(s) => s.replace(' ', "%20"),
        Value::Null => "-".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => v.to_string(),
    };
    let header: Vec<&str> = json.keys().map(String::as_str).collect();
    let line: Vec<String> = json.values().map(text).collect();
    (header.join(" "), line.join(" "))
}

struct Judge {
    detector: Detector,
    matcher: Matcher,
    matched: Vec<String>,
    skip: Option<Skip>,
}

impl Sink for Judge {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        // The detector derives the fields, and then every rule can be asked.
        self.detector.event(event);
        let rules = Arc::clone(self.matcher.rules());
        for ix in self.matcher.matches(event, |_| {}) {
            if let Some(rule) = rules.rule(*ix).filter(|r| !r.emits) {
                self.matched.push(rule.meta.id.clone());
            }
        }
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        self.skip = Some(skip);
    }

    fn note(&mut self, _: Note) {}
}

/// The events of a case with their offsets in milliseconds, in order.
fn events(case: &Case) -> anyhow::Result<Vec<(i64, Value)>> {
    let mut all: Vec<(i64, Value)> = case.event.iter().map(|e| (0, e.clone())).collect();
    for timed in &case.events {
        let at = timed.at.as_deref().map_or(Ok(0), millis)?;
        let every = timed.every.as_deref().map_or(Ok(0), millis)?;
        let repeat = timed.repeat.unwrap_or(1);
        if repeat > EVENTS_MAX {
            bail!("`repeat: {repeat}` is more than {EVENTS_MAX}");
        }
        for (n, i) in (0..repeat).zip(0_i64..) {
            all.push((at + every * i, numbered(&timed.event, n)));
        }
    }
    if all.is_empty() {
        bail!("it has neither `event` nor `events`");
    }
    Ok(all)
}

/// The event with `{n}` replaced in every string.
fn numbered(event: &Value, n: u64) -> Value {
    match event {
        Value::String(s) => Value::String(s.replace("{n}", &n.to_string())),
        Value::Array(list) => list.iter().map(|v| numbered(v, n)).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(k, v)| (k.clone(), numbered(v, n)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => event.clone(),
    }
}

fn millis(text: &str) -> anyhow::Result<i64> {
    let (digits, unit) = text.split_at(text.len().saturating_sub(1));
    let unit = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => bail!("`{text}` is no offset\nhint: write it as 90s, 5m, 2h or 1d"),
    };
    let n: i64 = digits
        .parse()
        .with_context(|| format!("`{text}` is no offset"))?;
    Ok(n * unit)
}

/// Adds what every record has and a case need not write: time and identity.
fn complete(
    (offset, event): (i64, Value),
    n: usize,
    service: Service,
) -> anyhow::Result<Map<String, Value>> {
    let Value::Object(mut map) = event else {
        bail!("an event is a mapping of fields");
    };
    let start = EventTime::parse(START.as_bytes()).map_or(0, |t| t.0);
    let time = EventTime(start + offset);
    match service.kind() {
        Kind::CloudTrail => {
            map.entry("eventTime")
                .or_insert_with(|| time.to_string().into());
            map.entry("eventID")
                .or_insert_with(|| format!("00000000-0000-4000-8000-{n:012}").into());
            map.entry("eventVersion").or_insert_with(|| "1.11".into());
        }
        Kind::Flow => {
            map.entry("start").or_insert_with(|| time.secs().into());
            map.entry("end")
                .or_insert_with(|| (time.secs() + 59).into());
            map.entry("log-status").or_insert_with(|| "OK".into());
            // Two records of a case are two records, however alike.
            map.entry("flow-case").or_insert_with(|| n.into());
        }
    }
    Ok(map)
}
