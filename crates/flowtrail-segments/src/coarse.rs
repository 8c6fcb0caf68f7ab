//! Sums by key in bounded memory, whatever the order of what is added.
//!
//! As long as there are few keys the sums are exact and by the key itself. When
//! there are too many, all keys become coarser at once: addresses become /24
//! networks, ports become ranges. How coarse they are in the end depends only on
//! which keys there were, so that workers and the order of objects do not
//! matter, which no list of the most frequent ones can promise.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use ipnet::IpNet;

/// A key that can be made coarser. Level 0 is the key itself; to coarsen twice
/// is the same as to coarsen to the higher level at once.
pub(crate) trait Coarsen: Copy + Eq + Hash + Ord {
    /// The level at which few keys are left, however many there were.
    const LAST: u8;
    /// The key at a level.
    fn at(self, level: u8) -> Self;
}

/// Something that can be summed up.
pub(crate) trait Add: Default + Clone {
    /// Adds another one.
    fn add(&mut self, other: &Self);
}

/// Sums by key, of at most `MAX` keys.
#[derive(Debug, Clone)]
pub(crate) struct Coarse<K, V, const MAX: usize> {
    level: u8,
    sums: HashMap<K, V>,
}

impl<K, V, const MAX: usize> Default for Coarse<K, V, MAX> {
    fn default() -> Self {
        Self {
            level: 0,
            sums: HashMap::new(),
        }
    }
}

impl<K: Coarsen, V: Add, const MAX: usize> Coarse<K, V, MAX> {
    /// Adds to the sum of `key`.
    pub(crate) fn add(&mut self, key: K, value: &V) {
        self.sums.entry(key.at(self.level)).or_default().add(value);
        while self.sums.len() > MAX && self.level < K::LAST {
            self.coarsen(self.level + 1);
        }
    }

    /// Adds the sums of another part.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.level > self.level {
            self.coarsen(other.level);
        }
        for (key, value) in &other.sums {
            self.add(*key, value);
        }
    }

    fn coarsen(&mut self, level: u8) {
        self.level = level;
        for (key, value) in std::mem::take(&mut self.sums) {
            self.sums.entry(key.at(level)).or_default().add(&value);
        }
    }

    /// How coarse the keys are; 0 is exact.
    pub(crate) const fn level(&self) -> u8 {
        self.level
    }

    /// The number of keys.
    pub(crate) fn len(&self) -> usize {
        self.sums.len()
    }

    /// The keys with their sums, in the order of the keys.
    pub(crate) fn sorted(&self) -> Vec<(K, &V)> {
        let mut all: Vec<(K, &V)> = self.sums.iter().map(|(k, v)| (*k, v)).collect();
        all.sort_by_key(|(k, _)| *k);
        all
    }

    /// The `n` keys of the largest `weight`, the smaller key first among equals.
    pub(crate) fn top(&self, n: usize, weight: impl Fn(&V) -> u64) -> Vec<(K, &V)> {
        let mut all = self.sorted();
        all.sort_by_key(|(_, v)| std::cmp::Reverse(weight(v)));
        all.truncate(n);
        all
    }
}

/// An address, or the network that it was counted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Area(pub(crate) IpNet);

impl Area {
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(IpNet::from(address.to_canonical()))
    }

    fn within(self, v4: u8, v6: u8) -> Self {
        let most = match self.0 {
            IpNet::V4(_) => v4,
            IpNet::V6(_) => v6,
        };
        let len = self.0.prefix_len().min(most);
        let net = IpNet::new(self.0.addr(), len).unwrap_or(self.0);
        Self(net.trunc())
    }
}

impl std::fmt::Display for Area {
    /// A single address has no prefix.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() {
            self.0.addr().fmt(f)
        } else {
            self.0.fmt(f)
        }
    }
}

impl Coarsen for Area {
    const LAST: u8 = 4;

    fn at(self, level: u8) -> Self {
        match level {
            0 => self,
            1 => self.within(24, 64),
            2 => self.within(16, 48),
            3 => self.within(8, 32),
            _ => self.within(0, 0),
        }
    }
}

/// Who opened and who served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Talk {
    pub(crate) from: Area,
    pub(crate) to: Area,
}

impl Coarsen for Talk {
    const LAST: u8 = Area::LAST;

    fn at(self, level: u8) -> Self {
        Self {
            from: self.from.at(level),
            to: self.to.at(level),
        }
    }
}

