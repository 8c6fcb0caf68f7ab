//! Rules over logs, without SQL: several plans side by side.
//!
//! Whoever compares two sets of rules wants both to have seen the same bytes.
//! So each object is fetched once and read once for each plan: what the first
//! reader took is kept, in memory as far as it is small and on disk beyond, and
//! given to the others.

use std::io::{self, Read, Seek as _, Write as _};
use std::sync::Arc;

use flowtrail_baseline::Memory;
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::Service;
use flowtrail_scan::{ObjectReport, Scanner};
use tempfile::SpooledTempFile;
use tokio::task::JoinError;

use crate::scan::read::cannot_open;
use crate::scan::{Logs, Run};
use crate::store::{ListError, LogObject, Parts};

/// Bytes of an object, as stored, that are kept in memory for the second
/// reader: more than nearly all objects of a trail have.
const KEPT_BYTES_MAX: usize = 8 << 20;

/// What came of it.
#[derive(Debug)]
pub struct Detected {
    /// For each plan what was detected, to be finished.
    pub detectors: Vec<Detector>,
    /// Records judged, by [`Service::index`].
    pub records: [u64; Service::ALL.len()],
}

/// Why rules could not be run over logs.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// A source cannot be looked into at all.
    #[error(transparent)]
    List(#[from] ListError),
    /// A thread stopped on an internal error, and what it had read is lost.
    #[error("a worker stopped on an internal error: {0}")]
    Worker(#[from] JoinError),
}

/// Runs the rules of each plan over all objects of `logs`, on so many threads,
/// and judges by `memory` where a plan is one with a memory.
/// What was read, and what could not be, stands in the account of `run`.
///
/// # Errors
/// If a source does not exist or cannot be looked into at all, or a worker
/// stops.
pub async fn detect(
    logs: &Arc<Logs>,
    plans: &[Arc<Plan>],
    workers: usize,
    run: &Arc<Run>,
    memory: Option<&Arc<dyn Memory>>,
) -> Result<Detected, DetectError> {
    let listing = run.list_once(logs, logs.everything()).await?;
    run.reads(&listing.objects);
    let workers = workers.min(listing.objects.len()).max(1);
    let parts = Arc::new(Parts::new(listing.objects.clone(), workers));
    let threads = (0..workers).map(|_| {
        let mut worker = Worker::new(logs, plans, run, memory);
        let parts = Arc::clone(&parts);
        tokio::task::spawn_blocking(move || {
            while let Some(part) = parts.next() {
                worker.read(&part.objects);
            }
            worker.done()
        })
    });
    let threads: Vec<_> = threads.collect();
    let mut all: Option<Detected> = None;
    for thread in threads {
        let one = thread.await?;
        match &mut all {
            None => all = Some(one),
            Some(all) => all.merge(one),
        }
    }
    Ok(all.unwrap_or_else(|| Worker::new(logs, plans, run, memory).done()))
}

impl Detected {
    fn merge(&mut self, other: Self) {
        for (mine, other) in self.detectors.iter_mut().zip(other.detectors) {
            mine.merge(other);
        }
        for (mine, other) in self.records.iter_mut().zip(other.records) {
            *mine += other;
        }
    }
}

/// One thread.
struct Worker {
    logs: Arc<Logs>,
    run: Arc<Run>,
    scanners: Vec<Scanner>,
    records: [u64; Service::ALL.len()],
    kept: SpooledTempFile,
}

impl Worker {
    fn new(
        logs: &Arc<Logs>,
        plans: &[Arc<Plan>],
        run: &Arc<Run>,
        memory: Option<&Arc<dyn Memory>>,
    ) -> Self {
        let scanner = |plan: &Arc<Plan>| {
            let mut scanner = Scanner::new(Arc::clone(plan), logs.options());
            if let Some(memory) = memory {
                scanner.remember(Arc::clone(memory));
            }
            scanner
        };
        Self {
            logs: Arc::clone(logs),
            run: Arc::clone(run),
            scanners: plans.iter().map(scanner).collect(),
            records: [0; Service::ALL.len()],
            kept: SpooledTempFile::new(KEPT_BYTES_MAX),
        }
    }

    fn read(&mut self, part: &[LogObject]) {
        let logs = Arc::clone(&self.logs);
        for (object, opened) in logs.fetch(part) {
            let name = object.name();
            let report = match opened.and_then(|input| self.scan(&name, input)) {
                Ok(report) => report,
                Err(e) => cannot_open(&e),
            };
            for (mine, of_object) in self.records.iter_mut().zip(report.by_service) {
                *mine += of_object;
            }
            let account = self.run.account();
            account.record(&name, object.is_given(), &report);
            account.progress().bytes(object.size());
        }
    }

    /// Reads an object once for each plan. All readers see the same bytes, and
    /// take the same of them, so the account of one is that of all.
    fn scan(&mut self, name: &str, input: impl Read) -> io::Result<ObjectReport> {
        let Some((first, others)) = self.scanners.split_first_mut() else {
            return Ok(ObjectReport::default());
        };
        if others.is_empty() {
            return Ok(first.scan(name, input));
        }
        self.kept.rewind()?;
        self.kept.set_len(0)?;
        let kept = &mut self.kept;
        let report = first.scan(name, Kept { input, kept });
        for scanner in others {
            self.kept.rewind()?;
            scanner.scan(name, &mut self.kept);
        }
        Ok(report)
    }

    fn done(self) -> Detected {
        let detectors = self.scanners.into_iter().map(Scanner::into_detector);
        Detected {
            detectors: detectors.collect(),
            records: self.records,
        }
    }
}

/// A reader that keeps what is read.
struct Kept<'k, R> {
    input: R,
    kept: &'k mut SpooledTempFile,
}

impl<R: Read> Read for Kept<'_, R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(to)?;
        self.kept.write_all(to.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
