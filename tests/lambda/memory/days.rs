//! Days of logs on their way to two functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowtrail_detect::Plan;
use flowtrail_event::{EventTime, Limits};
use flowtrail_scan::{ScanOptions, Scanner, rule_options_in_stream};
use flowtrail_sigma::{Level, compile};

use super::Place;
use crate::function::Function;
use crate::parity::Log;
use crate::payload;
use crate::world::Stored;

pub(super) const DAY_MS: i64 = 86_400_000;

/// Objects of one invocation.
const AT_ONCE: usize = 8;

/// Logs with the time of their last record, in the order of time.
pub(super) fn timed(store: BTreeMap<String, Vec<u8>>) -> Vec<(EventTime, Log)> {
    let nothing = Arc::new(compile(&[], &rule_options_in_stream(&[])).rules);
    let rules = Plan::new(nothing, &Limits::default(), Level::Low, None).unwrap();
    let mut scanner = Scanner::new(Arc::new(rules), ScanOptions::default());
    let timed = store.into_iter().filter_map(|(key, bytes)| {
        let last = scanner.scan(&key, bytes.as_slice()).times?.1;
        Some((last, Log { key, bytes }))
    });
    let mut all: Vec<(EventTime, Log)> = timed.collect();
    all.sort_by(|a, b| (a.0, &a.1.key).cmp(&(b.0, &b.1.key)));
    all
}

/// Stores the objects of each day and delivers them: the days in their order,
/// within a day in none.
pub(super) async fn deliver(place: &Place, functions: &[Function; 2], days: &[Vec<Log>]) {
    for (seed, day) in days.iter().enumerate() {
        let mut stored = Vec::new();
        for log in day {
            stored.push(place.store(log).await);
        }
        deliver_day(functions, &stored, seed as u64).await;
    }
}

/// Everything of a day three times, to one of two functions each, in an order that the
/// seed decides.
async fn deliver_day(functions: &[Function; 2], stored: &[Stored], seed: u64) {
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
