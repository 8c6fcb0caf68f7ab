//! Correlation conformance: the cases at hand, and our own, end to end from the
//! JSON of the events to the findings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use flowtrail_cloudtrail::Reader;
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::{Event, EventTime, Flow, Kind, Limits, Note, Service, Sink, Skip};
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Level, RuleSource, Severity, compile};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{at_hand, support};

/// Findings by the title of their rule.
type Found = BTreeMap<String, usize>;

struct Feed(Detector);

impl Sink for Feed {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.0.event(event);
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn note(&mut self, _note: Note) {}
}

/// The findings of `rules` over `events`; an error if a rule is rejected.
fn findings(rules: &str, events: &[String]) -> Result<Found, String> {
    let source = RuleSource {
        file: "case.yml".into(),
        text: rules.into(),
    };
    let compiled = compile(&[source], &rule_options());
    let errors = compiled.problems.iter();
    if let Some(error) = errors.into_iter().find(|p| p.severity == Severity::Error) {
        return Err(error.reason.clone());
    }
    let limits = Limits::default();
    let plan = Plan::new(
        Arc::new(compiled.rules),
        &limits,
        Level::Informational,
        None,
    )
    .unwrap();
    let plan = Arc::new(plan);
    let mut reader = Reader::new(plan.projection(Kind::CloudTrail), &limits);
    let mut feed = Feed(Detector::new(Arc::clone(&plan)));
    feed.0.begin("case");
    for event in events {
        reader.read_object(event.as_bytes(), Service::CloudTrail, &mut feed);
    }
    let (all, _) = feed.0.finish();
    let mut found = Found::new();
    for finding in all {
        *found.entry(finding.rule.title.clone()).or_default() += 1;
    }
    Ok(found)
}

/// Whatever a case leaves out, two events of it are two records.
fn with_id(mut event: Map<String, Value>, n: usize) -> String {
    event
        .entry("eventID")
        .or_insert_with(|| format!("00000000-0000-4000-8000-{n:012}").into());
    Value::Object(event).to_string()
}

/// The correlation cases that the specification leaves open, and how they are
/// decided here. The reasons stand in the README of `flowtrail-sigma`.
const DECIDED: [(&str, bool); 2] = [
    // An event without a group field belongs to no group.
    ("ec-missing-group", false),
    // Nearest rank: the median of 1, 200 and 300 is 200.
    ("vp", true),
];

#[test]
fn cases_at_hand() {
    let Some(folder) = at_hand::folder("sigma/conformance") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("correlation_cases.jsonl")).unwrap();
    let (mut wrong, mut open) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let events: Vec<String> = case["events"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(n, e)| with_id(e["e"].as_object().unwrap().clone(), n))
            .collect();
        let found = findings(case["rule_yaml"].as_str().unwrap(), &events).unwrap();
        let got = found.contains_key("CORR");
        let mut want = case["expected"].as_bool().unwrap();
        if case["strength"] == "ambiguous" {
            open.push(id.to_owned());
            let decided = DECIDED.iter().find(|d| d.0 == id);
            want = decided
                .unwrap_or_else(|| panic!("`{id}` is open and not decided"))
                .1;
        }
        if got != want {
            wrong.push(format!("{id}: {found:?}, expected {want}"));
        }
    }
    assert_eq!(open.len(), DECIDED.len(), "{open:?}");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A case of our own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    cite: String,
    why: String,
    /// The body of a `correlation:`, titled CORR; or
    correlation: Option<String>,
    /// whole documents.
    rules: Option<String>,
    /// Seconds from the start, and the event.
    #[serde(default)]
    events: Vec<(f64, Map<String, Value>)>,
    /// Whether CORR raises a finding, or `reject`.
    expect: Expect,
    /// Every finding there must be, by title.
    findings: Option<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Fires,
    Silent,
    Reject,
}

/// Begins shortly before a full hour, so that a calendar's buckets would show.
const START: EventTime = EventTime(1_700_002_790_000);

impl Case {
    fn rules(&self, base: &str) -> String {
        let own = match (&self.correlation, &self.rules) {
            (Some(body), None) => format!(
                "title: CORR\nid: 99999999-9999-4999-8999-999999999999\nname: corr\n\
                 correlation:\n{}",
                indented(body)
            ),
            (None, Some(rules)) => rules.clone(),
            (Some(_), Some(_)) | (None, None) => {
                panic!("{}: either `correlation` or `rules`", self.id)
            }
        };
        format!("{base}\n---\n{own}")
    }

    fn events(&self) -> Vec<String> {
        let event = |(n, (secs, event)): (usize, &(f64, Map<String, Value>))| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "offsets of cases are small"
            )]
            let at = EventTime(START.0 + (secs * 1000.0).round() as i64);
            let mut event = event.clone();
            event
                .entry("eventTime")
                .or_insert_with(|| at.to_string().into());
            with_id(event, n)
        };
        self.events.iter().enumerate().map(event).collect()
    }

    /// What is wrong, if anything.
    fn fault(&self, base: &str) -> Option<String> {
        let mut events = self.events();
        let found = findings(&self.rules(base), &events);
        let fault = |what: &str| {
            let Self { id, cite, why, .. } = self;
            Some(format!(
                "{id}: {what}, expected {:?} ({cite}: {why})",
                self.expect
            ))
        };
        let found = match found {
            Err(reason) if self.expect != Expect::Reject => {
                return fault(&format!("rejected: {reason}"));
            }
            Err(_) => return None,
            Ok(found) => found,
        };
        let fires = found.contains_key("CORR");
        if self.expect == Expect::Reject || fires != (self.expect == Expect::Fires) {
            return fault(&format!("{found:?}"));
        }
        if self.findings.as_ref().is_some_and(|f| *f != found) {
            return fault(&format!("{found:?}, not {:?}", self.findings));
        }
        events.reverse();
        if findings(&self.rules(base), &events).as_ref() != Ok(&found) {
            return fault("the order of the input changes the findings");
        }
        None
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|l| format!("  {l}\n")).collect()
}

/// The cases of every file of the folder but `base.yml`.
fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| !p.ends_with("base.yml"))
        .collect();
    files.sort();
    let read = |path| -> Vec<Case> {
        let text = std::fs::read_to_string(&path).unwrap();
        yaml_serde::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"))
    };
    files.into_iter().flat_map(read).collect()
}

#[test]
fn own_cases() {
    let folder = support::root().join("tests/cases/sigma/correlations");
    let base = std::fs::read_to_string(folder.join("base.yml")).unwrap();
    let cases = cases(&folder);
    let mut ids: Vec<&str> = cases.iter().map(|c| c.id.as_str()).collect();
    ids.sort_unstable();
    assert!(
        ids.windows(2).all(|w| w[0] != w[1]),
        "two cases have one id"
    );
    let faults: Vec<String> = cases.iter().filter_map(|c| c.fault(&base)).collect();
    println!("{} cases", cases.len());
    assert!(cases.len() >= 200, "{} cases", cases.len());
    assert!(
        faults.is_empty(),
        "{} wrong:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
