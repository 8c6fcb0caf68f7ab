use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_smithy_mocks::mock;
use flate2::read::GzDecoder;
use serde_json::Value;

use super::super::sample;
use super::*;
use crate::objects::Patience;

type Puts = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A bucket that remembers what was written, in order.
fn bucket(gzip: bool) -> (FindingsBucket, Puts) {
    let puts = Puts::default();
    let seen = Arc::clone(&puts);
    let rule = mock!(Client::put_object)
        .match_requests(|r| {
            r.bucket() == Some("found") && r.content_type() == Some("application/json")
        })
        .then_compute_output(move |r| {
            let key = r.key().unwrap().to_owned();
            let gzip = key.ends_with(".gz");
            assert_eq!(r.content_encoding(), gzip.then_some("gzip"), "{key}");
            let bytes = r.body().bytes().unwrap().to_vec();
            seen.lock().unwrap().push((key, bytes));
            PutObjectOutput::builder().build()
        });
    let objects = Objects::new(sample::mocked!(aws_sdk_s3, &rule), Patience::default());
    objects.protect(["logs"]);
    let bucket = FindingsBucket::new(objects, "found", "p/", gzip).unwrap();
    (bucket, puts)
}

fn source() -> ObjectRef {
    ObjectRef {
        etag: Some("tag".into()),
        size: Some(77),
        ..ObjectRef::named("logs", "AWSLogs/1/a.json.gz")
    }
}

fn tally() -> Tally {
    let mut tally = Tally::of_object();
    tally.count_evaluated();
    tally.count_skip(SkipReason::Malformed);
    tally.count_skip(SkipReason::Malformed);
    tally.count_note(NoteKind::GzipMember);
    tally
}

const fn accounting(tally: &Tally) -> Accounting<'_> {
    Accounting {
        tally,
        fault: Some("cut off"),
        findings_left_out: 3,
    }
}

