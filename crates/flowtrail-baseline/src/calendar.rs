//! Days, and what a record of a day may know.

use std::fmt;

use flowtrail_event::EventTime;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;

/// The last day, in the year 2149. The number behind it stands for no day where
/// a file has room for several.
const LAST: u16 = u16::MAX - 1;

/// A day in UTC, in days since 1970-01-01. What is earlier or later than the
/// first or the last is the first or the last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Day(pub u16);

impl Day {
    /// The day of an instant.
    #[must_use]
    pub fn of(time: EventTime) -> Self {
        Self::of_ms(time.0)
    }

    fn of_ms(ms: i64) -> Self {
        let day = ms.div_euclid(DAY_MS).clamp(0, i64::from(LAST));
        Self(u16::try_from(day).unwrap_or(LAST))
    }

    /// Its first instant.
    #[must_use]
    pub fn begins(self) -> EventTime {
        EventTime(i64::from(self.0) * DAY_MS)
    }
}

impl fmt::Display for Day {
    /// `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.begins().civil();
        write!(f, "{:04}-{:02}-{:02}", civil.year, civil.month, civil.day)
    }
}

/// How instants become days, and for how long days are remembered. It belongs
/// to a baseline: what was gathered with another one is something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// By how much, in milliseconds, a record may be read later than one that is
    /// younger.
    pub lateness_ms: i64,
    /// For how many days a sighting is remembered.
    pub memory: u16,
    /// For how many days a key must be known before anything is new to it.
    pub learning: u16,
    /// On how many days it must have been seen; five are kept.
    pub active: u8,
}

impl Default for Calendar {
    /// Twenty minutes, 90 days; two weeks and five days of them.
    fn default() -> Self {
        Self {
            lateness_ms: 20 * 60 * 1000,
            memory: 90,
            learning: 14,
            active: 5,
        }
    }
}

impl fmt::Display for Calendar {
    /// `90 days of memory, 14 of learning, 5 active, 20 minutes of lateness`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.lateness_ms / 60_000;
        let (memory, learning, active) = (self.memory, self.learning, self.active);
        write!(
            f,
            "{memory} days of memory, {learning} of learning, {active} active, \
             {minutes} minutes of lateness"
        )
    }
}

impl Calendar {
    /// The day that a sighting counts for: with the last of the lateness before
    /// midnight the next one begins.
    #[must_use]
    pub fn seen_on(&self, time: EventTime) -> Day {
        Day::of_ms(time.0.saturating_add(self.lateness_ms))
    }

    /// The day on which a record is judged: what counts for days before it, the
    /// record knows.
    #[must_use]
    pub fn judged_on(&self, time: EventTime) -> Day {
        Day::of(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> EventTime {
        EventTime::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_day_has_its_date() {
        assert_eq!(
            Day::of(at("2026-11-22T23:59:59Z")).to_string(),
            "2026-11-22"
        );
        assert_eq!(Day::of(EventTime(-1)), Day(0));
        assert_eq!(Day::of(EventTime(i64::MAX)), Day(LAST));
    }

    /// The argument of the crate's documentation, instant by instant.
    #[test]
    fn what_a_record_knows_was_read_before_it() {
        let calendar = Calendar::default();
        let midnight = at("2026-11-22T00:00:00Z").0;
        for seen in (-90..90).map(|m| midnight + m * 60_000) {
            for judged in (-90..90).map(|m| midnight + m * 60_000) {
                let (seen, judged) = (EventTime(seen), EventTime(judged));
                if calendar.seen_on(seen) < calendar.judged_on(judged) {
                    assert!(seen.0 < judged.0 - calendar.lateness_ms);
                }
            }
        }
        // And it is not lost: a day later everything is known.
        let day = calendar.judged_on(EventTime(midnight + DAY_MS));
        assert!(calendar.seen_on(EventTime(midnight - 1)) < day);
    }
}
