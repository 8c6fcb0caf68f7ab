//! Logs as tables of a query: which objects are read, by whom, and what of them.
//!
//! A [`LogTableProvider`] turns the filters of a query into what to list
//! ([`Wanted`]) and what to let through (the predicate of a
//! [`RowPlan`](crate::rows::RowPlan)), lists while the query is planned, and
//! gives a [`LogScanExec`] over fixed groups of objects. [`ObjectsProvider`] is
//! the table of the objects themselves.
//!
//! What kind of log an object is, its bytes say: a table reads every object
//! that its key does not rule out, and records of another table are no rows of
//! it, and no errors.

mod bounds;
mod columnar;
pub(crate) mod exec;
mod live;
mod objects;
mod project;
mod provider;
pub(crate) mod read;
mod run;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use flowtrail_event::Limits;
use flowtrail_scan::{ObjectReader, Projections, ScanOptions, TimeSpan};
use tokio::runtime::Handle;

pub use exec::LogScanExec;
pub use objects::ObjectsProvider;
pub(crate) use objects::schema as objects_schema;
pub use provider::LogTableProvider;
pub use run::Run;

use crate::layout::{LogKind, Wanted};
use crate::schema::LogTable;
use crate::store::{Fetcher, ListSettings, LogObject, ReadAhead, Source};
use bounds::Bounds;

/// Where logs lie, and how they are read: the same for every table.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    /// Folders, files and buckets.
    pub sources: Arc<[Source]>,
    /// The span of time that every table is bounded by. Records outside it are
    /// no rows, those without a time are.
    pub span: TimeSpan,
    /// How long after an event its object may have been delivered; a day where
    /// it is not given. See [`Wanted::lateness`].
    pub lateness: Option<std::time::Duration>,
    /// The columns of flow-log lines without a header.
    pub flow_format: Option<flowtrail_flowlog::Format>,
    /// Bounds on what is read.
    pub limits: Limits,
    /// How sources are listed.
    pub listing: ListSettings,
    /// How much of a bucket each thread fetches ahead.
    pub read_ahead: ReadAhead,
    /// Files that are no logs, such as the context file: they are left aside
    /// where they are met in a folder.
    pub aside: Arc<[PathBuf]>,
    /// Compacted files are read row by row, as raw logs are, and not by columns:
    /// for whoever sends a plan to another machine, and to compare the two.
    pub by_rows: bool,
}

impl Logs {
    /// What to list for rows of `logs` within `bounds`.
    fn wanted(&self, logs: Option<&[LogKind]>, bounds: Bounds) -> Wanted {
        let mine = Bounds {
            since: self.span.since,
            until: self.span.until,
            ..Bounds::default()
        };
        let bounds = bounds.and(mine);
        let mut wanted = Wanted {
            since: bounds.since,
            until: bounds.until,
            accounts: bounds.accounts,
            regions: bounds.regions,
            logs: logs.map(|l| BTreeSet::from_iter(l.iter().copied())),
            ..Wanted::default()
        };
        wanted.lateness = self.lateness.unwrap_or(wanted.lateness);
        wanted
    }

    /// Opens `objects` one after the other, from a thread of `tokio` that may
    /// block.
    pub(crate) fn fetch(&self, objects: &[LogObject]) -> Fetcher {
        let sources = Arc::clone(&self.sources);
        Fetcher::new(
            sources,
            objects.to_vec(),
            self.read_ahead,
            Handle::current(),
        )
    }

    /// What to list for whoever looks at all that lies in the span of time.
    pub(crate) fn everything(&self) -> Wanted {
        self.wanted(None, Bounds::default())
    }

    /// How objects are read.
    pub(crate) fn options(&self) -> ScanOptions {
        ScanOptions {
            span: self.span,
            flow_format: self.flow_format.clone(),
        }
    }

    /// A reader that fills the fields of `projections`.
    pub(crate) fn reader(&self, projections: &Projections) -> ObjectReader {
        ObjectReader::new(projections, &self.limits, self.options())
    }
}

/// The sorts of logs whose objects may hold rows of a table.
const fn kinds(table: LogTable) -> &'static [LogKind] {
    match table {
        LogTable::CloudTrail => &[LogKind::CloudTrail, LogKind::NetworkActivity],
        LogTable::CloudTrailInsights => &[LogKind::Insight],
        LogTable::VpcFlow => &[LogKind::VpcFlow],
        LogTable::TgwFlow => &[LogKind::TgwFlow],
    }
}

#[cfg(test)]
mod tests;
