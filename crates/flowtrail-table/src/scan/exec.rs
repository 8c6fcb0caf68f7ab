//! The plan node that reads a table's records.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, SchedulingType};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
    SortOrderPushdownResult,
};

use super::bounds::is_time;
use super::live::{Known, Live};
use super::project::{Narrowed, narrow};
use super::read::{Output, Partition, rows};
use super::{Logs, Run};
use crate::rows::{ColumnPath, Predicate, RowPlan};
use crate::schema::LogTable;
use crate::store::LogObject;

/// Stored bytes of one record, about: gzip leaves a tenth of a `CloudTrail`
/// record. An estimate for the planner, that decides which side of a join is
/// held.
const RECORD_STORED_BYTES: u64 = 100;

/// Reads the records of fixed groups of objects, one group for each partition,
/// and gives the wanted columns of those that pass the filters.
///
/// Nothing in it depends on the process it was planned in but the places of
/// its objects, so that it can be sent to another one.
#[derive(Debug, Clone)]
pub struct LogScanExec {
    logs: Arc<Logs>,
    filters: Arc<[Expr]>,
    columns: Vec<ColumnPath>,
    plan: Arc<RowPlan>,
    groups: Vec<Arc<[LogObject]>>,
    fetch: Option<usize>,
    live: Live,
    /// Rows are wanted by time: true from the latest on.
    latest_first: Option<bool>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
    /// By what name the account of each group goes to another process.
    #[cfg(feature = "cluster")]
    reported: Option<Arc<crate::cluster::Reported>>,
}

impl LogScanExec {
    /// A scan for `columns` of `table` over `groups` of objects, of the rows
    /// that pass what a [`Predicate`] decides of `filters`.
    ///
    /// # Errors
    /// If a path leads to no column.
    pub fn try_new(
        logs: Arc<Logs>,
        table: LogTable,
        columns: Vec<ColumnPath>,
        filters: Arc<[Expr]>,
        groups: Vec<Arc<[LogObject]>>,
    ) -> Result<Self> {
        let plan = row_plan(table, &columns, &filters)?;
        Ok(Self {
            properties: Arc::new(properties(plan.schema(), groups.len())),
            plan: Arc::new(plan),
            logs,
            filters,
            columns,
            groups,
            fetch: None,
            live: Live::default(),
            latest_first: None,
            metrics: ExecutionPlanMetricsSet::new(),
            #[cfg(feature = "cluster")]
            reported: None,
        })
    }

    /// The same scan that gives no more than `fetch` rows in each partition.
    #[must_use]
    pub fn with_limit(mut self, fetch: Option<usize>) -> Self {
        self.fetch = fetch;
        self
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> LogTable {
        self.plan.table()
    }

    /// What comes out, as paths into the table's columns.
    #[must_use]
    pub fn columns(&self) -> &[ColumnPath] {
        &self.columns
    }

    /// The filters that rows pass as far as a [`Predicate`] decides them.
    #[must_use]
    pub fn filters(&self) -> &[Expr] {
        &self.filters
    }

    /// The objects, by partition.
    #[must_use]
    pub fn groups(&self) -> &[Arc<[LogObject]>] {
        &self.groups
    }

    /// Where logs lie, and how they are read.
    #[cfg(feature = "cluster")]
    pub(crate) fn logs(&self) -> &Logs {
        &self.logs
    }

    /// The same scan, of which another process wants to know what it read.
    #[cfg(feature = "cluster")]
    pub(crate) fn reporting(mut self, reported: crate::cluster::Reported) -> Self {
        self.reported = Some(Arc::new(reported));
        self
    }

    /// The same scan with other columns, under these names.
    pub(crate) fn giving(&self, columns: Vec<ColumnPath>, names: &[String]) -> Result<Self> {
        let plan = row_plan(self.table(), &columns, &self.filters)?.renamed(names);
        Ok(Self {
            properties: Arc::new(properties(plan.schema(), self.groups.len())),
            plan: Arc::new(plan),
            columns,
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.clone()
        })
    }

    /// The same scan with objects by the time of their delivery, so that what is
    /// wanted first is likely to come first.
    fn by_time(&self, latest_first: bool) -> Self {
        let mut scan = self.clone();
        for group in &mut scan.groups {
            let mut objects = group.to_vec();
            objects.sort_by_cached_key(LogObject::delivered);
            if latest_first {
                objects.reverse();
            }
            *group = objects.into();
        }
        scan.latest_first = Some(latest_first);
        scan.metrics = ExecutionPlanMetricsSet::new();
        scan
    }

    fn bytes(&self, partition: Option<usize>) -> u64 {
        let of = |group: &Arc<[LogObject]>| group.iter().map(LogObject::size).sum::<u64>();
        match partition {
            Some(partition) => self.groups.get(partition).map_or(0, of),
            None => self.groups.iter().map(of).sum(),
        }
    }
}

fn row_plan(table: LogTable, columns: &[ColumnPath], filters: &[Expr]) -> Result<RowPlan> {
    let (predicate, _) = Predicate::compile(table, filters);
    let plan = RowPlan::new(table, columns, predicate);
    plan.map_err(|e| DataFusionError::External(Box::new(e)))
}

pub(crate) fn properties(schema: SchemaRef, partitions: usize) -> PlanProperties {
    PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    )
    // Batches come through a channel of tokio, which yields by itself.
    .with_scheduling_type(SchedulingType::Cooperative)
}

