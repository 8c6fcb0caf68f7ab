//! Numbers by hash, as they stand in a file.

use std::ops::Range;

/// Hashes in ascending order, and what belongs to each behind them.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Where the hashes are.
    hashes: Range<usize>,
    len: usize,
    /// Where in the hashes those begin whose first bits are this number.
    starts: Vec<u32>,
    shift: u32,
}

/// Entries between two starts, on average: few enough for the processor to have
/// them after one look into memory.
const ENTRIES_EACH: usize = 8;

impl Table {
    /// The table whose hashes begin at `at`. None if they are not in order.
    pub(super) fn new(bytes: &[u8], at: usize, len: usize) -> Option<Self> {
        let hashes = at..at.checked_add(len.checked_mul(8)?)?;
        let bits = (len / ENTRIES_EACH).max(1).ilog2();
        let shift = 63 - bits;
        let mut starts = Vec::with_capacity((1 << (bits + 1)) + 1);
        let mut last = None;
        for (n, hash) in words(bytes.get(hashes.clone())?).enumerate() {
            if last.is_some_and(|last| last > hash) {
                return None;
            }
            last = Some(hash);
            let begins = usize::try_from(hash >> shift).ok()?;
            while starts.len() <= begins {
                starts.push(u32::try_from(n).ok()?);
            }
        }
        starts.resize((1 << (bits + 1)) + 1, u32::try_from(len).ok()?);
        Some(Self {
            hashes,
            len,
            starts,
            shift,
        })
    }

    /// The entries of a hash: one, and where something was forgotten in between
    /// more.
    pub(super) fn find(&self, bytes: &[u8], hash: u64) -> Range<usize> {
        let begins = usize::try_from(hash >> self.shift).unwrap_or(usize::MAX);
        let start = |at: usize| self.starts.get(at).map_or(self.len, |s| *s as usize);
        let (from, to) = (start(begins), start(begins.saturating_add(1)));
        let near = bytes.get(self.hashes.start + from * 8..self.hashes.start + to * 8);
        // Without a branch, which would be guessed wrong half of the time.
        let (less, same) = words(near.unwrap_or(&[])).fold((0, 0), |(less, same), known| {
            (
                less + usize::from(known < hash),
                same + usize::from(known == hash),
            )
        });
        from + less..from + less + same
    }

    pub(super) fn hash(&self, bytes: &[u8], at: usize) -> u64 {
        let at = self.hashes.start + at * 8;
        bytes.get(at..at + 8).map_or(0, word)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Where the hashes end.
    pub(super) const fn end(&self) -> usize {
        self.hashes.end
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(8).map(word)
}

fn word(eight: &[u8]) -> u64 {
    eight.try_into().map_or(0, u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_is_there(mut hashes in proptest::collection::vec(prop_oneof![any::<u64>(), 0_u64..40], 0..200), other: u64) {
            hashes.sort_unstable();
            let bytes: Vec<u8> = [7_u8; 3].into_iter().chain(hashes.iter().flat_map(|h| h.to_le_bytes())).collect();
            let table = Table::new(&bytes, 3, hashes.len()).unwrap();
            for hash in hashes.iter().copied().chain([other, 0, u64::MAX]) {
                let from = hashes.partition_point(|h| *h < hash);
                let to = hashes.partition_point(|h| *h <= hash);
                let found = table.find(&bytes, hash);
                prop_assert_eq!(found.len(), to - from);
                if from < to {
                    prop_assert_eq!(found, from..to);
                }
            }
        }
    }

    #[test]
    fn what_is_in_no_order_is_no_table() {
        let bytes: Vec<u8> = [2_u64, 1].iter().flat_map(|h| h.to_le_bytes()).collect();
        assert!(Table::new(&bytes, 0, 2).is_none());
        assert!(Table::new(&bytes, 0, 3).is_none());
        assert!(Table::new(&bytes, 1, 0).is_some());
    }
}
