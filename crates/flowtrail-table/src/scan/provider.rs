//! A table of logs, as the planner sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;

use super::bounds::Bounds;
use super::columnar::{self, Wish};
use super::{LogScanExec, Logs, Run, kinds};
use crate::rows::{ColumnPath, Exactness, Predicate};
use crate::schema::LogTable;
use crate::store::{LogObject, share};

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

    /// What a query wants, apart from how it is had.
    fn wish<'f>(
        &self,
        projection: Option<&Vec<usize>>,
        filters: &'f [Expr],
        limit: Option<usize>,
    ) -> Wish<'f> {
        let columns = self.table.columns();
        let (_, decided) = Predicate::compile(self.table, filters);
        // The others are applied above a scan, and pushed down from there.
        let exact = filters.iter().zip(decided);
        let exact = exact.filter(|(_, decided)| *decided == Exactness::Exact);
        Wish {
            table: self.table,
            columns: projection.map_or_else(|| (0..columns.len()).collect(), Clone::clone),
            filters: exact.map(|(filter, _)| filter).collect(),
            span: self.logs.span,
            limit,
        }
    }

    /// Reads compacted files by columns and objects row by row.
    fn plan(
        &self,
        state: &dyn Session,
        wish: &Wish<'_>,
        (parts, objects): (Vec<LogObject>, Vec<LogObject>),
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let run = Run::of(state.config());
        let by_columns = match parts.is_empty() {
            true => None,
            false => Some(columnar::scan(state, &run, wish, parts)?),
        };
        if objects.is_empty()
            && let Some(by_columns) = by_columns
        {
            return Ok(by_columns);
        }
        let columns = self.table.columns();
        let path = |at: &usize| Some(ColumnPath::from(columns.get(*at)?.name.as_ref()));
        let count = state.config().target_partitions().min(objects.len());
        let groups = share(objects, count).into_iter().map(Arc::from);
        let scan = LogScanExec::try_new(
            Arc::clone(&self.logs),
            self.table,
            wish.columns.iter().filter_map(path).collect(),
            filters.into(),
            groups.collect(),
        )?;
        let by_rows = Arc::new(scan.with_limit(wish.limit));
        match by_columns {
            None => Ok(by_rows),
            Some(by_columns) => UnionExec::try_new(vec![by_rows, by_columns]),
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
        run.reads(&listing.objects);
        let wish = self.wish(projection, filters, limit);
        let suits = |o: &LogObject| !self.logs.by_rows && wish.suits(o);
        let (parts, objects) = listing.objects.iter().cloned().partition(suits);
        self.plan(state, &wish, (parts, objects), filters)
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
