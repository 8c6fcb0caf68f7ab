//! A bucket as buckets are: digests, other people's files, empty and damaged
//! objects, prefixes that are closed, objects that vanish, and records whose
//! form changes half-way. The same lies in a folder and behind an object store.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use flowtrail_event::ObjectFault;

use super::*;
use crate::engine::Engine;
use crate::engine::sandbox::{Counting, over, over_sources, rows, rows_and_sums};

const TRAIL: &str = "AWSLogs/111111111111/CloudTrail/eu-west-1/2026/03/01";
const FLOWS: &str = "AWSLogs/111111111111/vpcflowlogs/eu-west-1/2026/03/01";
const DIGESTS: &str = "AWSLogs/111111111111/CloudTrail-Digest/eu-west-1/2026/03/01";

/// As stored, so that what is cut off a known number of bytes lacks as many.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::none());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A record of `CloudTrail`; `more` are its fields besides.
fn record(id: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventName":"E","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111111111111","eventID":"{id}"{more}}}"#
    )
}

fn log(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",\n")).into_bytes()
}

const V2: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n\
2 111111111111 eni-1 10.0.0.1 10.0.0.2 1000 443 6 1 40 1772359200 1772359260 ACCEPT OK\n";
const V5: &str = "version account-id interface-id srcaddr dstaddr start end action log-status flow-direction tcp-flags\n\
5 111111111111 eni-1 10.0.0.3 10.0.0.4 1772359200 1772359260 ACCEPT OK egress 2\n\
5 111111111111 eni-1 10.0.0.5 10.0.0.6 1772359200 1772359260 REJECT OK ingress 2\n";

