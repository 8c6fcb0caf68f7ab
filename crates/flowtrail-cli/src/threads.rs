//! The threads that read logs.

use std::num::NonZeroUsize;

use anyhow::Context as _;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::console;

/// How many threads this machine runs at a time.
pub(crate) fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A runtime for one command.
///
/// # Errors
/// If the system gives no threads.
pub(crate) fn start() -> anyhow::Result<Runtime> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build();
    runtime.context("cannot start the threads that read")
}

/// A runtime on the thread of whoever waits for another one, which may leave no
/// thread to hear that somebody has had enough.
///
/// # Errors
/// If the system gives none.
pub(crate) fn waiting() -> anyhow::Result<Runtime> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .build()
        .context("cannot wait for the threads that read")
}

/// Does `work` with a runtime of its own. A thread may wait for bytes that never
/// come; nobody waits for it.
///
/// # Errors
/// Those of `work`, and if the system gives no threads.
pub(crate) fn with<T>(work: impl FnOnce(&Runtime) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let runtime = start()?;
    let done = work(&runtime);
    runtime.shutdown_background();
    done
}

/// From here on Ctrl-C ends the program: all is read, and what is left is to be
/// written. (Whoever waited for it once keeps it from doing so by itself.)
pub(crate) fn end_at_interrupt(runtime: &Runtime) {
    runtime.spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            console::say("interrupted: the answer breaks off here");
            std::process::exit(Outcome::Incomplete.code().into());
        }
    });
}
