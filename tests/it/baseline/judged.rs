//! Rules that ask what was seen before: by history, and by a file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::{LOGS, folder};
use crate::cli::{fed, run};

/// The findings of a replay with the rules of these tests.
fn replay(folder: &Path, args: &str) -> Vec<Value> {
    let args = format!("replay --no-shipped --rules rules.yml --format jsonl {args}");
    let ran = run(folder, &args);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    ran.json()
}

fn last_digit(id: &str) -> &str {
    id.get(35..).unwrap()
}

/// How many findings each rule has, by the last digit of its id.
fn by_rule(findings: &[Value]) -> BTreeMap<u32, usize> {
    let mut all = BTreeMap::new();
    for finding in findings {
        let id = finding["rule"]["id"].as_str().unwrap();
        *all.entry(last_digit(id).parse().unwrap()).or_default() += 1;
    }
    all
}

/// What findings are about, whichever copy of a record they point at.
fn told(findings: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = findings.to_vec();
    for finding in &mut all {
        finding["evidence"] = Value::Null;
    }
    all.sort_by_key(|f| f["id"].to_string());
    all
}

#[test]
fn history_judges_each_day_by_the_days_before() {
    let folder = folder();
    let findings = replay(folder.path(), "--learn logs");
    let counts = by_rule(&findings);
    for rule in [1, 3, 4, 5, 6, 7, 8, 9] {
        assert!(counts.contains_key(&rule), "rule {rule} of {counts:?}");
    }
    for finding in &findings {
        assert_eq!(finding["baseline"], "history");
        // Two weeks and five days are needed before anything is new.
        let time = finding["time"].as_str().unwrap();
        assert!(time >= "2026-03-15", "{time}");
        let rule = finding["rule"]["id"].as_str().unwrap();
        let wanted = match last_digit(rule) {
            "1" | "9" => "principal_api",
            "3" => "account_api",
            "4" => "edge",
            "5" => "host_destination",
            _ => continue,
        };
        let new = finding["first_seen"].as_array().unwrap();
        assert!(new.iter().any(|n| n["dimension"] == wanted), "{finding}");
        for new in new {
            assert!(new["key"].is_string() && new["value"].is_string(), "{new}");
        }
    }
}

#[test]
fn order_copies_and_split_do_not_matter() {
    let folder = folder();
    LOGS.shuffled(&folder.path().join("shuffled"));
    let plain = replay(folder.path(), "--learn logs");
    assert!(plain.len() > 20, "{}", plain.len());
    for args in [
        "--learn shuffled",
        "--learn --jobs 1 shuffled logs",
        "--learn --jobs 5 logs",
    ] {
        assert!(told(&replay(folder.path(), args)) == told(&plain), "{args}");
    }
}

/// A baseline of the days before a day, and the logs of the day: what a stream
/// knows. The same comes out as of a replay of all days, but for
/// * windows that began the day before, whose first records are not there,
/// * the name of what was judged by.
#[test]
fn a_baseline_of_the_days_before_judges_as_history_does() {
    let folder = folder();
    for (day, next) in [
        ("2026-03-16", "2026-03-17"),
        ("2026-03-18", "2026-03-19"),
        ("2026-03-20", "2026-03-21"),
    ] {
        let build = format!("baseline build logs --until {day} --output {day}.base");
        assert_eq!(run(folder.path(), &build).status, Some(0));
        let of_day = |findings: Vec<Value>| -> Vec<Value> {
            let at = |f: &Value, end: &str| f[end].as_str().unwrap().to_owned();
            let mut kept: Vec<Value> = findings
                .into_iter()
                .filter(|f| at(f, "first").as_str() >= day && at(f, "last").as_str() < next)
                .filter(|f| f["count"] == 1)
                .collect();
            kept.iter_mut().for_each(|f| f["baseline"] = Value::Null);
            kept
        };
        let by_file = format!("--baseline {day}.base --since {day} --until {next} logs");
        let by_file = of_day(replay(folder.path(), &by_file));
        let by_history = replay(folder.path(), &format!("--learn --until {next} logs"));
        let by_history = of_day(by_history);
        assert!(!by_history.is_empty(), "{day}");
        assert_eq!(by_rule(&by_file), by_rule(&by_history), "{day}");
        assert!(by_file == by_history, "{day}");
        // Days before --since are learnt from all the same.
        let since = format!("--learn --since {day} --until {next} logs");
        assert!(of_day(replay(folder.path(), &since)) == by_history, "{day}");
    }
}

