//! Groups that fall silent and are heard again.
//!
//! Only a silence that has ended is told of: whether the last one has begun,
//! and not merely the logs, an alarm on missing data knows better.

use flowtrail_sigma::{Correlation, SILENCE_MS_MAX};

use super::entry::Entry;
use super::episode::{Open, Room};
use super::walk::{Fired, Outcome, Span};

/// A day. Where a group was active is looked up in the day before it fell silent,
/// or in the timespan, if that is longer.
const DAY_MS: i64 = 86_400_000;

const MINUTE_MS: f64 = 60_000.0;

/// The buckets in which activity is counted: a quarter of the timespan.
pub(super) fn bucket_ms(timespan_ms: i64) -> i64 {
    (timespan_ms / 4).max(1)
}

/// How long before a silence activity counts.
pub(super) fn before_ms(timespan_ms: i64) -> i64 {
    timespan_ms.max(DAY_MS)
}

/// From when on entries are needed once all before `until` is decided: those from
/// which a silence may begin, and what counts before it.
pub(super) fn keeps_from(entries: &[Entry], timespan_ms: i64, until: i64) -> i64 {
    let known = entries.partition_point(|e| e.time < until);
    let last = entries.get(..known).and_then(<[Entry]>::last);
    match last {
        Some(last) if until.saturating_sub(last.time) <= SILENCE_MS_MAX => {
            last.time.saturating_sub(before_ms(timespan_ms))
        }
        Some(_) | None => until,
    }
}

/// Decides the silences of a settled group that end in `span`. `entries` are
/// those before its end.
pub(super) fn decide(
    correlation: &Correlation,
    min: u32,
    entries: &[Entry],
    span: Span,
    room: &mut Room,
) -> Outcome {
    let mut outcome = Outcome::default();
    for (at, pair) in entries.windows(2).enumerate() {
        let [before, after] = pair else { continue };
        let gap = after.time.saturating_sub(before.time);
        let told = gap > correlation.timespan_ms && gap <= SILENCE_MS_MAX;
        if !told || span.is_decided(after.time) {
            continue;
        }
        let known = entries.get(..=at).unwrap_or_default();
        if active(known, correlation.timespan_ms) < min {
            continue;
        }
        outcome.fired.push(Fired {
            time: after.time,
            evidence: after.evidence(),
        });
        let mut open = Open::new(after.time, gap as f64 / MINUTE_MS);
        open.cover(pair, room);
        outcome.closed.push(open);
    }
    outcome
}

/// In how many buckets something matched up to the last of `entries`, and not too
/// long before it.
fn active(entries: &[Entry], timespan_ms: i64) -> u32 {
    let Some(last) = entries.last() else { return 0 };
    let from = last.time.saturating_sub(before_ms(timespan_ms));
    let bucket = bucket_ms(timespan_ms);
    let mut count = 0;
    let mut newest = None;
    for entry in entries.iter().rev().take_while(|e| e.time >= from) {
        let this = Some(entry.time.div_euclid(bucket));
        count += u32::from(this != newest);
        newest = this;
    }
    count
}
