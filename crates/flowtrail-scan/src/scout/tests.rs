use flowtrail_baseline::{Memory as _, Since};
use flowtrail_context::{Given, Knowledge};
use flowtrail_event::{EventTime, Limits};
use flowtrail_sigma::{Level, RuleSource, compile};

use super::*;
use crate::{Scanner, rule_options_in_stream};

const RULES: &str = "
title: new
logsource: {product: aws, service: cloudtrail}
detection: {s: {flowtrail.first_seen: principal_api}, condition: s}
---
title: young
logsource: {product: aws, service: cloudtrail}
detection: {s: {flowtrail.access_key.age_days|lte: 3}, condition: s}
";

fn plan(memory: &str) -> Arc<Plan> {
    let source = RuleSource {
        file: "r.yml".into(),
        text: RULES.into(),
    };
    let rules = compile(&[source], &rule_options_in_stream(&[Knowledge::Baseline])).rules;
    assert_eq!(rules.rules().len(), 2);
    let limits = Limits::default();
    let plan = Plan::given(
        Arc::new(rules),
        &limits,
        Level::Informational,
        &Given::default().with_memory(memory),
    );
    Arc::new(plan.unwrap())
}

/// Ann's calls in March: day, hour, name, access key.
fn calls(calls: &[(u32, u32, &str, &str)]) -> String {
    let record = |(day, hour, name, key): &(u32, u32, &str, &str)| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-03-{day:02}T{hour:02}:50:00Z","eventName":"{name}","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann","accessKeyId":"{key}"}},"eventID":"{day}-{hour}-{name}","recipientAccountId":"111122223333"}}"#
        )
    };
    let records: Vec<String> = calls.iter().map(record).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

fn day(march: u32) -> Day {
    let text = format!("2026-03-{march:02}T00:00:00Z");
    Day::of(EventTime::parse(text.as_bytes()).unwrap())
}

/// Twenty days on which Ann lists buckets.
fn baseline() -> Arc<Baseline> {
    let mut wanted = Projections::default();
    let calendar = Calendar::default();
    let chronicle = Arc::new(crate::Chronicle::for_a_file(&mut wanted, calendar, None));
    let mut worker = crate::Chronicler::new(&chronicle);
    let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
    let days: Vec<_> = (1..=20).map(|d| (d, 9, "ListBuckets", "AKIAOLD")).collect();
    reader.read(calls(&days).as_bytes(), &mut worker);
    let file = crate::Chronicler::history([worker], calendar)
        .write()
        .unwrap();
    Arc::new(Baseline::read(file).unwrap())
}

fn scout(text: &str, max: usize) -> (Questions, Arc<Plan>, Arc<Baseline>) {
    let baseline = baseline();
    let plan = plan(baseline.id());
    let scout = Scout::new(&plan, Arc::clone(&baseline), ScanOptions::default(), max);
    let questions = scout.unwrap().scout(text.as_bytes());
    (questions, plan, baseline)
}

/// Ids of what is asked for, with the days on which it shows.
fn asked(questions: &Questions) -> Vec<(u64, Option<Day>)> {
    questions.iter().map(|q| (q.id(), q.seen)).collect()
}

#[test]
fn what_the_file_knows_is_not_asked_for_and_the_rest_once() {
    let (none, ..) = scout(&calls(&[(21, 9, "ListBuckets", "AKIAOLD")]), 99);
    assert!(none.is_empty());
    let (some, ..) = scout(
        &calls(&[
            (23, 9, "DeleteBucket", "AKIAOLD"),
            (22, 9, "DeleteBucket", "AKIAOLD"),
            // Late: it counts for the 22nd.
            (21, 23, "DeleteBucket", "AKIAOLD"),
        ]),
        99,
    );
    let mut seen: Vec<Option<Day>> = asked(&some).iter().map(|a| a.1).collect();
    seen.dedup();
    // By Ann and by anybody of the account, and where changes are made.
    assert_eq!((some.iter().len(), seen), (4, vec![Some(day(22))]));
}

/// A key that is new is asked for as one that was used and as one that was made.
#[test]
fn the_age_of_a_key_is_asked_for_where_the_file_has_none() {
    let (some, ..) = scout(&calls(&[(22, 9, "ListBuckets", "AKIANEW")]), 99);
    let id = |d| KeyId::new(d, "AKIANEW").0;
    let of = |id: u64| asked(&some).into_iter().find(|a| a.0 == id);
    let (used, made) = (id(Dimension::KeyNetwork), id(Dimension::KeyCreated));
    assert_eq!(of(used), Some((used, Some(day(22)))));
    assert_eq!(of(made), Some((made, None)));
}

/// Findings, judged by whatever answers.
fn found(text: &str, memory: Since, plan: &Arc<Plan>) -> Vec<String> {
    let mut scanner = Scanner::gathering(Arc::clone(plan), ScanOptions::default());
    scanner.remember(Arc::new(memory));
    scanner.scan("o", text.as_bytes());
    let findings = scanner.harvest().findings;
    findings.into_iter().map(|f| f.rule.title.clone()).collect()
}

#[test]
fn the_answers_say_what_is_new() {
    let text = calls(&[(25, 9, "DeleteBucket", "AKIANEW")]);
    let judged = |first: fn(u64) -> Option<Day>| {
        let (questions, plan, baseline) = scout(&text, 99);
        let since = questions.answered(*baseline.calendar(), first);
        found(&text, Since::new(baseline, since), &plan)
    };
    assert_eq!(judged(|_| Some(day(25))), ["new", "young"]);
    assert_eq!(judged(|_| None), ["new", "young"]);
    assert_eq!(judged(|_| Some(day(24))), ["young"]);
    assert!(judged(|_| Some(day(21))).is_empty());
}

#[test]
fn beyond_the_limit_nothing_is_new_and_it_is_counted() {
    let text = calls(&[
        (25, 9, "DeleteBucket", "AKIAOLD"),
        (25, 10, "CreateBucket", "AKIAOLD"),
    ]);
    let (questions, plan, baseline) = scout(&text, 2);
    assert_eq!((questions.iter().len(), questions.over_limit), (2, 5));
    let since = questions.answered(*baseline.calendar(), |_| Some(day(25)));
    let memory = Since::new(baseline, since);
    assert!(memory.since(SightingId(1), day(25)).is_none());
    assert_eq!(found(&text, memory.in_part(), &plan), ["new"]);
}

#[test]
fn rules_that_ask_for_nothing_send_nobody() {
    let rules = Arc::new(compile(&[], &rule_options_in_stream(&[Knowledge::Baseline])).rules);
    let plan = Plan::given(
        rules,
        &Limits::default(),
        Level::Low,
        &Given::default().with_memory("id"),
    )
    .unwrap();
    assert!(Scout::new(&plan, baseline(), ScanOptions::default(), 9).is_none());
}

#[test]
fn numbers_of_hours_are_not_for_a_stream() {
    let source = RuleSource {
        file: "r.yml".into(),
        text: "title: many\nlogsource: {product: aws, service: cloudtrail}\n\
               detection: {s: {flowtrail.hour.calls_sigma|gte: 4}, condition: s}\n"
            .into(),
    };
    let compiled = compile(&[source], &rule_options_in_stream(&Knowledge::ALL));
    assert_eq!(
        (compiled.rules.rules().len(), compiled.inactive.len()),
        (0, 1)
    );
}
