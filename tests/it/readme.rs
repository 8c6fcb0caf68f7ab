//! The README is run, and the architecture page names what exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use flowtrail_event::EventTime;
use flowtrail_simulate::{FolderStore, Plan, simulate};
use regex::Regex;

use crate::mmdb::{Mmdb, city, system};
use crate::support::{flowtrail, root};

/// Lines that this test leaves to others: CI runs the first two, and the others
/// take minutes.
const EXEMPT: [&str; 4] = [
    "cargo xtask test",
    "cargo test -p flowtrail-cli --test it shipped::segments -- --nocapture",
    "cargo build --profile dist",
    "cargo xtask package",
];
/// The folder that examples write into, below the one for what is built.
const WRITTEN: &str = "target/organisation";
/// Words of an example that a reader fills in, and what the test puts there.
const FILLED_IN: [(&str, &str); 2] = [
    ("RULE", "4857cc51-99bd-468d-a0fa-8fa2d46a80ee"),
    ("2GB", "200KB"),
];

const RULE: &str = "\
title: A trail was stopped
id: 0c9b5f53-2ac1-4c56-9d34-3cf0e0a3a3e1
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { eventName: StopLogging }
  condition: selection
level: high
";
const CASES: &str = "\
- { name: stopped, expect: match, event: { eventName: StopLogging } }
- { name: started, expect: miss, event: { eventName: StartLogging } }
";
const EVENT: &str =
    r#"{"eventSource": "cloudtrail.amazonaws.com", "eventName": "StopLogging", "awsRegion": "x"}"#;

const FINDING: &str = r#"{"id": "4d2f", "title": "A new call", "first": "2026-11-03T10:00:00Z", "actor": {"principal": "arn:aws:iam::111122223333:user/ann"}, "first_seen": []}"#;

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The lines of the blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(word) => inside = !inside && word == language,
            None if inside => lines.push(line.to_owned()),
            None => {}
        }
    }
    lines
}

/// Commands of tables, with the exit status that their row tells.
fn rows(text: &str) -> Vec<(String, i32)> {
    let row =
        Regex::new(r"(?m)^\|[^|]*\| `(flowtrail [^`]*)`(?: \(exit status (\d)\))? \|$").unwrap();
    let status = |c: &regex::Captures<'_>| c.get(2).map_or(0, |s| s.as_str().parse().unwrap());
    let all = row
        .captures_iter(text)
        .map(|c| (c[1].to_owned(), status(&c)));
    all.collect()
}

/// What an example takes for granted: logs, rules, an event.
fn furnish(folder: &Path) {
    let plan = Plan {
        start: EventTime::parse(b"2026-11-02T00:00:00Z").unwrap(),
        ..Plan::sized(200_000)
    };
    let mut store = FolderStore::new(&folder.join("logs")).unwrap();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    fs::write(folder.join("logs/.flowtrailignore"), "labels.jsonl\n").unwrap();
    fs::write(folder.join("GeoLite2-City.mmdb"), {
        let mut places = Mmdb::new();
        places.say("0.0.0.0/1", &city("DE", 50.11, 8.68, 20));
        places.finish("GeoLite2-City")
    })
    .unwrap();
    fs::write(folder.join("GeoLite2-ASN.mmdb"), {
        let mut systems = Mmdb::of_v4();
        systems.say("0.0.0.0/1", &system(64_500, "Example Net"));
        systems.finish("GeoLite2-ASN")
    })
    .unwrap();
    fs::create_dir(folder.join("my-rules")).unwrap();
    fs::write(folder.join("my-rules/stopped.yml"), RULE).unwrap();
    fs::write(folder.join("my-rules/stopped.cases.yml"), CASES).unwrap();
    fs::write(folder.join("event.json"), EVENT).unwrap();
    fs::write(folder.join("finding.json"), FINDING).unwrap();
}

/// The words of a command, as a shell parts them: quotes of either kind hold
/// blanks together.
fn words(command: &str) -> Vec<&str> {
    let word = Regex::new(r#"(?:"([^"]*)"|'([^']*)'|(\S+))"#).unwrap();
    let all = word.captures_iter(command);
    all.map(|c| c.extract::<1>().1[0]).collect()
}

/// Runs a command of the text and gives what it prints, which is also written
/// where `>` says so.
#[track_caller]
fn runs(folder: &Path, command: &str, status: i32) -> String {
    let (command, into) = match command.split_once(" > ") {
        Some((command, into)) => (command, Some(into)),
        None => (command, None),
    };
    let mut words = words(command);
    words.remove(0);
    for word in &mut words {
        if let Some((_, with)) = FILLED_IN.iter().find(|(name, _)| name == word) {
            *word = with;
        }
        // Logs are written where none are yet.
        if command.contains(" simulate ") && *word == "logs" {
            *word = "new-logs";
        }
    }
    let out = flowtrail(folder, &words);
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(status), "{command}: {said}");
    assert!(!said.contains("error"), "{command}: {said}");
    if let Some(into) = into {
        fs::write(folder.join(into), &out.stdout).unwrap();
    }
    String::from_utf8(out.stdout).unwrap()
}

