use std::collections::BTreeMap;

use super::*;
use crate::correlation::{Correlation, Op};
use crate::inactive::Availability;
use crate::load::{Compilation, Options, RuleSource, compile};
use crate::problem::Severity;

/// A correlation with this body over rules `a` and `b`.
fn compiled(body: &str) -> Compilation {
    let rule = |name: &str| {
        format!(
            "title: rule {name}\nid: id-{name}\nname: {name}\n\
             logsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{f: {name}}}, condition: s}}\n---\n"
        )
    };
    let source = RuleSource {
        file: "x.yml".into(),
        text: format!("{}{}title: c\ncorrelation: {body}\n", rule("a"), rule("b")),
    };
    let options = Options {
        flow_field: |_| None,
        derived_field: |name| match name {
            "flowtrail.novelty" => Availability::Needs("baseline"),
            _ => Availability::Ready,
        },
        placeholders: BTreeMap::new(),
        history: true,
    };
    compile(&[source], &options)
}

fn one(body: &str) -> Correlation {
    let done = compiled(body);
    assert!(done.problems.is_empty(), "{body}: {:?}", done.problems);
    done.rules.correlations()[0].clone()
}

fn fields(c: &Correlation) -> Vec<&str> {
    let member = &c.members[0];
    member.value.iter().map(|f| f.name.as_str()).collect()
}

/// Reason, hint and line of the only error.
fn error(body: &str) -> (String, Option<String>, usize) {
    let done = compiled(body);
    let mut errors = done
        .problems
        .into_iter()
        .filter(|p| p.severity == Severity::Error);
    let error = errors.next().unwrap_or_else(|| panic!("{body} is taken"));
    assert_eq!(errors.next(), None, "{body}");
    assert!(done.rules.correlations().is_empty());
    (error.reason, error.hint, error.line)
}

const BASE: &str = "rules: [a], group-by: [who], timespan: 1h";
const PAIR: &str = "rules: [a, b], group-by: [who], timespan: 1h";

