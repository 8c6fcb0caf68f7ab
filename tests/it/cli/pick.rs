//! Which findings are printed, and in what order: `--where`, `--order-by` and
//! `--limit`; whatever is not printed is counted.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::formats::expected;
use super::{GOOD, Ran, at_top, cookies, fed, folder, run};

const TIMES: [&str; 4] = [
    "2026-11-01T23:59:59Z",
    "2026-11-02T00:00:00Z",
    "2026-11-02T12:00:00Z",
    "2026-11-03T00:00:00Z",
];

fn jar() -> TempDir {
    folder(&[("rule.yml", GOOD), ("logs/a.json", &cookies(&TIMES))])
}

/// Replays the jar with these words beside the usual ones.
fn picked(dir: &TempDir, words: &[&str]) -> Ran {
    let usual = "replay --no-shipped --rules rule.yml --format jsonl --summary-json sums.json logs";
    let all: Vec<&str> = usual.split(' ').chain(words.iter().copied()).collect();
    fed(dir.path(), &all, b"")
}

fn times(ran: &Ran) -> Vec<String> {
    let all = ran.json();
    all.iter()
        .map(|f| f["time"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_condition_an_order_and_a_limit_choose_what_is_printed() {
    let dir = jar();
    for (words, wanted) in [
        (&[][..], &[0, 1, 2, 3][..]),
        (&["--order-by", "time DESC"], &[3, 2, 1, 0]),
        (&["--order-by", "hour(time), time desc"], &[3, 1, 2, 0]),
        // What the order leaves open is in the order of time.
        (&["--order-by", "level"], &[0, 1, 2, 3]),
        (&["--limit", "2"], &[0, 1]),
        (&["--order-by", "time DESC", "--limit", "1"], &[3]),
        (&["--limit", "0"], &[]),
        (
            &["--where", "time >= '2026-11-02' AND level = 'high'"],
            &[1, 2, 3],
        ),
        (
            &["--where", "level = 'low' OR account = '111122223333'"],
            &[0, 1, 2, 3],
        ),
        (&["--where", "false"], &[]),
        // A finding beside its record.
        (
            &[
                "--where",
                "event_ids[1] IN (SELECT eventid FROM cloudtrail WHERE hour(time) = 12)",
            ],
            &[2],
        ),
    ] {
        let ran = picked(&dir, words);
        assert_eq!(ran.status, Some(0), "{words:?}: {ran:?}");
        let wanted: Vec<_> = wanted.iter().map(|n| TIMES[*n]).collect();
        assert_eq!(times(&ran), wanted, "{words:?}");
        // The summary is about all of them, and says how many are shown.
        let picks = words.contains(&"--where") || words.contains(&"--limit");
        let shown = format!("4 findings: 4 HIGH; {} shown\n", wanted.len());
        let begins = if picks {
            &shown
        } else {
            "4 findings: 4 HIGH\n"
        };
        assert!(ran.said.starts_with(begins), "{words:?}: {}", ran.said);
        let sums = fs::read_to_string(dir.path().join("sums.json")).unwrap();
        let sums: Value = serde_json::from_str(&sums).unwrap();
        assert_eq!(sums["findings"]["total"], 4);
        assert_eq!(sums["accounting"]["records"]["in"], 4);
        let shown = picks.then_some(wanted.len());
        assert_eq!(
            sums["findings"].get("shown"),
            shown.map(Value::from).as_ref()
        );
    }
}

/// What a build is to fail on does not depend on what is printed.
#[test]
fn fail_on_looks_at_what_is_not_printed() {
    let dir = jar();
    let ran = picked(&dir, &["--where", "false", "--fail-on", "high"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
}

#[test]
fn what_cannot_be_picked_is_refused_before_anything_is_read() {
    let dir = jar();
    for (words, told) in [
        (
            ["--where", "levle = 'high'"],
            &[
                "no column `levle`",
                "did you mean `level`?",
                "`flowtrail query --tables findings` lists the columns",
            ][..],
        ),
        (
            ["--order-by", "tiem"],
            &["no column `tiem`", "did you mean `time`?"],
        ),
        (
            ["--where", "cidr_contain('10.0.0.0/8', source)"],
            &["no function `cidr_contain`", "`cidr_contains`"],
        ),
        (
            ["--where", "level ="],
            &["cannot read the condition `level =`"],
        ),
        (
            ["--where", "true) OR (true"],
            &[
                "cannot read the condition `true) OR (true`",
                "ends before `)`",
            ],
        ),
        (["--order-by", "time LIMIT 3"], &["cannot read the order"]),
        (["--where", "level"], &["findings.level"]),
    ] {
        picked(&dir, &words).refused(told);
        assert!(!dir.path().join("sums.json").exists(), "{words:?}");
    }
    at_top("replay --limit many sample-logs").refused(&["--limit"]);
}

/// What is shown of an ordered replay of the sample is what sorting its
/// findings by hand gives.
#[test]
fn the_gravest_of_the_sample_come_first() {
    let words = "replay sample-logs --no-summary --format jsonl --limit 5 --order-by";
    let args: Vec<&str> = words
        .split(' ')
        .chain(["severity DESC, time DESC"])
        .collect();
    let ran = fed(&crate::support::root(), &args, b"");
    let mut all = expected();
    let grave = |f: &Value| {
        let levels = ["informational", "low", "medium", "high", "critical"];
        levels.iter().position(|l| f["level"] == *l)
    };
    // A sort keeps what is equal in its order: by time and then by place.
    all.sort_by(|a, b| {
        let by = |f: &Value| (grave(f), f["time"].as_str().map(str::to_owned));
        by(b).cmp(&by(a))
    });
    let ids = |all: &[Value]| all.iter().map(|f| f["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&ran.json()), ids(&all[..5]));
}

/// Days that names rule out are not read, which is said; what is found is what
/// is found where names tell nothing.
#[test]
fn days_outside_of_the_span_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "simulate --days 6 --seed 3 logs");
    let flat = dir.path().join("flat");
    fs::create_dir(&flat).unwrap();
    let walk = ignore::WalkBuilder::new(dir.path().join("logs/AWSLogs")).build();
    let files = walk.map(Result::unwrap).filter(|e| e.path().is_file());
    for (n, file) in files.enumerate() {
        fs::copy(file.path(), flat.join(format!("{n}.gz"))).unwrap();
    }
    let first: Value = {
        let all = run(
            dir.path(),
            "replay --format jsonl --no-summary --limit 1 logs",
        );
        all.json().remove(0)
    };
    let (month, rest) = first["time"].as_str().unwrap().split_at(8);
    let day: u32 = rest.get(..2).unwrap().parse().unwrap();
    let span = format!(
        "--since {month}{:02} --until {month}{:02}",
        day + 1,
        day + 2
    );
    let found = |place: &str| {
        let ran = run(
            dir.path(),
            &format!("replay {span} --format jsonl --no-summary --summary-json s {place}"),
        );
        let ids: std::collections::BTreeSet<String> =
            ran.json().iter().map(|f| f["id"].to_string()).collect();
        (ids, ran.said)
    };
    let (ids, said) = found("logs/AWSLogs");
    assert!(
        said.contains(" left out by their names: they were delivered outside of the span of time"),
        "{said}"
    );
    let (all, said) = found("flat");
    assert!(all.len() > 3 && said.is_empty(), "{said}");
    assert_eq!(ids, all);
}

/// Findings are known when all is read.
#[cfg(unix)]
#[test]
fn an_interrupted_replay_says_so() {
    let dir = jar();
    for words in [
        "replay --no-shipped --rules rule.yml -",
        "rules coverage --no-shipped --rules rule.yml -",
        "context learn -",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
            .args(words.split(' '))
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It waits for logs that never come.
        let stdin = child.stdin.take().unwrap();
        std::thread::sleep(Duration::from_secs(3));
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(sent.success());
        let ran = Ran::of(child.wait_with_output().unwrap());
        drop(stdin);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{words}");
        assert!(ran.said.contains("interrupted"), "{words}: {}", ran.said);
    }
}
