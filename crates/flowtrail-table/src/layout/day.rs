//! Days of the calendar, UTC.

use std::fmt;

use flowtrail_event::EventTime;

/// Milliseconds of a day.
pub(super) const DAY_MS: i64 = 86_400_000;

/// A day in UTC: days since 1970-01-01, as `Date32` of Arrow counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of an instant.
    #[must_use]
    pub fn of(time: EventTime) -> Self {
        Self(i32::try_from(time.0.div_euclid(DAY_MS)).unwrap_or(i32::MAX))
    }

    /// Its midnight.
    #[must_use]
    pub const fn begins(self) -> EventTime {
        EventTime(self.0 as i64 * DAY_MS)
    }

    /// The midnight that ends it.
    #[must_use]
    pub const fn ends(self) -> EventTime {
        EventTime((self.0 as i64 + 1) * DAY_MS)
    }

    /// A day by its parts, if there is one: four digits, month and day from 1.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        instant(year, month, day, 0, 0).map(Self::of)
    }
}

impl fmt::Display for Day {
    /// `2026-03-01`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.begins().civil();
        write!(f, "{:04}-{:02}-{:02}", c.year, c.month, c.day)
    }
}

/// A minute by its parts, if there is one. Midnight may be that of the next day.
pub(super) fn instant(year: u16, month: u8, day: u8, hour: u8, minute: u8) -> Option<EventTime> {
    let mut text = *b"yyyyMMddTHHmm00Z";
    let parts = [
        (0..4, u32::from(year)),
        (4..6, month.into()),
        (6..8, day.into()),
        (9..11, hour.into()),
        (11..13, minute.into()),
    ];
    for (at, mut number) in parts {
        for digit in text.get_mut(at)?.iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).ok()?;
            number /= 10;
        }
        if number > 0 {
            return None;
        }
    }
    EventTime::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(Day::new(1970, 1, 2), Some(Day(1)));
        assert_eq!(
            Day::new(2026, 3, 1).map(|d| d.to_string()).as_deref(),
            Some("2026-03-01")
        );
        assert!(Day::new(2024, 2, 29).is_some());
        for (year, month, day) in [(2026, 2, 29), (2026, 13, 1), (2026, 0, 1), (2026, 1, 0)] {
            assert_eq!(Day::new(year, month, day), None, "{year}-{month}-{day}");
        }
        assert_eq!(Day::new(10_000, 1, 1), None);
        let day = Day::new(2026, 3, 1).unwrap();
        assert_eq!(Day::of(day.begins()), day);
        assert_eq!(Day::of(EventTime(day.ends().0 - 1)), day);
        assert_eq!(Day::of(day.ends()), Day(day.0 + 1));
    }
}
