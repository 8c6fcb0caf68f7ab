//! Thresholds within a budget, against runs with every threshold.

use std::collections::BTreeMap;

use flowtrail_detect::Finding;
use flowtrail_event::Limits;
use flowtrail_sigma::RuleSource;
use serde_json::Value;

use super::{COOKIE, folder, only, run, trail};
use crate::support::{plan, scan};

/// Takings by a few people at times that a multiplicative generator gives, in
/// bursts.
fn takings() -> String {
    let mut state: u64 = 7;
    let mut roll = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let times: Vec<(String, &str)> = (0..400)
        .map(|_| {
            let (day, hour) = (1 + roll(6), 8 + roll(3) * roll(4));
            let time = format!(
                "2026-03-{day:02}T{hour:02}:{:02}:{:02}Z",
                roll(60),
                roll(60)
            );
            let who = ["ann", "ann", "ann", "bob", "cid"][usize::try_from(roll(5)).unwrap()];
            (time, who)
        })
        .collect();
    let did: Vec<_> = times
        .iter()
        .map(|(t, who)| ("TakeCookie", t.as_str(), *who))
        .collect();
    trail(&did)
}

fn many(id: &str, condition: &str, group: &str, timespan: &str) -> String {
    format!(
        "{COOKIE}---\ntitle: Many cookies\nid: {id}\nlevel: high\ncorrelation: {{type: event_count, \
         rules: [cookie], group-by: [{group}], timespan: {timespan}, condition: {{{condition}}}}}\n"
    )
}

/// What a run of these rules finds, by day.
fn by_day(rules: &str, logs: &str) -> BTreeMap<i64, u64> {
    let source = RuleSource {
        file: "rules.yml".to_owned(),
        text: rules.to_owned(),
    };
    let scanned = scan(
        &plan(&[source], &Limits::default()),
        [("a.json", logs.as_bytes())],
    );
    let mut days = BTreeMap::new();
    let day = |f: &Finding| f.first.unwrap().0.div_euclid(86_400_000);
    for f in scanned
        .findings
        .iter()
        .filter(|f| f.rule.title == "Many cookies")
    {
        *days.entry(day(f)).or_insert(0) += 1;
    }
    days
}

fn worst(days: &BTreeMap<i64, u64>) -> u64 {
    days.values().copied().max().unwrap_or(0)
}

/// The median over the six days of the logs.
fn median(days: &BTreeMap<i64, u64>) -> u64 {
    let mut all: Vec<u64> = days.values().copied().collect();
    all.resize(6, 0);
    all.sort_unstable();
    all[3]
}

/// The lowest number from which on every run is within the budget.
fn lowest(runs: &[BTreeMap<i64, u64>], of: fn(&BTreeMap<i64, u64>) -> u64, budget: u64) -> usize {
    let over = runs.iter().rposition(|days| of(days) > budget);
    over.map_or(0, |at| at + 1)
}

#[test]
fn the_threshold_of_a_correlation_is_the_lowest_within_the_budget() {
    let logs = takings();
    let group = "userIdentity.arn";
    let runs: Vec<_> = (0..60)
        .map(|n| by_day(&many("m", &format!("gte: {n}"), group, "20m"), &logs))
        .collect();
    let dir = folder(&[("a.json", &logs)]);
    let mut told = 0;
    for (op, budget) in [
        ("gte", 0),
        ("gte", 1),
        ("gte", 2),
        ("gt", 1),
        ("gte", 9),
        ("gte", 99),
    ] {
        std::fs::write(
            dir.path().join("many.yml"),
            many("m", &format!("{op}: 5"), group, "20m"),
        )
        .unwrap();
        let ran = run(
            dir.path(),
            &format!("backtest --no-shipped many.yml a.json --format json --budget {budget}"),
        );
        let rule = only(&ran);
        let found = &rule["budget"];
        // `gt: n` is `gte: n + 1`.
        let shift = u64::from(op == "gt");
        for (which, of) in [
            ("worst_day", worst as fn(&_) -> u64),
            ("median_day", median),
        ] {
            let lowest = u64::try_from(lowest(&runs, of, budget)).unwrap();
            if lowest > 1 {
                assert_eq!(
                    found[which][op],
                    lowest - shift,
                    "{op} {budget} {which}: {found}"
                );
                told += 1;
            } else {
                assert_eq!(found[which], Value::Null, "{budget} {which}");
            }
        }
        for row in found["table"].as_array().unwrap() {
            let number = row["condition"][op].as_u64().unwrap();
            let days = &runs[usize::try_from(number + shift).unwrap()];
            assert_eq!(
                row["found"]["findings"],
                days.values().sum::<u64>(),
                "{row}"
            );
            assert_eq!(row["found"]["worst_day"], worst(days), "{row}");
            assert_eq!(row["found"]["median_day"], median(days), "{row}");
        }
        let own = usize::try_from(5 + shift).unwrap();
        assert_eq!(rule["findings"], runs[own].values().sum::<u64>());
    }
    assert!(told >= 6, "{told}");
}

