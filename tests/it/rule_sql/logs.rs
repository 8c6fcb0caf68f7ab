//! Logs that have something for every rule: the cases of the rules with
//! variations, everything that the simulator can plant, the samples, and the
//! data beside the project.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flowtrail_simulate::{Attack, Plan, simulate};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::at_hand;
use crate::support::root;

/// Logs, and what the operator knows of the simulated ones.
pub(super) struct Gathered {
    pub(super) folders: Vec<PathBuf>,
    pub(super) context: PathBuf,
    _made: TempDir,
}

/// Real logs beside the project. The bulk data is left out: it has 29 calls in
/// a hundred thousand records.
const AT_HAND: [&str; 9] = [
    "cloudtrail/benign-boogy",
    "cloudtrail/benign-opensearch",
    "cloudtrail/event-versions",
    "cloudtrail/organization-trail",
    "cloudtrail/shapes",
    "cloudtrail/stratus",
    "cloudtrail/traildiscover",
    "flowlog/text",
    "flowlog/parquet",
];

/// Events of one entry of a sequence that are written.
const REPEATED_MAX: u64 = 2;

pub(super) fn gathered() -> Gathered {
    let made = tempfile::tempdir().unwrap();
    let folder = made.path().join("logs");
    std::fs::create_dir(&folder).unwrap();
    cases(&folder);
    let plan = Plan {
        hours: 24,
        events_per_day: 2000,
        flows_per_day: 2000,
        attacks: Attack::ALL.to_vec(),
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    let context = made.path().join("context.yaml");
    std::fs::write(&context, &store["context.yaml"]).unwrap();
    merged(&folder, "simulated", store.into_iter());
    let mut samples = Vec::new();
    files(&root().join("sample-logs/AWSLogs"), &mut samples);
    let samples = samples.into_iter().map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        (path.to_string_lossy().into_owned(), bytes)
    });
    merged(&folder, "sample", samples);
    let mut folders = vec![folder];
    folders.extend(AT_HAND.iter().filter_map(|name| at_hand::folder(name)));
    Gathered {
        folders,
        context,
        _made: made,
    }
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
    out.sort();
}

/// Many small objects of `CloudTrail` as one, since every rule reads them all;
/// flow logs as they are.
fn merged(folder: &Path, name: &str, objects: impl Iterator<Item = (String, Vec<u8>)>) {
    let mut records = Vec::new();
    for (ix, (key, bytes)) in objects.enumerate() {
        if key.contains("/CloudTrail/") {
            let mut text = Vec::new();
            let mut inflate = flate2::read::MultiGzDecoder::new(&bytes[..]);
            std::io::Read::read_to_end(&mut inflate, &mut text).unwrap();
            let mut object: Value = serde_json::from_slice(&text).unwrap();
            let Value::Array(list) = object["Records"].take() else {
                panic!("{key} has no records");
            };
            records.extend(list);
        } else if key.contains("/vpcflowlogs/") {
            std::fs::write(folder.join(format!("{name}-{ix}.log.gz")), bytes).unwrap();
        }
    }
    assert!(records.len() > 500, "{name}: {}", records.len());
    write(folder, name, records);
}

fn write(folder: &Path, name: &str, records: Vec<Value>) {
    let object = json!({ "Records": records }).to_string();
    std::fs::write(folder.join(format!("{name}.json")), object).unwrap();
}

/// The events of the rules' cases, and what may become of one: other case,
/// arrays in place of values, keys with `null`.
fn cases(folder: &Path) {
    let mut records = Vec::new();
    for file in flowtrail_rules::RULE_FILES {
        let cases: Value = yaml_serde::from_str(file.cases.unwrap()).unwrap();
        let mut events = Vec::new();
        for case in cases.as_array().unwrap() {
            events.extend(case.get("event").cloned());
            for timed in case
                .get("events")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let repeat = timed.get("repeat").and_then(Value::as_u64).unwrap_or(1);
                for n in 0..repeat.min(REPEATED_MAX) {
                    let text = timed["event"].to_string().replace("{n}", &n.to_string());
                    events.push(serde_json::from_str(&text).unwrap());
                }
            }
        }
        if file.path.starts_with("vpcflow/") {
            flow(folder, file.path, &events);
            continue;
        }
        for event in events {
            for event in [
                each(&event, &mut |text| text.to_uppercase().into()),
                each(&event, &mut |text| json!([[], [text], null])),
                with_nulls(&event),
                event,
            ] {
                let n = records.len();
                records.push(complete(event, n));
            }
        }
    }
    assert!(records.len() > 5000, "{}", records.len());
    write(folder, "cases", records);
}

