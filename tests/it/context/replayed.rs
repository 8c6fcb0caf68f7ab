//! `replay --context`: what is printed, counted and returned.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::{BAKER, MOUSE, RULES, hiding, trail};
use crate::cli::{Ran, folder, run};

const OPTIONS: &str = "--rules rules.yml --no-shipped";

/// Logs, rules and a context that hides the bakers. An old suppression has
/// expired.
fn kitchen(cookies: &[&super::Cookie<'_>]) -> TempDir {
    let context = hiding("principals: ['*:role/baker']").replace(
        "suppressions: [",
        "suppressions: [{id: stale, rules: [jar], owner: pantry, reason: b, expires: 2026-04-30}, ",
    );
    folder(&[
        ("logs/trail.json", &trail(cookies)),
        ("rules.yml", RULES),
        ("context.yaml", &context),
    ])
}

fn replay(dir: &TempDir, more: &str) -> Ran {
    let options = format!("replay {OPTIONS} --context context.yaml {more} logs");
    run(dir.path(), &options)
}

#[test]
fn text_leaves_out_what_is_suppressed_and_counts_it() {
    let dir = kitchen(&[&BAKER, &MOUSE, &BAKER, &BAKER]);
    let shown = replay(&dir, "--level high");
    assert_eq!((shown.status, shown.said.as_str()), (Some(0), ""));
    let (timeline, summary) = shown.out.split_once(" findings: ").unwrap();
    assert!(!timeline.contains("(suppressed)"), "{timeline}");
    assert_eq!(timeline.matches("A cookie was taken\n").count(), 1);
    assert!(summary.starts_with("8 HIGH; 5 suppressed\n"), "{summary}");
    let lines = [
        "             5  drill of secops until 2027-01-01 00:00:00Z: a drill\n",
        "       expired  stale of pantry at 2026-05-01 00:00:00Z: it hides nothing\n",
        "       context  context.yaml, version ",
    ];
    for line in lines {
        assert!(summary.contains(line), "{summary}");
    }
    let all = replay(&dir, "--level high --suppressed");
    assert_eq!(all.out.matches(" (suppressed)\n").count(), 5, "{}", all.out);
    assert_eq!(
        all.out.matches("\n    mute  suppressed by drill").count(),
        5
    );
}

#[test]
fn machines_get_all_of_them() {
    let dir = kitchen(&[&BAKER, &MOUSE, &BAKER, &BAKER]);
    let lines = replay(&dir, "--level high --no-summary --format jsonl").json();
    let hidden = |f: &&Value| f["suppressed"]["id"] == "drill";
    assert_eq!(lines.len(), 8);
    assert_eq!(lines.iter().filter(hidden).count(), 5);
    let ocsf = replay(&dir, "--level high --no-summary --format ocsf").json();
    let hidden = |f: &&Value| f["status_id"] == 3;
    assert_eq!(ocsf.iter().filter(hidden).count(), 5);
    assert_eq!(ocsf.len(), 8);
    let csv = replay(&dir, "--level high --no-summary --format csv").out;
    assert_eq!(
        csv.matches(",drill,secops,a drill,2027-01-01T00:00:00Z,,,\n")
            .count(),
        5
    );
}

#[test]
fn the_summary_for_machines_names_them_too() {
    let dir = kitchen(&[&BAKER, &MOUSE, &BAKER, &BAKER]);
    replay(&dir, "--level high --summary-json with.json --no-summary");
    run(
        dir.path(),
        &format!("replay {OPTIONS} --level high --summary-json without.json logs"),
    );
    let read = |name: &str| -> Value {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let (with, without) = (read("with.json"), read("without.json"));
    assert!(without.get("context").is_none());
    // Counts are the same, whoever is to be told.
    assert_eq!(with["findings"], without["findings"]);
    let context = &with["context"];
    assert_eq!(context["suppressed"], 5);
    assert_eq!(context["suppressions"][0]["id"], "drill");
    assert_eq!(context["suppressions"][0]["owner"], "secops");
    assert_eq!(context["suppressions"][0]["count"], 5);
    assert_eq!(context["expired"][0]["id"], "stale");
    assert_eq!(context["expired"][0]["owner"], "pantry");
    assert_eq!(context["file"], "context.yaml");
}

#[test]
fn what_is_suppressed_does_not_fail() {
    let quiet = kitchen(&[&BAKER, &BAKER]);
    assert_eq!(replay(&quiet, "--fail-on high").status, Some(0));
    let ran = run(
        quiet.path(),
        &format!("replay {OPTIONS} --fail-on high logs"),
    );
    assert_eq!(ran.status, Some(1), "without the context it does");
    let loud = kitchen(&[&BAKER, &MOUSE]);
    assert_eq!(replay(&loud, "--fail-on high").status, Some(1));
    assert_eq!(replay(&loud, "--fail-on critical").status, Some(0));
}

/// A context in the folder is pointed at, and never taken unasked.
#[test]
fn a_context_is_never_taken_unasked() {
    let dir = kitchen(&[&BAKER, &BAKER]);
    let ran = run(dir.path(), "replay logs");
    assert!(
        ran.out
            .contains(" could not for lack of a context file, a baseline or "),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("\nhint: `--context FILE` gives one"),
        "{}",
        ran.out
    );
    fs::rename(
        dir.path().join("context.yaml"),
        dir.path().join("logs/context.yaml"),
    )
    .unwrap();
    let ran = run(dir.path(), "replay logs");
    assert!(
        ran.out
            .contains("\nhint: `--context logs/context.yaml` gives one; `--learn` judges"),
        "{}",
        ran.out
    );
    let ran = run(dir.path(), "replay --context logs/context.yaml logs");
    assert!(
        ran.out.contains(" could not for lack of a baseline "),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("\nhint: `--learn` judges by these logs"),
        "{}",
        ran.out
    );
    // Nor is it taken for a log that cannot be read.
    assert!(!ran.out.contains("Not read to the end"), "{}", ran.out);
    assert!(
        ran.out.contains("objects  1 read, 0 failed\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_context_that_cannot_be_used_stops_everything() {
    let dir = kitchen(&[&BAKER]);
    fs::write(
        dir.path().join("bad.yaml"),
        "version: 1\nregions: []\nx: 1\n",
    )
    .unwrap();
    fs::write(dir.path().join("latin.yaml"), b"version: 1 # \xFC\n").unwrap();
    for command in [
        "replay",
        "rules list",
        "rules show 4857cc51",
        "rules coverage",
        "rules check",
        "rules explain 4857cc51",
    ] {
        let what = match command {
            "replay" | "rules explain 4857cc51" => "logs/trail.json",
            _ => "",
        };
        let with = |file: &str| run(dir.path(), &format!("{command} --context {file} {what}"));
        let ran = with("bad.yaml");
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{command}");
        let said =
            "error: cannot use `bad.yaml`: 2 errors\nhint: `flowtrail context check bad.yaml`";
        assert!(ran.said.contains(said), "{command}: {}", ran.said);
        assert!(ran.said.contains("error: bad.yaml:3:1: "), "{}", ran.said);
        with("none.yaml").refused(&["cannot open `none.yaml`: no such file"]);
        with("latin.yaml").refused(&["`latin.yaml` is not UTF-8", "\nhint: "]);
    }
}

#[test]
fn rules_say_whether_the_context_makes_them_active() {
    let dir = kitchen(&[&BAKER]);
    let waiting = |args: &str| run(dir.path(), args).out.matches("needs a context").count();
    assert!(waiting("rules list") > 10);
    assert_eq!(waiting("rules list --context context.yaml"), 0);
    let notes = |args: &str| {
        let ran = run(dir.path(), args);
        assert_eq!(ran.status, Some(0), "{}", ran.out);
        ran.out.matches("not active without a context").count()
    };
    assert!(notes("rules check") > 10);
    assert_eq!(notes("rules check --context context.yaml"), 0);
    let active = |args: &str| run(dir.path(), args).json()[0]["active"].as_u64().unwrap();
    let with = active("rules coverage --format json --context context.yaml");
    assert!(with > active("rules coverage --format json"));
    // A rule that waits is not there to be explained.
    let explain = format!("rules explain stranger event.json {OPTIONS}");
    let event = trail(&[&BAKER]);
    let event = event
        .trim_start_matches(r#"{"Records":["#)
        .trim_end_matches("]}");
    fs::write(dir.path().join("event.json"), event).unwrap();
    assert_eq!(run(dir.path(), &explain).status, Some(2));
    let ran = run(dir.path(), &format!("{explain} --context context.yaml"));
    assert_eq!(ran.status, Some(0), "{}", ran.said);
    assert!(ran.out.contains(": matches\n"), "{}", ran.out);
    assert!(ran.out.contains("development"), "{}", ran.out);
}
