//! What every rule file promises, whatever engine runs it.

use std::collections::{BTreeMap, BTreeSet};

use rsigma_parser::{CorrelationRule, Level, SigmaCollection, SigmaRule, parse_sigma_yaml};
use serde::Deserialize;
use yaml_serde::Value;

use crate::{RULE_FILES, RUNBOOKS, RuleFile};

/// One entry of a file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    expect: Expect,
    rule: Option<String>,
    #[serde(default)]
    derived: BTreeMap<String, Value>,
    event: Option<BTreeMap<String, Value>>,
    events: Option<Vec<Timed>>,
}

#[derive(Debug, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Expect {
    Match,
    Miss,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Timed {
    at: String,
    every: Option<String>,
    repeat: Option<u32>,
    #[serde(default)]
    derived: BTreeMap<String, Value>,
    event: BTreeMap<String, Value>,
}

/// Types of correlations that Sigma, and so the parser, does not have.
const OURS: [&str; 6] = ["score", "ratio", "scan", "beacon", "silence", "travel"];

/// The text with one of Sigma's types in place of each of ours.
fn readable(text: &str) -> String {
    let mut out = String::new();
    for document in yaml_serde::Deserializer::from_str(text) {
        let mut document = Value::deserialize(document).unwrap();
        if let Some(parts) = document
            .get_mut("correlation")
            .and_then(Value::as_mapping_mut)
            && let Some(kind) = parts.get("type").and_then(Value::as_str)
            && OURS.contains(&kind)
        {
            let counts: Value = yaml_serde::from_str("{gte: 1}").unwrap();
            parts.insert("type".into(), "event_count".into());
            parts.insert("condition".into(), counts);
        }
        out += "---\n";
        out += &yaml_serde::to_string(&document).unwrap();
    }
    out
}

fn parsed(file: &RuleFile) -> SigmaCollection {
    let ours = |kind: &&str| file.text.contains(&format!("type: {kind}"));
    let text = if OURS.iter().any(ours) {
        readable(file.text)
    } else {
        file.text.to_owned()
    };
    let rules = parse_sigma_yaml(&text).unwrap_or_else(|e| panic!("{}: {e}", file.path));
    assert!(rules.errors.is_empty(), "{}: {:?}", file.path, rules.errors);
    rules
}

fn cases(file: &RuleFile) -> Vec<Case> {
    let text = file
        .cases
        .unwrap_or_else(|| panic!("{}: no cases", file.path));
    yaml_serde::from_str(text).unwrap_or_else(|e| panic!("{}: cases: {e}", file.path))
}

/// The names that the correlations of a file refer to.
fn referenced(rules: &SigmaCollection) -> BTreeSet<&str> {
    let all = rules.correlations.iter().flat_map(|c| &c.rules);
    all.map(String::as_str).collect()
}

/// Whether a document raises findings of its own.
fn raises(rules: &SigmaCollection, name: &str) -> bool {
    let by = |c: &&CorrelationRule| c.rules.iter().any(|r| r == name);
    let mut referring = rules.correlations.iter().filter(by).peekable();
    referring.peek().is_none() || referring.any(|c| c.generate)
}

/// Name, id, title and custom attributes of every document of a file.
fn documents(rules: &SigmaCollection) -> Vec<(&str, &str, &str, Option<&Value>)> {
    let rule = |r| -> (_, _, _, _) {
        let r: &SigmaRule = r;
        (
            r.name.as_deref(),
            r.id.as_deref(),
            r.title.as_str(),
            r.custom_attributes.get("flowtrail"),
        )
    };
    let correlation = |c| -> (_, _, _, _) {
        let c: &CorrelationRule = c;
        (
            c.name.as_deref(),
            c.id.as_deref(),
            c.title.as_str(),
            c.custom_attributes.get("flowtrail"),
        )
    };
    let all = rules.rules.iter().map(rule);
    all.chain(rules.correlations.iter().map(correlation))
        .map(|(name, id, title, custom)| (name.unwrap(), id.unwrap(), title, custom))
        .collect()
}

