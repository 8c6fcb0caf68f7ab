//! Real and simulated logs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flowtrail_simulate::{Attack, Plan, simulate};

use super::super::Manifest;
use super::support::*;

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_real_logs_comes_back_byte_for_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: no shared data");
        return;
    }
    let mut logs = Logs::default();
    for set in ["cloudtrail", "flowlog"] {
        for path in files_below(&folder.join(set)) {
            if path.components().all(|c| c.as_os_str() != "synthetic-bulk") {
                let name = path
                    .strip_prefix(&folder)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                logs.0.insert(name, Some(std::fs::read(&path).unwrap()));
            }
        }
    }
    let dest = in_memory();
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert!(done.rows > 1000, "{}", done.rows);
    assert_holds(&dest, &logs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_logs_in_two_runs() {
    let plan = Plan {
        seed: 7,
        hours: 8,
        events_per_day: 20_000,
        flows_per_day: 60_000,
        attacks: vec![Attack::StopLogging],
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    let all = store.into_iter().filter(|(key, _)| key.ends_with(".gz"));
    let all: BTreeMap<_, _> = all.map(|(key, bytes)| (key, Some(bytes))).collect();
    let dest = in_memory();
    let half = all.clone().into_iter().step_by(2).collect();
    compact(&Logs(half), &dest, options()).await.unwrap();
    let logs = Logs(all);
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_holds(&dest, &logs).await;
    let manifest = Manifest::load(&dest).await.unwrap();
    assert_eq!(manifest.generation, 2);
    let stored: usize = logs.0.values().flatten().map(Vec::len).sum();
    // Beside its columns each row has its record; files of a few hours are small.
    assert!(
        done.bytes < 2 * stored as u64,
        "{} of {stored} bytes",
        done.bytes
    );
}
