//! Days on which something was seen.

use smallvec::SmallVec;

use crate::Day;

/// Days with no gap that is longer than the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
    /// The second day on which there was a sighting, or the first if there was
    /// one day only. A file keeps the first and the last day: of what comes from
    /// one, this is the last.
    pub(crate) second: Day,
}

impl Span {
    /// One day.
    #[must_use]
    pub const fn day(day: Day) -> Self {
        Self {
            first: day,
            last: day,
            second: day,
        }
    }

    /// From a first to a last day, with nothing known of those between.
    #[must_use]
    pub const fn of(first: Day, last: Day) -> Self {
        Self {
            first,
            last,
            second: last,
        }
    }

    /// The first day, if it is the only one before `day`.
    const fn once(&self, day: Day) -> Option<Day> {
        let alone = self.second.0 == self.first.0 || self.second.0 >= day.0;
        if alone { Some(self.first) } else { None }
    }

    /// Both, and the days between them.
    fn and(self, other: Self) -> Self {
        let first = self.first.min(other.first);
        // The two smallest of all days are among the two smallest of each.
        let days = [self.first, self.second, other.first, other.second];
        let behind = days.into_iter().filter(|d| *d > first).min();
        Self {
            first,
            last: self.last.max(other.last),
            second: behind.unwrap_or(first),
        }
    }

    /// Whether there is a sighting before `day` that is not forgotten on it.
    #[must_use]
    pub const fn is_known(self, day: Day, memory: u16) -> bool {
        self.first.0 < day.0 && self.last.0 as u32 + memory as u32 >= day.0 as u32
    }
}

/// Spans, in order, further apart than the memory. Nearly always one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spans(SmallVec<[Span; 2]>);

impl Spans {
    /// Takes a span in. In whatever order spans come, the same is there.
    pub fn add(&mut self, span: Span, memory: u16) {
        // Those that it meets are neighbours of each other.
        let reaches = |a: Day, b: Day| u32::from(a.0) + u32::from(memory) >= u32::from(b.0);
        let from = self.0.partition_point(|s| !reaches(s.last, span.first));
        let to = self.0.partition_point(|s| reaches(span.last, s.first));
        let met = self.0.get(from..to).unwrap_or(&[]);
        let joined = met.iter().fold(span, |joined, s| joined.and(*s));
        match met.len() {
            0 => self.0.insert(from, joined),
            n => {
                if let Some(slot) = self.0.get_mut(from) {
                    *slot = joined;
                }
                self.0.drain(from + 1..from + n);
            }
        }
    }

    /// Takes in what others have seen.
    pub fn merge(&mut self, other: &Self, memory: u16) {
        for span in &other.0 {
            self.add(*span, memory);
        }
    }

    /// Whether there is a sighting before `day` that is not forgotten on it.
    #[must_use]
    pub fn is_known(&self, day: Day, memory: u16) -> bool {
        self.0.iter().any(|s| s.is_known(day, memory))
    }

    /// The first day of the span that is remembered on `day`.
    #[must_use]
    pub fn since(&self, day: Day, memory: u16) -> Option<Day> {
        let known = self.0.iter().find(|s| s.is_known(day, memory));
        known.map(|s| s.first)
    }

    /// The day before `day` on which there was a sighting, if it is the only one
    /// of the span that is remembered on `day`.
    #[must_use]
    pub fn once(&self, day: Day, memory: u16) -> Option<Day> {
        let known = self.0.iter().find(|s| s.is_known(day, memory));
        known.and_then(|s| s.once(day))
    }

    /// The spans.
    #[must_use]
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// Leaves out what nobody remembers on `day` or later.
    pub fn forget(&mut self, day: Day, memory: u16) {
        self.0
            .retain(|s| u32::from(s.last.0) + u32::from(memory) >= u32::from(day.0));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const MEMORY: u16 = 9;

    fn spans(days: &[u16]) -> Spans {
        let mut spans = Spans::default();
        for day in days {
            spans.add(Span::day(Day(*day)), MEMORY);
        }
        spans
    }

    #[test]
    fn a_gap_longer_than_the_memory_parts() {
        let of = |days: &[u16]| {
            let spans = spans(days);
            let pairs = spans.as_slice().iter().map(|s| (s.first.0, s.last.0));
            pairs.collect::<Vec<_>>()
        };
        assert_eq!(of(&[5, 14]), [(5, 14)]);
        assert_eq!(of(&[5, 15]), [(5, 5), (15, 15)]);
        assert_eq!(of(&[15, 5, 10]), [(5, 15)]);
        assert_eq!(of(&[30, 5, 17, 50]), [(5, 5), (17, 17), (30, 30), (50, 50)]);
        assert_eq!(of(&[0, 65_535, 65_530]), [(0, 0), (65_530, 65_535)]);
    }

    #[test]
    fn what_is_forgotten_is_gone() {
        let mut spans = spans(&[5, 30]);
        spans.forget(Day(14), MEMORY);
        assert_eq!(spans.as_slice().len(), 2);
        spans.forget(Day(15), MEMORY);
        assert_eq!(spans.as_slice(), [Span::day(Day(30))]);
    }

    proptest! {
        /// The spans know on each day what the set of days itself says.
        #[test]
        fn spans_know_what_days_say(days in proptest::collection::vec(0_u16..120, 0..12)) {
            let set: BTreeSet<u16> = days.iter().copied().collect();
            let spans = spans(&days);
            for day in 0..140_u16 {
                let says = set.iter().any(|d| *d < day && d + MEMORY >= day);
                prop_assert_eq!(spans.is_known(Day(day), MEMORY), says, "day {}", day);
                // Those of the span that is remembered: back to the first gap.
                let mut before = set.iter().copied().filter(|d| *d < day).rev();
                let last = before.next().filter(|d| d + MEMORY >= day);
                let again = last.and_then(|last| before.next().filter(|d| d + MEMORY >= last));
                let once = last.filter(|_| again.is_none()).map(Day);
                prop_assert_eq!(spans.once(Day(day), MEMORY), once, "day {}", day);
            }
        }

        #[test]
        fn any_split_any_order_any_copy(
            days in proptest::collection::vec(0_u16..120, 0..12),
            sides in proptest::collection::vec(0_u8..3, 12),
        ) {
            let side = |n: u8| {
                let mine = days.iter().zip(&sides).filter(|(_, s)| **s == n || **s == 2);
                spans(&mine.map(|(d, _)| *d).collect::<Vec<_>>())
            };
            let (one, two) = (side(0), side(1));
            let (mut a, mut b) = (one.clone(), two.clone());
            a.merge(&two, MEMORY);
            b.merge(&one, MEMORY);
            prop_assert_eq!(&a, &b);
            prop_assert_eq!(&a, &spans(&days));
            a.merge(&two, MEMORY);
            prop_assert_eq!(&a, &b);
        }
    }
}
