//! The plan node that accounts for objects.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
};
use flowtrail_event::{Event, Flow, Note, Sink, Skip};
use flowtrail_scan::Projections;

use super::columns::{Row, Subject, batch, needs_reading, schema};
use crate::scan::exec::properties;
use crate::scan::read::{Output, Partition, cannot_open};
use crate::scan::{Logs, Run};
use crate::store::{LogObject, NotListed};

/// Rows that are handed on in one go where objects are read: an account of a
/// large object takes a second, and somebody is waiting.
const ROWS_READ_AT_ONCE: usize = 64;

/// What one partition accounts for.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) objects: Arc<[LogObject]>,
    pub(super) not_listed: Vec<NotListed>,
}

/// Gives a row for each object of fixed groups, reading them if it must.
#[derive(Debug, Clone)]
pub(super) struct ObjectsExec {
    logs: Arc<Logs>,
    columns: Vec<usize>,
    groups: Vec<Arc<Group>>,
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ObjectsExec {
    pub(super) fn try_new(
        logs: Arc<Logs>,
        columns: Vec<usize>,
        groups: Vec<Arc<Group>>,
        fetch: Option<usize>,
    ) -> Result<Self> {
        let schema: SchemaRef = Arc::new(schema().project(&columns)?);
        Ok(Self {
            properties: Arc::new(properties(schema, groups.len())),
            logs,
            columns,
            groups,
            fetch,
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    fn reads(&self) -> bool {
        needs_reading(&self.columns)
    }

    /// The objects that it will read, by partition.
    pub(super) fn objects_to_read(&self) -> impl Iterator<Item = &LogObject> {
        let groups = self.groups.iter().filter(|_| self.reads());
        groups.flat_map(|g| g.objects.iter())
    }
}

impl DisplayAs for ObjectsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect();
        let objects: usize = self.groups.iter().map(|g| g.objects.len()).sum();
        write!(
            f,
            "ObjectsExec: columns=[{}], groups={}, objects={objects}, reads={}",
            names.join(", "),
            self.groups.len(),
            self.reads(),
        )?;
        match self.fetch {
            Some(fetch) => write!(f, ", fetch={fetch}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for ObjectsExec {
    fn name(&self) -> &'static str {
        "ObjectsExec"
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
        internal_err!("the table of objects has no inputs")
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(group) = self.groups.get(partition) else {
            return internal_err!("there are {} groups, no {partition}", self.groups.len());
        };
        let scan = self.clone();
        let group = Arc::clone(group);
        let partition = Partition {
            schema: self.schema(),
            run: Run::of(context.session_config()),
            fetch: self.fetch,
            number: partition,
        };
        let work = move |output: &Output| scan.account(&group, output);
        Ok(partition.open(&context, &self.metrics, work))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self {
            fetch: limit,
            metrics: ExecutionPlanMetricsSet::new(),
            ..self.clone()
        }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }
}

impl ObjectsExec {
    /// Makes the rows of a group.
    fn account(&self, group: &Group, output: &Output) -> Result<()> {
        let lost: Vec<_> = group
            .not_listed
            .iter()
            .cloned()
            .map(Subject::NotListed)
            .collect();
        if self.give(lost.iter().map(Row::listed).collect(), output)? == Flow::Stop {
            return Ok(());
        }
        if self.reads() {
            return self.read(group, output);
        }
        for part in group.objects.chunks(output.batch_rows()) {
            let subjects: Vec<_> = part.iter().cloned().map(Subject::Object).collect();
            if self.give(subjects.iter().map(Row::listed).collect(), output)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    /// Reads the objects of a group and makes their rows.
    fn read(&self, group: &Group, output: &Output) -> Result<()> {
        let mut reader = self.logs.reader(&Projections::default());
        let mut done = Vec::new();
        let at_once = output.batch_rows().min(ROWS_READ_AT_ONCE);
        for (object, opened) in self.logs.fetch(&group.objects) {
            if output.has_ended() {
                return Ok(());
            }
            let report = match opened {
                Ok(input) => reader.read(output.watch(input), &mut Nobody),
                Err(e) => cannot_open(&e),
            };
            if !output.report(&object, &report) {
                return Ok(());
            }
            done.push((Subject::Object(object), report));
            if done.len() >= at_once && self.give_read(&mut done, output)? == Flow::Stop {
                return Ok(());
            }
        }
        self.give_read(&mut done, output)?;
        Ok(())
    }

    fn give_read(
        &self,
        done: &mut Vec<(Subject, flowtrail_scan::ObjectReport)>,
        output: &Output,
    ) -> Result<Flow> {
        let done = std::mem::take(done);
        let (subjects, reports): (Vec<_>, Vec<_>) = done.into_iter().unzip();
        let rows = subjects.iter().zip(reports);
        let row = |(subject, report)| Row {
            subject,
            report: Some(report),
        };
        self.give(rows.map(row).collect(), output)
    }

    fn give(&self, rows: Vec<Row<'_>>, output: &Output) -> Result<Flow> {
        if rows.is_empty() {
            return Ok(Flow::Continue);
        }
        Ok(output.take(batch(&rows, &self.columns, &self.schema())?))
    }
}

/// Takes records that are only counted.
struct Nobody;

impl Sink for Nobody {
    fn event(&mut self, _: &mut Event<'_>) -> Flow {
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}
