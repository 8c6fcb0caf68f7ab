//! `flowtrail replay`: the rules over logs.

mod workers;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flowtrail_context::Knowledge;
use flowtrail_detect::{DetectLoss, Plan};
use flowtrail_event::{EventTime, Limits};
use flowtrail_output::{ContextFile, Expired, Format, Summary, Waiting, sanitize};
use flowtrail_scan::{ScanOptions, TimeSpan};
use flowtrail_sigma::Compilation;

use crate::Outcome;
use crate::args::Replay;
use crate::console;
use crate::context;
use crate::objects;
use crate::sources;

use workers::{Problem, Result};
pub(crate) use workers::{cannot_open, cores, progress, scan_all};

/// Problems that are named one by one; the rest is counted.
const PROBLEMS_SHOWN: usize = 20;

/// The name under which a context file is looked for, to point at it. It is
/// never taken unasked.
const CONTEXT_FILE: &str = "context.yaml";

pub(crate) fn run(args: &Replay) -> anyhow::Result<Outcome> {
    check(args)?;
    let context = context::load(args.rules.context.as_deref())?;
    let compilation = sources::chosen(&args.rules, context.as_ref())?;
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
    let waiting = waiting(&compilation, &args.paths);
    let rules = Arc::new(compilation.rules);
    let plan = Plan::new(rules, &Limits::default(), args.level, context)
        .context("cannot prepare the rules")?;
    let (mut objects, unreadable) = objects::find(&args.paths)?;
    if let Some(path) = &args.rules.context {
        objects.retain(|o| o.given || !o.is(path));
    }
    let jobs = args.jobs.map_or_else(cores, std::num::NonZeroUsize::get);
    let plan = Arc::new(plan);
    let mut result = scan_all(&plan, &options, &objects, jobs);
    result.add_unreadable(unreadable);
    let mut summary = result.summary();
    summary.set_rules(raising(&plan), waiting);
    if let Some(context) = plan.context() {
        let last = result.times.map(|(_, last)| last);
        summary.set_context(heeded(context, last, plan.ambiguous()));
    }
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

/// What rules could not look at, and what would help.
fn waiting(compilation: &Compilation, paths: &[PathBuf]) -> Waiting {
    let waiting = compilation.inactive.iter().filter(|i| i.emits);
    let needs: BTreeSet<&str> = waiting
        .clone()
        .flat_map(|i| i.needs.iter().copied())
        .collect();
    let context = Knowledge::Context.name();
    let hint = needs.contains(context).then(|| {
        let beside = paths.iter().map(|p| p.join(CONTEXT_FILE));
        let beside = beside.into_iter().find(|p| p.is_file());
        match beside {
            Some(file) => format!("`--context {}` gives one", console::path(&file)),
            None => "`--context FILE` gives one; `flowtrail context --help`".to_owned(),
        }
    });
    // The context comes first, since it is the one that can be had.
    let (first, rest): (Vec<&str>, Vec<&str>) = needs.iter().partition(|n| **n == context);
    Waiting {
        rules: waiting.count(),
        needs: first.into_iter().chain(rest).map(str::to_owned).collect(),
        hint,
    }
}

/// The context file for the summary. Which suppressions have expired is a
/// matter of the last event, so that the same logs always say the same.
fn heeded(
    context: &flowtrail_context::Context,
    last: Option<EventTime>,
    ambiguous: u64,
) -> ContextFile {
    let expired = last.into_iter().flat_map(|last| context.expired(last));
    let expired = expired.map(|s| Expired {
        id: s.id.clone(),
        owner: s.owner.clone(),
        expires: s.expires,
    });
    ContextFile {
        file: context.file().to_owned(),
        version: context.version().to_owned(),
        ambiguous,
        expired: expired.collect(),
    }
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

fn write(args: &Replay, result: &Result, summary: &Summary) -> anyhow::Result<()> {
    let style = console::style(args.color);
    let mut out = console::stdout();
    // A text is for whoever is to be notified.
    let hides = args.format == Format::Text && !args.suppressed;
    let findings = result.findings.iter();
    let findings = findings.filter(|f| !hides || f.suppressed.is_none());
    args.format.write_all(findings, &style, &mut out)?;
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
