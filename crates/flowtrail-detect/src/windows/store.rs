//! The groups of all correlations, within their limits.

use flowtrail_event::Limits;
use flowtrail_sigma::{Correlation, CorrelationIx};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry as Slot;

use super::WindowLoss;
use super::chain::{Link, Missing};
use super::course;
use super::entry::Entry;
use super::episode::{Episode, Room};
use super::group::Group;
use super::plan::Plan;
use super::rises::{Rise, rises};
use super::thin::Thin;
use super::walk::{Fired, Span, decide};

/// The values of the group fields.
pub(super) type GroupKey = Box<[Box<str>]>;

/// The groups of one correlation.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) groups: HashMap<GroupKey, Group, RandomState>,
    /// What its groups need not keep.
    pub(super) thin: Thin,
    /// Every instant before this one is decided.
    pub(super) horizon: Option<i64>,
}

/// What is held, what may be, and what was not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Entries in all groups, and values remembered by open episodes.
    pub(super) held: usize,
    /// Groups on all shelves.
    pub(super) groups: usize,
    pub(super) held_max: usize,
    pub(super) groups_max: usize,
    pub(super) loss: WindowLoss,
}

impl Budget {
    /// Whether a group may be added for a match.
    pub(super) fn admits_group(&mut self, late: bool) -> bool {
        let refused = if late {
            &mut self.loss.late
        } else if self.held >= self.held_max {
            &mut self.loss.over_limit
        } else if self.groups >= self.groups_max {
            &mut self.loss.groups_over_limit
        } else {
            self.groups += 1;
            return true;
        };
        *refused += 1;
        false
    }

    /// Adds a match to its group, or counts why not. A duplicate is neither; in
    /// a large group it is left to settling, which finds it for less than a
    /// search costs for each match. Says whether the group has it now.
    pub(super) fn add(
        &mut self,
        group: &mut Group,
        mut entry: Entry,
        thin: Thin,
        late: bool,
    ) -> bool {
        if late || group.is_small() {
            match group.absorb(entry) {
                None => return true,
                Some(back) => entry = back,
            }
        }
        if late {
            self.loss.late += 1;
            return false;
        }
        if self.held >= self.held_max {
            // Duplicates may still hide in the tail; without them there may be room.
            self.held -= group.settle(thin);
            match group.absorb(entry) {
                None => return true,
                Some(back) if self.held < self.held_max => entry = back,
                Some(_) => {
                    self.loss.over_limit += 1;
                    return false;
                }
            }
        }
        group.push(entry, thin);
        self.held += 1;
        if group.is_loose(thin) {
            self.held -= group.settle(thin);
        }
        true
    }
}

/// Everything that the windows hold.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) shelves: Vec<Shelf>,
    pub(super) budget: Budget,
    pub(super) evidence_max: usize,
}

/// What came of one correlation.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) episodes: Vec<Episode>,
    /// Episodes that began, in order of time and group.
    pub(super) fired: Vec<(GroupKey, Fired)>,
}

impl Store {
    /// An empty store for these correlations.
    pub(super) fn new(correlations: &[Correlation], limits: &Limits) -> Self {
        let budget = Budget {
            held: 0,
            groups: 0,
            held_max: limits.window_entries_max,
            groups_max: limits.window_groups_max,
            loss: WindowLoss::default(),
        };
        let shelf = |c: &Correlation| Shelf {
            thin: course::thin(c.kind, c.timespan_ms),
            ..Shelf::default()
        };
        Self {
            shelves: correlations.iter().map(shelf).collect(),
            budget,
            evidence_max: limits.evidence_values_max,
        }
    }

    /// An empty store with the same limits.
    pub(super) fn fresh(&self) -> Self {
        let empty = |shelf: &Shelf| Shelf {
            thin: shelf.thin,
            ..Shelf::default()
        };
        let budget = Budget {
            held: 0,
            groups: 0,
            loss: WindowLoss::default(),
            ..self.budget
        };
        Self {
            shelves: self.shelves.iter().map(empty).collect(),
            budget,
            evidence_max: self.evidence_max,
        }
    }

    /// Takes a match, or counts why not. Says whether it did.
    pub(super) fn insert(&mut self, ix: CorrelationIx, key: GroupKey, mut entry: Entry) -> bool {
        let Some(shelf) = self.shelves.get_mut(ix.0 as usize) else {
            self.budget.loss.unknown += 1;
            return false;
        };
        self.budget.loss.over_limit += entry.value.trim();
        let late = shelf.horizon.is_some_and(|h| entry.time < h);
        let group = match shelf.groups.entry(key) {
            Slot::Occupied(slot) => slot.into_mut(),
            Slot::Vacant(slot) if self.budget.admits_group(late) => slot.insert(Group::default()),
            Slot::Vacant(_) => return false,
        };
        self.budget.add(group, entry, shelf.thin, late)
    }

    /// Decides a correlation's instants up to `until`, or all that are left.
    pub(super) fn decide(
        &mut self,
        ix: CorrelationIx,
        correlation: &Correlation,
        plan: &Plan,
        until: Option<i64>,
    ) -> Decided {
        let mut decided = Decided::default();
        let Some(shelf) = self.shelves.get_mut(ix.0 as usize) else {
            return decided;
        };
        let (budget, evidence_max) = (&mut self.budget, self.evidence_max);
        let span = Span {
            from: shelf.horizon,
            until,
        };
        let thin = shelf.thin;
        shelf.groups.retain(|key, group| {
            budget.held -= group.settle(thin);
            let values_left = budget.held_max.saturating_sub(budget.held);
            let mut room = Room {
                evidence_max,
                values_left,
                values_refused: 0,
            };
            let outcome = decide(correlation, plan, group, span, &mut room);
            budget.held += values_left - room.values_left;
            budget.loss.over_limit += room.values_refused;
            for open in outcome.closed {
                budget.held -= open.held();
                decided.episodes.push(open.close(ix, key, evidence_max));
            }
            decided
                .fired
                .extend(outcome.fired.into_iter().map(|fired| (key.clone(), fired)));
            let keep_from = until.map(|until| plan.course.keeps_from(group.entries(), until));
            budget.held -= group.prune(keep_from);
            let spent = group.is_spent();
            budget.groups -= usize::from(spent);
            !spent
        });
        shelf.horizon = until;
        // A map has no order; what reaches a limit first must not depend on it.
        decided
            .fired
            .sort_by(|a, b| (a.1.time, &a.0).cmp(&(b.1.time, &b.0)));
        decided
    }

    /// Where episodes of a correlation of which nothing was decided yet begin,
    /// for every threshold.
    pub(super) fn rises(
        &mut self,
        ix: CorrelationIx,
        correlation: &Correlation,
        plan: &Plan,
    ) -> Vec<Rise> {
        let mut all = Vec::new();
        let Some(shelf) = self.shelves.get_mut(ix.0 as usize) else {
            return all;
        };
        for group in shelf.groups.values_mut() {
            self.budget.held -= group.settle(shelf.thin);
            rises(correlation, plan, group.entries(), &mut all);
        }
        all
    }

    /// Hands the beginnings of a correlation's episodes to a parent as matches.
    pub(super) fn hand_on(&mut self, link: &Link<'_>, fired: &[(GroupKey, Fired)]) {
        for (group, fired) in fired {
            match link.entry(group, fired) {
                Ok((key, entry)) => {
                    self.insert(link.to.correlation, key, entry);
                }
                Err(Missing::Group) => self.budget.loss.ungrouped += 1,
                Err(Missing::Value) => self.budget.loss.valueless += 1,
            }
        }
    }
}
