//! `flowtrail compact`: raw logs to sorted, partitioned Parquet.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail};
use flowtrail_output::sanitize;
use flowtrail_scan::{ScanOptions, TimeSpan};
use flowtrail_table::{
    CompactOptions, CompactProgress, Compacted, Compactor, Destination, ListSettings, LogKind,
    Place, Planned, REDELIVERY_MAX, Source, SourceObject, Stop, StoredLogs, Told, Verified, Wanted,
    list, verify,
};
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressStyle};
use tokio::runtime::{Handle, Runtime};

use crate::Outcome;
use crate::args::Compact;
use crate::console;
use crate::logs;
use crate::threads::cores;

/// Objects that are named one by one; the rest is counted.
const PROBLEMS_SHOWN: usize = 20;

pub(crate) fn run(args: &Compact) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the threads that work")?;
    let ended = begin(args, &runtime);
    // A thread that still sorts for a run that was given up need not end first.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

fn begin(args: &Compact, runtime: &Runtime) -> anyhow::Result<Outcome> {
    let sources = args.sources.iter().map(|word| logs::source(word, runtime));
    let sources: Arc<[Source]> = sources.collect::<anyhow::Result<_>>()?;
    let dest = destination(&args.to, args.verify || args.dry_run, runtime)?;
    runtime.block_on(async {
        if args.verify {
            return Ok(verified(&verify(&dest).await?));
        }
        compact(args, sources, dest).await
    })
}

/// Where to. What is only looked at is not made.
pub(crate) fn destination(
    word: &OsString,
    only_look: bool,
    runtime: &Runtime,
) -> anyhow::Result<Destination> {
    if word.to_str().is_some_and(|w| w.starts_with("s3://")) {
        let Source::Bucket(bucket) = logs::source(word, runtime)? else {
            bail!("`{}` is no bucket", word.to_string_lossy());
        };
        let (store, prefix) = (Arc::clone(bucket.store()), bucket.prefix().clone());
        return Ok(Destination::bucket(store, prefix, &bucket.to_string()));
    }
    let folder = Path::new(word);
    if !only_look {
        return Ok(Destination::folder(folder)?);
    }
    Ok(Destination::to_look_at(folder)?)
}

async fn compact(
    args: &Compact,
    sources: Arc<[Source]>,
    dest: Destination,
) -> anyhow::Result<Outcome> {
    let wanted = Wanted {
        since: args.since,
        until: args.until,
        // Seldom is anybody as late, and nobody looks for it a second time.
        lateness: REDELIVERY_MAX,
        // What AWS names as a log of another service is not worth reading.
        logs: Some(LogKind::OURS.into()),
        ..Wanted::default()
    };
    let settings = ListSettings {
        etags: true,
        ..ListSettings::default()
    };
    let listing = list(&sources, &wanted, &settings).await?;
    for warning in &listing.warnings {
        console::say(&format!("warning: {warning}"));
    }
    let lost: Vec<_> = listing
        .not_listed
        .iter()
        .filter(|n| n.kind.is_loss())
        .collect();
    for place in &lost {
        console::say(&format!(
            "warning: {}: {}",
            sanitize(&place.name),
            place.reason
        ));
    }
    if Place::can_leave_out(dest.name()) {
        console::say(&format!(
            "warning: `{}` names a day or an account: queries over a folder above it may pass it \
             by\nhint: compact into a folder beside the logs",
            sanitize(dest.name())
        ));
    }
    let (stored, mut objects) = StoredLogs::new(sources, listing.objects, Handle::current());
    // What was compacted before is no raw log.
    objects.retain(|o| !dest.holds(&o.id));
    if objects.is_empty() {
        bail!(
            "there is nothing to compact\nhint: give log files, folders of them, or s3://bucket/prefix"
        );
    }
    let compactor = Compactor {
        dest,
        sources: Arc::new(stored),
        options: options(args)?,
        stop: Stop::default(),
        progress: Arc::default(),
    };
    let planned = compactor.plan(&objects).await?;
    if args.dry_run {
        planned_run(&planned, &compactor.dest);
        return Ok(Outcome::Ran);
    }
    let done = watched(&compactor, &planned, &objects).await;
    report(&done, &compactor.dest);
    match done.ended {
        Some(error) => Err(error.into()),
        None if lost.is_empty() && done.problems.total == 0 => Ok(Outcome::Ran),
        None => Ok(Outcome::Incomplete),
    }
}

