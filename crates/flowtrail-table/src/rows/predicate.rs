//! Which records become rows: what of a query's filters can be decided on the
//! values of a record before anything is built.
//!
//! [`Predicate::compile`] turns `DataFusion`'s expressions into a tree of tests
//! over columns; a plan binds the columns to slots, and the tree is evaluated on
//! the bytes that the reader found, cheap tests first.
//!
//! What cannot be decided is taken for true where a row would pass by it (and
//! for false below a NOT), so that the tree may let too many rows pass and never
//! too few. The filter is then [`Exactness::Inexact`].

mod compile;
mod kind;
mod literal;
mod node;
mod pattern;

use datafusion::logical_expr::Expr;

use self::compile::Compiler;
use self::node::{Leaf, Node};
use super::cell::{Cell, Row};
use super::shape::Binder;
use crate::schema::LogTable;

pub(super) use self::node::Rooms;

/// How much of a filter a [`Predicate`] decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exactness {
    /// All of it: rows that pass fulfil the filter.
    Exact,
    /// Rows that are left out do not fulfil it; those that pass have to be
    /// looked at again.
    Inexact,
    /// Nothing.
    Unsupported,
}

/// A condition on a record, with SQL's three-valued logic: a record passes if
/// the condition is true, not if it is false or unknown.
#[derive(Debug, Clone)]
pub struct Predicate {
    node: Node<Leaf>,
}

impl Predicate {
    /// Compiles what can be decided of `filters`, all of which have to hold for
    /// a row of `table`, and says for each how much that is. No predicate means
    /// that nothing can be decided.
    #[must_use]
    pub fn compile<'e>(
        table: LogTable,
        filters: impl IntoIterator<Item = &'e Expr>,
    ) -> (Option<Self>, Vec<Exactness>) {
        let compiler = Compiler { table };
        let mut tests = Vec::new();
        let mut exactness = Vec::new();
        for filter in filters {
            let compiled = compiler.compile(filter, true);
            let always = matches!(compiled.node, Node::Is(Some(true)));
            exactness.push(match (compiled.exact, always) {
                (true, _) => Exactness::Exact,
                (false, false) => Exactness::Inexact,
                (false, true) => Exactness::Unsupported,
            });
            if !always {
                tests.push(compiled.node);
            }
        }
        let node = (!tests.is_empty()).then(|| Node::all(tests));
        (node.map(|node| Self { node }), exactness)
    }

    /// The predicate over the slots that `binder` gives out.
    pub(super) fn bind(&self, binder: &mut Binder) -> Test {
        Test(self.node.bind(binder))
    }
}

/// A [`Predicate`] whose columns are bound to slots.
#[derive(Debug)]
pub(super) struct Test(Node<Cell>);

impl Test {
    /// Whether the record becomes a row.
    #[inline]
    pub(super) fn passes(&self, row: Row<'_>, rooms: &mut Rooms) -> bool {
        self.0.passes(row, rooms)
    }
}
