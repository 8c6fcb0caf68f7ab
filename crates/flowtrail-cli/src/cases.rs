//! The cases of rules: events that a rule must match, and near misses.

use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use flowtrail_context::derived_field;
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::{Event, EventTime, Flow, Kind, Limits, Note, Service, Sink, Skip, SlotId};
use flowtrail_flowlog::TextReader;
use flowtrail_scan::rule_options_knowing_all;
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
    /// Values of derived fields that await knowledge, for the one event.
    #[serde(default)]
    derived: Map<String, Value>,
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
    /// Values of derived fields that await knowledge.
    #[serde(default)]
    derived: Map<String, Value>,
    event: Value,
}

/// One event of a case, placed in time.
struct Placed {
    /// Milliseconds from the start.
    at: i64,
    derived: Map<String, Value>,
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
    let compiled = compile(
        std::slice::from_ref(&file.source),
        &rule_options_knowing_all(),
    );
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
            None,
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
            derived: Vec::new(),
            matched: Vec::new(),
            skip: None,
        };
        judge.detector.begin("case");
        for (n, placed) in events(case)?.into_iter().enumerate() {
            let service = self.service(&placed.event);
            judge.derived = self.derived(&placed.derived, service.kind())?;
            let json = complete(placed, n, service)?;
            self.read(&json, service, &mut judge)?;
        }
        if let Some(skip) = judge.skip {
            bail!("an event cannot be read: {}", skip.reason.name());
        }
        let (findings, _) = judge.detector.finish();
        let matched = judge.matched.contains(&rule.id);
        Ok(matched || findings.iter().any(|f| f.rule.id == rule.id))
    }

    /// The values that a case gives to derived fields, by slot.
    fn derived(
        &self,
        given: &Map<String, Value>,
        kind: Kind,
    ) -> anyhow::Result<Vec<(SlotId, Vec<u8>)>> {
        let mut out = Vec::new();
        for (name, value) in given {
            let field =
                derived_field(name).ok_or_else(|| anyhow!("there is no derived field `{name}`"))?;
            if field.awaits.is_none() {
                bail!("`{name}` is derived from the event\nhint: give the fields that it rests on");
            }
            // A field that no rule of the file asks for changes nothing.
            let Some(slot) = self.plan.projection(kind).find(name) else {
                continue;
            };
            let values = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            for value in values {
                let value = text(value);
                if !field.values.is_empty() && !field.values.contains(&value.as_str()) {
                    let known = field.values.join(", ");
                    bail!("`{name}` is never `{value}`\nhint: its values are {known}");
                }
                out.push((slot, value.into_bytes()));
            }
        }
        Ok(out)
    }

    /// The log that an event of a case is of: that which the rules of the file are
    /// for. Where they are for both sorts, calls have a name.
    fn service(&self, event: &Value) -> Service {
        let kind = match event.get("eventName") {
            Some(_) => Kind::CloudTrail,
            None => Kind::Flow,
        };
        let rules = self.rules().rules().iter();
        let services: Vec<Service> = rules.flat_map(|r| r.services.iter()).collect();
        let mut of_kind = services.iter().filter(|s| s.kind() == kind);
        let service = of_kind.next().or(services.first());
        service.copied().unwrap_or(Service::CloudTrail)
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

/// A scalar as a record would have it.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

struct Judge {
    detector: Detector,
    matcher: Matcher,
    /// What the case knows of the event beyond its record.
    derived: Vec<(SlotId, Vec<u8>)>,
    matched: Vec<String>,
    skip: Option<Skip>,
}

impl Sink for Judge {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        for (slot, value) in &self.derived {
            event.derive(*slot, value);
        }
        // The detector derives the others, and then every rule can be asked.
        self.detector.event(event);
        let rules = Arc::clone(self.matcher.rules());
        for ix in self.matcher.matches(event, |_, _| {}) {
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

/// The events of a case, in order.
fn events(case: &Case) -> anyhow::Result<Vec<Placed>> {
    let only = |event: &Value| Placed {
        at: 0,
        derived: case.derived.clone(),
        event: event.clone(),
    };
    let mut all: Vec<Placed> = case.event.iter().map(only).collect();
    for timed in &case.events {
        let at = timed.at.as_deref().map_or(Ok(0), millis)?;
        let every = timed.every.as_deref().map_or(Ok(0), millis)?;
        let repeat = timed.repeat.unwrap_or(1);
        if repeat > EVENTS_MAX {
            bail!("`repeat: {repeat}` is more than {EVENTS_MAX}");
        }
        for (n, i) in (0..repeat).zip(0_i64..) {
            all.push(Placed {
                at: at + every * i,
                derived: timed.derived.clone(),
                event: numbered(&timed.event, n),
            });
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
fn complete(placed: Placed, n: usize, service: Service) -> anyhow::Result<Map<String, Value>> {
    let Value::Object(mut map) = placed.event else {
        bail!("an event is a mapping of fields");
    };
    let start = EventTime::parse(START.as_bytes()).map_or(0, |t| t.0);
    let time = EventTime(start + placed.at);
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
