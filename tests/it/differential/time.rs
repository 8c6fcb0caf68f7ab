//! Parts of a time by counting days one by one.

use std::sync::LazyLock;

use regex::Regex;

use super::number::Decimal;

static ISO: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"^(\d{4})(-?)(\d\d)(-?)(\d\d)[Tt ](\d\d)(:?)(\d\d)(:?)(\d\d)",
        r"(?:\.\d+)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?$"
    );
    Regex::new(pattern).unwrap()
});

/// A time in UTC.
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) week: i64,
}

fn leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn month_days(year: i64) -> [i64; 12] {
    let february = if leap(year) { 29 } else { 28 };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

fn year_days(year: i64) -> i64 {
    if leap(year) { 366 } else { 365 }
}

/// ISO 8601 (`2026-11-21T19:20:00.5+02:00`, `20261121T192000Z`), or a number of
/// whole seconds since the epoch; from 10^11 on, of milliseconds.
pub(crate) fn parse(text: &str) -> Option<Civil> {
    let Some(found) = ISO.captures(text) else {
        let n = Decimal::parse(text)?.whole()?;
        let millis = n >= 100_000_000_000 || n <= -100_000_000_000;
        return Some(civil(if millis { n.div_euclid(1000) } else { n }));
    };
    let part = |i: usize| {
        let text = found.get(i).map_or("0", |m| m.as_str());
        text.parse::<i64>().unwrap()
    };
    let same = |i: usize, k: usize| found[i] == found[k];
    if !same(2, 4) || !same(7, 9) {
        return None;
    }
    let (year, month, day) = (part(1), part(3), part(5));
    let months = month_days(year);
    let length = *months.get(usize::try_from(month - 1).ok()?)?;
    if day < 1 || day > length || part(6) > 23 || part(8) > 59 || part(10) > 60 {
        return None;
    }
    let before: i64 = months[..usize::try_from(month - 1).unwrap()].iter().sum();
    let offset = part(12) * 3600 + part(13) * 60;
    let east = found.get(11).is_none_or(|m| m.as_str() == "+");
    let clock = part(6) * 3600 + part(8) * 60 + part(10);
    let days = days_to(year) + before + day - 1;
    Some(civil(
        days * 86_400 + clock - if east { offset } else { -offset },
    ))
}

/// Days from 1970 to the beginning of `year`.
fn days_to(year: i64) -> i64 {
    if year >= 1970 {
        (1970..year).map(year_days).sum()
    } else {
        -(year..1970).map(year_days).sum::<i64>()
    }
}

/// The calendar repeats, weekdays included, after 400 years.
const CYCLE_DAYS: i64 = 146_097;

fn civil(secs: i64) -> Civil {
    let cycles = secs.div_euclid(86_400).div_euclid(CYCLE_DAYS);
    let days = secs.div_euclid(86_400).rem_euclid(CYCLE_DAYS);
    let mut year = 1970;
    while days >= days_to(year + 1) {
        year += 1;
    }
    let (mut month, mut day) = (1, days - days_to(year));
    for length in month_days(year) {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    Civil {
        year: year + 400 * cycles,
        month,
        day: day + 1,
        hour: secs.rem_euclid(86_400) / 3600,
        minute: secs.rem_euclid(3600) / 60,
        week: week(days),
    }
}

/// ISO 8601: weeks begin on Monday, and the first one holds 4 January.
fn week(days: i64) -> i64 {
    let monday = |d: i64| d - (d + 3).rem_euclid(7);
    let mut year = 1969;
    while monday(days_to(year + 1) + 3) <= days {
        year += 1;
    }
    (days - monday(days_to(year) + 3)) / 7 + 1
}

#[test]
fn known_times() {
    let of = |t: &str| parse(t).map(|c| (c.year, c.month, c.day, c.hour, c.minute, c.week));
    let want = Some((2024, 7, 10, 12, 30, 28));
    for same in [
        "2024-07-10T12:30:00Z",
        "2024-07-10T14:30:00.123+02:00",
        "20240710T123000Z",
        "1720614600",
        "1720614600000",
    ] {
        assert_eq!(of(same), want, "{same}");
    }
    assert_eq!(of("2021-01-03T00:00:00Z"), Some((2021, 1, 3, 0, 0, 53)));
    assert_eq!(of("2024-12-30T00:00:00Z"), Some((2024, 12, 30, 0, 0, 1)));
    assert_eq!(of("1969-12-31T23:59:59Z"), Some((1969, 12, 31, 23, 59, 1)));
    for bad in [
        "2023-02-29T00:00:00Z",
        "2023-13-01T00:00:00Z",
        "noon",
        "1.5",
        "",
    ] {
        assert!(of(bad).is_none(), "{bad}");
    }
}
