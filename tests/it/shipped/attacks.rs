//! Real attacks: Stratus Red Team's detonations, and calls seen in the wild.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use flowtrail_detect::Finding;
use flowtrail_sigma::Level;
use serde_json::Value;

use super::PLAN;
use crate::{at_hand, support};

/// Techniques that have to be found on a key event, of 35.
const FOUND_MIN: usize = 34;
/// Of the calls seen in the wild, the share that has to be found at any level,
/// and at medium or above.
const WILD_ANY_MIN: f64 = 0.95;
const WILD_MEDIUM_MIN: f64 = 0.15;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The calls that a finding stands on.
fn calls(finding: &Finding) -> BTreeSet<&str> {
    let own = finding.facts.event_name.as_deref();
    let others = finding.evidence.iter().filter_map(|e| e.facts.as_deref());
    let others = others.filter_map(|f| f.event_name.as_deref());
    own.into_iter().chain(others).collect()
}

#[test]
fn stratus_techniques_are_found_on_their_key_events() {
    let Some(folder) = at_hand::folder("cloudtrail/stratus") else {
        return;
    };
    let keys = json(&folder.with_file_name("stratus-key-events.json"));
    let keys: BTreeMap<String, BTreeSet<String>> = serde_json::from_value(keys).unwrap();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let (mut found, mut report) = (0, String::new());
    for file in &files {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let technique = stem.splitn(3, '.').nth(2).unwrap();
        let keys = &keys[technique];
        let bytes = std::fs::read(file).unwrap();
        // One detonation at a time, as if nothing else had happened.
        let scanned = support::scan(&PLAN, [(stem, &bytes[..])]);
        let hits: Vec<&Finding> = scanned
            .findings
            .iter()
            .filter(|f| f.rule.level >= Level::Medium)
            .filter(|f| calls(f).iter().any(|c| keys.contains(*c)))
            .collect();
        found += usize::from(!hits.is_empty());
        let titles: BTreeSet<_> = hits.iter().map(|f| (f.rule.level, &f.rule.title)).collect();
        writeln!(report, "{stem}: {titles:?}").unwrap();
    }
    println!("{report}{found} of {} techniques", files.len());
    assert_eq!(files.len(), 35);
    assert!(found >= FOUND_MIN, "{found} of 35:\n{report}");
}

#[test]
fn calls_seen_in_the_wild_are_found() {
    let Some(folder) = at_hand::folder("cloudtrail/traildiscover") else {
        return;
    };
    let text = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let (mut wild, mut any, mut medium) = (0, 0, 0);
    let mut missed = BTreeSet::new();
    for line in text.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if entry["usedInWild"] != Value::Bool(true) {
            continue;
        }
        wild += 1;
        let object = serde_json::to_vec(&serde_json::json!({"Records": [entry["event"]]})).unwrap();
        let scanned = support::scan(&PLAN, [("event", &object[..])]);
        let level = scanned.findings.iter().map(|f| f.rule.level).max();
        any += usize::from(level.is_some());
        medium += usize::from(level >= Some(Level::Medium));
        if level.is_none() {
            let name = format!("{}:{}", entry["eventSource"], entry["eventName"]);
            missed.insert(name.replace(['"'], "").replace(".amazonaws.com", ""));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let share = |n: usize| n as f64 / f64::from(wild);
    println!(
        "seen in the wild: {wild}, found at any level: {any} ({:.0} %), at medium or above: \
         {medium} ({:.0} %)\nnot found: {missed:?}",
        share(any) * 100.0,
        share(medium) * 100.0
    );
    assert!(share(any) >= WILD_ANY_MIN, "{}", share(any));
    assert!(share(medium) >= WILD_MEDIUM_MIN, "{}", share(medium));
}
