//! `flowtrail context learn`: a context file proposed from logs.

use std::sync::Arc;

use anyhow::Context as _;
use flowtrail_scan::Projections;
use flowtrail_segments::{Learner, Lesson};

use crate::Outcome;
use crate::console;
use crate::segments::args::Learning;
use crate::segments::gather::{Gathered, gather};
use crate::segments::{options, put};

/// Reads the logs and writes the proposal.
///
/// # Errors
/// If a path does not exist, and those of the output.
pub(super) fn run(args: &Learning) -> anyhow::Result<Outcome> {
    let mut wanted = Projections::default();
    let lesson = Lesson::plan(&mut wanted.cloudtrail, &mut wanted.flow);
    let lesson = Arc::new(lesson.context("cannot prepare the fields")?);
    let options = options(&args.time, args.flow_format.as_deref())?;
    let Gathered {
        sinks,
        reading,
        incomplete,
    } = gather(&args.paths, &wanted, &options, args.jobs, || {
        Learner::new(&lesson)
    })?;
    let mut whole = Learner::new(&lesson);
    sinks.into_iter().for_each(|sink| whole.merge(sink));
    put(args.output.as_deref(), &whole.proposal())?;
    for (object, reason) in &reading.unread {
        console::say(&format!("warning: {object}: {reason}"));
    }
    if reading.tally.evaluated == 0 {
        console::say("note: there are no records under the given paths");
    }
    Ok(if incomplete {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}
