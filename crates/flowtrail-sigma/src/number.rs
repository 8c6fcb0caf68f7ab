//! Numbers, compared exactly: 64-bit identifiers and counters never pass
//! through a float unless one side is one.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// A number as a rule or a log writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Int(i128),
    Float(f64),
}

/// Beyond the integers that an `i128` holds.
const TWO_TO_127: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

impl Number {
    /// Parses decimal text; `None` for anything else, infinities included.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let first = text.first()?;
        if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        if let Ok(n) = text.parse::<i128>() {
            return Some(Self::Int(n));
        }
        let digits_only = text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
        let float = text.parse::<f64>().ok()?;
        (digits_only && float.is_finite()).then(|| Self::float(float))
    }

    /// A float; whole ones become integers so that `1.0` equals `1`. What stays
    /// a float equals no integer, so that equal numbers have one [`Number::key`].
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole float below 2^127 fits i128 exactly"
    )]
    pub(crate) fn float(n: f64) -> Self {
        if n.fract() == 0.0 && n.abs() < TWO_TO_127 {
            Self::Int(n as i128)
        } else {
            Self::Float(n)
        }
    }

    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Int(a), Self::Float(b)) => int_float(a, b),
            (Self::Float(a), Self::Int(b)) => int_float(b, a).map(Ordering::reverse),
        }
    }

    /// A key under which equal numbers meet.
    pub(crate) const fn key(self) -> i128 {
        match self {
            Self::Int(n) => n,
            // Fractions and huge floats: their bits, moved out of the way of integers.
            Self::Float(f) => (f.to_bits() as i128) | (1 << 100),
        }
    }
}

/// Whether they are written alike: a number that is none (`.nan`) is itself.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Int(_), Self::Float(_)) | (Self::Float(_), Self::Int(_)) => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, to: &mut H) {
        self.key().hash(to);
    }
}

/// Compares by the whole part first, which is exact.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, which keeps the order"
)]
fn int_float(a: i128, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    let whole = b.floor();
    Some(a.cmp(&(whole as i128)).then(if b > whole {
        Ordering::Less
    } else {
        Ordering::Equal
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cmp(a: &str, b: &str) -> Option<Ordering> {
        Number::parse(a.as_bytes())?.compare(Number::parse(b.as_bytes())?)
    }

    #[test]
    fn large_integers_stay_exact() {
        assert_eq!(
            cmp("123456789012345678", "123456789012345679"),
            Some(Ordering::Less)
        );
        assert_eq!(
            cmp("9007199254740993", "9007199254740992"),
            Some(Ordering::Greater)
        );
        assert_eq!(cmp("18446744073709551615", "1e3"), Some(Ordering::Greater));
    }

    #[test]
    fn mixed_forms_meet() {
        assert_eq!(cmp("1", "1.0"), Some(Ordering::Equal));
        assert_eq!(cmp("1", "1.5"), Some(Ordering::Less));
        assert_eq!(cmp("-1", "-1.5"), Some(Ordering::Greater));
        assert_eq!(cmp("1000", "1e3"), Some(Ordering::Equal));
        assert_eq!(cmp("99", "1000"), Some(Ordering::Less));
    }

    #[test]
    fn equal_numbers_have_one_key() {
        let of = |t: &str| Number::parse(t.as_bytes()).unwrap();
        for (a, b) in [
            ("443", "443.0"),
            ("1e3", "1000"),
            ("0.5", "5e-1"),
            ("1e30", "1000000000000000019884624838656"),
            ("1e38", "99999999999999997748809823456034029568"),
        ] {
            assert_eq!(of(a).compare(of(b)), Some(Ordering::Equal), "{a} {b}");
            assert_eq!(of(a).key(), of(b).key(), "{a} {b}");
        }
    }

    #[test]
    fn text_is_no_number() {
        for bad in [
            "", "-", "abc", "1x", "inf", "NaN", "1e999", "0x10", "10.0.0.1",
        ] {
            assert_eq!(Number::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
