//! Records to judge: those at hand, and simulated ones. They are taken apart
//! without Flowtrail's readers.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use flowtrail_simulate::{Attack, Plan, simulate};
use serde_json::Value;

use crate::at_hand;

/// A file, inflated.
pub(crate) struct Object {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Object {
    /// Whether [`records`] gives only some of its records.
    pub(crate) fn is_sampled(&self) -> bool {
        self.bytes.len() > WHOLE_BYTES_MAX
    }
}

/// Larger files are generated ones; a sample of their records is enough.
const WHOLE_BYTES_MAX: usize = 8 << 20;
/// Of large files every so manyth record.
const SAMPLED: usize = 150;

/// Every file below `folder` of the data at hand, in the order of their names.
pub(crate) fn objects(folder: &str) -> Vec<Object> {
    let mut out = Vec::new();
    if let Some(path) = at_hand::folder(folder) {
        gather(&path, &mut out);
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn gather(path: &Path, out: &mut Vec<Object>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            gather(&entry.unwrap().path(), out);
        }
    } else {
        out.push(Object {
            name: path.display().to_string(),
            bytes: inflated(std::fs::read(path).unwrap()),
        });
    }
}

fn inflated(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return bytes;
    }
    let mut out = Vec::new();
    MultiGzDecoder::new(&bytes[..])
        .read_to_end(&mut out)
        .unwrap();
    out
}

/// The records anywhere in a JSON document, or in one on each line.
pub(crate) fn records(object: &Object) -> Vec<Value> {
    let mut out = Vec::new();
    match serde_json::from_slice(&object.bytes) {
        Ok(whole) => find(whole, &mut out),
        Err(_) => {
            for line in object.bytes.split(|b| *b == b'\n') {
                if let Ok(value) = serde_json::from_slice(line) {
                    find(value, &mut out);
                }
            }
        }
    }
    if object.is_sampled() {
        out = out.into_iter().step_by(SAMPLED).collect();
    }
    out
}

fn find(value: Value, out: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            let has = |key| map.contains_key(key);
            let named = has("eventName") || has("insightDetails");
            if has("eventVersion") || (has("eventTime") && named) {
                out.push(Value::Object(map));
            } else {
                map.into_iter().for_each(|(_, v)| find(v, out));
            }
        }
        Value::Array(list) => list.into_iter().for_each(|v| find(v, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a record is one of management and data events.
pub(crate) fn is_plain(record: &Value) -> bool {
    let is = |key: &str, value: &str| record[key] == *value;
    !is("eventCategory", "Insight")
        && !is("eventCategory", "NetworkActivity")
        && !is("eventType", "AwsCloudTrailInsight")
        && !is("eventType", "AwsVpceEvents")
}

/// Objects of a small organisation in which every attack happens once.
pub(crate) fn simulated(seed: u64) -> BTreeMap<String, Vec<u8>> {
    let plan = Plan {
        seed,
        hours: 8,
        accounts: 3,
        regions: 2,
        events_per_day: 3000,
        flows_per_day: 4000,
        attacks: Attack::ALL.to_vec(),
        gzip_level: 1,
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.into_iter().map(|(k, v)| (k, inflated(v))).collect()
}

/// The objects of `store` whose key has `part`.
pub(crate) fn under(store: &BTreeMap<String, Vec<u8>>, part: &str) -> Vec<Object> {
    let found = store.iter().filter(|(key, _)| key.contains(part));
    found
        .map(|(key, bytes)| Object {
            name: key.clone(),
            bytes: bytes.clone(),
        })
        .collect()
}
