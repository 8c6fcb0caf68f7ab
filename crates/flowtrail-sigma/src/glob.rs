//! Patterns with `*` and `?` over a whole value.

use crate::text::fold;

/// A part of a pattern with wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Literal(Vec<u8>),
    /// `*`: any run of characters, newlines included.
    Any,
    /// `?`: exactly one character, a newline included.
    One,
}

/// A pattern with wildcards over a whole value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
}
