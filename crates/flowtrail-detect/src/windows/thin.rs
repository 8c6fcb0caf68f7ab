//! Entries that a group need not keep, because others say all that counts.
//!
//! What is left of some entries and of others together is what is left of all
//! at once, so that it does not matter when a group is thinned.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry as Slot;

use super::course::window_of;
use super::entry::Entry;

/// Which entries are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Thin {
    /// None.
    #[default]
    Nothing,
    /// In each window of this length all but the first for each value; of those
    /// at its first instant one of another member than the first goes before,
    /// then the smallest key.
    FirstContacts {
        /// Milliseconds, at least 1.
        window_ms: i64,
    },
    /// In each bucket of this length, counted from the epoch, all but the first
    /// and the last.
    Ends {
        /// Milliseconds, at least 1.
        bucket_ms: i64,
    },
}

impl Thin {
    /// Leaves out of `entries`, which are in order and without duplicates, what
    /// need not be kept.
    pub(super) fn apply(self, entries: &mut Vec<Entry>) {
        match self {
            Self::Nothing => {}
            Self::FirstContacts { window_ms } => {
                let kept = first_contacts(entries, window_ms);
                retain(entries, &kept);
            }
            Self::Ends { bucket_ms } => {
                let kept = ends(entries, bucket_ms);
                retain(entries, &kept);
            }
        }
    }
}

fn retain(entries: &mut Vec<Entry>, kept: &[bool]) {
    let mut kept = kept.iter();
    entries.retain(|_| kept.next().is_none_or(|kept| *kept));
}

fn first_contacts(entries: &[Entry], window_ms: i64) -> Vec<bool> {
    let mut kept = vec![false; entries.len()];
    let mut keep = |at: usize, is: bool| {
        if let Some(kept) = kept.get_mut(at) {
            *kept = is;
        }
    };
    let mut firsts: HashMap<(i64, &str), (usize, &Entry), RandomState> = HashMap::default();
    for (at, entry) in entries.iter().enumerate() {
        let value = entry.value.text().unwrap_or_default();
        match firsts.entry((window_of(entry.time, window_ms), value)) {
            Slot::Vacant(slot) => {
                slot.insert((at, entry));
                keep(at, true);
            }
            Slot::Occupied(mut slot) => {
                let (before, first) = *slot.get();
                if entry.time == first.time && first.member == 0 && entry.member != 0 {
                    slot.insert((at, entry));
                    keep(before, false);
                    keep(at, true);
                }
            }
        }
    }
    kept
}

fn ends(entries: &[Entry], bucket_ms: i64) -> Vec<bool> {
    let bucket = |at: usize| entries.get(at).map(|e| e.time.div_euclid(bucket_ms));
    let is_end = |at: usize| {
        let this = bucket(at);
        at.checked_sub(1).and_then(bucket) != this || bucket(at + 1) != this
    };
    (0..entries.len()).map(is_end).collect()
}

#[cfg(test)]
mod tests {
    use flowtrail_event::EventTime;

    use super::super::testing::{Dice, evidence};
    use super::super::value::Value;
    use super::*;

    type Contact = (i64, u128, u32, &'static str);

    fn entries(of: &[Contact]) -> Vec<Entry> {
        let mut of = of.to_vec();
        of.sort_unstable();
        of.dedup();
        let entry = |(time, key, member, to): Contact| {
            let value = Value::Text(to.into());
            Entry::new(EventTime(time), key, member, value, evidence("o"))
        };
        of.into_iter().map(entry).collect()
    }

    const CONTACTS: Thin = Thin::FirstContacts { window_ms: 10 };
    const ENDS: Thin = Thin::Ends { bucket_ms: 10 };

    fn thinned(thin: Thin, of: &[Contact]) -> Vec<Contact> {
        let mut all = entries(of);
        thin.apply(&mut all);
        let contact = |e: &Entry| {
            let to = of.iter().find(|c| (c.0, c.1, c.2) == e.id()).unwrap().3;
            (e.time, e.key, e.member, to)
        };
        all.iter().map(contact).collect()
    }

    #[test]
    fn the_first_contact_of_each_destination_is_left() {
        let all = [
            (1, 1, 0, "a"),
            (2, 2, 0, "b"),
            (3, 3, 1, "a"),
            (3, 4, 0, "b"),
            (10, 5, 0, "a"),
        ];
        assert_eq!(thinned(CONTACTS, &all), [all[0], all[1], all[4]]);
        // At one instant an answer goes before a failure, then the smaller key.
        let all = [(1, 1, 0, "a"), (1, 2, 1, "a"), (1, 3, 1, "a")];
        assert_eq!(thinned(CONTACTS, &all), [all[1]]);
    }

    #[test]
    fn the_first_and_the_last_of_each_bucket_are_left() {
        let at =
            |times: &[i64]| -> Vec<Contact> { times.iter().map(|t| (*t, 1, 0, "a")).collect() };
        let all = at(&[-3, -2, -1, 0, 5, 9, 10, 20, 21]);
        assert_eq!(thinned(ENDS, &all), at(&[-3, -1, 0, 9, 10, 20, 21]));
    }

    #[test]
    fn it_does_not_matter_when_a_group_is_thinned() {
        for seed in 0..500 {
            let mut dice = Dice(seed);
            let one = |dice: &mut Dice| {
                let time = i64::try_from(dice.roll(30)).unwrap() - 10;
                let key = dice.roll(4).into();
                let member = u32::try_from(dice.roll(2)).unwrap();
                // One record has one destination.
                let to = ["a", "b", "c"]
                    [usize::try_from((u128::from(time.unsigned_abs()) + key) % 3).unwrap()];
                (time, key, member, to)
            };
            let all: Vec<Contact> = (0..40).map(|_| one(&mut dice)).collect();
            let (some, others) = all.split_at(usize::try_from(dice.roll(40)).unwrap());
            for thin in [CONTACTS, ENDS] {
                let later = [thinned(thin, some).as_slice(), others].concat();
                assert_eq!(thinned(thin, &later), thinned(thin, &all), "{seed}");
            }
        }
    }
}
