//! `flowtrail baseline`: building, merging, comparing and asking files.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flowtrail_baseline::{Calendar, Day, History};
use serde_json::{Value, json};

use super::{LOGS, folder};
use crate::cli::{Ran, fed, run};

/// Builds a file, which has to work.
fn build(folder: &Path, args: &str) -> Vec<u8> {
    let ran = run(folder, &format!("baseline build --output a.base {args}"));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    fs::read(folder.join("a.base")).unwrap()
}

#[test]
fn the_same_logs_give_the_same_bytes() {
    let folder = folder();
    LOGS.shuffled(&folder.path().join("shuffled"));
    let plain = build(folder.path(), "logs");
    assert!(plain.len() > 10_000, "{}", plain.len());
    for args in ["shuffled", "--jobs 1 shuffled logs", "--jobs 5 logs"] {
        assert!(build(folder.path(), args) == plain, "{args}");
    }
    assert!(build(folder.path(), "logs --until 2026-03-20") != plain);
}

/// Days that are built one by one and merged, in any order, are what would have
/// been built of all of them.
#[test]
fn merging_is_building() {
    let folder = folder();
    let folder = folder.path();
    let whole = build(folder, "logs");
    let ends = ["2026-03-01", "2026-03-08", "2026-03-15", "2026-03-22"];
    for part in ends.windows(2) {
        let (since, until) = (part[0], part[1]);
        let args = format!("baseline build logs --since {since} --until {until} -o {since}.base");
        assert_eq!(run(folder, &args).status, Some(0));
    }
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let files = order.map(|n| format!("{}.base", ends[n])).join(" ");
        let ran = run(
            folder,
            &format!("baseline merge {files} --output merged.base"),
        );
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(
            fs::read(folder.join("merged.base")).unwrap() == whole,
            "{files}"
        );
    }
    // Into one of them; and nothing is left behind.
    let ran = run(
        folder,
        "baseline merge 2026-03-01.base 2026-03-08.base -o 2026-03-01.base",
    );
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let left = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name());
    assert!(
        left.into_iter()
            .all(|n| !n.to_string_lossy().ends_with(".part"))
    );
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let folder = folder();
    let folder = folder.path();
    build(folder, "logs");
    let merge = |files: &str| run(folder, &format!("baseline merge {files} --output out.base"));
    merge("a.base a.base").refused(&["both have records of account", "hint: merge baselines"]);
    let other = run(
        folder,
        "baseline build logs --memory 30 --output other.base",
    );
    assert_eq!(other.status, Some(0));
    merge("a.base other.base").refused(&[
        "different settings of days",
        "30 days of memory",
        "hint:",
    ]);
    let whole = fs::read(folder.join("a.base")).unwrap();
    for (name, bytes, words) in [
        ("cut.base", &whole[..whole.len() / 2], "cut off"),
        ("text.base", &b"{\"Records\":[]}"[..], "this is no baseline"),
        ("empty.base", &b""[..], "cut off"),
    ] {
        fs::write(folder.join(name), bytes).unwrap();
        merge(&format!("a.base {name}")).refused(&[name, words, "hint: "]);
        run(folder, &format!("baseline show {name}")).refused(&[name, words]);
        run(folder, &format!("replay --baseline {name} logs")).refused(&[name, words]);
    }
    let mut damaged = whole;
    let at = damaged.len() - 10;
    damaged[at] ^= 1;
    fs::write(folder.join("damaged.base"), damaged).unwrap();
    merge("a.base damaged.base").refused(&["damaged in its texts", "hint: "]);
    merge("a.base none.base").refused(&["none.base", "no such file"]);
    assert!(!folder.join("out.base").exists());
    run(folder, "baseline build logs --output none/a.base").refused(&["cannot write"]);
    run(folder, "baseline diff a.base a.base --dimension api")
        .said
        .contains("the dimensions are principal_api");
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let mut all = ran.json();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Trails write some records twice.
fn different_records() -> usize {
    let id = |record: &String| {
        let record: Value = serde_json::from_str(record).unwrap();
        (
            record["eventID"].to_string(),
            record["recipientAccountId"].to_string(),
        )
    };
    let calls: BTreeSet<_> = LOGS.calls.values().flatten().map(id).collect();
    let flows: BTreeSet<&String> = LOGS.flows.values().flatten().collect();
    calls.len() + flows.len()
}

