//! Matches that need no entry, because earlier ones say all that counts.
//!
//! What [`Thin`] leaves out of a group in the end need not be made first: an
//! entry has evidence, facts and a hash over its record, which cost more than
//! all rules together. So whoever reads records asks here before. What is
//! remembered is bounded and only ever makes things faster: what was forgotten
//! becomes an entry, and is thinned like any other.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::quality::RandomState;

use super::course::window_of;
use super::thin::Thin;

/// Contacts, or buckets of a group, that are remembered; a power of two. At 32
/// bytes each that is half a megabyte for a worker.
const SLOTS: usize = 1 << 14;

/// A match by what it could be left out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// Which correlation, group, value and window, by a hash.
    name: u128,
    time: i64,
    thin: Thin,
}

/// What was taken of one name.
#[derive(Debug, Clone, Copy)]
struct Slot {
    name: u128,
    first: i64,
    last: i64,
}

/// What windows took lately.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Empty until something is taken.
    slots: Vec<Option<Slot>>,
    /// Seeds that nobody outside knows: log text cannot be chosen so that two
    /// names meet.
    seeds: (RandomState, RandomState),
}

impl Said {
    /// What a match is by name. The texts are those of its group and, where the
    /// value counts, of its value, always as many of one correlation. `None` if
    /// every match is kept.
    pub(super) fn name<'t>(
        &self,
        thin: Thin,
        (correlation, time): (u32, i64),
        texts: impl Iterator<Item = &'t [u8]>,
    ) -> Option<Match> {
        let window = match thin {
            Thin::Nothing => return None,
            Thin::FirstContacts { window_ms } => window_of(time, window_ms),
            Thin::Ends { bucket_ms } => time.div_euclid(bucket_ms),
        };
        let mut high = self.seeds.0.build_hasher();
        let mut low = self.seeds.1.build_hasher();
        for hasher in [&mut high, &mut low] {
            hasher.write_u32(correlation);
            hasher.write_i64(window);
        }
        for text in texts {
            for hasher in [&mut high, &mut low] {
                // With its length, so that no two lists meet.
                hasher.write_usize(text.len());
                hasher.write(text);
            }
        }
        let name = u128::from(high.finish()) << 64 | u128::from(low.finish());
        Some(Match { name, time, thin })
    }

    /// Whether what was taken makes this match one that is left out.
    pub(super) fn covers(&self, seen: &Match) -> bool {
        let known = self.slots.get(place(seen.name)).copied().flatten();
        known.filter(|k| k.name == seen.name).is_some_and(|known| {
            match seen.thin {
                Thin::Nothing => false,
                // At one instant it depends on more than the time.
                Thin::FirstContacts { .. } => known.first < seen.time,
                Thin::Ends { .. } => known.first < seen.time && seen.time < known.last,
            }
        })
    }

    /// Takes note of a match that was taken.
    pub(super) fn note(&mut self, seen: &Match) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let Some(slot) = self.slots.get_mut(place(seen.name)) else {
            return;
        };
        let known = slot.filter(|k| k.name == seen.name);
        let (first, last) = known.map_or((seen.time, seen.time), |k| (k.first, k.last));
        *slot = Some(Slot {
            name: seen.name,
            first: first.min(seen.time),
            last: last.max(seen.time),
        });
    }
}

/// Where a name is remembered.
fn place(name: u128) -> usize {
    usize::try_from(name % SLOTS as u128).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Dice;
    use super::*;

    const CONTACTS: Thin = Thin::FirstContacts { window_ms: 10 };
    const ENDS: Thin = Thin::Ends { bucket_ms: 10 };

    fn named(said: &Said, thin: Thin, time: i64, texts: &[&str]) -> Match {
        let texts = texts.iter().map(|t| t.as_bytes());
        said.name(thin, (1, time), texts).unwrap()
    }

    #[test]
    fn a_contact_is_covered_by_an_earlier_one_of_its_window() {
        let mut said = Said::default();
        let of = |said: &Said, time, to| named(said, CONTACTS, time, &["a", to]);
        let first = of(&said, 3, "b");
        assert!(!said.covers(&first));
        said.note(&first);
        let covered = |time, to| said.covers(&of(&said, time, to));
        assert!(covered(4, "b") && covered(9, "b"));
        assert!(!covered(3, "b") && !covered(2, "b") && !covered(10, "b"));
        assert!(!covered(4, "c"));
        assert_ne!(
            named(&said, CONTACTS, 3, &["ab", ""]).name,
            named(&said, CONTACTS, 3, &["a", "b"]).name
        );
    }

    #[test]
    fn an_end_is_covered_between_two_of_its_bucket() {
        let mut said = Said::default();
        for time in [4, 8] {
            said.note(&named(&said, ENDS, time, &["a"]));
        }
        let covered = |time| said.covers(&named(&said, ENDS, time, &["a"]));
        assert_eq!(
            (0..20).filter(|t| covered(*t)).collect::<Vec<_>>(),
            [5, 6, 7]
        );
    }

    #[test]
    fn where_every_match_counts_none_has_a_name() {
        let said = Said::default();
        assert_eq!(said.name(Thin::Nothing, (1, 3), [].into_iter()), None);
    }

    #[test]
    fn what_is_forgotten_is_not_covered() {
        let mut said = Said::default();
        let mut dice = Dice(5);
        let all: Vec<Match> = (0..SLOTS * 3)
            .map(|n| {
                let time = i64::try_from(dice.roll(10)).unwrap();
                named(&said, CONTACTS, time, &[&n.to_string()])
            })
            .collect();
        for seen in &all {
            said.note(seen);
            let later = Match {
                time: seen.time + 1,
                ..*seen
            };
            assert!(said.covers(&later) && !said.covers(seen));
        }
        let left = all.iter().filter(|seen| {
            let later = Match {
                time: seen.time + 1,
                ..**seen
            };
            said.covers(&later)
        });
        let left = left.count();
        assert!(left > 0 && left <= SLOTS, "{left}");
    }
}
