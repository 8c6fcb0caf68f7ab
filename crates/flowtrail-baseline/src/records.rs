//! Which records were taken in.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::Xxh3;

/// Parts that are locked on their own, so that workers seldom wait.
const PARTS: usize = 64;

/// The records that were taken in, by 64 bits each, for all workers: what is
/// added up must be added once, however often and wherever a record lies.
/// Sixteen bytes a record, more or less.
///
/// Of a hundred million records one is taken for another once in 3000 cases.
#[derive(Debug)]
pub struct Records(Vec<Mutex<HashSet<u64, foldhash::fast::FixedState>>>);

impl Default for Records {
    fn default() -> Self {
        Self((0..PARTS).map(|_| Mutex::default()).collect())
    }
}

impl Records {
    /// Takes a record in, which is told by these texts in this order. Whether
    /// it was not there.
    pub fn take_in<'t>(&self, texts: impl IntoIterator<Item = &'t [u8]>) -> bool {
        let mut hash = Xxh3::new();
        for text in texts {
            // With its length, so that no two lists meet.
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        let hash = hash.digest();
        let part = usize::try_from(hash >> 32).unwrap_or(0) % PARTS;
        self.0.get(part).is_none_or(|part| {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.insert(hash)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_new_once() {
        let records = Records::default();
        let take = |texts: &[&str]| records.take_in(texts.iter().map(|t| t.as_bytes()));
        assert!(take(&["a", "bc"]));
        assert!(take(&["ab", "c"]));
        assert!(take(&["a", "bc", ""]));
        assert!(!take(&["a", "bc"]));
        assert!(!take(&["ab", "c"]));
        for n in 0..1000 {
            assert!(take(&[&n.to_string()]), "{n}");
            assert!(!take(&[&n.to_string()]), "{n}");
        }
    }
}
