//! The window on its way along the matches of one group.

use std::ops::Range;

use flowtrail_sigma::Correlation;

use super::aggregate::Aggregate;
use super::entry::Entry;
use super::plan::Plan;

/// The window that ends at an instant at which something matched.
pub(super) struct At<'w> {
    /// Its last instant.
    pub(super) time: i64,
    /// Its first one.
    pub(super) since: i64,
    /// The first entry in it.
    pub(super) low: usize,
    /// The entries of its last instant.
    pub(super) instant: Range<usize>,
    /// What is in it.
    pub(super) window: &'w Aggregate,
}

/// The first instant of the window that ends at `time`.
///
/// The window is closed at both ends: events exactly one timespan apart stand
/// in one window. The Sigma specification does not say, and this is what
/// rsigma-eval 0.23 does; it also errs on the side of firing. A negative
/// timespan counts as none: the window is its last instant.
pub(super) const fn opens_at(time: i64, timespan_ms: i64) -> i64 {
    if timespan_ms < 0 {
        time
    } else {
        time.saturating_sub(timespan_ms)
    }
}

/// Hands the windows over `entries`, which are settled, to `visit`, in the order
/// of time.
pub(super) fn slide(
    correlation: &Correlation,
    plan: &Plan,
    entries: &[Entry],
    mut visit: impl FnMut(&At<'_>),
) {
    let mut window = Aggregate::new(correlation, plan, entries);
    let (mut low, mut high) = (0, 0);
    while let Some(time) = entries.get(high).map(|e| e.time) {
        let from = high;
        while let Some(entry) = entries.get(high).filter(|e| e.time == time) {
            window.add(high, entry);
            high += 1;
        }
        let since = opens_at(time, correlation.timespan_ms);
        while let Some(entry) = entries.get(low).filter(|e| e.time < since) {
            window.remove(low, entry);
            low += 1;
        }
        visit(&At {
            time,
            since,
            low,
            instant: from..high,
            window: &window,
        });
    }
}
