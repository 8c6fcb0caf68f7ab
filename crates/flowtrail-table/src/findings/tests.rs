use std::path::Path;
use std::sync::Arc;

use flowtrail_detect::{Detector, Plan};
use flowtrail_event::Limits;
use flowtrail_scan::{ScanOptions, Scanner, rule_options};
use flowtrail_sigma::{Level, RuleSource, compile};

use super::{Kept, Pick, Rulebook, Ruling};
use crate::engine::sandbox::{engine, number, over, plan, rows, rows_and_sums};
use crate::rules::RuleRow;
use crate::scan::Logs;
use crate::{Engine, EngineOptions, QueryError, Source};

/// A rule over single records, and one over windows that span objects.
const RULES: &str = "
title: A user was created
id: 11111111-1111-4111-8111-111111111111
name: user_created
logsource: { product: aws, service: cloudtrail }
detection: { made: { eventName: CreateUser }, condition: made }
level: high
---
title: Many users were created
id: 22222222-2222-4222-8222-222222222222
correlation: { type: event_count, rules: [user_created], group-by: [userIdentity.arn], timespan: 1h, condition: { gte: 5 }, generate: true }
level: critical
";

fn ruling() -> Ruling {
    ruling_within(&Limits::default())
}

fn ruling_within(limits: &Limits) -> Ruling {
    let source = RuleSource {
        file: "rules.yml".to_owned(),
        text: RULES.to_owned(),
    };
    let compiled = compile(&[source], &rule_options());
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
    let rows = RuleRow::all(&compiled);
    let plan = Plan::new(Arc::new(compiled.rules), limits, Level::Low, None);
    Ruling {
        plan: Arc::new(plan.unwrap()),
        rows: rows.into(),
        memory: None,
    }
}

/// Objects of two events each, by three people; the windows of each person are
/// spread over many objects.
fn write(folder: &Path, objects: u32) {
    for object in 0..objects {
        let record = |i: u32| {
            let n = object * 2 + i;
            let (minute, person) = (n / 2 % 60, n % 3);
            format!(
                r#"{{"eventVersion":"1.11","eventTime":"2026-03-01T10:{minute:02}:00Z","eventName":"CreateUser","eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111111111111:user/p{person}"}},"eventID":"{n}","recipientAccountId":"111111111111"}}"#
            )
        };
        let text = format!("{{\"Records\":[{},{}]}}", record(0), record(1));
        std::fs::write(folder.join(format!("{object}.json")), text).unwrap();
    }
}

fn with_findings(folder: &Path, kept: Option<Arc<Kept>>) -> Engine {
    let engine = over(&[folder]);
    let rules = Arc::new(Rulebook::of(ruling()));
    engine.add_rules(&rules, kept).unwrap();
    engine
}

