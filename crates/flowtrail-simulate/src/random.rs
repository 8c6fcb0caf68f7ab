//! Random numbers that are the same on every machine and in every release.
//!
//! The generators of the usual crates promise neither: their small ones differ
//! by word size, and their distributions by version. Sample logs are compared
//! byte by byte, so the generator is spelt out here: xoshiro256++, seeded by
//! splitmix64 (Blackman and Vigna, "Scrambled linear pseudorandom number
//! generators", 2021).

/// A stream of random numbers, fixed by its seed and its keys.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

/// Splitmix64's finaliser: a bijection in which every input bit moves about
/// half of the output bits.
pub(crate) const fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// One number for a list of numbers, in their order.
pub(crate) fn hash(keys: &[u64]) -> u64 {
    keys.iter()
        .fold(0x666c_6f77_7472_6169, |h, k| mix(h ^ mix(*k)))
}

/// One number for a text.
pub(crate) fn hash_text(text: &str) -> u64 {
    text.bytes().fold(0x7365_6564, |h, b| mix(h ^ u64::from(b)))
}

impl Random {
    /// The stream that belongs to these keys and to no others.
    pub(crate) fn keyed(keys: &[u64]) -> Self {
        let a = hash(keys);
        let b = mix(a);
        let c = mix(b);
        Self {
            state: [a, b, c, mix(c)],
        }
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let out = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c2, d2) = (c ^ a, d ^ b);
        self.state = [a ^ d2, b ^ c2, c2 ^ (b << 17), d2.rotate_left(45)];
        out
    }

    /// A number below `n`; 0 if `n` is 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        let product = u128::from(self.next()) * u128::from(n);
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `per_mille` of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A whole number whose mean is `milli` thousandths.
    pub(crate) fn round(&mut self, milli: u64) -> u64 {
        milli / 1000 + u64::from(self.below(1000) < milli % 1000)
    }

    /// A number that is usually near `typical` and now and then much larger, as
    /// sizes and durations are: the product of a uniform and a doubling.
    pub(crate) fn heavy(&mut self, typical: u64) -> u64 {
        let doublings = self.next().trailing_zeros().min(6);
        (typical / 2 + self.below(typical.saturating_add(1))) << doublings.saturating_sub(1)
    }

    /// One of the items; `None` if there are none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let n = u64::try_from(items.len()).unwrap_or(0);
        usize::try_from(self.below(n))
            .ok()
            .and_then(|i| items.get(i))
    }

    /// One of the texts; empty if there are none.
    pub(crate) fn pick_text<'a>(&mut self, items: &[&'a str]) -> &'a str {
        self.pick(items).copied().unwrap_or("")
    }
}

/// Things with weights.
#[derive(Debug)]
pub(crate) struct Weighted<T> {
    total: u64,
    items: Vec<(u64, T)>,
}

impl<T: Copy> Weighted<T> {
    /// The things that weigh anything.
    pub(crate) fn new(items: impl Iterator<Item = (T, u64)>) -> Self {
        let items: Vec<(u64, T)> = items.filter(|(_, w)| *w > 0).map(|(t, w)| (w, t)).collect();
        Self {
            total: items.iter().map(|(w, _)| w).sum(),
            items,
        }
    }

    /// One of them; `None` if there are none.
    pub(crate) fn pick(&self, random: &mut Random) -> Option<T> {
        let mut left = random.below(self.total);
        for (weight, item) in &self.items {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return Some(*item),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs of the authors' C program for the state 1, 2, 3, 4.
        let mut r = Random {
            state: [1, 2, 3, 4],
        };
        let first: Vec<u64> = (0..4).map(|_| r.next()).collect();
        assert_eq!(
            first,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn the_sequence_never_changes() {
        // Written down when it was made: other numbers here mean other bytes in
        // every log that was ever generated.
        let first = Random::keyed(&[1, 2, 3]).next();
        assert_eq!(first, 15_357_577_125_675_892_142);
    }

    #[test]
    fn keys_make_separate_streams() {
        assert_ne!(Random::keyed(&[1, 2]).next(), Random::keyed(&[2, 1]).next());
        assert_ne!(Random::keyed(&[1]).next(), Random::keyed(&[1, 0]).next());
    }

    #[test]
    fn bounds_hold_and_are_reached() {
        let mut r = Random::keyed(&[7]);
        let mut seen = [0_u32; 6];
        for _ in 0..6000 {
            seen[usize::try_from(r.between(0, 5)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|n| (800..1200).contains(n)), "{seen:?}");
        assert_eq!(r.below(0), 0);
        assert_eq!(r.between(9, 9), 9);
        assert_eq!(r.pick::<u8>(&[]), None);
        assert_eq!(r.pick_text(&[]), "");
    }

    #[test]
    fn rounding_keeps_the_mean() {
        let mut r = Random::keyed(&[8]);
        let sum: u64 = (0..10_000).map(|_| r.round(1250)).sum();
        assert!((12_000..13_000).contains(&sum), "{sum}");
    }

    #[test]
    fn weights_are_kept() {
        let w = Weighted::new([("a", 1), ("b", 3), ("c", 0)].into_iter());
        let mut random = Random::keyed(&[2]);
        let b = (0..4000)
            .filter(|_| w.pick(&mut random) == Some("b"))
            .count();
        assert!((2800..3200).contains(&b), "{b}");
        assert_eq!(
            Weighted::<u8>::new(std::iter::empty()).pick(&mut random),
            None
        );
    }
}
