//! What is read: spans of time, standard input, formats of flow logs, folders
//! with names to leave out.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

use super::{GOOD, Ran, at_top, cookies, fed, folder, run};

const TIMES: [&str; 4] = [
    "2026-11-01T23:59:59Z",
    "2026-11-02T00:00:00Z",
    "2026-11-02T12:00:00Z",
    "2026-11-03T00:00:00Z",
];
const REPLAY: &str =
    "replay --no-shipped --rules rule.yml --format jsonl --summary-json sums.json --no-summary";

fn jar() -> TempDir {
    folder(&[("rule.yml", GOOD), ("logs/a.json", &cookies(&TIMES))])
}

fn ids(ran: &Ran) -> Vec<String> {
    let all = ran.json();
    let id = |f: &Value| f["evidence"][0]["event_id"].as_str().unwrap().to_owned();
    all.iter().map(id).collect()
}

fn account(dir: &TempDir) -> Value {
    let text = fs::read_to_string(dir.path().join("sums.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["accounting"].take()
}

/// A day stands for its first instant; the end is not part of the span.
#[test]
fn a_span_of_time_counts_what_lies_outside() {
    let dir = jar();
    for (span, found) in [
        ("", &["0", "1", "2", "3"][..]),
        ("--since 2026-11-02", &["1", "2", "3"]),
        ("--until 2026-11-02", &["0"]),
        ("--since 2026-11-02 --until 2026-11-03", &["1", "2"]),
        (
            "--since 2026-11-02T00:01 --until 2026-11-02T12:00:01Z",
            &["2"],
        ),
        ("--since 2030-01-01", &[]),
    ] {
        let ran = run(dir.path(), &format!("{REPLAY} {span} logs"));
        assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""), "{span}");
        let expected: Vec<_> = found.iter().map(|n| format!("cookie-{n}")).collect();
        assert_eq!(ids(&ran), expected, "{span}");
        let account = account(&dir);
        assert_eq!(account["records"]["in"], 4);
        assert_eq!(account["records"]["evaluated"], found.len(), "{span}");
        assert_eq!(account["skipped"]["out_of_time"], 4 - found.len(), "{span}");
        assert_eq!(account["adds_up"], true);
    }
}

#[test]
fn words_that_are_no_time_are_refused() {
    for word in [
        "yesterday",
        "2026-13-01",
        "2026-11-31",
        "01.11.2026",
        "10:00",
        "1793491200",
    ] {
        for option in ["--since", "--until"] {
            at_top(&format!("replay {option} {word} sample-logs")).refused(&[
                &format!("'{word}'"),
                option,
                "write it as 2026-11-21",
            ]);
        }
    }
    for until in ["2026-11-01", "2026-11-02"] {
        at_top(&format!(
            "replay --since 2026-11-02 --until {until} sample-logs"
        ))
        .refused(&["--since 2026-11-02", "no event can be between"]);
    }
}

#[test]
fn standard_input_is_read_plain_and_compressed() {
    let dir = jar();
    let plain = cookies(&TIMES).into_bytes();
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&plain).unwrap();
    let options: Vec<&str> = REPLAY.split(' ').chain(["-"]).collect();
    for bytes in [plain, gz.finish().unwrap()] {
        let ran = fed(dir.path(), &options, &bytes);
        assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
        assert_eq!(ids(&ran).len(), 4);
        assert_eq!(ran.json()[0]["evidence"][0]["object"], "<stdin>");
    }
    // Beside files, and in their company; what is no log was named by the user.
    let both: Vec<&str> = REPLAY.split(' ').chain(["logs", "-"]).collect();
    let other = cookies(&["2026-12-01T00:00:00Z"]).replace("cookie-", "other-");
    let ran = fed(dir.path(), &both, other.as_bytes());
    assert_eq!((ran.status, ids(&ran).len()), (Some(0), 5));
    let ran = fed(dir.path(), &options, b"no log at all");
    assert_eq!(ran.status, Some(2));
    assert!(ran.said.contains("<stdin>"), "{}", ran.said);
}

const FLOW_RULE: &str = "\
title: A cookie left by wire
id: 33333333-3333-4333-8333-333333333333
logsource: { product: aws, service: vpcflow }
detection:
  selection: { dstport: 4444, action: ACCEPT }
  condition: selection
