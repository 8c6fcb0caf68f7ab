//! What keeps the fault of one file from ending a statement.

use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion_datasource::PartitionedFile;
use datafusion_datasource::morsel::{Morsel, MorselPlan, MorselPlanner, Morselizer};
use flowtrail_event::{EventTime, ObjectFault, Tally};
use flowtrail_scan::{Fault, ObjectReport};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::file::Scanned;
use crate::scan::Run;

/// The words by which the decoder says that a filter failed, and not a file.
const OF_FILTER: &str = "Error evaluating filter predicate";

/// Tells the account of a statement what becomes of the files of a scan.
pub(super) struct Watch {
    run: Arc<Run>,
    opened: Mutex<HashSet<String>>,
}

impl Watch {
    pub(super) fn new(run: Arc<Run>) -> Self {
        let opened = Mutex::default();
        Self { run, opened }
    }

    /// A file is sound as far as its footer says. It may be opened for several
    /// ranges of it.
    pub(super) fn opened(&self, file: &Scanned) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if !opened.insert(file.name.clone()) {
            return;
        }
        drop(opened);
        let part = &file.stored.part;
        let mut tally = Tally::of_object();
        (tally.records, tally.evaluated) = (part.rows, part.rows);
        tally.bytes_stored = part.bytes;
        let times = part.first.zip(part.last);
        let report = ObjectReport {
            tally,
            times: times.map(|(first, last)| (EventTime(first), EventTime(last))),
            ..ObjectReport::default()
        };
        self.run.account().record(&file.name, false, &report);
    }

    /// A file could not be read to its end.
    pub(super) fn failed(&self, file: &Scanned, kind: ObjectFault, message: String) {
        let fault = Fault {
            kind,
            offset: 0,
            message: message.replace(char::is_control, " "),
        };
        self.run.account().failed(&file.name, fault);
    }

    /// So many bytes more were dealt with.
    pub(super) fn bytes(&self, n: u64) {
        self.run.account().progress().bytes(n);
    }

    fn rows(&self, n: usize) {
        let n = u64::try_from(n).unwrap_or(u64::MAX);
        self.run.account().progress().rows(n);
    }

    /// Whether an error is the fault of the file, which then is told.
    fn takes(&self, file: &Scanned, error: &DataFusionError) -> bool {
        let root = error.find_root();
        let text = root.to_string();
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "errors of other kinds, those of later versions too, are not the file's"
        )]
        let of_file = match root {
            DataFusionError::ParquetError(_)
            | DataFusionError::ObjectStore(_)
            | DataFusionError::IoError(_) => true,
            DataFusionError::ArrowError(arrow, _) => {
                matches!(**arrow, ArrowError::ParquetError(_))
            }
            _ => false,
        };
        let of_file = of_file && !text.contains(OF_FILTER);
        if of_file {
            self.failed(file, ObjectFault::Corrupt, format!("damaged: {text}"));
        }
        of_file
    }

    /// What work on a file came to; none if the file is at fault. The decoder is
    /// written for sound files: that damaged bytes make it panic is one more way
    /// to say that they are damaged.
    fn guarded<T>(&self, file: &Scanned, work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(done)) => Ok(Some(done)),
            Ok(Err(error)) if self.takes(file, &error) => Ok(None),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let said = "damaged: the decoder gave up".to_owned();
                self.failed(file, ObjectFault::Corrupt, said);
                Ok(None)
            }
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// A morselizer, a planner or a morsel that is watched.
#[derive(Debug)]
pub(super) struct Guarded<I> {
    inner: I,
    watch: Arc<Watch>,
}

impl<I> Guarded<I> {
    pub(super) const fn new(inner: I, watch: Arc<Watch>) -> Self {
        Self { inner, watch }
    }
}

impl Morselizer for Guarded<Box<dyn Morselizer>> {
    fn plan_file(&self, file: PartitionedFile) -> Result<Box<dyn MorselPlanner>> {
        let Some(scanned) = file.extension::<Arc<Scanned>>().map(Arc::clone) else {
            return self.inner.plan_file(file);
        };
        let watch = &self.watch;
        let planner = watch.guarded(&scanned, || self.inner.plan_file(file))?;
        Ok(OfFile::boxed(planner, &scanned, watch))
    }
}

/// What is watched of one file; nothing any more once it is at fault.
#[derive(Debug)]
struct OfFile<I> {
    inner: Option<I>,
    file: Arc<Scanned>,
    watch: Arc<Watch>,
}

type Planner = OfFile<Box<dyn MorselPlanner>>;

impl Planner {
    fn boxed(
        inner: Option<Box<dyn MorselPlanner>>,
        file: &Arc<Scanned>,
        watch: &Arc<Watch>,
    ) -> Box<dyn MorselPlanner> {
        let (file, watch) = (Arc::clone(file), Arc::clone(watch));
        Box::new(OfFile { inner, file, watch })
    }
}

impl MorselPlanner for Planner {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let Self { inner, file, watch } = *self;
        let Some(inner) = inner else {
            return Ok(None);
        };
        let Some(Some(mut plan)) = watch.guarded(&file, || inner.plan())? else {
            return Ok(None);
        };
        let morsel = |morsel| {
            Box::new(OfFile {
                inner: Some(morsel),
                file: Arc::clone(&file),
                watch: Arc::clone(&watch),
            }) as Box<dyn Morsel>
        };
        let morsels = plan.take_morsels().into_iter().map(morsel).collect();
        let planners = plan.take_ready_planners().into_iter();
        let planners = planners.map(|p| Self::boxed(Some(p), &file, &watch));
        let mut guarded = MorselPlan::new()
            .with_morsels(morsels)
            .with_planners(planners.collect());
        if let Some(pending) = plan.take_pending_planner() {
            guarded.set_pending_planner(async move {
                let planner = pending.await;
                let planner = watch.guarded(&file, || planner)?;
                Ok(Self::boxed(planner, &file, &watch))
            });
        }
        Ok(Some(guarded))
    }
}

impl Morsel for OfFile<Box<dyn Morsel>> {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, Result<RecordBatch>> {
        let Self { inner, file, watch } = *self;
        let mut batches = inner.map(Morsel::into_stream);
        let guarded = stream::poll_fn(move |context| {
            let Some(open) = &mut batches else {
                return Poll::Ready(None);
            };
            let polled = watch.guarded(&file, || match open.poll_next_unpin(context) {
                Poll::Pending => Ok(Poll::Pending),
                Poll::Ready(next) => Ok(Poll::Ready(next.transpose()?)),
            });
            match polled {
                Ok(Some(Poll::Pending)) => Poll::Pending,
                Ok(Some(Poll::Ready(Some(batch)))) => {
                    watch.rows(batch.num_rows());
                    Poll::Ready(Some(Ok(batch)))
                }
                Ok(Some(Poll::Ready(None)) | None) => {
                    batches = None;
                    Poll::Ready(None)
                }
                Err(error) => {
                    batches = None;
                    Poll::Ready(Some(Err(error)))
                }
            }
        });
        guarded.boxed()
    }
}
