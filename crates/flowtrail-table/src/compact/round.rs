//! One round: some objects are read, their rows sorted, merged into the files
//! that they belong to, and the next state of the manifest made ready.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use flowtrail_scan::ObjectReport;
use futures_util::TryStreamExt as _;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::copies::{CopyFilter, OutOfOrder};
use super::dest::Destination;
use super::intake::{BATCH_BYTES, BATCH_ROWS, Extent};
use super::key::{self, Partition};
use super::ledger;
use super::manifest::{Manifest, Part};
use super::narrow::{Builder, Rows};
use super::part::Writing;
use super::read::{self, Reading};
use super::settled;
use super::sort::{self, Slices};
use super::{CompactError, SourceObject};

/// Small files of one partition that are left alone; from here on they are
/// joined. Joining at once would write the same rows over and over.
const SMALL_MAX: usize = 4;

/// What a round works with.
pub(super) struct Round<'r> {
    pub(super) base: &'r Manifest,
    pub(super) reading: Reading,
    pub(super) writing: Writing,
    pub(super) context: Arc<TaskContext>,
    pub(super) jobs: usize,
}

/// What a round came to.
pub(super) struct Ready {
    /// The state to commit.
    pub(super) next: Manifest,
    /// The account of every object.
    pub(super) objects: Vec<(SourceObject, ObjectReport)>,
    /// Whether the state differs from the one before in anything that matters.
    pub(super) is_news: bool,
}

/// What became of a partition.
struct Done {
    parts: Vec<Part>,
    replaced: Vec<Part>,
    rows_in: u64,
    settled_in: u64,
    rows_out: u64,
    fresh_out: u64,
}

/// A partition whose rows are all on their way to the writer.
struct Handed {
    replaced: Vec<Part>,
    filter: CopyFilter,
    writer: JoinHandle<Result<Vec<Part>, CompactError>>,
}

impl Round<'_> {
    /// Reads `objects` and writes what becomes of them. Nothing of it can be
    /// seen until the state is committed and published.
    pub(super) async fn run(self, objects: Vec<SourceObject>) -> Result<Ready, CompactError> {
        let mut readers = self.reading.begin(objects, self.jobs);
        let rows = sort::sorted(sort::received(readers.rows()), Arc::clone(&self.context))?;
        let done = self.partitions(rows, &readers).await;
        // Readers that nobody listens to any more have stopped.
        let accounts = readers.join().await;
        let done = done?;
        self.ready(done, accounts?).await
    }

    async fn partitions(
        &self,
        rows: SendableRecordBatchStream,
        readers: &read::Readers,
    ) -> Result<Vec<Done>, CompactError> {
        let mut of_partition: HashMap<Partition, Vec<&Part>> = HashMap::new();
        for part in &self.base.parts {
            if let Some(partition) = part.partition() {
                of_partition.entry(partition).or_default().push(part);
            }
        }
        let mut slices = Slices::of(rows);
        let mut handed: VecDeque<Handed> = VecDeque::new();
        let mut done = Vec::new();
        while let Some((prefix, slice)) = slices.next().await {
            self.writing.stop.check()?;
            let Some(partition) = key::partition(&prefix) else {
                // An error comes through a slice without a partition.
                slice.try_for_each(async |_| Ok(())).await?;
                return Err(CompactError::Account("a row belongs nowhere".to_owned()));
            };
            // All rows are read before the first one comes out of the sort.
            let extent = readers.extent(&prefix);
            let known = of_partition.get(&partition).map_or(&[][..], Vec::as_slice);
            let replaced = replaced(known, extent, self.writing.part_bytes as u64);
            handed.push_back(self.hand_over(partition, slice, replaced).await?);
            if handed.len() > self.jobs
                && let Some(first) = handed.pop_front()
            {
                done.push(first.finish().await?);
            }
        }
        for rest in handed {
            done.push(rest.finish().await?);
        }
        Ok(done)
    }

    /// Merges the new rows of a partition with those of files that they meet,
    /// and hands what is no copy to a writer.
    async fn hand_over(
        &self,
        partition: Partition,
        slice: SendableRecordBatchStream,
        replaced: Vec<Part>,
    ) -> Result<Handed, CompactError> {
        let mut inputs = vec![slice];
        for chain in settled::chains(&replaced) {
            inputs.push(settled::rows(&self.writing, &partition, chain));
        }
        let mut merged = sort::merged(inputs, &self.context)?;
        let (send, rows) = mpsc::channel(4);
        let writing = self.writing.clone();
        let folder = partition.to_string();
        let writer = spawn_blocking(move || writing.write(&partition, rows));
        let mut filter = CopyFilter::default();
        let mut out = Builder::default();
        while let Some(batch) = merged.try_next().await? {
            for row in Rows::of(&batch)?.iter() {
                filter.push(row, &mut out).map_err(|OutOfOrder| {
                    CompactError::Account(format!("{folder}: rows are not in order"))
                })?;
                if out.rows() >= BATCH_ROWS || out.bytes() >= BATCH_BYTES {
                    // A writer that is gone says why when it is joined.
                    let _ = send.send(out.take()?).await;
                }
            }
        }
        if out.rows() > 0 {
            let _ = send.send(out.take()?).await;
        }
        Ok(Handed {
            replaced,
            filter,
            writer,
        })
    }

    /// The next state, with every record accounted for.
    async fn ready(
        &self,
        done: Vec<Done>,
        objects: Vec<(SourceObject, ObjectReport)>,
    ) -> Result<Ready, CompactError> {
        let mut next = self.base.next(&self.writing.run);
        let evaluated: u64 = objects.iter().map(|o| o.1.tally.evaluated).sum();
        let fresh_in: u64 = done.iter().map(|d| d.rows_in - d.settled_in).sum();
        if evaluated != fresh_in {
            return Err(CompactError::Account(format!(
                "{evaluated} records were read, and {fresh_in} came out of the sort"
            )));
        }
        for (_, report) in &objects {
            next.totals.add(&report.tally);
        }
        let mut rows: BTreeMap<String, Part> = BTreeMap::new();
        rows.extend(next.parts.drain(..).map(|p| (p.path.clone(), p)));
        let mut is_news = objects.iter().any(|o| ledger::is_done(&o.1));
        for done in done {
            let fresh_in = done.rows_in - done.settled_in;
            if done.fresh_out == 0 {
                // The files have every row already and stay as they are.
                next.totals.duplicates += fresh_in;
                continue;
            }
            is_news = true;
            let more = done.rows_out.saturating_sub(done.settled_in);
            next.totals.rows += more;
            next.totals.duplicates += fresh_in.saturating_sub(more);
            for old in done.replaced {
                rows.remove(&old.path);
                next.replaced.push(old.path);
            }
            rows.extend(done.parts.into_iter().map(|p| (p.path.clone(), p)));
        }
        next.parts = rows.into_values().collect();
        let held: u64 = next.parts.iter().map(|p| p.rows).sum();
        if held != next.totals.rows || !next.totals.adds_up() {
            return Err(CompactError::Account(format!(
                "the files hold {held} rows, and the account says {:?}",
                next.totals
            )));
        }
        if is_news {
            let (path, bytes) = ledger::add(&self.writing.dest, &mut next, &objects).await?;
            self.writing.dest.create_own(&path, bytes).await?;
        }
        Ok(Ready {
            next,
            objects,
            is_news,
        })
    }
}

