//! Appending small things to a buffer of bytes without formatting machinery:
//! this is what most of the time of a generator goes into.

use crate::random::Random;
use flowtrail_event::{CivilTime, EventTime};

const HEX: &[u8; 16] = b"0123456789abcdef";
/// The alphabet of AWS's unique ids (base 32 without 0, 1, 8 and 9).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE36: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE62: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Which characters a random name is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `0-9a-f`: instance ids, hashes.
    Hex,
    /// `A-Z2-7`: `AROA…`, `ASIA…`.
    Base32,
    /// `A-Z0-9`: S3 request ids.
    Base36,
    /// Letters and digits: suffixes of secrets and object names.
    Base62,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::Hex => HEX,
            Self::Base32 => BASE32,
            Self::Base36 => BASE36,
            Self::Base62 => BASE62,
        }
    }
}

/// Appends a decimal number.
pub(crate) fn number(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(n).as_bytes());
}

/// Appends two digits.
fn two(out: &mut Vec<u8>, n: u32) {
    if n < 10 {
        out.push(b'0');
    }
    number(out, u64::from(n));
}

/// Appends `len` random characters.
pub(crate) fn name(out: &mut Vec<u8>, alphabet: Alphabet, len: usize, random: &mut Random) {
    let characters = alphabet.characters();
    let n = u64::try_from(characters.len()).unwrap_or(1);
    let mut left = len;
    while left > 0 {
        // Ten characters of up to 62 kinds fit into the 64 bits of one draw.
        let mut bits = random.next();
        for _ in 0..left.min(10) {
            let at = usize::try_from(bits % n).unwrap_or(0);
            out.extend(characters.get(at));
            bits /= n;
        }
        left = left.saturating_sub(10);
    }
}

/// `len` random characters as a text.
pub(crate) fn named(alphabet: Alphabet, len: usize, random: &mut Random) -> String {
    let mut out = Vec::with_capacity(len);
    name(&mut out, alphabet, len, random);
    String::from_utf8(out).unwrap_or_default()
}

/// A random UUID of version 4, as AWS writes request and event ids.
pub(crate) fn uuid(random: &mut Random) -> [u8; 36] {
    let (high, low) = (random.next(), random.next());
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    let mut out = [b'-'; 36];
    let mut nibbles = high
        .to_be_bytes()
        .into_iter()
        .chain(low.to_be_bytes())
        .flat_map(|b| [b >> 4, b & 15]);
    for (at, slot) in out.iter_mut().enumerate() {
        if !matches!(at, 8 | 13 | 18 | 23)
            && let Some(hex) = nibbles.next().and_then(|n| HEX.get(usize::from(n)))
        {
            *slot = *hex;
        }
    }
    out
}

/// [`uuid`] as a text.
pub(crate) fn uuid_text(random: &mut Random) -> String {
    uuid(random).iter().map(|b| char::from(*b)).collect()
}

fn year(out: &mut Vec<u8>, civil: &CivilTime) {
    number(out, u64::try_from(civil.year).unwrap_or(0));
}

/// Appends `2026-03-02T09:15:00Z`.
pub(crate) fn iso_time(out: &mut Vec<u8>, secs: i64) {
    let c = EventTime::from_secs(secs).civil();
    year(out, &c);
    for (sep, n) in [
        (b'-', c.month),
        (b'-', c.day),
        (b'T', c.hour),
        (b':', c.minute),
        (b':', c.second),
    ] {
        out.push(sep);
        two(out, n);
    }
    out.push(b'Z');
}

/// Appends `2026/03/02`, as keys and log streams have it.
pub(crate) fn date_path(out: &mut Vec<u8>, secs: i64) {
    let c = EventTime::from_secs(secs).civil();
    year(out, &c);
    out.push(b'/');
    two(out, c.month);
    out.push(b'/');
    two(out, c.day);
}

/// Appends `20260302T0915Z`, the minute in the name of a delivered file.
pub(crate) fn minute_stamp(out: &mut Vec<u8>, secs: i64) {
    let c = EventTime::from_secs(secs).civil();
    year(out, &c);
    two(out, c.month);
    two(out, c.day);
    out.push(b'T');
    two(out, c.hour);
    two(out, c.minute);
    out.push(b'Z');
}

/// Appends `Mar 2, 2026, 9:15:00 AM` (STS), or without the second comma (IAM).
pub(crate) fn java_time(out: &mut Vec<u8>, secs: i64, second_comma: bool) {
    let c = EventTime::from_secs(secs).civil();
    let month = usize::try_from(c.month).unwrap_or(1).saturating_sub(1);
    out.extend_from_slice(MONTHS.get(month).copied().unwrap_or("Jan").as_bytes());
    out.push(b' ');
    number(out, u64::from(c.day));
    out.extend_from_slice(b", ");
    year(out, &c);
    out.extend_from_slice(if second_comma { b", " } else { b" " });
    number(out, u64::from((c.hour + 11) % 12 + 1));
    out.push(b':');
    two(out, c.minute);
    out.push(b':');
    two(out, c.second);
    out.extend_from_slice(if c.hour < 12 { b" AM" } else { b" PM" });
}

/// What a function appends, as a text.
pub(crate) fn collected(append: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    append(&mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_look_as_aws_writes_them() {
        let t = EventTime::parse(b"2026-03-02T00:05:09Z").unwrap().secs();
        assert_eq!(collected(|o| iso_time(o, t)), "2026-03-02T00:05:09Z");
        assert_eq!(collected(|o| date_path(o, t)), "2026/03/02");
        assert_eq!(collected(|o| minute_stamp(o, t)), "20260302T0005Z");
        assert_eq!(
            collected(|o| java_time(o, t, true)),
            "Mar 2, 2026, 12:05:09 AM"
        );
        assert_eq!(
            collected(|o| java_time(o, t + 13 * 3600, false)),
            "Mar 2, 2026 1:05:09 PM"
        );
    }

    #[test]
    fn a_uuid_has_its_version_and_its_variant() {
        let mut r = Random::keyed(&[1]);
        for _ in 0..100 {
            let id = uuid_text(&mut r);
            assert_eq!(id.len(), 36);
            assert_eq!(id.as_bytes()[14], b'4');
            assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
            assert!(
                id.bytes()
                    .enumerate()
                    .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) {
                        b == b'-'
                    } else {
                        b.is_ascii_hexdigit()
                    })
            );
        }
    }

    #[test]
    fn names_have_the_length_and_the_alphabet() {
        let mut r = Random::keyed(&[2]);
        for len in [0, 1, 9, 10, 11, 17, 32, 64] {
            let name = named(Alphabet::Base32, len, &mut r);
            assert_eq!(name.len(), len);
            assert!(name.bytes().all(|b| BASE32.contains(&b)));
        }
    }
}