/// What the first words of a command promise to print.
fn promise(command: &str) -> &'static str {
    match command.split_whitespace().nth(1) {
        Some("replay") => "findings",
        Some("segments") => "What the matrix forbids",
        Some("query") if command.contains("--list") => "access-denied-by-principal",
        Some("query") if command.contains("--name") => "principal",
        Some("query") => "title",
        Some("simulate") => "",
        _ => panic!("what does `{command}` promise?"),
    }
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let text = readme();
    let mut run = 0;
    for line in blocks(&text, "sh") {
        if EXEMPT.contains(&line.as_str()) {
            continue;
        }
        let command = line.replacen("cargo run --", "flowtrail", 1);
        assert!(
            command.starts_with("flowtrail "),
            "not run by any test: {line}"
        );
        let written = dir.path().join("organisation");
        let command = command.replace(WRITTEN, written.to_str().unwrap());
        let out = runs(&root(), &command, 0);
        assert!(out.contains(promise(&command)), "{line}");
        run += 1;
    }
    assert!(run >= 4, "commands are gone");
    let rows = rows(&text);
    assert!(rows.len() >= 8, "{rows:?}");
    for (command, status) in &rows {
        let out = runs(dir.path(), command, *status);
        // What these make lies in a folder, and what they say of it is no output.
        let silent = ["flowtrail simulate", "flowtrail compact"];
        let silent = silent.iter().any(|s| command.starts_with(s));
        assert_eq!(out.is_empty(), silent, "{command}: {out}");
    }
    assert!(dir.path().join("new-logs/labels.jsonl").exists());
}

/// Examples in a time span must lie in it, or they would show nothing.
#[test]
fn the_example_with_a_time_finds_something() {
    let dir = tempfile::tempdir().unwrap();
    furnish(dir.path());
    let rows = rows(&readme());
    let (command, status) = rows.iter().find(|(c, _)| c.contains("--since")).unwrap();
    let out = runs(dir.path(), command, *status);
    let first = out.lines().next().unwrap();
    assert!(
        serde_json::from_str::<serde_json::Value>(first).is_ok(),
        "{first}"
    );
}

/// What stands between backticks.
fn spans(text: &str) -> Vec<String> {
    let prose = Regex::new(r"(?ms)^```.*?^```")
        .unwrap()
        .replace_all(text, "");
    let span = Regex::new(r"`([^`\n]+)`").unwrap();
    span.captures_iter(&prose)
        .map(|c| c[1].to_owned())
        .collect()
}

#[test]
fn commands_and_flags_in_the_text_exist() {
    let help = |words: &[&str]| {
        let args: Vec<&str> = words.iter().copied().chain(["--help"]).collect();
        let out = flowtrail(&root(), &args);
        assert!(out.status.success(), "{words:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    let all = help(&["replay"]) + &help(&["simulate"]) + &help(&["query"]);
    let mut seen = 0;
    for span in spans(&readme()) {
        let words: Vec<&str> = span.split_whitespace().collect();
        match words.as_slice() {
            ["flowtrail", "rules", command, ..] => drop(help(&["rules", command])),
            ["flowtrail", command, ..] => drop(help(&[command])),
            [flag, ..] if flag.starts_with("--") && *flag != "--profile" => {
                assert!(all.contains(flag), "{flag}");
            }
            _ => continue,
        }
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

/// The finding that the README opens with is one of the sample's.
#[test]
fn the_finding_that_is_shown_is_real() {
    let text = readme();
    let id = Regex::new(r"finding ([0-9a-f]{12})").unwrap();
    let shown: Vec<_> = id.captures_iter(&text).map(|c| c[1].to_owned()).collect();
    assert!(!shown.is_empty());
    let expected = fs::read_to_string(root().join("sample-logs/expected.jsonl")).unwrap();
    for id in shown {
        let line = expected
            .lines()
            .find(|l| l.contains(&format!("\"id\":\"{id}")));
        let finding: serde_json::Value =
            serde_json::from_str(line.unwrap_or_else(|| panic!("{id} is no finding"))).unwrap();
        assert!(text.contains(finding["title"].as_str().unwrap()));
        assert!(text.contains(finding["rule"]["id"].as_str().unwrap()));
    }
}

/// Folders of crates.
fn crates() -> BTreeSet<String> {
    let folders = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(Result::unwrap);
    let folders = folders.filter(|e| e.path().join("Cargo.toml").exists());
    folders
        .map(|e| e.file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_path_of_the_architecture_page_exists() {
    let page = fs::read_to_string(root().join("crates/README.md")).unwrap();
    let looks_like_a_path =
        Regex::new(r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]*)+$|^[a-z_]+\.(rs|toml|md)$").unwrap();
    let mut homes = vec![root(), root().join("crates"), root().join("tests")];
    homes.extend(
        crates()
            .iter()
            .map(|c| root().join("crates").join(c).join("src")),
    );
    let mut seen = 0;
    for span in spans(&page) {
        if looks_like_a_path.is_match(&span) {
            let there = homes.iter().any(|home| home.join(&span).exists());
            assert!(there, "`{span}` does not exist");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn every_crate_stands_in_the_table() {
    let page = fs::read_to_string(root().join("crates/README.md")).unwrap();
    let row = Regex::new(r"(?m)^\| [0-6–] \| `([a-z-]+)` \| .+ \|$").unwrap();
    let listed: BTreeSet<String> = row.captures_iter(&page).map(|c| c[1].to_owned()).collect();
    assert_eq!(listed, crates());
}
