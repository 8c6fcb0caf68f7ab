//! What the shipped rules see, and how rarely they cry wolf.

mod attacks;
mod flows;
mod metadata;
mod quiet;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use flowtrail_detect::{Finding, Plan};
use flowtrail_event::Limits;
use flowtrail_simulate::{Attack, Plan as Simulation, simulate};

use crate::support;

/// A plan over the shipped rules that keeps every finding.
static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| {
    let mut limits = Limits::default();
    limits.findings_per_object_max = limits.findings_max;
    support::plan(&support::shipped(), &limits)
});

/// The logs of an organisation, by key.
type Logs = BTreeMap<String, Vec<u8>>;

/// A month of three accounts with these attacks.
fn month(seed: u64, attacks: Vec<Attack>) -> Logs {
    let plan = Simulation {
        seed,
        hours: 30 * 24,
        accounts: 3,
        attacks,
        gzip_level: 1,
        ..Simulation::default()
    };
    logs(&plan)
}

fn logs(plan: &Simulation) -> Logs {
    let mut logs = Logs::new();
    simulate(plan, &mut logs, &mut |_| {}).unwrap();
    logs.retain(|key, _| key.contains("AWSLogs"));
    logs
}

/// The findings of the shipped rules in some logs.
fn findings(logs: &Logs) -> Vec<Finding> {
    let objects = logs.iter().map(|(k, v)| (k.as_str(), v.as_slice()));
    let scanned = support::scan(&PLAN, objects);
    assert_eq!(scanned.loss.findings_over_limit, 0);
    assert!(scanned.reports.iter().all(|r| r.fault.is_none()));
    scanned.findings
}

/// A table for whoever runs this with `--nocapture`: findings by rule.
fn table(findings: &[Finding]) -> String {
    let mut rows: BTreeMap<(std::cmp::Reverse<_>, &str), usize> = BTreeMap::new();
    for f in findings {
        let level = std::cmp::Reverse(f.rule.level);
        *rows.entry((level, f.rule.title.as_str())).or_default() += 1;
    }
    let line =
        |((level, title), n): (&(std::cmp::Reverse<flowtrail_sigma::Level>, &str), &usize)| {
            format!("{n:7}  {:13}  {title}\n", level.0.name())
        };
    rows.iter().map(line).collect()
}
