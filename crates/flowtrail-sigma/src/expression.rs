//! Regular expressions that are checked when a rule is loaded and built when
//! they are first needed: most rules of a set never come to that, and building
//! costs far more than checking.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::problem::Reject;

/// How an expression is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct How {
    pub(crate) ignore_case: bool,
    pub(crate) multi_line: bool,
    pub(crate) dot_all: bool,
}

/// An expression that is known to be sound.
#[derive(Debug)]
pub(crate) struct Expression {
    pattern: Box<str>,
    how: How,
    built: OnceLock<Option<Regex>>,
}

/// The expressions of a rule set. Rules write the same ones again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expressions(HashMap<(Box<str>, How), Arc<Expression>>);

impl Expressions {
    /// The expression for `pattern`, checked.
    pub(crate) fn get(&mut self, pattern: &str, how: How) -> Result<Arc<Expression>, Reject> {
        let key = (pattern.into(), how);
        if let Some(known) = self.0.get(&key) {
            return Ok(Arc::clone(known));
        }
        let new = Arc::new(Expression::new(pattern, how)?);
        self.0.insert(key, Arc::clone(&new));
        Ok(new)
    }
}

/// Up to this [`size`] an expression is built later. A part is a byte or a range
/// of characters and comes to less than a kilobyte, and the library refuses
/// what is beyond ten megabytes, so that no such expression can fail then.
const SMALL: usize = 2000;

impl Expression {
    /// Checks `pattern`.
    fn new(pattern: &str, how: How) -> Result<Self, Reject> {
        let parsed = ParserBuilder::new()
            .utf8(false)
            .case_insensitive(how.ignore_case)
            .multi_line(how.multi_line)
            .dot_matches_new_line(how.dot_all)
            .build()
            .parse(pattern);
        let built = OnceLock::new();
        if parsed.map_or(true, |hir| size(&hir) > SMALL) {
            let regex = build(pattern, how).map_err(|e| refused(pattern, &e))?;
            built.get_or_init(|| Some(regex));
        }
        Ok(Self {
            pattern: pattern.into(),
            how,
            built,
        })
    }

    /// Whether it finds something in `text`.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        let built = self
            .built
            .get_or_init(|| build(&self.pattern, self.how).ok());
        built.as_ref().is_some_and(|r| r.is_match(text))
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        (&self.pattern, self.how) == (&other.pattern, other.how)
    }
}

impl Eq for Expression {}

impl Hash for Expression {
    fn hash<H: Hasher>(&self, to: &mut H) {
        (&self.pattern, self.how).hash(to);
    }
}

fn build(pattern: &str, how: How) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(how.ignore_case)
        .multi_line(how.multi_line)
        .dot_matches_new_line(how.dot_all)
        .build()
}

/// The number of bytes and ranges of characters that an expression is unrolled
/// to.
fn size(hir: &Hir) -> usize {
    let sum = |parts: &[Hir]| parts.iter().map(size).fold(1, usize::saturating_add);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(text) => text.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Capture(group) => size(&group.sub).saturating_add(1),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
        HirKind::Repetition(again) => {
            let times = again.max.unwrap_or(again.min).max(again.min).max(1);
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            size(&again.sub).saturating_add(1).saturating_mul(times)
        }
    }
}

fn refused(pattern: &str, error: &regex::Error) -> Reject {
    let text = error.to_string();
    let last = text
        .lines()
        .last()
        .unwrap_or("")
        .trim_start_matches("error: ");
    let reject = Reject::new(format!(
        "`{pattern}` is not a regular expression that can be run: {last}"
    ));
    if text.contains("look-around") || text.contains("backreference") {
        reject.hint("look-around and backreferences are not supported, because their running time has no bound; split the rule into a selection and a filter")
    } else {
        reject
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: How = How {
        ignore_case: false,
        multi_line: false,
        dot_all: false,
    };

    #[test]
    fn what_cannot_be_built_is_refused_at_once() {
        for pattern in ["(", "a(?=b)", r"(a)\1", r"\p{Nothing}", r"(\w{500}){500}"] {
            let expression = Expression::new(pattern, PLAIN);
            assert_eq!(
                expression.is_err(),
                build(pattern, PLAIN).is_err(),
                "{pattern}"
            );
            assert!(expression.is_err(), "{pattern}");
        }
    }

    #[test]
    fn what_is_built_later_can_be_built() {
        // The largest of each sort that is left for later.
        for pattern in [
            "a".repeat(SMALL - 10),
            r"\w\W".into(),
            format!("(a{{{}}})", SMALL / 3),
            "[^a]".repeat(SMALL / 4),
        ] {
            let expression = Expression::new(&pattern, PLAIN).unwrap();
            assert!(expression.built.get().is_none(), "{pattern}");
            let limited = RegexBuilder::new(&pattern).size_limit(5 << 20).build();
            assert!(limited.is_ok(), "{pattern}");
        }
        let large = Expression::new(r"\w{9}", PLAIN).unwrap();
        assert!(large.built.get().is_some());
    }

    #[test]
    fn each_flag_reaches_the_parser() {
        let found = |how: How| Expression::new("^b.c$", how).unwrap().is_match(b"a\nB\nC");
        assert!(!found(PLAIN));
        let all = How {
            ignore_case: true,
            multi_line: true,
            dot_all: true,
        };
        assert!(found(all));
        assert!(!found(How {
            ignore_case: false,
            ..all
        }));
        assert!(!found(How {
            multi_line: false,
            ..all
        }));
        assert!(!found(How {
            dot_all: false,
            ..all
        }));
    }
}
