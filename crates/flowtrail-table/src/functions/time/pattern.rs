//! Patterns of points in time: those of MySQL and of Joda are made into the one
//! of strftime, which a library writes and reads.

use std::fmt::Write as _;

use chrono::NaiveDateTime;
use chrono::format::{Fixed, Item, Parsed, StrftimeItems, parse};
use datafusion::common::Result;

use super::super::fault;
use super::millis;

/// The language of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `%Y-%m-%d %H:%i:%s`, of `date_format` and `date_parse`.
    MySql,
    /// `yyyy-MM-dd HH:mm:ss`, of `format_datetime` and `parse_datetime`.
    Joda,
    /// `%Y-%m-%d %H:%M:%S`.
    Strftime,
}

/// A pattern that was found right.
#[derive(Debug)]
pub(super) struct Pattern {
    items: Vec<Item<'static>>,
    /// The same with fractions of any number of digits.
    readable: Vec<Item<'static>>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The letter that is none.
    pub(super) fn parse(text: &str, syntax: Syntax) -> Result<Self> {
        let translated = match syntax {
            Syntax::MySql => mysql(text),
            Syntax::Joda => joda(text),
            Syntax::Strftime => Ok(text.to_owned()),
        };
        let refused = |hint: String| {
            let text = text.escape_debug();
            fault(format!("`{text}` is no pattern of a time\nhint: {hint}"))
        };
        let translated = translated.map_err(refused)?;
        let items = StrftimeItems::new(&translated).parse_to_owned();
        let items = items.map_err(|_| refused("a sign in it is unknown".to_owned()))?;
        let readable = items.iter().cloned().map(of_any_length).collect();
        Ok(Self { items, readable })
    }

    /// Appends a point in time. `false`, and nothing sensible appended, if it
    /// cannot be written so.
    pub(super) fn write(&self, time: &NaiveDateTime, out: &mut String) -> bool {
        let text = time.and_utc().format_with_items(self.items.iter());
        write!(out, "{text}").is_ok()
    }

    /// Milliseconds since 1970 of text that is written so. What the pattern
    /// does not name is the least: January, the first, midnight.
    pub(super) fn read(&self, text: &str) -> Option<i64> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.readable.iter()).ok()?;
        if parsed.year().is_none() && parsed.year_mod_100().is_none() {
            parsed.set_year(1970).ok()?;
        }
        if parsed.ordinal().is_none() && parsed.month().is_none() {
            parsed.set_month(1).ok()?;
        }
        if parsed.ordinal().is_none() && parsed.day().is_none() {
            parsed.set_day(1).ok()?;
        }
        if parsed.hour_mod_12().is_none() {
            parsed.set_hour(0).ok()?;
        } else if parsed.hour_div_12().is_none() {
            parsed.set_ampm(false).ok()?;
        }
        if parsed.minute().is_none() {
            parsed.set_minute(0).ok()?;
        }
        let offset = parsed.offset().unwrap_or(0);
        let time = parsed.to_naive_datetime_with_offset(offset).ok()?;
        Some(millis(time) - i64::from(offset) * 1000)
    }
}

