//! Windows over time: matches of rules become firings of correlations.
//!
//! A correlation looks at its matches in one group through a window of one
//! timespan that ends at each match in turn. A run of such windows that fire is
//! one [`Episode`]: the windows must follow one another without one that does
//! not fire between them, and each must reach back to the match before. Whatever
//! the order, duplication or split of the input, the same matches give the same
//! episodes, because nothing is decided before every match that can have a say
//! is there, and everything that is decided is decided from the matches alone.
//!
//! ```text
//! observe ──▶ store: correlation ▸ group ▸ entries in order of time
//!                 │ advance(watermark): up to `watermark − lateness`
//!                 ▼
//!             walk: window slides ▸ aggregate ▸ plan: does it fire? ▸ episodes
//!                 │
//!                 └──▶ chain: an episode that begins is a match of its parent
//! ```
//!
//! What the Sigma specification leaves open is decided here as follows.
//!
//! - The window is closed: two matches exactly one timespan apart are in it.
//! - A match without the field that is counted or summed takes no part.
//! - `temporal_ordered` wants times that do not decrease; at one instant any
//!   order will do. With a threshold, the number is how many members match in
//!   order, beginning with the first. With an expression, the members that
//!   fulfil it must match in order, in at least one of the ways to fulfil it.
//! - A record that matches several members counts for each of them.
//! - Percentiles are nearest ranks: always a number that occurred.
//!
//! The types that are not Sigma's are defined in the README of
//! `flowtrail-sigma`. For some of them windows do not slide: they lie side by
//! side, and each that fires is an episode of its own, or there are none and what
//! counts is how long nothing matched (`course.rs`). Of some of them not every
//! match is kept (`thin.rs`), nor made, where it would not be (`said.rs`).

mod aggregate;
mod beacon;
mod chain;
mod course;
mod entry;
mod episode;
mod group;
mod members;
mod merge;
mod number;
mod plan;
mod rank;
mod rises;
mod said;
mod scan;
mod score;
mod silence;
mod slide;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod thin;
mod travel;
mod tumble;
#[cfg(test)]
mod twin;
mod value;
mod walk;

use std::sync::Arc;

use flowtrail_event::{EventTime, Limits};
use flowtrail_sigma::{Correlation, CorrelationIx};

pub use chain::value_together;
pub(crate) use course::reach_ms;
pub use episode::Episode;
pub use rises::{Rise, Threshold};
pub(crate) use said::Match;

use crate::finding::Evidence;
use chain::{Link, Parent};
use entry::Entry;
use plan::Plan;
use said::Said;
use store::Store;
use thin::Thin;
use value::Value;

/// One match of a member rule, as a correlation sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The correlation.
    pub correlation: CorrelationIx,
    /// Which of its members matched, by its index.
    pub member: u32,
    /// When.
    pub time: EventTime,
    /// Identity of the record. Copies of one record, from wherever they come,
    /// have the same key and the same time, and count once for each member.
    pub key: u128,
    /// The values of the group fields, in order. Empty where there are none.
    pub group: Box<[Box<str>]>,
    /// The value to count or sum; several by [`value_together`].
    pub value: Option<Box<str>>,
    /// The record. Its time is taken to be [`Observation::time`].
    pub evidence: Evidence,
}

/// What the windows did not take, and why. The first three mean that episodes
/// may be missing or too small; `valueless` is in the nature of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowLoss {
    /// Matches that came when their time was already decided.
    pub late: u64,
    /// Matches, and values of an episode, beyond
    /// [`Limits::window_entries_max`].
    pub over_limit: u64,
    /// Matches whose group would have been one beyond
    /// [`Limits::window_groups_max`].
    pub groups_over_limit: u64,
    /// Firings of a correlation that lack a group field of a correlation over it.
    pub ungrouped: u64,
    /// Matches, copies included, without the value that their correlation
    /// counts, or with one that is no number where it computes.
    pub valueless: u64,
    /// Matches of a correlation or a member that does not exist: a fault of the caller.
    pub unknown: u64,
}

impl WindowLoss {
    /// Adds another account to this one.
    pub const fn add(&mut self, other: &Self) {
        self.late += other.late;
        self.over_limit += other.over_limit;
        self.groups_over_limit += other.groups_over_limit;
        self.ungrouped += other.ungrouped;
        self.valueless += other.valueless;
        self.unknown += other.unknown;
    }
}

/// A correlation, prepared once.
#[derive(Debug)]
struct Watch {
    plan: Plan,
    title: Arc<str>,
    parents: Vec<Parent>,
    /// Time is decided in steps of at least so many milliseconds.
    step_ms: i64,
}

/// Steps in which the longer of a timespan and the lateness is decided.
///
/// Each step looks at every open group and at a window's length of entries, so
/// that the cost of a match is bounded however often time is advanced. The
/// price is that an episode, which has to wait for a timespan and the lateness
/// anyway, may wait for a sixteenth of the longer one more.
const STEPS: i64 = 16;

