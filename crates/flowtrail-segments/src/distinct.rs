//! How many different things there were: exact up to a limit, estimated beyond.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;

/// Hashes that are kept. Up to here the number is exact; beyond it the error is
/// about 1/√1024, three in a hundred.
const KEPT_MAX: usize = 1024;

/// Counts different connections by keeping the smallest of their hashes, which
/// can be merged in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Distinct<const MAX: usize = KEPT_MAX> {
    smallest: BTreeSet<u64>,
    more: bool,
}

impl<const MAX: usize> Distinct<MAX> {
    pub(crate) fn add(&mut self, hash: u64) {
        let full = self.smallest.len() >= MAX;
        if full && self.smallest.last().is_some_and(|last| hash > *last) {
            self.more = true;
            return;
        }
        if self.smallest.insert(hash) && full {
            self.smallest.pop_last();
            self.more = true;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.more |= other.more;
        other.smallest.iter().for_each(|hash| self.add(*hash));
    }

    /// Below this hash everything is kept; `None` if everything is.
    fn bound(&self) -> Option<u64> {
        if self.more {
            self.smallest.last().copied()
        } else {
            None
        }
    }

    /// How many there are, and whether that is exact.
    #[cfg(test)]
    pub(crate) fn count(&self) -> (u64, bool) {
        self.count_if(&[], |_| true)
    }

    /// How many there are of which `keep` is true, and whether that is exact.
    /// `asked` are those that `keep` looks into.
    pub(crate) fn count_if(&self, asked: &[&Self], keep: impl Fn(u64) -> bool) -> (u64, bool) {
        let bounds = asked.iter().copied().chain([self]).filter_map(Self::bound);
        let Some(bound) = bounds.min() else {
            let kept = self.smallest.iter().filter(|hash| keep(**hash)).count();
            return (kept as u64, true);
        };
        // Below the bound all are known, and hashes are spread evenly.
        let below = self.smallest.range(..bound).filter(|hash| keep(**hash));
        let estimate = below.count() as u128 * (1 << 64) / u128::from(bound.max(1));
        (u64::try_from(estimate).unwrap_or(u64::MAX), false)
    }

    /// The hashes that are kept.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.smallest.iter().copied()
    }

    pub(crate) fn has(&self, hash: u64) -> bool {
        self.smallest.contains(&hash)
    }
}

/// The hash of a connection as its opener sees it. The hasher's keys are fixed.
pub(crate) fn connection(from: (IpAddr, u16), to: (IpAddr, u16), protocol: u8) -> u64 {
    let mut hasher = DefaultHasher::new();
    let number = |address: IpAddr| match address.to_canonical() {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    (number(from.0), from.1, number(to.0), to.1, protocol).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ports: impl Iterator<Item = u16>) -> Distinct {
        let mut distinct = Distinct::default();
        for port in ports {
            let (a, b) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
            distinct.add(connection((a, port), (b, 443), 6));
        }
        distinct
    }

    #[test]
    fn exact_up_to_the_limit_and_near_beyond() {
        assert_eq!(of((0..1024).chain(0..1024)).count(), (1024, true));
        let (many, exact) = of(0..50_000).count();
        assert!(!exact && (46_000..54_000).contains(&many), "{many}");
    }

    #[test]
    fn differences_are_exact_or_near() {
        for (limit, near) in [(900, 0), (40_000, 1500)] {
            let (all, odd) = (of(0..limit), of((0..limit).filter(|p| p % 2 == 1)));
            let (even, exact) = all.count_if(&[&odd], |hash| !odd.has(hash));
            let expected = u64::from(limit / 2);
            assert!(even.abs_diff(expected) <= near, "{even}");
            assert_eq!(exact, limit == 900);
        }
    }

    #[test]
    fn parts_make_the_whole() {
        for limit in [500, 20_000] {
            let mut merged = of((0..limit).filter(|p| p % 3 != 0));
            merged.merge(&of((0..limit).rev().filter(|p| p % 2 == 0)));
            let whole = of((0..limit).filter(|p| p % 3 != 0 || p % 2 == 0));
            assert_eq!(merged, whole);
        }
    }
}