#[test]
fn files_are_shown() {
    let folder = folder();
    let folder = folder.path();
    let ran = run(folder, "baseline build logs --output b.base");
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.out.contains("records of 2026-03-01 to 2026-03-20"),
        "{}",
        ran.out
    );
    let shown = run(folder, "baseline show b.base");
    for words in [
        "90 days of memory",
        "\naccounts\n",
        " 20 days, ",
        "times API",
    ] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    let whole = json(&run(folder, "baseline show b.base --format json"));
    assert_eq!(whole["records"], different_records());
    let rows = run(
        folder,
        "baseline show b.base --dimension principal_api --format json",
    );
    let rows = rows.json();
    assert_eq!(rows.len(), number(&whole["seen"]["principal_api"]));
    let key = rows[0]["key"].as_str().unwrap().to_owned();
    let of_key = run(
        folder,
        &format!("baseline show b.base --key {key} --limit 1"),
    );
    assert!(
        of_key.out.starts_with("principal_api of "),
        "{}",
        of_key.out
    );
    assert!(
        of_key.out.contains(" more; `--limit N` shows more"),
        "{}",
        of_key.out
    );
}

/// Whoever makes a file can write any number into it.
#[test]
fn numbers_that_no_log_has_stop_nobody() {
    let folder = folder();
    let mut history = History::new(Calendar::default(), true);
    history.covers("111122223333", Day(20_000), u64::MAX);
    history.covers("111122223333", Day(20_001), 7);
    fs::write(folder.path().join("odd.base"), history.write().unwrap()).unwrap();
    let shown = run(folder.path(), "baseline show odd.base");
    assert_eq!(shown.status, Some(0), "{shown:?}");
    let most = format!(" 2 days, {} records\n", u64::MAX);
    assert!(shown.out.contains(&most), "{}", shown.out);
}

#[test]
fn files_are_compared() {
    let folder = folder();
    let folder = folder.path();
    build(folder, "logs --until 2026-03-15");
    let ran = run(folder, "baseline build logs --output b.base");
    assert_eq!(ran.status, Some(0));
    let same = json(&run(folder, "baseline diff b.base b.base --format json"));
    for dimension in same["dimensions"].as_array().unwrap() {
        assert_eq!(
            (
                dimension["new"].as_array().unwrap().len(),
                &dimension["gone"]
            ),
            (0, &Value::Array(vec![]))
        );
    }
    let diff = json(&run(folder, "baseline diff a.base b.base --format json"));
    let apis = &diff["dimensions"][0];
    assert_eq!(apis["dimension"], "principal_api");
    let new = apis["new"].as_array().unwrap();
    assert!(!new.is_empty() && apis["gone"].as_array().unwrap().is_empty());
    // What is seen late on a day counts for the next.
    assert!(
        new.iter()
            .all(|n| n["first"].as_str().unwrap() >= "2026-03-15")
    );
    let text = run(
        folder,
        "baseline diff a.base b.base --dimension principal_api --limit 1",
    )
    .out;
    let head = format!(
        "\nprincipal_api: {} new, 0 gone, {} in both\n",
        new.len(),
        apis["in_both"]
    );
    assert!(text.contains(&head), "{text}");
}

