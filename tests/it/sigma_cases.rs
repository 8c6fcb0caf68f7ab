//! Our own Sigma cases: every clause of the specification that a rule for a
//! single event can meet, in `tests/cases/sigma/*.yml`.
//!
//! Each rule is judged alone, and then all rules are one rule set over each
//! event, so that rules cannot influence one another through what they share.

use std::path::PathBuf;
use std::sync::Arc;

use flowtrail_cloudtrail::Reader;
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Service, Sink, Skip};
use flowtrail_flowlog::TextReader;
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Matcher, Problem, RuleSet, RuleSource, Severity, compile};
use serde::Deserialize;

use crate::support;

/// A rule and events for it. Rule and events are texts, so that their own YAML
/// and JSON is judged and not what the reader of this file makes of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    /// The clause: R rules, M modifiers, F filters, with the line;
    /// `convention` where practice decides, `open` where this project does.
    cite: String,
    why: String,
    /// The body of the only selection, or
    item: Option<String>,
    /// that of the detection, or
    detection: Option<String>,
    /// whole documents.
    rule: Option<String>,
    /// Events that must match.
    #[serde(default, rename = "match")]
    hits: Vec<String>,
    /// Events that must not.
    #[serde(default, rename = "miss")]
    misses: Vec<String>,
    /// The events are headers and lines of flow logs, not records.
    #[serde(default)]
    flow: bool,
    /// The log that the records are from; `cloudtrail` if none is given.
    service: Option<String>,
    /// The rule must be rejected for a reason that has this text.
    reject: Option<String>,
    /// It must be accepted with a warning that has this text.
    warns: Option<String>,
    /// It is for a log that is not read here.
    #[serde(default)]
    elsewhere: bool,
}

impl Case {
    fn source(&self) -> RuleSource {
        let indent = |text: &str, by: &str| -> String {
            text.lines().map(|l| format!("{by}{l}\n")).collect()
        };
        let detection = match (&self.item, &self.detection) {
            (Some(item), None) => Some(format!(
                "  selection:\n{}  condition: selection\n",
                indent(item, "    ")
            )),
            (None, Some(detection)) => Some(indent(detection, "  ")),
            _ => None,
        };
        let text = match (detection, &self.rule) {
            (Some(detection), None) => format!(
                "title: case\nlogsource:\n  product: aws\n  service: cloudtrail\n\
                 detection:\n{detection}"
            ),
            (None, Some(rule)) => rule.clone(),
            _ => panic!("{}: one of `item`, `detection`, `rule`", self.id),
        };
        RuleSource {
            file: self.id.clone(),
            text,
        }
    }

    /// The files of the rules of `rules` that match an event.
    fn matching(&self, event: &str, rules: &Arc<RuleSet>) -> Vec<String> {
        let mut judge = Judge {
            matcher: Matcher::new(Arc::clone(rules)),
            files: Vec::new(),
        };
        let limits = Limits::default();
        if self.flow {
            let mut reader = TextReader::new(rules.projection(Kind::Flow), &limits, None);
            reader.push(event.as_bytes(), &mut judge);
            reader.finish(&mut judge);
        } else {
            let service = self.service.as_deref().unwrap_or("cloudtrail");
            let service = Service::from_name(service).unwrap();
            let mut reader = Reader::new(rules.projection(Kind::CloudTrail), &limits);
            reader.read_object(event.as_bytes(), service, &mut judge);
        }
        judge.files
    }

    /// The events, and whether they must match.
    fn events(&self) -> impl Iterator<Item = (&str, bool)> {
        let hits = self.hits.iter().map(|e| (e.as_str(), true));
        hits.chain(self.misses.iter().map(|e| (e.as_str(), false)))
    }

