//! How common a value is.

/// How many keys of a dimension have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Peers {
    /// Keys that have it.
    pub having: u32,
    /// Keys that there are.
    pub all: u32,
}

/// Bits that a value says about whoever has it, at most.
const BITS_MAX: f64 = 6.0;

impl Peers {
    /// How much it says that a key has the value, in bits: none if all have it,
    /// six if hardly anybody does. Nobody to compare with says nothing either
    /// way: one bit.
    #[must_use]
    pub fn surprise(self) -> f64 {
        let share = (f64::from(self.having) + 0.5) / (f64::from(self.all) + 1.0);
        (-share.min(1.0).log2()).min(BITS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_have_says_more() {
        let of = |having, all| Peers { having, all }.surprise();
        assert!((of(0, 0) - 1.0).abs() < 1e-9);
        assert!((of(0, 1000) - 6.0).abs() < 1e-9);
        assert!(of(100, 100) < 0.01 && of(100, 100) >= 0.0);
        assert!(of(10, 100) > of(50, 100));
    }
}
