//! Patterns of LIKE.
//!
//! `%` is any text, `_` any one character; a backslash makes the next character
//! ordinary, and is one itself at the end: as the kernels of Arrow have it, on
//! which `DataFusion` evaluates LIKE.

use memchr::memmem::Finder;

/// A pattern, ready to be matched.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Equals(Box<[u8]>),
    Begins(Box<[u8]>),
    Ends(Box<[u8]>),
    Contains(Box<Finder<'static>>),
    /// Matched piece by piece; with `fold` upper and lower case of ASCII are one.
    Pieces {
        pieces: Box<[Piece]>,
        fold: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Byte(u8),
    /// One character of whatever length.
    One,
    /// Any number of characters.
    Any,
}

impl Pattern {
    /// The pattern of LIKE.
    pub(super) fn like(pattern: &str) -> Self {
        let pieces = pieces(pattern);
        let text: Option<Box<[u8]>> = literal(&pieces);
        if let Some(text) = text {
            return Self::Equals(text);
        }
        if let [rest @ .., Piece::Any] = pieces.as_slice()
            && let Some(text) = literal(rest)
        {
            return Self::Begins(text);
        }
        if let [Piece::Any, rest @ ..] = pieces.as_slice()
            && let Some(text) = literal(rest)
        {
            return Self::Ends(text);
        }
        if let [Piece::Any, rest @ .., Piece::Any] = pieces.as_slice()
            && let Some(text) = literal(rest)
        {
            return Self::Contains(Box::new(Finder::new(&text).into_owned()));
        }
        Self::Pieces {
            pieces: pieces.into(),
            fold: false,
        }
    }

    /// The pattern of ILIKE, for text that is ASCII; of others, Unicode's rules
    /// of case would have to be known.
    pub(super) fn ilike(pattern: &str) -> Option<Self> {
        pattern.is_ascii().then(|| Self::Pieces {
            pieces: pieces(pattern).into(),
            fold: true,
        })
    }

    /// Whether `text` matches. None if that cannot be said.
    #[inline]
    pub(super) fn matches(&self, text: &[u8]) -> Option<bool> {
        Some(match self {
            Self::Equals(all) => *text == **all,
            Self::Begins(head) => text.starts_with(head),
            Self::Ends(tail) => text.ends_with(tail),
            Self::Contains(finder) => finder.find(text).is_some(),
            Self::Pieces { fold: true, .. } if !text.is_ascii() => return None,
            Self::Pieces { pieces, fold } => matches_pieces(pieces, text, *fold),
        })
    }
}

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    let mut room = [0; 4];
    while let Some(c) = chars.next() {
        let c = match c {
            '%' => {
                if pieces.last() != Some(&Piece::Any) {
                    pieces.push(Piece::Any);
                }
                continue;
            }
            '_' => {
                pieces.push(Piece::One);
                continue;
            }
            '\\' => chars.next().unwrap_or('\\'),
            c => c,
        };
        let bytes = c.encode_utf8(&mut room).bytes();
        pieces.extend(bytes.map(Piece::Byte));
    }
    pieces
}

/// The text that the pieces spell, if there are no wildcards among them.
fn literal(pieces: &[Piece]) -> Option<Box<[u8]>> {
    let byte = |piece: &Piece| match piece {
        Piece::Byte(b) => Some(*b),
        Piece::One | Piece::Any => None,
    };
    pieces.iter().map(byte).collect()
}

/// Goes through `text` once, back to behind the last `%` when something does not
/// fit: an earlier one need not be tried again.
fn matches_pieces(pieces: &[Piece], text: &[u8], fold: bool) -> bool {
    let (mut piece, mut at) = (0, 0);
    // Behind the last `%`, and how much of the text it has taken.
    let mut back: Option<(usize, usize)> = None;
    loop {
        let step = match (pieces.get(piece), text.get(at)) {
            (Some(Piece::Any), _) => {
                back = Some((piece + 1, at));
                piece += 1;
                continue;
            }
            (None, None) => return true,
            (Some(Piece::Byte(p)), Some(t)) if same(*p, *t, fold) => 1,
            (Some(Piece::One), Some(_)) => character(text, at),
            (None | Some(Piece::Byte(_) | Piece::One), _) => 0,
        };
        if step > 0 {
            piece += 1;
            at += step;
            continue;
        }
        let Some((behind, taken)) = back else {
            return false;
        };
        if taken >= text.len() {
            return false;
        }
        let taken = taken + character(text, taken);
        back = Some((behind, taken));
        (piece, at) = (behind, taken);
    }
}

fn same(pattern: u8, text: u8, fold: bool) -> bool {
    pattern == text || (fold && pattern.eq_ignore_ascii_case(&text))
}

/// Length of the character at `at`, where there is one.
fn character(text: &[u8], at: usize) -> usize {
    let rest = text.get(at + 1..).unwrap_or(&[]);
    1 + rest.iter().take_while(|b| **b & 0xC0 == 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, text: &str) -> bool {
        Pattern::like(pattern).matches(text.as_bytes()).unwrap()
    }

    #[test]
    fn wildcards() {
        for (pattern, yes, no) in [
            ("abc", &["abc"][..], &["ab", "abcd", "ABC", ""][..]),
            ("a%", &["a", "abc"], &["ba", ""]),
            ("%c", &["c", "abc", "cc"], &["cb", ""]),
            ("%b%", &["b", "abc"], &["ac", ""]),
            ("%", &["", "x\ny"], &[]),
            ("", &[""], &["x"]),
            ("a_c", &["abc", "aéc", "a\u{1F600}c"], &["ac", "abbc"]),
            ("_", &["é", "x"], &["", "xx"]),
            ("%_", &["x", "éé"], &[""]),
            ("a%b%c", &["abc", "axxbyyc", "abcbc"], &["acb", "abcx"]),
            ("%ab_d%", &["xxabcdx", "ababcd"], &["abd"]),
            ("100\\%", &["100%"], &["100x", "100\\%"]),
            ("a\\_b", &["a_b"], &["axb"]),
            ("a\\\\b", &["a\\b"], &["a\\\\b"]),
            ("a\\", &["a\\"], &["a"]),
            ("%%x%%", &["x", "axb"], &["a"]),
        ] {
            for text in yes {
                assert!(like(pattern, text), "{text:?} like {pattern:?}");
            }
            for text in no {
                assert!(!like(pattern, text), "{text:?} not like {pattern:?}");
            }
        }
    }

    #[test]
    fn case_is_folded_for_ascii_alone() {
        let p = Pattern::ilike("%Admin_").unwrap();
        assert_eq!(p.matches(b"the ADMINs"), Some(true));
        assert_eq!(p.matches(b"the admin"), Some(false));
        assert_eq!(p.matches("\u{212a}".as_bytes()), None);
        assert!(Pattern::ilike("é%").is_none());
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let pattern = "%a".repeat(30) + "b";
        assert!(!like(&pattern, &"a".repeat(20_000)));
    }
}
