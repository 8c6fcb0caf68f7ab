//! The values of single columns: absence, numbers, percent encoding.

use std::borrow::Cow;

/// What AWS writes for "not applicable" and "could not be computed".
pub(crate) const ABSENT: &[u8] = b"-";

/// Whether `text` is a decimal integer that an `i64` or a `u64` holds.
#[inline]
pub(crate) fn is_number(text: &[u8]) -> bool {
    if text.len() <= 18 && !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        return true; // Eighteen digits always fit.
    }
    is_long_number(text)
}

#[cold]
fn is_long_number(text: &[u8]) -> bool {
    match text.split_first() {
        Some((b'-', digits)) => {
            !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && seconds(text).is_some()
        }
        Some((b'0'..=b'9', _)) => {
            text.iter().all(u8::is_ascii_digit)
                && std::str::from_utf8(text).is_ok_and(|t| t.parse::<u64>().is_ok())
        }
        Some(_) | None => false,
    }
}

/// A time in seconds. `None` for `-` and for what no `i64` holds.
#[inline]
pub(crate) fn seconds(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `text` with its `%41` resolved. What is no such sequence stays as it is, and
/// so does the whole text if the result were not UTF-8.
pub(crate) fn percent_decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if let (b'%', [hi, lo, behind @ ..]) = (first, after)
            && let (Some(hi), Some(lo)) = (nibble(*hi), nibble(*lo))
        {
            out.push(hi << 4 | lo);
            rest = behind;
        } else {
            out.push(*first);
            rest = after;
        }
    }
    if std::str::from_utf8(&out).is_err() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(out)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// `text` with U+FFFD in place of what is not UTF-8.
pub(crate) fn lossy(text: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(text) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(s) => Cow::Owned(s.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal_and_fit_64_bits() {
        for good in [
            "0",
            "007",
            "443",
            "-1",
            "18446744073709551615",
            "-9223372036854775808",
            "00000000000000000000001",
        ] {
            assert!(is_number(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "-",
            "+1",
            "1.0",
            "1e3",
            "0x10",
            "18446744073709551616",
            "-9223372036854775809",
            "--1",
            "-+1",
            "None",
            "1 ",
        ] {
            assert!(!is_number(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn percent_sequences_are_resolved_where_they_are_whole() {
        let decoded =
            |t: &str| String::from_utf8(percent_decoded(t.as_bytes()).into_owned()).unwrap();
        assert_eq!(decoded("plain"), "plain");
        assert_eq!(decoded("web%20tier%2Fa"), "web tier/a");
        assert_eq!(decoded("caf%C3%a9"), "café");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%4"), "%4");
        assert_eq!(decoded("%zz%41%%41"), "%zzA%A");
        assert_eq!(decoded("%ff%41"), "%ff%41", "would not be UTF-8");
    }

    #[test]
    fn a_time_is_an_i64() {
        assert_eq!(seconds(b"1630619088"), Some(1_630_619_088));
        assert_eq!(seconds(b"-"), None);
        assert_eq!(seconds(b"18446744073709551615"), None);
    }
}
