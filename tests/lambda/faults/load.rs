//! Too much, too many, too late, and rules that are none.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::delivery::{again, batch};
use super::stage::{Logs, SAMPLES, Stage, count, is_answer, is_error, samples, warm};
use crate::payload;
use crate::proxy::{Fault, Rule, Trouble};

/// Set, all this is done in its full size: 10,000 objects in one hour, and small
/// objects that inflate to 5 GB. It takes minutes.
const FULL: &str = "FLOWTRAIL_TEST_FULL";
/// Objects of one event.
const TINY_AT_ONCE: usize = 25;
/// Bytes of one gzip stream of an object that inflates to many.
const MEMBER: usize = 64 << 20;
/// What the function may hold while it reads them, in bytes.
const MEMORY_MAX: u64 = 256 << 20;

/// The first in full size, else the second.
fn size(full: usize, usual: usize) -> usize {
    let is_full = std::env::var_os(FULL).is_some();
    if is_full { full } else { usual }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes);
    reader.read_to_end(&mut out).unwrap();
    out
}

fn records(bytes: &[u8]) -> Vec<Value> {
    let log: Value = serde_json::from_slice(&inflated(bytes)).unwrap();
    log["Records"].as_array().unwrap().clone()
}

/// The records of a sample, amid which stand gigabytes of
/// `padding`: gzip takes several streams for one.
fn bomb(bytes: usize, padding: u8, before: &str, after: &str) -> Vec<u8> {
    let (_, sample) = samples().swap_remove(2);
    let mut records = records(&sample);
    let last = records.split_off(records.len() / 2);
    let text = |records: &[Value]| {
        let all: Vec<String> = records.iter().map(Value::to_string).collect();
        all.join(",")
    };
    let mut out = gzip(format!("{{\"Records\":[{},{before}", text(&records)).as_bytes());
    let member = gzip(&vec![padding; MEMBER]);
    for _ in 0..bytes / MEMBER {
        out.extend(&member);
    }
    out.extend(gzip(format!("{after}{}]}}", text(&last)).as_bytes()));
    out
}

/// What stands around gigabytes of something is found, memory stays small, and
/// ordinary neighbours are not kept.
async fn gigabytes(test: &str, padding: u8, before: &str, after: &str) {
    let mut logs = samples();
    // What is found does not depend on how much of it there is.
    logs[2].1 = bomb(MEMBER, padding, before, after);
    let Some(mut stage) = Stage::with(test, &logs, true).await else {
        return;
    };
    let inflated = size(5 << 30, 512 << 20);
    let bytes = bomb(inflated, padding, before, after);
    assert!(bytes.len() < 8 << 20, "{}", bytes.len());
    stage.stored[2] = stage.world.put(&stage.logs, &logs[2].0, bytes).await;
    let setup = stage.setup().timeout(Duration::from_secs(240));
    let function = warm(setup.start()).await;
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_answer(&invoked), "{invoked:?}");
    let peak = function.peak_memory();
    eprintln!(
        "{test}: {inflated} bytes, {:?}, {peak:?} of memory",
        invoked.took
    );
    assert!(peak.is_none_or(|p| p < MEMORY_MAX), "{peak:?}");
    let sums = stage.assert_whole(test).await;
    assert!(
        sums.of("InflatedBytes") >= count(inflated >> 10) * 1_024.0,
        "{sums:?}"
    );
    assert!(stage.expected.ids.len() > 5);
}

/// One record that is none.
#[tokio::test]
async fn a_small_object_inflates_to_gigabytes() {
    gigabytes("bomb", b'x', "\"", "\",").await;
}

/// Nothing at all between two records.
#[tokio::test]
async fn a_small_object_inflates_to_gigabytes_of_blanks() {
    gigabytes("blanks", b' ', "", "").await;
}

