//! Rules that are current already: what a change does.

use super::{COOKIE, folder, only, run, trail};
use crate::cli::at_top;

const OTHER: &str = "\
title: Ann was here
id: 22222222-2222-4222-8222-222222222222
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { userIdentity.userName: ann }
  condition: selection
level: medium
";

fn logs() -> String {
    trail(&[
        ("TakeCookie", "2026-03-01T10:00:00Z", "ann"),
        ("TakeCookie", "2026-03-01T10:01:00Z", "bob"),
        ("TakeCookie", "2026-03-01T10:02:00Z", "cid"),
        ("BakeCookie", "2026-03-02T10:00:00Z", "ann"),
        ("BakeCookie", "2026-03-02T10:01:00Z", "bob"),
    ])
}

#[test]
fn added_and_removed_findings_are_told() {
    let changed = COOKIE.replace(
        "{ eventName: TakeCookie }\n  condition: selection",
        "{ eventName: [TakeCookie, BakeCookie] }\n  cid: { userIdentity.userName: cid }\n  condition: selection and not cid",
    );
    let dir = folder(&[
        ("now/cookie.yml", COOKIE),
        ("now/other.yml", OTHER),
        ("changed.yml", &changed),
        ("a.json", &logs()),
    ]);
    let args = "backtest --no-shipped --rules now changed.yml a.json";
    let ran = run(dir.path(), &format!("{args} --format json"));
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let rule = only(&ran);
    assert_eq!(rule["findings"], 4);
    let d = &rule["difference"];
    let numbers = ["added", "removed", "unchanged", "regrouped"].map(|k| d[k].as_u64().unwrap());
    assert_eq!(numbers, [2, 1, 2, 0], "{d}");
    assert_eq!(d["samples_added"][0]["api"], "jar:BakeCookie");
    let gone = &d["samples_removed"][0];
    assert!(
        gone["principal"].as_str().unwrap().ends_with("user/cid"),
        "{gone}"
    );
    // Of its findings two are on records that another current rule speaks of;
    // its own old self is no other rule.
    let known = &rule["current_rules"];
    assert_eq!(known["rules"].as_array().unwrap().len(), 1, "{known}");
    assert_eq!(known["rules"][0]["title"], "Ann was here");
    assert_eq!(
        (
            &known["rules"][0]["shared"],
            &known["findings_of_no_current_rule"]
        ),
        (&2.into(), &2.into())
    );
    let text = run(dir.path(), args).out;
    let line = "2 added, 1 removed, 2 unchanged, 0 on the same records under another id";
    assert!(text.contains(line), "{text}");
    // A level above that of the other rule leaves it out.
    let high = only(&run(
        dir.path(),
        &format!("{args} --format json --level high"),
    ));
    assert_eq!(high["current_rules"]["findings_of_no_current_rule"], 4);
}

#[test]
fn findings_whose_ids_change_are_known_by_their_records() {
    let many = |n: u32| {
        format!(
            "{COOKIE}---\ntitle: Many\nid: 33333333-3333-4333-8333-333333333333\ncorrelation: {{type: event_count, \
             rules: [cookie], timespan: 1h, condition: {{gte: {n}}}}}\n"
        )
    };
    let dir = folder(&[
        ("now.yml", &many(2)),
        ("new.yml", &many(3)),
        ("a.json", &logs()),
    ]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped --rules now.yml new.yml a.json --format json",
    );
    let d = &only(&ran)["difference"];
    let numbers = ["added", "removed", "unchanged", "regrouped"].map(|k| d[k].as_u64().unwrap());
    assert_eq!(numbers, [0, 0, 0, 1], "{d}");
    let same = run(
        dir.path(),
        "backtest --no-shipped --rules now.yml now.yml a.json --format json",
    );
    assert_eq!(only(&same)["difference"]["unchanged"], 1);
}

/// Nobody hears a rule of this level but who asks for it.
#[test]
fn a_current_rule_is_heard_whatever_its_level() {
    let quiet = COOKIE.replace("level: high", "level: informational");
    let dir = folder(&[
        ("now.yml", &quiet),
        ("new.yml", &quiet),
        ("a.json", &logs()),
    ]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped --rules now.yml new.yml a.json --format json",
    );
    let d = &only(&ran)["difference"];
    let numbers = ["added", "removed", "unchanged"].map(|k| d[k].as_u64().unwrap());
    assert_eq!(numbers, [0, 0, 3], "{d}");
}

#[test]
fn a_rule_takes_the_place_of_the_one_whose_name_it_has() {
    let renamed = COOKIE.replace("11111111-1111-4111-8111-111111111111", "new-id");
    let dir = folder(&[
        ("now.yml", COOKIE),
        ("new.yml", &renamed),
        ("a.json", &logs()),
    ]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped --rules now.yml new.yml a.json --format json",
    );
    let rule = only(&ran);
    // Ids of findings rest on that of the rule.
    assert_eq!(
        rule["difference"]["rule"],
        "11111111-1111-4111-8111-111111111111"
    );
    assert_eq!(rule["difference"]["regrouped"], 3);
}

#[test]
fn a_rule_that_ships_is_found_by_its_title() {
    let ran = at_top(
        "backtest --format json --level informational 4857cc51-99bd-468d-a0fa-8fa2d46a80ee sample-logs",
    );
    let by_id = only(&ran);
    let title = by_id["title"].as_str().unwrap().to_lowercase();
    let mut args = vec!["backtest", "--format", "json", "--level", "informational"];
    args.extend([title.as_str(), "sample-logs"]);
    let by_title = crate::support::flowtrail(&crate::support::root(), &args);
    assert_eq!(ran.out, String::from_utf8(by_title.stdout).unwrap());
    assert_eq!(by_id["difference"], serde_json::Value::Null);
    let replayed =
        at_top("replay --format jsonl --no-summary --level informational sample-logs").json();
    let of_rule = replayed
        .iter()
        .filter(|f| f["rule"]["id"] == by_id["id"])
        .count();
    assert!(of_rule > 0);
    assert_eq!(by_id["findings"], of_rule);
}

#[test]
fn a_correlation_over_a_rule_that_ships_sees_its_matches() {
    let shipped = flowtrail_rules::RULE_FILES;
    let id = "4857cc51-99bd-468d-a0fa-8fa2d46a80ee";
    assert!(shipped.iter().any(|f| f.text.contains(id)));
    let over = format!(
        "title: Over\nid: over\nlevel: high\ncorrelation: {{type: event_count, rules: [{id}], \
         timespan: 1d, condition: {{gte: 1}}}}\n"
    );
    let dir = folder(&[("over.yml", &over)]);
    let over = dir.path().join("over.yml");
    let ran = at_top(&format!(
        "backtest --format json {} sample-logs",
        over.display()
    ));
    let rule = only(&ran);
    assert!(rule["findings"].as_u64().unwrap() > 0, "{rule}");
    // Among the given rule the one that ships is silent; it still counts as current.
    let others = rule["current_rules"]["rules"].as_array().unwrap();
    assert!(others.iter().any(|r| r["id"] == id), "{others:?}");
}

#[test]
fn a_file_named_like_one_that_ships_is_the_given_one() {
    let name = flowtrail_rules::RULE_FILES[0].path;
    let dir = folder(&[(name, COOKIE), ("a.json", &logs())]);
    let ran = run(dir.path(), &format!("backtest {name} a.json --format json"));
    let rule = only(&ran);
    assert_eq!(
        (&rule["title"], &rule["findings"]),
        (&"Somebody took a cookie".into(), &3.into())
    );
}