/// A fraction of any number of digits in place of one of a fixed number.
fn of_any_length(item: Item<'static>) -> Item<'static> {
    if let Item::Fixed(Fixed::Nanosecond3 | Fixed::Nanosecond6 | Fixed::Nanosecond9) = item {
        return Item::Fixed(Fixed::Nanosecond);
    }
    item
}

/// The letters of MySQL that mean something else in strftime, or nothing.
fn mysql(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let Some(letter) = chars.next() else {
            return Err("a `%` at the end stands for nothing; `%%` is a percent sign".to_owned());
        };
        match letter {
            'a' | 'b' | 'd' | 'H' | 'I' | 'j' | 'm' | 'p' | 'S' | 'T' | 'y' | 'Y' | '%' => {
                out.extend(['%', letter]);
            }
            'c' => out.push_str("%-m"),
            'e' => out.push_str("%-d"),
            'f' if out.ends_with('.') => {
                // With the point it reads any number of digits.
                out.pop();
                out.push_str("%.6f");
            }
            'f' => out.push_str("%6f"),
            'h' => out.push_str("%I"),
            'i' => out.push_str("%M"),
            'k' => out.push_str("%-H"),
            'l' => out.push_str("%-I"),
            'M' => out.push_str("%B"),
            'r' => out.push_str("%I:%M:%S %p"),
            's' => out.push_str("%S"),
            'v' => out.push_str("%V"),
            'W' => out.push_str("%A"),
            'D' | 'U' | 'u' | 'V' | 'w' | 'X' | 'x' => {
                return Err(format!("`%{letter}` is not supported, in Athena neither"));
            }
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Runs of letters; what stands between apostrophes stands for itself.
fn joda(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = quoted(rest, &mut out)?;
            continue;
        }
        let run = rest.find(|other| other != c).unwrap_or(rest.len());
        let after = rest.get(run..).unwrap_or_default();
        if c.is_ascii_alphabetic() {
            let is_fraction = c == 'S' && out.ends_with('.');
            let letters = letters(c, run)?;
            if is_fraction {
                out.pop();
            }
            // With the point it reads any number of digits.
            out.push_str(if is_fraction { "%." } else { "" });
            out.push_str(
                letters
                    .strip_prefix('%')
                    .filter(|_| is_fraction)
                    .unwrap_or(letters),
            );
        } else {
            for literal in rest.get(..run).unwrap_or_default().chars() {
                out.push_str(if literal == '%' { "%" } else { "" });
                out.push(literal);
            }
        }
        rest = after;
    }
    Ok(out)
}

/// Takes what stands between apostrophes; two of them are one.
fn quoted<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    let mut rest = text.strip_prefix('\'').unwrap_or(text);
    if let Some(after) = rest.strip_prefix('\'') {
        out.push('\'');
        return Ok(after);
    }
    loop {
        let Some((inner, after)) = rest.split_once('\'') else {
            return Err("an apostrophe has no partner; inside SQL text it is written twice".into());
        };
        out.push_str(&inner.replace('%', "%%"));
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(after),
        }
    }
}

