//! `flowtrail query` on the command line: arguments, formats, streams, exit
//! statuses.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::Ran;
use crate::support::{flowtrail, root};

/// Runs `flowtrail query` in `folder`; words are parted by `|`, because
/// statements have blanks.
fn query(folder: &Path, words: &str) -> Ran {
    let mut args = vec!["query"];
    args.extend(words.split('|'));
    Ran::of(flowtrail(folder, &args))
}

fn at_top(words: &str) -> Ran {
    query(&root(), words)
}

const CALLS: &str = "tests/cases/queries/logs/calls.json";

#[test]
fn the_statement_may_stand_before_or_behind_the_logs() {
    for words in [
        format!("SELECT count(*) AS n FROM cloudtrail|{CALLS}"),
        format!("{CALLS}|SELECT count(*) AS n FROM cloudtrail"),
        format!("SELECT count(*) AS n FROM cloudtrail|--source|{CALLS}"),
    ] {
        let ran = at_top(&words);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (Some(0), " n\n--\n19\n"),
            "{ran:?}"
        );
        assert_eq!(ran.said, "");
    }
}

#[test]
fn formats_hold_the_same_rows() {
    let select = "SELECT eventname, useridentity.username AS who, time, resources FROM cloudtrail \
                  WHERE eventname LIKE 'Put%' ORDER BY time";
    let rows = json!([
        {"eventname": "PutContactInformation", "who": null, "time": "2026-04-01T09:02:00Z", "resources": null},
        {"eventname": "PutBucketPolicy", "who": "admin", "time": "2026-04-01T09:40:00Z", "resources": null},
        {"eventname": "PutBucketAcl", "who": "admin", "time": "2026-04-01T09:42:00Z", "resources": null},
    ]);
    let jsonl = at_top(&format!("{select}|--format|jsonl|{CALLS}"));
    assert_eq!(Value::Array(jsonl.json()), rows);
    let array = at_top(&format!("{select}|--format|json|{CALLS}"));
    assert_eq!(serde_json::from_str::<Value>(&array.out).unwrap(), rows);
    let csv = at_top(&format!("{select}|--format|csv|{CALLS}"));
    assert_eq!(
        csv.out,
        "eventname,who,time,resources\n\
         PutContactInformation,,2026-04-01T09:02:00Z,\n\
         PutBucketPolicy,admin,2026-04-01T09:40:00Z,\n\
         PutBucketAcl,admin,2026-04-01T09:42:00Z,\n"
    );
    let list = at_top(&format!("{select}|--format|list|{CALLS}"));
    assert!(
        list.out
            .starts_with("-- 1 --\neventname  PutContactInformation\ntime       2026-"),
        "{}",
        list.out
    );
}

#[test]
fn a_file_is_there_when_the_answer_is() {
    let folder = TempDir::new().unwrap();
    let calls = root().join(CALLS);
    let calls = calls.to_str().unwrap();
    let ran = query(
        folder.path(),
        &format!("SELECT eventname FROM cloudtrail|-o|out.parquet|{calls}"),
    );
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    let bytes = fs::read(folder.path().join("out.parquet")).unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    let ran = query(
        folder.path(),
        &format!("SELECT eventname FROM cloudtrail LIMIT 1|-o|out.jsonl|{calls}"),
    );
    assert_eq!(ran.status, Some(0));
    let text = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    assert!(text.starts_with("{\"eventname\":"), "{text}");
    let ran = query(
        folder.path(),
        &format!("SELECT nothing FROM cloudtrail|-o|no.csv|{calls}"),
    );
    ran.refused(&["no column `nothing`", "hint: "]);
    let mut left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["out.jsonl", "out.parquet"]);
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let ran = at_top(&format!(
        "SELECT eventname FROM cloudtrail ORDER BY time|--max-rows|2|--format|csv|{CALLS}"
    ));
    assert_eq!(ran.out, "eventname\nConsoleLogin\nPutContactInformation\n");
    assert_eq!(ran.said, "… and 17 more rows; --max-rows 0 shows all\n");
    assert_eq!(ran.status, Some(0));
    let all = at_top(&format!(
        "SELECT eventname FROM cloudtrail|--max-rows|0|--format|csv|{CALLS}"
    ));
    assert_eq!((all.out.lines().count(), all.said.as_str()), (20, ""));
}