impl Handed {
    async fn finish(self) -> Result<Done, CompactError> {
        let parts = self.writer.await.map_err(CompactError::worker)??;
        let rows_out: u64 = parts.iter().map(|p| p.rows).sum();
        let promised: u64 = self.replaced.iter().map(|p| p.rows).sum();
        let filter = self.filter;
        if rows_out != filter.rows_out || promised != filter.settled_in {
            return Err(CompactError::Account(format!(
                "{} of {promised} rows were read from files, {rows_out} of {} written",
                filter.settled_in, filter.rows_out
            )));
        }
        Ok(Done {
            parts,
            replaced: self.replaced,
            rows_in: filter.rows_in,
            settled_in: filter.settled_in,
            rows_out,
            fresh_out: filter.fresh_out,
        })
    }
}

/// The files of a partition that new rows are merged into: those that may have
/// copies of them, which are of the same time, and small ones once they are many.
fn replaced(known: &[&Part], new: Option<Extent>, part_bytes: u64) -> Vec<Part> {
    let meets = |p: &&&Part| new.is_none_or(|new| p.extent().meets(new));
    let (met, apart): (Vec<&Part>, Vec<&Part>) = known.iter().partition(meets);
    let (small, _): (Vec<&Part>, Vec<&Part>) =
        apart.into_iter().partition(|p| p.bytes < part_bytes / 2);
    let mut all: Vec<Part> = met.into_iter().cloned().collect();
    if small.len() >= SMALL_MAX {
        all.extend(small.into_iter().cloned());
    }
    all
}

/// Deletes what a round staged and did not commit. What is left behind when
/// this fails is swept up by a later run.
pub(super) async fn discard(dest: &Destination, run: &str) {
    let staged = format!("{}/staged/{run}", super::dest::OWN);
    let _ = dest.delete_folder(&staged).await;
    let ledger = format!("{}/ledger/{run}.parquet", super::dest::OWN);
    let _ = dest.delete(&[ledger]).await;
}
