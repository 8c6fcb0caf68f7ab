//! Windows that lie side by side: each match is in one, and each window that
//! fires is an episode of its own.
//!
//! Such an episode is named by the first instant of its window, so that its
//! name stays while data come in.

use flowtrail_sigma::{Correlation, CorrelationKind};

use super::beacon;
use super::course::window_of;
use super::entry::Entry;
use super::episode::{Open, Room};
use super::plan::Plan;
use super::scan;
use super::walk::{Fired, Outcome};

/// A window with a match in it.
pub(super) struct Window<'e> {
    /// Its first instant.
    pub(super) start: i64,
    pub(super) entries: &'e [Entry],
    /// What was computed over it. `None` if there is not enough in it.
    pub(super) number: Option<f64>,
}

/// The windows over `entries`, which are settled, in the order of time.
pub(super) fn tumble<'e>(
    correlation: &Correlation,
    entries: &'e [Entry],
) -> impl Iterator<Item = Window<'e>> {
    let timespan_ms = correlation.timespan_ms.max(1);
    let kind = correlation.kind;
    let same = move |a: &Entry, b: &Entry| {
        window_of(a.time, timespan_ms) == window_of(b.time, timespan_ms)
    };
    entries.chunk_by(same).filter_map(move |entries| {
        let start = window_of(entries.first()?.time, timespan_ms);
        Some(Window {
            start,
            entries,
            number: match kind {
                CorrelationKind::Scan { min } => scan::number(entries, min),
                CorrelationKind::Beacon { min } => beacon::number(entries, start, timespan_ms, min),
                CorrelationKind::EventCount
                | CorrelationKind::ValueCount
                | CorrelationKind::Temporal
                | CorrelationKind::TemporalOrdered
                | CorrelationKind::ValueSum
                | CorrelationKind::ValueAvg
                | CorrelationKind::ValuePercentile(_)
                | CorrelationKind::Score { .. }
                | CorrelationKind::Ratio { .. }
                | CorrelationKind::Travel { .. }
                | CorrelationKind::Silence { .. } => None,
            },
        })
    })
}

/// Decides windows of a settled group of which all entries are there.
pub(super) fn decide(
    correlation: &Correlation,
    plan: &Plan,
    entries: &[Entry],
    room: &mut Room,
) -> Outcome {
    let mut outcome = Outcome::default();
    for window in tumble(correlation, entries) {
        let Some(number) = window.number.filter(|n| plan.compares(*n)) else {
            continue;
        };
        let first = window.entries.first().map(Entry::evidence);
        outcome.fired.extend(first.map(|evidence| Fired {
            time: window.start,
            evidence,
        }));
        let open = Open::whole(window.start, number, window.entries, room);
        outcome.closed.push(open);
    }
    outcome
}
