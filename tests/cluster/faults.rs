//! What is damaged, what cannot be sent, and who is not there.

use std::fs;
use std::path::Path;

use crate::servers::{Cluster, flowtrail, root, run};

/// Files of the sample logs in one folder, one of them cut, and a note.
fn damaged(folder: &Path) {
    let logs = folder.join("logs");
    fs::create_dir(&logs).unwrap();
    let mut found = Vec::new();
    let mut folders = vec![root().join("sample-logs/AWSLogs")];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains("_CloudTrail_") {
                found.push(path);
            }
        }
    }
    found.sort();
    for path in found.iter().take(8) {
        fs::copy(path, logs.join(path.file_name().unwrap())).unwrap();
    }
    let whole = fs::read(&found[9]).unwrap();
    fs::write(logs.join("cut.json.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::write(logs.join("notes.txt"), "nothing").unwrap();
    fs::write(logs.join("empty.json.gz"), "").unwrap();
}

/// Executors have another working folder than the query: its relative paths are
/// below its own.
#[test]
fn the_account_of_executors_is_that_of_one_machine() {
    let cluster = Cluster::start(&[], &[]);
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path());
    for sql in [
        "SELECT log_object, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 1",
        // The same objects for both tables count once.
        "SELECT count(*) AS n FROM cloudtrail a JOIN cloudtrail b ON a.eventid = b.eventid",
    ] {
        let (there, here) = cluster.beside(folder.path(), &[sql, "logs"]);
        assert_eq!(there.out, here.out, "{sql}");
        assert_eq!((there.status, here.status), (Some(2), Some(2)), "{sql}");
        assert_eq!(there.said_of_logs(), here.said_of_logs(), "{sql}");
        let partial =
            "the answer is partial: 1 of 11 objects could not be read to the end (1 cut_off)";
        assert!(there.said.contains(partial), "{sql}: {}", there.said);
        assert!(
            there.said.contains("note: logs/cut.json.gz: "),
            "{sql}: {}",
            there.said
        );
    }
}

#[test]
fn what_a_cluster_cannot_do_is_said_with_a_hint() {
    let cluster = Cluster::start(&["--context", "sample-logs/context.yaml"], &[]);
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.yaml");
    let mut context = fs::read_to_string(root().join("sample-logs/context.yaml")).unwrap();
    context.push_str("# as it was later\n");
    fs::write(&other, context).unwrap();
    let other = other.to_string_lossy();
    let environments = "SELECT environment(account) FROM cloudtrail";
    for (words, told) in [
        (vec!["SELECT * FROM findings", "sample-logs"], "`findings`"),
        (
            vec![
                "SELECT f.title FROM findings f JOIN cloudtrail c ON c.eventid = f.event_ids[1]",
                "sample-logs",
            ],
            "`findings`",
        ),
        (
            vec!["SELECT count(*) FROM objects", "sample-logs"],
            "`objects`",
        ),
        (
            vec!["EXPLAIN ANALYZE SELECT 1 FROM cloudtrail", "sample-logs"],
            "EXPLAIN ANALYZE",
        ),
        (vec!["SELECT 1 FROM cloudtrail", "-"], "standard input"),
        (
            vec![environments, "sample-logs", "--context", &other],
            "`environment` rests on version",
        ),
        (
            vec![
                "SELECT CAST(eventname AS BIGINT) FROM cloudtrail",
                "sample-logs",
            ],
            "Cannot cast",
        ),
    ] {
        let ran = cluster.query(&root(), &words);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (Some(2), ""),
            "{words:?}: {}",
            ran.said
        );
        assert!(
            ran.said.starts_with("error: ") && ran.said.contains(told),
            "{}",
            ran.said
        );
        assert!(
            ran.said.contains("\nhint: ") || told == "Cannot cast",
            "{}",
            ran.said
        );
        assert!(
            !ran.said.contains("LogScanExec") && !ran.said.contains("DataFusion"),
            "{}",
            ran.said
        );
    }
    let same = ["--context", "sample-logs/context.yaml"];
    let ran = cluster.query(&root(), &[environments, "sample-logs", same[0], same[1]]);
    assert_eq!(ran.status, Some(0), "{}", ran.said);
}

#[test]
fn work_goes_to_whoever_asks_for_it() {
    let mut cluster = Cluster::start(&[], &[]);
    // One that is gone asks for none.
    cluster.lose_one();
    let count = "SELECT count(*) AS n FROM cloudtrail";
    let (there, here) = cluster.beside(&root(), &[count, "sample-logs"]);
    assert_eq!(
        (there.out.as_str(), there.readers()),
        (here.out.as_str(), 1),
        "{}",
        there.said
    );
}

#[test]
fn nobody_at_the_other_end_is_an_error() {
    let words = [
        "query",
        "--cluster",
        "127.0.0.1:1",
        "SELECT 1 FROM cloudtrail",
        "sample-logs",
    ];
    let ran = run(flowtrail(&root(), &words));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.said
            .contains("cannot reach the scheduler at `127.0.0.1:1`"),
        "{}",
        ran.said
    );
    let words = [
        "cluster",
        "executor",
        "--scheduler",
        "nowhere",
        "--bind",
        "127.0.0.1:0",
    ];
    let ran = run(flowtrail(&root(), &words));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.said.contains("`nowhere` is not HOST:PORT"),
        "{}",
        ran.said
    );
}
