//! Texts from logs and from the file, made safe before they are kept; numbers
//! and times for people.

use std::fmt::Write as _;

use flowtrail_event::EventTime;

/// Characters of an identifier that are kept. AWS's own are shorter.
const ID_CHARS_MAX: usize = 64;

/// An identifier from a log. Identifiers of AWS are letters, digits and a few
/// signs; whatever else stands there is shown by its number, so that it can
/// neither steer a terminal nor become markup.
pub(crate) fn id(text: &[u8]) -> Box<str> {
    let mut safe = String::with_capacity(text.len().min(ID_CHARS_MAX));
    for byte in text.iter().take(ID_CHARS_MAX) {
        if byte.is_ascii_alphanumeric() || b"-_./:@+=,".contains(byte) {
            safe.push(char::from(*byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(safe, "\\x{byte:02x}");
        }
    }
    safe.into()
}

/// A text for people: letters, digits and what a keyboard has; the rest is shown
/// by its number.
pub(crate) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
        if c == ' ' || c.is_ascii_graphic() || (c.is_alphanumeric() && !hidden) {
            safe.push(c);
        } else {
            let _ = write!(safe, "{}", c.escape_unicode());
        }
    }
    safe
}

/// A number with commas: `12,400,301`.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 6);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number in at most five characters: `999`, `12k`, `1.2M`.
pub(crate) fn short(n: u64) -> String {
    const UNITS: [(u64, char); 4] = [
        (1_000_000_000_000, 'T'),
        (1_000_000_000, 'G'),
        (1_000_000, 'M'),
        (1_000, 'k'),
    ];
    let Some((unit, letter)) = UNITS.into_iter().find(|(unit, _)| n >= *unit) else {
        return n.to_string();
    };
    if n / unit < 10 {
        let tenths = n / (unit / 10);
        format!("{}.{}{letter}", tenths / 10, tenths % 10)
    } else {
        format!("{}{letter}", n / unit)
    }
}

/// Bytes: `812 B`, `1.2 MB`.
pub(crate) fn bytes(n: u64) -> String {
    let text = short(n);
    match text.strip_suffix(['k', 'M', 'G', 'T']) {
        None => format!("{text} B"),
        Some(value) => {
            let letter = text.chars().next_back().unwrap_or('k');
            format!("{value} {letter}B")
        }
    }
}

/// A number of things: `1 record`, `2 records`.
pub(crate) fn counted(n: u64, thing: &str) -> String {
    let end = match (n, thing.ends_with("s")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {thing}{end}", number(n))
}

/// A share in percent, with as many digits as make it more than nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let millionths = u128::from(part) * 1_000_000 / u128::from(whole);
    match millionths {
        0 => "less than 0.0001 %".to_owned(),
        1..100 => format!("0.{millionths:04} %"),
        100..100_000 => format!("{}.{:02} %", millionths / 10_000, millionths / 100 % 100),
        _ => format!("{} %", millionths / 10_000),
    }
}

/// A stretch of time: `30 days`, `5 hours`, `12 minutes`.
pub(crate) fn duration(secs: i64) -> String {
    let secs = u64::try_from(secs).unwrap_or(0);
    match secs {
        0..120 => counted(secs, "second"),
        120..7200 => counted(secs / 60, "minute"),
        7200..172_800 => counted(secs / 3600, "hour"),
        _ => counted((secs + 43_200) / 86_400, "day"),
    }
}

/// An instant to the minute: `2026-03-02 10:15Z`.
pub(crate) fn minute(time: EventTime) -> String {
    let c = time.civil();
    let (hour, minute) = (c.hour, c.minute);
    format!("{} {hour:02}:{minute:02}Z", day(time))
}

/// The day of an instant.
pub(crate) fn day(time: EventTime) -> String {
    let c = time.civil();
    format!("{:04}-{:02}-{:02}", c.year, c.month, c.day)
}

/// A list as people say it: `a, b and c`, cut after `max`.
pub(crate) fn list(items: &[String], max: usize) -> String {
    let more = items.len().saturating_sub(max);
    let mut shown: Vec<String> = items.iter().take(max).cloned().collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_log_says_is_made_safe() {
        assert_eq!(&*id(b"eni-0a1b"), "eni-0a1b");
        assert_eq!(&*id(b"<b>\x1b[2J"), "\\x3cb\\x3e\\x1b\\x5b2J");
        assert_eq!(id(&[b'a'; 500]).len(), 64);
        assert_eq!(plain("Büro <1>"), "Büro <1>");
        assert_eq!(plain("a\u{1b}b\u{202e}c\n"), "a\\u{1b}b\\u{202e}c\\u{a}");
    }

    #[test]
    fn numbers_are_short_enough_to_read() {
        assert_eq!(
            (number(0), number(1_234_567)),
            ("0".into(), "1,234,567".into())
        );
        for (n, text) in [
            (999, "999"),
            (1000, "1.0k"),
            (1999, "1.9k"),
            (12_400, "12k"),
        ] {
            assert_eq!(short(n), text);
        }
        assert_eq!(
            (short(u64::MAX).len() < 10, bytes(812)),
            (true, "812 B".into())
        );
        assert_eq!(bytes(1_250_000), "1.2 MB");
        for (part, whole, text) in [
            (0, 5, "0 %"),
            (1, 10_000, "0.01 %"),
            (1, 1_000_000, "0.0001 %"),
            (1, 100_000_000, "less than 0.0001 %"),
            (1, 40, "2.50 %"),
            (1, 3, "33 %"),
            (5, 5, "100 %"),
        ] {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
        assert_eq!(duration(30 * 86_400 - 60), "30 days");
        assert_eq!(
            (duration(90), duration(660)),
            ("90 seconds".into(), "11 minutes".into())
        );
        assert_eq!(counted(2, "address"), "2 addresses");
    }

    #[test]
    fn lists_are_cut() {
        let all: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(list(&all, 9), "a, b, c and d");
        assert_eq!(list(&all, 2), "a, b and 2 more");
        assert_eq!(
            (list(&all[..1], 2), list(&[], 2)),
            ("a".into(), String::new())
        );
    }
}