/// Runs with a progress bar, and ends the round when somebody interrupts.
async fn watched(compactor: &Compactor, planned: &Planned, objects: &[SourceObject]) -> Compacted {
    let bar = bar(planned.bytes);
    let (stop, progress) = (compactor.stop.clone(), Arc::clone(&compactor.progress));
    let shown = bar.clone();
    let watch = tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {
                    stop.ask();
                    console::say("stopping; what was committed stays");
                    return;
                }
                () = tokio::time::sleep(Duration::from_millis(200)) => show(&shown, &progress),
            }
        }
    });
    let done = compactor.run(objects).await;
    watch.abort();
    bar.finish_and_clear();
    done
}

fn show(bar: &ProgressBar, progress: &CompactProgress) {
    bar.set_position(progress.bytes.load(Ordering::Relaxed));
    let objects = progress.objects.load(Ordering::Relaxed);
    let rows = progress.rows.load(Ordering::Relaxed);
    bar.set_message(format!(
        "{} objects, {} rows",
        HumanCount(objects),
        HumanCount(rows)
    ));
}

fn bar(bytes: u64) -> ProgressBar {
    if !console::shows_progress() || bytes == 0 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes);
    let template = "{bar:30} {decimal_bytes} of {decimal_total_bytes} stored, {msg}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn options(args: &Compact) -> anyhow::Result<CompactOptions> {
    let defaults = CompactOptions::default();
    let flow_format = args
        .flow_format
        .as_deref()
        .map(flowtrail_flowlog::Format::parse);
    Ok(CompactOptions {
        jobs: args.jobs.unwrap_or_else(cores),
        memory_bytes: args
            .memory
            .and_then(|m| usize::try_from(m).ok())
            .unwrap_or(defaults.memory_bytes),
        spill: args.spill.clone().unwrap_or(defaults.spill),
        round_bytes: args.round.unwrap_or(defaults.round_bytes),
        scan: ScanOptions {
            span: TimeSpan {
                since: args.since,
                until: args.until,
            },
            flow_format: flow_format
                .transpose()
                .context("cannot read --flow-format")?,
        },
        ..CompactOptions::default()
    })
}

fn planned_run(planned: &Planned, dest: &Destination) {
    console::say(&format!(
        "would take {} ({} stored) into {}; {} known already",
        objects(planned.objects),
        DecimalBytes(planned.bytes),
        sanitize(dest.name()),
        HumanCount(planned.known)
    ));
}

fn report(done: &Compacted, dest: &Destination) {
    told("warning", &done.problems);
    told("note", &done.remarks);
    if done.not_logs > 0 {
        let aside = objects(done.not_logs);
        console::say(&format!("note: {aside} left aside: no log"));
    }
    console::say(&format!(
        "took {} records of {} into {}: {} rows, {} copies, {} skipped; {} known already",
        HumanCount(done.tally.records),
        objects(done.tally.objects),
        sanitize(dest.name()),
        HumanCount(done.rows),
        HumanCount(done.duplicates),
        HumanCount(done.tally.skipped_total()),
        HumanCount(done.known)
    ));
    console::say(&format!(
        "state {}: {}, {}",
        done.generation,
        console::counted(usize::try_from(done.parts).unwrap_or(usize::MAX), "file"),
        DecimalBytes(done.bytes)
    ));
}

fn told(how: &str, told: &Told) {
    for problem in told.listed.iter().take(PROBLEMS_SHOWN) {
        let name = sanitize(&problem.name);
        console::say(&format!("{how}: {name}: {}", sanitize(&problem.message)));
    }
    let shown = told.listed.len().min(PROBLEMS_SHOWN) as u64;
    if told.total > shown {
        console::say(&format!("{how}: and {} more", objects(told.total - shown)));
    }
}

fn objects(n: u64) -> String {
    console::counted(usize::try_from(n).unwrap_or(usize::MAX), "object")
}

fn verified(found: &Verified) -> Outcome {
    for problem in &found.problems {
        console::say(&format!("error: {}", sanitize(problem)));
    }
    let totals = &found.totals;
    let skipped: u64 = totals.skipped.values().sum();
    console::say(&format!(
        "state {}: {} records = {} rows + {} copies + {} skipped; {} rows in {}",
        found.generation,
        HumanCount(totals.records),
        HumanCount(totals.rows),
        HumanCount(totals.duplicates),
        HumanCount(skipped),
        HumanCount(found.rows),
        console::counted(usize::try_from(found.parts).unwrap_or(usize::MAX), "file")
    ));
    if found.problems.is_empty() {
        Outcome::Ran
    } else {
        Outcome::Incomplete
    }
}
