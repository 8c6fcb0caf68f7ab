//! A stream that keeps its windows elsewhere finds what a replay finds.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowtrail_detect::{Finding, Observation, Partition, decide};
use flowtrail_scan::{ScanOptions, Scanner};

use super::{Dice, OBJECTS, Object, PLAN, assert_same};
use crate::support::{as_jsonl, scan};

/// Ids and, of correlations, every fact: their evidence is the same wherever
/// the windows were kept. A single event that lies in several objects is found
/// in each, so only its id is.
fn told(mut findings: Vec<Finding>) -> String {
    findings.sort_by_key(|f| f.id);
    findings.dedup_by_key(|f| f.id);
    let line = |f: &Finding| {
        if f.value.is_some() {
            as_jsonl(std::slice::from_ref(f))
        } else {
            format!("{}\n", f.id)
        }
    };
    findings.iter().map(line).collect()
}

#[test]
fn partitions_of_a_stream_give_the_findings_of_a_replay() {
    let objects = OBJECTS.iter().map(|(n, b)| (n.as_str(), b.as_slice()));
    let want = told(scan(&PLAN, objects).findings);
    let windows = want.lines().filter(|l| l.starts_with('{')).count();
    assert!(windows > 20, "{windows}");
    let mut dice = Dice(11);
    let mut order: Vec<&Object> = OBJECTS.iter().chain(OBJECTS.iter()).collect();
    dice.shuffle(&mut order);
    let mut scanner = Scanner::gathering(Arc::clone(&PLAN), ScanOptions::default());
    let mut findings = Vec::new();
    let mut kept: BTreeMap<Partition, Vec<Observation>> = BTreeMap::new();
    for (name, bytes) in order {
        scanner.scan(name, bytes.as_slice());
        let harvest = scanner.harvest();
        findings.extend(harvest.findings);
        for seen in harvest.observations {
            let partition = PLAN.partition(&seen).unwrap();
            kept.entry(partition).or_default().push(seen);
        }
    }
    assert!(kept.len() > windows, "{} partitions", kept.len());
    for (_, mut observations) in kept {
        dice.shuffle(&mut observations);
        findings.extend(decide(&PLAN, observations).0);
    }
    assert_same(&told(findings), &want, "stream against replay");
}
