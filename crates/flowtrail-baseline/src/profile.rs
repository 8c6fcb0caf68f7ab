//! Numbers of hours: how much is usual.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Parts of an octave: a number is known to a sixteenth.
const PARTS_BITS: u32 = 3;

/// The numbers of the hours in which there was something. Adding up is exact,
/// so that it does not matter in which order hours come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Hours with something in them.
    pub hours: u32,
    /// The number of the largest of them.
    pub max: u64,
    sum: u128,
    squares: u128,
    /// Hours by the size of their number.
    sizes: BTreeMap<u16, u32>,
}

impl Profile {
    /// Takes in an hour.
    pub fn add(&mut self, number: u64) {
        let wide = u128::from(number);
        self.hours = self.hours.saturating_add(1);
        self.max = self.max.max(number);
        self.sum = self.sum.saturating_add(wide);
        self.squares = self.squares.saturating_add(wide * wide);
        let hours = self.sizes.entry(size(number)).or_default();
        *hours = hours.saturating_add(1);
    }

    /// Takes in the hours of another one. No hour may be in both.
    pub fn merge(&mut self, other: &Self) {
        self.hours = self.hours.saturating_add(other.hours);
        self.max = self.max.max(other.max);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
        for (size, more) in &other.sizes {
            let hours = self.sizes.entry(*size).or_default();
            *hours = hours.saturating_add(*more);
        }
    }

    /// Mean and standard deviation over so many hours, of which those that are
    /// not in the profile had nothing.
    #[must_use]
    pub fn spread(&self, all_hours: u32) -> (f64, f64) {
        spread(self.sum, self.squares, all_hours.max(self.hours))
    }

    /// The sum of the numbers and that of their squares.
    pub(crate) const fn sums(&self) -> (u128, u128) {
        (self.sum, self.squares)
    }

    /// The number that a share of the hours with something does not exceed, to a
    /// sixteenth.
    #[must_use]
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = (share.clamp(0.0, 1.0) * f64::from(self.hours))
            .ceil()
            .max(1.0);
        let mut hours = 0.0;
        for (size, more) in &self.sizes {
            hours += f64::from(*more);
            if hours >= wanted {
                return middle(*size);
            }
        }
        0
    }

    /// The median and the median distance from it, of the hours with something.
    #[must_use]
    pub fn middle(&self) -> (u64, u64) {
        let median = self.quantile(0.5);
        let mut away: Vec<(u64, u32)> = self
            .sizes
            .iter()
            .map(|(size, hours)| (middle(*size).abs_diff(median), *hours))
            .collect();
        away.sort_unstable();
        let half = u64::from(self.hours).div_ceil(2);
        let mut hours = 0;
        for (distance, more) in away {
            hours += u64::from(more);
            if hours >= half {
                return (median, distance);
            }
        }
        (median, 0)
    }
}

/// Mean and standard deviation of numbers with this sum and sum of squares.
pub(crate) fn spread(sum: u128, squares: u128, count: u32) -> (f64, f64) {
    let n = f64::from(count.max(1));
    let mean = wide(sum) / n;
    let variance = (wide(squares) / n - mean * mean).max(0.0);
    (mean, variance.sqrt())
}

/// Numbers of hours are far below 2^100; the last digits of a mean do not matter.
fn wide(number: u128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a mean needs no more")]
    let float = number as f64;
    float
}

/// In which of the ranges a number lies: below 16 each has its own, above there
/// are eight to the octave.
fn size(number: u64) -> u16 {
    let octave = 63 - (number | 1).leading_zeros();
    let low = PARTS_BITS + 1;
    let size = if octave < low {
        number
    } else {
        let part = (number >> (octave - PARTS_BITS)) - (1 << PARTS_BITS);
        (u64::from(octave - low + 1) << PARTS_BITS) + (1 << PARTS_BITS) + part
    };
    u16::try_from(size).unwrap_or(u16::MAX)
}

/// The middle of a range.
fn middle(size: u16) -> u64 {
    let size = u64::from(size);
    let low = 1 << (PARTS_BITS + 1);
    if size < low {
        return size;
    }
    let octaves = (size - (1 << PARTS_BITS)) >> PARTS_BITS;
    let part = (size & ((1 << PARTS_BITS) - 1)) + (1 << PARTS_BITS);
    let shift = u32::try_from(octaves).unwrap_or(u32::MAX);
    let from = part.checked_shl(shift).unwrap_or(u64::MAX);
    from.saturating_add((1_u64.checked_shl(shift).unwrap_or(0)) / 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn profile(numbers: &[u64]) -> Profile {
        let mut profile = Profile::default();
        numbers.iter().for_each(|n| profile.add(*n));
        profile
    }

    #[test]
    fn small_numbers_are_exact() {
        let profile = profile(&[1, 2, 3, 4, 100]);
        assert_eq!((profile.quantile(0.5), profile.quantile(0.0)), (3, 1));
        assert_eq!(profile.middle(), (3, 1));
        assert_eq!((profile.quantile(1.0), profile.max), (100, 100));
        let (mean, deviation) = profile.spread(5);
        assert!((mean - 22.0).abs() < 1e-9 && (deviation - 39.0).abs() < 0.1);
        let (mean, _) = profile.spread(110);
        assert!((mean - 1.0).abs() < 1e-9);
        assert_eq!(Profile::default().middle(), (0, 0));
    }

    proptest! {
        #[test]
        fn a_number_is_known_to_a_sixteenth(number: u64) {
            let known = middle(size(number));
            prop_assert!(known.abs_diff(number) <= number / 16, "{number}: {known}");
        }

        #[test]
        fn larger_numbers_have_larger_sizes(a: u64, b: u64) {
            prop_assert!((a <= b) == (size(a) <= size(b)) || size(a) == size(b));
        }

        #[test]
        fn it_does_not_matter_who_adds_up(one: Vec<u32>, two: Vec<u32>) {
            let wide = |n: &[u32]| n.iter().map(|n| u64::from(*n)).collect::<Vec<_>>();
            let (one, two) = (wide(&one), wide(&two));
            let mut merged = profile(&two);
            merged.merge(&profile(&one));
            prop_assert_eq!(merged, profile(&[one, two].concat()));
        }
    }
}
