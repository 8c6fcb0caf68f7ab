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
    /// How many hours they are.
    pub hours: u32,
}

impl Hour {
    /// By how many deviations the hour is above the mean. A deviation counts as
    /// one at least, and as a tenth of the mean.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers of hours are far below 2^53"
        )]
        let number = self.number as f64;
        (number - self.mean) / self.deviation.max(1.0).max(self.mean * LEAST_SHARE)
    }
}

/// Sums over hours.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    active: u32,
    sum: u128,
    squares: u128,
}

impl Sums {
    fn of(profile: &Profile) -> Self {
        let (sum, squares) = profile.sums();
        Self {
            active: profile.hours,
            sum,
            squares,
        }
    }

    fn add(&mut self, number: u64) {
        let wide = u128::from(number);
        self.active = self.active.saturating_add(1);
        self.sum = self.sum.saturating_add(wide);
        self.squares = self.squares.saturating_add(wide * wide);
    }

    /// These hours, and those between two others.
    fn and(self, from: Self, to: Self) -> Self {
        Self {
            active: self
                .active
                .saturating_add(to.active.saturating_sub(from.active)),
            sum: self.sum.saturating_add(to.sum.saturating_sub(from.sum)),
            squares: self
                .squares
                .saturating_add(to.squares.saturating_sub(from.squares)),
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
    pub(crate) fn of(history: &History) -> Self {
        let mut numbers: HashMap<KeyId, Vec<(u32, u64)>, foldhash::fast::FixedState> =
            HashMap::default();
        for (key, hour, number) in history.hours() {
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

    /// The same behind a profile, which ends with the day before `begin`.
    pub(crate) fn hour_behind(
        &self,
        asked: Asked,
        (profile, begin): (Option<&Profile>, Day),
        calendar: &Calendar,
    ) -> Option<Hour> {
        let known = profile.map_or_else(Sums::default, Sums::of);
        let (from, to) = (begin, asked.day.max(begin));
        let sums = known.and(self.before(asked.key, from), self.before(asked.key, to));
        sums.beside(asked, calendar)
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
            hours: 720,
        };
        assert!((hour(20, 10.0, 2.5).sigma() - 4.0).abs() < 1e-9);
        assert!((hour(13, 10.0, 0.0).sigma() - 3.0).abs() < 1e-9);
        assert!((hour(1300, 1000.0, 10.0).sigma() - 3.0).abs() < 1e-9);
        assert!(hour(0, 10.0, 5.0).sigma() < 0.0);
    }
}
