//! The account of a statement: what its tables read and what they could not.
//!
//! Every object that a scan opens is recorded here, by whichever thread read
//! it. The sums are kept for all of them, the problems one by one up to a
//! limit; the `objects` table is what shows every object, because it reads them
//! itself and need not hold them.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flowtrail_event::{EventTime, ObjectFault, SkipReason, Tally};
use flowtrail_scan::ObjectReport;

use crate::store::Listing;

/// Problems that are kept one by one, the first by name; all are counted. A
/// bucket of broken objects must not fill the memory.
const PROBLEMS_LISTED_MAX: usize = 1000;

/// Something that could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The object, or the folder that could not be listed.
    pub name: String,
    /// The kind of fault; `None` for a folder, and for an object that was read
    /// to its end but ends inside a record.
    pub fault: Option<ObjectFault>,
    /// What happened, for a person.
    pub message: String,
}

/// What the tables of one statement read. Shared by all its threads; what it
/// says is complete once the last stream of the statement has ended.
#[derive(Debug, Default)]
pub struct Account {
    sums: Mutex<Sums>,
    progress: Progress,
}

/// The sums over the objects of a statement. An object that several tables of
/// it read is counted once.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    /// What was read, object by object.
    pub tally: Tally,
    /// Times of the first and the last event that was read.
    pub times: Option<(EventTime, EventTime)>,
    /// Objects that are no logs: met in a folder, and left aside.
    pub not_logs: u64,
    /// Folders that were not looked into, because nothing there can be in the
    /// answer.
    pub pruned_folders: u64,
    /// Objects that were left out by their names for the same reason.
    pub pruned_objects: u64,
    /// What was odd in the sources, and does not change the answer.
    pub warnings: Vec<String>,
    /// Folders or prefixes that could not be listed.
    pub not_listed: u64,
    /// Objects that the answer lacks, wholly or behind some point.
    pub lacking: u64,
    by_fault: [u64; ObjectFault::ALL.len()],
    cut_records: u64,
    problems: BTreeMap<String, Problem>,
    seen: HashSet<u64>,
}

impl Sums {
    /// Objects with this fault.
    #[must_use]
    pub fn faults(&self, fault: ObjectFault) -> u64 {
        let mut both = ObjectFault::ALL.iter().zip(self.by_fault);
        both.find(|(f, _)| **f == fault).map_or(0, |(_, n)| n)
    }

