//! `flowtrail replay`: the rules over logs.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flowtrail_context::Knowledge;
use flowtrail_detect::{Finding, Plan};
use flowtrail_event::{EventTime, Limits, ObjectFault};
use flowtrail_output::{ContextFile, Expired, Format, PlacesFile, Summary, Waiting, sanitize};
use flowtrail_sigma::Compilation;
use flowtrail_table::{Pick, Problem, RuleRow, Ruling, Sums};
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::args::Replay;
use crate::console;
use crate::given;
use crate::judge::{Judge, Judged, over_limit, report_loss};
use crate::logs::{self, Reading};
use crate::memory::Basis;
use crate::sources;
use crate::threads;

/// Problems that are named one by one; the rest is counted.
const PROBLEMS_SHOWN: usize = 20;

/// The name under which a context file is looked for, to point at it. It is
/// never taken unasked.
const CONTEXT_FILE: &str = "context.yaml";

/// Runs the rules and writes what they find.
///
/// # Errors
/// If rules, logs or the output can not be used.
pub(crate) fn run(args: &Replay) -> anyhow::Result<Outcome> {
    check(args)?;
    threads::with(|runtime| replay(args, runtime))
}

fn replay(args: &Replay, runtime: &Runtime) -> anyhow::Result<Outcome> {
    let pick = pick(args);
    // Before anything is read that takes long.
    pick.statement()?;
    let given = given::load(&args.rules)?;
    let basis = Basis::load(&args.memory)?;
    let given = basis.given(given);
    let compilation = sources::chosen(&args.rules, &given)?;
    let lost_rules = sources::has_errors(&compilation);
    sources::report(&compilation);
    let mut logs = logs::open(&args.paths, reading(args), runtime)?;
    let aside = logs.aside.iter().chain(&args.memory.baseline);
    logs.aside = aside.cloned().collect();
    let waiting = waiting(&compilation, &args.paths);
    let rows = RuleRow::all(&compilation).into();
    let rules = Arc::new(compilation.rules);
    let plan = Plan::given(rules, &Limits::default(), args.level, &given);
    let plan = Arc::new(plan.context("cannot prepare the rules")?);
    let learned = basis.learn(&[Arc::clone(&plan)], &logs, args.jobs, runtime)?;
    let Some(learned) = learned else {
        return Ok(interrupted());
    };
    let judge = Judge {
        rules: Ruling {
            plan: Arc::clone(&plan),
            rows,
            memory: learned.memory,
        },
        logs,
        context: given.context.clone(),
        places: given.places.clone(),
        jobs: args.jobs,
        pick: pick.clone(),
    };
    let Some(judged) = judge.run(runtime)? else {
        return Ok(interrupted());
    };
    threads::end_at_interrupt(runtime);
    let mut summary = summary(&judged);
    summary.set_rules(raising(&plan), waiting);
    if let Some(context) = plan.context() {
        let last = judged.sums.times.map(|(_, last)| last);
        summary.set_context(heeded(context, last, plan.ambiguous()));
    }
    if let (Some(id), Some(about)) = (basis.name(), basis.about()) {
        summary.set_baseline(id, &about);
    }
    summary.set_places(
        given
            .places
            .iter()
            .flat_map(|p| p.files())
            .map(told)
            .collect(),
    );
    let damaged = given::report_damage(given.places.as_ref());
    write(args, &pick, &judged, &mut summary)?;
    let found = args
        .fail_on
        .is_some_and(|level| summary.findings_from(level) > 0);
    let cut = over_limit(&judged.found.loss) > 0;
    Ok(
        if lost_rules || cut || damaged || learned.partial || judged.sums.is_partial() {
            Outcome::Incomplete
        } else if found {
            Outcome::Found
        } else {
            Outcome::Ran
        },
    )
}

fn interrupted() -> Outcome {
    console::say(
        "interrupted: the answer breaks off here\n\
         note: findings are known when all is read, so there are none",
    );
    Outcome::Incomplete
}

fn pick(args: &Replay) -> Pick {
    Pick {
        condition: args.condition.clone(),
        order: args.order_by.clone(),
        limit: args.limit,
    }
}

fn reading(args: &Replay) -> Reading<'_> {
    Reading {
        since: args.since,
        until: args.until,
        lateness: args.lateness,
        flow_format: args.flow_format.as_deref(),
        aside: args.rules.aside(),
    }
}

