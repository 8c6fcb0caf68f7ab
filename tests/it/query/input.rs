//! What a query is asked on standard input, and logs that are not whole.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::cli::{Ran, run};
use crate::support::root;

/// Runs `flowtrail query` in `folder` with `input` on standard input.
fn piped(folder: &Path, args: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .arg("query")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Ran::of(child.wait_with_output().unwrap())
}

const LOGS: &str = "tests/cases/queries/logs";

#[test]
fn statements_and_commands_are_read_from_a_pipe() {
    let input = "-- two statements on one line\nSELECT 1 AS a; SELECT 2 AS b;\n.format jsonl\n\
                 SELECT count(*)\nAS n FROM cloudtrail;\n.run anonymous-requests bucket=open-data\n\
                 .format\nSELECT ';' AS last";
    let ran = piped(&root(), &[LOGS, "--format", "csv"], input);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[..5], ["a", "1", "b", "2", "{\"n\":19}"]);
    assert!(lines[5].contains("\"calls\":2"), "{}", lines[5]);
    assert_eq!(lines[6..], ["jsonl", "{\"last\":\";\"}"]);
}

#[test]
fn a_pipe_ends_at_the_first_mistake() {
    let ran = piped(
        &root(),
        &["--format", "csv"],
        "SELECT 1 AS a;\nSELECT nothing;\nSELECT 2 AS b;\n",
    );
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (Some(2), "a\n1\n"),
        "{ran:?}"
    );
    assert!(ran.said.contains("nothing"), "{}", ran.said);
    let ran = piped(&root(), &[], ".tbles\n");
    ran.refused(&["no command `.tbles`", "hint: `.help`"]);
    let ran = piped(&root(), &[], ".quit\nSELECT nothing;\n");
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""));
    let ran = piped(&root(), &[], "");
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""));
}

#[test]
fn commands_tell_what_there_is() {
    let ran = piped(
        &root(),
        &[],
        ".help\n.tables\n.schema vpcflow\n.queries denied calls\n.show root-use\n",
    );
    assert_eq!(ran.status, Some(0), "{ran:?}");
    for word in [
        ".run NAME",
        "cloudtrail_insights",
        "srcaddr",
        "access-denied-apis",
        "-- What the root user did",
    ] {
        assert!(ran.out.contains(word), "{word}");
    }
}

#[test]
fn logs_come_from_a_pipe_too() {
    let calls = fs::read_to_string(root().join(LOGS).join("calls.json")).unwrap();
    let ran = piped(
        &root(),
        &[
            "SELECT count(*) AS n FROM cloudtrail",
            "-",
            "--format",
            "jsonl",
        ],
        &calls,
    );
    assert_eq!(ran.json(), [json!({"n": 19})], "{ran:?}");
    // It can not be both.
    let ran = piped(&root(), &["-"], &calls);
    ran.refused(&["standard input", "hint: "]);
}

#[test]
fn a_partial_answer_says_so() {
    let folder = TempDir::new().unwrap();
    let calls = fs::read(root().join(LOGS).join("calls.json")).unwrap();
    fs::write(folder.path().join("whole.json"), &calls).unwrap();
    fs::write(folder.path().join("cut.json"), &calls[..calls.len() / 2]).unwrap();
    fs::write(folder.path().join("notes.txt"), "nothing of the kind").unwrap();
    fs::write(folder.path().join("empty.json.gz"), "").unwrap();
    let ran = Ran::of(crate::support::flowtrail(
        folder.path(),
        &[
            "query",
            "SELECT count(*) > 19 AS more FROM cloudtrail",
            ".",
            "--format",
            "jsonl",
        ],
    ));
    assert_eq!(
        (ran.status, ran.json()),
        (Some(2), vec![json!({"more": true})]),
        "{ran:?}"
    );
    assert!(
        ran.said.contains("the answer is partial: 1 of "),
        "{}",
        ran.said
    );
    assert!(ran.said.contains("cut.json"), "{}", ran.said);
    assert!(!ran.said.contains("notes.txt"), "{}", ran.said);
}

#[test]
fn names_of_files_and_values_do_not_steer_a_terminal() {
    let folder = TempDir::new().unwrap();
    let record = r#"{"Records":[{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"x\u001b[2J","awsRegion":"=1","userAgent":"a\nb"}]}"#;
    fs::write(folder.path().join("a\u{1b}[2J.json"), record).unwrap();
    for format in ["table", "list", "csv", "jsonl"] {
        let ran = Ran::of(crate::support::flowtrail(
            folder.path(),
            &[
                "query",
                "SELECT eventname, awsregion, useragent, log_object FROM cloudtrail",
                ".",
                "--format",
                format,
            ],
        ));
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
        if format == "csv" {
            assert!(ran.out.contains(",'=1,"), "{}", ran.out);
        }
    }
    run(folder.path(), "query --name a\u{1b}[2J .").refused(&["\\x1b[2J"]);
}

/// The reading ends with the question: a pipe that never closes is not waited
/// for.
#[cfg(unix)]
/// Interrupts a query that waits for the rest of its logs.
fn interrupted(folder: &Path, args: &[&str]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(["query", "SELECT count(*) FROM cloudtrail", "-"])
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"Records\":[").unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    std::thread::sleep(std::time::Duration::from_millis(200));
    drop(stdin);
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn an_interrupt_ends_the_query() {
    let ran = interrupted(&root(), &[]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.said.contains("interrupted"), "{}", ran.said);
}

#[test]
fn an_interrupt_leaves_the_file_that_was_there() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("answer.parquet");
    fs::write(&file, "the last one").unwrap();
    let ran = interrupted(folder.path(), &["--output", "answer.parquet"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.said.contains("no file is written"), "{}", ran.said);
    assert_eq!(fs::read_to_string(&file).unwrap(), "the last one");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_parquet_file_holds_one_answer() {
    let folder = TempDir::new().unwrap();
    let one = ["--output", "one.parquet"];
    let ran = piped(folder.path(), &one, "SELECT 1 AS a;\nSELECT 2 AS b;\n");
    ran.refused(&["one statement", "hint: ask them one by one"]);
    assert!(!folder.path().join("one.parquet").exists());
    let ran = piped(folder.path(), &one, "SELECT 1 AS a;\n");
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(folder.path().join("one.parquet").exists());
}

#[test]
fn a_text_of_statements_is_read_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let long = format!("SELECT 1 AS a;\n-- {}\nSELECT 2 AS b;", "x".repeat(4 << 20));
    piped(folder.path(), &[], &long).refused(&["standard input has more than 4 MiB"]);
    fs::write(folder.path().join("long.sql"), &long).unwrap();
    let ran = piped(folder.path(), &["--file", "long.sql"], "");
    ran.refused(&["long.sql has more than 4 MiB"]);
}

#[test]
fn columns_of_one_name_are_all_there() {
    let sql = "SELECT a.eventname, b.eventname, a.eventid AS id FROM cloudtrail a \
               JOIN cloudtrail b ON a.eventid = b.eventid LIMIT 1;";
    let ran = piped(&root(), &[LOGS, "--format", "jsonl"], sql);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    assert_eq!(names, ["a.eventname", "b.eventname", "id"]);
    let ran = piped(
        &root(),
        &["--format", "csv"],
        "SELECT CAST(NULL AS TEXT) AS x;",
    );
    assert_eq!(ran.out, "x\n\"\"\n", "{ran:?}");
}
