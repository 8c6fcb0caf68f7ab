//! A few days of a small organisation, some of which make a baseline: what the
//! function finds in the others, object by object, is what a replay finds.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_event::EventTime;
use flowtrail_simulate::{Attack, LABELS_KEY, Plan, simulate};

use super::days::{DAY_MS, deliver, timed};
use super::{Beside, Place, build, replay};
use crate::parity::{Log, merged, split};
use crate::proxy::Proxy;

/// Days of logs, of which all but the last two make the baseline.
const DAYS: u32 = 6;
/// Objects that are put together into one, as a tool that batches deliveries does.
const TOGETHER: usize = 5;
/// Of so many objects of flow logs one is taken: moto takes one call at a time.
const FLOWS_EVERY: usize = 6;

/// All logs with the time of their last record, in the order of time.
fn logs(start: EventTime) -> Vec<(EventTime, Log)> {
    let plan = Plan {
        seed: 23,
        start,
        hours: DAYS * 24,
        accounts: 2,
        regions: 2,
        events_per_day: 300,
        flows_per_day: 3_000,
        attacks: vec![
            Attack::BackdoorUser,
            Attack::StopLogging,
            Attack::SecretsSweep,
            Attack::ShareSnapshot,
        ],
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.remove(LABELS_KEY);
    timed(store)
}

/// The logs of a day as other objects: calls put together or taken apart, every
/// second group as the one or the other, and some of both; fewer flows.
fn objects(logs: &[Log]) -> Vec<Log> {
    let (calls, flows): (Vec<&Log>, Vec<&Log>) =
        logs.iter().partition(|l| l.key.contains("/CloudTrail/"));
    let mut out: Vec<Log> = flows.into_iter().step_by(FLOWS_EVERY).cloned().collect();
    for (n, group) in calls.chunks(TOGETHER).enumerate() {
        let whole = merged(group);
        if n % 3 != 1 {
            out.push(whole.clone());
        }
        if n % 3 != 0 {
            out.extend(split(&whole));
        }
    }
    out
}

#[tokio::test]
async fn object_by_object_the_same_is_new() {
    let start = EventTime::parse(b"2026-11-02T00:00:00Z").unwrap();
    let ends_before = |day: u32| EventTime(start.0 + i64::from(day) * DAY_MS);
    let all = logs(start);
    let of = |from: EventTime, to: EventTime| -> Vec<Log> {
        let these = all.iter().filter(|(last, _)| from <= *last && *last < to);
        these.map(|(_, log)| log.clone()).collect()
    };
    let past = of(EventTime(0), ends_before(DAYS - 2));
    // Days in their order; within a day there is none.
    let days = [
        objects(&of(ends_before(DAYS - 2), ends_before(DAYS - 1))),
        objects(&of(ends_before(DAYS - 1), EventTime(i64::MAX))),
    ];
    let baseline = build(&past, &Beside::default());
    let Some(place) = Place::of("usual", &baseline).await else {
        return;
    };
    let proxy = Proxy::before(&place.world.endpoint);
    let setup = place.with_table().through(&proxy);
    let functions = [setup.start(), setup.start()];
    deliver(&place, &functions, &days).await;
    let (found, want) = (place.found().await, replay(&baseline, &days.concat(), true));
    let ids = |all: &BTreeMap<String, super::Told>| {
        let ids = all.iter().map(|(id, told)| (told.rule.clone(), id.clone()));
        ids.collect::<BTreeSet<_>>()
    };
    assert_eq!(ids(&found), ids(&want));
    assert_eq!(found, want);
    let rules: BTreeSet<&str> = want.values().map(|t| t.rule.as_str()).collect();
    assert!(rules.len() >= 5, "{rules:?} of {} findings", want.len());
    // It is the table that makes the second day: without it more would be new.
    let alone = replay(&baseline, &days.concat(), false);
    assert!(alone.len() > want.len(), "{} {}", alone.len(), want.len());
    let asked = proxy.calls("dynamodb:BatchGetItem").len();
    let puts = proxy.calls("dynamodb:PutItem");
    let puts = puts
        .iter()
        .filter(|c| c.body.windows(5).any(|w| w == b"seen#"));
    let (objects, puts) = (days.concat().len(), puts.count());
    let items = place.seen().await.len();
    let findings = want.len();
    eprintln!(
        "{objects} objects three times: {asked} asked, {puts} put, {items} items, {findings} findings"
    );
    assert!(objects > 40 && want.len() > 40, "{objects} {}", want.len());
    // Warm instances ask once for most, and of two who put at a time one does so in vain.
    assert!(asked <= 2 * objects && puts <= 2 * items, "{asked} {puts}");
}