/// A protocol, and the ports from `first` that differ in no more than the last
/// `bits` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Service {
    pub(crate) protocol: u8,
    pub(crate) first: u16,
    pub(crate) bits: u8,
}

impl Service {
    pub(crate) const fn new(protocol: u8, port: u16) -> Self {
        Self {
            protocol,
            first: port,
            bits: 0,
        }
    }

    /// The last port.
    pub(crate) const fn last(self) -> u16 {
        if self.bits >= 16 {
            u16::MAX
        } else {
            self.first | !(u16::MAX << self.bits)
        }
    }

    const fn wider(self, bits: u8) -> Self {
        let bits = if self.bits > bits { self.bits } else { bits };
        Self {
            first: if bits >= 16 {
                0
            } else {
                self.first & (u16::MAX << bits)
            },
            bits,
            ..self
        }
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.protocol {
            1 | 58 => return f.write_str("icmp"),
            6 => "tcp",
            17 => "udp",
            other => return write!(f, "protocol/{other}"),
        };
        match (self.bits, self.first, self.last()) {
            (_, 0, u16::MAX) => f.write_str(name),
            (0, port, _) => write!(f, "{name}/{port}"),
            (_, first, last) => write!(f, "{name}/{first}-{last}"),
        }
    }
}

impl Coarsen for Service {
    const LAST: u8 = 4;

    fn at(self, level: u8) -> Self {
        match level {
            0 => self,
            1 => self.wider(4),
            2 => self.wider(8),
            3 => self.wider(12),
            _ => self.wider(16),
        }
    }
}

impl Add for u64 {
    fn add(&mut self, other: &Self) {
        *self += other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn area(text: &str) -> Area {
        Area::of(text.parse().unwrap())
    }

    #[test]
    fn keys_are_shown_as_people_write_them() {
        assert_eq!(area("10.1.2.3").to_string(), "10.1.2.3");
        assert_eq!(area("::ffff:10.1.2.3"), area("10.1.2.3"));
        assert_eq!(area("10.1.2.3").at(1).to_string(), "10.1.2.0/24");
        assert_eq!(area("2001:db8::1").at(1).to_string(), "2001:db8::/64");
        for (service, text) in [
            (Service::new(6, 443), "tcp/443"),
            (Service::new(17, 53), "udp/53"),
            (Service::new(6, 443).at(1), "tcp/432-447"),
            (Service::new(6, 443).at(4), "tcp"),
            (Service::new(1, 0), "icmp"),
            (Service::new(47, 0), "protocol/47"),
            (Service::new(6, 0), "tcp/0"),
        ] {
            assert_eq!(service.to_string(), text);
        }
    }

    #[test]
    fn few_keys_are_exact_and_many_become_networks() {
        let mut few = Coarse::<Area, u64, 4>::default();
        for n in 0..4 {
            few.add(area(&format!("10.0.0.{n}")), &1);
        }
        assert_eq!((few.level(), few.len()), (0, 4));
        few.add(area("10.0.0.9"), &5);
        assert_eq!((few.level(), few.len()), (1, 1));
        assert_eq!(few.top(9, |n| *n), [(area("10.0.0.0").at(1), &9)]);
    }

    proptest! {
        #[test]
        fn neither_order_nor_parts_matter(
            keys in prop::collection::vec((0u8..4, 0u8..4, 0u8..255), 0..60),
            cut in 0usize..60,
            turn in 0usize..60,
        ) {
            let address = |(a, b, c): &(u8, u8, u8)| Area::of(IpAddr::from([10, *a, *b, *c]));
            let whole = |keys: &[(u8, u8, u8)]| {
                let mut all = Coarse::<Area, u64, 8>::default();
                keys.iter().for_each(|k| all.add(address(k), &1));
                all
            };
            let sums = |c: &Coarse<Area, u64, 8>| {
                let sorted: Vec<_> = c.sorted().into_iter().map(|(k, v)| (k, *v)).collect();
                (c.level(), sorted)
            };
            let expected = sums(&whole(&keys));
            let mut turned = keys.clone();
            turned.rotate_left(turn.min(keys.len()));
            prop_assert_eq!(&sums(&whole(&turned)), &expected);
            let (one, two) = keys.split_at(cut.min(keys.len()));
            let mut merged = whole(two);
            merged.merge(&whole(one));
            prop_assert_eq!(&sums(&merged), &expected);
            let total: u64 = expected.1.iter().map(|(_, n)| n).sum();
            prop_assert_eq!(total, keys.len() as u64);
        }
    }
}
