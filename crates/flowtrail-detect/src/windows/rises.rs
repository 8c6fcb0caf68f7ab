//! How often a correlation would have fired with another threshold.
//!
//! The number that a window computes does not depend on the threshold. Along a
//! group an episode begins where the number reaches the threshold and the window
//! before, if this one reaches back to it, had not: for every threshold above
//! that one's number and up to this one's. So one look at each window tells how
//! many episodes begin for all thresholds at once, and none is guessed.

use flowtrail_event::EventTime;
use flowtrail_sigma::{Condition, Correlation, Op};

use super::course::Course;
use super::entry::Entry;
use super::plan::Plan;
use super::slide::slide;
use super::tumble::tumble;

/// Thresholds with which an episode begins at one instant of one group.
///
/// Where the condition asks for less, everything is negated, so that "higher"
/// is stricter in all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    /// Time of the first match in the window: what
    /// [`Finding::first`](crate::Finding::first) is.
    pub first: EventTime,
    /// The threshold is above this number,
    pub above: f64,
    /// and at most this one.
    pub up_to: f64,
}

/// The comparison of a condition that can be made stricter or laxer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Its operator: `gt` or `gte`, or, where the condition has neither, `lt` or
    /// `lte`.
    pub op: Op,
    /// Its number, as the rule writes it.
    pub number: f64,
}

impl Threshold {
    /// That of a correlation. `None` if its condition is not about a number, or
    /// wants it equal to one, or has two such comparisons.
    #[must_use]
    pub fn of(correlation: &Correlation) -> Option<Self> {
        let Condition::Threshold(all) = &correlation.condition else {
            return None;
        };
        let one_of = |wanted: [Op; 2]| {
            let mut those = all.iter().filter(|(op, _)| wanted.contains(op));
            let (op, number) = *those.next()?;
            those.next().is_none().then_some(Self { op, number })
        };
        let asks = |wanted: [Op; 2]| all.iter().any(|(op, _)| wanted.contains(op));
        if asks([Op::Gt, Op::Gte]) {
            one_of([Op::Gt, Op::Gte])
        } else {
            one_of([Op::Lt, Op::Lte])
        }
    }

    /// Whether it asks for less.
    #[must_use]
    pub const fn is_upper(self) -> bool {
        matches!(self.op, Op::Lt | Op::Lte)
    }

    /// A number, negated where the threshold asks for less.
    #[must_use]
    pub const fn signed(self, number: f64) -> f64 {
        if self.is_upper() { -number } else { number }
    }
}

/// Where episodes of one group begin, for every threshold. `entries` are
/// settled.
pub(super) fn rises(
    correlation: &Correlation,
    plan: &Plan,
    entries: &[Entry],
    out: &mut Vec<Rise>,
) {
    let (Some(moved), Condition::Threshold(all)) =
        (Threshold::of(correlation), &correlation.condition)
    else {
        return;
    };
    let fixed = |number: f64| {
        let mut others = all.iter().filter(|(op, _)| *op != moved.op);
        others.all(|(op, limit)| op.holds(number, *limit))
    };
    let level = |number: Option<f64>| {
        let number = number.filter(|n| fixed(*n));
        number.map_or(f64::NEG_INFINITY, |n| moved.signed(n))
    };
    match plan.course {
        Course::Slides { .. } => {}
        Course::Tumbles { .. } => {
            for window in tumble(correlation, entries) {
                let up_to = level(window.number);
                let first = window.entries.first().filter(|_| up_to.is_finite());
                out.extend(first.map(|first| Rise {
                    first: EventTime(first.time),
                    above: f64::NEG_INFINITY,
                    up_to,
                }));
            }
            return;
        }
        // Its threshold is the timespan.
        Course::Gaps { .. } => return,
    }
    let mut before: Option<(i64, f64)> = None;
    slide(correlation, plan, entries, |at| {
        let level = level(at.window.number(at.since));
        let reached = before.filter(|(time, _)| *time >= at.since);
        let above = reached.map_or(f64::NEG_INFINITY, |(_, level)| level);
        if level > above {
            out.extend(entries.get(at.low).map(|first| Rise {
                first: EventTime(first.time),
                above,
                up_to: level,
            }));
        }
        before = Some((at.time, level));
    });
}
