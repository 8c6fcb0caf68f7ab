//! Sigma's string comparison: whole value, case-insensitive, `*` and `?`.
//!
//! Two texts are equal if the lower cases of their characters are, one for one,
//! so that `?` is one character and a part of a text stands in it whatever
//! follows. ASCII, which nearly every logged value is, takes a path without
//! allocation.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use hashbrown::HashTable;

/// The lower case of a text, as Sigma's comparison sees it.
pub(crate) fn fold(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        if text.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        }
    } else {
        Cow::Owned(match std::str::from_utf8(text) {
            Ok(t) => t.chars().map(lower).collect::<String>().into_bytes(),
            // Bytes of an encoding that a rule asks for; no text equals them.
            Err(_) => text.to_ascii_lowercase(),
        })
    }
}

/// The lower case of a character. A sigma at the end of a word has a form of
/// its own; as the end of a text is not where its substrings end, both forms
/// count as one. `İ`, whose lower case is two characters, stays as it is.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some('ς'), None) => 'σ',
        (Some(one), None) => one,
        _ => c,
    }
}

/// A hash that does not see ASCII case: bit 5 is set in every byte. Texts that
/// meet by accident have to be told apart by whoever minds.
#[inline]
pub(crate) fn caseless_hash(text: &[u8]) -> u64 {
    const CASE: u64 = 0x2020_2020_2020_2020;
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = text.len() as u64;
    let mut rest = text;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        state = (state ^ (u64::from_le_bytes(*chunk) | CASE)).wrapping_mul(MIX);
        state ^= state >> 29;
        rest = tail;
    }
    let mut last = 0;
    for &b in rest {
        last = (last << 8) | u64::from(b | 0x20);
    }
    state = (state ^ last).wrapping_mul(MIX);
    state ^ (state >> 32)
}

/// A set of whole values.
#[derive(Debug, Clone)]
pub(crate) struct TextSet {
    fold: bool,
    /// Sorted, so that equal sets are equal.
    values: Vec<Box<[u8]>>,
    /// Where they stand, by [`caseless_hash`]; empty if there are few.
    index: HashTable<usize>,
}

/// Up to this many values are compared one by one.
const FEW: usize = 8;

impl TextSet {
    pub(crate) fn new(values: impl IntoIterator<Item = Vec<u8>>, ignore_case: bool) -> Self {
        let kept = |v: Vec<u8>| -> Box<[u8]> {
            if ignore_case {
                fold(&v).into()
            } else {
                v.into()
            }
        };
        let mut values: Vec<_> = values.into_iter().map(kept).collect();
        values.sort_unstable();
        values.dedup();
        let mut index = HashTable::new();
        if values.len() > FEW {
            let again = |at: &usize| values.get(*at).map_or(0, |v| caseless_hash(v));
            for (at, value) in values.iter().enumerate() {
                index.insert_unique(caseless_hash(value), at, again);
            }
        }
        Self {
            fold: ignore_case,
            values,
            index,
        }
    }

    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        if !self.fold {
            return self.has(text, |v| v == text);
        }
        if text.is_ascii() {
            return self.has(text, |v| v.eq_ignore_ascii_case(text));
        }
        let folded = fold(text);
        self.has(&folded, |v| *v == *folded)
    }

    #[inline]
    fn has(&self, text: &[u8], same: impl Fn(&[u8]) -> bool) -> bool {
        if self.index.is_empty() {
            return self.values.iter().any(|v| same(v));
        }
        let is_it = |at: &usize| self.values.get(*at).is_some_and(|v| same(v));
        self.index.find(caseless_hash(text), is_it).is_some()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.values.iter().map(|v| &**v)
    }
}

impl PartialEq for TextSet {
    fn eq(&self, other: &Self) -> bool {
        self.fold == other.fold && self.values == other.values
    }
}

impl Eq for TextSet {}

impl Hash for TextSet {
    fn hash<H: Hasher>(&self, to: &mut H) {
        (self.fold, &self.values).hash(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needles::{Needles, Where};

    #[test]
    fn the_hash_folds_case_and_sees_the_rest() {
        let hash = caseless_hash;
        assert_eq!(hash(b"StopLogging"), hash(b"stoplogging"));
        assert_ne!(hash(b"StopLogging"), hash(b"StartLogging"));
        assert_ne!(hash(b""), hash(b" "));
        assert_ne!(hash(b"ab"), hash(b"ba"));
    }

    #[test]
    fn a_part_of_a_text_stands_in_it() {
        for word in ["ΑΣ", "ας", "İx", "ẞ", "\u{212a}elvin"] {
            for part in word.char_indices().map(|(at, _)| word.split_at(at).1) {
                let needles = Needles::new(vec![part.into()], Where::End, true);
                assert!(needles.found_in(word.as_bytes()), "{part} in {word}");
            }
            assert_eq!(fold(&fold(word.as_bytes())), fold(word.as_bytes()));
        }
        assert_eq!(&*fold(b"A\xFFB"), b"a\xFFb");
        let bytes = TextSet::new([b"\xFF\xFEa".to_vec()], true);
        assert!(!bytes.contains("\u{FFFD}\u{FFFD}a".as_bytes()));
    }

    #[test]
    fn sets_and_needles_fold_case() {
        let set = TextSet::new([b"StopLogging".to_vec(), "É".into()], true);
        assert!(
            set.contains(b"stoplogging") && set.contains("é".as_bytes()) && !set.contains(b"stop")
        );
        let many = TextSet::new((0..50).map(|i| format!("Name{i}").into_bytes()), true);
        assert!(many.contains(b"NAME49") && !many.contains(b"name50"));
        let greek = Needles::new(vec!["ΟΔΟΣ".into()], Where::Anywhere, true);
        for hay in ["οδος", "οδοσα", "ΟΔΟΣΑ", "ΟΔΟς"] {
            assert!(greek.found_in(hay.as_bytes()), "{hay}");
        }
        let exact = TextSet::new([b"Stop".to_vec()], false);
        assert!(exact.contains(b"Stop") && !exact.contains(b"stop"));
        for at in [Where::Anywhere, Where::Start, Where::End] {
            let n = Needles::new(vec![b"LOG".to_vec(), "Ä".into()], at, true);
            let hay = ["a log b", "log", "xä", "äx", "none"];
            let got: Vec<bool> = hay.iter().map(|h| n.found_in(h.as_bytes())).collect();
            let want = match at {
                Where::Anywhere => [true, true, true, true, false],
                Where::Start => [false, true, false, true, false],
                Where::End => [false, true, true, false, false],
            };
            assert_eq!(got, want, "{at:?}");
        }
    }
}
