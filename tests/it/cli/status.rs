//! Exit statuses, and what is said with them.

use std::process::{Command, Stdio};

use super::formats::{expected, first_line};
use super::{GOOD, at_top, cookies, folder, run};
use crate::support::root;

const BAD: &str = "\
title: Uses a modifier that is none
id: 22222222-2222-4222-8222-222222222222
logsource: { product: aws, service: cloudtrail }
detection:
  selection:
    eventName|resembles: TakeCookie
  condition: selection
level: high
";

#[test]
fn findings_alone_are_success() {
    let ran = at_top("replay sample-logs");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let first = format!("\n{}\n", first_line(&expected()));
    assert!(ran.out.contains(&first), "{first}: {}", ran.out);
}

#[test]
fn fail_on_is_a_level_and_all_above_it() {
    for (level, status) in [("low", 1), ("medium", 1), ("high", 1), ("critical", 0)] {
        let ran = at_top(&format!("replay sample-logs --fail-on {level}"));
        assert_eq!(ran.status, Some(status), "{level}");
    }
    let nothing = folder(&[("a.json", &cookies(&["2026-11-01T00:00:00Z"]))]);
    let ran = run(
        nothing.path(),
        "replay a.json --fail-on informational --level informational",
    );
    assert_eq!(ran.status, Some(0), "{ran:?}");
}

/// A build must not stay green because its findings were filtered away.
#[test]
fn fail_on_must_not_be_blind() {
    at_top("replay --level critical --fail-on high sample-logs").refused(&[
        "--fail-on high",
        "--level critical",
        "\nhint: ",
    ]);
    at_top("replay --fail-on informational sample-logs").refused(&["--level informational"]);
    let ran = at_top("replay --level high --fail-on high sample-logs");
    assert_eq!(ran.status, Some(1), "{}", ran.said);
}

#[test]
fn a_broken_rule_is_loud_and_the_others_run() {
    let dir = folder(&[
        ("rules/bad.yml", BAD),
        ("rules/good.yml", GOOD),
        ("rules/no.yaml", "title: Not YAML\ndetection: [\n"),
        ("a.json", &cookies(&["2026-11-01T00:00:00Z"])),
    ]);
    for options in ["", " --fail-on low"] {
        let args = format!(
            "replay --no-shipped --rules rules --format jsonl --no-summary a.json{options}"
        );
        let ran = run(dir.path(), &args);
        // Not 1: a rule that could have found more did not run.
        assert_eq!(ran.status, Some(2));
        assert_eq!(ran.json().len(), 1);
        assert_eq!(ran.json()[0]["title"], "Somebody took a cookie");
        assert!(
            ran.said.contains("error: rules/bad.yml:6: "),
            "{}",
            ran.said
        );
        assert!(ran.said.contains("resembles"), "{}", ran.said);
        assert!(
            ran.said.contains("error: rules/no.yaml:2: "),
            "{}",
            ran.said
        );
        assert_eq!(ran.said.matches("\n  hint: ").count(), 2, "{}", ran.said);
    }
}

#[test]
fn a_path_that_is_not_there_is_an_error_and_nothing_is_read() {
    for args in [
        "replay nowhere",
        "replay sample-logs nowhere",
        "replay nowhere/*.gz",
    ] {
        at_top(args).refused(&["cannot open `nowhere", "no such file or folder", "\nhint: "]);
    }
    at_top("replay --rules nowhere sample-logs").refused(&["`nowhere`", "\nhint: "]);
    at_top("replay --no-shipped sample-logs").refused(&["--no-shipped", "\nhint: ", "--rules"]);
    let empty = folder(&[("rules/README", "no rules")]);
    run(empty.path(), "replay --rules rules rules").refused(&["no rule files", "\nhint: "]);
    for args in ["rules check nowhere", "rules test nowhere"] {
        at_top(args).refused(&["`nowhere`", "\nhint: "]);
    }
}

#[test]
fn a_folder_without_files_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let ran = run(dir.path(), "replay .");
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.said.contains("no files under the given paths"),
        "{}",
        ran.said
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    for args in [
        "--bogus",
        "frobnicate",
        "replay --bogus sample-logs",
        "rules --bogus",
        "rules list --bogus",
        "rules check --bogus",
        "rules test --bogus",
        "rules explain --bogus",
        "rules schema --bogus",
        "simulate --bogus x",
        "completions tcl",
        "man --bogus",
    ] {
        at_top(args).refused(&["--help"]);
    }
    // Without a word there is nothing to do but to say what could be done.
    for args in ["", "rules"] {
        let ran = at_top(args);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
        assert!(ran.said.contains("Usage: flowtrail"), "{}", ran.said);
    }
    at_top("replay --level worst x").refused(&["informational, low, medium, high, critical"]);
    at_top("replay --fail-on worst x").refused(&["informational, low, medium, high, critical"]);
    at_top("replay --format xml x").refused(&["text, jsonl, csv, ocsf"]);
    at_top("replay --color pink x").refused(&["always"]);
    at_top("replay --jobs 0 x").refused(&["--jobs"]);
    at_top("replay").refused(&["<PATH>"]);
}

/// `flowtrail … | head -1` is no failure of ours.
#[test]
fn a_reader_that_goes_away_is_success() {
    for args in [
        "replay sample-logs",
        "replay sample-logs --format jsonl --level informational",
        "replay sample-logs --format csv --no-summary",
        "rules list --json",
        "rules schema",
        "rules test --verbose",
        "rules check",
        "simulate --list-attacks",
        "completions zsh",
        "man",
        "replay --help",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
            .args(args.split(' '))
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(0), "{args}: {said}");
        assert!(
            !said.contains("error") && !said.contains("panicked"),
            "{args}: {said}"
        );
    }
}