/// Whether a document is of level informational.
fn is_context(rules: &SigmaCollection, name: &str) -> bool {
    let of_rules = rules.rules.iter().map(|r| (&r.name, r.level));
    let of_windows = rules.correlations.iter().map(|c| (&c.name, c.level));
    let mut all = of_rules.chain(of_windows);
    all.any(|(n, level)| n.as_deref() == Some(name) && level == Some(Level::Informational))
}

#[test]
fn files_are_sorted_and_all_have_cases() {
    assert!(RULE_FILES.len() >= 40);
    assert!(RULE_FILES.windows(2).all(|w| w[0].path < w[1].path));
    for file in RULE_FILES {
        assert!(!file.path.ends_with(".cases.yml"), "{}", file.path);
        assert!(!cases(file).is_empty(), "{}", file.path);
    }
}

#[test]
fn names_and_ids_are_unique() {
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    let mut titles = BTreeSet::new();
    for file in RULE_FILES {
        let rules = parsed(file);
        for (name, id, title, _) in documents(&rules) {
            assert!(
                names.insert(name.to_owned()),
                "{}: name `{name}` twice",
                file.path
            );
            assert!(ids.insert(id.to_owned()), "{}: id `{id}` twice", file.path);
            assert!(titles.insert(title.to_owned()), "title twice: {title}");
            assert!(title.len() < 90, "{}: title too long: {title}", file.path);
            let fourth = id.as_bytes().get(14);
            assert!(
                id.len() == 36 && fourth == Some(&b'4'),
                "{}: `{id}`",
                file.path
            );
        }
    }
}

#[test]
fn a_rule_that_raises_findings_says_what_to_do() {
    for file in RULE_FILES {
        let rules = parsed(file);
        for (name, _, _, custom) in documents(&rules) {
            if !raises(&rules, name) {
                continue;
            }
            let custom = custom.unwrap_or_else(|| panic!("{name}: no `flowtrail`"));
            let reason = custom.get("level_reason").and_then(Value::as_str);
            assert!(
                reason.is_some_and(|r| !r.is_empty()),
                "{name}: level_reason"
            );
            // What is only context asks for a look, not for a deed.
            let parts: &[&str] = if is_context(&rules, name) {
                &["detect"]
            } else {
                &["detect", "assess", "contain"]
            };
            for part in parts {
                let steps = custom.get("response").and_then(|r| r.get(part));
                let steps = steps.and_then(Value::as_sequence);
                assert!(
                    steps.is_some_and(|s| s.iter().all(Value::is_string) && !s.is_empty()),
                    "{name}: response.{part} has to be a list of sentences"
                );
            }
            let runbook = custom.get("runbook").and_then(Value::as_str);
            assert!(
                RUNBOOKS.iter().any(|r| Some(r.path) == runbook),
                "{name}: there is no runbook {runbook:?}"
            );
        }
        let raised = rules
            .rules
            .iter()
            .filter(|r| raises(&rules, r.name.as_deref().unwrap()));
        for rule in raised {
            assert!(
                !rule.falsepositives.is_empty(),
                "{}: falsepositives",
                rule.title
            );
        }
        let raised = rules.correlations.iter();
        let raised = raised.filter(|c| raises(&rules, c.name.as_deref().unwrap()));
        for correlation in raised {
            assert!(
                !correlation.falsepositives.is_empty(),
                "{}",
                correlation.title
            );
        }
    }
}

#[test]
fn correlations_refer_to_rules_of_their_file() {
    for file in RULE_FILES {
        let rules = parsed(file);
        let known: BTreeSet<&str> = documents(&rules).iter().map(|d| d.0).collect();
        for name in referenced(&rules) {
            assert!(known.contains(name), "{}: `{name}` is not here", file.path);
        }
    }
}