/// What rules could not look at, and what would help.
fn waiting(compilation: &Compilation, paths: &[PathBuf]) -> Waiting {
    let waiting = compilation.inactive.iter().filter(|i| i.emits);
    let needs = given::awaited(waiting.clone().flat_map(|i| i.needs.iter().copied()));
    let is_first_of = |k: &Knowledge| {
        let first = needs.iter().find(|n| Knowledge::OF_ADDRESSES.contains(*n));
        first == Some(k)
    };
    let hints = needs.iter().filter_map(|knowledge| match knowledge {
        Knowledge::Context => {
            let beside = paths.iter().map(|p| p.join(CONTEXT_FILE));
            let beside = beside.into_iter().find(|p| p.is_file());
            Some(match beside {
                Some(file) => format!("`--context {}` gives one", console::path(&file)),
                None => "`--context FILE` gives one; `flowtrail context --help`".to_owned(),
            })
        }
        Knowledge::Baseline => {
            Some("`--learn` judges by these logs, `--baseline FILE` by a file".to_owned())
        }
        // One option for all of them, said once.
        Knowledge::Countries | Knowledge::Systems | Knowledge::Places => {
            is_first_of(knowledge).then(|| "`--geo FILE` tells where addresses are".to_owned())
        }
    });
    let hints: Vec<String> = hints.collect();
    Waiting {
        rules: waiting.count(),
        needs: given::in_words(&needs),
        hint: (!hints.is_empty()).then(|| hints.join("; ")),
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

/// A file of places for the summary.
fn told(file: flowtrail_context::PlacesFile<'_>) -> PlacesFile {
    PlacesFile {
        file: file.name.to_owned(),
        database: file.sort.to_owned(),
        built: file.built,
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
    logs::span(args.since, args.until)?;
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

/// The sums over all findings, picked or not, and all objects.
fn summary(judged: &Judged) -> Summary {
    let mut summary = Summary::new();
    judged.found.findings.iter().for_each(|f| summary.add(f));
    let sums = &judged.sums;
    let mut tally = sums.tally.clone();
    // What could not be looked into counts as one object that failed.
    tally.objects += sums.not_listed;
    tally.objects_failed += sums.not_listed;
    summary.add_tally(&tally);
    let mut listed = 0;
    for p in said_of(sums) {
        if let Some(fault) = p.fault {
            summary.add_problem(&p.name, fault, &p.message);
            listed += 1;
        }
    }
    summary.count_problems(faults(sums).saturating_sub(listed));
    summary.set_elapsed(judged.elapsed);
    summary
}

/// Whatever there is to say of objects, by name.
fn said_of(sums: &Sums) -> Vec<&Problem> {
    let mut all: Vec<&Problem> = sums.problems().chain(sums.remarks()).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// Objects and folders that have a fault as a whole.
fn faults(sums: &Sums) -> u64 {
    let objects = ObjectFault::ALL.into_iter().map(|f| sums.faults(f));
    objects.sum::<u64>() + sums.not_listed
}

fn write(args: &Replay, pick: &Pick, judged: &Judged, summary: &mut Summary) -> anyhow::Result<()> {
    let style = console::style(args.color);
    let mut out = console::stdout();
    // A text is for whoever is to be notified.
    let hides = args.format == Format::Text && !args.suppressed;
    let all = &judged.found.findings;
    let picked = judged.places.iter().filter_map(|place| all.get(*place));
    let picked = picked.filter(|f| !hides || f.suppressed.is_none());
    let picked: Vec<&Finding> = picked.collect();
    if !pick.is_all() {
        summary.set_shown(u64::try_from(picked.len()).unwrap_or(u64::MAX));
    }
    args.format.write_all(picked, &style, &mut out)?;
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
    report(&judged.sums, !args.no_summary);
    report_loss(&judged.found.loss);
    Ok(())
}

/// Says what was met while reading, but for what the summary has said.
fn report(sums: &Sums, summary_shown: bool) {
    for warning in &sums.warnings {
        console::say(&format!("warning: {warning}"));
    }
    let unsaid = |p: &&Problem| !(summary_shown && p.fault.is_some());
    let problems = said_of(sums).into_iter().filter(unsaid);
    let mut shown = 0;
    for p in problems.take(PROBLEMS_SHOWN) {
        shown += 1;
        console::say(&format!(
            "note: {}: {}",
            sanitize(&p.name),
            sanitize(&p.message)
        ));
    }
    let said = if summary_shown { faults(sums) } else { 0 };
    let more = sums.problems_total.saturating_sub(said + shown);
    if more > 0 {
        console::say(&format!("note: and {more} more objects with problems"));
    }
    if let Some(pruned) = sums.pruned() {
        console::say(&format!(
            "note: {pruned}: they were delivered outside of the span of time"
        ));
    }
    if let Some(late) = sums.late() {
        console::say(&format!("note: {late}"));
    }
    if sums.tally.objects + sums.not_listed == 0 {
        console::say("note: there are no files under the given paths");
    }
}
