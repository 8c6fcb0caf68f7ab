//! `flowtrail simulate`: realistic logs with labelled attacks in them.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use flowtrail_simulate::{
    Attack, BESIDE, CONTEXT_KEY, FolderStore, Plan, Store as _, Summary, simulate,
};
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::Outcome;
use crate::args::Simulate;
use crate::console;
use crate::objects;

pub(crate) fn run(args: &Simulate) -> anyhow::Result<Outcome> {
    if args.list_attacks {
        return list();
    }
    let Some(folder) = &args.folder else {
        bail!("no folder to write into");
    };
    check(folder)?;
    let plan = plan(args);
    plan.check().context("cannot generate that")?;
    let mut store = FolderStore::new(folder)
        .with_context(|| format!("cannot write into `{}`", console::path(folder)))?;
    let bar = bar();
    let summary = simulate(&plan, &mut store, &mut |p| {
        bar.set_length(p.slots_total);
        bar.set_position(p.slots);
        bar.set_message(format!("{} records", p.events + p.flows));
    })?;
    bar.finish_and_clear();
    let names = BESIDE.join("\n");
    let beside = format!("# Not logs: what was planted, and what is where.\n{names}\n");
    store.put(objects::IGNORE_FILE, beside.as_bytes())?;
    report(folder, &summary);
    Ok(Outcome::Ran)
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

fn report(folder: &Path, summary: &Summary) {
    let done = summary.totals;
    let folder = console::path(folder);
    console::say(&format!(
        "wrote {} objects to {folder}: {} CloudTrail records, {} flow records, {} of log, {} stored",
        HumanCount(done.objects),
        HumanCount(done.events),
        HumanCount(done.flows),
        DecimalBytes(done.bytes_raw),
        DecimalBytes(done.bytes_stored)
    ));
    match summary.labels.len() {
        0 => console::say("planted no attack"),
        n => console::say(&format!("planted {}:", console::counted(n, "attack"))),
    }
    for label in &summary.labels {
        console::say(&format!(
            "  {}  {}  {:27}  {}",
            label.first_time,
            label.account,
            label.attack.name(),
            label.description
        ));
    }
    console::say(&format!(
        "next: flowtrail replay --context {folder}/{CONTEXT_KEY} {folder}"
    ));
}

fn plan(args: &Simulate) -> Plan {
    let mut plan = args.size.map_or_else(Plan::default, Plan::sized);
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
