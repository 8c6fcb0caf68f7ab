//! Regular expressions that are checked when a rule is loaded and built when
//! they are first needed: most rules of a set never come to that, and building
//! costs far more than checking.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    Ast, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, GroupKind, RepetitionKind,
    RepetitionRange,
};

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
const SMALL: usize = 5000;

/// The ranges of the largest of the classes `\d`, `\s` and `\w`, rounded up.
const CLASS: usize = 1000;

/// The ranges of `\d`, rounded up.
const DIGITS: usize = 100;

impl Expression {
    /// Checks `pattern`.
    fn new(pattern: &str, how: How) -> Result<Self, Reject> {
        let parsed = Parser::new().parse(pattern);
        let built = OnceLock::new();
        if parsed
            .ok()
            .and_then(|ast| size(&ast))
            .is_none_or(|size| size > SMALL)
        {
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
/// to. `None` if it has what may yet turn out to be wrong, or to be larger: flags
/// and classes with names.
fn size(ast: &Ast) -> Option<usize> {
    match ast {
        Ast::Empty(_) | Ast::Assertion(_) => Some(1),
        // A character has at most a few forms that differ in case.
        Ast::Literal(_) => Some(4),
        Ast::Dot(_) => Some(2),
        Ast::ClassPerl(class) => Some(perl_size(class)),
        Ast::ClassBracketed(class) => set_size(&class.kind),
        Ast::Group(group) => match &group.kind {
            GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => size(&group.ast),
            GroupKind::NonCapturing(flags) if flags.items.is_empty() => size(&group.ast),
            GroupKind::NonCapturing(_) => None,
        },
        Ast::Concat(all) => sum(all.asts.iter().map(size)),
        Ast::Alternation(any) => sum(any.asts.iter().map(size)),
        Ast::Repetition(again) => {
            let times = match &again.op.kind {
                RepetitionKind::ZeroOrOne
                | RepetitionKind::ZeroOrMore
                | RepetitionKind::OneOrMore => 1,
                RepetitionKind::Range(
                    RepetitionRange::Exactly(n)
                    | RepetitionRange::AtLeast(n)
                    | RepetitionRange::Bounded(_, n),
                ) => usize::try_from(*n).ok()?.max(1),
            };
            size(&again.ast)?.checked_mul(times)
        }
        Ast::Flags(_) | Ast::ClassUnicode(_) => None,
    }
}

const fn perl_size(class: &ClassPerl) -> usize {
    match class.kind {
        ClassPerlKind::Digit | ClassPerlKind::Space => DIGITS,
        ClassPerlKind::Word => CLASS,
    }
}

fn sum(mut sizes: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    sizes.try_fold(0, |sum: usize, size| sum.checked_add(size?))
}

fn set_size(set: &ClassSet) -> Option<usize> {
    match set {
        ClassSet::Item(item) => item_size(item),
        ClassSet::BinaryOp(op) => set_size(&op.lhs)?.checked_add(set_size(&op.rhs)?),
    }
}

fn item_size(item: &ClassSetItem) -> Option<usize> {
    match item {
        ClassSetItem::Empty(_) | ClassSetItem::Ascii(_) => Some(4),
        ClassSetItem::Literal(_) => Some(4),
        // Beyond ASCII a range has as many parts as its letters have cases.
        ClassSetItem::Range(range) if range.end.c.is_ascii() => Some(4),
        ClassSetItem::Range(_) => Some(CLASS),
        ClassSetItem::Perl(class) => Some(perl_size(class)),
        ClassSetItem::Bracketed(class) => set_size(&class.kind),
        ClassSetItem::Union(union) => sum(union.items.iter().map(item_size)),
        ClassSetItem::Unicode(_) => None,
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
        for pattern in [
            "(",
            "a(?=b)",
            r"(a)\1",
            r"\p{Nothing}",
            r"(\w{500}){500}",
            r"(?-u:\pL)",
            "(((a{4000000000}){4000000000}){9})((((a{4000000000}){4000000000}){9}))",
            "[b-a]",
            "a{2,1}",
        ] {
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
        let fold = How {
            ignore_case: true,
            ..PLAIN
        };
        // The largest of each sort that is left for later.
        for (pattern, how) in [
            ("a".repeat(SMALL / 4), fold),
            (r"\w\W".into(), fold),
            (r"\d\D\s\S".repeat(SMALL / 400), fold),
            (r"[\w][^\u{e0}-\u{1ffff}]".into(), fold),
            (format!("(?:k{{{}}})", SMALL / 4), fold),
            ("[^a]".repeat(SMALL / 4), PLAIN),
            ("[[:alpha:]&&[^b-k]]".repeat(SMALL / 8), PLAIN),
            (".*".repeat(SMALL / 2), PLAIN),
        ] {
            let expression = Expression::new(&pattern, how).unwrap();
            assert!(expression.built.get().is_none(), "{pattern}");
            let mut limited = RegexBuilder::new(&pattern);
            limited
                .case_insensitive(how.ignore_case)
                .size_limit(5 << 20);
            assert!(limited.build().is_ok(), "{pattern}");
        }
        for large in [r"\w{9}", "a{1251}", "(?i)a", r"\pL", "(?-u:a)", "[\\pL]"] {
            let expression = Expression::new(large, PLAIN).unwrap();
            assert!(expression.built.get().is_some(), "{large}");
        }
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
