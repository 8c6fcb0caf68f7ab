//! `flowtrail rules`, in all its parts.

use std::collections::BTreeSet;
use std::fs;

use flowtrail_context::DERIVED;
use flowtrail_flowlog::FIELDS;
use serde_json::Value;

use super::{GOOD, at_top, folder, run};
use crate::support::{flowtrail, root};

pub(super) const TRAIL_STOPPED: &str = "4857cc51-99bd-468d-a0fa-8fa2d46a80ee";

/// The beginning of an id that is enough to name it.
pub(super) fn begin(id: &str) -> &str {
    id.get(..8).unwrap()
}

#[test]
fn the_list_is_the_same_for_people_and_machines() {
    let (text, json) = (at_top("rules list"), at_top("rules list --json"));
    assert_eq!((text.status, json.status), (Some(0), Some(0)));
    assert_eq!((text.said.as_str(), json.said.as_str()), ("", ""));
    let rules = json.json();
    assert!(rules.len() >= 20, "{}", rules.len());
    assert_eq!(text.out.lines().count(), rules.len());
    for (line, rule) in text.out.lines().zip(&rules) {
        let cell = |name: &str| rule[name].as_str().unwrap();
        assert!(line.starts_with(cell("level")), "{line}");
        for part in [
            begin(cell("id")),
            cell("title"),
            cell("logs"),
            cell("looks_at"),
        ] {
            assert!(line.contains(part), "{line}");
        }
    }
    // Columns stand under one another.
    let id_at = |(line, rule): (&str, &Value)| line.find(begin(rule["id"].as_str().unwrap()));
    let places: BTreeSet<_> = text.out.lines().zip(&rules).map(id_at).collect();
    assert_eq!(places.len(), 1, "{places:?}");
    // The gravest first.
    let grave = ["critical", "high", "medium", "low", "informational"];
    let order = rules
        .iter()
        .map(|r| grave.iter().position(|g| r["level"] == *g).unwrap());
    assert!(order.is_sorted());
}

