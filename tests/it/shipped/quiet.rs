//! Ordinary operation: few findings, none of them critical.

use flowtrail_sigma::Level;

use super::{PLAN, findings, month, table};
use crate::{at_hand, support};

/// Findings of at least medium level that a thousand ordinary management events
/// may raise.
const PER_THOUSAND_MAX: f64 = 1.0;

fn judge(name: &str, findings: &[flowtrail_detect::Finding], events: u64) {
    let at = |level| findings.iter().filter(|f| f.rule.level >= level).count();
    let medium = at(Level::Medium);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let rate = medium as f64 * 1000.0 / events as f64;
    println!(
        "{name}: {events} events, {medium} findings of level medium or above, {rate:.3} per 1,000"
    );
    println!("{}", table(findings));
    assert_eq!(at(Level::Critical), 0, "{name}");
    assert!(rate <= PER_THOUSAND_MAX, "{name}: {rate}");
}

#[test]
fn real_accounts_in_ordinary_use_are_quiet() {
    let sets = [
        ("cloudtrail/benign-boogy", 1_679),
        ("cloudtrail/benign-opensearch", 841),
    ];
    for (name, events) in sets {
        let Some(folder) = at_hand::folder(name) else {
            return;
        };
        let mut logs = super::Logs::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "json" || e == "gz") {
                logs.insert(path.display().to_string(), std::fs::read(&path).unwrap());
            }
        }
        let objects = logs.iter().map(|(k, v)| (k.as_str(), v.as_slice()));
        let scanned = support::scan(&PLAN, objects);
        let evaluated: u64 = scanned.reports.iter().map(|r| r.tally.evaluated).sum();
        assert_eq!(evaluated, events, "{name}");
        judge(name, &scanned.findings, events);
    }
}

#[test]
fn an_ordinary_month_of_three_accounts_is_quiet() {
    for seed in [1, 2] {
        let mut logs = month(seed, Vec::new());
        logs.retain(|key, _| key.contains("/CloudTrail/"));
        let scanned = support::scan(&PLAN, logs.iter().map(|(k, v)| (k.as_str(), v.as_slice())));
        let events: u64 = scanned.reports.iter().map(|r| r.tally.evaluated).sum();
        assert!(events > 30_000, "{events}");
        judge(&format!("month {seed}"), &scanned.findings, events);
    }
}

#[test]
fn the_flows_of_an_ordinary_month_are_quiet() {
    let mut logs = month(3, Vec::new());
    logs.retain(|key, _| key.contains("/vpcflowlogs/"));
    assert!(logs.len() > 1_000, "{}", logs.len());
    let all = findings(&logs);
    let loud: Vec<_> = all.iter().filter(|f| f.rule.level >= Level::Low).collect();
    let titles: std::collections::BTreeSet<_> =
        loud.iter().map(|f| f.rule.title.as_str()).collect();
    assert!(loud.is_empty(), "{} findings: {titles:#?}", loud.len());
    println!("{}", table(&all));
}