/// A letter of Joda that stands there so many times.
fn letters(letter: char, count: usize) -> Result<&'static str, String> {
    Ok(match (letter, count) {
        ('y' | 'Y' | 'u', 2) => "%y",
        ('y' | 'Y' | 'u', _) => "%Y",
        ('M', 1) => "%-m",
        ('M', 2) => "%m",
        ('M', 3) => "%b",
        ('M', _) => "%B",
        ('d', 1) => "%-d",
        ('d', _) => "%d",
        ('D', _) => "%j",
        ('E', 1..=3) => "%a",
        ('E', _) => "%A",
        ('e', _) => "%u",
        ('w', _) => "%V",
        ('a', _) => "%p",
        ('H', 1) => "%-H",
        ('H', _) => "%H",
        ('h', 1) => "%-I",
        ('h', _) => "%I",
        ('m', 1) => "%-M",
        ('m', _) => "%M",
        ('s', 1) => "%-S",
        ('s', _) => "%S",
        ('S', 1..=3) => "%3f",
        ('S', 4..=6) => "%6f",
        ('S', _) => "%9f",
        ('Z', 1) => "%z",
        ('Z', _) | ('X', _) => "%:z",
        ('z', _) => "UTC",
        _ => {
            return Err(format!(
                "the letter `{letter}` means nothing here; letters that stand for themselves go between apostrophes"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::kind::iso8601;
    use super::super::civil;
    use super::*;

    fn written(pattern: &str, syntax: Syntax) -> String {
        let time = civil(iso8601("2026-01-05T07:08:09.120Z").unwrap()).unwrap();
        let mut out = String::new();
        assert!(
            Pattern::parse(pattern, syntax)
                .unwrap()
                .write(&time, &mut out)
        );
        out
    }

    #[test]
    fn the_letters_of_mysql() {
        for (pattern, expected) in [
            ("%Y-%m-%d %H:%i:%s", "2026-01-05 07:08:09"),
            ("%Y%m%dT%H%i%S.%fZ", "20260105T070809.120000Z"),
            ("%c/%e/%y %k %l %p %j", "1/5/26 7 7 AM 005"),
            ("%M %W %b %a %v", "January Monday Jan Mon 02"),
            (
                "%r | %T | %h | 100%% %q",
                "07:08:09 AM | 07:08:09 | 07 | 100% q",
            ),
            ("größe", "größe"),
        ] {
            assert_eq!(written(pattern, Syntax::MySql), expected, "{pattern}");
        }
        for bad in ["%", "%Y %D", "%U"] {
            assert!(Pattern::parse(bad, Syntax::MySql).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_letters_of_joda() {
        for (pattern, expected) in [
            ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2026-01-05T07:08:09.120Z"),
            ("d.M.yy H:m:s a", "5.1.26 7:8:9 AM"),
            ("EEEE EEE MMMM MMM D w e", "Monday Mon January Jan 005 02 1"),
            ("'o''clock' hh ''", "o'clock 07 '"),
            ("yyyy Z ZZ z '%d' %", "2026 +0000 +00:00 UTC %d %"),
        ] {
            assert_eq!(written(pattern, Syntax::Joda), expected, "{pattern}");
        }
        for bad in ["'", "yyyy'T", "q", "yyyy-MM-ddTHH"] {
            assert!(Pattern::parse(bad, Syntax::Joda).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_is_read_as_it_was_written() {
        for (syntax, pattern, text, expected) in [
            (
                Syntax::MySql,
                "%Y-%m-%d",
                "2026-11-21",
                "2026-11-21T00:00:00Z",
            ),
            (Syntax::MySql, "%Y", "2026", "2026-01-01T00:00:00Z"),
            (Syntax::MySql, "%H:%i", "07:08", "1970-01-01T07:08:00Z"),
            (
                Syntax::MySql,
                "%Y-%m-%dT%H:%i:%s.%fZ",
                "2026-11-21T19:20:05.25Z",
                "2026-11-21T19:20:05.250Z",
            ),
            (
                Syntax::Joda,
                "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
                "2026-11-21T19:20:05.2501Z",
                "2026-11-21T19:20:05.250Z",
            ),
            (
                Syntax::MySql,
                "%d/%b/%Y %l %p",
                "21/Nov/2026 7 PM",
                "2026-11-21T19:00:00Z",
            ),
            (Syntax::MySql, "%Y %j", "2026 032", "2026-02-01T00:00:00Z"),
            (
                Syntax::Joda,
                "yyyy-MM-dd'T'HH:mm:ssZ",
                "2026-11-21T19:20:00+0100",
                "2026-11-21T18:20:00Z",
            ),
            (
                Syntax::Joda,
                "dd/MMM/yyyy:HH:mm:ss Z",
                "21/Nov/2026:19:20:00 +0000",
                "2026-11-21T19:20:00Z",
            ),
        ] {
            let got = Pattern::parse(pattern, syntax).unwrap().read(text);
            assert_eq!(got, iso8601(expected), "{text}");
        }
        for (pattern, text) in [
            ("%Y-%m-%d", "2026-13-01"),
            ("%Y-%m-%d", "2026-02-30"),
            ("%Y-%m-%d", "2026-02-03 rest"),
            ("%Y-%m-%d", ""),
            ("%H:%i", "25:00"),
        ] {
            let pattern = Pattern::parse(pattern, Syntax::MySql).unwrap();
            assert_eq!(pattern.read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(pattern in ".{0,12}", text in ".{0,16}", millis in any::<i64>()) {
            for syntax in [Syntax::MySql, Syntax::Joda] {
                let Ok(pattern) = Pattern::parse(&pattern, syntax) else { continue };
                pattern.read(&text);
                if let Some(time) = civil(millis) {
                    pattern.write(&time, &mut String::new());
                }
            }
        }

        #[test]
        fn what_is_written_is_read(secs in -10_000_000_000_i64..100_000_000_000) {
            for (syntax, text) in [(Syntax::MySql, "%Y-%m-%d %H:%i:%s"), (Syntax::Joda, "EEE d MMM yyyy hh:mm:ss a")] {
                let pattern = Pattern::parse(text, syntax).unwrap();
                let mut out = String::new();
                prop_assert!(pattern.write(&civil(secs * 1000).unwrap(), &mut out));
                prop_assert_eq!(pattern.read(&out), Some(secs * 1000));
            }
        }
    }
}