#[test]
fn times_bound_every_table() {
    let span = "--since|2026-04-01T09:40|--until|2026-04-01T10:00|--format|jsonl";
    let ran = at_top(&format!(
        "SELECT count(*) AS n FROM cloudtrail|{span}|{CALLS}"
    ));
    assert_eq!(ran.json(), [json!({"n": 6})]);
    at_top(&format!(
        "SELECT 1|--since|2026-04-02|--until|2026-04-01|{CALLS}"
    ))
    .refused(&["`--since 2026-04-02T00:00:00Z` is not before", "hint: "]);
}

#[test]
fn named_queries_are_listed_shown_and_run() {
    let list = at_top("--list");
    assert!(
        list.out.lines().count() >= 40 && list.out.contains("root-use "),
        "{}",
        list.out
    );
    let about = at_top("--list|DENIED calls");
    assert_eq!(about.out.lines().count(), 2, "{}", about.out);
    let one = at_top("--list|root-use");
    assert!(
        one.out
            .starts_with("root-use: What the root user did\nRoot is for"),
        "{}",
        one.out
    );
    let one = at_top("--list|denied-bursts");
    assert!(
        one.out
            .contains("  window: duration (= 10 minutes): how long"),
        "{}",
        one.out
    );
    at_top("--list|weather").refused(&["no named query is about `weather`"]);
    let show = at_top("--show|root-use");
    assert!(
        show.out.starts_with("-- What the root user did\n") && show.out.contains("FROM cloudtrail")
    );
    at_top("--show|root-used").refused(&["did you mean `root-use`?"]);
    let ran = at_top(&format!("--name|root-use|--format|jsonl|{CALLS}"));
    let apis: Vec<_> = ran.json().iter().map(|r| r["api"].clone()).collect();
    assert_eq!(
        apis,
        ["signin:ConsoleLogin", "account:PutContactInformation"]
    );
    let ran = at_top(&format!(
        "--name|bucket-exposure|--param|bucket=closed-data|--format|csv|{CALLS}"
    ));
    assert_eq!(ran.out.lines().count(), 2, "{ran:?}");
    at_top(&format!("--name|bucket-exposure|-p|buckt=x|{CALLS}"))
        .refused(&["no parameter `buckt`", "it takes `bucket`"]);
    at_top(&format!("--name|around|{CALLS}"))
        .refused(&["needs a value for `at`", "give --param at=…"]);
    // What is shown can be changed and run as a file.
    let folder = TempDir::new().unwrap();
    let mine = folder.path().join("mine.sql");
    fs::write(&mine, at_top("--show|bucket-exposure").out).unwrap();
    let calls = root().join(CALLS);
    let words = format!(
        "--file|mine.sql|-p|bucket=open-data|--format|csv|{}",
        calls.display()
    );
    let ran = query(folder.path(), &words);
    assert_eq!(ran.out.lines().count(), 3, "{ran:?}");
}

#[test]
fn values_are_bound_and_not_pasted() {
    let count = "SELECT count(*) AS n FROM cloudtrail WHERE eventname = $name";
    let ran = at_top(&format!(
        "{count}|-p|name=' OR '1'='1|--format|jsonl|{CALLS}"
    ));
    assert_eq!(ran.json(), [json!({"n": 0})]);
    let ran = at_top(&format!("{count}|-p|name=GetObject|--format|jsonl|{CALLS}"));
    assert_eq!(ran.json(), [json!({"n": 2})]);
    let limit = "SELECT eventname FROM cloudtrail LIMIT $n";
    let ran = at_top(&format!("{limit}|-p|n:integer=3|--format|jsonl|{CALLS}"));
    assert_eq!(ran.json().len(), 3);
    at_top(&format!("{limit}|-p|n:integer=x|{CALLS}")).refused(&["`x` is no integer for `n`"]);
    at_top(&format!("{limit}|{CALLS}")).refused(&["no value for `$n`", "give --param n=…"]);
    at_top(&format!("{limit}|-p|n:integer=1|-p|m=2|{CALLS}"))
        .refused(&["no parameter `$m`", "it has `$n`"]);
}

