//! Sigma's string comparison: whole value, case-insensitive, `*` and `?`.
//!
//! Two texts are equal if the lower cases of their characters are, one for one,
//! so that `?` is one character and a part of a text stands in it whatever
//! follows. ASCII, which nearly every logged value is, takes a path without
//! allocation.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use hashbrown::HashSet;

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

/// A set of whole values.
#[derive(Debug, Clone)]
pub(crate) struct TextSet {
    fold: bool,
    few: Vec<Box<[u8]>>,
    many: HashSet<Box<[u8]>, foldhash::fast::RandomState>,
}

/// Up to this many values are compared one by one.
const FEW: usize = 8;

impl TextSet {
    pub(crate) fn new(values: impl IntoIterator<Item = Vec<u8>>, ignore_case: bool) -> Self {
        let mut all: Vec<Box<[u8]>> = values
            .into_iter()
            .map(|v| {
                if ignore_case {
                    fold(&v).into()
                } else {
                    v.into()
                }
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        let (few, many) = if all.len() <= FEW {
            (all, HashSet::default())
        } else {
            (Vec::new(), all.into_iter().collect())
        };
        Self {
            fold: ignore_case,
            few,
            many,
        }
    }

    pub(crate) fn contains(&self, text: &[u8]) -> bool {
        if self.fold && text.is_ascii() && self.many.is_empty() {
            return self.few.iter().any(|v| v.eq_ignore_ascii_case(text));
        }
        let key = if self.fold { fold(text) } else { text.into() };
        if self.many.is_empty() {
            self.few.iter().any(|v| **v == *key)
        } else {
            self.many.contains(&*key)
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.few.iter().chain(&self.many).map(|v| &**v)
    }
}

/// Where a needle must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    automaton: Option<AhoCorasick>,
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
        let automaton = (at == Where::Anywhere)
            .then(|| automaton(&needles, ignore_case))
            .flatten();
        Self {
            at,
            fold: ignore_case,
            needles,
            automaton,
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
            Where::Anywhere => match &self.automaton {
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

    pub(crate) fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.needles.iter().map(|n| &**n)
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

/// A part of a pattern with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(Vec<u8>),
    /// `*`: any run of characters, newlines included.
    Any,
    /// `?`: exactly one character, a newline included.
    One,
}

/// A pattern with wildcards over a whole value.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    parts: Vec<Part>,
    fold: bool,
}

impl Glob {
    pub(crate) fn new(parts: Vec<Part>, ignore_case: bool) -> Self {
        let parts = parts
            .into_iter()
            .map(|p| match p {
                Part::Literal(t) if ignore_case => Part::Literal(fold(&t).into_owned()),
                Part::Literal(_) | Part::Any | Part::One => p,
            })
            .collect();
        Self {
            parts,
            fold: ignore_case,
        }
    }

    /// The longest literal; text that matches has it somewhere.
    pub(crate) fn longest_literal(&self) -> &[u8] {
        let literals = self.parts.iter().filter_map(|p| match p {
            Part::Literal(t) => Some(t.as_slice()),
            Part::Any | Part::One => None,
        });
        literals.max_by_key(|t| t.len()).unwrap_or(&[])
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        if self.fold {
            self.run(&fold(text))
        } else {
            self.run(text)
        }
    }

    /// Greedy matching that goes back only to the last `*`, which suffices.
    fn run(&self, text: &[u8]) -> bool {
        let (mut part, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            let step = match self.parts.get(part) {
                None if at == text.len() => return true,
                None => None,
                Some(Part::Any) => {
                    star = Some((part + 1, at));
                    Some(at)
                }
                Some(Part::One) => (at < text.len()).then(|| at + char_len(text, at)),
                Some(Part::Literal(l)) => text
                    .get(at..)
                    .is_some_and(|t| t.starts_with(l))
                    .then(|| at + l.len()),
            };
            if let Some(next) = step {
                at = next;
                part += 1;
                continue;
            }
            let Some((after, from)) = star else {
                return false;
            };
            if from >= text.len() {
                return false;
            }
            let next = from + char_len(text, from);
            star = Some((after, next));
            part = after;
            at = next;
        }
    }
}

/// Length in bytes of the character at `at`; 1 for stray bytes.
fn char_len(text: &[u8], at: usize) -> usize {
    let is_tail = |b: &&u8| **b & 0xC0 == 0x80;
    let tail = text.get(at + 1..).unwrap_or(&[]);
    1 + tail.iter().take_while(is_tail).take(3).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob {
        let mut parts = Vec::new();
        for c in pattern.chars() {
            match c {
                '*' => parts.push(Part::Any),
                '?' => parts.push(Part::One),
                c => match parts.last_mut() {
                    Some(Part::Literal(l)) => l.extend(c.to_string().bytes()),
                    _ => parts.push(Part::Literal(c.to_string().into_bytes())),
                },
            }
        }
        Glob::new(parts, true)
    }

    #[test]
    fn globs() {
        for (p, t, want) in [
            ("a*b", "AxxB", true),
            ("a*b", "ab", true),
            ("a*b", "abc", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("a?c", "a\nc", true),
            ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false),
            ("*ab", "aab", true),
            ("É*", "école", true),
            ("a?b", "aİb", true),
            ("ΟΔΟΣ", "οδος", true),
            ("a*?", "a", false),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(p).matches(t.as_bytes()), want, "{p} {t}");
        }
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