fn without_ocsf(n: u32) -> Rendered {
    let finding = sample::finding(n, "r", "eva");
    let json = format!(r#"{{"n":{n},"dir":"\u202e"}}"#);
    Rendered::new(&finding, json.as_bytes(), None).unwrap()
}

#[tokio::test]
async fn one_source_is_one_object_with_its_accounting() {
    let (bucket, puts) = bucket(false);
    let (source, tally) = (source(), tally());
    let findings = [without_ocsf(1), without_ocsf(2)];
    let written = bucket
        .write_source(Source::Object(&source), accounting(&tally), &findings)
        .await
        .unwrap();
    let puts = puts.lock().unwrap().clone();
    assert_eq!((puts.len(), written.objects), (1, 1));
    let (key, bytes) = &puts[0];
    assert!(
        key.starts_with("p/objects/logs/AWSLogs/1/a.json.gz."),
        "{key}"
    );
    assert!(key.ends_with(".json"));
    assert_eq!(written.uri, format!("s3://found/{key}"));
    assert_eq!(bucket.source_uri(Source::Object(&source)), written.uri);
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(r#""dir":"\u202e""#), "escapes stay");
    let document: Value = serde_json::from_str(&text).unwrap();
    let want = json!({
        "schema": "flowtrail.findings.v1",
        "source": {
            "uri": "s3://logs/AWSLogs/1/a.json.gz", "bucket": "logs",
            "key": "AWSLogs/1/a.json.gz", "version": null, "etag": "tag", "bytes": 77,
        },
        "accounting": {
            "records": 3, "evaluated": 1, "skipped": {"malformed": 2},
            "notes": {"gzip_member": 1}, "bytes_stored": 0, "bytes_inflated": 0,
            "fault": "cut off", "findings_left_out": 3,
        },
        "part": 1, "parts": 1, "findings_total": 2,
        "findings": [{"n": 1, "dir": "\u{202e}"}, {"n": 2, "dir": "\u{202e}"}],
    });
    assert_eq!(document, want);
}

#[tokio::test]
async fn a_retry_overwrites_and_another_content_does_not() {
    let (bucket, puts) = bucket(true);
    let tally = tally();
    let replaced = ObjectRef {
        etag: Some("other".into()),
        ..source()
    };
    for source in [&source(), &source(), &replaced] {
        let source = Source::Object(source);
        let findings = [without_ocsf(1)];
        let written = bucket.write_source(source, accounting(&tally), &findings);
        written.await.unwrap();
    }
    let puts = puts.lock().unwrap().clone();
    assert_eq!(puts[0], puts[1], "the same bytes under the same key");
    assert_ne!(puts[0].0, puts[2].0);
    assert!(puts[0].0.ends_with(".json.gz"));
    let mut text = String::new();
    GzDecoder::new(puts[0].1.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.starts_with(r#"{"schema""#));
}

#[tokio::test]
async fn many_findings_are_parts_of_which_the_first_comes_last() {
    let (bucket, puts) = bucket(false);
    let tally = tally();
    // One of them larger than a part.
    let mut findings: Vec<Rendered> = (0..9)
        .map(|n| sample::rendered(n, "r", "eva", 1 << 20))
        .collect();
    findings.insert(5, sample::rendered(99, "r", "eva", PART_BYTES_MAX + 1));
    let source = Source::Inline {
        name: "arn:aws:kinesis:x#49",
        content: "c0ffee",
    };
    let written = bucket
        .write_source(source, accounting(&tally), &findings)
        .await
        .unwrap();
    let puts = puts.lock().unwrap().clone();
    assert_eq!(written.objects, puts.len());
    let last = &puts.last().unwrap().0;
    assert_eq!(written.uri, format!("s3://found/{last}"));
    assert!(!last.contains(".part-"));

    let all: BTreeMap<&str, &[u8]> = puts
        .iter()
        .map(|(k, b)| (k.as_str(), b.as_slice()))
        .collect();
    let native = all.iter().filter(|(k, _)| k.starts_with("p/inline/"));
    let mut parts: Vec<Value> = native
        .map(|(_, b)| serde_json::from_slice(b).unwrap())
        .collect();
    parts.sort_by_key(|p| p["part"].as_u64());
    let numbers: Vec<u64> = parts.iter().map(|p| p["part"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=parts.len() as u64).collect::<Vec<_>>());
    assert!(parts.len() > 3);
    let mut ids = Vec::new();
    for part in &parts {
        assert_eq!(part["parts"], parts.len());
        assert_eq!(part["findings_total"], 10);
        assert_eq!(part["accounting"]["records"], 3);
        ids.extend(
            part["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| f["id"].clone()),
        );
    }
    let want: Vec<Value> = findings.iter().map(|f| json!(f.id)).collect();
    assert_eq!(ids, want, "all of them, in order");

    let ocsf = all
        .iter()
        .filter(|(k, _)| k.starts_with("p/ocsf/inline/") && k.contains(".jsonl"));
    let lines: usize = ocsf
        .map(|(_, b)| std::str::from_utf8(b).unwrap().lines().count())
        .sum();
    assert_eq!(lines, 10);
    assert!(all.keys().any(|k| k.ends_with(".part-0002.jsonl")));
    assert!(puts[0].0.starts_with("p/ocsf/"));
}

#[tokio::test]
async fn a_source_without_findings_has_its_accounting() {
    let (bucket, puts) = bucket(false);
    let tally = tally();
    let source = source();
    bucket
        .write_source(Source::Object(&source), accounting(&tally), &[])
        .await
        .unwrap();
    let puts = puts.lock().unwrap().clone();
    let document: Value = serde_json::from_slice(&puts[0].1).unwrap();
    assert_eq!(document["findings"], json!([]));
    assert_eq!((document["parts"].clone(), puts.len()), (json!(1), 1));
}

#[tokio::test]
async fn a_finding_that_spans_objects_has_a_key_of_its_own() {
    let (bucket, puts) = bucket(true);
    let finding = sample::rendered(1, "rule/1", "eva", 3);
    let written = bucket.write_window(&finding).await.unwrap();
    let id = "00000001000000000000000000000000";
    let key = format!("p/windows/rule%2F1/{id}.json");
    assert_eq!(written.uri, format!("s3://found/{key}"));
    assert_eq!(bucket.window_uri("rule/1", id), written.uri);
    let puts = puts.lock().unwrap().clone();
    let keys: Vec<&str> = puts.iter().map(|(k, _)| k.as_str()).collect();
    assert_eq!(keys, [&format!("p/ocsf/windows/rule%2F1/{id}.json"), &key]);
    assert_eq!(puts[1].1, format!("{}\n", finding.json().get()).as_bytes());
    assert_eq!(written.objects, 2);
}

#[tokio::test]
async fn a_superseded_finding_is_deleted_in_all_its_forms() {
    let gone: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&gone);
    let rule = mock!(Client::delete_object).then_compute_output(move |r| {
        seen.lock().unwrap().push(r.key().unwrap().to_owned());
        DeleteObjectOutput::builder().build()
    });
    let objects = Objects::new(sample::mocked!(aws_sdk_s3, &rule), Patience::default());
    let bucket = FindingsBucket::new(objects, "found", "", false).unwrap();
    bucket.delete_window("r", "ab").await.unwrap();
    let gone = gone.lock().unwrap().clone();
    assert_eq!(gone, ["ocsf/windows/r/ab.json", "windows/r/ab.json"]);
}

#[tokio::test]
async fn findings_never_go_into_a_bucket_of_logs() {
    let (bucket, puts) = bucket(false);
    let same = FindingsBucket::new(bucket.objects, "logs", "p/", false).unwrap();
    let (source, tally) = (source(), tally());
    let source = Source::Object(&source);
    let findings = [without_ocsf(1)];
    let written = same.write_source(source, accounting(&tally), &findings);
    assert_eq!(written.await.unwrap_err().kind, FaultKind::Denied);
    let fault = same.write_window(&without_ocsf(1)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    let fault = same.delete_window("r", "ab").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Denied);
    assert!(puts.lock().unwrap().is_empty());
    let long = "p".repeat(513);
    assert!(FindingsBucket::new(same.objects, "found", long, false).is_err());
}