#[test]
fn a_list_of_hostile_rules_does_not_steer_a_terminal() {
    let title = "A\u{7f}B\u{9b}31mC\u{202e}D";
    let rule = GOOD.replace("Somebody took a cookie", r#""A\x7fB\u009b31mC\u202eD""#);
    let dir = folder(&[("rules/a.yml", &rule)]);
    for format in ["", " --json"] {
        let ran = run(
            dir.path(),
            &format!("rules list --no-shipped --rules rules{format}"),
        );
        assert_eq!(ran.status, Some(0), "{ran:?}");
        let bad = ran
            .out
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(bad, None, "{format}: {}", ran.out);
        if !format.is_empty() {
            assert_eq!(ran.json()[0]["title"], title);
        }
    }
}

#[test]
fn a_list_with_a_broken_rule_says_so() {
    let dir = folder(&[("rules/a.yml", GOOD), ("rules/b.yml", "title: [\n")]);
    let ran = run(dir.path(), "rules list --no-shipped --rules rules");
    assert_eq!((ran.status, ran.out.lines().count()), (Some(2), 1));
    assert!(ran.said.contains("error: rules/b.yml:1: "), "{}", ran.said);
}

#[test]
fn check_names_what_is_wrong_and_where() {
    let ran = at_top("rules check");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    assert!(ran.out.contains(" 0 errors, 0 warnings"), "{}", ran.out);
    let bad = GOOD.replace("condition: selection", "condition: selektion");
    let elsewhere = GOOD.replace("service: cloudtrail", "service: waf");
    let dir = folder(&[
        (
            "rules/bad.yml",
            &format!("{}---\n{bad}", GOOD.replace("1111", "4444")),
        ),
        ("rules/deep/good.yml", GOOD),
        ("rules/waf.yml", &elsewhere.replace("1111", "5555")),
    ]);
    let ran = run(dir.path(), "rules check rules");
    assert_eq!((ran.status, ran.said.as_str()), (Some(2), ""));
    // The second document begins behind the eight lines of the first.
    assert!(ran.out.contains("error: rules/bad.yml:14: "), "{}", ran.out);
    assert!(ran.out.contains("selektion"), "{}", ran.out);
    assert!(ran.out.contains("\n  hint: "), "{}", ran.out);
    assert!(
        ran.out
            .contains("3 files: 2 rules and 0 correlations compiled, 1 error, "),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("1 not applicable"), "{}", ran.out);
    // One file by its name.
    let ran = run(dir.path(), "rules check rules/deep/good.yml");
    assert_eq!(ran.status, Some(0), "{}", ran.out);
    assert!(
        ran.out.starts_with("1 file: 1 rule and 0 correlations"),
        "{}",
        ran.out
    );
}

const CASES: &str = "\
- { name: taken, expect: match, event: { eventName: TakeCookie } }
- { name: only looked at, expect: miss, event: { eventName: DescribeCookie } }
";

#[test]
fn cases_pass_fail_or_are_missing() {
    let wrong = CASES.replace(
        "miss, event: { eventName: DescribeCookie",
        "match, event: { eventName: DescribeCookie",
    );
    let fires = CASES.replace("DescribeCookie", "TakeCookie");
    let half = CASES.lines().next().unwrap();
    for (cases, status, said) in [
        (
            Some(CASES),
            0,
            "1 file: 2 cases passed, 0 failed, 0 rules without",
        ),
        (
            Some(&wrong),
            1,
            "failed: rules/a.yml: only looked at: `Somebody took a cookie` does not fire, and must",
        ),
        (
            Some(&fires),
            1,
            "failed: rules/a.yml: only looked at: `Somebody took a cookie` fires, and must not",
        ),
        (None, 1, "missing: rules/a.yml: Somebody took a cookie"),
        (
            Some(half),
            1,
            "missing: rules/a.yml: Somebody took a cookie",
        ),
        (
            Some("- { name: [\n"),
            2,
            "error: cannot read the cases of `rules/a.yml`",
        ),
        (
            Some("- { name: x, expect: maybe, event: {} }\n"),
            2,
            "error: ",
        ),
        (
            Some("- { name: x, expect: match }\n"),
            2,
            "neither `event` nor `events`",
        ),
        (
            Some("- { name: x, expect: match, rule: other, event: {} }\n"),
            2,
            "rule that the file does not have",
        ),
    ] {
        let dir = folder(&[("rules/a.yml", GOOD)]);
        if let Some(cases) = cases {
            fs::write(dir.path().join("rules/a.cases.yml"), cases).unwrap();
        }
        let ran = run(dir.path(), "rules test rules");
        assert_eq!(ran.status, Some(status), "{}", ran.out);
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
        assert_eq!(ran.said, "");
    }
}

/// Either ending of YAML is read, for rules and for cases.
#[test]
fn cases_may_end_in_yaml() {
    let dir = folder(&[("a.yaml", GOOD), ("a.cases.yaml", CASES)]);
    let ran = run(dir.path(), "rules test .");
    assert_eq!(ran.status, Some(0), "{}", ran.out);
    assert!(ran.out.starts_with("1 file: 2 cases passed"), "{}", ran.out);
}

#[test]
fn test_tells_broken_rules_and_names_cases_on_demand() {
    let dir = folder(&[
        ("rules/a.yml", GOOD),
        ("rules/a.cases.yml", CASES),
        ("rules/b.yml", "title: Half a rule\ndetection: {\n"),
    ]);
    let ran = run(dir.path(), "rules test rules --verbose");
    assert_eq!(ran.status, Some(2));
    assert!(ran.out.contains("ok: rules/a.yml: taken\n"), "{}", ran.out);
    assert!(ran.out.contains("error: rules/b.yml:2: "), "{}", ran.out);
    assert!(!ran.out.contains("error: error:"), "{}", ran.out);
    assert!(ran.out.ends_with("1 file not run\n"), "{}", ran.out);
    let shipped = at_top("rules test");
    assert_eq!(shipped.status, Some(0), "{}", shipped.out);
    assert!(
        shipped
            .out
            .contains(" 0 failed, 0 rules without a match and a near miss, 0 files not run")
    );
}

#[test]
fn the_schema_is_complete() {
    let (text, json) = (at_top("rules schema"), at_top("rules schema --json"));
    assert_eq!((text.status, json.status), (Some(0), Some(0)));
    let all = json.json().remove(0);
    let names = |part: &str| -> Vec<String> {
        let list = all[part].as_array().unwrap().iter();
        list.map(|e| e["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names("flow"),
        FIELDS.iter().map(|f| f.name).collect::<Vec<_>>()
    );
    assert_eq!(
        names("derived"),
        DERIVED.iter().map(|d| d.name).collect::<Vec<_>>()
    );
    for part in ["flow", "derived", "modifiers", "correlations"] {
        for name in names(part) {
            let line = format!("\n  {name} ");
            assert!(text.out.contains(&line), "{name}");
        }
    }
}

/// Each modifier of the schema is one that a rule can use, alone or behind `re`.
#[test]
fn every_modifier_of_the_schema_compiles() {
    let json = at_top("rules schema --json").json().remove(0);
    for entry in json["modifiers"].as_array().unwrap() {
        for word in entry["name"].as_str().unwrap().split(", ") {
            let (chain, value) = match word {
                "i" | "m" | "s" => (format!("re|{word}"), "'x'"),
                "all" => ("contains|all".to_owned(), "['x', 'y']"),
                "exists" => (word.to_owned(), "true"),
                "cidr" => (word.to_owned(), "10.0.0.0/8"),
                "wide" | "utf16" | "utf16be" => (format!("{word}|base64offset|contains"), "'x'"),
                "base64offset" => ("base64offset|contains".to_owned(), "'x'"),
                "lt" | "lte" | "gt" | "gte" | "minute" | "hour" | "day" | "week" | "month"
                | "year" => (word.to_owned(), "7"),
                "fieldref" => (word.to_owned(), "eventSource"),
                // Without values for the placeholder the rule would be rejected.
                "expand" => continue,
                _ => (word.to_owned(), "'x'"),
            };
            let rule = GOOD.replace(
                "{ eventName: TakeCookie }",
                &format!("{{ 'eventName|{chain}': {value} }}"),
            );
            let dir = folder(&[("a.yml", &rule)]);
            let ran = run(dir.path(), "rules check a.yml");
            assert_eq!(ran.status, Some(0), "{word}: {}", ran.out);
        }
    }
}

/// Findings of two rules with one id could not be told apart.
#[test]
fn a_rule_with_the_id_of_another_is_named() {
    let twin = GOOD.replace("11111111-1111-4111-8111-111111111111", TRAIL_STOPPED);
    let dir = folder(&[("a.yml", &twin)]);
    let ran = run(dir.path(), "rules list --rules a.yml");
    assert!(ran.said.starts_with("warning: "), "{ran:?}");
    assert!(ran.said.contains(TRAIL_STOPPED), "{}", ran.said);
}

/// One rule more than ship.
#[test]
fn rules_beside_the_shipped_ones_are_listed_with_them() {
    let dir = folder(&[("a.yml", GOOD)]);
    let mine = dir.path().join("a.yml");
    let both = flowtrail(
        &root(),
        &["rules", "list", "--rules", mine.to_str().unwrap()],
    );
    let both = String::from_utf8(both.stdout).unwrap();
    let shipped = at_top("rules list").out;
    assert_eq!(both.lines().count(), shipped.lines().count() + 1);
    assert!(both.contains("Somebody took a cookie"));
}

#[test]
fn a_rule_as_sql_is_a_statement_that_finds_what_it_finds() {
    let shown = at_top("rules show snapshot_shared_with_account --sql");
    assert_eq!(shown.status, Some(0), "{}", shown.said);
    assert!(
        shown.out.contains("\nFROM cloudtrail\nWHERE "),
        "{}",
        shown.out
    );
    let dir = folder(&[("rule.sql", &shown.out)]);
    let file = dir.path().join("rule.sql").to_string_lossy().into_owned();
    let logs = root().join("sample-logs").to_string_lossy().into_owned();
    let ran = run(
        dir.path(),
        &format!("query --file {file} --format jsonl {logs}"),
    );
    assert_eq!(ran.status, Some(0), "{}", ran.said);
    let found: BTreeSet<String> = ran
        .json()
        .iter()
        .map(|r| r["eventid"].to_string())
        .collect();
    let ran = run(
        dir.path(),
        &format!("replay --level informational --format jsonl --no-summary {logs}"),
    );
    let of_rule = |f: &&Value| f["rule"]["name"] == "snapshot_shared_with_account";
    let ids = |f: &Value| -> Vec<String> {
        let evidence = f["evidence"].as_array().unwrap();
        evidence.iter().map(|e| e["event_id"].to_string()).collect()
    };
    let findings = ran.json();
    let by_replay: BTreeSet<String> = findings.iter().filter(of_rule).flat_map(ids).collect();
    assert!(found.len() >= 2, "{found:?}");
    assert_eq!(found, by_replay);
}

#[test]
fn a_rule_without_a_form_in_sql_says_why() {
    let ran = at_top("rules show trail_stopped_or_deleted --sql");
    assert_eq!(ran.status, Some(2));
    let said = "`trail_stopped_or_deleted` has no form in SQL: it counts matches over time";
    assert!(ran.said.contains(said), "{}", ran.said);
    assert!(
        ran.said
            .contains("hint: the rules that it counts have one: `"),
        "{}",
        ran.said
    );
    // Those that only feed a correlation have a form as well.
    let fed = ran.said.split('`').nth(3).unwrap();
    let ran = at_top(&format!("rules show {fed} --sql"));
    assert_eq!(ran.status, Some(0), "{}", ran.said);
    let ran = at_top("rules show old_access_key_call --sql");
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.said.contains("rests on what was seen before"),
        "{}",
        ran.said
    );
}
