//! `flowtrail replay`: the rules over logs.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use flowtrail_detect::{DetectLoss, Detector, Finding, Plan};
use flowtrail_event::{EventTime, Limits, ObjectFault, SkipReason, Tally};
use flowtrail_output::{Format, Summary, sanitize};
use flowtrail_scan::{ObjectReport, ScanOptions, Scanner, TimeSpan};
use indicatif::{ProgressBar, ProgressStyle};

use crate::Outcome;
use crate::args::Replay;
use crate::console;
use crate::objects::{self, Object, Unreadable};
use crate::sources;

/// Problems that are named one by one; the rest is counted.
const PROBLEMS_SHOWN: usize = 20;

/// What a replay came to.
pub(crate) struct Result {
    pub(crate) findings: Vec<Finding>,
    pub(crate) loss: DetectLoss,
    pub(crate) tally: Tally,
    /// Times of the first and the last event.
    pub(crate) times: Option<(EventTime, EventTime)>,
    problems: Vec<Problem>,
    pub(crate) incomplete: bool,
    elapsed: Duration,
}

/// An object that was not read to its end, or not without skips.
struct Problem {
    object: String,
    fault: Option<ObjectFault>,
    detail: String,
}

pub(crate) fn run(args: &Replay) -> anyhow::Result<Outcome> {
    check(args)?;
    let compilation = sources::chosen(&args.rules)?;
    let lost_rules = sources::has_errors(&compilation);
    sources::report(&compilation);
    let options = ScanOptions {
        span: TimeSpan {
            since: args.since,
            until: args.until,
        },
        flow_format: args
            .flow_format
            .as_deref()
            .map(flowtrail_flowlog::Format::parse)
            .transpose()
            .context("cannot read --flow-format")?,
    };
    let waiting = compilation.inactive.iter().filter(|i| i.emits).count();
    let plan = Plan::new(Arc::new(compilation.rules), &Limits::default(), args.level)
        .context("cannot prepare the rules")?;
    let (objects, unreadable) = objects::find(&args.paths)?;
    let jobs = args.jobs.map_or_else(cores, std::num::NonZeroUsize::get);
    let plan = Arc::new(plan);
    let mut result = scan_all(&plan, &options, &objects, jobs);
    result.add_unreadable(unreadable);
    let mut summary = result.summary();
    summary.set_rules(raising(&plan), waiting);
    write(args, &result, &summary)?;
    let found = args
        .fail_on
        .is_some_and(|level| summary.findings_from(level) > 0);
    Ok(if lost_rules || result.incomplete {
        Outcome::Incomplete
    } else if found {
        Outcome::Found
    } else {
        Outcome::Ran
    })
}

/// Rules and correlations that can raise findings.
fn raising(plan: &Plan) -> usize {
    let rules = plan.rules().rules().iter().filter(|r| r.emits);
    let windows = plan.rules().correlations().iter().filter(|c| c.emits);
    rules.count() + windows.count()
}

/// Refuses what could only give a misleading answer.
fn check(args: &Replay) -> anyhow::Result<()> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        bail!(
            "`--since {since}` is not before `--until {until}`, so no event can be between them\nhint: give the earlier time to `--since`"
        );
    }
    if let Some(fail_on) = args.fail_on
        && fail_on < args.level
    {
        let (level, fail_on) = (args.level.name(), fail_on.name());
        bail!(
            "`--fail-on {fail_on}` can not see findings that `--level {level}` leaves out\n\
             hint: give `--level {fail_on}` as well"
        );
    }
    Ok(())
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

    fn add_unreadable(&mut self, unreadable: Vec<Unreadable>) {
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

    fn summary(&self) -> Summary {
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

fn cannot_open(error: &std::io::Error) -> ObjectReport {
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

fn progress(objects: &[Object]) -> ProgressBar {
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

fn write(args: &Replay, result: &Result, summary: &Summary) -> anyhow::Result<()> {
    let style = console::style(args.color);
    let mut out = console::stdout();
    args.format.write_all(&result.findings, &style, &mut out)?;
    if !args.no_summary {
        match args.format {
            Format::Text => summary.write_text(&style, &mut out)?,
            Format::Jsonl | Format::Csv | Format::Ocsf => {
                let mut text = Vec::new();
                summary.write_text(&flowtrail_output::Style::default(), &mut text)?;
                console::say(String::from_utf8_lossy(&text).trim_end());
            }
        }
    }
    out.flush()?;
    if let Some(path) = &args.summary_json {
        let mut json = Vec::new();
        summary.write_json(&mut json)?;
        std::fs::write(path, json).map_err(|e| console::cannot("write", path, &e))?;
    }
    report_problems(result, !args.no_summary);
    if result.tally.objects == 0 {
        console::say("note: there are no files under the given paths");
    }
    report_loss(&result.loss);
    Ok(())
}

/// Names what went wrong with objects, but for what the summary has said.
fn report_problems(result: &Result, summary_shown: bool) {
    let unsaid = |p: &&Problem| !(summary_shown && p.fault.is_some());
    let problems: Vec<&Problem> = result.problems.iter().filter(unsaid).collect();
    for p in problems.iter().take(PROBLEMS_SHOWN) {
        console::say(&format!(
            "note: {}: {}",
            sanitize(&p.object),
            sanitize(&p.detail)
        ));
    }
    if problems.len() > PROBLEMS_SHOWN {
        console::say(&format!(
            "note: and {} more objects with problems",
            problems.len() - PROBLEMS_SHOWN
        ));
    }
}

/// Matches that were counted and not kept are said, never silent.
fn report_loss(loss: &DetectLoss) {
    let windows = &loss.windows;
    for (n, what) in [
        (
            loss.findings_over_limit,
            "findings beyond the limit were counted and not kept",
        ),
        (
            loss.no_time,
            "matches for correlations had no time and could not be placed in a window",
        ),
        (windows.late, "matches for correlations came too late"),
        (
            windows.over_limit,
            "matches for correlations were beyond the limit of open windows",
        ),
        (
            windows.groups_over_limit,
            "matches for correlations were beyond the limit of groups",
        ),
    ] {
        if n > 0 {
            console::say(&format!("warning: {n} {what}"));
        }
    }
}
