//! `sample-logs`: generated, small, complete, and answered for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use flowtrail_simulate::{Plan, simulate};
use ignore::WalkBuilder;
use serde_json::Value;

use crate::support::{flowtrail, root};

/// Bytes that a clone has to carry for the samples.
const BYTES_MAX: usize = 1_000_000;
/// What lies there and does not come from the simulator.
const BESIDE: [&str; 3] = ["README.md", ".flowtrailignore", "expected.jsonl"];
/// Attacks that no rule can tell from ordinary work without a context: which
/// segment is production and who may talk to whom stands in no log.
pub(crate) const WAITING: [&str; 10] = [
    "cross-env-api-calls",
    "cross-env-role-assumption",
    "ssh-around-bastion",
    "cross-env-traffic",
    "dev-reads-production",
    "forbidden-traffic-refused",
    "forbidden-traffic-burst",
    "undeclared-edge",
    "graph-database-access",
    "ledger-search-traffic",
];
/// Attacks of which a rule speaks below medium, because ordinary work looks the
/// same.
pub(crate) const FOUND_LOW: [&str; 2] = ["cleartext-traffic", "tor-client"];

/// Every file below `sample-logs` by its path there.
fn on_disk() -> BTreeMap<String, Vec<u8>> {
    let top = root().join("sample-logs");
    let walk = WalkBuilder::new(&top).standard_filters(false).build();
    let files = walk.map(Result::unwrap).filter(|e| e.path().is_file());
    let named = files.map(|e| {
        let name = e.path().strip_prefix(&top).unwrap().to_str().unwrap();
        (name.replace('\\', "/"), fs::read(e.path()).unwrap())
    });
    named.collect()
}

fn lines(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(root().join("sample-logs").join(name)).unwrap();
    let all = text.lines().map(|l| serde_json::from_str(l).unwrap());
    all.collect()
}

#[test]
fn replay_finds_what_is_expected_byte_for_byte() {
    let options = "replay sample-logs --format jsonl --level low --no-summary";
    let args: Vec<&str> = options.split(' ').collect();
    let out = flowtrail(&root(), &args);
    let expected = fs::read_to_string(root().join("sample-logs/expected.jsonl")).unwrap();
    let found = String::from_utf8(out.stdout).unwrap();
    for (n, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "finding {n}");
    }
    assert_eq!(found.len(), expected.len(), "a finding too many or too few");
    assert_eq!(String::from_utf8(out.stderr).unwrap(), "");
    assert_eq!(out.status.code(), Some(0));
}

/// The plan is that of `cargo xtask sample`: nobody has put, changed or lost a
/// file by hand.
#[test]
fn the_logs_are_what_the_simulator_writes() {
    let recipe = fs::read_to_string(root().join("crates/xtask/src/main.rs")).unwrap();
    assert!(recipe.contains("simulate --seed 7 --size 4MB"));
    let plan = Plan {
        seed: 7,
        ..Plan::sized(4_000_000)
    };
    let mut written = BTreeMap::new();
    simulate(&plan, &mut written, &mut |_| {}).unwrap();
    let mut disk = on_disk();
    for name in BESIDE {
        let there = disk.remove(name);
        assert!(there.is_some(), "{name} is missing");
        if let Some(want) = written.remove(name) {
            assert_eq!(there, Some(want), "{name}");
        }
    }
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<BTreeSet<_>>();
    let (disk_names, written_names) = (names(&disk), names(&written));
    let strange: Vec<_> = disk_names.symmetric_difference(&written_names).collect();
    assert!(strange.is_empty(), "{strange:?}");
    let changed: Vec<_> = disk.iter().filter(|(k, v)| written[*k] != **v).collect();
    let changed: Vec<_> = changed.into_iter().map(|(k, _)| k).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn a_clone_stays_small() {
    let bytes: usize = on_disk().values().map(Vec::len).sum();
    assert!(bytes < BYTES_MAX, "{bytes} bytes");
}

/// Strings of an array.
fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// Whether a finding rests on a record of the attack: on one of its events, or,
/// for flows, on its account, its time and both ends of one of its flows.
pub(crate) fn meets(finding: &Value, label: &Value) -> bool {
    let level = finding["level"].as_str().unwrap();
    ["medium", "high", "critical"].contains(&level) && points_at(finding, label)
}

/// Whether a finding of any level is about an attack.
pub(crate) fn points_at(finding: &Value, label: &Value) -> bool {
    let ids = texts(&label["event_ids"]);
    let evidence = finding["evidence"].as_array().unwrap();
    let mut seen = evidence.iter().filter_map(|e| e["event_id"].as_str());
    if seen.any(|id| ids.contains(id)) {
        return true;
    }
    let words = finding.to_string();
    label["flows"].as_array().unwrap().iter().any(|flow| {
        let named = |end: &str| words.contains(&format!("\"{}\"", flow[end].as_str().unwrap()));
        let (src, dst) = (named("srcaddr"), named("dstaddr"));
        // Traffic between segments is gathered over the hosts of both.
        let gathered = finding.get("context").is_some();
        finding["service"] == "vpcflow"
            // Both ends of a connection may have logged it, each in its account.
            && (finding["account"].is_null() || finding["account"] == flow["account"])
            && finding["first"].as_str() <= label["last_time"].as_str()
            && finding["last"].as_str() >= label["first_time"].as_str()
            && (src && dst || gathered && (src || dst || between_places(finding, label)))
    })
}

/// Whether a finding that a context shaped is about the two places of a
/// violation.
fn between_places(finding: &Value, label: &Value) -> bool {
    let group = finding["group"].to_string();
    let named = |place: &Value| {
        let mut parts = place.as_str().unwrap().split('/');
        parts.all(|part| group.contains(&format!("\"{part}\"")))
    };
    let violations = label["violations"].as_array().into_iter().flatten();
    let mut places = violations.map(|v| (&v["source"], &v["target"]));
    finding.get("context").is_some() && places.any(|(a, b)| named(a) && named(b))
}

#[test]
fn every_planted_attack_is_found() {
    let (labels, findings) = (lines("labels.jsonl"), lines("expected.jsonl"));
    assert!(labels.len() >= 10, "{} attacks", labels.len());
    let missed = labels
        .iter()
        .filter(|label| !findings.iter().any(|f| meets(f, label)));
    let missed: Vec<_> = missed.filter_map(|l| l["attack"].as_str()).collect();
    let waiting: Vec<_> = missed.iter().filter(|m| WAITING.contains(m)).collect();
    assert_eq!(missed.iter().collect::<Vec<_>>(), waiting);
}

/// The other way round: on the sample, most of what asks to be looked at is an
/// attack and not the noise of ordinary work.
#[test]
fn what_is_high_is_an_attack() {
    let labels = lines("labels.jsonl");
    let findings = lines("expected.jsonl");
    let high = findings
        .iter()
        .filter(|f| ["high", "critical"].contains(&f["level"].as_str().unwrap()));
    let false_alarms = high.filter(|f| !labels.iter().any(|l| meets(f, l)));
    let false_alarms: Vec<_> = false_alarms.map(|f| &f["title"]).collect();
    assert!(false_alarms.is_empty(), "{false_alarms:?}");
}
