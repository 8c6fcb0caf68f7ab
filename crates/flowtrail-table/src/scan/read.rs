//! The thread that reads the objects of one partition.
//!
//! One blocking thread, one reader, one sink: objects are read one after the
//! other, and their rows share batches. The channel to the query holds two
//! batches, so that a slow query slows the reading; when nobody takes from it
//! any more, the next read of bytes fails and the thread ends.

use std::cell::Cell;
use std::io::{self, Read};
use std::panic;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{Result, exec_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, RecordOutput as _, Time,
};
use datafusion::physical_plan::stream::{
    RecordBatchReceiverStreamBuilder, RecordBatchStreamAdapter,
};
use flowtrail_event::{Flow, ObjectFault, Tally};
use flowtrail_scan::{Fault, ObjectReader, ObjectReport};
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc::Sender;

use super::live::Known;
use super::{Logs, Run};
use crate::rows::{ObjectFacts, RowPlan, RowSink};
use crate::store::{Fetched, LogObject};

/// Batches that wait for the query. One is being made and one is being looked
/// at besides; more would only hold memory.
const BATCHES_WAITING: usize = 2;

/// What a reader holds besides its batches: the stored bytes that came in, the
/// window over the inflated ones, and inflate's own.
const READER_BYTES: usize = 1 << 20;

/// Whom the thread of a partition works for.
pub(crate) struct Partition {
    /// Of the batches.
    pub(crate) schema: SchemaRef,
    pub(crate) run: Arc<Run>,
    /// Rows that are wanted of it.
    pub(crate) fetch: Option<usize>,
    /// Its number in the plan.
    pub(crate) number: usize,
}

impl Partition {
    /// The rows that `work` makes. It is called on a thread of its own when they
    /// are first asked for: a join that finds no rows on one side does not read
    /// the other.
    pub(crate) fn open(
        self,
        context: &TaskContext,
        metrics: &ExecutionPlanMetricsSet,
        work: impl FnOnce(&Output) -> Result<()> + Send + 'static,
    ) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let meter = Meter::new(self.number, context, metrics);
        let batch_rows = context.session_config().batch_size();
        let begin = async move {
            let schema = Arc::clone(&self.schema);
            let mut builder = RecordBatchReceiverStreamBuilder::new(schema, BATCHES_WAITING);
            let output = Output::new(self, batch_rows, builder.tx(), meter);
            builder.spawn_blocking(move || unbroken(|| output.run(work)));
            builder.build()
        };
        let batches = stream::once(begin).flatten();
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }
}

/// A panic of `work` as an error of the query. A part of the answer is gone with
/// it; that must not pass for a complete one, nor end the program.
fn unbroken(work: impl FnOnce() -> Result<()>) -> Result<()> {
    // Nothing that it held is looked at again.
    let done = panic::catch_unwind(panic::AssertUnwindSafe(work));
    done.unwrap_or_else(|_| {
        exec_err!("a worker stopped on an internal error, and its objects are missing")
    })
}

/// What is measured of a partition.
struct Meter {
    baseline: BaselineMetrics,
    objects: Count,
    passed_over: Count,
    bytes_stored: Count,
    bytes_inflated: Count,
    records: Count,
    waiting: Time,
    memory: MemoryReservation,
}

impl Meter {
    fn new(partition: usize, context: &TaskContext, metrics: &ExecutionPlanMetricsSet) -> Self {
        let counter = |name: &'static str| MetricBuilder::new(metrics).counter(name, partition);
        let consumer = MemoryConsumer::new(format!("LogScanExec[{partition}]"));
        Self {
            baseline: BaselineMetrics::new(metrics, partition),
            objects: counter("objects_read"),
            passed_over: counter("objects_passed_over"),
            bytes_stored: counter("bytes_stored"),
            bytes_inflated: counter("bytes_inflated"),
            records: counter("records"),
            waiting: MetricBuilder::new(metrics).subset_time("time_waiting", partition),
            memory: consumer.register(context.memory_pool()),
        }
    }

    fn object(&self, report: &ObjectReport) {
        let add = |count: &Count, n: u64| count.add(usize::try_from(n).unwrap_or(usize::MAX));
        self.objects.add(1);
        add(&self.bytes_stored, report.tally.bytes_stored);
        add(&self.bytes_inflated, report.tally.bytes_inflated);
        add(&self.records, report.tally.records);
    }
}

/// Where batches go, and how many more are wanted.
pub(crate) struct Output {
    run: Arc<Run>,
    batches: Sender<Result<RecordBatch>>,
    meter: Meter,
    batch_rows: usize,
    /// Rows that are still wanted.
    left: Cell<usize>,
    /// The query has as many rows as it wants, or is gone.
    ended: Cell<bool>,
    /// How long the query let this thread wait.
    waited: Cell<Duration>,
    batch_bytes_max: Cell<usize>,
}

impl Output {
    fn new(
        partition: Partition,
        batch_rows: usize,
        batches: Sender<Result<RecordBatch>>,
        meter: Meter,
    ) -> Self {
        let left = partition.fetch.unwrap_or(usize::MAX);
        Self {
            run: partition.run,
            batches,
            meter,
            batch_rows: batch_rows.min(left).max(1),
            left: Cell::new(left),
            ended: Cell::new(left == 0),
            waited: Cell::default(),
            batch_bytes_max: Cell::default(),
        }
    }

    fn run(self, work: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        let begun = Instant::now();
        let done = work(&self);
        let waited = self.waited.get();
        self.meter.waiting.add_duration(waited);
        let busy = begun.elapsed().saturating_sub(waited);
        self.meter.baseline.elapsed_compute().add_duration(busy);
        self.meter.baseline.done();
        done
    }

