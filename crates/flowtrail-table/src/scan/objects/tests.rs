use std::fs;

use crate::engine::sandbox::{data, number, over, plan, rows, rows_and_sums};

const TRAIL: &str = r#"{"Records":[{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventName":"A","eventSource":"s3.amazonaws.com","eventID":"1"},{"eventVersion":"1.11","eventTime":"2026-03-01T11:00:00Z","eventName":"B","eventSource":"s3.amazonaws.com","eventID":"2"},5]}"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    let key = "AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/02";
    fs::write(at(&format!("{key}/a.json")), TRAIL).unwrap();
    fs::write(
        at("AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/02/d.json"),
        r#"{"awsAccountId":"111111111111","digestStartTime":"2026-03-01T00:00:00Z","digestEndTime":"2026-03-01T01:00:00Z","digestS3Bucket":"b","digestS3Object":"o","logFiles":[]}"#,
    )
    .unwrap();
    fs::write(at("empty.json"), "").unwrap();
    fs::write(at("notes.txt"), "shopping list").unwrap();
    fs::write(
        at("broken.json.gz"),
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03garbage",
    )
    .unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn each_object_has_its_account() {
    let folder = folder();
    let engine = over(&[folder.path()]);
    let (is, sums) = rows_and_sums(
        &engine,
        "SELECT regexp_replace(name, '.*/', ''), log, account, region, day, records, rows, \
         skipped_by_reason, tables, first_event, last_event, fault, lacking FROM objects",
    )
    .await;
    assert_eq!(
        is,
        [
            "a.json|cloudtrail|111111111111|eu-west-1|2026-03-02|3|2|{\"not_a_record\":1}|cloudtrail|2026-03-01T10:00:00Z|2026-03-01T11:00:00Z||false",
            "broken.json.gz|||||0|0|{}||||corrupt|true",
            "d.json|digest|111111111111|eu-west-1|2026-03-02|1|0|{\"digest\":1}|||||false",
            "empty.json|||||0|0|{}|||||false",
            "notes.txt|||||0|0|{}||||not_a_log|false",
        ]
    );
    assert_eq!(sums.tally.objects, 5);
    assert!(sums.is_partial());
    let messages = rows(
        &engine,
        "SELECT message FROM objects WHERE fault = 'not_a_log'",
    )
    .await;
    assert_eq!(
        messages,
        ["neither CloudTrail nor flow logs, but text of another kind"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_answers_what_it_knows() {
    let folder = folder();
    let engine = over(&[folder.path()]);
    let (is, sums) = rows_and_sums(
        &engine,
        "SELECT log, count(*), min(bytes_stored) > 0 FROM objects \
         WHERE account = '111111111111' GROUP BY 1",
    )
    .await;
    assert_eq!(is, ["cloudtrail|1|true", "digest|1|true"]);
    assert_eq!(sums.tally.objects, 0);
    assert_eq!(number(&engine, "SELECT count(*) FROM objects").await, 5);
    // Only what passes is read.
    let sql = "SELECT rows FROM objects WHERE log = 'cloudtrail'";
    let (is, sums) = rows_and_sums(&engine, sql).await;
    assert_eq!((is, sums.tally.objects), (vec!["2".to_owned()], 1));
    let p = plan(&engine, "SELECT name FROM objects WHERE log = 'digest'").await;
    assert!(
        p.contains("objects=1, reads=false") && !p.contains("FilterExec"),
        "{p}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_reads_no_more_objects_than_it_must() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..300 {
        fs::write(folder.path().join(format!("{i}.json")), TRAIL).unwrap();
    }
    let engine = over(&[folder.path()]);
    let (is, sums) = rows_and_sums(&engine, "SELECT rows FROM objects LIMIT 2").await;
    assert_eq!(is, ["2", "2"]);
    assert!(sums.tally.objects < 20, "{}", sums.tally.objects);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_of_objects_are_those_of_the_tables() {
    let Some(folder) = data("cloudtrail") else {
        return;
    };
    let engine = over(&[&folder]);
    let all = number(&engine, "SELECT sum(rows) FROM objects").await;
    let mut sum = 0;
    for table in crate::LogTable::ALL {
        sum += number(&engine, &format!("SELECT count(*) FROM {table}")).await;
    }
    assert_eq!(all, sum);
    let adds = "SELECT count(*) FROM objects WHERE records <> rows + skipped";
    assert_eq!(number(&engine, adds).await, 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_listed_has_a_row() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&closed).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let engine = over(&[folder.path()]);
    let sql = "SELECT fault, lacking FROM objects WHERE fault = 'not_listed'";
    let (is, sums) = rows_and_sums(&engine, sql).await;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(is, ["not_listed|true"]);
    assert_eq!(sums.not_listed, 1);
}