#[test]
fn a_correlation_over_a_rule_is_the_laxest_within_the_budget() {
    let logs = takings();
    let dir = folder(&[("a.json", &logs), ("cookie.yml", COOKIE)]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped cookie.yml a.json --format json --budget 2",
    );
    let rule = only(&ran);
    let all = rule["budget"]["correlations"].as_array().unwrap().clone();
    assert_eq!(all.len(), 12, "{rule}");
    let mut beyond_one = 0;
    for row in all {
        let (field, span) = (row["group_by"].as_str(), row["timespan"].as_str().unwrap());
        let least = row["gte"].as_u64().unwrap();
        let of = |n: u64| {
            let rules = many("m", &format!("gte: {n}"), field.unwrap_or(""), span);
            by_day(&rules, &logs)
        };
        let days = of(least);
        assert!(worst(&days) <= 2, "{row}");
        assert_eq!(
            row["found"]["findings"],
            days.values().sum::<u64>(),
            "{row}"
        );
        if least > 1 {
            assert!(worst(&of(least - 1)) > 2, "{row}");
            beyond_one += 1;
        }
    }
    assert!(beyond_one > 4, "{beyond_one}");
}

#[test]
fn text_shows_what_would_do() {
    let logs = takings();
    let rule = many("m", "gte: 5", "userIdentity.arn", "20m");
    let dir = folder(&[
        ("a.json", &logs),
        ("many.yml", &rule),
        ("cookie.yml", COOKIE),
    ]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped many.yml a.json --color never",
    );
    for part in [
        "\n  for 1 finding a day\n    on the worst day   gte: ",
        "gte: 5 ",
        "  as it is\n",
        "at its height  userIdentity.arn=arn:aws:iam::111122223333:user/ann",
        "\n  by group\n",
    ] {
        assert!(ran.out.contains(part), "no {part:?} in\n{}", ran.out);
    }
    let ran = run(
        dir.path(),
        "backtest --no-shipped cookie.yml a.json --color never",
    );
    let line = "correlation: {type: event_count, rules: [cookie], group-by: [";
    assert!(ran.out.contains(line), "{}", ran.out);
}

#[test]
fn a_condition_without_a_number_is_counted_over() {
    let rule = format!(
        "{COOKIE}---\ntitle: Jar\nname: jar\nlogsource: {{product: aws, service: cloudtrail}}\n\
         detection: {{s: {{eventName: LookAtJar}}, condition: s}}\n---\ntitle: Both\nid: both\n\
         correlation: {{type: temporal, rules: [cookie, jar], group-by: [userIdentity.arn], timespan: 1m}}\n"
    );
    let records: Vec<(&str, String)> = (0..20)
        .flat_map(|n| {
            let time = format!("2026-03-01T{:02}:{:02}:00Z", n / 4, n % 4 * 15);
            [("TakeCookie", time.clone()), ("LookAtJar", time)]
        })
        .collect();
    let did: Vec<_> = records
        .iter()
        .map(|(api, t)| (*api, t.as_str(), "ann"))
        .collect();
    let dir = folder(&[("a.json", &trail(&did)), ("both.yml", &rule)]);
    let ran = run(
        dir.path(),
        "backtest --no-shipped both.yml a.json --format json",
    );
    let rule = only(&ran);
    assert_eq!(
        (&rule["findings"], &rule["looks_at"]),
        (&20.into(), &"window".into())
    );
    let rows = rule["budget"]["correlations"].as_array().unwrap();
    assert!(!rows.is_empty(), "{rule}");
}
