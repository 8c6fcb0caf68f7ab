//! Counts, days, names and samples over logs of which all is known.

use super::{COOKIE, only, trail};
use crate::cli::{Ran, folder, run};

const LOGS: [super::Did<'_>; 9] = [
    ("TakeCookie", "2026-03-01T10:00:00Z", "ann"),
    ("TakeCookie", "2026-03-01T23:59:59Z", "bob"),
    ("LookAtJar", "2026-03-02T10:00:00Z", "bob"),
    ("TakeCookie", "2026-03-03T00:00:00Z", "ann"),
    ("TakeCookie", "2026-03-03T10:00:00Z", "ann"),
    ("TakeCookie", "2026-03-03T11:00:00Z", "ann"),
    ("TakeCookie", "2026-03-03T12:00:00Z", "cid"),
    ("LookAtJar", "2026-03-09T10:00:00Z", "cid"),
    ("TakeCookie", "2026-03-10T12:00:00Z", "ann"),
];

fn over_logs(args: &str) -> Ran {
    let dir = folder(&[
        ("cookie.yml", COOKIE),
        ("logs/a.json", &trail(&LOGS[..4])),
        ("logs/b.json", &trail(&LOGS[4..])),
        // The same records again, and a file that is none.
        ("logs/c.json", &trail(&LOGS[4..])),
        ("logs/notes.txt", "nothing"),
    ]);
    run(
        dir.path(),
        &format!("backtest --no-shipped cookie.yml logs {args}"),
    )
}

#[test]
fn days_without_findings_are_counted_and_shown() {
    let ran = over_logs("--format json");
    assert_eq!((ran.status, ran.said.as_str()), (Some(0), ""));
    let rule = only(&ran);
    assert_eq!(rule["findings"], 7);
    assert_eq!(rule["records"], 14);
    assert_eq!(rule["per_thousand"], 500.0);
    let daily = &rule["daily"];
    assert_eq!(daily["worst_day"]["day"], "2026-03-03");
    assert_eq!(
        (&daily["median_day"], &daily["quiet_days"]),
        (&0.into(), &7.into())
    );
    assert_eq!(daily["per_day"], 0.7);
    let days = daily["days"].as_array().unwrap();
    let counts: Vec<u64> = days
        .iter()
        .map(|d| d["findings"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [2, 0, 4, 0, 0, 0, 0, 0, 0, 1]);
    let ran = over_logs("--color never");
    for line in [
        "Somebody took a cookie\n",
        "  7 findings in 10 days: 0.7 a day, 500 for each 1,000 of 14 records of cloudtrail\n",
        "  worst day 4 (2026-03-03), median day 0, 7 days without\n",
        "  2026-03-01  ████████████████████ 2\n  2026-03-02  0\n",
        "  2026-03-04 … 2026-03-09  6 days without\n  2026-03-10  ██████████ 1\n",
        "        5  arn:aws:iam::111122223333:user/ann\n",
        "        7  jar:TakeCookie\n",
        "    no current rule says anything of any of them\n",
    ] {
        assert!(ran.out.contains(line), "no {line:?} in\n{}", ran.out);
    }
}

#[test]
fn samples_name_object_and_offset() {
    let ran = over_logs("--format json --samples 2 --top 1");
    let rule = only(&ran);
    let samples = rule["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 2);
    let (first, last) = (&samples[0], &samples[1]);
    assert_eq!(first["first"], "2026-03-01T10:00:00Z");
    assert_eq!(first["evidence"][0]["object"], "logs/a.json");
    assert_eq!(first["evidence"][0]["offset"], 12);
    assert_eq!(first["api"], "jar:TakeCookie");
    assert_eq!(last["first"], "2026-03-10T12:00:00Z");
    let top = &rule["top"]["principal"];
    assert_eq!(top["names"][0]["findings"], 5);
    assert_eq!((&top["more"], &top["without"]), (&2.into(), &0.into()));
    assert_eq!(
        only(&over_logs("--format json --samples 0"))["samples"],
        serde_json::json!([])
    );
}

#[test]
fn only_the_span_that_was_asked_for_is_looked_at() {
    let rule = only(&over_logs(
        "--format json --since 2026-03-02 --until 2026-03-09T12:00",
    ));
    assert_eq!(
        (&rule["findings"], &rule["records"]),
        (&4.into(), &10.into())
    );
    assert_eq!(rule["daily"]["days"].as_array().unwrap().len(), 8);
    let rule = only(&over_logs("--format json --until 2026-03-04 --days 2"));
    assert_eq!(rule["findings"], 4);
    over_logs("--days 5").refused(&["no records with a time", "this span"]);
    over_logs("--since 2026-03-02 --until 2026-03-02").refused(&["--since", "hint: "]);
}

#[test]
fn one_worker_or_three_say_the_same() {
    let all = ["1", "2", "3"].map(|n| over_logs(&format!("--format json --jobs {n}")).out);
    assert!(all[0].len() > 1000);
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
}

#[test]
fn a_number_of_findings_a_day_can_fail() {
    for (max, status) in [(3, 1), (4, 0), (0, 1)] {
        let ran = over_logs(&format!("--fail-over {max}"));
        assert_eq!(ran.status, Some(status), "{max}: {ran:?}");
    }
}

#[test]
fn a_rule_that_finds_nothing_says_so() {
    let quiet = COOKIE.replace("TakeCookie", "BreakJar");
    let dir = folder(&[("quiet.yml", &quiet), ("logs/a.json", &trail(&LOGS))]);
    let ran = run(dir.path(), "backtest --no-shipped quiet.yml logs");
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.out.contains("  0 findings in 10 days: 0 a day, 0 for"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("within that as it is"), "{}", ran.out);
}
