//! One object as two tables: one that trusts its predicates, one that is held in
//! memory unfiltered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::array::Int64Array;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::super::*;

/// A table over one object that trusts its predicates.
#[derive(Debug)]
struct Probe {
    table: LogTable,
    object: Arc<Vec<u8>>,
    /// Filters seen, by how much of them was decided.
    seen: Arc<[AtomicU64; 3]>,
}

#[async_trait]
impl TableProvider for Probe {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let (_, exactness) = Predicate::compile(self.table, filters.iter().copied());
        Ok(exactness
            .into_iter()
            .map(|e| {
                let (index, answer) = match e {
                    Exactness::Exact => (0, TableProviderFilterPushDown::Exact),
                    Exactness::Inexact => (1, TableProviderFilterPushDown::Inexact),
                    Exactness::Unsupported => (2, TableProviderFilterPushDown::Unsupported),
                };
                self.seen[index].fetch_add(1, Ordering::Relaxed);
                answer
            })
            .collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = all_columns(self.table);
        let columns: Vec<_> = match projection {
            Some(wanted) => wanted.iter().map(|i| all[*i].clone()).collect(),
            None => all,
        };
        let (predicate, _) = Predicate::compile(self.table, filters);
        let plan = RowPlan::new(self.table, &columns, predicate).unwrap();
        let batches = read(&plan, 7, &[("the object", &self.object)]);
        Ok(MemorySourceConfig::try_new_exec(
            &[batches],
            plan.schema(),
            None,
        )?)
    }
}

/// Both ways to the same rows.
pub(super) struct Twins {
    pub(super) context: SessionContext,
    pub(super) seen: Arc<[AtomicU64; 3]>,
    pub(super) runtime: tokio::runtime::Runtime,
}

impl Twins {
    pub(super) fn new(table: LogTable, object: String) -> Self {
        let context = SessionContext::new();
        let plan = RowPlan::new(table, &all_columns(table), None).unwrap();
        let batches = read(&plan, 7, &[("the object", object.as_bytes())]);
        let memory = MemTable::try_new(table.schema(), vec![batches]).unwrap();
        context.register_table("memory", Arc::new(memory)).unwrap();
        let object = Arc::new(object.into_bytes());
        let seen = Arc::<[AtomicU64; 3]>::default();
        let probe = Probe {
            table,
            object,
            seen: Arc::clone(&seen),
        };
        context.register_table("probe", Arc::new(probe)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        Self {
            context,
            seen,
            runtime: runtime.unwrap(),
        }
    }

    fn rows(&self, table: &str, filter: &str) -> Result<Vec<i64>> {
        let sql = format!("SELECT log_offset FROM {table} WHERE {filter} ORDER BY log_offset");
        let batches = self
            .runtime
            .block_on(async { self.context.sql(&sql).await?.collect().await })?;
        let mut rows = Vec::new();
        for batch in &batches {
            let offsets = batch
                .column(0)
                .as_any()
                .downcast_ref::<Int64Array>()
                .unwrap();
            rows.extend(offsets.values());
        }
        Ok(rows)
    }

    /// The number of rows, if `DataFusion` takes the filter at all.
    pub(super) fn check(&self, filter: &str) -> Option<usize> {
        let memory = self.rows("memory", filter);
        let Ok(memory) = memory else { return None };
        let probe = self
            .rows("probe", filter)
            .unwrap_or_else(|e| panic!("{filter}: {e}"));
        assert_eq!(probe, memory, "{filter}");
        Some(probe.len())
    }
}
