//! A few days of a small organisation, some of which make a baseline: what the
//! function finds in the others, object by object, is what a replay finds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_detect::Plan as Rules;
use flowtrail_event::{EventTime, Limits};
use flowtrail_scan::{ScanOptions, Scanner, rule_options_in_stream};
use flowtrail_sigma::{Level, compile};
use flowtrail_simulate::{Attack, LABELS_KEY, Plan, simulate};

use super::{Beside, Place, build, replay};
use crate::function::Function;
use crate::parity::{Log, merged, split};
use crate::payload;
use crate::proxy::Proxy;
use crate::world::Stored;

/// Days of logs, of which all but the last two make the baseline.
const DAYS: u32 = 6;
/// Objects that are put together into one, as a tool that batches deliveries does.
const TOGETHER: usize = 5;
/// Of so many objects of flow logs one is taken: moto takes one call at a time.
const FLOWS_EVERY: usize = 6;
/// Objects of one invocation.
const AT_ONCE: usize = 8;

pub(super) const DAY_MS: i64 = 86_400_000;

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

/// Logs with the time of their last record, in the order of time.
pub(super) fn timed(store: BTreeMap<String, Vec<u8>>) -> Vec<(EventTime, Log)> {
    let nothing = Arc::new(compile(&[], &rule_options_in_stream(&[])).rules);
    let rules = Rules::new(nothing, &Limits::default(), Level::Low, None).unwrap();
    let mut scanner = Scanner::new(Arc::new(rules), ScanOptions::default());
    let timed = store.into_iter().filter_map(|(key, bytes)| {
        let last = scanner.scan(&key, bytes.as_slice()).times?.1;
        Some((last, Log { key, bytes }))
    });
    let mut all: Vec<(EventTime, Log)> = timed.collect();
    all.sort_by(|a, b| (a.0, &a.1.key).cmp(&(b.0, &b.1.key)));
    all
}

/// The logs of a day as other objects: calls put together or taken apart, every
/// second group as the one or the other, and some of both; fewer flows.
pub(super) fn objects(logs: &[Log]) -> Vec<Log> {
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

/// Everything three times, to one of two functions each, in an order that the
/// seed decides.
pub(super) async fn deliver(functions: &[Function; 2], stored: &[Stored], seed: u64) {
    let mut state = seed;
    let mut next = move |below: usize| {
        // Knuth's linear congruential generator, whose upper bits are good enough.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut all: Vec<&Stored> = stored.iter().flat_map(|s| [s, s, s]).collect();
    for at in (1..all.len()).rev() {
        all.swap(at, next(at + 1));
    }
    let (one, other) = all.split_at(all.len() / 2);
    let to = async |function: &Function, objects: &[&Stored]| {
        for some in objects.chunks(AT_ONCE) {
            let some: Vec<Stored> = some.iter().map(|s| (*s).clone()).collect();
            // An error means that the other one is at it.
            function.deliver(&payload::s3(&some)).await;
        }
    };
    tokio::join!(to(&functions[0], one), to(&functions[1], other));
    assert!(functions.iter().all(|f| !f.is_dead()));
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
    for (seed, day) in days.iter().enumerate() {
        let mut stored = Vec::new();
        for log in day {
            stored.push(place.store(log).await);
        }
        deliver(&functions, &stored, seed as u64).await;
    }
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
