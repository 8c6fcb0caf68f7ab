//! Compacted logs are the logs: the same findings, whatever happened to the run
//! that compacted them.

mod bucket;
mod killed;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use flowtrail_event::{Event, Flow, Limits, Note, Sink, Skip};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use flowtrail_simulate::{FolderStore, simulate};
use tempfile::TempDir;

use crate::properties::{files_below, simulation};
use crate::support::flowtrail;

/// A folder with every attack in it, and nothing compacted yet.
pub(super) fn simulated() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = FolderStore::new(&folder.path().join("logs")).unwrap();
    simulate(&simulation(), &mut store, &mut |_| {}).unwrap();
    let logs = folder.path().join("logs");
    fs::write(
        logs.join(".flowtrailignore"),
        "labels.jsonl\nnegatives.jsonl\ncontext.yaml\n",
    )
    .unwrap();
    folder
}

pub(super) fn ran(folder: &Path, line: &str) -> Output {
    let words: Vec<&str> = line.split(' ').collect();
    flowtrail(folder, &words)
}

/// Runs it, and it has to go well.
pub(super) fn run(folder: &Path, line: &str) -> String {
    let output = ran(folder, line);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{line}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Record, object and place.
type Row = (String, String, u64, u64);

#[derive(Default)]
struct Rows {
    object: String,
    rows: Vec<Row>,
}

impl Sink for Rows {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.rows.push((
            String::from_utf8(event.json()).unwrap(),
            event.origin.unwrap_or(&self.object).to_owned(),
            event.location.offset,
            event.location.len,
        ));
        Flow::Continue
    }
    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }
    fn note(&mut self, _: Note) {}
}

/// Every row below a folder, as an engine sees it that lists files.
pub(super) fn rows(folder: &Path) -> Vec<Row> {
    let mut sink = Rows::default();
    let mut reader = ObjectReader::new(
        &Projections::default(),
        &Limits::default(),
        ScanOptions::default(),
    );
    for path in files_below(folder) {
        let inside = path
            .strip_prefix(folder)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        if inside.starts_with('_') || inside.starts_with('.') {
            continue;
        }
        sink.object = inside;
        let report = reader.read(fs::File::open(&path).unwrap(), &mut sink);
        assert_eq!(report.fault, None, "{}", path.display());
    }
    sink.rows.sort();
    sink.rows
}

#[test]
fn compacted_logs_give_the_findings_of_raw_ones() {
    let folder = simulated();
    let line = "compact logs --to compacted";
    run(folder.path(), line);
    let replay = "replay --format jsonl --level informational --context logs/context.yaml";
    let raw = run(folder.path(), &format!("{replay} logs"));
    let compacted = run(folder.path(), &format!("{replay} compacted"));
    assert!(raw.lines().count() > 50);
    // Byte for byte: ids, evidence, objects, places.
    for (a, b) in raw.lines().zip(compacted.lines()) {
        assert_eq!(a, b);
    }
    assert_eq!(raw.len(), compacted.len());
    run(folder.path(), "compact --verify --to compacted");
    // Raw and compacted together are the same again.
    let both = run(folder.path(), &format!("{replay} logs compacted"));
    let ids = |text: &str| -> BTreeMap<String, u64> {
        let finding = |l: &str| serde_json::from_str::<serde_json::Value>(l).unwrap();
        let id = |v: serde_json::Value| {
            (
                v["id"].as_str().unwrap().to_owned(),
                v["count"].as_u64().unwrap(),
            )
        };
        text.lines().map(|l| id(finding(l))).collect()
    };
    assert_eq!(ids(&both), ids(&raw));
}

#[test]
fn files_that_are_no_logs_are_left_aside() {
    let folder = simulated();
    let logs = folder.path().join("logs");
    fs::remove_file(logs.join(".flowtrailignore")).unwrap();
    assert!(logs.join("context.yaml").exists() && logs.join("labels.jsonl").exists());
    let other = logs.join("AWSLogs/111122223333/elasticloadbalancing/eu-west-1/2026/11/02");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("lb.log"), "not looked at").unwrap();
    let output = ran(folder.path(), "compact logs --to compacted");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!said.contains("warning"), "{said}");
    assert!(said.contains("note: logs/labels.jsonl: skipped"), "{said}");
    assert!(said.contains("1 object left aside: no log"), "{said}");
    // One that was named itself ought to be a log.
    let line = "compact logs logs/context.yaml --to other";
    assert_eq!(
        ran(folder.path(), line).status.code(),
        Some(0),
        "met before"
    );
    let line = "compact logs/context.yaml --to third";
    let output = ran(folder.path(), line);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_run_that_has_nothing_to_do_says_so() {
    let folder = simulated();
    let empty = ran(folder.path(), "compact logs/labels.jsonl --to compacted");
    assert_eq!(empty.status.code(), Some(2), "labels are no log");
    let output = ran(folder.path(), "compact logs --to compacted --dry-run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("would take") && output.status.success(),
        "{said}"
    );
    assert!(!said.contains("warning"), "{said}");
    let output = ran(folder.path(), "compact logs --to dt=2026-03-05/x --dry-run");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("`dt=2026-03-05/x` names a day"), "{said}");
    run(folder.path(), "compact logs --to compacted");
    let before = rows(&folder.path().join("compacted"));
    let output = ran(folder.path(), "compact logs --to compacted");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("took 0 records of 0 objects"), "{said}");
    assert_eq!(rows(&folder.path().join("compacted")), before);
    let nothing = ran(folder.path(), "compact nowhere --to compacted");
    assert_eq!(nothing.status.code(), Some(2));
}
