//! `CROSS JOIN UNNEST(resources) AS t(r)`: a row for each element of a list,
//! as queries for Athena write it.
//!
//! The planner of SQL makes a lateral join of it, whose right side is made of
//! columns of the left one alone, and the optimiser has no rule that would take
//! the two apart. But no join is needed: the rows of the left side can be
//! unnested as they come.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _};
use datafusion::common::{Column, JoinType, NullHandling, Result};
use datafusion::logical_expr::expr_rewriter::strip_outer_reference;
use datafusion::logical_expr::{
    Expr, Join, LogicalPlan, LogicalPlanBuilder, Projection, Unnest, lit,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::push_down_filter::replace_cols_by_name;

/// Unnests the left side of a lateral join with an `UNNEST`, in place of the
/// join.
#[derive(Debug)]
pub(super) struct LateralUnnest;

impl AnalyzerRule for LateralUnnest {
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let walked = plan.transform_up_with_subqueries(|plan| {
            let LogicalPlan::Join(join) = &plan else {
                return Ok(Transformed::no(plan));
            };
            Ok(match unnested(join)? {
                Some(unnested) => Transformed::yes(unnested),
                None => Transformed::no(plan),
            })
        });
        walked.data()
    }

    fn name(&self) -> &'static str {
        "lateral_unnest"
    }
}

/// The plan in place of the join, if its right side unnests columns of its left.
fn unnested(join: &Join) -> Result<Option<LogicalPlan>> {
    let keeps = match (join.join_type, &join.filter) {
        (JoinType::Inner, _) => false,
        // Rows that have no elements stay. A condition would decide on elements.
        (JoinType::Left, None) => true,
        (JoinType::Left, Some(filter)) if *filter == lit(true) => true,
        _ => return Ok(None),
    };
    let Some((unnest, lists, given)) = parts(&join.right)? else {
        return Ok(None);
    };
    let lists: Vec<Expr> = lists.iter().cloned().map(strip_outer_reference).collect();
    let left = join.left.schema();
    let is_left = |e: &Expr| e.column_refs().iter().all(|c| left.has_column(c));
    if !join.on.is_empty() || !lists.iter().all(is_left) {
        return Ok(None);
    }
    let columns = left.columns().into_iter().map(Expr::Column);
    let mut options = unnest.options.clone();
    options.null_handling = if keeps {
        NullHandling::PreserveAndExpandEmpty
    } else {
        NullHandling::Drop
    };
    let right = join.right.schema().iter().zip(given);
    let right =
        right.map(|((table, field), expr)| expr.alias_qualified(table.cloned(), field.name()));
    let plan = LogicalPlanBuilder::from(Arc::clone(&join.left))
        .project(columns.clone().chain(lists))?
        .unnest_columns_with_options(unnest.exec_columns.clone(), options)?
        .project(columns.chain(right))?;
    let plan = match &join.filter {
        Some(filter) if !keeps => plan.filter(filter.clone())?,
        Some(_) | None => plan,
    };
    Ok(Some(plan.build()?))
}

type Parts<'p> = (&'p Unnest, &'p [Expr], Vec<Expr>);

/// The unnesting below the right side of a lateral join, the lists that it
/// takes, and the columns of that side over what it gives.
fn parts(right: &LogicalPlan) -> Result<Option<Parts<'_>>> {
    let right = if let LogicalPlan::SubqueryAlias(alias) = right {
        alias.input.as_ref()
    } else {
        right
    };
    let LogicalPlan::Subquery(lateral) = right else {
        return Ok(None);
    };
    let LogicalPlan::Projection(outermost) = lateral.subquery.as_ref() else {
        return Ok(None);
    };
    let mut given: Vec<Expr> = outermost.expr.iter().cloned().map(Expr::unalias).collect();
    let mut plan = outermost.input.as_ref();
    while let LogicalPlan::Projection(inner) = plan {
        let by_name = named(inner);
        let replaced = given.into_iter().map(|e| replace_cols_by_name(e, &by_name));
        given = replaced.collect::<Result<_>>()?;
        plan = inner.input.as_ref();
    }
    let LogicalPlan::Unnest(unnest) = plan else {
        return Ok(None);
    };
    let LogicalPlan::Projection(lists) = unnest.input.as_ref() else {
        return Ok(None);
    };
    let is_alone =
        matches!(lists.input.as_ref(), LogicalPlan::EmptyRelation(e) if e.produce_one_row);
    Ok(is_alone.then_some((unnest, lists.expr.as_slice(), given)))
}

/// The expressions of a projection by the names that others know them by.
fn named(projection: &Projection) -> HashMap<String, Expr> {
    let names = projection.schema.columns().into_iter();
    let names = names.map(|c: Column| c.flat_name());
    let expressions = projection.expr.iter().cloned().map(Expr::unalias);
    names.zip(expressions).collect()
}

#[cfg(test)]
mod tests;
