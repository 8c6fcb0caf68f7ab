//! The table `rules`, as the planner sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::columns::{batch, schema};
use crate::findings::Rulebook;

/// The rules of a session.
#[derive(Debug)]
pub struct RulesProvider {
    rules: Arc<Rulebook>,
}

impl RulesProvider {
    /// The name of the table in SQL.
    pub const NAME: &'static str = "rules";

    /// The table of these rules. They are compiled when a query is planned.
    #[must_use]
    pub const fn new(rules: Arc<Rulebook>) -> Self {
        Self { rules }
    }
}

#[async_trait]
impl TableProvider for RulesProvider {
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
        let ruling = self.rules.ready().await?;
        let rows = MemTable::try_new(schema(), vec![vec![batch(&ruling.rows)?]])?;
        rows.scan(state, projection, filters, limit).await
    }
}
