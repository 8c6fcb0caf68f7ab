//! `flowtrail baseline merge`: one file of several.

use anyhow::anyhow;
use flowtrail_output::sanitize;

use super::args::Merge;
use super::build::{forget, say};
use super::{history, write};
use crate::Outcome;
use crate::console;

/// Merges files.
///
/// # Errors
/// If one is none, if they do not fit together, and those of the output.
pub(super) fn run(args: &Merge) -> anyhow::Result<Outcome> {
    let mut all = None;
    for path in &args.files {
        let next = history(path)?;
        match &mut all {
            None => all = Some(next),
            Some(all) => all.unite(next).map_err(|e| {
                let file = console::path(path);
                anyhow!("cannot add `{}`: {e}", sanitize(&file))
            })?,
        }
    }
    let mut all = all.ok_or_else(|| anyhow!("there is nothing to merge"))?;
    if args.forget {
        forget(&mut all);
    }
    let baseline = write(&all, &args.output)?;
    say(&baseline, &args.output, args.format)?;
    Ok(Outcome::Ran)
}