/// The windows of all correlations.
#[derive(Debug)]
pub struct Windows {
    correlations: Arc<[Correlation]>,
    watches: Arc<[Watch]>,
    lateness_ms: i64,
    store: Store,
    /// What makes matches superfluous.
    said: Said,
    /// Episodes that a merge closed.
    ready: Vec<Episode>,
    /// What is observed for the time before this is late.
    not_before: Option<EventTime>,
}

impl Windows {
    /// Empty windows over these correlations, of which each refers only to
    /// correlations before it.
    #[must_use]
    pub fn new(correlations: Arc<[Correlation]>, limits: &Limits) -> Self {
        let lateness_ms = limits.lateness_secs_max.max(0).saturating_mul(1000);
        let watch = |(ix, c): (u32, &Correlation)| Watch {
            plan: Plan::new(c),
            title: c.meta.title.as_str().into(),
            parents: chain::parents(&correlations, CorrelationIx(ix)),
            step_ms: c.timespan_ms.max(lateness_ms) / STEPS,
        };
        let watches = (0..).zip(correlations.iter()).map(watch).collect();
        let store = Store::new(&correlations, limits);
        Self {
            correlations,
            watches,
            lateness_ms,
            store,
            said: Said::default(),
            ready: Vec::new(),
            not_before: None,
        }
    }

    /// Empty windows over the same correlations, for another worker or another
    /// object; what was prepared is shared.
    #[must_use]
    pub fn fresh(&self) -> Self {
        Self {
            correlations: Arc::clone(&self.correlations),
            watches: Arc::clone(&self.watches),
            lateness_ms: self.lateness_ms,
            store: self.store.fresh(),
            said: Said::default(),
            ready: Vec::new(),
            not_before: None,
        }
    }

    /// Whether a correlation does not keep every match.
    pub(crate) fn thins(&self, correlation: CorrelationIx) -> bool {
        let shelf = self.store.shelves.get(correlation.0 as usize);
        shelf.is_some_and(|shelf| shelf.thin != Thin::Nothing)
    }

