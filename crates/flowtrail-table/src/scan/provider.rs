//! A table of logs, as the planner sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::bounds::Bounds;
use super::{LogScanExec, Logs, Run, kinds};
use crate::rows::{ColumnPath, Exactness, Predicate};
use crate::schema::LogTable;
use crate::store::share;

/// One table of logs over the sources of a [`Logs`].
#[derive(Debug)]
pub struct LogTableProvider {
    table: LogTable,
    logs: Arc<Logs>,
}

impl LogTableProvider {
    /// The table over these logs. Nothing is listed before a query is planned.
    #[must_use]
    pub const fn new(table: LogTable, logs: Arc<Logs>) -> Self {
        Self { table, logs }
    }

    /// The columns of a projection by their indices; all without one.
    fn columns(&self, projection: Option<&Vec<usize>>) -> Vec<ColumnPath> {
        let columns = self.table.columns();
        let path = |at: &usize| Some(ColumnPath::from(columns.get(*at)?.name.as_ref()));
        match projection {
            Some(indices) => indices.iter().filter_map(path).collect(),
            None => (0..columns.len()).filter_map(|at| path(&at)).collect(),
        }
    }
}

#[async_trait]
impl TableProvider for LogTableProvider {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
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
        let bounds = Bounds::of(self.table, filters);
        let wanted = self.logs.wanted(Some(kinds(self.table)), bounds);
        let listing = run.list(&self.logs, wanted).await?;
        let objects = &listing.objects;
        run.reads(objects);
        let count = state.config().target_partitions().min(objects.len());
        let groups = share(objects.clone(), count).into_iter().map(Arc::from);
        let scan = LogScanExec::try_new(
            Arc::clone(&self.logs),
            self.table,
            self.columns(projection),
            filters.into(),
            groups.collect(),
        )?;
        Ok(Arc::new(scan.with_limit(limit)))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let filters: Vec<Expr> = filters.iter().map(|f| (*f).clone()).collect();
        let (_, decided) = Predicate::compile(self.table, &filters);
        let answers = filters.iter().zip(decided).map(|(filter, decided)| {
            let bounds = Bounds::of(self.table, std::slice::from_ref(filter));
            match decided {
                Exactness::Exact => TableProviderFilterPushDown::Exact,
                Exactness::Inexact => TableProviderFilterPushDown::Inexact,
                // What cannot be decided of a record may still leave out folders.
                Exactness::Unsupported if bounds != Bounds::default() => {
                    TableProviderFilterPushDown::Inexact
                }
                Exactness::Unsupported => TableProviderFilterPushDown::Unsupported,
            }
        });
        Ok(answers.collect())
    }
}
