//! Numbers of hours beside what is usual.

use std::collections::HashMap;

use crate::hash::KeyId;
use crate::history::{HOURS, History};
use crate::profile::{Profile, spread};
use crate::{Calendar, Day};

/// Hours with something in them without which nothing is called usual, if a key
/// is only known by them.
const ACTIVE_MIN: u32 = 24;

/// Of a mean this much is the least deviation that is reckoned with: what never
/// varies is no alarm when it varies a little.
const LEAST_SHARE: f64 = 0.1;

/// What a key has in an hour, and what it had in the hours of the days before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hour {
    /// The number of the hour.
    pub number: u64,
    /// The mean of the hours before, those with nothing included.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// The number of the largest of them.
    pub max: u64,
    /// How many hours they are.
    pub hours: u32,
}

impl Hour {
    /// By how many deviations the hour is above the mean. A deviation counts as
    /// one at least, and as a tenth of the mean.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        (float(self.number) - self.mean) / self.deviation.max(1.0).max(self.mean * LEAST_SHARE)
    }

    /// How many times the largest of the hours before it is. That counts as one
    /// at least.
    #[must_use]
    pub fn peak(&self) -> f64 {
        float(self.number) / float(self.max.max(1))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of hours are far below 2^53"
)]
const fn float(number: u64) -> f64 {
    number as f64
}

/// Sums over hours.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    active: u32,
    max: u64,
    sum: u128,
    squares: u128,
}

impl Sums {
    fn of(profile: &Profile) -> Self {
        let (sum, squares) = profile.sums();
        Self {
            active: profile.hours,
            max: profile.max,
            sum,
            squares,
        }
    }

    fn add(&mut self, number: u64) {
        let wide = u128::from(number);
        self.active = self.active.saturating_add(1);
        self.max = self.max.max(number);
        self.sum = self.sum.saturating_add(wide);
        self.squares = self.squares.saturating_add(wide * wide);
    }

    /// These hours, and others.
    fn and(self, other: Self) -> Self {
        Self {
            active: self.active.saturating_add(other.active),
            max: self.max.max(other.max),
            sum: self.sum.saturating_add(other.sum),
            squares: self.squares.saturating_add(other.squares),
        }
    }

    /// An hour beside them, if they are of enough days since the first.
    fn beside(self, asked: Asked, calendar: &Calendar) -> Option<Hour> {
        let days = asked.day.0.checked_sub(asked.first.0)?;
        let is_known = asked.is_watched || self.active >= ACTIVE_MIN;
        if days < calendar.learning || !is_known {
            return None;
        }
        let hours = u32::from(days) * HOURS;
        let (mean, deviation) = spread(self.sum, self.squares, hours.max(self.active));
        Some(Hour {
            number: asked.number,
            mean,
            deviation,
            max: self.max,
            hours,
        })
    }
}

/// An hour that somebody asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) key: KeyId,
    /// The number of the hour.
    pub(crate) number: u64,
    /// The day that it is of.
    pub(crate) day: Day,
    /// The first day of the key.
    pub(crate) first: Day,
    /// Whether the key was there for long enough, whatever it had.
    pub(crate) is_watched: bool,
}

type Of = HashMap<KeyId, Vec<(u32, Sums)>, foldhash::fast::FixedState>;

/// The hours of a history, summed up to each of them.
#[derive(Debug, Default)]
pub(crate) struct Hours(Of);

impl Hours {
    /// Those of a history, without what is before the day `begin`.
    pub(crate) fn of(history: &History, begin: Day) -> Self {
        let first = u32::from(begin.0) * HOURS;
        let mut numbers: HashMap<KeyId, Vec<(u32, u64)>, foldhash::fast::FixedState> =
            HashMap::default();
        for (key, hour, number) in history.hours().filter(|(_, hour, _)| *hour >= first) {
            numbers.entry(key).or_default().push((hour, number));
        }
        let summed = |mut hours: Vec<(u32, u64)>| {
            hours.sort_unstable();
            let mut sums = Sums::default();
            let up_to = hours.into_iter().map(|(hour, number)| {
                sums.add(number);
                (hour, sums)
            });
            up_to.collect()
        };
        Self(
            numbers
                .into_iter()
                .map(|(key, hours)| (key, summed(hours)))
                .collect(),
        )
    }

    /// The day of the first of them.
    pub(crate) fn first_day(&self) -> Option<Day> {
        let firsts = self.0.values().filter_map(|hours| hours.first());
        let first = firsts.map(|(hour, _)| *hour).min()?;
        Some(Day(u16::try_from(first / HOURS).unwrap_or(u16::MAX)))
    }

    /// The sums of the hours before the first of `day`.
    fn before(&self, key: KeyId, day: Day) -> Sums {
        let hours = self.0.get(&key).map_or(&[][..], Vec::as_slice);
        let at = hours.partition_point(|(hour, _)| *hour < u32::from(day.0) * HOURS);
        let last = at.checked_sub(1).and_then(|at| hours.get(at));
        last.map_or_else(Sums::default, |(_, sums)| *sums)
    }

    /// An hour beside the hours of the days before.
    pub(crate) fn hour(&self, asked: Asked, calendar: &Calendar) -> Option<Hour> {
        self.before(asked.key, asked.day).beside(asked, calendar)
    }

    /// The same behind a profile, whose hours are none of these.
    pub(crate) fn hour_behind(
        &self,
        asked: Asked,
        profile: Option<&Profile>,
        calendar: &Calendar,
    ) -> Option<Hour> {
        let known = profile.map_or_else(Sums::default, Sums::of);
        let sums = known.and(self.before(asked.key, asked.day));
        sums.beside(asked, calendar)
    }

    /// The sum of what a key has in the hours before the first of `day`.
    pub(crate) fn sum(&self, key: KeyId, day: Day) -> u128 {
        self.before(key, day).sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hardly_varies_is_no_alarm_when_it_does() {
        let hour = |number, mean, deviation| Hour {
            number,
            mean,
            deviation,
            max: 0,
            hours: 720,
        };
        assert!((hour(20, 10.0, 2.5).sigma() - 4.0).abs() < 1e-9);
        assert!((hour(13, 10.0, 0.0).sigma() - 3.0).abs() < 1e-9);
        assert!((hour(1300, 1000.0, 10.0).sigma() - 3.0).abs() < 1e-9);
        assert!(hour(0, 10.0, 5.0).sigma() < 0.0);
    }

    #[test]
    fn an_hour_is_measured_by_the_largest_before_it() {
        let hour = |number, max| Hour {
            number,
            mean: 1.0,
            deviation: 1.0,
            max,
            hours: 720,
        };
        assert!((hour(90, 30).peak() - 3.0).abs() < 1e-9);
        assert!((hour(15, 30).peak() - 0.5).abs() < 1e-9);
        assert!((hour(7, 0).peak() - 7.0).abs() < 1e-9);
    }
}
