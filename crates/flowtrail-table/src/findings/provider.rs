//! The table `findings`, as the planner sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::columns::schema;
use super::exec::FindingsExec;
use super::gathering::{Gathering, Kept};
use super::rulebook::Rulebook;
use crate::scan::{Logs, Run};

/// What rules find in logs.
#[derive(Debug)]
pub struct FindingsProvider {
    logs: Arc<Logs>,
    rules: Arc<Rulebook>,
    kept: Option<Arc<Kept>>,
}

impl FindingsProvider {
    /// The name of the table in SQL.
    pub const NAME: &'static str = "findings";

    /// The findings of these rules in these logs. When a query is planned,
    /// rules are compiled and objects are listed, and all of them are read:
    /// what a window holds may lie anywhere.
    #[must_use]
    pub const fn new(logs: Arc<Logs>, rules: Arc<Rulebook>) -> Self {
        Self {
            logs,
            rules,
            kept: None,
        }
    }

    /// The same, and the findings stay in `kept`.
    #[must_use]
    pub fn keeping(self, kept: Arc<Kept>) -> Self {
        Self {
            kept: Some(kept),
            ..self
        }
    }
}

#[async_trait]
impl TableProvider for FindingsProvider {
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
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let run = Run::of(state.config());
        let rules = self.rules.ready().await?;
        let listing = run.list(&self.logs, self.logs.everything()).await?;
        let workers = state.config().target_partitions();
        let workers = workers.min(listing.objects.len()).max(1);
        let work = Gathering::new(
            rules,
            listing.objects.clone(),
            workers,
            self.logs.everything().lateness,
        );
        run.reads(work.parts().objects());
        let all = || (0..schema().fields().len()).collect();
        let columns = projection.cloned().unwrap_or_else(all);
        let exec = FindingsExec::try_new(Arc::clone(&self.logs), work, columns)?;
        Ok(Arc::new(exec.keeping(self.kept.clone())))
    }
}
