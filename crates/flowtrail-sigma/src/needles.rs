//! Texts that are searched in a value.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::text::fold;

/// Where a needle must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Where {
    Anywhere,
    Start,
    End,
}

/// Needles, one of which must stand in the text.
#[derive(Debug, Clone)]
pub(crate) struct Needles {
    at: Where,
    fold: bool,
    needles: Vec<Box<[u8]>>,
    /// For those that may stand anywhere; made for the first value that they
    /// are searched in, because most rules of a set never come to that.
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Needles {
    pub(crate) fn new(needles: Vec<Vec<u8>>, at: Where, ignore_case: bool) -> Self {
        let needles: Vec<Box<[u8]>> = needles
            .into_iter()
            .map(|n| {
                if ignore_case {
                    fold(&n).into()
                } else {
                    n.into()
                }
            })
            .collect();
        Self {
            at,
            fold: ignore_case,
            needles,
            automaton: OnceLock::new(),
        }
    }

    pub(crate) fn found_in(&self, text: &[u8]) -> bool {
        if self.fold && !text.is_ascii() {
            return self.found(&fold(text), false);
        }
        self.found(text, self.fold)
    }

    fn found(&self, text: &[u8], ascii_fold: bool) -> bool {
        let same = |a: &[u8], b: &[u8]| {
            if ascii_fold {
                a.eq_ignore_ascii_case(b)
            } else {
                a == b
            }
        };
        match self.at {
            Where::Anywhere => match self.automaton() {
                Some(automaton) => automaton.is_match(text),
                None => self
                    .needles
                    .iter()
                    .any(|n| n.is_empty() || text.windows(n.len()).any(|w| same(w, n))),
            },
            Where::Start => self
                .needles
                .iter()
                .any(|n| text.get(..n.len()).is_some_and(|t| same(t, n))),
            Where::End => self.needles.iter().any(|n| {
                let from = text.len().checked_sub(n.len());
                from.and_then(|f| text.get(f..)).is_some_and(|t| same(t, n))
            }),
        }
    }

    fn automaton(&self) -> Option<&AhoCorasick> {
        let made = || automaton(&self.needles, self.fold);
        self.automaton.get_or_init(made).as_ref()
    }

    pub(crate) const fn place(&self) -> Where {
        self.at
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.needles.iter().map(|n| &**n)
    }
}

impl PartialEq for Needles {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.fold, &self.needles) == (other.at, other.fold, &other.needles)
    }
}

impl Eq for Needles {}

impl Hash for Needles {
    fn hash<H: Hasher>(&self, to: &mut H) {
        (self.at, self.fold, &self.needles).hash(to);
    }
}

/// An automaton that finds any of `needles`, folding ASCII case if asked.
/// `None` only if it would exceed the library's own size limits.
pub(crate) fn automaton(needles: &[Box<[u8]>], ignore_case: bool) -> Option<AhoCorasick> {
    AhoCorasickBuilder::new()
        .match_kind(MatchKind::Standard)
        .ascii_case_insensitive(ignore_case)
        .build(needles.iter().map(|n| &**n))
        .ok()
}
