//! Is today as yesterday was? With `FLOWTRAIL_TEST_FULL=1` over ninety days, and
//! with tables and examples of what was new.

use crate::plan::{History, Plan};
use crate::run::simulate;
use crate::watcher::{LEARNT_DAYS, News, Watcher};
use flowtrail_baseline::Dimension;
use std::collections::BTreeMap;

fn is_full() -> bool {
    std::env::var_os("FLOWTRAIL_TEST_FULL").is_some()
}

fn plan() -> Plan {
    let whole = Plan::history(90, 7);
    let plan = Plan {
        hours: 40 * 24,
        events_per_day: 9000,
        flows_per_day: 30_000,
        history: Some(History::default()),
        ..whole.clone()
    };
    if is_full() {
        Plan {
            history: Some(History::default()),
            ..whole
        }
    } else {
        plan
    }
}

/// What was new behind the first two weeks for somebody who was known by then.
fn news(plan: &Plan) -> BTreeMap<Dimension, Vec<News>> {
    let mut watcher = Watcher::new(plan.start.secs());
    simulate(plan, &mut watcher, &mut |_| {}).unwrap();
    let mut by: BTreeMap<Dimension, Vec<News>> = BTreeMap::new();
    for one in watcher.news() {
        if one.day >= LEARNT_DAYS && one.learnt {
            by.entry(one.dimension).or_default().push(one);
        }
    }
    if is_full() {
        eprintln!("{} records, {:?}", watcher.records(), watcher.sizes());
    }
    by
}

#[test]
fn a_known_principal_does_something_new_now_and_then() {
    let plan = plan();
    let by = news(&plan);
    let account_days = u64::from((plan.hours / 24 - LEARNT_DAYS) * plan.accounts);
    let bounds = [
        // In hundredths, by account and day.
        (Dimension::PrincipalApi, (50, 1000)),
        (Dimension::PrincipalNetwork, (1, 150)),
        (Dimension::PrincipalRegion, (0, 40)),
        (Dimension::PrincipalUa, (0, 40)),
        (Dimension::PrincipalSecret, (1, 200)),
        (Dimension::AccountApi, (1, 400)),
        (Dimension::AccountRegion, (0, 20)),
        (Dimension::RoleAssumer, (0, 100)),
        (Dimension::KeyNetwork, (0, 20)),
        (Dimension::Edge, (1, 400)),
    ];
    let mut beyond = Vec::new();
    for (dimension, (low, high)) in bounds {
        let found = by.get(&dimension).map_or(&[][..], Vec::as_slice);
        let centi = u64::try_from(found.len()).unwrap() * 100 / account_days;
        if is_full() {
            eprintln!("{:20} {}.{:02}", dimension.name(), centi / 100, centi % 100);
            for one in found.iter().step_by((found.len() / 12).max(1)) {
                eprintln!("    {:3} {} -> {}", one.day, one.key, one.value);
            }
        }
        if !(low..=high).contains(&centi) {
            beyond.push((dimension.name(), centi));
        }
    }
    assert!(beyond.is_empty(), "{beyond:?}");
}