/// Ids of what one scanner finds over all objects.
fn expected(folder: &Path, objects: u32) -> Vec<String> {
    let mut scanner = Scanner::new(ruling().plan, ScanOptions::default());
    for object in 0..objects {
        let path = folder.join(format!("{object}.json"));
        let name = path.to_string_lossy().into_owned();
        scanner.scan(&name, std::fs::File::open(path).unwrap());
    }
    let detector: Detector = scanner.into_detector();
    let mut ids: Vec<_> = detector
        .finish()
        .0
        .iter()
        .map(|f| f.id.to_string())
        .collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_the_findings_of_one_scanner() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 40);
    let kept = Arc::new(Kept::default());
    let engine = with_findings(folder.path(), Some(Arc::clone(&kept)));
    let (ids, sums) = rows_and_sums(&engine, "SELECT finding_id FROM findings").await;
    let expected = expected(folder.path(), 40);
    assert!(expected.len() > 80, "{}", expected.len());
    assert_eq!(ids, expected);
    assert_eq!((sums.tally.objects, sums.tally.evaluated), (40, 80));
    let found = kept.take().unwrap();
    assert_eq!(found.findings.len(), expected.len());
    assert!(kept.take().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_ordered_grouped_and_joined_with_their_records() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 40);
    let engine = with_findings(folder.path(), None);
    let levels = rows(
        &engine,
        "SELECT level, count(*) FROM findings GROUP BY level",
    )
    .await;
    assert_eq!(levels.len(), 2, "{levels:?}");
    assert_eq!(levels[1], "high|80");
    let first = rows(
        &engine,
        "SELECT severity, rule_id FROM findings ORDER BY severity DESC, time LIMIT 1",
    )
    .await;
    assert_eq!(first, ["5|22222222-2222-4222-8222-222222222222"]);
    let joined = number(
        &engine,
        "SELECT count(*) FROM findings f JOIN cloudtrail c ON c.eventid = f.event_ids[1] \
         WHERE f.level = 'high' AND c.useridentity.arn = f.principal",
    )
    .await;
    assert_eq!(joined, 80);
    let without_columns = number(&engine, "SELECT count(*) FROM findings").await;
    assert_eq!(without_columns, expected(folder.path(), 40).len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_run_the_rules_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 40);
    let engine = with_findings(folder.path(), None);
    let p = plan(&engine, "SELECT title FROM findings").await;
    assert!(
        p.contains("FindingsExec: columns=[title], workers=2, objects=40, rules=1"),
        "{p}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_can_run_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 3);
    let engine = with_findings(folder.path(), None);
    let query = engine.sql("SELECT finding_no FROM findings").await.unwrap();
    let plan = query.frame().clone().create_physical_plan().await.unwrap();
    let mut counts = Vec::new();
    for _ in 0..2 {
        let task = Arc::new(query.frame().task_ctx());
        let batches = datafusion::physical_plan::collect(Arc::clone(&plan), task).await;
        counts.push(batches.unwrap().iter().map(|b| b.num_rows()).sum::<usize>());
    }
    assert!(counts[0] >= 6, "{counts:?}");
    assert_eq!(counts[0], counts[1]);
}

/// The places that a pick gives, and how many findings are kept beside them.
async fn picked(folder: &Path, pick: Pick) -> (Vec<String>, Option<usize>) {
    let kept = Arc::new(Kept::default());
    let engine = with_findings(folder, Some(Arc::clone(&kept)));
    let statement = pick.statement().unwrap().into_parsed().to_string();
    let places = crate::engine::sandbox::rows_as_they_come(&engine, &statement).await;
    (places, kept.take().map(|f| f.findings.len()))
}

