//! Sigma conformance: every case of the checklist, through reader and engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowtrail_cloudtrail::Reader;
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Service, Sink, Skip};
use flowtrail_sigma::{Compilation, Matcher, Options, RuleSource, Severity, compile};
use serde_json::Value;

use crate::at_hand;

pub(crate) fn options() -> Options {
    Options {
        flow_field: |_| None,
        derived_field: |_| flowtrail_sigma::Availability::Ready,
        placeholders: BTreeMap::new(),
        history: true,
    }
}

pub(crate) fn compile_one(yaml: &str) -> Compilation {
    let source = RuleSource {
        file: "case.yml".into(),
        text: yaml.into(),
    };
    compile(&[source], &options())
}

struct Judge {
    matcher: Matcher,
    hits: usize,
}

impl Sink for Judge {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.hits += self.matcher.matches(event, |_, _| {}).len();
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn note(&mut self, _note: Note) {}
}

/// `None` if the rule is rejected, else whether it matches.
fn verdict(rule: &str, event: &str) -> Option<bool> {
    let compiled = compile_one(rule);
    if compiled
        .problems
        .iter()
        .any(|p| p.severity == Severity::Error)
    {
        return None;
    }
    let rules = Arc::new(compiled.rules);
    let mut reader = Reader::new(rules.projection(Kind::CloudTrail), &Limits::default());
    let mut judge = Judge {
        matcher: Matcher::new(rules),
        hits: 0,
    };
    reader.read_object(event.as_bytes(), Service::CloudTrail, &mut judge);
    Some(judge.hits > 0)
}

/// Cases that the specification leaves open, and how they are decided here.
/// The reasons stand in the README of `flowtrail-sigma`.
const DECIDED: [(&str, Option<bool>); 13] = [
    ("unicode-ci", Some(true)),
    ("empty-missing", Some(false)),
    ("contains-star-null", Some(false)),
    ("neq-missing", Some(true)),
    ("neq-list", Some(false)),
    ("fieldref-ci", Some(true)),
    ("fieldref-bothmissing", Some(false)),
    ("array-all", Some(true)),
    ("field-case", Some(false)),
    ("kw-key", Some(false)),
    ("cond-pat-underscore", Some(false)),
    ("cond-any-of", Some(true)),
    ("rej-null-in-list", Some(true)),
];

fn expected(case: &Value) -> Option<bool> {
    case["expected"].as_bool()
}

#[test]
fn single_event_cases() {
    let Some(folder) = at_hand::folder("sigma/conformance") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let (mut wrong, mut firm, mut open) = (Vec::new(), 0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap();
        let got = verdict(
            case["rule_yaml"].as_str().unwrap(),
            &case["event"].to_string(),
        );
        let decided = DECIDED.iter().find(|d| d.0 == id).map(|d| d.1);
        let want = if case["strength"] == "ambiguous" {
            open += 1;
            decided.unwrap_or_else(|| expected(&case))
        } else {
            firm += 1;
            expected(&case)
        };
        if got != want {
            wrong.push(format!(
                "{id}: {got:?}, not {want:?}: {}",
                case["detection"]
            ));
        }
    }
    println!("{firm} firm cases, {open} open ones");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
