//! Small phrases that several outputs say in the same words.

use flowtrail_detect::{Finding, FirstSeen};
use flowtrail_event::EventTime;

/// Whether a finding stands on several events: a correlation.
pub(crate) fn is_correlation(finding: &Finding) -> bool {
    finding.count > 1 || finding.value.is_some() || !finding.group.is_empty()
}

/// The call, as IAM policies write it: `cloudtrail:StopLogging`.
pub(crate) fn api(finding: &Finding) -> Option<String> {
    let name = finding.facts.event_name.as_deref()?;
    Some(match finding.facts.event_source.as_deref() {
        Some(source) => format!("{source}:{name}"),
        None => name.to_owned(),
    })
}

/// When a finding was complete: the time of its last event.
pub(crate) fn time(finding: &Finding) -> Option<EventTime> {
    finding.last.or(finding.first)
}

/// An instant to the second, in UTC: `2026-07-31 02:14:09Z`.
pub(crate) fn instant(time: EventTime) -> String {
    let c = time.civil();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
        c.year, c.month, c.day, c.hour, c.minute, c.second
    )
}

/// The usual name of an IANA protocol number, lower case; `None` for those that
/// hardly occur in a VPC.
pub(crate) const fn protocol(number: u32) -> Option<&'static str> {
    match number {
        1 => Some("icmp"),
        2 => Some("igmp"),
        4 => Some("ipv4"),
        6 => Some("tcp"),
        17 => Some("udp"),
        41 => Some("ipv6"),
        47 => Some("gre"),
        50 => Some("esp"),
        51 => Some("ah"),
        58 => Some("ipv6-icmp"),
        132 => Some("sctp"),
        _ => None,
    }
}

/// Address and port; an IPv6 address in brackets, so that the port stands out.
pub(crate) fn endpoint(address: Option<&str>, port: Option<u32>) -> String {
    let address = address.unwrap_or("?");
    match port {
        None => address.to_owned(),
        Some(port) if address.contains(':') => format!("[{address}]:{port}"),
        Some(port) => format!("{address}:{port}"),
    }
}

/// A count with its digits in groups of three: `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `a, b or c`.
pub(crate) fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// `1 event`, `2 events`.
pub(crate) fn plural(n: u64, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", count(n))
}

/// A computed number: whole where it is whole, else with at most three decimals.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    match text.split_once('.') {
        Some((whole, decimals)) => match decimals.trim_end_matches('0') {
            "" => whole.to_owned(),
            rest => format!("{whole}.{rest}"),
        },
        None => text, // NaN and the infinities
    }
}

/// Bytes in decimal units, as AWS bills them: `1.4 GB`.
pub(crate) fn bytes(n: u64) -> String {
    let mut unit = 1_u64;
    let mut name = None;
    for (size, unit_name) in [
        (1_000, "kB"),
        (1_000_000, "MB"),
        (1_000_000_000, "GB"),
        (1_000_000_000_000, "TB"),
    ] {
        if n >= size {
            (unit, name) = (size, Some(unit_name));
        }
    }
    let Some(name) = name else {
        return format!("{n} B");
    };
    let tenths = n / (unit / 10);
    format!("{}.{} {name}", count(tenths / 10), tenths % 10)
}

/// A span of time in its two largest units: `4 min 10 s`, `3 d 4 h`.
pub(crate) fn span(millis: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = millis / 1000;
    let mut parts: Vec<String> = Vec::new();
    for (secs, unit) in UNITS {
        let n = rest / secs;
        rest %= secs;
        if n > 0 {
            parts.push(format!("{} {unit}", count(n)));
        } else if !parts.is_empty() {
            break; // `1 d 4 s` would claim a precision that nobody reads
        }
        if parts.len() == 2 {
            break;
        }
    }
    match parts.is_empty() {
        true => "0 s".to_owned(),
        false => parts.join(" "),
    }
}

/// The first sentence of a rule's description, on one line.
pub(crate) fn first_sentence(text: &str) -> String {
    const ABBREVIATIONS: [&str; 5] = ["e.g.", "i.e.", "cf.", "vs.", "etc."];
    let mut sentence = String::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        let bare = word.trim_start_matches(['(', '"', '`']);
        let ends = word
            .trim_end_matches([')', '"', '`'])
            .ends_with(['.', '!', '?']);
        let starts = words
            .peek()
            .and_then(|next| next.chars().next())
            .is_none_or(|c| !c.is_lowercase());
        if ends && starts && !ABBREVIATIONS.contains(&bare) {
            break;
        }
    }
    sentence
}

/// The last part of a path: where a rule lay on the machine that loaded it is
/// nobody else's business, and would make findings differ between machines.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// What is new, to whom.
pub(crate) fn first_seen(new: &FirstSeen) -> String {
    format!("{} {} to {}", new.dimension.name(), new.value, new.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_sizes() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(plural(1, "event"), "1 event");
        assert_eq!(plural(1200, "event"), "1,200 events");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 kB");
        assert_eq!(bytes(1_449_000_000), "1.4 GB");
        assert_eq!(bytes(u64::MAX), "18,446,744.0 TB");
    }

    #[test]
    fn numbers() {
        assert_eq!(number(12.0), "12");
        assert_eq!(number(0.1 + 0.2), "0.3");
        assert_eq!(number(-3.25), "-3.25");
        assert_eq!(number(f64::NAN), "NaN");
        assert_eq!(number(f64::INFINITY), "inf");
    }

    #[test]
    fn spans() {
        assert_eq!(span(0), "0 s");
        assert_eq!(span(250_000), "4 min 10 s");
        assert_eq!(span(3_600_000), "1 h");
        assert_eq!(span(86_404_000), "1 d");
        assert_eq!(span(273_600_000), "3 d 4 h");
    }

    #[test]
    fn endpoints() {
        assert_eq!(endpoint(Some("10.0.0.1"), Some(22)), "10.0.0.1:22");
        assert_eq!(endpoint(Some("2001:db8::1"), Some(22)), "[2001:db8::1]:22");
        assert_eq!(endpoint(None, None), "?");
    }

    #[test]
    fn first_sentences() {
        assert_eq!(first_sentence("One  two.\nThree."), "One two.");
        assert_eq!(
            first_sentence("Uses a key, e.g. AWS CLI. More."),
            "Uses a key, e.g. AWS CLI."
        );
        assert_eq!(
            first_sentence("Calls s3.amazonaws.com too. So."),
            "Calls s3.amazonaws.com too."
        );
        assert_eq!(first_sentence("No full stop"), "No full stop");
        assert_eq!(
            first_sentence("Denied (see below.) Then"),
            "Denied (see below.)"
        );
        assert_eq!(first_sentence(" \n "), "");
    }

    #[test]
    fn file_names() {
        assert_eq!(file_name("rules/aws/stop.yml"), "stop.yml");
        assert_eq!(file_name("C:\\rules\\stop.yml"), "stop.yml");
        assert_eq!(file_name("stop.yml"), "stop.yml");
    }

    #[test]
    fn instants_are_utc_to_the_second() {
        assert_eq!(
            instant(EventTime(1_700_000_000_787)),
            "2023-11-14 22:13:20Z"
        );
    }
}