/// Callers choose their user agent. How many different ones a session has may
/// be counted; which ones they are must not matter.
#[test]
fn no_rule_detects_by_the_name_of_a_tool() {
    for file in RULE_FILES {
        for line in file.text.lines().map(str::trim) {
            let counted = line == "field: flowtrail.ua_family";
            let names = line.contains("userAgent") || line.contains("ua_family");
            assert!(counted || !names, "{}: {line}", file.path);
        }
    }
}

#[test]
fn every_rule_has_a_match_and_a_near_miss() {
    for file in RULE_FILES {
        let rules = parsed(file);
        // Without `rule`, a case is about the last document of the file.
        let last = file
            .text
            .rsplit("\nname: ")
            .next()
            .and_then(|t| t.lines().next());
        let mut seen: BTreeMap<String, BTreeSet<Expect>> = BTreeMap::new();
        for case in cases(file) {
            let rule = case.rule.unwrap_or_else(|| last.unwrap().to_owned());
            seen.entry(rule).or_default().insert(case.expect);
            assert!(
                case.event.is_some() != case.events.is_some(),
                "{}",
                case.name
            );
            for timed in case.events.iter().flatten() {
                assert!(is_offset(&timed.at), "{}: at {}", case.name, timed.at);
                assert!(timed.every.iter().all(|e| is_offset(e)), "{}", case.name);
                assert_eq!(
                    timed.every.is_some(),
                    timed.repeat.is_some(),
                    "{}",
                    case.name
                );
                assert!(!timed.event.is_empty(), "{}", case.name);
            }
            let timed = case.events.iter().flatten().flat_map(|t| t.derived.keys());
            for field in case.derived.keys().chain(timed) {
                assert!(field.starts_with("flowtrail."), "{}: {field}", case.name);
            }
        }
        for (name, ..) in documents(&rules) {
            let both = seen.get(name).is_some_and(|s| s.len() == 2);
            assert!(
                both || !raises(&rules, name),
                "{name}: a match and a miss are needed"
            );
            seen.remove(name);
        }
        assert!(
            seen.is_empty(),
            "{}: cases for {:?}",
            file.path,
            seen.keys()
        );
    }
}

/// Whether `text` is a number with a unit of time: `30s`, `5m`, `2h`.
fn is_offset(text: &str) -> bool {
    let digits = text.trim_end_matches(['s', 'm', 'h']);
    digits.len() + 1 == text.len() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[test]
fn a_type_that_is_ours_can_be_read() {
    let file = RuleFile {
        path: "x.yml",
        text: "title: a\nname: a\nlogsource: {product: aws, service: cloudtrail}\n\
               detection: {s: {eventName: A}, condition: s}\n---\ntitle: s\nname: s\n\
               correlation: {type: silence, rules: [a], timespan: 1h, condition: {min: 3}}\n",
        cases: None,
    };
    let rules = parsed(&file);
    assert_eq!((rules.rules.len(), rules.correlations.len()), (1, 1));
    assert!(referenced(&rules).contains("a"));
}

/// The table "Which detector is seen by which rule" of the README.
#[test]
fn detectors_are_seen_by_rules_that_raise_findings() {
    let readme = include_str!("../README.md");
    let table = readme.split("## Which detector").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let mut raising = BTreeSet::new();
    for file in RULE_FILES {
        let rules = parsed(file);
        let names = documents(&rules).into_iter().map(|d| d.0);
        raising.extend(names.filter(|n| raises(&rules, n)).map(str::to_owned));
    }
    let rows: Vec<&str> = table.lines().filter(|l| l.starts_with("| ")).collect();
    // 14 of CloudTrail, 10 of flow logs, 2 of both, and the head.
    assert_eq!(rows.len(), 27);
    for row in rows {
        for name in row.split('`').skip(1).step_by(2) {
            assert!(raising.contains(name), "{row}: `{name}`");
        }
    }
}
