//! Objects read side by side into sinks of any sort.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use flowtrail_event::{ObjectFault, Sink, SkipReason};
use flowtrail_scan::{ObjectReader, ObjectReport, Projections, ScanOptions};
use flowtrail_segments::Reading;
use indicatif::ProgressBar;

use crate::objects::{self, Object};
use crate::replay::{cannot_open, cores, progress};
use crate::segments::limits;

/// What all workers have gathered.
pub(crate) struct Gathered<S> {
    /// One for each worker, in no order.
    pub(crate) sinks: Vec<S>,
    pub(crate) reading: Reading,
    /// Whether something could not be read that should have been.
    pub(crate) incomplete: bool,
}

/// What one worker came to.
struct Part<S> {
    sink: S,
    reading: Reading,
}

/// Reads everything under `paths`. Several workers, each with a sink that `make`
/// makes, take objects from one list.
///
/// # Errors
/// If a path that the user named does not exist or cannot be looked at.
pub(crate) fn gather<S: Sink + Send>(
    paths: &[PathBuf],
    wanted: &Projections,
    options: &ScanOptions,
    jobs: Option<NonZeroUsize>,
    make: impl Fn() -> S + Sync,
) -> anyhow::Result<Gathered<S>> {
    let (objects, unreadable) = objects::find(paths)?;
    let jobs = jobs.map_or_else(cores, NonZeroUsize::get);
    let jobs = jobs.min(objects.len()).max(1);
    let bar = progress(&objects);
    let next = AtomicUsize::new(0);
    let work = || {
        let reader = ObjectReader::new(wanted, &limits(), options.clone());
        worker(reader, make(), &objects, (&next, &bar))
    };
    let parts: Vec<Option<Part<S>>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![Some(work())];
        parts.extend(handles.into_iter().map(|h| h.join().ok()));
        parts
    });
    bar.finish_and_clear();
    let mut sinks = Vec::new();
    let mut reading = Reading {
        since: options.span.since,
        until: options.span.until,
        ..Reading::default()
    };
    for part in parts {
        match part {
            Some(part) => {
                sinks.push(part.sink);
                reading.tally.add(&part.reading.tally);
                reading.unread.extend(part.reading.unread);
            }
            None => reading.unread.push((
                "(worker)".to_owned(),
                "a worker stopped on an internal error; its objects are missing".to_owned(),
            )),
        }
    }
    for u in unreadable.into_iter().filter(|u| !u.is_loop) {
        reading.tally.objects += 1;
        reading.tally.objects_failed += 1;
        reading.unread.push((u.name, u.reason));
    }
    reading.unread.sort();
    let incomplete = !reading.unread.is_empty();
    Ok(Gathered {
        sinks,
        reading,
        incomplete,
    })
}

fn worker<S: Sink>(
    mut reader: ObjectReader,
    mut sink: S,
    objects: &[Object],
    (next, bar): (&AtomicUsize, &ProgressBar),
) -> Part<S> {
    let mut reading = Reading::default();
    while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
        let report = match object.open() {
            Ok(input) => reader.read(input, &mut sink),
            Err(e) => cannot_open(&e),
        };
        bar.inc(object.len);
        reading.tally.add(&report.tally);
        let unread = unread(object, &report);
        reading
            .unread
            .extend(unread.map(|reason| (object.name.clone(), reason)));
    }
    Part { sink, reading }
}

/// Why an object was not read to its end. A file of another kind in a folder is
/// no log and nothing is missing; one that the user named is.
fn unread(object: &Object, report: &ObjectReport) -> Option<String> {
    match &report.fault {
        Some(fault) if fault.kind == ObjectFault::NotALog && !object.given => None,
        Some(fault) if fault.offset > 0 => {
            Some(format!("{} (at byte {})", fault.message, fault.offset))
        }
        Some(fault) => Some(fault.message.clone()),
        None if report.tally.skipped(SkipReason::Truncated) > 0 => {
            Some("it ends inside a record".to_owned())
        }
        None => None,
    }
}
