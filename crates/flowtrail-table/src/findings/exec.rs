//! The plan node that runs the rules.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
};
use flowtrail_event::Flow;

use super::columns::{batch, schema};
use super::gathering::{Found, Gathering, Kept};
use crate::scan::exec::properties;
use crate::scan::read::{Output, Partition, cannot_open};
use crate::scan::{Logs, Run};

/// Runs the rules over objects: each partition is a worker, and the last one to
/// end gives the findings of all.
#[derive(Debug, Clone)]
pub(super) struct FindingsExec {
    logs: Arc<Logs>,
    work: Arc<Gathering>,
    columns: Vec<usize>,
    kept: Option<Arc<Kept>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl FindingsExec {
    pub(super) fn try_new(logs: Arc<Logs>, work: Gathering, columns: Vec<usize>) -> Result<Self> {
        let schema = Arc::new(schema().project(&columns)?);
        Ok(Self {
            properties: Arc::new(properties(schema, work.workers())),
            logs,
            work: Arc::new(work),
            columns,
            kept: None,
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    pub(super) fn keeping(self, kept: Option<Arc<Kept>>) -> Self {
        Self { kept, ..self }
    }

    /// What one worker does.
    fn detect(&self, output: &Output) -> Result<()> {
        let mut scanner = self.work.scanner(self.logs.options());
        while let Some(part) = self.work.parts().next() {
            for (object, opened) in self.logs.fetch(&part.objects) {
                if output.has_ended() {
                    return Ok(());
                }
                scanner.not_before(self.work.not_before(part, &object));
                let report = match opened {
                    Ok(input) => scanner.scan(&object.name(), output.watch(input)),
                    Err(e) => cannot_open(&e),
                };
                if !output.report(&object, &report) {
                    return Ok(());
                }
            }
            self.work.read(part, scanner.hand_over());
        }
        match self.work.end() {
            Some(found) => self.give(found, output),
            None => Ok(()),
        }
    }

    fn give(&self, found: Found, output: &Output) -> Result<()> {
        let found = Arc::new(found);
        // Before the rows: with the last of them the query may be over.
        if let Some(kept) = &self.kept {
            kept.put(Arc::clone(&found));
        }
        let rows = output.batch_rows();
        for (at, part) in found.findings.chunks(rows).enumerate() {
            let batch = batch(part, at * rows, &self.columns)?;
            if output.take(batch) == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

impl DisplayAs for FindingsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        write!(
            f,
            "FindingsExec: columns=[{}], workers={}, objects={}, rules={}",
            names.join(", "),
            self.work.workers(),
            self.work.parts().objects().count(),
            self.work.plan().rules().rules().len(),
        )
    }
}

impl ExecutionPlan for FindingsExec {
    fn name(&self) -> &'static str {
        "FindingsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() {
            return Ok(self);
        }
        internal_err!("the table of findings has no inputs")
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let partition = Partition {
            schema: self.schema(),
            run: Run::of(context.session_config()),
            fetch: None,
            number: partition,
        };
        let worker = self.clone();
        let work = move |output: &Output| worker.detect(output);
        Ok(partition.open(&context, &self.metrics, work))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
