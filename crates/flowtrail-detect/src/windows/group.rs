//! The matches of one correlation in one group.

use super::entry::{Entry, EntryId};
use super::episode::Open;
use super::thin::Thin;

/// Matches in order of (time, key, member), and the episode that is still open.
///
/// Matches mostly come in order; one that does not waits in an unsorted tail.
/// The tail is sorted in once it is an eighth of what is in order, or half of it
/// where entries are thinned, so that each match is moved a bounded number of
/// times whatever order it comes in.
#[derive(Debug, Default)]
pub(super) struct Group {
    entries: Vec<Entry>,
    /// So many entries at the front are in order, without duplicates and thinned.
    sorted: usize,
    /// The episode that later matches may yet extend.
    pub(super) open: Option<Box<Open>>,
}

/// A tail that is never worth sorting in.
const TAIL_MIN: usize = 16;

impl Group {
    /// Number of entries held; duplicates in the tail count until they are found.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is left of the group.
    pub(super) const fn is_spent(&self) -> bool {
        self.entries.is_empty() && self.open.is_none()
    }

    /// Every entry in order. Complete only after [`Group::settle`].
    pub(super) fn entries(&self) -> &[Entry] {
        self.entries.get(..self.sorted).unwrap_or_default()
    }

    /// The entries in order and the open episode, which is built from them.
    pub(super) fn parts(&mut self) -> (&[Entry], &mut Option<Box<Open>>) {
        (
            self.entries.get(..self.sorted).unwrap_or_default(),
            &mut self.open,
        )
    }

    /// Takes `entry` in if it is a duplicate of one in order; else gives it back.
    pub(super) fn absorb(&mut self, mut entry: Entry) -> Option<Entry> {
        let sorted = self.entries.get_mut(..self.sorted)?;
        match sorted.binary_search_by_key(&entry.id(), Entry::id) {
            Ok(at) => {
                sorted.get_mut(at)?.absorb(&mut entry);
                None
            }
            Err(_) => Some(entry),
        }
    }

    /// Whether a look for a duplicate costs next to nothing. Small groups are
    /// many, and each must not keep duplicates until it settles.
    pub(super) const fn is_small(&self) -> bool {
        self.entries.len() <= 2 * TAIL_MIN
    }

    /// Adds an entry. A duplicate of one is found when the group settles, and so
    /// is what need not be kept.
    pub(super) fn push(&mut self, entry: Entry, thin: Thin) {
        let in_order = thin == Thin::Nothing
            && self.sorted == self.entries.len()
            && self.last_id() < Some(entry.id());
        if self.entries.capacity() == 0 {
            // Most groups hold one match; the usual first growth is to four.
            self.entries.reserve_exact(1);
        }
        self.entries.push(entry);
        if in_order {
            self.sorted += 1;
        }
    }

    /// Whether so many entries wait in the tail that it is time to settle. A
    /// group that is thinned waits longer: thinning costs more than sorting what
    /// is nearly in order.
    pub(super) fn is_loose(&self, thin: Thin) -> bool {
        let part = if thin == Thin::Nothing { 8 } else { 2 };
        self.entries.len() - self.sorted > TAIL_MIN + self.sorted / part
    }

    /// Sorts the tail in, leaves out what `thin` says, and returns how many
    /// entries that freed.
    pub(super) fn settle(&mut self, thin: Thin) -> usize {
        if self.sorted == self.entries.len() {
            return 0;
        }
        let before = self.entries.len();
        // A stable sort finds the runs that are in order already.
        self.entries.sort_by_key(Entry::id);
        self.entries.dedup_by(|next, kept| {
            let same = next.id() == kept.id();
            if same {
                kept.absorb(next);
            }
            same
        });
        thin.apply(&mut self.entries);
        self.sorted = self.entries.len();
        before - self.sorted
    }

    /// Drops every entry before `time`, or every entry, and returns how many.
    /// Settled groups only.
    pub(super) fn prune(&mut self, time: Option<i64>) -> usize {
        let old = match time {
            Some(time) => self.entries().partition_point(|e| e.time < time),
            None => self.sorted,
        };
        self.entries.drain(..old);
        self.sorted -= old;
        if self.entries.capacity() > 64 && self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to_fit();
        }
        old
    }

    /// Takes the group apart.
    pub(super) fn into_parts(self) -> (Vec<Entry>, Option<Box<Open>>) {
        (self.entries, self.open)
    }

    fn last_id(&self) -> Option<EntryId> {
        self.entries.last().map(Entry::id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{entry, evidence};
    use super::*;

    fn add(group: &mut Group, time: i64, key: u128) {
        if let Some(e) = group.absorb(entry(time, key)) {
            group.push(e, Thin::Nothing);
        }
    }

    fn times(group: &Group) -> Vec<(i64, u128)> {
        group.entries().iter().map(|e| (e.time, e.key)).collect()
    }

    #[test]
    fn any_order_ends_in_order_without_duplicates() {
        let mut g = Group::default();
        for (t, k) in [(5, 1), (9, 1), (2, 1), (5, 1), (2, 1), (9, 0)] {
            add(&mut g, t, k);
        }
        // (5, 1) is known at once, the second (2, 1) only by sorting.
        assert_eq!(g.len(), 5);
        assert_eq!(g.settle(Thin::Nothing), 1);
        assert_eq!(times(&g), [(2, 1), (5, 1), (9, 0), (9, 1)]);
        assert_eq!(g.settle(Thin::Nothing), 0);
        assert_eq!(g.prune(Some(5)), 1);
        assert_eq!(times(&g), [(5, 1), (9, 0), (9, 1)]);
        assert_eq!(g.prune(None), 3);
        assert!(g.is_spent());
    }

    #[test]
    fn a_backward_stream_is_sorted_in_now_and_then() {
        let mut g = Group::default();
        let mut settled = 0;
        for t in (0..10_000).rev() {
            add(&mut g, t, 0);
            if g.is_loose(Thin::Nothing) {
                g.settle(Thin::Nothing);
                settled += 1;
            }
        }
        g.settle(Thin::Nothing);
        assert_eq!(g.len(), 10_000);
        assert!(g.entries().is_sorted_by_key(Entry::id));
        assert!(settled < 100, "{settled}");
    }

    #[test]
    fn a_duplicate_keeps_the_first_evidence_wherever_it_waits() {
        let named = |t, object: &str| {
            Entry::new(
                flowtrail_event::EventTime(t),
                1,
                0,
                super::super::value::Value::None,
                evidence(object),
            )
        };
        let mut g = Group::default();
        for e in [
            named(9, "z"),
            named(2, "c"),
            named(2, "a"),
            named(2, "b"),
            named(9, "y"),
        ] {
            if let Some(e) = g.absorb(e) {
                g.push(e, Thin::Nothing);
            }
        }
        g.settle(Thin::Nothing);
        let objects: Vec<_> = g
            .entries()
            .iter()
            .map(|e| e.evidence().object.to_string())
            .collect();
        assert_eq!(objects, ["a", "y"]);
    }
}