#[test]
fn a_score_adds_what_is_named() {
    let c = one(&format!(
        "{{type: score, {BASE}, condition: {{field: w, gte: 9.5, lt: 99, names: 2}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Score { names: 2 });
    let both = vec![(Op::Lt, 99.0), (Op::Gte, 9.5)];
    assert_eq!(c.condition, Condition::Threshold(both));
    assert_eq!((fields(&c), c.timespan_ms), (vec!["w"], 3_600_000));
    let c = one(&format!(
        "{{type: score, {PAIR}, condition: {{field: [w], gt: 1}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Score { names: 1 });
}

#[test]
fn a_ratio_is_of_two_rules() {
    let c = one(&format!(
        "{{type: ratio, {PAIR}, condition: {{gte: 0.5, min: 20}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Ratio { min: 20 });
    assert_eq!(c.condition, Condition::Threshold(vec![(Op::Gte, 0.5)]));
    assert!(fields(&c).is_empty());
}

#[test]
fn a_scan_is_of_failed_and_answered_contacts() {
    let c = one(&format!(
        "{{type: scan, {PAIR}, condition: {{field: [dst, port], gte: 4.6, min: 10}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Scan { min: 10 });
    assert_eq!(c.condition, Condition::Threshold(vec![(Op::Gte, 4.6)]));
    assert_eq!(fields(&c), ["dst", "port"]);
}

#[test]
fn a_beacon_may_have_sizes() {
    let c = one(&format!(
        "{{type: beacon, {BASE}, condition: {{field: bytes, gte: 0.9, min: 24}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Beacon { min: 24 });
    assert_eq!(fields(&c), ["bytes"]);
    let c = one(&format!(
        "{{type: beacon, {BASE}, condition: {{gte: 0.9, min: 4}}}}"
    ));
    assert!(fields(&c).is_empty());
}

#[test]
fn a_silence_needs_no_condition() {
    let c = one(&format!("{{type: silence, {BASE}}}"));
    assert_eq!(c.kind, CorrelationKind::Silence { min: 1 });
    assert_eq!(c.condition, Condition::Threshold(Vec::new()));
    // 24 hours are 96 quarters of an hour; they touch 97 of them.
    let c = one(&format!(
        "{{type: silence, {BASE}, condition: {{min: 97}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Silence { min: 97 });
}

#[test]
fn a_journey_has_a_least_distance() {
    let c = one(&format!(
        "{{type: travel, {BASE}, condition: {{field: place, gt: 900, distance: 500.5}}}}"
    ));
    assert_eq!(c.kind, CorrelationKind::Travel { km_min: 500.5 });
    assert_eq!(fields(&c), ["place"]);
}

/// What follows the name of the key, with BASE and PAIR in it, and part of the
/// reason.
const WRONG: [(&str, &str); 27] = [
    ("score, BASE", "needs a condition"),
    ("score, BASE, condition: a and b", "no list of parts"),
    (
        "score, BASE, condition: {field: w}",
        "`score` has no number to compare with",
    ),
    (
        "score, BASE, condition: {gte: 1}",
        "`score` needs a `field`",
    ),
    (
        "score, BASE, condition: {gte: 1, field: [v, w]}",
        "`score` takes one `field`",
    ),
    (
        "score, BASE, condition: {gte: 1, field: 5}",
        "`field` takes the name",
    ),
    (
        "score, BASE, condition: {gte: 1, field: w, name: 2}",
        "the condition of a `score` has no `name`",
    ),
    (
        "score, BASE, condition: {gte: many, field: w}",
        "`gte` takes a number",
    ),
    (
        "score, BASE, condition: {gte: 1, field: w, names: 0}",
        "`names` is a whole number of at least 1",
    ),
    (
        "ratio, PAIR, condition: {gte: 0.5}",
        "`ratio` needs a `min`",
    ),
    (
        "ratio, PAIR, condition: {gte: 0.5, min: 1.5}",
        "`min` is a whole number",
    ),
    (
        "ratio, PAIR, condition: {gte: 0.5, min: 2, field: w}",
        "the condition of a `ratio` has no `field`",
    ),
    (
        "ratio, BASE, condition: {gte: 0.5, min: 2}",
        "`ratio` takes exactly two `rules`, and here are 1",
    ),
    (
        "ratios, PAIR, condition: {gte: 0.5, min: 2}",
        "Unknown correlation type: ratios",
    ),
    (
        "scan, PAIR, condition: {gte: 4.6, min: 10}",
        "`scan` needs a `field`",
    ),
    (
        "scan, PAIR, condition: {gte: 4.6, field: dst}",
        "`scan` needs a `min`",
    ),
    (
        "scan, rules: [a, b, a], timespan: 1h, condition: {gt: 1}",
        "`scan` takes exactly two `rules`, and here are 3",
    ),
    (
        "beacon, BASE, condition: {gte: 0.9}",
        "`beacon` needs a `min`",
    ),
    (
        "beacon, BASE, condition: {gte: 0.9, min: 3}",
        "`min` is a whole number of at least 4",
    ),
    (
        "beacon, BASE, condition: {gte: 1, min: 4, field: [v, w]}",
        "`beacon` takes one `field`",
    ),
    (
        "silence, BASE, condition: {gt: 60}",
        "the condition of a `silence` has no `gt`",
    ),
    (
        "silence, BASE, condition: {min: 98}",
        "`min` can be at most 97",
    ),
    ("silence, rules: [a], timespan: 90d", "a silence of 90 days"),
    (
        "travel, BASE, condition: {field: place, gt: 900}",
        "`travel` needs a `distance`",
    ),
    (
        "travel, BASE, condition: {field: p, gt: 900, distance: far}",
        "`distance` is a number of kilometres",
    ),
    (
        "travel, BASE, condition: {gt: 900, distance: 500}",
        "`travel` needs a `field`",
    ),
    (
        "score, rules: [a], condition: {field: w, gte: 1}",
        "timeframe",
    ),
];

#[test]
fn what_is_wrong_is_named() {
    for (written, part) in WRONG {
        let written = written.replace("BASE", BASE).replace("PAIR", PAIR);
        let body = format!("{{type: {written}}}");
        let (reason, hint, line) = error(&body);
        assert!(reason.contains(part), "{body}: {reason}");
        assert!(hint.is_some(), "{body}: {reason}");
        assert!(line > 10, "{body}: line {line}");
    }
}

#[test]
fn a_misspelt_part_is_a_warning_as_with_sigma_s_own() {
    let done = compiled(&format!(
        "{{type: ratio, {PAIR}, condition: {{gt: 1, min: 1}}, group_by: [x]}}"
    ));
    assert_eq!(done.problems.len(), 1, "{:?}", done.problems);
    assert_eq!(done.problems[0].severity, Severity::Warning);
    assert!(done.problems[0].reason.contains("`group_by`"));
}

#[test]
fn it_waits_for_what_its_field_needs() {
    let done = compiled(&format!(
        "{{type: score, {BASE}, condition: {{field: flowtrail.novelty, gte: 10}}}}"
    ));
    assert!(done.problems.is_empty(), "{:?}", done.problems);
    let needs: Vec<_> = done.inactive[0].needs.iter().copied().collect();
    assert_eq!((needs, done.inactive.len()), (vec!["baseline"], 1));
}

#[test]
fn a_file_with_actions_has_no_such_type() {
    let source = RuleSource {
        file: "x.yml".into(),
        text: "action: global\nlevel: low\n---\ntitle: c\ncorrelation:\n  type: ratio\n  \
               rules: [a, b]\n  timespan: 1h\n  condition: {gte: 1, min: 1}\n"
            .into(),
    };
    let options = Options {
        flow_field: |_| None,
        derived_field: |_| Availability::Ready,
        placeholders: BTreeMap::new(),
        history: true,
    };
    let done = compile(&[source], &options);
    let problem = &done.problems[0];
    assert!(
        problem.reason.contains("Unknown correlation type"),
        "{problem}"
    );
    assert!(problem.hint.as_deref().unwrap().contains("action:"));
}

/// Each type of the table can be written, and each that can be is in it.
#[test]
fn the_table_has_every_type() {
    for beyond in ALL {
        let name = beyond.shape().name;
        assert!(
            CORRELATIONS.iter().any(|(listed, _)| *listed == name),
            "{name}"
        );
    }
    for (name, _) in CORRELATIONS {
        let ours = ALL.iter().any(|b| b.shape().name == name);
        let sigma = name.parse::<rsigma_parser::CorrelationType>().is_ok();
        assert!(ours != sigma, "{name}");
    }
}
