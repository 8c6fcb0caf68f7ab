//! Decimal numbers compared digit by digit, so that nothing is rounded.

use std::cmp::Ordering;

/// `digits` with the decimal point `point` places behind their first. No zeros
/// lead or trail; zero has no digits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    point: i64,
}

impl Decimal {
    /// `-12.50e3` and the like; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((m, e)) => (m, e.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let led = digits.trim_start_matches('0');
        let zeros = digits.len() - led.len();
        let kept = led.trim_end_matches('0');
        Some(Self {
            negative: negative && !kept.is_empty(),
            digits: kept.bytes().collect(),
            point: if kept.is_empty() {
                0
            } else {
                let places = i64::try_from(whole.len()).unwrap() - i64::try_from(zeros).unwrap();
                places + exponent
            },
        })
    }

    /// The number, if it is whole and fits.
    pub(crate) fn whole(&self) -> Option<i64> {
        let zeros = usize::try_from(self.point)
            .ok()?
            .checked_sub(self.digits.len())?;
        let digits = String::from_utf8(self.digits.clone()).ok()?;
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0{digits}{}", "0".repeat(zeros)).parse().ok()
    }

    pub(crate) fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }

    fn size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self
                .point
                .cmp(&other.point)
                .then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

#[test]
fn digits_are_compared_exactly() {
    let cmp = |a, b| Decimal::parse(a).unwrap().cmp(&Decimal::parse(b).unwrap());
    for (a, b, want) in [
        ("1", "1.0", Ordering::Equal),
        ("1000", "1e3", Ordering::Equal),
        ("0.05", "5e-2", Ordering::Equal),
        ("-0", "0", Ordering::Equal),
        ("99", "100", Ordering::Less),
        ("-99", "-100", Ordering::Greater),
        ("-1", "0", Ordering::Less),
        ("9007199254740993", "9007199254740992", Ordering::Greater),
        ("0.1", "0.09", Ordering::Greater),
        ("007", "7", Ordering::Equal),
    ] {
        assert_eq!(cmp(a, b), want, "{a} {b}");
    }
    let whole = |t| Decimal::parse(t).unwrap().whole();
    assert_eq!(whole("-1.20e3"), Some(-1200));
    assert_eq!(whole("0.0"), Some(0));
    assert_eq!(whole("1.5"), None);
    assert_eq!(whole("18446744073709551615"), None);
    for bad in ["", "-", ".", "x", "1x", "1e", "0x1", "1.2.3", "inf", " 1"] {
        assert_eq!(Decimal::parse(bad), None, "{bad}");
    }
}
