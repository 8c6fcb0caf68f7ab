//! How the matches of a group are cut into windows.

use flowtrail_sigma::{Correlation, CorrelationKind, SILENCE_MS_MAX};

use super::entry::Entry;
use super::silence;
use super::slide::opens_at;
use super::thin::Thin;

/// How windows lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// One ends at each match.
    Slides { timespan_ms: i64 },
    /// They lie side by side from the epoch on, and each match is in one of them.
    Tumbles { timespan_ms: i64 },
    /// There are none: what counts is how long nothing matched.
    Gaps {
        timespan_ms: i64,
        /// In how many buckets something must have matched before.
        min: u32,
    },
}

impl Course {
    pub(super) fn of(kind: CorrelationKind, timespan_ms: i64) -> Self {
        match kind {
            CorrelationKind::EventCount
            | CorrelationKind::ValueCount
            | CorrelationKind::Temporal
            | CorrelationKind::TemporalOrdered
            | CorrelationKind::ValueSum
            | CorrelationKind::ValueAvg
            | CorrelationKind::ValuePercentile(_)
            | CorrelationKind::Score { .. }
            | CorrelationKind::Ratio { .. }
            | CorrelationKind::Travel { .. } => Self::Slides { timespan_ms },
            CorrelationKind::Scan { .. } | CorrelationKind::Beacon { .. } => Self::Tumbles {
                timespan_ms: timespan_ms.max(1),
            },
            CorrelationKind::Silence { min } => Self::Gaps { timespan_ms, min },
        }
    }

    /// Up to where time can be decided if nothing comes any more from before
    /// `until`: a window that tumbles is decided as a whole.
    pub(super) const fn settled(self, until: i64) -> i64 {
        match self {
            Self::Slides { .. } | Self::Gaps { .. } => until,
            Self::Tumbles { timespan_ms } => window_of(until, timespan_ms),
        }
    }

    /// From when on `entries`, which are settled, may still be needed once all
    /// before `until` is decided.
    pub(super) fn keeps_from(self, entries: &[Entry], until: i64) -> i64 {
        match self {
            Self::Slides { timespan_ms } => opens_at(until, timespan_ms),
            Self::Tumbles { .. } => until,
            Self::Gaps { timespan_ms, .. } => silence::keeps_from(entries, timespan_ms, until),
        }
    }

    /// How far apart two matches can be that have a say in one firing.
    pub(super) fn reach_ms(self) -> i64 {
        match self {
            Self::Slides { timespan_ms } | Self::Tumbles { timespan_ms } => timespan_ms,
            Self::Gaps { timespan_ms, .. } => {
                SILENCE_MS_MAX.saturating_add(silence::before_ms(timespan_ms))
            }
        }
    }
}

/// The first instant of the window that `time` lies in. `timespan_ms` is positive.
pub(super) const fn window_of(time: i64, timespan_ms: i64) -> i64 {
    time.saturating_sub(time.rem_euclid(timespan_ms))
}

/// How far apart two matches of a correlation can be that have a say in one
/// firing, in milliseconds.
pub(crate) fn reach_ms(of: &Correlation) -> i64 {
    Course::of(of.kind, of.timespan_ms).reach_ms()
}

/// Which entries of a group need not be kept.
pub(super) fn thin(kind: CorrelationKind, timespan_ms: i64) -> Thin {
    match kind {
        CorrelationKind::Scan { .. } => Thin::FirstContacts {
            window_ms: timespan_ms.max(1),
        },
        CorrelationKind::Silence { .. } => Thin::Ends {
            bucket_ms: silence::bucket_ms(timespan_ms),
        },
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
        // Each start counts.
        | CorrelationKind::Beacon { .. } => Thin::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_lie_side_by_side_from_the_epoch() {
        let of = |time| window_of(time, 10);
        assert_eq!([of(0), of(9), of(10), of(25)], [0, 0, 10, 20]);
        assert_eq!([of(-1), of(-10), of(-11)], [-10, -10, -20]);
        assert_eq!(window_of(i64::MIN, 7), i64::MIN);
    }

    #[test]
    fn a_window_is_decided_when_it_is_over() {
        let scan = Course::of(CorrelationKind::Scan { min: 1 }, 10);
        assert_eq!((scan.settled(19), scan.settled(20)), (10, 20));
        assert_eq!(scan.keeps_from(&[], 20), 20);
        let count = Course::of(CorrelationKind::EventCount, 10);
        assert_eq!((count.settled(19), count.keeps_from(&[], 19)), (19, 9));
    }
}
