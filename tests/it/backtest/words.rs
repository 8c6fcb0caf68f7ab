//! Words of the command line, and rules and logs that are not what they should
//! be.

use super::{COOKIE, folder, only, run, trail};
use crate::cli::fed;

const BAD: &str = "\
title: Uses a modifier that is none
id: 22222222-2222-4222-8222-222222222222
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { eventName|resembles: TakeCookie }
  condition: selection
";

fn logs() -> String {
    trail(&[("TakeCookie", "2026-03-01T10:00:00Z", "ann")])
}

#[test]
fn a_broken_rule_is_said_as_the_check_says_it() {
    let dir = folder(&[
        ("rules/good.yml", COOKIE),
        ("rules/bad.yml", BAD),
        ("a.json", &logs()),
    ]);
    let checked = run(dir.path(), "rules check rules/bad.yml").out;
    let error = checked.lines().next().unwrap();
    assert!(error.contains("bad.yml:5"), "{error}");
    let ran = run(
        dir.path(),
        "backtest --no-shipped rules a.json --format json",
    );
    assert_eq!(ran.status, Some(2));
    assert!(ran.said.contains(error), "{}", ran.said);
    assert_eq!(only(&ran)["findings"], 1);
    let ran = run(dir.path(), "backtest --no-shipped rules/bad.yml a.json");
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert!(
        ran.said.contains(error) && ran.said.contains("none of the given rules"),
        "{}",
        ran.said
    );
}

#[test]
fn a_rule_that_waits_for_a_context_says_so() {
    let waits = "title: Waits\nid: w\nlogsource: {product: aws, service: cloudtrail}\n\
                 detection: {s: {flowtrail.region: unexpected}, condition: s}\n";
    let dir = folder(&[("w.yml", waits), ("good.yml", COOKIE), ("a.json", &logs())]);
    let ran = run(dir.path(), "backtest --no-shipped w.yml a.json");
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    let note = "note: Waits: not active without a context file; `--context FILE` gives one";
    assert!(ran.said.contains(note), "{}", ran.said);
    let ran = run(
        dir.path(),
        "backtest --no-shipped w.yml good.yml a.json --format json",
    );
    assert_eq!(ran.status, Some(2));
    assert!(ran.said.contains(note), "{}", ran.said);
    assert_eq!(only(&ran)["findings"], 1);
}

#[test]
fn a_rule_that_waits_for_something_else_says_for_what() {
    let waits = |field: &str| {
        format!(
            "title: Waits\nid: w\nlogsource: {{product: aws, service: cloudtrail}}\n\
             detection: {{s: {{flowtrail.{field}: x}}, condition: s}}\n"
        )
    };
    let (place, new) = (waits("country"), waits("first_seen"));
    let dir = folder(&[("p.yml", &place), ("n.yml", &new), ("a.json", &logs())]);
    for (rule, note) in [
        ("p.yml", "without files of countries (--geo)\n"),
        (
            "n.yml",
            "without a baseline; `--learn` or `--baseline FILE` gives one\n",
        ),
    ] {
        let ran = run(dir.path(), &format!("backtest --no-shipped {rule} a.json"));
        assert_eq!(ran.status, Some(2));
        assert!(
            ran.said
                .contains(&format!("note: Waits: not active {note}")),
            "{}",
            ran.said
        );
    }
}

#[test]
fn what_is_neither_rule_nor_log_is_named() {
    let dir = folder(&[("good.yml", COOKIE), ("a.json", &logs())]);
    let at = |args: &str| run(dir.path(), &format!("backtest {args}"));
    at("nothing-like-it a.json").refused(&["`nothing-like-it`", "hint: "]);
    at("good.yml").refused(&["no logs", "hint: "]);
    at("none.yml a.json").refused(&["none.yml", "no such file"]);
    at("good.yml a.json none").refused(&["none", "no such file"]);
    at("good.yml a.json --context none.yaml").refused(&["none.yaml"]);
    at("good.yml good.yml").refused(&["no logs"]);
}

#[test]
fn damaged_logs_are_a_partial_answer() {
    let whole = logs();
    let cut = whole.get(..300).unwrap();
    let dir = folder(&[
        ("good.yml", COOKIE),
        ("logs/a.json", &whole),
        ("logs/b.json", cut),
    ]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped good.yml logs --format json",
    );
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(
        ran.said.contains("b.json") && ran.said.contains("partial"),
        "{}",
        ran.said
    );
    assert_eq!(ran.json()[0]["partial"], true);
    assert_eq!(only(&ran)["findings"], 1);
}

#[test]
fn standard_input_is_read_once_for_both_sets_of_rules() {
    let changed = COOKIE.replace("level: high", "level: low");
    let dir = folder(&[("now.yml", COOKIE), ("new.yml", &changed)]);
    let args = [
        "backtest",
        "--no-shipped",
        "--rules",
        "now.yml",
        "new.yml",
        "-",
        "--format",
        "json",
    ];
    let ran = fed(dir.path(), &args, logs().as_bytes());
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert_eq!(only(&ran)["difference"]["unchanged"], 1);
}

#[test]
fn logs_do_not_steer_the_terminal() {
    let logs = logs().replace("user/ann", "user/\\u001b[2Jann");
    let dir = folder(&[("good.yml", COOKIE), ("a.json", &logs)]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped good.yml a.json --color never",
    );
    assert!(
        ran.out.contains("ann") && !ran.out.contains('\u{1b}'),
        "{}",
        ran.out
    );
}