/// What was seen between the end of a file and the days that are asked for is no
/// news on them.
#[test]
fn a_span_behind_a_baseline_knows_the_days_between() {
    let folder = folder();
    let build = "baseline build logs --until 2026-03-16 --output old.base";
    assert_eq!(run(folder.path(), build).status, Some(0));
    let singles = |args: &str| -> Vec<Value> {
        let found = replay(folder.path(), &format!("--baseline old.base {args} logs"));
        let at = |f: &Value, end: &str| f[end].as_str().unwrap().to_owned();
        let mut kept: Vec<Value> = found
            .into_iter()
            .filter(|f| f["count"] == 1)
            .filter(|f| at(f, "first").as_str() >= "2026-03-20")
            .collect();
        kept.sort_by_key(|f| at(f, "id"));
        kept
    };
    let (all, some) = (singles(""), singles("--since 2026-03-20"));
    assert!(!all.is_empty());
    assert_eq!(by_rule(&some), by_rule(&all));
    assert!(some == all);
}

#[test]
fn findings_name_the_baseline_that_caused_them() {
    let folder = folder();
    let build = "baseline build logs --until 2026-03-18 --output usual.base --format json";
    let built = run(folder.path(), build).json();
    let id = built[0]["id"].as_str().unwrap();
    let args = "replay --no-shipped --rules rules.yml --baseline usual.base --since 2026-03-18 \
                --summary-json summary.json logs";
    let ran = run(folder.path(), args);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let row = format!("baseline  {id}, records of 2026-03-01 to 2026-03-17");
    assert!(ran.out.contains(&row), "{}", ran.out);
    assert!(
        ran.out.contains(&format!(", baseline {id}\n")),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("    new   principal_api "), "{}", ran.out);
    let summary = std::fs::read_to_string(folder.path().join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(
        (&summary["baseline"]["id"], &summary["rules"]["not_active"]),
        (&id.into(), &0.into())
    );
    // What was found can be asked for in SQL.
    let picked = "replay --no-shipped --rules rules.yml --baseline usual.base --since 2026-03-18 \
                  --where baseline<>'' --limit 3 --format jsonl logs";
    let ran = run(folder.path(), picked);
    assert_eq!((ran.status, ran.json().len()), (Some(0), 3), "{ran:?}");
}

#[test]
fn rules_wait_for_a_memory_and_say_so() {
    let folder = folder();
    let ran = run(folder.path(), "replay --no-shipped --rules rules.yml logs");
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let words = "0 rules looked; 9 could not for lack of a baseline";
    assert!(ran.out.contains(words), "{}", ran.out);
    assert!(
        ran.out.contains("`--learn` judges by these logs"),
        "{}",
        ran.out
    );
    let list = |more: &str| {
        run(
            folder.path(),
            &format!("rules list --no-shipped --rules rules.yml {more}"),
        )
    };
    assert!(list("").out.contains("not active: needs a baseline"));
    assert!(!list("--learn").out.contains("not active"));
}

#[test]
fn a_memory_needs_logs_that_can_be_read_twice() {
    let folder = folder();
    let args = ["replay", "--learn", "-"];
    let ran = fed(folder.path(), &args, b"{\"Records\":[]}");
    ran.refused(&[
        "standard input can be read once",
        "hint: write it to a file first",
    ]);
    // Where no rule asks, nothing has to be read twice.
    let args = [
        "replay",
        "--learn",
        "--no-shipped",
        "--rules",
        "plain.yml",
        "-",
    ];
    std::fs::write(folder.path().join("plain.yml"), crate::cli::GOOD).unwrap();
    let ran = fed(folder.path(), &args, b"{\"Records\":[]}");
    assert_eq!(ran.status, Some(0), "{ran:?}");
}