#[test]
fn what_can_not_be_done_has_a_hint() {
    at_top("SELECT * FROM cloudtrail").refused(&["no logs for `cloudtrail`", "hint: name files"]);
    at_top("SELECT 1|nowhere").refused(&[
        "cannot open `nowhere`: no such file",
        "hint: give log files",
    ]);
    at_top(&format!("root-use|{CALLS}")).refused(&["cannot open `root-use`", "`--name root-use`"]);
    at_top(&format!("SELEC 1|{CALLS}")).refused(&["a statement begins with SELECT"]);
    at_top("SELECT 1|SELECT 2").refused(&["two statements"]);
    at_top("SELECT 1|--name|root-use").refused(&["leave one of them out"]);
    at_top(&format!("SELECT 'a FROM cloudtrail|{CALLS}")).refused(&["nterminated"]);
    at_top("COPY (SELECT 1) TO 'x.csv'").refused(&["COPY", "hint: `--output FILE`"]);
    at_top(&format!("SELECT evntname FROM cloudtrail|{CALLS}")).refused(&["`eventname`"]);
    at_top("SELECT 1|--context|nowhere.yaml").refused(&["nowhere.yaml"]);
    at_top("SELECT 1|--flow-format|${nothing").refused(&["--flow-format"]);
    at_top("SELECT 1; SELECT 2|--format|parquet").refused(&["one statement"]);
}

#[test]
fn what_needs_no_logs_runs_without() {
    let ran = at_top("SELECT 1 + 1 AS two|--format|jsonl");
    assert_eq!(
        (ran.status, ran.json()),
        (Some(0), vec![json!({"two": 2})]),
        "{ran:?}"
    );
    let ran = at_top("SHOW TABLES|--format|csv");
    assert!(ran.out.contains(",cloudtrail,"), "{ran:?}");
}

#[test]
fn tables_and_their_columns_are_told() {
    let tables = at_top("--tables");
    for name in [
        "cloudtrail",
        "cloudtrail_insights",
        "vpcflow",
        "tgwflow",
        "objects",
        "findings",
        "rules",
    ] {
        assert!(tables.out.lines().any(|l| l.starts_with(name)), "{name}");
    }
    let columns = at_top("--tables|cloudtrail");
    let arn = columns
        .out
        .lines()
        .find(|l| l.starts_with("useridentity.arn "));
    assert!(
        arn.unwrap().contains("ARN of the caller"),
        "{}",
        columns.out
    );
    assert!(at_top("--tables|vpcflow").out.contains("\nsrcaddr "));
    at_top("--tables|vpc").refused(&["no table named `vpc`", "vpcflow, tgwflow, objects"]);
    let findings = at_top("--tables|findings").out;
    assert!(findings.contains("\nfinding_id ") && findings.contains("array<string>"));
    let rules = at_top("--tables|RULES").out;
    assert!(
        rules.contains("boolean        whether it has all"),
        "{rules}"
    );
}

#[test]
fn a_plan_keeps_its_lines() {
    let ran = at_top(&format!(
        "EXPLAIN SELECT eventname FROM cloudtrail WHERE eventname = 'x'|{CALLS}"
    ));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(
        ran.out.contains("logical_plan:\n") && ran.out.contains("\nphysical_plan:\n"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("\\n"));
    let ran = at_top(&format!(
        "EXPLAIN ANALYZE SELECT count(*) FROM cloudtrail|{CALLS}"
    ));
    assert!(ran.out.contains("LogScanExec"), "{}", ran.out);
}

#[test]
fn help_names_what_there_is() {
    let help = at_top("--help");
    for word in [
        "Examples:",
        "--param",
        "--max-rows",
        "--since",
        "Exit status:",
    ] {
        assert!(help.out.contains(word), "{word}");
    }
}

/// This test binary is built without the feature; `cargo xtask cluster` tests what
/// is built with it.
#[test]
#[cfg(not(feature = "cluster"))]
fn a_build_without_clusters_says_how_to_get_one() {
    let ran = at_top(&format!("SELECT 1|--cluster|localhost:50050|{CALLS}"));
    ran.refused(&["built without clusters", "\nhint: ", "--features cluster"]);
}
