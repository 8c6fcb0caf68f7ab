//! Records of all logs into sinks of any sort, for whoever counts and has no
//! use for rows: the report on segments, a context that is learnt.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flowtrail_event::Sink;
use flowtrail_scan::Projections;
use tokio::task::JoinSet;

use crate::account::Account;
use crate::engine::QueryError;
use crate::scan::read::cannot_open;
use crate::scan::{Logs, Run};
use crate::store::Parts;

/// Reads every object of `logs` in its span of time. `sinks` are filled side by
/// side, each by a thread of its own that takes objects from a common list; they
/// come back in no order. What was read and what could not be stands in the
/// account of `run`. Dropping the future ends the reading.
///
/// # Errors
/// If a source cannot be looked into at all, or a thread panics.
pub async fn gather<S: Sink + Send + 'static>(
    logs: &Arc<Logs>,
    run: &Arc<Run>,
    wanted: &Projections,
    sinks: Vec<S>,
) -> Result<Vec<S>, QueryError> {
    let listing = run.list_once(logs, logs.everything()).await;
    let listing = listing.map_err(|e| QueryError::of_text(&e.to_string()))?;
    let work = Arc::new(Work {
        parts: Parts::new(listing.objects.clone(), sinks.len()),
        logs: Arc::clone(logs),
        run: Arc::clone(run),
        wanted: wanted.clone(),
        ended: AtomicBool::new(false),
    });
    run.reads(work.parts.objects());
    let _end = End(Arc::clone(&work));
    let mut workers = JoinSet::new();
    for mut sink in sinks {
        let work = Arc::clone(&work);
        workers.spawn_blocking(move || {
            work.read(&mut sink);
            sink
        });
    }
    let mut filled = Vec::new();
    while let Some(sink) = workers.join_next().await {
        filled.push(sink.map_err(|_| {
            QueryError::new("a worker stopped on an internal error, and its objects are missing")
        })?);
    }
    Ok(filled)
}

/// What the threads share.
struct Work {
    parts: Parts,
    logs: Arc<Logs>,
    run: Arc<Run>,
    wanted: Projections,
    /// Nobody waits for it any more.
    ended: AtomicBool,
}

impl Work {
    fn read(&self, sink: &mut impl Sink) {
        let mut reader = self.logs.reader(&self.wanted);
        let account = self.run.account();
        while let Some(part) = self.parts.next() {
            for (object, opened) in self.logs.fetch(&part.objects) {
                let report = match opened {
                    Ok(input) => {
                        let ended = &self.ended;
                        let input = Watched {
                            input,
                            ended,
                            account,
                        };
                        reader.read(input, sink)
                    }
                    Err(e) => cannot_open(&e),
                };
                if self.ended.load(Ordering::Relaxed) {
                    return;
                }
                account.record(&object.name(), object.is_given(), &report);
            }
        }
    }
}

/// Ends the reading where it is dropped.
struct End(Arc<Work>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Relaxed);
    }
}

/// Bytes on their way to a reader: counted, and stopped when nobody waits.
struct Watched<'w, R> {
    input: R,
    ended: &'w AtomicBool,
    account: &'w Account,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(io::Error::other("nobody waits for it any more"));
        }
        let len = self.input.read(room)?;
        let bytes = u64::try_from(len).unwrap_or(u64::MAX);
        self.account.progress().bytes(bytes);
        Ok(len)
    }
}

#[cfg(test)]
mod tests;
