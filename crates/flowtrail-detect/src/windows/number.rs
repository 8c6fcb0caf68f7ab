//! Numbers of a log, and a sum of them that does not depend on their order.

/// A number as a record writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    /// Exact.
    Int(i128),
    /// Finite.
    Float(f64),
}

/// Below this every integer is exact in an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// Reads decimal text. What is no finite number (`-`, `NaN`, `1e999`) is
    /// no number. `CloudTrail` writes byte counts as `4096.0`: an integer.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(n) = text.parse() {
            return Some(Self::Int(n));
        }
        let x: f64 = text.parse().ok()?;
        if !x.is_finite() {
            return None;
        }
        if x.fract() == 0.0 && x.abs() <= EXACT {
            return Some(Self::Int(whole(x)));
        }
        Some(Self::Float(x))
    }

    /// The nearest `f64`.
    pub(super) fn to_f64(self) -> f64 {
        match self {
            Self::Int(n) => n as f64,
            Self::Float(x) => x,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number of at most 2^53"
)]
fn whole(x: f64) -> i128 {
    x as i128
}

const LIMBS: usize = 68;
/// The lowest bit of an `f64` is worth 2^-1074.
const LOWEST: i32 = 1074;
/// The exponent above the last limb: 32 · `LIMBS` − `LOWEST`.
const ABOVE: i32 = 1102;
const BITS: usize = 32;
const DIGIT: i64 = 0xFFFF_FFFF;

/// An exact sum of numbers that come and go. Adding floats one by one rounds,
/// so the result would depend on where the sum began, and with it on when the
/// windows were last pruned; here what is taken out leaves no trace.
///
/// Limb `i` counts units of 2^(32·i − 1074) and is not normalised: each number
/// adds less than 2^32 to it, so it holds 2^31 numbers, more than
/// [`Limits::window_entries_max`](flowtrail_event::Limits::window_entries_max)
/// can ever allow.
#[derive(Debug)]
pub(super) struct ExactSum {
    limbs: [i64; LIMBS],
}

impl ExactSum {
    pub(super) const fn new() -> Self {
        Self { limbs: [0; LIMBS] }
    }

    pub(super) fn add(&mut self, number: Number) {
        self.put(number, 1);
    }

    /// Takes out a number that was added.
    pub(super) fn remove(&mut self, number: Number) {
        self.put(number, -1);
    }

    fn put(&mut self, number: Number, sign: i64) {
        match number {
            Number::Int(n) => {
                let sign = if n < 0 { -sign } else { sign };
                let magnitude = n.unsigned_abs();
                let one = LOWEST.unsigned_abs() as usize;
                self.put_bits(low_half(magnitude), one, sign);
                self.put_bits(low_half(magnitude >> 64), one + 64, sign);
            }
            Number::Float(x) => {
                let bits = x.to_bits();
                let sign = if bits >> 63 == 1 { -sign } else { sign };
                let exponent = usize::try_from(bits >> 52 & 0x7FF).unwrap_or(0);
                let fraction = bits & ((1 << 52) - 1);
                // A zero exponent marks a subnormal number: no hidden bit.
                let mantissa = if exponent == 0 {
                    fraction
                } else {
                    fraction | 1 << 52
                };
                self.put_bits(mantissa, exponent.saturating_sub(1), sign);
            }
        }
    }

    fn put_bits(&mut self, bits: u64, position: usize, sign: i64) {
        let mut wide = u128::from(bits) << (position % BITS);
        for limb in self.limbs.iter_mut().skip(position / BITS).take(4) {
            let digit = i64::try_from(wide & 0xFFFF_FFFF).unwrap_or(0);
            *limb = limb.wrapping_add(sign * digit);
            wide >>= BITS;
        }
    }

    /// The sum: exact up to 2^53, beyond that within the rounding of an `f64`.
    pub(super) fn to_f64(&self) -> f64 {
        let mut limbs = self.limbs;
        let negative = carry(&mut limbs) < 0;
        if negative {
            // Sign and magnitude: digits of one sign cannot cancel below.
            limbs = self.limbs.map(i64::wrapping_neg);
            carry(&mut limbs);
        }
        let mut sum = 0.0;
        let mut exponent = ABOVE;
        for limb in limbs.iter().rev() {
            exponent -= 32;
            if *limb != 0 {
                sum += *limb as f64 * two_to(exponent);
            }
        }
        if negative { -sum } else { sum }
    }
}