    /// Which match it would be, for [`Windows::is_superfluous`]: of a correlation
    /// that does not keep every one. The texts are those of its group and its
    /// value, if it has one.
    pub(crate) fn name<'t>(
        &self,
        correlation: CorrelationIx,
        time: EventTime,
        texts: impl Iterator<Item = &'t [u8]>,
    ) -> Option<Match> {
        let shelf = self.store.shelves.get(correlation.0 as usize)?;
        let is_late = |bound: Option<i64>| bound.is_some_and(|bound| time.0 < bound);
        // What is late is counted, and so has to be observed.
        if is_late(shelf.horizon) || is_late(self.not_before.map(|b| b.0)) {
            return None;
        }
        self.said.name(shelf.thin, (correlation.0, time.0), texts)
    }

    /// Whether windows are the same with and without it, whatever else comes,
    /// because of what they have taken.
    pub(crate) fn is_superfluous(&self, seen: &Match) -> bool {
        self.said.covers(seen)
    }

    /// Takes a match and remembers it for [`Windows::is_superfluous`].
    pub(crate) fn observe_named(&mut self, seen: Observation, name: &Match) {
        if self.take(seen) {
            self.said.note(name);
        }
    }

    /// Takes a match, in any order. Costs the logarithm of its group's size, a
    /// few comparisons where matches come about in order.
    pub fn observe(&mut self, seen: Observation) {
        self.take(seen);
    }

    /// Whether it was taken.
    fn take(&mut self, seen: Observation) -> bool {
        let correlation = self.correlations.get(seen.correlation.0 as usize);
        let known = |c: &&Correlation| (seen.member as usize) < c.members.len();
        let Some(correlation) = correlation.filter(known) else {
            self.store.budget.loss.unknown += 1;
            return false;
        };
        let Some(value) = Value::read(correlation.kind, seen.value) else {
            self.store.budget.loss.valueless += 1;
            return false;
        };
        if self.not_before.is_some_and(|bound| seen.time < bound) {
            self.store.budget.loss.late += 1;
            return false;
        }
        let mut group = seen.group;
        for text in &mut group {
            entry::bound(text);
        }
        let entry = Entry::new(seen.time, seen.key, seen.member, value, seen.evidence);
        self.store.insert(seen.correlation, group, entry)
    }

    /// What is observed from now on for the time before this is counted as
    /// late. For workers whose matches are merged into windows that were
    /// [settled](Windows::settle): with a bound that follows from where a match
    /// stands, it does not depend on how far the others are.
    pub const fn not_before(&mut self, bound: Option<EventTime>) {
        self.not_before = bound;
    }

    /// Takes in what another worker's windows over the same correlations hold.
    /// It does not matter which is merged into which, nor in what order.
    ///
    /// Workers gather and only the merged windows advance. Where both have
    /// advanced, each has decided what it knew: an episode of matches from both
    /// sides may then come twice, in parts.
    pub fn merge(&mut self, other: Self) {
        self.ready.extend(other.ready);
        self.ready.extend(self.store.merge(other.store));
    }

    /// Says that nothing from before `watermark − lateness` comes any more.
    /// What is older is decided, and episodes that nothing can extend are
    /// returned, in order of (first, correlation, group); what comes for that
    /// time later is counted as late. It goes in steps of a sixteenth of the
    /// timespan or the lateness, whichever is longer; windows that lie side by
    /// side are decided when they are over.
    ///
    /// All calls and [`Windows::finish`] together return what `finish` alone
    /// would have returned.
    #[must_use]
    pub fn advance(&mut self, watermark: EventTime) -> Vec<Episode> {
        let until = watermark.0.saturating_sub(self.lateness_ms);
        self.settle(EventTime(until))
    }

    /// The same, for whoever knows that nothing from before `until` comes.
    #[must_use]
    pub fn settle(&mut self, until: EventTime) -> Vec<Episode> {
        let until = until.0;
        // A correlation must not be ahead of those whose firings it waits for.
        let mut bounds = vec![until; self.watches.len()];
        let mut episodes = std::mem::take(&mut self.ready);
        for at in 0..self.watches.len() {
            let Some((watch, bound)) = self.watches.get(at).zip(bounds.get(at).copied()) else {
                break;
            };
            let bound = watch.plan.course.settled(bound);
            let horizon = self.store.shelves.get(at).and_then(|shelf| shelf.horizon);
            let due = horizon.is_none_or(|h| bound > h && bound >= h.saturating_add(watch.step_ms));
            let reached = if due { bound } else { horizon.unwrap_or(bound) };
            for parent in &watch.parents {
                if let Some(bound) = bounds.get_mut(parent.correlation.0 as usize) {
                    *bound = reached.min(*bound);
                }
            }
            if due {
                self.decide(at, Some(bound), &mut episodes);
            }
        }
        in_order(episodes)
    }

    /// The end of the input: decides everything and returns the episodes that
    /// are left. The windows are then empty and begin anew; the account of what
    /// was lost goes on.
    #[must_use]
    pub fn finish(&mut self) -> Vec<Episode> {
        let mut episodes = std::mem::take(&mut self.ready);
        for at in 0..self.watches.len() {
            self.decide(at, None, &mut episodes);
        }
        in_order(episodes)
    }

    /// The same, and where the episodes of those correlations that are `wanted`
    /// would begin with any other threshold. Only for windows that never
    /// advanced: what is decided early is not kept.
    #[must_use]
    pub fn finish_with_rises(
        &mut self,
        wanted: impl Fn(CorrelationIx) -> bool,
    ) -> (Vec<Episode>, Vec<(CorrelationIx, Vec<Rise>)>) {
        let mut episodes = std::mem::take(&mut self.ready);
        let mut rises = Vec::new();
        for (at, ix) in (0..self.watches.len()).zip((0..).map(CorrelationIx)) {
            // A correlation is complete once those below it are decided.
            if let Some((watch, correlation)) = self.watches.get(at).zip(self.correlations.get(at))
                && wanted(ix)
            {
                rises.push((ix, self.store.rises(ix, correlation, &watch.plan)));
            }
            self.decide(at, None, &mut episodes);
        }
        (in_order(episodes), rises)
    }

    /// What was not taken since these windows, and those merged into them, were made.
    #[must_use]
    pub const fn lost(&self) -> WindowLoss {
        self.store.budget.loss
    }

    fn decide(&mut self, at: usize, until: Option<i64>, episodes: &mut Vec<Episode>) {
        let Some((watch, child)) = self.watches.get(at).zip(self.correlations.get(at)) else {
            return;
        };
        let from = CorrelationIx(u32::try_from(at).unwrap_or(u32::MAX));
        let mut decided = self.store.decide(from, child, &watch.plan, until);
        episodes.append(&mut decided.episodes);
        for to in watch.parents.iter().copied() {
            if let Some(parent) = self.correlations.get(to.correlation.0 as usize) {
                let link = Link {
                    from,
                    child,
                    title: &watch.title,
                    to,
                    parent,
                };
                self.store.hand_on(&link, &decided.fired);
            }
        }
    }
}

fn in_order(mut episodes: Vec<Episode>) -> Vec<Episode> {
    // Two episodes of one group may begin with one event; they fire apart.
    episodes.sort_by(|a, b| {
        let order = (a.first, a.correlation, &a.group, a.fired);
        order.cmp(&(b.first, b.correlation, &b.group, b.fired))
    });
    episodes
}
