//! Stores that were filled side by side become one.

use flowtrail_sigma::CorrelationIx;
use hashbrown::hash_map::Entry as Slot;

use super::episode::{Episode, Open};
use super::group::Group;
use super::store::{GroupKey, Shelf, Store};

impl Store {
    /// Takes in another store over the same correlations. Returns the episodes
    /// that are open on both sides and so cannot be joined: those of one side,
    /// as they stand.
    pub(super) fn merge(&mut self, mut other: Self) -> Vec<Episode> {
        self.budget.loss.add(&other.budget.loss);
        self.swap_if_behind(&mut other);
        let crowded = self.budget.held + other.budget.held > self.budget.held_max
            || self.budget.groups + other.budget.groups > self.budget.groups_max;
        let mut closed = Vec::new();
        for (ix, mut shelf) in (0..).map(CorrelationIx).zip(other.shelves) {
            let mut groups: Vec<(GroupKey, Group)> = shelf.groups.drain().collect();
            if crowded {
                // A map has no order; what reaches a limit first must not depend on it.
                groups.sort_by(|a, b| a.0.cmp(&b.0));
            }
            for (key, group) in groups {
                let name = key.clone();
                let left = self.merge_group(ix, key, group, shelf.horizon);
                closed.extend(left.map(|open| open.close(ix, &name, self.evidence_max)));
            }
        }
        closed
    }

    /// Each shelf that is further on becomes ours: time is decided only once.
    fn swap_if_behind(&mut self, other: &mut Self) {
        let mut swapped = false;
        for (mine, theirs) in self.shelves.iter_mut().zip(&mut other.shelves) {
            if mine.horizon < theirs.horizon {
                std::mem::swap(mine, theirs);
                swapped = true;
            }
        }
        if swapped {
            self.recount();
            other.recount();
        }
    }

    /// Takes in a group whose instants before `decided` were decided elsewhere.
    /// Its entries before that are not late: they are what came before.
    fn merge_group(
        &mut self,
        ix: CorrelationIx,
        key: GroupKey,
        group: Group,
        decided: Option<i64>,
    ) -> Option<Open> {
        let Some(Shelf {
            groups,
            thin,
            horizon,
        }) = self.shelves.get_mut(ix.0 as usize)
        else {
            self.budget.loss.unknown += group.len() as u64;
            return None;
        };
        let budget = &mut self.budget;
        let mine = match groups.entry(key) {
            Slot::Occupied(slot) => slot.into_mut(),
            Slot::Vacant(slot) => {
                let weight = weight(&group);
                let fits = weight <= budget.held_max.saturating_sub(budget.held);
                if *horizon == decided && fits && budget.groups < budget.groups_max {
                    budget.held += weight;
                    budget.groups += 1;
                    slot.insert(group);
                    return None;
                }
                if budget.groups >= budget.groups_max {
                    budget.loss.groups_over_limit += group.len() as u64;
                    return group.into_parts().1.map(|open| *open);
                }
                budget.groups += 1;
                slot.insert(Group::default())
            }
        };
        let (entries, open) = group.into_parts();
        for entry in entries {
            let before = |bound: Option<i64>| bound.is_some_and(|bound| entry.time < bound);
            let late = before(*horizon) && !before(decided);
            budget.add(mine, entry, *thin, late);
        }
        let open = open?;
        if mine.open.is_some() {
            return Some(*open);
        }
        budget.held += open.held();
        mine.open = Some(open);
        None
    }

    fn recount(&mut self) {
        let groups = || self.shelves.iter().flat_map(|shelf| shelf.groups.values());
        self.budget.groups = groups().count();
        self.budget.held = groups().map(weight).sum();
    }
}

/// What a group counts for in the budget.
fn weight(group: &Group) -> usize {
    group.len() + group.open.as_ref().map_or(0, |open| open.held())
}
