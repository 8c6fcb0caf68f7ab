//! `flowtrail simulate`: realistic logs with labelled attacks in them.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use flowtrail_simulate::{Attack, FolderStore, LABELS_KEY, Plan, Store as _, simulate};
use indicatif::{ProgressBar, ProgressStyle};

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
    let empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !empty {
        bail!(
            "`{}` is not empty\nhint: give a new folder, so that logs of two runs are not mixed",
            console::path(folder)
        );
    }
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
    let beside = format!("# Not logs: what was planted.\n{LABELS_KEY}\n");
    store.put(objects::IGNORE_FILE, beside.as_bytes())?;
    let done = summary.totals;
    console::say(&format!(
        "{} objects in {}: {} CloudTrail records, {} flow records, {} bytes raw, {} stored",
        done.objects,
        console::path(folder),
        done.events,
        done.flows,
        done.bytes_raw,
        done.bytes_stored
    ));
    for label in &summary.labels {
        console::say(&format!("planted: {}", label.attack.name()));
    }
    Ok(Outcome::Ran)
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