/// One object for every record, and many beside them.
fn tiny(objects: usize) -> Logs {
    let mut all: Vec<Value> = samples().iter().flat_map(|(_, b)| records(b)).collect();
    let mut n = 0;
    while all.len() < objects {
        n += 1;
        all.push(json!({"eventVersion": "1.08",
            "eventTime": format!("2026-03-02T22:{:02}:{:02}Z", n / 60 % 60, n % 60),
            "eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances",
            "awsRegion": "us-east-1", "sourceIPAddress": "192.0.2.7",
            "userAgent": "aws-cli/2", "eventID": format!("tiny-{n:08}"), "readOnly": true,
            "eventType": "AwsApiCall", "recipientAccountId": "222233334444"}));
    }
    let object = |(n, record): (usize, Value)| {
        let key =
            format!("AWSLogs/222233334444/CloudTrail/us-east-1/2026/03/02/tiny-{n:05}.json.gz");
        (
            key,
            gzip(json!({"Records": [record]}).to_string().as_bytes()),
        )
    };
    all.into_iter().enumerate().map(object).collect()
}

/// A window of which each object holds one event, in two functions at once.
#[tokio::test]
async fn tiny_objects_by_the_thousand() {
    let objects = size(10_000, 300);
    let Some(stage) = Stage::with("tiny", &tiny(objects), true).await else {
        return;
    };
    // Every step is coprime to the number, so that none is met twice.
    let step = (7..).find(|s| gcd(*s, objects) == 1).unwrap();
    let order = (0..objects).map(|n| stage.stored[n * step % objects].clone());
    let order: Vec<_> = order.collect();
    let events: Vec<Value> = order.chunks(TINY_AT_ONCE).map(payload::s3).collect();
    let functions = [stage.start().await, stage.start().await];
    let half = async |at: usize| {
        for event in events.iter().skip(at).step_by(2) {
            let tries = functions[at].deliver(event).await;
            assert!(tries.last().is_some_and(is_answer), "{tries:?}");
        }
    };
    tokio::join!(half(0), half(1));
    assert_eq!(stage.found().await, stage.expected.ids);
    stage.assert_counted("tiny").await;
    // A finding that grows to its beginning gets another id, and was told of
    // under the one that it had.
    let said = stage.said().await;
    for rule in stage.expected.told.values() {
        let told = said.iter().filter(|text| text.contains(rule)).count();
        assert!(told >= 1, "{rule}: {said:?}");
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// What hangs is given up in time to say so, and the others are done.
#[tokio::test]
async fn the_deadline_is_kept() {
    let Some(stage) = Stage::of("deadline").await else {
        return;
    };
    let limit = Duration::from_secs(5);
    let setup = stage.setup().timeout(limit);
    let setup = setup.with("FLOWTRAIL_STALL_SECONDS", "60");
    let function = warm(setup.with("FLOWTRAIL_DEADLINE_MARGIN_SECONDS", "3").start()).await;
    let hangs = Rule::on("s3:GetObject", Fault::Stall { after: 300 });
    stage.proxy.add(hangs.containing(SAMPLES[0]));
    let event = batch(&stage.stored);
    let invoked = function.invoke(&event).await;
    assert_eq!(again(&invoked.outcome), ["m0"]);
    assert!(invoked.took < limit, "{invoked:?}");
    let sums = stage.sums().await;
    let late = sums.of("ObjectsFailed/deadline") + sums.of("ObjectsFailed/timeout");
    assert_eq!((sums.of("Objects"), late), (2.0, 1.0), "{sums:?}");
    stage.proxy.forgive();
    let invoked = function.invoke(&event).await;
    assert_eq!(again(&invoked.outcome), [""; 0]);
    stage.assert_whole("after the deadline").await;
}

/// A bomb that takes longer than there is time for: its end is reported.
#[tokio::test]
async fn the_deadline_is_kept_while_inflating() {
    // More than any machine of ours inflates in a second.
    let bytes = bomb(7 << 30, b'x', "\"", "\",");
    let Some(stage) = Stage::with("late-bomb", &samples(), true).await else {
        return;
    };
    let limit = Duration::from_secs(4);
    let setup = stage.setup().timeout(limit);
    let function = warm(setup.with("FLOWTRAIL_DEADLINE_MARGIN_SECONDS", "3").start()).await;
    let late = stage.world.put(&stage.logs, "late.json.gz", bytes).await;
    let mut all = stage.stored.clone();
    all.push(late);
    let invoked = function.invoke(&batch(&all)).await;
    assert_eq!(again(&invoked.outcome), ["m3"]);
    assert!(invoked.took < limit, "{invoked:?}");
    let sums = stage.assert_whole("the others").await;
    let late = sums.of("ObjectsFailed/deadline") + sums.of("ObjectsFailed/timeout");
    assert_eq!(late, 1.0, "{sums:?}");
}

const GOOD: &str = "title: Mine\nid: 0f0f0f0f-0000-4000-8000-000000000001\nlevel: high\n\
    logsource: {product: aws, service: cloudtrail}\n\
    detection: {s: {eventName: CreateUser}, condition: s}\n";
const UNKNOWN: &str = "title: Unknown\nlogsource: {product: aws, service: cloudtrail}\n\
    detection: {s: {a|nothing: 1}, condition: s}\n";

/// Rules that do not parse cost themselves, and are counted and named.
#[tokio::test]
async fn rule_files_that_do_not_parse() {
    let Some(stage) = Stage::of("rules").await else {
        return;
    };
    let rules = stage.world.bucket("rules").await;
    let files = [
        ("r/good.yml", GOOD.as_bytes()),
        ("r/unknown.yml", UNKNOWN.as_bytes()),
        ("r/broken.yml", b"title: [\n  - : {"),
        ("r/bytes.yaml", &[0xFF, 0xFE, 0, 1]),
        ("r/notes.txt", b"no rule"),
    ];
    for (key, text) in files {
        stage.world.put(&rules, key, text.to_vec()).await;
    }
    let setup = stage
        .setup()
        .with("FLOWTRAIL_RULES", &format!("s3://{rules}/r"));
    let function = setup.start();
    assert!(is_answer(&function.invoke(&stage.event()).await));
    let found = stage.found().await;
    assert!(found.is_superset(&stage.expected.ids));
    assert_eq!(
        found.len(),
        stage.expected.ids.len() + 1,
        "and that of the good one"
    );
    let sums = stage.sums().await;
    assert_eq!(sums.of("RulesRejected"), 3.0, "{sums:?}");
    assert_eq!(sums.of("Findings"), count(found.len()), "{sums:?}");
    let log: Vec<String> = function.log().iter().map(Value::to_string).collect();
    for file in ["unknown.yml", "broken.yml", "bytes.yaml"] {
        let named = log.iter().any(|l| l.contains("ERROR") && l.contains(file));
        assert!(named, "{file}");
    }
}

/// Without its rules a detector would look well and be blind: it fails until it
/// can read them, and then has missed nothing.
#[tokio::test]
async fn rules_that_cannot_be_read() {
    let Some(stage) = Stage::of("no-rules").await else {
        return;
    };
    let rules = stage.world.bucket("rules").await;
    stage.world.put(&rules, "good.yml", GOOD).await;
    let denied = Fault::Trouble(Trouble::Denied);
    stage.proxy.add(Rule::on("s3:ListObjectsV2", denied));
    let function = stage
        .setup()
        .with("FLOWTRAIL_RULES", &format!("s3://{rules}"))
        .start();
    let invoked = function.invoke(&stage.event()).await;
    assert!(is_error(&invoked), "{invoked:?}");
    assert!(
        format!("{invoked:?}").contains("FLOWTRAIL_RULES"),
        "{invoked:?}"
    );
    assert_eq!(stage.found().await, BTreeSet::new());
    stage.proxy.forgive();
    assert!(is_answer(&function.invoke(&stage.event()).await));
    let found = stage.found().await;
    assert!(
        found.is_superset(&stage.expected.ids) && found.len() == stage.expected.ids.len() + 1,
        "{found:?}"
    );
}
