//! The account of a statement: what its tables read and what they could not.
//!
//! Every object that a scan opens is recorded here, by whichever thread read
//! it. The sums are kept for all of them, the problems one by one up to a
//! limit; the `objects` table is what shows every object, because it reads them
//! itself and need not hold them.

mod problem;
mod progress;
#[cfg(feature = "cluster")]
mod sent;
mod sums;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flowtrail_event::{EventTime, ObjectFault};
use flowtrail_scan::{Fault, ObjectReport};

pub use problem::Problem;
pub(crate) use problem::{is_lacking, words};
pub use progress::{Progress, ProgressNow};
#[cfg(feature = "cluster")]
pub(crate) use sent::SentSums;
pub use sums::Sums;

use crate::layout::Wanted;
use crate::store::{Listing, NotListedKind};

/// What the tables of one statement read. Shared by all its threads; what it
/// says is complete once the last stream of the statement has ended.
#[derive(Debug, Default)]
pub struct Account {
    sums: Mutex<Sums>,
    progress: Progress,
}

impl Account {
    /// How far reading is.
    #[must_use]
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The sums so far.
    #[must_use]
    pub fn sums(&self) -> Sums {
        self.lock().clone()
    }

    /// Whether the answer lacks something; see [`Sums::is_partial`].
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.lock().is_partial()
    }

    /// Records what a listing could not look into, and what it left out.
    pub(crate) fn listing(&self, listing: &Listing) {
        let mut sums = self.lock();
        sums.pruned_folders += listing.pruned_folders;
        sums.pruned_objects += listing.pruned_objects;
        sums.too_late += listing.too_late;
        for place in &listing.not_listed {
            // The same folder is met by each table of a statement.
            if !sums.seen.insert(hash(&place.name)) {
                continue;
            }
            let lost = place.kind.is_loss();
            sums.not_listed += u64::from(lost);
            let problem = Problem {
                name: place.name.clone(),
                fault: lost.then_some(ObjectFault::Open),
                message: place.reason.clone(),
            };
            match place.kind {
                NotListedKind::Denied | NotListedKind::Failed => sums.keep(problem, true),
                NotListedKind::Loop | NotListedKind::NotNamed => sums.keep(problem, false),
                // No log can lie in a socket.
                NotListedKind::Special => {}
            }
        }
        let new = listing
            .warnings
            .iter()
            .filter(|w| !sums.warnings.contains(*w));
        let new: Vec<_> = new.cloned().collect();
        sums.warnings.extend(new);
    }

    /// Records what a listing was for, if it left out something because it was
    /// delivered too late.
    pub(crate) fn bounded(&self, wanted: &Wanted) {
        if let Some(until) = wanted.until {
            let mut sums = self.lock();
            let bound = sums.bound.get_or_insert((until, wanted.lateness));
            bound.0 = bound.0.max(until);
        }
    }

    /// Records an object that was read. `given`: the user named it, so that it
    /// ought to be a log.
    pub(crate) fn record(&self, name: &str, given: bool, report: &ObjectReport) {
        self.progress.object();
        let mut sums = self.lock();
        let lacks = is_lacking(given, report);
        if !sums.seen.insert(hash(name)) {
            // What another table read of it to its end may break off here.
            if lacks && sums.failed.insert(hash(name)) {
                let fault = report.fault.as_ref().map(|f| f.kind);
                sums.tally.objects_failed += u64::from(fault.is_some());
                sums.lacks(name, report);
            }
            return;
        }
        sums.tally.add(&report.tally);
        sums.times = spanning(sums.times, report.times);
        let fault = report.fault.as_ref().map(|f| f.kind);
        if fault == Some(ObjectFault::NotALog) && !given {
            sums.not_logs += 1;
        }
        if lacks {
            sums.failed.insert(hash(name));
            sums.lacks(name, report);
            return;
        }
        sums.count_fault(fault);
        if let Some(message) = words(report) {
            let name = name.to_owned();
            let problem = Problem {
                name,
                fault,
                message,
            };
            sums.keep(problem, false);
        }
    }

    /// Records that an object, of which it was recorded that it was read, could
    /// not be read to its end after all, or could not be opened.
    pub(crate) fn failed(&self, name: &str, fault: Fault) {
        let mut sums = self.lock();
        if !sums.failed.insert(hash(name)) {
            return;
        }
        sums.tally.objects += u64::from(sums.seen.insert(hash(name)));
        sums.tally.objects_failed += 1;
        sums.count_fault(Some(fault.kind));
        sums.lacking += 1;
        let problem = Problem {
            name: name.to_owned(),
            fault: Some(fault.kind),
            message: fault.message,
        };
        sums.keep(problem, true);
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        // A thread that panicked while it held the sums left them usable: they
        // are counters.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Two objects with one hash would be counted as one; in ten million objects
/// that happens with a probability of one in 300,000.
fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// The span over two spans.
fn spanning(
    a: Option<(EventTime, EventTime)>,
    b: Option<(EventTime, EventTime)>,
) -> Option<(EventTime, EventTime)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    }
}