/// The event with another value for each text inside its parts; those at its
/// top have columns and stay what they are, but for their case.
fn each(event: &Value, change: &mut impl FnMut(&str) -> Value) -> Value {
    let Value::Object(map) = event else {
        return event.clone();
    };
    let part = |(key, value): (&String, &Value)| {
        let is_inside = key.starts_with("request") || key.starts_with("response");
        let changed = if is_inside && !value.is_string() {
            inner(value, change)
        } else {
            inner(value, &mut |text| {
                let changed = change(text);
                if changed.is_string() {
                    changed
                } else {
                    text.into()
                }
            })
        };
        (key.clone(), changed)
    };
    Value::Object(map.iter().map(part).collect())
}

fn inner(value: &Value, change: &mut dyn FnMut(&str) -> Value) -> Value {
    match value {
        Value::String(text) => change(text),
        Value::Array(list) => list.iter().map(|v| inner(v, change)).collect(),
        Value::Object(map) => {
            let inner = map.iter().map(|(k, v)| (k.clone(), inner(v, change)));
            Value::Object(inner.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The event with `null` under keys at its top that it does not have, as AWS
/// writes it, and beside each part of its parameters.
fn with_nulls(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(map) = event.as_object_mut() {
        for key in [
            "requestParameters",
            "responseElements",
            "additionalEventData",
        ] {
            map.entry(key).or_insert(Value::Null);
        }
        if let Some(parameters) = map["requestParameters"].as_object_mut() {
            for value in parameters.values_mut() {
                *value = json!([value, null]);
            }
        }
    }
    event
}

/// What every record has and a case need not write.
fn complete(event: Value, n: usize) -> Value {
    let Value::Object(mut map) = event else {
        panic!("{event} is no event");
    };
    map.entry("eventTime")
        .or_insert("2026-01-06T10:00:00Z".into());
    map.entry("eventVersion").or_insert("1.11".into());
    map.insert(
        "eventID".into(),
        format!("00000000-0000-4000-8000-{n:012}").into(),
    );
    Value::Object(map)
}

/// The flow records of one file of cases as a log of its own.
fn flow(folder: &Path, path: &str, events: &[Value]) {
    let events: Vec<&Map<String, Value>> = events.iter().filter_map(Value::as_object).collect();
    let mut columns: BTreeSet<&str> = events.iter().flat_map(|e| e.keys()).map(|k| &**k).collect();
    columns.extend(["start", "end", "log-status"]);
    let header: Vec<&str> = columns.iter().copied().collect();
    let mut text = header.join(" ") + "\n";
    for event in events {
        let cell = |column: &&str| match (event.get(*column), *column) {
            (Some(Value::String(s)), _) if s.is_empty() => "-".to_owned(),
            (Some(Value::String(s)), _) => s.replace(' ', "%20"),
            (Some(Value::Null) | None, "log-status") => "OK".to_owned(),
            (Some(Value::Null) | None, "start") => "1767693600".to_owned(),
            (Some(Value::Null) | None, "end") => "1767693659".to_owned(),
            (Some(Value::Null) | None, _) => "-".to_owned(),
            (Some(value), _) => value.to_string(),
        };
        let line: Vec<_> = columns.iter().map(cell).collect();
        writeln!(text, "{}", line.join(" ")).unwrap();
    }
    let name = path.replace('/', "-").replace(".yml", ".log");
    std::fs::write(folder.join(name), text).unwrap();
}
