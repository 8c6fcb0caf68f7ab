//! A folder of good and bad files through the binary: what is named, what is
//! judged all the same, and how the run ends.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use super::specimens::{record, records, specimens};
use super::{WITNESS, gz};
use crate::support::flowtrail;

/// A folder `logs` with these files in it, and the witness rules beside it.
pub(super) struct Folder(pub(super) TempDir);

impl Folder {
    pub(super) fn new(files: &[(&str, &[u8])]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("logs")).unwrap();
        fs::write(dir.path().join("witness.yml"), WITNESS).unwrap();
        for (name, bytes) in files {
            fs::write(dir.path().join("logs").join(name), bytes).unwrap();
        }
        Self(dir)
    }

    pub(super) fn logs(&self) -> std::path::PathBuf {
        self.0.path().join("logs")
    }

    /// `flowtrail replay logs` and what it came to.
    pub(super) fn replay(&self) -> Replayed {
        self.replay_of(&["logs"])
    }

    pub(super) fn replay_of(&self, paths: &[&str]) -> Replayed {
        let options = "replay --no-shipped --rules witness.yml --format jsonl \
                       --no-summary --summary-json summary.json";
        let mut args: Vec<&str> = options.split_whitespace().collect();
        args.extend(paths);
        Replayed::of(&flowtrail(self.0.path(), &args), self.0.path())
    }
}

pub(super) struct Replayed {
    pub(super) status: Option<i32>,
    pub(super) said: String,
    /// Objects and event ids of the records that were judged, sorted.
    pub(super) judged: Vec<(String, String)>,
    pub(super) account: Value,
}

impl Replayed {
    fn of(output: &Output, folder: &Path) -> Self {
        let judged = |line: &str| {
            let finding: Value = serde_json::from_str(line).unwrap();
            let first = &finding["evidence"][0];
            let id = first["event_id"].as_str().unwrap_or("").to_owned();
            (first["object"].as_str().unwrap().to_owned(), id)
        };
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let mut all: Vec<_> = text.lines().map(judged).collect();
        all.sort();
        let summary = fs::read_to_string(folder.join("summary.json"));
        let summary: Value = serde_json::from_str(&summary.unwrap_or("null".into())).unwrap();
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(!said.contains("panicked"), "{said}");
        Self {
            status: output.status.code(),
            said,
            judged: all,
            account: summary["accounting"].clone(),
        }
    }

    pub(super) fn ids(&self) -> Vec<&str> {
        self.judged.iter().map(|(_, id)| id.as_str()).collect()
    }

    /// Whether a line on standard error speaks of all these words.
    #[track_caller]
    pub(super) fn says(&self, words: &[&str]) {
        let found = self
            .said
            .lines()
            .any(|line| words.iter().all(|w| line.contains(w)));
        assert!(found, "no line with {words:?} in:\n{}", self.said);
    }
}

#[test]
fn sound_files_end_well() {
    let folder = Folder::new(&[
        ("a.json", &records(&["a"])),
        ("b.json.gz", &gz(&records(&["b"]))),
        ("empty", b""),
    ]);
    let run = folder.replay();
    assert_eq!((run.status, run.said.as_str()), (Some(0), ""));
    assert_eq!(run.ids(), ["a", "b"]);
    assert_eq!(run.account["objects"]["read"], 3);
}

#[test]
fn what_is_no_log_is_named_and_does_no_harm() {
    let folder = Folder::new(&[
        ("a.json", &records(&["a"])),
        ("notes.txt", b"buy milk\n"),
        ("picture.png", b"\x89PNG\r\n\x1A\n\0\0"),
        ("z.json", &records(&["z"])),
    ]);
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(0), vec!["a", "z"]));
    run.says(&["logs/notes.txt", "neither CloudTrail nor flow logs", "text"]);
    run.says(&["logs/picture.png", "binary data"]);
    assert_eq!(run.account["objects"]["failed"], 2);
    // Named by the user it was to be read, and could not be.
    let run = folder.replay_of(&["logs/a.json", "logs/notes.txt"]);
    assert_eq!((run.status, run.ids()), (Some(2), vec!["a"]));
}

#[test]
fn what_cannot_be_read_to_its_end_makes_the_run_incomplete() {
    let whole = gz(&records(&["c", "d"]));
    let mut damaged = gz(&records(&["e"]));
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xFF;
    let cases: [(&str, Vec<u8>, &str); 3] = [
        (
            "cut.json.gz",
            whole[..whole.len() - 4].to_vec(),
            "ends too early",
        ),
        ("damaged.json.gz", damaged, "damaged"),
        ("cut.parquet", b"PAR1\x15\x04".to_vec(), "Parquet"),
    ];
    for (name, bytes, what) in &cases {
        let folder = Folder::new(&[
            ("a.json", &records(&["a"])),
            (name, bytes),
            ("z.json", &records(&["z"])),
        ]);
        let run = folder.replay();
        assert_eq!(run.status, Some(2), "{name}");
        assert!(
            run.ids().starts_with(&["a"]) && run.ids().ends_with(&["z"]),
            "{name}"
        );
        run.says(&[&format!("logs/{name}"), what]);
        assert_eq!(run.account["adds_up"], true);
        assert_eq!(run.account["objects"]["failed"], 1);
    }
    // Of the one that lacks its checksum every record was judged.
    let (name, bytes, _) = &cases[0];
    let run = Folder::new(&[(name, bytes)]).replay();
    assert_eq!((run.status, run.ids()), (Some(2), vec!["c", "d"]));
    let at = format!("at byte {}", records(&["c", "d"]).len());
    run.says(&["logs/cut.json.gz", &at]);
}

#[test]
fn a_skip_is_told_with_object_and_offset() {
    let text = format!(
        r#"{{"Records":[{},{},{}]}}"#,
        record("a"),
        record("x").replace("\"eventName\":", "\"eventName:"),
        record("b")
    );
    let at = format!("at {}", 13 + record("a").len());
    let folder = Folder::new(&[("bad.json", text.as_bytes()), ("z.json", &records(&["z"]))]);
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(0), vec!["a", "b", "z"]));
    run.says(&["logs/bad.json", &at, "malformed"]);
    assert_eq!(run.account["records"]["in"], 4);
    assert_eq!(run.account["skipped"]["malformed"], 1);
}

/// All specimens in one folder, plain and compressed: each is told, and the
/// sums are those of the parts.
#[test]
fn a_folder_of_everything_bad_adds_up() {
    let all = specimens();
    let folder = Folder::new(&[("good.json", &records(&["good"]))]);
    let (mut evaluated, mut skipped, mut failed) = (1, 0, 0);
    for (i, specimen) in all.iter().enumerate() {
        let name = |end: &str| folder.logs().join(format!("{i:03}{end}"));
        fs::write(name(""), &specimen.bytes).unwrap();
        fs::write(name(".gz"), gz(&specimen.bytes)).unwrap();
        evaluated += 2 * specimen.judged.len();
        skipped += 2 * specimen.skips.len();
        failed += 2 * usize::from(specimen.fault.is_some());
    }
    let run = folder.replay();
    assert_eq!(run.status, Some(2));
    let account = &run.account;
    assert_eq!(account["adds_up"], true);
    assert_eq!(account["objects"]["begun"], 2 * all.len() + 1);
    assert_eq!(account["objects"]["failed"], failed);
    assert_eq!(account["records"]["evaluated"], evaluated);
    assert_eq!(account["records"]["skipped"], skipped);
    assert!(run.ids().contains(&"good"));
}
