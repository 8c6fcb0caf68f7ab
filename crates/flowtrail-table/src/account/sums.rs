//! The sums over the objects of a statement.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::time::Duration;

use flowtrail_event::{EventTime, ObjectFault, SkipReason, Tally};
use flowtrail_scan::ObjectReport;

use super::{Problem, words};
use crate::layout::{LATENESS, REDELIVERY_MAX};

/// Problems that are kept one by one, the first by name; all are counted. A
/// bucket of broken objects must not fill the memory.
pub(super) const PROBLEMS_LISTED_MAX: usize = 1000;

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
    /// Objects and folders of which there is something to say: those of
    /// [`Sums::problems`] and [`Sums::remarks`], listed or not.
    pub problems_total: u64,
    /// Which executors of a cluster read; empty where this process did.
    pub executors: BTreeSet<String>,
    /// What is not known of the reading, for a person: an executor of a cluster
    /// did not say what it read.
    pub unknown: Option<String>,
    /// Folders and objects that were left out because they were delivered later
    /// than [`Wanted::lateness`](crate::Wanted::lateness) after the time that was
    /// asked for.
    pub too_late: u64,
    /// The end of that time, and the lateness.
    pub(super) bound: Option<(EventTime, Duration)>,
    pub(super) by_fault: [u64; ObjectFault::ALL.len()],
    pub(super) cut_records: u64,
    problems: Listed,
    remarks: Listed,
    pub(super) seen: HashSet<u64>,
    pub(super) failed: HashSet<u64>,
}

impl Sums {
    /// Objects with this fault.
    #[must_use]
    pub fn faults(&self, fault: ObjectFault) -> u64 {
        let mut both = ObjectFault::ALL.iter().zip(self.by_fault);
        both.find(|(f, _)| **f == fault).map_or(0, |(_, n)| n)
    }

    /// What the answer lacks, in the order of names, the first thousand.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.0.values()
    }

    /// What is worth a word and takes nothing from the answer, in the order of
    /// names, the first thousand: files in a folder that are no logs, records
    /// that were skipped, links that lead back to where one has been.
    pub fn remarks(&self) -> impl Iterator<Item = &Problem> {
        self.remarks.0.values()
    }

    /// Whether the answer lacks something that may have been in it: an object
    /// or a folder could not be read, a log ends inside a record, or it is not
    /// known whether all of that is so. A foreign file in a folder lacks nothing.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.lacking > 0 || self.not_listed > 0 || self.unknown.is_some()
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
        if reasons.is_empty() {
            let unknown = self.unknown.as_deref().unwrap_or_default();
            return Some(format!("the answer may be partial: {unknown}"));
        }
        reasons.extend(self.unknown.clone());
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

    /// A line on what names alone left out, because by them nothing there lies
    /// in the span of time, the accounts or the regions that were asked for;
    /// `None` if that is nothing.
    #[must_use]
    pub fn pruned(&self) -> Option<String> {
        let parts = [
            (self.pruned_folders, "folder"),
            (self.pruned_objects, "object"),
        ];
        let parts = parts.into_iter().filter(|(n, _)| *n > 0);
        let parts: Vec<_> = parts.map(|(n, what)| counted(n, what)).collect();
        (!parts.is_empty()).then(|| format!("{} left out by their names", parts.join(" and ")))
    }

    /// A line on what may have been delivered after the last day that was looked
    /// at, and what to do about it; `None` if there were no later days, or if
    /// nothing comes as late as that.
    #[must_use]
    pub fn late(&self) -> Option<String> {
        let (until, lateness) = self.bound?;
        let further = [LATENESS * 7, REDELIVERY_MAX]
            .into_iter()
            .find(|l| *l > lateness)?;
        Some(format!(
            "events delivered later than {} after {until} were not looked for: --lateness {}d does",
            spoken(lateness),
            further.as_secs() / 86_400
        ))
    }

    pub(super) fn count_fault(&mut self, fault: Option<ObjectFault>) {
        let both = ObjectFault::ALL.iter().zip(self.by_fault.iter_mut());
        for (_, n) in both.filter(|(f, _)| Some(**f) == fault) {
            *n += 1;
        }
    }

    /// Counts an object that the answer lacks, wholly or behind some point.
    pub(super) fn lacks(&mut self, name: &str, report: &ObjectReport) {
        let fault = report.fault.as_ref().map(|f| f.kind);
        self.count_fault(fault);
        self.lacking += 1;
        self.cut_records += u64::from(fault.is_none());
        if let Some(message) = words(report) {
            let name = name.to_owned();
            let problem = Problem {
                name,
                fault,
                message,
            };
            self.keep(problem, true);
        }
    }

    pub(super) fn keep(&mut self, problem: Problem, lacks: bool) {
        // Of one object there is one thing to say: the worse.
        let known = lacks && self.remarks.0.remove(&problem.name).is_some();
        self.problems_total += u64::from(!known);
        let list = if lacks {
            &mut self.problems
        } else {
            &mut self.remarks
        };
        list.keep(problem);
    }
}

/// The first by name.
#[derive(Debug, Clone, Default)]
struct Listed(BTreeMap<String, Problem>);

impl Listed {
    fn keep(&mut self, problem: Problem) {
        self.0.insert(problem.name.clone(), problem);
        if self.0.len() > PROBLEMS_LISTED_MAX {
            self.0.pop_last();
        }
    }
}

/// `1 day`, `36 hours`, `90 seconds`.
fn spoken(span: Duration) -> String {
    let secs = span.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units
        .into_iter()
        .find(|(unit, _)| secs > 0 && secs.is_multiple_of(*unit));
    let (unit, what) = whole.unwrap_or((1, "second"));
    counted(secs / unit, what)
}

/// `1 folder`, `2 folders`.
fn counted(n: u64, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}
