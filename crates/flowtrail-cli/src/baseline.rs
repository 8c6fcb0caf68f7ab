//! `flowtrail baseline`: files of what is usual.

pub(crate) mod args;
mod build;
mod diff;
mod explain;
mod merge;
mod show;
mod usual;

use std::path::Path;

use anyhow::anyhow;
use flowtrail_baseline::{Baseline, Entry, History};

use crate::Outcome;
use crate::console;
use crate::memory::{in_file, load};
use crate::query::output::Output;
use args::Baseline as Command;

/// Does what was asked.
///
/// # Errors
/// If files or logs can not be read, and those of the output.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Build(args) => build::run(args),
        Command::Merge(args) => merge::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Show(args) => show::run(args),
        Command::Explain(args) => explain::run(args),
    }
}

/// Makes a history a file, which is there whole or not at all, and gives what
/// it is.
fn write(history: &History, path: &Path) -> anyhow::Result<Baseline> {
    let bytes = history.write().map_err(|e| in_file(path, &e))?;
    let mut out = Output::open(Some(path))?;
    if let Err(error) = out.writer().write_all(&bytes) {
        out.discard();
        return Err(console::cannot("write", path, &error));
    }
    out.keep()?;
    Baseline::read(bytes).map_err(|e| in_file(path, &e))
}

/// What a file says in words.
fn entries(baseline: &Baseline, path: &Path) -> anyhow::Result<Vec<Entry>> {
    let entries = baseline.entries().map_err(|e| in_file(path, &e))?;
    entries.ok_or_else(|| anyhow!("{}: its words are cut off", console::path(path)))
}

/// A file and what it was made of.
fn history(path: &Path) -> anyhow::Result<History> {
    let history = load(path)?.history().map_err(|e| in_file(path, &e))?;
    history.ok_or_else(|| anyhow!("{}: its words are cut off", console::path(path)))
}

/// The days of records, for people.
fn days(baseline: &Baseline) -> String {
    let header = baseline.header();
    match header.first.zip(header.last) {
        Some((first, last)) => format!("{first} to {last}"),
        None => "no days".to_owned(),
    }
}
