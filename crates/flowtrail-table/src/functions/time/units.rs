//! Units in which time is counted.

use chrono::{Datelike as _, Months, NaiveDateTime};
use datafusion::common::Result;

use super::super::fault;
use super::{DAY_MILLIS, civil, millis};

/// A unit: so many milliseconds, or so many months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Millis(i64),
    Months(i64),
}

impl Unit {
    /// Reads the name of a unit; case and a plural `s` do not count.
    ///
    /// # Errors
    /// The names that there are, if it is none of them.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let name = text.trim().to_ascii_lowercase();
        Ok(match name.strip_suffix('s').unwrap_or(&name) {
            "millisecond" => Self::Millis(1),
            "second" => Self::Millis(1000),
            "minute" => Self::Millis(60_000),
            "hour" => Self::Millis(3_600_000),
            "day" => Self::Millis(DAY_MILLIS),
            "week" => Self::Millis(7 * DAY_MILLIS),
            "month" => Self::Months(1),
            "quarter" => Self::Months(3),
            "year" => Self::Months(12),
            _ => {
                return Err(fault(format!(
                    "`{}` is no unit of time\nhint: units are {}",
                    text.escape_debug(),
                    super::UNIT
                )));
            }
        })
    }

    /// Whole units from one point in time to another.
    pub(super) fn between(self, from: i64, to: i64) -> Option<i64> {
        match self {
            Self::Millis(unit) => Some(to.checked_sub(from)? / unit),
            Self::Months(unit) => Some(months(civil(from)?, civil(to)?) / unit),
        }
    }

    /// The point in time `count` units after another.
    pub(super) fn after(self, time: i64, count: i64) -> Option<i64> {
        match self {
            Self::Millis(unit) => time.checked_add(count.checked_mul(unit)?),
            Self::Months(unit) => {
                let count = count.checked_mul(unit)?;
                Some(millis(shifted(civil(time)?, count)?))
            }
        }
    }

    /// Refuses units that a date does not have.
    pub(super) fn check_for_date(self) -> Result<()> {
        match self {
            Self::Millis(unit) if unit < DAY_MILLIS => Err(fault(
                "`date_add` cannot add hours, minutes or seconds to a date\nhint: `CAST(… AS TIMESTAMP)` gives it a time of day",
            )),
            Self::Millis(_) | Self::Months(_) => Ok(()),
        }
    }
}

/// A month later is the same day, or the last one of a shorter month.
fn shifted(time: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 {
        time.checked_sub_months(count)
    } else {
        time.checked_add_months(count)
    }
}

/// Whole months: as many as can be added without passing the other end.
fn months(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let number = |time: NaiveDateTime| i64::from(time.year()) * 12 + i64::from(time.month0());
    let count = number(to) - number(from);
    let reached = shifted(from, count);
    match reached {
        Some(reached) if count > 0 && reached > to => count - 1,
        Some(reached) if count < 0 && reached < to => count + 1,
        Some(_) | None => count,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::kind::iso8601;
    use super::*;

    fn at(text: &str) -> i64 {
        iso8601(text).unwrap()
    }

    #[test]
    fn units_between_two_points() {
        for (unit, from, to, expected) in [
            ("day", "2026-01-01", "2026-01-02T23:59:59Z", 1),
            ("day", "2026-01-02", "2026-01-01T00:00:01Z", 0),
            ("Days", "2026-01-03", "2026-01-01", -2),
            ("hour", "2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z", 0),
            ("week", "2026-01-01", "2026-01-20", 2),
            ("month", "2026-01-31", "2026-02-28", 1),
            ("month", "2026-01-15", "2026-02-14T23:59:59Z", 0),
            ("month", "2026-03-15", "2026-01-16", -1),
            ("quarter", "2026-01-01", "2026-12-31", 3),
            ("year", "2024-02-29", "2026-02-28", 2),
            ("year", "2024-03-01", "2026-02-28", 1),
            ("millisecond", "2026-01-01", "2026-01-01T00:00:01.5Z", 1500),
        ] {
            let unit = Unit::parse(unit).unwrap();
            assert_eq!(
                unit.between(at(from), at(to)),
                Some(expected),
                "{from} {to}"
            );
        }
    }

    #[test]
    fn units_later() {
        for (unit, count, from, expected) in [
            ("month", 1, "2026-01-31", "2026-02-28"),
            ("month", -13, "2026-03-31", "2025-02-28"),
            ("year", -2, "2024-02-29", "2022-02-28"),
            ("week", 2, "2026-01-01", "2026-01-15"),
            ("hour", -1, "2026-01-01", "2025-12-31T23:00:00Z"),
        ] {
            let unit = Unit::parse(unit).unwrap();
            assert_eq!(unit.after(at(from), count), Some(at(expected)), "{from}");
        }
        assert_eq!(Unit::Months(12).after(0, i64::MAX), None);
        assert_eq!(Unit::Months(12).after(i64::MAX, 1), None);
        assert_eq!(Unit::Millis(DAY_MILLIS).after(0, i64::MAX), None);
        assert_eq!(Unit::Millis(1).between(i64::MIN, i64::MAX), None);
    }

    #[test]
    fn an_unknown_unit_is_told() {
        let error = Unit::parse("fortnight").unwrap_err().to_string();
        assert!(
            error.contains("`fortnight`") && error.contains("`week`"),
            "{error}"
        );
    }
}
