//! Which columns, and which fields of structs, a projection over a scan wants.
//!
//! The planner puts `get_field` over a scan as a projection
//! (`ExtractLeafExpressions`, then `ProjectionPushdown`), and asks the scan
//! whether it can do that itself. It can: a field of a struct is read as a
//! column of its own, and its siblings are not read at all.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode as _, TreeNodeRecursion};
use datafusion::functions::core::getfield::GetFieldFunc;
use datafusion::physical_expr::ScalarFunctionExpr;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::expressions::{Column, Literal};
use datafusion::physical_plan::projection::ProjectionExpr;

use crate::rows::ColumnPath;
use crate::schema::LogTable;

/// What a scan gives in place of a projection over it.
#[derive(Debug)]
pub(super) struct Narrowed {
    /// The columns of the scan.
    pub(super) columns: Vec<ColumnPath>,
    /// Their names.
    pub(super) names: Vec<String>,
    /// What is still to be computed of them; `None` if they are the answer.
    pub(super) rest: Option<Vec<ProjectionExpr>>,
}

/// The scan of `table` that gives no more than `projection` needs of one that
/// gives `columns`; `None` if that one is as narrow already.
///
/// # Errors
/// Those of walking through expressions; ours has none.
pub(super) fn narrow(
    table: LogTable,
    columns: &[ColumnPath],
    projection: &[ProjectionExpr],
) -> Result<Option<Narrowed>> {
    let plain: Option<Vec<_>> = projection
        .iter()
        .map(|p| path(table, columns, &p.expr))
        .collect();
    if let Some(columns) = plain {
        return Ok(Some(Narrowed {
            columns,
            names: projection.iter().map(|p| p.alias.clone()).collect(),
            rest: None,
        }));
    }
    let mut wanted = Vec::new();
    let mut rest = Vec::with_capacity(projection.len());
    for ProjectionExpr { expr, alias } in projection {
        let expr = Arc::clone(expr).transform_down(|e| {
            let Some(path) = path(table, columns, &e) else {
                return Ok(Transformed::no(e));
            };
            let at = wanted.iter().position(|w| *w == path);
            let at = at.unwrap_or_else(|| {
                wanted.push(path.clone());
                wanted.len() - 1
            });
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(&path.to_string(), at));
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        })?;
        rest.push(ProjectionExpr {
            expr: expr.data,
            alias: alias.clone(),
        });
    }
    Ok((wanted != columns).then(|| Narrowed {
        names: wanted.iter().map(ToString::to_string).collect(),
        columns: wanted,
        rest: Some(rest),
    }))
}

/// The path that `expr` takes from one of `columns` down, if it leads to a
/// column that the scan can give.
fn path(
    table: LogTable,
    columns: &[ColumnPath],
    expr: &Arc<dyn PhysicalExpr>,
) -> Option<ColumnPath> {
    let path = names(columns, expr)?;
    path.resolve(table).is_some().then_some(path)
}

fn names(columns: &[ColumnPath], expr: &Arc<dyn PhysicalExpr>) -> Option<ColumnPath> {
    if let Some(column) = expr.downcast_ref::<Column>() {
        return columns.get(column.index()).cloned();
    }
    let call = ScalarFunctionExpr::try_downcast_func::<GetFieldFunc>(expr.as_ref())?;
    let (base, keys) = call.args().split_first()?;
    let mut path = names(columns, base)?.names().to_vec();
    for key in keys {
        let key = key.downcast_ref::<Literal>()?.value();
        path.push(key.try_as_str().flatten()?.to_owned());
    }
    Some(ColumnPath::new(path))
}
