//! `flowtrail simulate`: realistic logs with labelled attacks in them.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use flowtrail_simulate::{
    Attack, BESIDE, CONTEXT_KEY, FolderStore, PLACES_KEY, Plan, Store, Summary, simulate,
};
use flowtrail_table::IGNORE_FILE;
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::Outcome;
use crate::args::Simulate;
use crate::bucket::BucketStore;
use crate::console;

/// Days of a history: as long as what is usual is remembered.
const HISTORY_DAYS: u32 = 90;
/// What a plan that cannot be followed is introduced with.
const NO_PLAN: &str = "cannot generate that";

pub(crate) fn run(args: &Simulate) -> anyhow::Result<Outcome> {
    if args.list_attacks {
        return list();
    }
    let plan = plan(args);
    let (summary, place) = match (&args.to, &args.folder) {
        (Some(place), _) => {
            plan.check().context(NO_PLAN)?;
            let mut store = BucketStore::open(place, args.force)?;
            let summary = write(&plan, &mut store)?;
            store.finish()?;
            (summary, place.to_string())
        }
        (None, Some(folder)) => {
            check(folder)?;
            plan.check().context(NO_PLAN)?;
            let mut store = FolderStore::new(folder)
                .with_context(|| format!("cannot write into `{}`", console::path(folder)))?;
            (write(&plan, &mut store)?, console::path(folder))
        }
        (None, None) => bail!("no folder to write into"),
    };
    report(&place, &summary);
    if args.to.is_none() {
        let learn = if args.history { " --learn" } else { "" };
        console::say(&format!(
            "next: flowtrail replay{learn} --context {place}/{CONTEXT_KEY} {place}"
        ));
    }
    Ok(Outcome::Ran)
}

fn write(plan: &Plan, store: &mut dyn Store) -> anyhow::Result<Summary> {
    let bar = bar();
    let summary = simulate(plan, store, &mut |p| {
        bar.set_length(p.slots_total);
        bar.set_position(p.slots);
        bar.set_message(format!("{} records", p.events + p.flows));
    })?;
    let mut names = BESIDE.join("\n");
    if plan.history.is_some() {
        names.push('\n');
        names.push_str(PLACES_KEY);
    }
    let beside = format!("# Not logs: what was planted, and what is where.\n{names}\n");
    store.put(IGNORE_FILE, beside.as_bytes())?;
    bar.finish_and_clear();
    Ok(summary)
}

/// Logs of two runs in one folder would be neither.
fn check(folder: &Path) -> anyhow::Result<()> {
    let what = match std::fs::read_dir(folder).map(|mut entries| entries.next()) {
        Ok(Some(_)) => "is not empty",
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => "is a file",
        Ok(None) | Err(_) => return Ok(()),
    };
    bail!(
        "`{}` {what}\nhint: give a new folder, so that logs of two runs are not mixed",
        console::path(folder)
    );
}

fn report(place: &str, summary: &Summary) {
    let done = summary.totals;
    console::say(&format!(
        "wrote {} objects to {place}: {} CloudTrail records, {} flow records, {} of log, {} stored",
        HumanCount(done.objects),
        HumanCount(done.events),
        HumanCount(done.flows),
        DecimalBytes(done.bytes_raw),
        DecimalBytes(done.bytes_stored)
    ));
    match summary.labels.len() {
        0 if summary.anomalies.is_empty() => console::say("planted no attack"),
        0 => {}
        n => console::say(&format!("planted {}:", console::counted(n, "attack"))),
    }
    for label in &summary.labels {
        console::say(&format!(
            "  {}  {}  {:27}  {}",
            label.traces.first_time,
            label.traces.account,
            label.attack.name(),
            label.description
        ));
    }
    if !summary.anomalies.is_empty() {
        let planted = console::counted(summary.anomalies.len(), "attack");
        let lures = summary.lures.len() + summary.negatives.len();
        console::say(&format!(
            "planted {planted} that are unusual rather than known to be bad, and {lures} things \
             that look like one: labels.jsonl, negatives.jsonl"
        ));
    }
}

fn plan(args: &Simulate) -> Plan {
    let mut plan = match (args.history, args.size) {
        (true, size) => {
            let days = args.days.unwrap_or(HISTORY_DAYS);
            size.map_or_else(
                || Plan::history(days, args.seed),
                |size| Plan::history_sized(days, args.seed, size),
            )
        }
        (false, size) => size.map_or_else(Plan::default, Plan::sized),
    };
    plan.seed = args.seed;
    if let Some(start) = args.start {
        plan.start = start;
    }
    if let Some(days) = args.days {
        plan.hours = days.saturating_mul(24);
    }
    if let Some(accounts) = args.accounts {
        plan.accounts = accounts;
    }
    if args.no_attacks {
        plan.attacks.clear();
    } else if !args.attacks.is_empty() {
        plan.attacks.clone_from(&args.attacks);
    }
    plan
}

fn list() -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    for attack in Attack::ALL {
        writeln!(out, "{:28} {}", attack.name(), attack.doc())?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

fn bar() -> ProgressBar {
    if !console::shows_progress() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent}% {msg}, {eta} left") {
        bar.set_style(style);
    }
    bar
}
