//! Several workers take objects from one list; each has a detector of its own,
//! and these are merged at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flowtrail_detect::{DetectLoss, Detector, Finding, Plan};
use flowtrail_event::{EventTime, ObjectFault, SkipReason, Tally};
use flowtrail_output::Summary;
use flowtrail_scan::{ObjectReport, ScanOptions, Scanner};
use indicatif::{ProgressBar, ProgressStyle};

use crate::console;
use crate::objects::{Object, Unreadable};

/// What a replay came to.
pub(crate) struct Result {
    pub(crate) findings: Vec<Finding>,
    pub(crate) loss: DetectLoss,
    pub(crate) tally: Tally,
    /// Times of the first and the last event.
    pub(crate) times: Option<(EventTime, EventTime)>,
    pub(super) problems: Vec<Problem>,
    pub(crate) incomplete: bool,
    elapsed: Duration,
}

/// An object that was not read to its end, or not without skips.
pub(super) struct Problem {
    pub(super) object: String,
    pub(super) fault: Option<ObjectFault>,
    pub(super) detail: String,
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// Several workers take objects from one list; who takes which does not matter.
pub(crate) fn scan_all(
    plan: &Arc<Plan>,
    options: &ScanOptions,
    objects: &[Object],
    jobs: usize,
) -> Result {
    let start = Instant::now();
    let bar = progress(objects);
    let next = AtomicUsize::new(0);
    let jobs = jobs.min(objects.len()).max(1);
    let parts: Vec<_> = std::thread::scope(|scope| {
        let work = || worker(plan, options, objects, &next, &bar);
        let handles: Vec<_> = (1..jobs).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![Some(work())];
        parts.extend(handles.into_iter().map(|h| h.join().ok()));
        parts
    });
    bar.finish_and_clear();
    let mut detector = Detector::new(Arc::clone(plan));
    let mut result = Result {
        findings: Vec::new(),
        loss: DetectLoss::default(),
        tally: Tally::default(),
        times: None,
        problems: Vec::new(),
        incomplete: false,
        elapsed: start.elapsed(),
    };
    for part in parts {
        match part {
            Some(part) => {
                detector.merge(part.detector);
                result.tally.add(&part.tally);
                result.times = spanning(result.times, part.times);
                result.problems.extend(part.problems);
                result.incomplete |= part.incomplete;
            }
            None => result.worker_died(),
        }
    }
    result.problems.sort_by(|a, b| a.object.cmp(&b.object));
    (result.findings, result.loss) = detector.finish();
    result.elapsed = start.elapsed();
    result
}

impl Result {
    /// A worker that panicked took its findings with it; that must not pass
    /// for a complete answer.
    fn worker_died(&mut self) {
        self.incomplete = true;
        self.problems.push(Problem {
            object: "(worker)".to_owned(),
            fault: Some(ObjectFault::Read),
            detail: "a worker stopped on an internal error; its objects are missing".to_owned(),
        });
    }

    pub(super) fn add_unreadable(&mut self, unreadable: Vec<Unreadable>) {
        for u in unreadable {
            if !u.is_loop {
                self.incomplete = true;
                self.tally.objects += 1;
                self.tally.objects_failed += 1;
            }
            self.problems.push(Problem {
                object: u.name,
                fault: (!u.is_loop).then_some(ObjectFault::Open),
                detail: u.reason,
            });
        }
    }

    pub(super) fn summary(&self) -> Summary {
        let mut summary = Summary::new();
        self.findings.iter().for_each(|f| summary.add(f));
        summary.add_tally(&self.tally);
        for p in &self.problems {
            if let Some(fault) = p.fault {
                summary.add_problem(&p.object, fault, &p.detail);
            }
        }
        summary.set_elapsed(self.elapsed);
        summary
    }
}

/// What one worker did.
struct Part {
    detector: Detector,
    tally: Tally,
    times: Option<(EventTime, EventTime)>,
    problems: Vec<Problem>,
    incomplete: bool,
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

fn worker(
    plan: &Arc<Plan>,
    options: &ScanOptions,
    objects: &[Object],
    next: &AtomicUsize,
    bar: &ProgressBar,
) -> Part {
    let mut scanner = Scanner::new(Arc::clone(plan), options.clone());
    let mut tally = Tally::default();
    let mut times = None;
    let mut problems = Vec::new();
    let mut incomplete = false;
    while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
        let report = match object.open() {
            Ok(input) => scanner.scan(&object.name, input),
            Err(e) => cannot_open(&e),
        };
        bar.inc(object.len);
        tally.add(&report.tally);
        times = spanning(times, report.times);
        incomplete |= is_incomplete(object, &report);
        problems.extend(problem(object, &report));
    }
    Part {
        detector: scanner.into_detector(),
        tally,
        times,
        problems,
        incomplete,
    }
}

pub(crate) fn cannot_open(error: &std::io::Error) -> ObjectReport {
    let mut tally = Tally::of_object();
    tally.objects_failed = 1;
    ObjectReport {
        tally,
        fault: Some(flowtrail_scan::Fault {
            kind: ObjectFault::Open,
            offset: 0,
            message: error.to_string(),
        }),
        ..ObjectReport::default()
    }
}

/// A log that ends in the middle of a record makes the answer incomplete; so
/// does a file of another kind that the user named, but not one in a folder.
fn is_incomplete(object: &Object, report: &ObjectReport) -> bool {
    match report.fault.as_ref().map(|f| f.kind) {
        None => report.tally.skipped(SkipReason::Truncated) > 0,
        Some(ObjectFault::NotALog) => object.given,
        Some(
            ObjectFault::Open
            | ObjectFault::Read
            | ObjectFault::Corrupt
            | ObjectFault::CutOff
            | ObjectFault::TooLarge,
        ) => true,
    }
}

fn problem(object: &Object, report: &ObjectReport) -> Option<Problem> {
    let mut parts = Vec::new();
    if let Some(fault) = &report.fault {
        parts.push(if fault.offset > 0 {
            format!("{} (at byte {})", fault.message, fault.offset)
        } else {
            fault.message.clone()
        });
    }
    let unexpected: Vec<_> = report
        .skips
        .iter()
        .filter(|s| !s.reason.is_expected())
        .collect();
    for skip in unexpected.iter().take(3) {
        parts.push(format!(
            "skipped {} bytes at {}: {}",
            skip.len,
            skip.offset,
            skip.reason.name()
        ));
    }
    if unexpected.len() > 3 {
        parts.push(format!("and {} more skips", unexpected.len() - 3));
    }
    (!parts.is_empty()).then(|| Problem {
        object: object.name.clone(),
        fault: report.fault.as_ref().map(|f| f.kind),
        detail: parts.join("; "),
    })
}

pub(crate) fn progress(objects: &[Object]) -> ProgressBar {
    let total: u64 = objects.iter().map(|o| o.len).sum();
    if !console::shows_progress() || total == 0 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    let template = "{bar:30} {decimal_bytes} of {decimal_total_bytes} stored, {decimal_bytes_per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
