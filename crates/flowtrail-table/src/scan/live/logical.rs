//! From the planner's physical expressions back to those that tests and bounds
//! are made of.

use std::sync::Arc;

use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Expr, Operator, binary_expr};
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column, InListExpr, IsNotNullExpr, IsNullExpr, Literal,
};
use datafusion::physical_plan::PhysicalExpr;

use crate::rows::ColumnPath;

/// The expression over the columns of a table, as far as it can be told: what
/// it lets pass is no less than what `expr` lets pass. `None` is everything.
pub(super) fn logical(expr: &Arc<dyn PhysicalExpr>, columns: &[ColumnPath]) -> Option<Expr> {
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        let (left, op, right) = (binary.left(), *binary.op(), binary.right());
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "an operator of any other kind tells nothing"
        )]
        return match op {
            Operator::And => match (logical(left, columns), logical(right, columns)) {
                (Some(a), Some(b)) => Some(a.and(b)),
                (one, other) => one.or(other),
            },
            Operator::Or => Some(logical(left, columns)?.or(logical(right, columns)?)),
            Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq => {
                let (left, right) = (value(left, columns)?, value(right, columns)?);
                Some(binary_expr(left, op, right))
            }
            _ => None,
        };
    }
    if let Some(null) = expr.downcast_ref::<IsNullExpr>() {
        return value(null.arg(), columns).map(Expr::is_null);
    }
    if let Some(some) = expr.downcast_ref::<IsNotNullExpr>() {
        return value(some.arg(), columns).map(Expr::is_not_null);
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        let items = list.list().iter().map(|item| value(item, columns));
        return Some(Expr::InList(InList {
            expr: Box::new(value(list.expr(), columns)?),
            list: items.collect::<Option<_>>()?,
            negated: list.negated(),
        }));
    }
    None
}

/// A column or a value.
fn value(expr: &Arc<dyn PhysicalExpr>, columns: &[ColumnPath]) -> Option<Expr> {
    if let Some(literal) = expr.downcast_ref::<Literal>() {
        return Some(Expr::Literal(literal.value().clone(), None));
    }
    let column = expr.downcast_ref::<Column>()?;
    let (first, rest) = columns.get(column.index())?.names().split_first()?;
    // Of a name nothing is folded here: it is the table's own.
    let whole = Expr::Column(datafusion::common::Column::from_name(first));
    Some(
        rest.iter()
            .fold(whole, |e, name| get_field(e, name.as_str())),
    )
}
