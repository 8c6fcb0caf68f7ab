//! Puts rows in the order of their keys, beyond what fits into memory.

use std::path::Path;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::SpillCompression;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionConfig;
use futures_util::{Stream, TryStreamExt as _};
use tokio::sync::mpsc;

use super::intake::BATCH_ROWS;
use super::narrow;

/// What a sort may use.
pub(super) fn context(memory_bytes: usize, spill: &Path) -> Result<Arc<TaskContext>> {
    let disk = DiskManagerMode::Directories(vec![spill.to_owned()]);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(disk))
        .build_arc()?;
    // Batches are small so that merging many spilled runs fits into the memory.
    let mut config = SessionConfig::new().with_batch_size(BATCH_ROWS);
    let execution = &mut config.options_mut().execution;
    execution.spill_compression = SpillCompression::Lz4Frame;
    // What merging needs is kept free while rows come in.
    execution.sort_spill_reservation_bytes = (memory_bytes / 4).min(64 << 20);
    Ok(Arc::new(
        TaskContext::default()
            .with_session_config(config)
            .with_runtime(runtime),
    ))
}

fn order() -> Result<LexOrdering> {
    let options = SortOptions {
        descending: false,
        nulls_first: true,
    };
    let key = PhysicalSortExpr::new(Arc::new(Column::new(narrow::KEY, 0)), options);
    LexOrdering::new([key]).ok_or_else(|| DataFusionError::Internal("no order".to_owned()))
}

/// A stream of what comes through a channel.
pub(super) fn received(rows: mpsc::Receiver<Result<RecordBatch>>) -> SendableRecordBatchStream {
    let stream = futures_util::stream::unfold(rows, async |mut rows| {
        let next = rows.recv().await?;
        Some((next, rows))
    });
    adapted(stream)
}

/// A stream of batches on their way.
pub(super) fn adapted(
    stream: impl Stream<Item = Result<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(narrow::schema(), stream))
}

/// The rows of `input` in the order of their keys. The first one comes when the
/// last one has gone in.
pub(super) fn sorted(
    input: SendableRecordBatchStream,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let once = Arc::new(Once(Mutex::new(Some(input))));
    let source = StreamingTableExec::try_new(narrow::schema(), vec![once], None, [], false, None)?;
    SortExec::new(order()?, Arc::new(source)).execute(0, context)
}

/// The rows of inputs that are in order each.
pub(super) fn merged(
    mut inputs: Vec<SendableRecordBatchStream>,
    context: &TaskContext,
) -> Result<SendableRecordBatchStream> {
    if inputs.len() == 1
        && let Some(only) = inputs.pop()
    {
        return Ok(only);
    }
    let order = order()?;
    let pool = context.memory_pool();
    let metrics = BaselineMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
    StreamingMergeBuilder::new()
        .with_streams(inputs)
        .with_schema(narrow::schema())
        .with_expressions(&order)
        .with_metrics(metrics)
        .with_batch_size(BATCH_ROWS)
        .with_reservation(MemoryConsumer::new("compact merge").register(pool))
        .build()
}

/// A stream as a source of a plan that runs once.
struct Once(Mutex<Option<SendableRecordBatchStream>>);

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Once")
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        narrow::schema_ref()
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let taken = self.0.lock().ok().and_then(|mut input| input.take());
        taken.unwrap_or_else(|| {
            let twice = DataFusionError::Internal("a stream was run twice".to_owned());
            adapted(futures_util::stream::iter([Err(twice)]))
        })
    }
}

/// The rows of `sorted`, partition by partition.
pub(super) struct Slices {
    slices: mpsc::Receiver<(Vec<u8>, SendableRecordBatchStream)>,
}

impl Slices {
    /// Begins to cut. Every slice has to be read to its end, or dropped, before
    /// the next one comes.
    pub(super) fn of(sorted: SendableRecordBatchStream) -> Self {
        let (send, slices) = mpsc::channel(1);
        tokio::spawn(cut(sorted, send));
        Self { slices }
    }

    /// The next partition, as it stands in its keys, and its rows.
    pub(super) async fn next(&mut self) -> Option<(Vec<u8>, SendableRecordBatchStream)> {
        self.slices.recv().await
    }
}

type Slice = mpsc::Sender<Result<RecordBatch>>;

async fn cut(
    mut sorted: SendableRecordBatchStream,
    slices: mpsc::Sender<(Vec<u8>, SendableRecordBatchStream)>,
) {
    let mut open: Option<(Vec<u8>, Slice)> = None;
    loop {
        let batch = match sorted.try_next().await {
            Ok(Some(batch)) => batch,
            Ok(None) => return,
            Err(error) => {
                failed(error, open, &slices).await;
                return;
            }
        };
        for (partition, rows) in runs(&batch) {
            if open.as_ref().is_none_or(|(known, _)| *known != partition) {
                drop(open.take());
                let (slice, stream) = mpsc::channel(2);
                let next = (partition.clone(), received(stream));
                if slices.send(next).await.is_err() {
                    return;
                }
                open = Some((partition, slice));
            }
            if let Some((_, slice)) = &open {
                // Whoever gave up a slice gets the next one all the same.
                let _ = slice.send(Ok(rows)).await;
            }
        }
    }
}

/// Hands an error to whoever reads: through the slice that is open, or one of
/// its own.
async fn failed(
    error: DataFusionError,
    open: Option<(Vec<u8>, Slice)>,
    slices: &mpsc::Sender<(Vec<u8>, SendableRecordBatchStream)>,
) {
    let slice = if let Some((_, slice)) = open {
        slice
    } else {
        let (slice, stream) = mpsc::channel(1);
        if slices.send((Vec::new(), received(stream))).await.is_err() {
            return;
        }
        slice
    };
    let _ = slice.send(Err(error)).await;
}

/// The parts of a batch that lie in one partition each.
fn runs(batch: &RecordBatch) -> Vec<(Vec<u8>, RecordBatch)> {
    let Ok(rows) = narrow::Rows::of(batch) else {
        return Vec::new();
    };
    let mut runs: Vec<(Vec<u8>, usize, usize)> = Vec::new();
    for (row, key) in rows.keys().enumerate() {
        let partition = super::key::Key::read(key).map_or(key, |k| k.partition);
        match runs.last_mut() {
            Some((known, _, len)) if known == partition => *len += 1,
            Some(_) | None => runs.push((partition.to_vec(), row, 1)),
        }
    }
    let cut = |(partition, from, len)| (partition, batch.slice(from, len));
    runs.into_iter().map(cut).collect()
}