/// Brings every limb into 0..2^32 and returns what is left over at the top.
fn carry(limbs: &mut [i64; LIMBS]) -> i64 {
    let mut over = 0_i64;
    for limb in limbs {
        let total = limb.wrapping_add(over);
        *limb = total & DIGIT;
        over = total >> BITS;
    }
    over
}

fn low_half(n: u128) -> u64 {
    u64::try_from(n & u128::from(u64::MAX)).unwrap_or(0)
}

/// 2^`exponent`, exactly; infinite beyond the range of `f64`.
fn two_to(exponent: i32) -> f64 {
    match u64::try_from(exponent + 1023) {
        Ok(biased @ 1..=2046) => f64::from_bits(biased << 52),
        Ok(2047..) => f64::INFINITY,
        Ok(0) | Err(_) => {
            f64::from_bits(u64::try_from(exponent + LOWEST).map_or(0, |shift| 1 << shift.min(51)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(texts: &[&str]) -> f64 {
        let mut s = ExactSum::new();
        for t in texts {
            s.add(Number::parse(t).unwrap());
        }
        s.to_f64()
    }

    #[test]
    fn reads_numbers_as_logs_write_them() {
        assert_eq!(Number::parse("42"), Some(Number::Int(42)));
        assert_eq!(Number::parse("-7"), Some(Number::Int(-7)));
        assert_eq!(Number::parse("4096.0"), Some(Number::Int(4096)));
        assert_eq!(Number::parse("1e3"), Some(Number::Int(1000)));
        assert_eq!(Number::parse("-0.0"), Some(Number::Int(0)));
        assert_eq!(Number::parse("0.5"), Some(Number::Float(0.5)));
        let big = "170141183460469231731687303715884105727";
        assert_eq!(Number::parse(big), Some(Number::Int(i128::MAX)));
        assert_eq!(Number::parse("1e300"), Some(Number::Float(1e300)));
        for bad in [
            "",
            "-",
            " ",
            "NaN",
            "inf",
            "-infinity",
            "1e999",
            "12 bytes",
            "0x10",
            "1,5",
        ] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn sums_are_exact() {
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&["400", "400", "300"]), 1100.0);
        assert_eq!(sum(&["0.1", "0.2", "-0.1", "-0.2"]), 0.0);
        assert_eq!(sum(&["1e300", "1", "-1e300"]), 1.0);
        assert_eq!(sum(&["-5", "3"]), -2.0);
        assert_eq!(sum(&["-0.25"]), -0.25);
        assert_eq!(sum(&["5e-324"]), 5e-324);
        assert_eq!(sum(&["2.5e-310"]), 2.5e-310);
        assert_eq!(sum(&["1.7e308"]), 1.7e308);
        assert_eq!(sum(&["-1.7e308", "-1.7e308"]), f64::NEG_INFINITY);
        assert_eq!(sum(&["9007199254740993", "-9007199254740992"]), 1.0);
        let (most, least) = (i128::MAX.to_string(), i128::MIN.to_string());
        assert_eq!(sum(&[&most, &least]), -1.0);
    }

    #[test]
    fn every_single_float_comes_back() {
        let mut bits = 1_u64;
        for _ in 0..20_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let x = f64::from_bits(bits);
            if x.is_finite() {
                let mut s = ExactSum::new();
                s.add(Number::Float(x));
                assert_eq!(s.to_f64(), x);
            }
        }
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let mut s = ExactSum::new();
        s.add(Number::Float(0.3));
        let before = s.to_f64();
        for x in [1e300, -7.7e-200, 123.456, 1e16] {
            s.add(Number::Float(x));
            s.add(Number::Int(i128::MAX));
        }
        for x in [123.456, 1e16, 1e300, -7.7e-200] {
            s.remove(Number::Int(i128::MAX));
            s.remove(Number::Float(x));
        }
        assert_eq!(s.to_f64(), before);
    }
}