/// A pick shows some; all are kept, and are kept before the first is shown.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_picked_is_kept_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 40);
    let all = expected(folder.path(), 40).len();
    let (places, kept) = picked(folder.path(), Pick::default()).await;
    let in_order: Vec<String> = (0..all).map(|n| n.to_string()).collect();
    assert_eq!((places, kept), (in_order, Some(all)));
    let gravest = Pick {
        condition: Some("level IN ('high', 'critical')".to_owned()),
        order: Some("severity DESC".to_owned()),
        limit: Some(2),
    };
    for _ in 0..20 {
        let (places, kept) = picked(folder.path(), gravest.clone()).await;
        assert_eq!((places.len(), kept), (2, Some(all)), "{places:?}");
    }
    // Where nothing can be picked nothing is read.
    let none = Pick {
        limit: Some(0),
        ..Pick::default()
    };
    assert_eq!(picked(folder.path(), none).await, (Vec::new(), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_compiled_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 3);
    let engine = over(&[folder.path()]);
    let book = Arc::new(Rulebook::new(|| {
        Err(QueryError::of_text("no rules\nhint: write some"))
    }));
    engine.add_rules(&book, None).unwrap();
    // Neither is their schema, nor a statement about something else.
    rows(&engine, "SELECT count(*) FROM cloudtrail").await;
    rows(&engine, "DESCRIBE findings").await;
    assert!(format!("{book:?}").contains("made: false"));
    for table in ["findings", "rules"] {
        let query = engine.sql(&format!("SELECT * FROM {table}")).await.unwrap();
        let error = query.stream().await.err().unwrap();
        let error = engine.explain(&error);
        assert_eq!(error.message, "no rules");
        assert_eq!(error.hint.as_deref(), Some("write some"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_a_table() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 3);
    let engine = with_findings(folder.path(), None);
    let all = rows(
        &engine,
        "SELECT rule_id, title, level, severity, looks_at, active, logs FROM rules ORDER BY severity",
    )
    .await;
    assert_eq!(
        all,
        [
            "11111111-1111-4111-8111-111111111111|A user was created|high|4|event|true|cloudtrail",
            "22222222-2222-4222-8222-222222222222|Many users were created|critical|5|window|true|cloudtrail"
        ]
    );
    let silent = rows(
        &engine,
        "SELECT r.title FROM rules r LEFT ANTI JOIN findings f ON f.rule_id = r.rule_id",
    )
    .await;
    assert_eq!(silent, ["Many users were created"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_read_is_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let engine = with_findings(folder.path(), None);
    assert_eq!(number(&engine, "SELECT count(*) FROM findings").await, 0);
}

/// Windows of days, each over several objects of a trail, the second of them
/// delivered on the next day; and one object that comes three days late.
fn write_days(folder: &Path, days: u32) {
    for day in 1..=days {
        for (part, (at, delivered)) in [("22:30", day), ("23:10", day + 1)].iter().enumerate() {
            write_object(folder, *delivered, &format!("{part}"), (day, at));
        }
    }
    write_object(folder, 6, "late", (3, "22:45"));
}

fn write_object(folder: &Path, delivered: u32, name: &str, (day, at): (u32, &str)) {
    let trail = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03";
    let folder = folder.join(format!("{trail}/{delivered:02}"));
    std::fs::create_dir_all(&folder).unwrap();
    let records: Vec<_> = (0..3)
        .map(|n| {
            format!(
                r#"{{"eventVersion":"1.11","eventTime":"2026-03-{day:02}T{at}:0{n}Z","eventName":"CreateUser","eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111111111111:user/p"}},"eventID":"{day}-{at}-{n}","recipientAccountId":"111111111111"}}"#
            )
        })
        .collect();
    let text = format!("{{\"Records\":[{}]}}", records.join(","));
    let key = format!("111111111111_CloudTrail_us-east-1_202603{delivered:02}T0010Z_{name}.json");
    std::fs::write(folder.join(key), text).unwrap();
}

/// Held whole or read in the order of delivery, by few workers or many, the
/// findings are the same; but what came days late is in no window of the second.
#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_delivery_finds_what_the_whole_finds() {
    let folder = tempfile::tempdir().unwrap();
    write_days(folder.path(), 12);
    let mut answers = Vec::new();
    for whole_bytes_max in [0, u64::MAX] {
        for workers in [1, 2, 7] {
            let limits = Limits {
                whole_bytes_max,
                ..Limits::default()
            };
            let kept = Arc::new(Kept::default());
            let engine = engine(EngineOptions {
                logs: Logs {
                    sources: Arc::new([Source::Local(folder.path().to_owned())]),
                    ..Logs::default()
                },
                threads: Some(workers),
                ..EngineOptions::default()
            });
            let rules = Arc::new(Rulebook::of(ruling_within(&limits)));
            engine.add_rules(&rules, Some(Arc::clone(&kept))).unwrap();
            let said = "SELECT rule_id, first, last, count FROM findings WHERE level = 'critical'";
            let windows = rows(&engine, said).await;
            let found = kept.take().unwrap();
            answers.push((windows, found.findings.len(), found.loss.windows.late));
        }
    }
    let (in_time, whole) = answers.split_at(3);
    assert!(in_time.iter().all(|a| a == &in_time[0]), "{in_time:#?}");
    assert!(whole.iter().all(|a| a == &whole[0]), "{whole:#?}");
    let ((windows, findings, late), (all, as_many, none)) = (&in_time[0], &whole[0]);
    assert_eq!((all.len(), *late, *none), (12, 3, 0));
    assert_eq!(findings, as_many);
    let differ = windows.iter().zip(all).filter(|(a, b)| a != b).count();
    assert_eq!((windows.len(), differ), (12, 1), "{windows:#?} {all:#?}");
}
