//! Slides the window along a group and cuts what fires into episodes.

use flowtrail_sigma::Correlation;

use super::course::Course;
use super::entry::Entry;
use super::episode::{Open, Room};
use super::group::Group;
use super::plan::Plan;
use super::silence;
use super::slide::{opens_at, slide};
use super::tumble;
use crate::finding::Evidence;

/// Which instants are to be decided now: all before `until` that were not
/// decided before `from`. No bound is the beginning or the end of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Option<i64>,
    pub(super) until: Option<i64>,
}

impl Span {
    /// Whether an instant was decided before.
    pub(super) fn is_decided(self, time: i64) -> bool {
        self.from.is_some_and(|from| time < from)
    }

    fn is_final(self, time: i64) -> bool {
        self.until.is_none_or(|until| time < until)
    }
}

/// The moment at which an episode began.
#[derive(Debug)]
pub(super) struct Fired {
    pub(super) time: i64,
    /// The first record of that instant.
    pub(super) evidence: Evidence,
}

/// What came of one group.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Episodes that nothing can extend any more, in order.
    pub(super) closed: Vec<Open>,
    /// Episodes that began, in order. They may still be open.
    pub(super) fired: Vec<Fired>,
}

/// A correlation's window on its way along one group.
struct Walk<'a> {
    correlation: &'a Correlation,
    plan: &'a Plan,
    room: &'a mut Room,
    entries: &'a [Entry],
    open: &'a mut Option<Box<Open>>,
    outcome: Outcome,
}

/// Decides the instants of `span` in a settled group. A window depends on
/// nothing but the group's entries in it, all of which are there when its last
/// instant is decided; so it does not matter in how many spans time is cut.
pub(super) fn decide(
    correlation: &Correlation,
    plan: &Plan,
    group: &mut Group,
    span: Span,
    room: &mut Room,
) -> Outcome {
    let (entries, open) = group.parts();
    let known = entries.partition_point(|e| span.is_final(e.time));
    let entries = entries.get(..known).unwrap_or_default();
    match plan.course {
        Course::Slides { .. } => {}
        Course::Tumbles { .. } => {
            let decided = entries.partition_point(|e| span.is_decided(e.time));
            let entries = entries.get(decided..).unwrap_or_default();
            return tumble::decide(correlation, plan, entries, room);
        }
        Course::Gaps { min, .. } => {
            return silence::decide(correlation, min, entries, span, room);
        }
    }
    let mut walk = Walk {
        correlation,
        plan,
        room,
        entries,
        open,
        outcome: Outcome::default(),
    };
    if entries.last().is_some_and(|e| !span.is_decided(e.time)) {
        walk.slide(span);
    }
    walk.rest(span);
    walk.outcome
}

impl Walk<'_> {
    fn slide(&mut self, span: Span) {
        let (correlation, plan, entries) = (self.correlation, self.plan, self.entries);
        slide(correlation, plan, entries, |at| {
            if span.is_decided(at.time) {
                return;
            }
            let number = at.window.number(at.since);
            match number.filter(|n| plan.holds(*n, &at.window.members, at.since)) {
                Some(number) => self.fire(at.time, number, at.low, at.instant.clone()),
                None => self.close(),
            }
        });
    }

    /// The condition holds over the window from entry `low` to the end of `instant`.
    fn fire(&mut self, time: i64, number: f64, low: usize, instant: std::ops::Range<usize>) {
        let since = opens_at(time, self.correlation.timespan_ms);
        if self.open.as_ref().is_some_and(|open| open.last < since) {
            self.close();
        }
        let fresh = self.open.is_none();
        let open = self
            .open
            .get_or_insert_with(|| Box::new(Open::new(time, number)));
        open.hold(time, number, self.plan.toward);
        // An episode that goes on has taken in all but this instant already.
        let from = if fresh { low } else { instant.start };
        open.cover(
            self.entries.get(from..instant.end).unwrap_or_default(),
            self.room,
        );
        if fresh {
            let evidence = self.entries.get(instant.start).map(Entry::evidence);
            self.outcome
                .fired
                .extend(evidence.map(|evidence| Fired { time, evidence }));
        }
    }

    /// Closes the episode that no event still to come can reach.
    fn rest(&mut self, span: Span) {
        let timespan = self.correlation.timespan_ms;
        let out_of_reach = |until| {
            self.open
                .as_ref()
                .is_some_and(|o| o.last < opens_at(until, timespan))
        };
        if span.until.is_none_or(out_of_reach) {
            self.close();
        }
    }

    fn close(&mut self) {
        self.outcome
            .closed
            .extend(self.open.take().map(|open| *open));
    }
}