level: medium
";

#[test]
fn lines_without_a_header_are_read_in_the_given_columns() {
    let dir = folder(&[
        ("rule.yml", FLOW_RULE),
        (
            "custom.log",
            "ACCEPT 4444 10.0.0.1 10.0.0.2 1793491200\nREJECT 4444 10.0.0.3 10.0.0.4 1793491200\n",
        ),
        (
            "default.log",
            "2 111122223333 eni-0a 10.0.0.1 10.0.0.2 999 4444 6 1 40 1793491200 1793491260 ACCEPT OK\n",
        ),
    ]);
    let found = |format: &[&str], file: &str| {
        let options = REPLAY.split(' ').chain(format.iter().copied());
        let args: Vec<&str> = options.chain([file]).collect();
        let ran = fed(dir.path(), &args, b"");
        (ran.status, ran.json().len())
    };
    let columns = "${action} ${dstport} ${srcaddr} ${dstaddr} ${start}";
    assert_eq!(
        found(&["--flow-format", columns], "custom.log"),
        (Some(0), 1)
    );
    let plain = "action dstport srcaddr dstaddr start";
    assert_eq!(found(&["--flow-format", plain], "custom.log"), (Some(0), 1));
    // Without it such lines cannot be told from any other text.
    assert_eq!(found(&[], "custom.log"), (Some(2), 0));
    assert_eq!(found(&[], "default.log"), (Some(0), 1));
    at_top("replay --flow-format nonsense sample-logs").refused(&["--flow-format", "\nhint: "]);
}

#[test]
fn the_number_of_workers_does_not_show() {
    let all: Vec<Ran> = ["", "-j 1", "--jobs 2", "--jobs 16"]
        .iter()
        .map(|j| {
            at_top(&format!(
                "replay sample-logs --format jsonl --no-summary {j}"
            ))
        })
        .collect();
    assert!(all[0].out.lines().count() > 20);
    for ran in &all {
        assert_eq!((ran.status, &ran.out), (Some(0), &all[0].out));
    }
}

#[test]
fn names_in_an_ignore_file_are_left_out() {
    let dir = jar();
    let write =
        |name: &str, text: &str| fs::write(dir.path().join("logs").join(name), text).unwrap();
    write("notes.txt", "buy milk\n");
    fs::create_dir(dir.path().join("logs/old")).unwrap();
    write(
        "old/b.json",
        &cookies(&["2026-01-01T00:00:00Z"]).replace("cookie-", "old-"),
    );
    let before = run(dir.path(), &format!("{REPLAY} logs"));
    assert_eq!((before.status, ids(&before).len()), (Some(0), 5));
    assert!(before.said.contains("logs/notes.txt"), "{}", before.said);
    write(".flowtrailignore", "# not logs\nnotes.txt\nold/\n");
    let after = run(dir.path(), &format!("{REPLAY} logs"));
    assert_eq!((after.status, after.said.as_str()), (Some(0), ""));
    assert_eq!(ids(&after).len(), 4);
    // Other tools' ignore files mean nothing here: logs must not vanish by them.
    fs::remove_file(dir.path().join("logs/.flowtrailignore")).unwrap();
    write(".gitignore", "*\n");
    write(".ignore", "*\n");
    assert_eq!(ids(&run(dir.path(), &format!("{REPLAY} logs"))).len(), 5);
    // Who names a file means it.
    write(".flowtrailignore", "*\n");
    assert_eq!(
        ids(&run(dir.path(), &format!("{REPLAY} logs/a.json"))).len(),
        4
    );
}

/// A slip of the pen in an ignore file is said, and hides nothing.
#[test]
fn a_line_of_an_ignore_file_that_means_nothing_is_named() {
    let dir = jar();
    fs::write(dir.path().join("logs/.flowtrailignore"), "[z-a]\nb.json\n").unwrap();
    let ran = run(dir.path(), &format!("{REPLAY} logs"));
    assert_eq!((ran.status, ids(&ran).len()), (Some(0), 4));
    assert!(ran.said.starts_with("warning: "), "{}", ran.said);
    assert!(
        ran.said.contains(".flowtrailignore: line 1: "),
        "{}",
        ran.said
    );
}
