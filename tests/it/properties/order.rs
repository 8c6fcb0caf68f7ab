//! In which order objects are read, how often, and by how many workers does not
//! matter.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use flowtrail_detect::Detector;
use flowtrail_scan::{ScanOptions, Scanner};
use flowtrail_simulate::{BESIDE, FolderStore, simulate};
use serde_json::Value;

use super::{CONTEXT, Dice, OBJECTS, Object, PLAN, assert_same, jsonl, simulation};
use crate::support::{flowtrail, scan};

/// Several workers share `objects` by chance, each in the order given; they are
/// merged by chance, too.
fn findings(objects: &[&Object], workers: usize, dice: &mut Dice) -> String {
    let mut scanners: Vec<_> = (0..workers)
        .map(|_| Scanner::new(Arc::clone(&PLAN), ScanOptions::default()))
        .collect();
    for (name, bytes) in objects {
        let report = scanners[dice.below(workers)].scan(name, bytes.as_slice());
        assert!(report.tally.adds_up(), "{name}");
    }
    dice.shuffle(&mut scanners);
    let mut detector = Detector::new(Arc::clone(&PLAN));
    for scanner in scanners {
        detector.merge(scanner.into_detector());
    }
    jsonl(detector)
}

fn in_order() -> String {
    let objects = OBJECTS.iter().map(|(n, b)| (n.as_str(), b.as_slice()));
    let seen = scan(&PLAN, objects);
    assert_eq!(seen.loss.findings_over_limit, 0);
    let findings = seen.jsonl();
    let correlated = findings.lines().filter(|l| !l.contains("\"group\":{}"));
    println!(
        "{} objects, {} findings, {} of them correlations",
        OBJECTS.len(),
        findings.lines().count(),
        correlated.clone().count()
    );
    assert!(correlated.count() > 0, "no window was at work");
    let with = |key: &str| findings.lines().filter(|l| l.contains(key)).count();
    let hidden = with("\"suppressed\":{");
    assert!(0 < hidden && hidden < with("{"), "{hidden} are suppressed");
    assert!(hidden < with("\"context\":"), "the context told nothing");
    findings
}

#[test]
fn the_order_of_objects_does_not_matter() {
    let want = in_order();
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let mut objects: Vec<_> = OBJECTS.iter().collect();
        dice.shuffle(&mut objects);
        assert_same(
            &findings(&objects, 1, &mut dice),
            &want,
            &format!("seed {seed}"),
        );
    }
    let backwards: Vec<_> = OBJECTS.iter().rev().collect();
    assert_same(&findings(&backwards, 1, &mut Dice(0)), &want, "backwards");
}

#[test]
fn delivering_each_object_three_times_does_not_matter() {
    let want = in_order();
    let three_times = || OBJECTS.iter().flat_map(|o| [o, o, o]).collect::<Vec<_>>();
    assert_same(
        &findings(&three_times(), 1, &mut Dice(0)),
        &want,
        "in order",
    );
    for seed in 11..=12 {
        let mut dice = Dice(seed);
        let mut objects = three_times();
        dice.shuffle(&mut objects);
        assert_same(
            &findings(&objects, 1, &mut dice),
            &want,
            &format!("seed {seed}"),
        );
    }
}

#[test]
fn how_many_workers_share_the_objects_does_not_matter() {
    let want = in_order();
    for workers in 1..=4 {
        for seed in 21..=22 {
            let mut dice = Dice(seed);
            let mut objects: Vec<_> = OBJECTS.iter().collect();
            if seed == 22 {
                objects = objects.iter().flat_map(|o| [*o, *o, *o]).collect();
            }
            dice.shuffle(&mut objects);
            let what = format!("{workers} workers, seed {seed}");
            assert_same(&findings(&objects, workers, &mut dice), &want, &what);
        }
    }
}

/// Standard output and the account of one run of the binary.
fn replay(folder: &Path, jobs: &str, format: &str, more: &str) -> (String, Value) {
    let options = "replay logs --no-summary --level informational --summary-json summary.json";
    let mut args: Vec<_> = options.split(' ').collect();
    args.extend(["--jobs", jobs, "--format", format]);
    args.extend(more.split_whitespace());
    let output = flowtrail(folder, &args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let summary = fs::read_to_string(folder.join("summary.json")).unwrap();
    let mut summary: Value = serde_json::from_str(&summary).unwrap();
    let account = summary["accounting"].as_object_mut().unwrap();
    for time in ["elapsed_ms", "records_per_sec", "inflated_bytes_per_sec"] {
        assert!(account.remove(time).is_some(), "{time}");
    }
    (String::from_utf8(output.stdout).unwrap(), summary)
}

#[test]
fn the_number_of_jobs_changes_nothing_that_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = FolderStore::new(&dir.path().join("logs")).unwrap();
    simulate(&simulation(), &mut store, &mut |_| {}).unwrap();
    for beside in BESIDE {
        fs::remove_file(dir.path().join("logs").join(beside)).unwrap();
    }
    fs::write(dir.path().join("context.yaml"), CONTEXT.as_str()).unwrap();
    for more in ["", "--context context.yaml --suppressed"] {
        for format in ["text", "jsonl", "csv", "ocsf"] {
            let (want, account) = replay(dir.path(), "1", format, more);
            assert!(want.lines().count() > 20, "{format}");
            for jobs in ["1", "2", "4", "32"] {
                let (got, same) = replay(dir.path(), jobs, format, more);
                let what = format!("{format} with {jobs} jobs {more}");
                assert_same(&got, &want, &what);
                assert_eq!(same, account, "{what}");
            }
        }
    }
}
