//! Logs that are not whole, and logs that came late, as a user meets them.

use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::cli::Ran;
use crate::support::flowtrail;

const TRAIL: &str = "AWSLogs/111122223333/CloudTrail/us-east-1";

fn log(id: &str, time: &str) -> String {
    format!(
        r#"{{"Records":[{{"eventVersion":"1.11","eventTime":"{time}","eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","userIdentity":{{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}},"eventID":"{id}","recipientAccountId":"111122223333"}}]}}"#
    )
}

fn put(folder: &Path, key: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(key);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn run(folder: &Path, args: &[&str]) -> Ran {
    Ran::of(flowtrail(folder, args))
}

/// What cannot be read is said, the rest is right, and scripts are told so too.
#[cfg(unix)]
#[test]
fn each_object_that_is_missing_has_its_reason() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let whole = log("a", "2026-03-02T10:00:00Z");
    put(at, &format!("{TRAIL}/2026/03/02/whole.json"), &whole);
    put(
        at,
        &format!("{TRAIL}/2026/03/02/ends.json"),
        &whole.as_bytes()[..whole.len() - 40],
    );
    put(
        at,
        &format!("{TRAIL}/2026/03/02/bad.json.gz"),
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03garbage",
    );
    put(at, &format!("{TRAIL}/2026/03/02/empty.json.gz"), "");
    put(
        at,
        &format!("{TRAIL}/2026/03/02/bad.parquet"),
        "PAR1 nothing PAR1",
    );
    put(at, "notes/list.txt", "milk, eggs");
    let link = at.join(TRAIL).join("2026/03/02/turning.json");
    std::os::unix::fs::symlink("turning.json", link).unwrap();

    let select = "SELECT eventid FROM cloudtrail";
    let ran = run(at, &["query", select, ".", "--format", "jsonl"]);
    assert_eq!(
        (ran.status, ran.json()),
        (Some(2), vec![json!({"eventid": "a"})]),
        "{ran:?}"
    );
    let last = ran.said.lines().last().unwrap();
    assert!(
        last.starts_with("the answer is partial: 3 of 6 objects could not be read to the end"),
        "{last}"
    );
    assert!(last.ends_with("; 1 folder could not be listed"), "{last}");
    for name in ["ends.json", "bad.json.gz", "bad.parquet", "turning.json"] {
        assert!(ran.said.contains(name), "{name}: {}", ran.said);
    }
    for name in ["empty.json.gz", "list.txt"] {
        assert!(!ran.said.contains(name), "{name}: {}", ran.said);
    }

    let objects =
        "SELECT regexp_replace(name, '.*/', '') AS name, fault, lacking FROM objects ORDER BY 1";
    let ran = run(at, &["query", objects, ".", "--format", "csv"]);
    assert_eq!(ran.status, Some(2));
    assert_eq!(
        ran.out,
        "name,fault,lacking\n\
         bad.json.gz,corrupt,true\n\
         bad.parquet,corrupt,true\n\
         empty.json.gz,,false\n\
         ends.json,,true\n\
         list.txt,not_a_log,false\n\
         turning.json,not_listed,true\n\
         whole.json,,false\n"
    );
    let adds = "SELECT count(*) AS n FROM objects WHERE message IS NULL AND (fault IS NOT NULL OR lacking = 'true')";
    let ran = run(at, &["query", adds, ".", "--format", "jsonl"]);
    assert_eq!(ran.json(), [json!({"n": 0})]);
}

/// An event of 1 March that lies in folders of that day and of later ones.
fn late() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (day, id) in [
        ("01", "now"),
        ("02", "next"),
        ("05", "late"),
        ("20", "later"),
    ] {
        let key = format!("{TRAIL}/2026/03/{day}/{id}.json");
        put(folder.path(), &key, log(id, "2026-03-01T12:00:00Z"));
    }
    folder
}

#[test]
fn what_came_late_is_looked_for_as_far_as_is_said() {
    let folder = late();
    let count = "SELECT count(*) AS n FROM cloudtrail";
    let until = ["--until", "2026-03-02"];
    for (lateness, n, says) in [
        (
            None,
            2,
            Some(
                "later than 1 day after 2026-03-02T00:00:00Z were not looked for: --lateness 7d does",
            ),
        ),
        (
            Some("36h"),
            2,
            Some("later than 36 hours after 2026-03-02T00:00:00Z"),
        ),
        (
            Some("7d"),
            3,
            Some(
                "later than 7 days after 2026-03-02T00:00:00Z were not looked for: --lateness 30d does",
            ),
        ),
        (Some("30d"), 4, None),
    ] {
        let mut args = vec!["query", count, ".", "--format", "jsonl"];
        args.extend(until);
        args.extend(lateness.map(|l| ["--lateness", l]).into_iter().flatten());
        let ran = run(folder.path(), &args);
        assert_eq!(
            (ran.status, ran.json()),
            (Some(0), vec![json!({"n": n})]),
            "{ran:?}"
        );
        match says {
            Some(says) => assert!(ran.said.contains(says), "{}", ran.said),
            None => assert_eq!(ran.said, ""),
        }
    }
    // What a statement says of time is the same.
    let ran = run(
        folder.path(),
        &[
            "query",
            &format!("{count} WHERE eventtime < '2026-03-02'"),
            ".",
            "--format",
            "jsonl",
        ],
    );
    assert!(ran.said.contains("were not looked for"), "{}", ran.said);
    // Where no later day is there, there is nothing to say.
    let ran = run(folder.path(), &["query", count, ".", "--format", "jsonl"]);
    assert_eq!((ran.json(), ran.said.as_str()), (vec![json!({"n": 4})], ""));
    run(folder.path(), &["query", count, ".", "--lateness", "7"]).refused(&["--lateness"]);
}

#[test]
fn rules_look_as_far() {
    let folder = late();
    let replay = |more: &[&str]| {
        let args = [
            "replay",
            "--no-summary",
            "--format",
            "jsonl",
            "--until",
            "2026-03-02",
            ".",
        ];
        run(folder.path(), &[&args[..], more].concat())
    };
    let near = replay(&[]);
    assert!(near.said.contains("--lateness 7d does"), "{}", near.said);
    let far = replay(&["--lateness", "30d"]);
    assert!(!far.said.contains("--lateness"), "{}", far.said);
    assert!(near.json().len() < far.json().len(), "{near:?} {far:?}");
    for command in ["query", "replay", "backtest"] {
        let help = run(folder.path(), &[command, "--help"]).out;
        assert!(help.contains("--lateness <SPAN>"), "{command}");
    }
}