    /// What is wrong with the verdicts on the rule in `source`.
    fn faults(&self, source: RuleSource) -> Vec<String> {
        let compiled = compile(&[source], &rule_options());
        let mut faults = Vec::new();
        expect(
            &compiled.problems,
            Severity::Error,
            &self.reject,
            &mut faults,
        );
        expect(
            &compiled.problems,
            Severity::Warning,
            &self.warns,
            &mut faults,
        );
        let elsewhere = !compiled.not_applicable.is_empty();
        if elsewhere != self.elsewhere {
            faults.push(format!("for another log: {elsewhere}"));
        }
        if !faults.is_empty() || self.reject.is_some() {
            return faults;
        }
        let rules = Arc::new(compiled.rules);
        for (event, wanted) in self.events() {
            if self.matching(event, &rules).is_empty() == wanted {
                let verdict = if wanted { "misses" } else { "matches" };
                faults.push(format!("{verdict} {event}"));
            }
        }
        faults
    }
}

/// Problems of a severity must be there if and only if `text` is, which one of
/// them must have.
fn expect(all: &[Problem], of: Severity, text: &Option<String>, faults: &mut Vec<String>) {
    let reasons: Vec<&str> = all
        .iter()
        .filter(|p| p.severity == of)
        .map(|p| p.reason.as_str())
        .collect();
    let fits = match text {
        Some(text) => reasons.iter().any(|r| r.contains(text.as_str())),
        None => reasons.is_empty(),
    };
    if !fits {
        faults.push(format!("{of:?} {reasons:?}, expected {text:?}"));
    }
}

struct Judge {
    matcher: Matcher,
    files: Vec<String>,
}

impl Sink for Judge {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let rules = Arc::clone(self.matcher.rules());
        for ix in self.matcher.matches(event, |_, _| {}) {
            self.files.push(rules.rule(*ix).unwrap().meta.file.clone());
        }
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn note(&mut self, _note: Note) {}
}

/// Every case, with the name of its file.
fn cases() -> Vec<(String, Case)> {
    let folder = support::root().join("tests/cases/sigma");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yml"))
        .collect();
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Vec<Case> =
            yaml_serde::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        all.extend(cases.into_iter().map(|c| (name.clone(), c)));
    }
    all
}

fn judge_each(change: impl Fn(RuleSource) -> RuleSource) {
    let all = cases();
    let mut faults = Vec::new();
    for (file, case) in &all {
        for fault in case.faults(change(case.source())) {
            let Case { id, cite, why, .. } = case;
            faults.push(format!("{file}: {id} ({cite}, {why}): {fault}"));
        }
    }
    let verdicts: usize = all.iter().map(|(_, c)| c.events().count()).sum();
    println!("{} cases, {verdicts} events", all.len());
    assert!(all.len() > 700, "{} cases", all.len());
    assert!(
        faults.is_empty(),
        "{} wrong:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn each_by_itself() {
    judge_each(|source| source);
}

#[test]
fn line_ends_of_a_rule_file_have_no_say() {
    judge_each(|mut source| {
        source.text = source.text.replace('\n', "\r\n");
        source
    });
}

#[test]
fn ids_are_unique() {
    let all = cases();
    let mut ids: Vec<&str> = all.iter().map(|(_, c)| &*c.id).collect();
    ids.sort_unstable();
    let twice: Vec<_> = ids.windows(2).filter(|w| w[0] == w[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

/// Filters would reach the rules of other cases, so they stay outside.
#[test]
fn all_in_one_rule_set() {
    let all = cases();
    let together: Vec<&Case> = all
        .iter()
        .filter(|(file, c)| file != "filters.yml" && c.reject.is_none() && !c.elsewhere)
        .map(|(_, c)| c)
        .collect();
    let sources: Vec<RuleSource> = together.iter().map(|c| c.source()).collect();
    let rules = Arc::new(compile(&sources, &rule_options()).rules);
    let mut faults = Vec::new();
    for case in together {
        for (event, wanted) in case.events() {
            if case.matching(event, &rules).contains(&case.id) != wanted {
                faults.push(format!("{}: {event}", case.id));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} differ:\n{}",
        faults.len(),
        faults.join("\n")
    );
}