#[test]
fn a_finding_is_explained() {
    let folder = folder();
    let folder = folder.path();
    build(folder, "logs --until 2026-03-16");
    let found = "replay --no-shipped --rules rules.yml --baseline a.base --since 2026-03-16 \
                 --format jsonl logs";
    let found = run(folder, found);
    let findings = found.json();
    let is_call = |f: &&Value| f["rule"]["id"].as_str().unwrap().ends_with('1');
    let finding = findings.iter().find(is_call).unwrap();
    fs::write(folder.join("finding.json"), finding.to_string()).unwrap();
    let explained = run(
        folder,
        "baseline explain finding.json --baseline a.base --format json",
    );
    let explained = json(&explained);
    assert_eq!(explained["finding"], finding["id"]);
    assert_eq!(explained["baseline"]["id"], finding["baseline"]);
    let new = finding["first_seen"].as_array().unwrap();
    let told = explained["first_seen"].as_array().unwrap();
    assert_eq!(told.len(), new.len());
    for (told, new) in told.iter().zip(new) {
        assert_eq!((&told["key"], &told["value"]), (&new["key"], &new["value"]));
        let usual = told["usual"].as_array().unwrap();
        assert!(
            usual
                .iter()
                .all(|u| u["key"] == new["key"] && u["value"] != new["value"])
        );
        assert!(
            usual
                .iter()
                .all(|u| u["records"].as_u64().unwrap() > 0 && u["first"].is_string())
        );
        let having = number(&told["peers"]["having"]);
        assert_eq!(told["others"].as_array().unwrap().len(), having);
        assert!(told["learned"] == true || having == 0, "{told}");
    }
    // From a pipe, for people.
    let args = ["baseline", "explain", "-", "--baseline", "a.base"];
    let all = fed(folder, &args, found.out.as_bytes());
    assert_eq!(all.status, Some(0), "{all:?}");
    assert_eq!(all.out.matches(", finding ").count(), findings.len());
    assert!(
        all.out.contains(" is new to ") && all.out.contains(" have it\n"),
        "{}",
        all.out
    );
    // As the function writes those of an object, and laid out for reading.
    let document = json!({"schema": "flowtrail.findings.v1", "findings": findings}).to_string();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(document.as_bytes()).unwrap();
    fs::write(folder.join("object.json.gz"), gz.finish().unwrap()).unwrap();
    let laid_out: Vec<String> = findings.iter().map(|f| format!("{f:#}\n")).collect();
    fs::write(folder.join("laid-out.json"), laid_out.concat()).unwrap();
    for name in ["object.json.gz", "laid-out.json"] {
        let same = run(
            folder,
            &format!("baseline explain {name} --baseline a.base"),
        );
        assert_eq!(same.out, all.out, "{name}");
    }
    // By its id, in the logs.
    let id: String = finding["id"].as_str().unwrap().chars().take(12).collect();
    let args = "--rules rules.yml --no-shipped --format json logs";
    let by_id = json(&run(
        folder,
        &format!("baseline explain {id} --baseline a.base {args}"),
    ));
    assert_eq!(by_id, explained);
}

#[test]
fn what_cannot_be_explained_says_why() {
    let folder = folder();
    let folder = folder.path();
    build(folder, "logs --until 2026-03-16");
    fs::write(folder.join("other.json"), "{\"a\": 1}\n").unwrap();
    let explain = |args: &str| run(folder, &format!("baseline explain {args}"));
    explain("other.json").refused(&["nothing says what is usual", "hint: "]);
    explain("other.json --baseline a.base")
        .refused(&["other.json: number 1 is no finding", "--format jsonl"]);
    fs::write(folder.join("cut.json"), "{\"a\": [\n").unwrap();
    explain("cut.json --baseline a.base").refused(&["cut.json: number 1 is no finding", "line 2"]);
    explain("none.json --baseline a.base").refused(&["none.json", "no such file"]);
    explain("0123456789ab --baseline a.base").refused(&["no file `0123456789ab`", "name the logs"]);
    explain("0123456789ab --no-shipped --rules rules.yml --baseline a.base logs")
        .refused(&["there is no finding 0123456789ab", "hint: "]);
}
