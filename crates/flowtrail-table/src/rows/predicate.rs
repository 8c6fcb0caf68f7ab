//! Which records become rows: what of a query's filters can be decided on the
//! values of a record before anything is built.

use datafusion::logical_expr::Expr;

use crate::schema::LogTable;

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
pub struct Predicate {}

impl Predicate {
    /// Compiles what can be decided of `filters`, all of which have to hold for
    /// a row of `table`, and says for each how much that is. No predicate means
    /// that nothing can be decided.
    #[must_use]
    pub fn compile(table: LogTable, filters: &[Expr]) -> (Option<Self>, Vec<Exactness>) {
        let _ = table;
        (None, vec![Exactness::Unsupported; filters.len()])
    }
}
