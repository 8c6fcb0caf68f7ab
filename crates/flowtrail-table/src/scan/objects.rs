//! The table `objects`: one row for each object, with its account.
//!
//! Columns that a listing knows cost a listing. As soon as a query wants one of
//! the others, the objects are read, but only those that pass the filters on
//! what the listing knows.

mod columns;
mod exec;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::cast::as_boolean_array;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;

use super::bounds::Bounds;
use super::{Logs, Run};
use crate::store::{Listing, share};
pub(crate) use columns::schema;
use columns::{Row, Subject, batch, column};
use exec::{Group, ObjectsExec};

/// Rows that filters are evaluated over in one go.
const ROWS_AT_ONCE: usize = 8192;

/// The table `objects`.
#[derive(Debug)]
pub struct ObjectsProvider {
    logs: Arc<Logs>,
}

impl ObjectsProvider {
    /// The name of the table in SQL.
    pub const NAME: &'static str = "objects";

    /// The table of the objects of these logs.
    #[must_use]
    pub const fn new(logs: Arc<Logs>) -> Self {
        Self { logs }
    }
}

#[async_trait]
impl TableProvider for ObjectsProvider {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let run = Run::of(state.config());
        let wanted = self.logs.wanted(None, Bounds::default());
        let listing = run.list_all(&self.logs, wanted).await?;
        let subjects = passing(state, &listing, filters)?;
        let groups = groups(subjects, state.config().target_partitions());
        let all: Vec<usize> = (0..schema().fields().len()).collect();
        let columns = projection.unwrap_or(&all).clone();
        let scan = ObjectsExec::try_new(Arc::clone(&self.logs), columns, groups, limit)?;
        run.reads(scan.objects_to_read());
        Ok(Arc::new(scan))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let answer = |filter: &&Expr| {
            if is_on_listing(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        Ok(filters.iter().map(answer).collect())
    }
}

/// Whether a filter looks at nothing but what a listing knows, and says the
/// same whenever it is asked.
fn is_on_listing(filter: &Expr) -> bool {
    let listed = filter
        .column_refs()
        .iter()
        .all(|c| column(&c.name).is_some_and(|c| c.is_listed()));
    listed && !filter.is_volatile() && !filter.column_refs().is_empty()
}

/// What of a listing passes `filters`, all of which are on what it knows.
fn passing(state: &dyn Session, listing: &Listing, filters: &[Expr]) -> Result<Vec<Subject>> {
    let mut subjects: Vec<_> = listing
        .objects
        .iter()
        .map(|o| Subject::Object(o.clone()))
        .collect();
    subjects.extend(listing.not_listed.iter().cloned().map(Subject::NotListed));
    let df_schema = DFSchema::try_from(schema())?;
    for filter in filters {
        let filter = state.create_physical_expr(filter.clone(), &df_schema)?;
        let mut passed = Vec::new();
        for part in subjects.chunks(ROWS_AT_ONCE) {
            let passes = evaluate(filter.as_ref(), part)?;
            let both = part.iter().zip(passes.iter());
            passed.extend(
                both.filter(|(_, p)| *p == Some(true))
                    .map(|(s, _)| s.clone()),
            );
        }
        subjects = passed;
    }
    Ok(subjects)
}

fn evaluate(filter: &dyn PhysicalExpr, subjects: &[Subject]) -> Result<BooleanArray> {
    let rows: Vec<_> = subjects.iter().map(Row::listed).collect();
    let all: Vec<usize> = (0..schema().fields().len()).collect();
    let batch = batch(&rows, &all, &schema())?;
    let passes = filter.evaluate(&batch)?.into_array(subjects.len())?;
    Ok(as_boolean_array(&passes)?.clone())
}

/// Groups of about as many bytes each; what could not be listed is in the first.
fn groups(subjects: Vec<Subject>, count: usize) -> Vec<Arc<Group>> {
    let mut objects = Vec::with_capacity(subjects.len());
    let mut not_listed = Vec::new();
    for subject in subjects {
        match subject {
            Subject::Object(object) => objects.push(object),
            Subject::NotListed(lost) => not_listed.push(lost),
        }
    }
    let count = count.min(objects.len()).max(1);
    let shares = share(objects, count).into_iter();
    shares
        .map(|objects| {
            Arc::new(Group {
                objects: objects.into(),
                not_listed: std::mem::take(&mut not_listed),
            })
        })
        .collect()
}