    /// Rows that a batch should have.
    pub(crate) const fn batch_rows(&self) -> usize {
        self.batch_rows
    }

    /// Whether nothing more is wanted.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.get() || self.batches.is_closed()
    }

    /// An object's bytes on their way to a reader: they are counted, and they
    /// stop when the query is gone.
    pub(crate) const fn watch<R: Read>(&self, input: R) -> Watched<'_, R> {
        Watched {
            input,
            output: self,
        }
    }

    /// Where objects are counted that are passed over.
    fn passing(&self) -> Passing {
        Passing {
            run: Arc::clone(&self.run),
            objects: self.meter.passed_over.clone(),
        }
    }

    /// Takes the report of an object. One that nobody read to its end, because
    /// nothing more is wanted, has no account; then the answer is false.
    pub(crate) fn report(&self, object: &LogObject, report: &ObjectReport) -> bool {
        if self.has_ended() {
            return false;
        }
        self.meter.object(report);
        let account = self.run.account();
        account.record(&object.name(), object.is_given(), report);
        true
    }

    /// Hands a batch on, or as many of its rows as are wanted.
    pub(crate) fn take(&self, batch: RecordBatch) -> Flow {
        let rows = batch.num_rows().min(self.left.get());
        let batch = if rows < batch.num_rows() {
            batch.slice(0, rows)
        } else {
            batch
        };
        self.left.set(self.left.get() - rows);
        let batch = batch.record_output(&self.meter.baseline);
        self.run.account().progress().rows(wide(rows));
        self.hold(batch.get_array_memory_size());
        let begun = Instant::now();
        let given = self.batches.blocking_send(Ok(batch)).is_ok();
        self.waited.set(self.waited.get() + begun.elapsed());
        if given && self.left.get() > 0 {
            return Flow::Continue;
        }
        self.ended.set(true);
        Flow::Stop
    }

    /// Counts batches on the way as memory of the query. They are held whether
    /// or not there is room: it is those who can spill that give way.
    fn hold(&self, batch_bytes: usize) {
        let max = self.batch_bytes_max.get().max(batch_bytes);
        self.batch_bytes_max.set(max);
        let batches = max.saturating_mul(BATCHES_WAITING + 1);
        self.meter
            .memory
            .resize(batches.saturating_add(READER_BYTES));
    }
}

/// Reads `objects` one after the other into rows of `plan`; with `known`, only
/// those that the query still wants by what it has learnt.
pub(super) fn rows(
    logs: &Logs,
    plan: &RowPlan,
    objects: &[LogObject],
    output: &Output,
    mut known: Option<Known>,
) -> Result<()> {
    let mut sink = RowSink::new(plan, output.batch_rows(), |batch| output.take(batch));
    let mut reader = logs.reader(plan.projections());
    let mut objects = logs.fetch(objects);
    if let Some(known) = &known {
        sink.begin_small();
        let (wanted, passing) = (Arc::clone(known.wanted()), output.passing());
        objects = objects.passing_over(move |o| !wanted.admits(o) && passing.count(o));
    }
    let passing = output.passing();
    for (object, opened) in objects {
        if output.has_ended() {
            break;
        }
        if let Some(known) = &mut known {
            if let Some(news) = known.news(logs, plan)? {
                sink.narrow(news);
            }
            // More may be known than when it was asked for.
            if !known.wanted().admits(&object) && passing.count(&object) {
                continue;
            }
        }
        if !one(&mut reader, &mut sink, (object, opened), output) {
            break;
        }
    }
    sink.finish()?;
    Ok(())
}

/// Reads one object. Whether another one is wanted.
fn one<F: FnMut(RecordBatch) -> Flow>(
    reader: &mut ObjectReader,
    sink: &mut RowSink<F>,
    (object, opened): Fetched,
    output: &Output,
) -> bool {
    let place = object.place();
    sink.begin_object(&ObjectFacts {
        name: &object.name(),
        account: place.account.as_deref(),
        region: place.region.as_deref(),
    });
    let report = match opened {
        Ok(input) => reader.read(output.watch(input), sink),
        Err(e) => cannot_open(&e),
    };
    output.report(&object, &report)
}

/// Counts objects that are not read because nothing of them is wanted any more.
struct Passing {
    run: Arc<Run>,
    objects: Count,
}

impl Passing {
    /// Counts one, and says so.
    fn count(&self, object: &LogObject) -> bool {
        self.objects.add(1);
        let progress = self.run.account().progress();
        progress.object();
        progress.bytes(object.size());
        true
    }
}

fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// See [`Output::watch`].
pub(crate) struct Watched<'w, R> {
    input: R,
    output: &'w Output,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.output.batches.is_closed() {
            return Err(io::Error::other("the query has ended"));
        }
        let len = self.input.read(room)?;
        self.output.run.account().progress().bytes(wide(len));
        Ok(len)
    }
}

/// The report of an object that could not be opened.
pub(crate) fn cannot_open(error: &io::Error) -> ObjectReport {
    let mut tally = Tally::of_object();
    tally.objects_failed = 1;
    let message = if error.kind() == io::ErrorKind::NotFound {
        "it vanished after it was listed".to_owned()
    } else {
        error.to_string()
    };
    ObjectReport {
        tally,
        fault: Some(Fault {
            kind: ObjectFault::Open,
            offset: 0,
            message,
        }),
        ..ObjectReport::default()
    }
}

#[cfg(test)]
mod tests;
