//! Plain values, sorted by how they are compared, so that equal ones become one
//! set and searched ones one automaton.

use rsigma_parser::Modifier;

use crate::atom::Test;
use crate::glob::{Glob, Part};
use crate::needles::{Needles, Where};
use crate::number::Number;
use crate::text::TextSet;
use crate::value::{Pattern, plain_bytes};

/// How a plain string value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StrOp {
    Exact,
    Contains,
    Start,
    End,
}

/// What the modifiers make of a plain value.
pub(crate) fn str_op(modifiers: &[Modifier]) -> StrOp {
    let has = |m| modifiers.contains(&m);
    if has(Modifier::Contains) {
        StrOp::Contains
    } else if has(Modifier::StartsWith) {
        StrOp::Start
    } else if has(Modifier::EndsWith) {
        StrOp::End
    } else {
        StrOp::Exact
    }
}

/// Plain values, sorted by how they are compared.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(crate) null: bool,
    something: bool,
    exact: Vec<Vec<u8>>,
    pub(crate) numbers: Vec<Number>,
    anywhere: Vec<Vec<u8>>,
    start: Vec<Vec<u8>>,
    end: Vec<Vec<u8>>,
    globs: Vec<Vec<Part>>,
}

impl Sorted {
    pub(crate) fn pattern(&mut self, pattern: Pattern, op: StrOp) {
        let mut parts = pattern;
        if matches!(op, StrOp::Contains | StrOp::End) {
            parts.insert(0, Part::Any);
        }
        if matches!(op, StrOp::Contains | StrOp::Start) {
            parts.push(Part::Any);
        }
        parts.dedup_by(|a, b| *a == Part::Any && *b == Part::Any);
        match parts.as_slice() {
            [Part::Any] => self.something = true,
            [Part::Any, Part::Literal(t), Part::Any] => self.anywhere.push(t.clone()),
            [Part::Literal(t), Part::Any] => self.start.push(t.clone()),
            [Part::Any, Part::Literal(t)] => self.end.push(t.clone()),
            _ => match plain_bytes(&parts) {
                Some(text) => self.exact.push(text),
                None => self.globs.push(parts),
            },
        }
    }

    pub(crate) fn tests(self, fold: bool) -> Vec<Test> {
        let mut tests = Vec::new();
        if !self.exact.is_empty() {
            tests.push(Test::Exact(TextSet::new(self.exact, fold)));
        }
        if !self.numbers.is_empty() {
            tests.push(Test::Numbers(self.numbers));
        }
        for (needles, at) in [
            (self.start, Where::Start),
            (self.end, Where::End),
            (self.anywhere, Where::Anywhere),
        ] {
            if !needles.is_empty() {
                tests.push(Test::Find(Needles::new(needles, at, fold)));
            }
        }
        tests.extend(
            self.globs
                .into_iter()
                .map(|p| Test::Glob(Glob::new(p, fold))),
        );
        if self.something {
            tests.push(Test::Something);
        }
        if self.null {
            tests.push(Test::Null);
        }
        tests
    }
}