impl DisplayAs for LogScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> = self.columns.iter().map(ToString::to_string).collect();
        let objects: usize = self.groups.iter().map(|g| g.len()).sum();
        write!(
            f,
            "LogScanExec: table={}, columns=[{}], groups={}, objects={objects}, bytes={}",
            self.table(),
            columns.join(", "),
            self.groups.len(),
            self.bytes(None),
        )?;
        if !self.filters.is_empty() {
            let filters: Vec<_> = self.filters.iter().map(ToString::to_string).collect();
            write!(f, ", filters=[{}]", filters.join(", "))?;
        }
        if let Some(fetch) = self.fetch {
            write!(f, ", fetch={fetch}")?;
        }
        match self.latest_first {
            Some(true) => f.write_str(", latest first")?,
            Some(false) => f.write_str(", earliest first")?,
            None => {}
        }
        if !self.live.is_empty() {
            let filters: Vec<_> = self
                .live
                .filters()
                .iter()
                .map(ToString::to_string)
                .collect();
            write!(f, ", learns=[{}]", filters.join(", "))?;
        }
        Ok(())
    }
}

impl ExecutionPlan for LogScanExec {
    fn name(&self) -> &'static str {
        "LogScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for filter in self.live.filters() {
            if f(filter)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() {
            return Ok(self);
        }
        internal_err!("a scan of logs has no inputs")
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(objects) = self.groups.get(partition) else {
            return internal_err!(
                "a scan of {} groups has no group {partition}",
                self.groups.len()
            );
        };
        let partition = Partition {
            schema: self.schema(),
            run: Run::of(context.session_config()),
            fetch: self.fetch,
            number: partition,
        };
        let (logs, plan) = (Arc::clone(&self.logs), Arc::clone(&self.plan));
        let objects = Arc::clone(objects);
        let known =
            (!self.live.is_empty()).then(|| Known::new(self.live.clone(), self.columns.clone()));
        let work = move |output: &Output| rows(&logs, &plan, &objects, output, known);
        #[cfg(feature = "cluster")]
        if let Some(reported) = &self.reported {
            return Ok(reported.open(partition, &context, &self.metrics, work));
        }
        Ok(partition.open(&context, &self.metrics, work))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let bytes = self.bytes(args.partition());
        let rows = usize::try_from(bytes / RECORD_STORED_BYTES).unwrap_or(usize::MAX);
        let rows = self.fetch.map_or(rows, |fetch| rows.min(fetch));
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(rows);
        Ok(Arc::new(statistics))
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        let mut scan = self.clone().with_limit(limit);
        scan.metrics = ExecutionPlanMetricsSet::new();
        Some(Arc::new(scan))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }

    /// Takes filters that change while the query runs; those that do not, the
    /// table has taken when it was planned.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        given: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let mut scan = self.clone();
        if phase == FilterPushdownPhase::Post {
            for filter in &given.parent_filters {
                scan.live.take(Arc::clone(&filter.filter));
            }
        }
        // Too many rows may pass; whoever made the filter still applies it.
        let answer = FilterPushdownPropagation::all_unsupported(given);
        if scan.live.filters().len() == self.live.filters().len() {
            return Ok(answer);
        }
        scan.metrics = ExecutionPlanMetricsSet::new();
        Ok(answer.with_updated_node(Arc::new(scan)))
    }

    fn try_pushdown_sort(
        &self,
        order: &[PhysicalSortExpr],
    ) -> Result<SortOrderPushdownResult<Arc<dyn ExecutionPlan>>> {
        let first = order.first().and_then(|first| {
            let column = first.expr.downcast_ref::<Column>()?;
            let path = self.columns.get(column.index())?;
            is_time(self.table(), path).then_some(first.options.descending)
        });
        Ok(match first {
            Some(descending) => SortOrderPushdownResult::Inexact {
                inner: Arc::new(self.by_time(descending)),
            },
            None => SortOrderPushdownResult::Unsupported,
        })
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExec,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        // What was handed down is about these columns.
        if !self.live.is_empty() {
            return Ok(None);
        }
        let narrowed = narrow(self.table(), &self.columns, projection.expr())?;
        let Some(Narrowed {
            columns,
            names,
            rest,
        }) = narrowed
        else {
            return Ok(None);
        };
        let scan: Arc<dyn ExecutionPlan> = Arc::new(self.giving(columns, &names)?);
        match rest {
            None => Ok(Some(scan)),
            Some(rest) => Ok(Some(Arc::new(ProjectionExec::try_new(rest, scan)?))),
        }
    }
}
