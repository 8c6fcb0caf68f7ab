//! The way from a column down to a field of a struct in it.

use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;

use crate::schema::{Column, LogTable};

/// A column, or a field of a column that is a struct: the names on the way down.
/// `["useridentity", "arn"]` is what SQL writes as `useridentity.arn`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnPath(Vec<String>);

/// A path that leads to no column of its table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("table `{table}` has no column `{path}`")]
pub struct UnknownColumn {
    /// The table.
    pub table: LogTable,
    /// The path.
    pub path: ColumnPath,
}

impl ColumnPath {
    /// The path with these names, the column's first.
    #[must_use]
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// The names, the column's first.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The path that an expression takes: a column, or `get_field` (one or
    /// several, as dotted names and brackets are planned) down from one. None
    /// for any other expression. The relation of the column is not looked at.
    #[must_use]
    pub fn of_expr(expr: &Expr) -> Option<Self> {
        if let Expr::Column(column) = expr {
            return Some(Self(vec![column.name.clone()]));
        }
        let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else {
            return None;
        };
        let (base, keys) = args.split_first()?;
        if func.name() != "get_field" || keys.is_empty() {
            return None;
        }
        let mut path = Self::of_expr(base)?;
        for key in keys {
            let Expr::Literal(name, _) = key else {
                return None;
            };
            path.0.push(name.try_as_str().flatten()?.to_owned());
        }
        Some(path)
    }

    /// The column of `table` that the path leads to.
    #[must_use]
    pub fn resolve(&self, table: LogTable) -> Option<&'static Column> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(table.column(first)?, |column, name| column.child(name))
    }
}

impl From<&str> for ColumnPath {
    /// The column of this name.
    fn from(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }
}

impl std::fmt::Display for ColumnPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("."))
    }
}
