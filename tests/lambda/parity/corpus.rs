//! The logs that every way through the function has to agree about.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use flowtrail_simulate::{Attack, LABELS_KEY, Plan, simulate};
use serde_json::json;
use serde_json::value::RawValue;

/// Set, all generated records are taken.
const FULL: &str = "FLOWTRAIL_TEST_FULL";
/// Generated records of one object, which is all that is taken else: their kinds
/// repeat, and each costs time.
const BULK_RECORDS: usize = 3_000;
/// Records of one object after splitting, so that windows span objects.
const SPLIT_RECORDS: usize = 4;

/// A log object.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) key: String,
    pub(crate) bytes: Vec<u8>,
}

/// Whether all generated records are taken.
pub(crate) fn is_full() -> bool {
    std::env::var_os(FULL).is_some()
}

/// Every CloudTrail object at hand. `None`, with a message, where there is none.
pub(crate) fn at_hand() -> Option<Vec<Log>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cloudtrail");
    if !folder.is_dir() {
        eprintln!("skipped: there is no `{}`", folder.display());
        return None;
    }
    let mut logs = Vec::new();
    gather(&folder, "cloudtrail", &mut logs);
    let (bulk, mut logs): (Vec<Log>, Vec<Log>) = logs
        .into_iter()
        .partition(|l| l.key.contains("synthetic-bulk"));
    let bulk: Vec<Log> = bulk.iter().flat_map(pieces).collect();
    assert!(!bulk.is_empty());
    let taken = if is_full() { bulk.len() } else { 1 };
    logs.extend(bulk.into_iter().take(taken));
    assert!(logs.len() > 50, "{}", logs.len());
    Some(logs)
}

/// An object of these once more, whose end is missing.
pub(crate) fn damaged(logs: &[Log]) -> Log {
    let whole = logs.iter().find(|l| l.key.ends_with(".json.gz")).unwrap();
    let end = whole.bytes.len() - 40;
    Log {
        key: whole.key.replace(".json.gz", "-damaged.json.gz"),
        bytes: whole.bytes[..end].to_vec(),
    }
}

fn gather(folder: &Path, key: &str, logs: &mut Vec<Log>) {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let key = format!("{key}/{name}");
        if path.is_dir() {
            gather(&path, &key, logs);
        } else if name != "LICENSE" {
            let bytes = std::fs::read(&path).unwrap();
            logs.push(Log { key, bytes });
        }
    }
}

/// A large object in pieces, each of which is an object that moto can bear: it
/// takes one call at a time, and every window is a few of them.
fn pieces(log: &Log) -> Vec<Log> {
    let mut text = String::new();
    let mut inflated = GzDecoder::new(log.bytes.as_slice());
    inflated.read_to_string(&mut text).unwrap();
    let all: BTreeMap<&str, Vec<&RawValue>> = serde_json::from_str(&text).unwrap();
    let stem = log.key.trim_end_matches(".json.gz");
    let piece = |(n, part): (usize, &[&RawValue])| Log {
        key: format!("{stem}-{n:02}.json"),
        bytes: records(part.iter()),
    };
    let pieces = all["Records"].chunks(BULK_RECORDS).enumerate();
    pieces.map(piece).collect()
}

fn records<'a>(records: impl Iterator<Item = &'a &'a RawValue>) -> Vec<u8> {
    let records: Vec<&RawValue> = records.copied().collect();
    json!({"Records": records}).to_string().into_bytes()
}

/// A day of a small organisation, in which much happens.
pub(crate) fn simulated(seed: u64) -> Vec<Log> {
    let plan = Plan {
        seed,
        hours: 24,
        accounts: 2,
        regions: 2,
        events_per_day: 400,
        flows_per_day: 1_000,
        attacks: vec![
            Attack::PasswordSpray,
            Attack::ConsoleBruteForce,
            Attack::BackdoorUser,
            Attack::StopLogging,
            Attack::SecretsSweep,
            Attack::ShareSnapshot,
            Attack::S3Ransom,
        ],
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.remove(LABELS_KEY);
    let log = |(key, bytes)| Log { key, bytes };
    store.into_iter().map(log).collect()
}

fn inflated(log: &Log) -> String {
    let mut text = String::new();
    let read = if log.key.ends_with(".gz") {
        GzDecoder::new(log.bytes.as_slice()).read_to_string(&mut text)
    } else {
        log.bytes.as_slice().read_to_string(&mut text)
    };
    read.unwrap();
    text
}

/// The records of several objects in one.
pub(crate) fn merged(logs: &[&Log]) -> Log {
    let texts: Vec<String> = logs.iter().map(|log| inflated(log)).collect();
    let of = |text: &String| -> Vec<Box<RawValue>> {
        let mut all: BTreeMap<String, Vec<Box<RawValue>>> = serde_json::from_str(text).unwrap();
        all.remove("Records").unwrap()
    };
    let all: Vec<Box<RawValue>> = texts.iter().flat_map(of).collect();
    let key = logs.first().unwrap().key.trim_end_matches(".json.gz");
    Log {
        key: format!("{key}-merged.json"),
        bytes: json!({"Records": all}).to_string().into_bytes(),
    }
}

/// The same records in objects of a few each.
pub(crate) fn split(log: &Log) -> Vec<Log> {
    let text = inflated(log);
    let text = text.as_str();
    let all: BTreeMap<&str, &RawValue> = serde_json::from_str(text).unwrap();
    let all: Vec<&RawValue> = serde_json::from_str(all["Records"].get()).unwrap();
    let part = |(n, part): (usize, &[&RawValue])| Log {
        key: format!("{}/{n:03}.json", log.key),
        bytes: records(part.iter()),
    };
    all.chunks(SPLIT_RECORDS).enumerate().map(part).collect()
}