/// What lies there, by key.
fn objects() -> BTreeMap<String, Vec<u8>> {
    let identity = r#","userIdentity":{"type":"IAMUser","arn":"arn:1"},"requestParameters":{"a":1},"resources":[{"ARN":"arn:r"}]"#;
    let later = r#","eventVersion":"9.0","newField":{"x":[1]},"userIdentity":{"type":"IAMUser","arn":"arn:2","newer":true}"#;
    let odd = r#","userIdentity":"root","requestParameters":"text","resources":{"ARN":"x"},"sourceIPAddress":5"#;
    let digest = r#"{"awsAccountId":"111111111111","digestStartTime":"2026-03-01T00:00:00Z","digestEndTime":"2026-03-01T01:00:00Z","digestS3Bucket":"b","digestS3Object":"o","logFiles":[]}"#;
    let whole = [
        record("a1", identity),
        record("a2", later).replacen(r#""eventVersion":"1.11","#, "", 1),
    ];
    let cut = gzip(&log(&[
        record("c1", identity),
        record("c2", identity),
        record("c3", identity),
    ]));
    let damaged = log(&[
        record("d1", ""),
        "{\"eventVersion\":\"1.11\",\"eventID\":oops}".to_owned(),
        record("d2", ""),
    ]);
    let mixed = format!("{V2}{V5}");
    [
        (
            format!("{TRAIL}/changed.json.gz"),
            gzip(&log(&[
                whole[0].clone(),
                record("a3", odd),
                whole[1].clone(),
            ])),
        ),
        (
            format!("{TRAIL}/cut.json.gz"),
            cut[..cut.len() - 200].to_vec(),
        ),
        (format!("{TRAIL}/damaged.json"), damaged),
        (
            format!("{TRAIL}/ends.json"),
            log(&[record("e1", ""), record("e2", "")])[..300].to_vec(),
        ),
        (format!("{TRAIL}/empty.json.gz"), Vec::new()),
        (
            format!("{TRAIL}/garbage.json.gz"),
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03garbage".to_vec(),
        ),
        (format!("{TRAIL}/gone.json"), log(&[record("g1", "")])),
        ("backup/flows-here.log".to_owned(), V2.into()),
        (format!("{DIGESTS}/digest.json.gz"), gzip(digest.as_bytes())),
        (format!("{FLOWS}/v2.log.gz"), gzip(V2.as_bytes())),
        (format!("{FLOWS}/v2-then-v5.log.gz"), gzip(mixed.as_bytes())),
        (
            format!("{FLOWS}/bad.parquet"),
            b"PAR1 nothing in it PAR1".to_vec(),
        ),
        (format!("{FLOWS}/short.parquet"), b"PAR1".to_vec()),
        ("backup/notes.txt".to_owned(), b"milk, eggs".to_vec()),
        (
            "backup/picture.png".to_owned(),
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
        ),
        (
            "backup/settings.json".to_owned(),
            br#"{"theme":"dark"}"#.to_vec(),
        ),
        (
            "backup/lines.json".to_owned(),
            record("l1", "").into_bytes(),
        ),
    ]
    .into()
}

/// Rows are right, wherever they lie and whatever lies beside them.
async fn check_rows(engine: &Engine) {
    let (ids, sums) = rows_and_sums(
        engine,
        "SELECT eventid, useridentity.arn, requestparameters, resources[1].arn, sourceipaddress FROM cloudtrail",
    )
    .await;
    assert_eq!(
        ids,
        [
            "a1|arn:1|{\"a\":1}|arn:r|",
            "a2|arn:2|||",
            "a3||\"text\"||5",
            "c1|arn:1|{\"a\":1}|arn:r|",
            "c2|arn:1|{\"a\":1}|arn:r|",
            "d1||||",
            "d2||||",
            "e1||||",
            "l1||||",
        ]
    );
    assert!(sums.is_partial());
    let partial = sums.partial().unwrap();
    assert!(partial.starts_with("the answer is partial: "), "{partial}");
    // What no column has is not lost.
    let newer = "SELECT eventid, unknown_fields FROM cloudtrail WHERE unknown_fields IS NOT NULL";
    assert_eq!(
        rows(engine, newer).await,
        [
            r#"a2|{"newField":{"x":[1]},"userIdentity":{"newer":true}}"#,
            r#"a3|{"userIdentity":"root","resources":{"ARN":"x"}}"#,
        ]
    );
    let flows = "SELECT srcaddr, version, dstport, flow_direction FROM vpcflow";
    assert_eq!(
        rows(engine, flows).await,
        [
            "10.0.0.1|2|443|",
            "10.0.0.1|2|443|",
            "10.0.0.1|2|443|",
            "10.0.0.3|5||egress",
            "10.0.0.5|5||ingress"
        ]
    );
}

/// Each object has its row and its reason, and the numbers add up.
async fn check_account(engine: &Engine, lost: u64) {
    let reasons = "SELECT regexp_replace(name, '.*/', ''), fault, skipped_by_reason, lacking FROM objects \
                   WHERE fault IS NOT NULL OR skipped > 0";
    let (reasons, sums) = rows_and_sums(engine, reasons).await;
    for row in [
        "bad.parquet|corrupt|{}|true",
        "cut.json.gz|cut_off|{\"truncated\":1}|true",
        "damaged.json||{\"malformed\":1}|false",
        "digest.json.gz||{\"digest\":1}|false",
        "ends.json||{\"truncated\":1}|true",
        "garbage.json.gz|corrupt|{}|true",
        "gone.json|cannot_open|{}|true",
        "notes.txt|not_a_log|{}|false",
        "picture.png|not_a_log|{}|false",
        "settings.json||{\"not_a_record\":1}|false",
        "short.parquet|corrupt|{}|true",
    ] {
        assert!(reasons.iter().any(|r| r == row), "{row} in {reasons:#?}");
    }
    let empty = "SELECT records, message FROM objects WHERE name LIKE '%empty.json.gz'";
    assert_eq!(rows(engine, empty).await, ["0|it is empty"]);
    let unsaid = "SELECT name FROM objects WHERE (fault IS NOT NULL OR lacking = 'true') AND message IS NULL";
    assert_eq!(rows(engine, unsaid).await, [""; 0]);

    // The numbers add up: listed = whole + faulty, records = rows + skipped.
    let all = u64::try_from(objects().len()).unwrap();
    assert_eq!(
        number(engine, "SELECT count(*) FROM objects").await,
        all + lost
    );
    let faults: u64 = ObjectFault::ALL.into_iter().map(|f| sums.faults(f)).sum();
    let whole = number(engine, "SELECT count(*) FROM objects WHERE fault IS NULL").await;
    assert_eq!((sums.tally.objects, sums.not_listed), (all, lost));
    assert_eq!(whole + faults, all);
    let adds = "SELECT count(*) FROM objects WHERE records <> rows + skipped";
    assert_eq!(number(engine, adds).await, 0);
    let in_objects = number(engine, "SELECT sum(rows) FROM objects").await;
    let in_tables = "SELECT (SELECT count(*) FROM cloudtrail) + (SELECT count(*) FROM vpcflow)";
    assert_eq!(in_objects, number(engine, in_tables).await);
    let lacking = number(
        engine,
        "SELECT count(*) FROM objects WHERE lacking = 'true'",
    )
    .await;
    assert_eq!(lacking, sums.lacking + sums.not_listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foul_bucket_gives_right_rows_and_its_account() {
    let mut all = objects();
    let closed = "AWSLogs/222222222222/CloudTrail";
    all.insert(
        format!("{closed}/eu-west-1/2026/03/01/x.json"),
        log(&[record("x", "")]),
    );
    let store = Counting {
        denied: vec![closed.to_owned()],
        gone: vec![format!("{TRAIL}/gone.json")],
        ..Counting::default()
    };
    let store = Arc::new(store.filled(&all).await);
    let engine = over_sources(vec![store.source("")]);
    check_rows(&engine).await;
    check_account(&engine, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_a_fault_of_its_object() {
    let store = Counting {
        broken: vec![format!("{TRAIL}/damaged.json")],
        ..Counting::default()
    };
    let store = Arc::new(store.filled(&objects()).await);
    let engine = over_sources(vec![store.source(TRAIL)]);
    let (is, sums) = rows_and_sums(
        &engine,
        "SELECT eventid FROM cloudtrail WHERE eventid LIKE 'd%'",
    )
    .await;
    assert!(is.len() <= 1, "{is:?}");
    assert!(
        sums.problems()
            .any(|p| p.name.ends_with("damaged.json") && p.message.contains("connection reset"))
    );
    assert!(sums.is_partial());
}

/// A key that is a link to itself is one that cannot be opened, for every user;
/// a folder that is closed is not closed to root.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_foul_folder_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (key, bytes) in objects() {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let gone = folder.path().join(TRAIL).join("gone.json");
    fs::remove_file(&gone).unwrap();
    std::os::unix::fs::symlink("gone.json", &gone).unwrap();
    let engine = over(&[folder.path()]);
    let listed = rows(
        &engine,
        "SELECT fault, lacking FROM objects WHERE name LIKE '%gone.json'",
    )
    .await;
    assert_eq!(listed, ["not_listed|true"]);
    let ids = rows(&engine, "SELECT eventid FROM cloudtrail").await;
    assert_eq!(ids, ["a1", "a2", "a3", "c1", "c2", "d1", "d2", "e1", "l1"]);
    let all = u64::try_from(objects().len()).unwrap();
    assert_eq!(number(&engine, "SELECT count(*) FROM objects").await, all);
}
