//! Logs read side by side into sinks of any sort.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use flowtrail_event::Sink;
use flowtrail_scan::Projections;
use flowtrail_segments::Reading;
use flowtrail_table::{Run, Sums};

use crate::console;
use crate::logs;
use crate::progress::Bar;
use crate::segments::args::Time;
use crate::threads::{self, cores};

/// What all workers have gathered.
pub(crate) struct Gathered<S> {
    /// One for each worker, in no order.
    pub(crate) sinks: Vec<S>,
    pub(crate) reading: Reading,
    /// Whether something could not be read that should have been.
    pub(crate) incomplete: bool,
}

/// What is to be read.
pub(crate) struct What<'a> {
    /// Files, folders, `-`, `s3://bucket/prefix`.
    pub(crate) paths: &'a [PathBuf],
    pub(crate) time: Time,
    pub(crate) flow_format: Option<&'a str>,
    pub(crate) jobs: Option<NonZeroUsize>,
}

/// Reads everything under the paths. Several workers, each with a sink that
/// `make` makes, take objects from one list.
///
/// # Errors
/// If a path that the user named does not exist or cannot be looked at, and if
/// the user had seen enough.
pub(crate) fn gather<S: Sink + Send + 'static>(
    what: &What<'_>,
    wanted: &Projections,
    make: impl Fn() -> S,
) -> anyhow::Result<Gathered<S>> {
    let reading = logs::Reading {
        since: what.time.since,
        until: what.time.until,
        lateness: None,
        flow_format: what.flow_format,
        aside: Vec::new(),
    };
    let workers = what.jobs.unwrap_or_else(cores).get();
    let sinks = (0..workers).map(|_| make()).collect();
    threads::with(|runtime| {
        let logs = Arc::new(logs::open(what.paths, reading, runtime)?);
        let run = Arc::new(Run::default());
        let sinks = runtime.block_on(async {
            let _bar = Bar::new(&run);
            tokio::select! {
                sinks = flowtrail_table::gather(&logs, &run, wanted, sinks) => Ok(sinks?),
                _ = tokio::signal::ctrl_c() => bail!("interrupted before all was read"),
            }
        })?;
        threads::end_at_interrupt(runtime);
        let sums = run.account().sums();
        for warning in &sums.warnings {
            console::say(&format!("warning: {warning}"));
        }
        Ok(Gathered {
            sinks,
            incomplete: sums.is_partial(),
            reading: account(what.time, &sums),
        })
    })
}

/// The account as a report has it. What could not be looked into counts as one
/// object that failed.
fn account(time: Time, sums: &Sums) -> Reading {
    let mut tally = sums.tally.clone();
    tally.objects += sums.not_listed;
    tally.objects_failed += sums.not_listed;
    let unread = sums.problems();
    let unread = unread.map(|p| (p.name.clone(), p.message.clone()));
    Reading {
        tally,
        unread: unread.collect(),
        unread_total: sums.lacking + sums.not_listed,
        since: time.since,
        until: time.until,
    }
}
