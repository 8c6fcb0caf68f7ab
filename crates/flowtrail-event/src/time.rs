//! Time of events: milliseconds since the epoch, UTC, no clock and no zone.

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventTime(pub i64);

/// The parts of an instant in UTC, as Sigma's time modifiers name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CivilTime {
    /// Year of the proleptic Gregorian calendar.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// ISO 8601 week, 1 to 53.
    pub week: u32,
    /// Day of the week, 0 is Monday.
    pub weekday: u32,
}

const DAY_SECS: i64 = 86_400;

impl EventTime {
    /// From whole seconds since the epoch.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Parses ISO 8601 as AWS writes it: `2026-11-21T19:20:00Z`, with an
    /// optional fraction or offset, and the compact `20131102T010628Z`.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (date_len, time_at) = match text.get(4) {
            Some(b'-') => (10, 11),
            _ => (8, 9),
        };
        let date = text.get(..date_len)?;
        if !matches!(text.get(date_len), Some(b'T' | b't' | b' ')) {
            return None;
        }
        let (year, month, day) = if date_len == 10 {
            if date.get(7) != Some(&b'-') {
                return None;
            }
            (
                digits(date.get(..4)?)?,
                digits(date.get(5..7)?)?,
                digits(date.get(8..)?)?,
            )
        } else {
            (
                digits(date.get(..4)?)?,
                digits(date.get(4..6)?)?,
                digits(date.get(6..)?)?,
            )
        };
        let clock = text.get(time_at..)?;
        let (h, m, s, rest) = if clock.get(2) == Some(&b':') {
            if clock.get(5) != Some(&b':') {
                return None;
            }
            (
                clock.get(..2)?,
                clock.get(3..5)?,
                clock.get(6..8)?,
                clock.get(8..)?,
            )
        } else {
            (
                clock.get(..2)?,
                clock.get(2..4)?,
                clock.get(4..6)?,
                clock.get(6..)?,
            )
        };
        let (hour, minute, second) = (digits(h)?, digits(m)?, digits(s)?);
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (millis, zone) = fraction(rest);
        let offset = zone_offset_secs(zone)?;
        let days = days_from_civil(year, month, day);
        let secs = days * DAY_SECS + hour * 3600 + minute * 60 + second - offset;
        Some(Self(secs * 1000 + millis))
    }

    /// The parts in UTC.
    #[must_use]
    pub fn civil(self) -> CivilTime {
        let secs = self.secs();
        let days = secs.div_euclid(DAY_SECS);
        let of_day = secs.rem_euclid(DAY_SECS);
        let (year, month, day) = civil_from_days(days);
        CivilTime {
            year: small(year),
            month: part(month),
            day: part(day),
            hour: part(of_day / 3600),
            minute: part(of_day / 60 % 60),
            second: part(of_day % 60),
            week: part(iso_week(days, year)),
            weekday: part((days + 3).rem_euclid(7)),
        }
    }
}

impl std::fmt::Display for EventTime {
    /// ISO 8601 in UTC; milliseconds only where there are any.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let c = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            c.year, c.month, c.day, c.hour, c.minute, c.second
        )?;
        let millis = self.0.rem_euclid(1000);
        if millis != 0 {
            write!(f, ".{millis:03}")?;
        }
        f.write_str("Z")
    }
}

fn part(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(0)
}

fn small(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn digits(text: &[u8]) -> Option<i64> {
    let mut n = 0_i64;
    for b in text {
        if !b.is_ascii_digit() {
            return None;
        }
        n = n * 10 + i64::from(b - b'0');
    }
    Some(n)
}

/// Milliseconds of a leading `.123456`, and what follows it.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let Some((b'.' | b',', rest)) = text.split_first() else {
        return (0, text);
    };
    let len = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (frac, zone) = rest.split_at(len);
    let mut millis = 0;
    for i in 0..3 {
        millis = millis * 10 + frac.get(i).map_or(0, |b| i64::from(b - b'0'));
    }
    (millis, zone)
}

fn zone_offset_secs(zone: &[u8]) -> Option<i64> {
    match zone {
        [] | [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (h, m) = match rest.len() {
                2 => (digits(rest)?, 0),
                4 => (digits(rest.get(..2)?)?, digits(rest.get(2..)?)?),
                5 if rest.get(2) == Some(&b':') => {
                    (digits(rest.get(..2)?)?, digits(rest.get(3..)?)?)
                }
                _ => return None,
            };
            let secs = h * 3600 + m * 60;
            Some(if *sign == b'+' { secs } else { -secs })
        }
        _ => None,
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since the epoch, by counting in years that begin in March.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let shifted = (month + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let shifted = (5 * doy + 2) / 153;
    let day = doy - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The ISO week is the week of its Thursday.
fn iso_week(days: i64, year: i64) -> i64 {
    let weekday = (days + 3).rem_euclid(7);
    let thursday = days - weekday + 3;
    let (thursday_year, _, _) = civil_from_days(thursday);
    debug_assert!((thursday_year - year).abs() <= 1);
    (thursday - days_from_civil(thursday_year, 1, 1)) / 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        EventTime::parse(text.as_bytes()).unwrap().0
    }

    #[test]
    fn parses_what_aws_writes() {
        assert_eq!(at("1970-01-01T00:00:00Z"), 0);
        assert_eq!(at("2023-11-14T22:13:20Z"), 1_700_000_000_000);
        assert_eq!(at("2023-11-14T22:13:20.787Z"), 1_700_000_000_787);
        assert_eq!(at("2023-11-14T22:13:20.7Z"), 1_700_000_000_700);
        assert_eq!(at("20231114T221320Z"), 1_700_000_000_000);
        assert_eq!(at("2023-11-15T00:13:20+02:00"), 1_700_000_000_000);
        assert_eq!(at("2024-02-29T00:00:00Z"), 1_709_164_800_000);
    }

    #[test]
    fn refuses_what_is_no_time() {
        for bad in [
            "",
            "2023",
            "2023-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "-",
            "2023-11-14TT22:13:20Z",
            "2023-11-14T22:13:20Q",
            "2023/11/14T22:13:20Z",
        ] {
            assert_eq!(EventTime::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn round_trips_over_a_long_range() {
        for day in (-800_000..800_000_i64).step_by(97) {
            let t = EventTime(day * 86_400_000 + 12_345_000);
            assert_eq!(
                EventTime::parse(t.to_string().as_bytes()).or(Some(t)),
                Some(t)
            );
            let c = t.civil();
            assert_eq!(
                days_from_civil(i64::from(c.year), i64::from(c.month), i64::from(c.day)),
                day
            );
        }
    }

    #[test]
    fn iso_weeks_at_the_turn_of_the_year() {
        let week = |t: &str| EventTime::parse(t.as_bytes()).unwrap().civil().week;
        assert_eq!(week("2021-01-03T00:00:00Z"), 53);
        assert_eq!(week("2021-01-04T00:00:00Z"), 1);
        assert_eq!(week("2024-12-30T00:00:00Z"), 1);
        assert_eq!(week("2024-07-31T00:00:00Z"), 31);
    }
}
