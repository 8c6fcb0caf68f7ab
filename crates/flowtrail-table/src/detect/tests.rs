use std::collections::BTreeSet;
use std::path::Path;

use flowtrail_event::Limits;
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Level, RuleSource, compile};

use super::*;
use crate::store::Source;

fn plan(title: &str, name: &str) -> Arc<Plan> {
    let source = RuleSource {
        file: "rules.yml".to_owned(),
        text: format!(
            "title: {title}\nlogsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{eventName: {name}}}, condition: s}}\nlevel: high\n"
        ),
    };
    let compiled = compile(&[source], &rule_options());
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
    let rules = Arc::new(compiled.rules);
    Arc::new(Plan::new(rules, &Limits::default(), Level::Low, None).unwrap())
}

fn trail(object: u32, padding: usize) -> String {
    let record = |n: u32, name: &str| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventName":"{name}","eventSource":"iam.amazonaws.com","awsRegion":"us-east-1","userIdentity":{{"type":"Root"}},"eventID":"{object}-{n}","recipientAccountId":"111111111111","requestParameters":{{"x":"{}"}}}}"#,
            "y".repeat(padding)
        )
    };
    format!("{{\"Records\":[{},{}]}}", record(0, "A"), record(1, "B"))
}

async fn run(
    folder: &Path,
    plans: &[Arc<Plan>],
    workers: usize,
) -> (Vec<BTreeSet<String>>, Detected, Arc<Run>) {
    let logs = Arc::new(Logs {
        sources: vec![Source::Local(folder.into())].into(),
        ..Logs::default()
    });
    let run = Arc::new(Run::default());
    let mut detected = detect(&logs, plans, workers, &run, None).await.unwrap();
    let found = std::mem::take(&mut detected.detectors).into_iter();
    let ids = |d: Detector| d.finish().0.iter().map(|f| f.id.to_string()).collect();
    (found.map(ids).collect(), detected, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_plan_finds_what_it_finds_alone() {
    let folder = tempfile::tempdir().unwrap();
    for object in 0..20 {
        // One object is kept on disk for its second reader.
        let padding = if object == 7 { KEPT_BYTES_MAX } else { 10 };
        let path = folder.path().join(format!("{object}.json"));
        std::fs::write(path, trail(object, padding)).unwrap();
    }
    std::fs::write(folder.path().join("notes.txt"), "no log").unwrap();
    std::fs::write(
        folder.path().join("cut.json"),
        &trail(99, 10).as_bytes()[..400],
    )
    .unwrap();
    let (a, b) = (plan("a", "A"), plan("b", "B"));
    for workers in [1, 3] {
        let (both, detected, account) =
            run(folder.path(), &[Arc::clone(&a), Arc::clone(&b)], workers).await;
        let (alone_a, ..) = run(folder.path(), &[Arc::clone(&a)], 1).await;
        let (alone_b, ..) = run(folder.path(), &[Arc::clone(&b)], 1).await;
        assert_eq!(both, [alone_a[0].clone(), alone_b[0].clone()]);
        assert_eq!((both[0].len(), both[1].len()), (21, 20));
        assert_eq!(detected.records.iter().sum::<u64>(), 41);
        // What was read is counted once, however often it was read.
        let sums = account.account().sums();
        assert_eq!((sums.tally.objects, sums.tally.evaluated), (22, 41));
        assert!(sums.is_partial());
        let now = account.account().progress().now();
        assert_eq!((now.objects_done, now.bytes_done), (22, now.bytes_listed));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_read_is_nothing_detected() {
    let folder = tempfile::tempdir().unwrap();
    let (found, ..) = run(folder.path(), &[plan("a", "A")], 4).await;
    assert_eq!(found, [BTreeSet::new()]);
    let logs = Arc::new(Logs {
        sources: vec![Source::Local(folder.path().join("none"))].into(),
        ..Logs::default()
    });
    let error = detect(&logs, &[plan("a", "A")], 1, &Arc::default(), None)
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("cannot open `"), "{error}");
}
