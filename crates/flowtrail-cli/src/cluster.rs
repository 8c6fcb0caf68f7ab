//! `flowtrail cluster`: the servers that `flowtrail query --cluster` asks, each
//! a process of its own.

pub(crate) mod args;
mod said;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{anyhow, bail};
use flowtrail_table::functions::Knowledge;
use flowtrail_table::{Bucket, ClusterError, ExecutorOptions, OpenBucket, executor, scheduler};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::Outcome;
use crate::console;
use crate::{logs, threads};
use args::{Cluster, Executor, Scheduler};

/// Does what was asked.
///
/// # Errors
/// If a server cannot begin, or breaks off.
pub(crate) fn run(args: &Cluster) -> anyhow::Result<Outcome> {
    match args {
        Cluster::Scheduler(args) => schedule(args),
        Cluster::Executor(args) => execute(args),
    }
}

fn schedule(args: &Scheduler) -> anyhow::Result<Outcome> {
    said::listen(args.verbose);
    threads::with(|runtime| {
        let serving = scheduler(args.bind, |address| {
            console::say(&format!("scheduler: listening at {address}"));
        });
        runtime.block_on(serving).map_err(said)?;
        Ok(Outcome::Ran)
    })
}

fn execute(args: &Executor) -> anyhow::Result<Outcome> {
    said::listen(args.verbose);
    let knowledge = Knowledge {
        context: crate::context::load(args.context.as_deref())?,
        places: crate::given::places(&args.geo)?,
    };
    let work = work(args.spill.as_deref())?;
    let threads = args.threads.unwrap_or_else(threads::cores);
    threads::with(|runtime| {
        let options = ExecutorOptions {
            scheduler: args.scheduler.clone(),
            bind: args.bind,
            advertise: args.advertise.clone(),
            threads: threads.get(),
            memory_bytes: args
                .memory
                .map(|m| usize::try_from(m).unwrap_or(usize::MAX)),
            work: work.path().to_owned(),
            knowledge,
            open: opener(runtime.handle().clone()),
        };
        let serving = executor(options, |address| {
            let scheduler = &args.scheduler;
            console::say(&format!(
                "executor: listening at {address}, working for {scheduler} with {threads} threads"
            ));
        });
        let asked = Arc::new(AtomicBool::new(false));
        runtime.spawn(end(Arc::clone(&asked)));
        runtime.block_on(serving).map_err(said)?;
        if !asked.load(Ordering::Relaxed) {
            bail!("the executor stopped by itself; what it said before tells why");
        }
        Ok(Outcome::Ran)
    })
}

/// Waits for a signal that ends a server.
async fn end(asked: Arc<AtomicBool>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => drop(tokio::signal::ctrl_c().await),
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
    asked.store(true, Ordering::Relaxed);
}

/// A folder for this process alone, which goes with it.
fn work(below: Option<&Path>) -> anyhow::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("flowtrail-executor-");
    let folder = below.map_or_else(|| builder.tempdir(), |below| builder.tempdir_in(below));
    let default = std::env::temp_dir();
    folder.map_err(|e| console::cannot("write into", below.unwrap_or(&default), &e))
}

/// Opens a bucket as a query of this machine does, from a thread that may not
/// wait by itself.
fn opener(runtime: Handle) -> OpenBucket {
    Arc::new(move |name| {
        let place = name.strip_prefix("s3://").unwrap_or(name).to_owned();
        let runtime = runtime.clone();
        let opening = std::thread::spawn(move || -> Result<Bucket, String> {
            let opened = runtime.block_on(logs::bucket(&place));
            opened.map_err(|e| format!("{e:#}"))
        });
        // Who waits here may be a worker of the runtime, and what wakes the opening
        // in the line of that worker: it hands its line on before it waits.
        let wait = || opening.join();
        let opened = match Handle::try_current() {
            Ok(here) if here.runtime_flavor() == RuntimeFlavor::MultiThread => {
                tokio::task::block_in_place(wait)
            }
            Ok(_) | Err(_) => wait(),
        };
        opened.unwrap_or_else(|_| Err("a thread stopped on an internal error".to_owned()))
    })
}

fn said(error: ClusterError) -> anyhow::Error {
    anyhow!("{error}")
}