    /// The problems in the order of their names, the first thousand.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.values()
    }

    /// Whether the answer lacks something that may have been in it: an object
    /// or a folder could not be read, or a log ends inside a record. A foreign
    /// file in a folder lacks nothing.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.lacking > 0 || self.not_listed > 0
    }

    /// The line that says that an answer is partial, and why; `None` if it is
    /// whole.
    #[must_use]
    pub fn partial(&self) -> Option<String> {
        if !self.is_partial() {
            return None;
        }
        let mut reasons = Vec::new();
        if self.lacking > 0 {
            let objects = counted(self.tally.objects, "object");
            let count = |fault| match fault {
                ObjectFault::NotALog => self.faults(fault).saturating_sub(self.not_logs),
                ObjectFault::Open
                | ObjectFault::Read
                | ObjectFault::Corrupt
                | ObjectFault::CutOff
                | ObjectFault::TooLarge => self.faults(fault),
            };
            let kinds: Vec<_> = ObjectFault::ALL
                .iter()
                .map(|f| (count(*f), f.name()))
                .chain([(self.cut_records, "ends inside a record")])
                .filter(|(n, _)| *n > 0)
                .map(|(n, name)| format!("{n} {name}"))
                .collect();
            reasons.push(format!(
                "{} of {objects} could not be read to the end ({})",
                self.lacking,
                kinds.join(", ")
            ));
        }
        if self.not_listed > 0 {
            let folders = counted(self.not_listed, "folder");
            reasons.push(format!("{folders} could not be listed"));
        }
        Some(format!("the answer is partial: {}", reasons.join("; ")))
    }

    /// A line on records that are in no table because they are damaged, with
    /// their reasons; `None` if there are none. What is skipped by its nature,
    /// as a digest is, is not among them.
    #[must_use]
    pub fn skipped(&self) -> Option<String> {
        let mut sum = 0;
        let mut text = String::new();
        for reason in SkipReason::ALL {
            let n = self.tally.skipped(reason);
            if n > 0 && !reason.is_expected() {
                let comma = if sum == 0 { "" } else { ", " };
                let _ = write!(text, "{comma}{n} {}", reason.name());
                sum += n;
            }
        }
        (sum > 0).then(|| format!("{} could not be read ({text})", counted(sum, "record")))
    }

    fn keep(&mut self, problem: Problem) {
        self.problems.insert(problem.name.clone(), problem);
        if self.problems.len() > PROBLEMS_LISTED_MAX {
            self.problems.pop_last();
        }
    }
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
        for lost in listing.not_listed.iter().filter(|l| l.kind.is_loss()) {
            // The same folder is met by each table of a statement.
            if !sums.seen.insert(hash(&lost.name)) {
                continue;
            }
            sums.not_listed += 1;
            sums.keep(Problem {
                name: lost.name.clone(),
                fault: None,
                message: lost.reason.clone(),
            });
        }
        let new = listing
            .warnings
            .iter()
            .filter(|w| !sums.warnings.contains(*w));
        let new: Vec<_> = new.cloned().collect();
        sums.warnings.extend(new);
    }

    /// Records an object that was read. `given`: the user named it, so that it
    /// ought to be a log.
    pub(crate) fn record(&self, name: &str, given: bool, report: &ObjectReport) {
        self.progress.objects_done.fetch_add(1, Ordering::Relaxed);
        let mut sums = self.lock();
        if !sums.seen.insert(hash(name)) {
            return;
        }
        sums.tally.add(&report.tally);
        sums.times = spanning(sums.times, report.times);
        let fault = report.fault.as_ref().map(|f| f.kind);
        let both = ObjectFault::ALL.iter().zip(sums.by_fault.iter_mut());
        for (_, n) in both.filter(|(f, _)| Some(**f) == fault) {
            *n += 1;
        }
        if fault == Some(ObjectFault::NotALog) && !given {
            sums.not_logs += 1;
        }
        if !is_lacking(given, report) {
            return;
        }
        sums.lacking += 1;
        sums.cut_records += u64::from(fault.is_none());
        let message = report.fault.as_ref().map_or_else(
            || "ends inside a record".to_owned(),
            |f| match f.offset {
                0 => f.message.clone(),
                at => format!("{} (at byte {at})", f.message),
            },
        );
        sums.keep(Problem {
            name: name.to_owned(),
            fault,
            message,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        // A thread that panicked while it held the sums left them usable: they
        // are counters.
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an answer over an object lacks something: it was not read to its
/// end, or ends inside a record, or the user named it and it is no log. A
/// foreign file in a folder lacks nothing.
pub(crate) fn is_lacking(given: bool, report: &ObjectReport) -> bool {
    match report.fault.as_ref().map(|f| f.kind) {
        None => report.tally.skipped(SkipReason::Truncated) > 0,
        Some(ObjectFault::NotALog) => given,
        Some(
            ObjectFault::Open
            | ObjectFault::Read
            | ObjectFault::Corrupt
            | ObjectFault::CutOff
            | ObjectFault::TooLarge,
        ) => true,
    }
}

/// `1 folder`, `2 folders`.
fn counted(n: u64, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
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

/// How far the reading of a statement is: counters that the reading threads
/// move and a progress bar looks at.
#[derive(Debug, Default)]
pub struct Progress {
    objects_listed: AtomicU64,
    objects_done: AtomicU64,
    bytes_listed: AtomicU64,
    bytes_done: AtomicU64,
    rows: AtomicU64,
}

/// [`Progress`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgressNow {
    /// Objects to be read, as far as they are known. An object counts once for
    /// each table that reads it.
    pub objects_listed: u64,
    /// Objects that were read.
    pub objects_done: u64,
    /// Bytes to be read, as stored.
    pub bytes_listed: u64,
    /// Bytes that were read, as stored.
    pub bytes_done: u64,
    /// Rows that tables gave on to the query.
    pub rows: u64,
}

impl Progress {
    /// Where it stands.
    #[must_use]
    pub fn now(&self) -> ProgressNow {
        let get = |n: &AtomicU64| n.load(Ordering::Relaxed);
        ProgressNow {
            objects_listed: get(&self.objects_listed),
            objects_done: get(&self.objects_done),
            bytes_listed: get(&self.bytes_listed),
            bytes_done: get(&self.bytes_done),
            rows: get(&self.rows),
        }
    }

    pub(crate) fn listed(&self, objects: u64, bytes: u64) {
        self.objects_listed.fetch_add(objects, Ordering::Relaxed);
        self.bytes_listed.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn bytes(&self, n: u64) {
        self.bytes_done.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn rows(&self, n: u64) {
        self.rows.fetch_add(n, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
