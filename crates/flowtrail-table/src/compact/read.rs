//! Reads raw objects, several side by side.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result as QueryResult};
use flowtrail_event::{Flow, Limits, ObjectFault, Tally};
use flowtrail_scan::{Fault, ObjectReader, ObjectReport, ScanOptions};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::intake::{Extent, Extents, Fields, Intake};
use super::{CompactError, CompactProgress, SourceObject, Sources, Stop};
use crate::ObjectFacts;

/// How objects are read.
#[derive(Clone)]
pub(super) struct Reading {
    pub(super) sources: Arc<dyn Sources>,
    pub(super) scan: ScanOptions,
    pub(super) limits: Limits,
    pub(super) progress: Arc<CompactProgress>,
    pub(super) stop: Stop,
}

type Accounts = Vec<(SourceObject, ObjectReport)>;

/// The threads that read.
pub(super) struct Readers {
    rows: Option<mpsc::Receiver<QueryResult<RecordBatch>>>,
    extents: Arc<Mutex<Extents>>,
    threads: JoinSet<Result<Accounts, CompactError>>,
}

impl Reading {
    /// Begins to read.
    pub(super) fn begin(&self, objects: Vec<SourceObject>, jobs: usize) -> Readers {
        let (send, rows) = mpsc::channel(jobs * 2);
        let extents = Arc::<Mutex<Extents>>::default();
        let mut threads = JoinSet::new();
        for group in groups(objects, jobs) {
            let (reading, send) = (self.clone(), send.clone());
            let extents = Arc::clone(&extents);
            threads.spawn(async move {
                let read = spawn_blocking(move || reading.read(group, &send, &extents));
                read.await.map_err(CompactError::worker)?
            });
        }
        Readers {
            rows: Some(rows),
            extents,
            threads,
        }
    }

    fn read(
        &self,
        objects: Vec<SourceObject>,
        rows: &mpsc::Sender<QueryResult<RecordBatch>>,
        extents: &Mutex<Extents>,
    ) -> Result<Accounts, CompactError> {
        let (fields, wanted) = Fields::new();
        let mut intake = Intake::new(fields, false, |batch: RecordBatch| {
            let count = batch.num_rows() as u64;
            self.progress.rows.fetch_add(count, Ordering::Relaxed);
            match rows.blocking_send(Ok(batch)) {
                Ok(()) => Flow::Continue,
                Err(_) => Flow::Stop,
            }
        });
        let mut reader = ObjectReader::new(&wanted, &self.limits, self.scan.clone());
        let mut accounts = Accounts::new();
        for (object, opened) in self.sources.open(objects) {
            self.stop.check()?;
            let report = read_one(&mut reader, &mut intake, &object, opened);
            if rows.is_closed() {
                return Err(CompactError::Stopped);
            }
            self.progress.objects.fetch_add(1, Ordering::Relaxed);
            self.progress
                .bytes
                .fetch_add(object.bytes, Ordering::Relaxed);
            accounts.push((object, report));
        }
        intake.flush();
        if let Some(fault) = intake.fault {
            // What is missing must not look like the end.
            let _ = rows.blocking_send(Err(DataFusionError::ArrowError(Box::new(fault), None)));
            return Err(CompactError::Stopped);
        }
        if let Ok(mut all) = extents.lock() {
            for (partition, extent) in intake.extents {
                let known = all.entry(partition).or_insert(extent);
                *known = known.joined(extent);
            }
        }
        Ok(accounts)
    }
}

fn read_one<F: FnMut(RecordBatch) -> Flow>(
    reader: &mut ObjectReader,
    intake: &mut Intake<F>,
    object: &SourceObject,
    opened: std::io::Result<Box<dyn Read + Send>>,
) -> ObjectReport {
    intake.begin(&ObjectFacts {
        name: &object.name,
        account: object.account.as_deref(),
        region: object.region.as_deref(),
    });
    match opened {
        Ok(input) => reader.read(input, intake),
        Err(error) => {
            let mut tally = Tally::of_object();
            tally.objects_failed = 1;
            let fault = Fault {
                kind: ObjectFault::Open,
                offset: 0,
                message: error.to_string(),
            };
            ObjectReport {
                tally,
                fault: Some(fault),
                ..ObjectReport::default()
            }
        }
    }
}

impl Readers {
    /// The rows as they come; once.
    pub(super) fn rows(&mut self) -> mpsc::Receiver<QueryResult<RecordBatch>> {
        self.rows.take().unwrap_or_else(|| mpsc::channel(1).1)
    }

    /// The times of the rows of a partition, when all are read.
    pub(super) fn extent(&self, partition: &[u8]) -> Option<Extent> {
        let extents = self.extents.lock().ok()?;
        extents.get(partition).copied()
    }

    /// The account of every object, in the order of their names.
    pub(super) async fn join(mut self) -> Result<Accounts, CompactError> {
        drop(self.rows.take());
        let mut all = BTreeMap::new();
        let mut fault = None;
        while let Some(thread) = self.threads.join_next().await {
            match thread.map_err(CompactError::worker).flatten() {
                Ok(accounts) => {
                    let named = accounts.into_iter().map(|a| (a.0.id.clone(), a));
                    all.extend(named);
                }
                Err(error) => fault = Some(error),
            }
        }
        match fault {
            Some(fault) => Err(fault),
            None => Ok(all.into_values().collect()),
        }
    }
}

/// Objects in as many groups as there are threads, with about as many bytes in
/// each. The largest are dealt out first.
fn groups(mut objects: Vec<SourceObject>, jobs: usize) -> Vec<Vec<SourceObject>> {
    objects.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.id.cmp(&b.id)));
    let mut groups: Vec<(u64, Vec<SourceObject>)> = vec![(0, Vec::new()); jobs.max(1)];
    for object in objects {
        if let Some(least) = groups.iter_mut().min_by_key(|g| g.0) {
            // Opening costs as much as some bytes.
            least.0 += object.bytes + 4096;
            least.1.push(object);
        }
    }
    groups
        .into_iter()
        .map(|g| g.1)
        .filter(|g| !g.is_empty())
        .collect()
}
