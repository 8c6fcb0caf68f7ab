//! `flowtrail context learn`: a context file proposed from logs.

use std::sync::Arc;

use anyhow::Context as _;
use flowtrail_scan::Projections;
use flowtrail_segments::{Learner, Lesson};

use crate::Outcome;
use crate::console;
use crate::segments::args::Learning;
use crate::segments::gather::{Gathered, What, gather};
use crate::segments::put;

/// Reads the logs and writes the proposal.
///
/// # Errors
/// If a path does not exist, and those of the output.
pub(super) fn run(args: &Learning) -> anyhow::Result<Outcome> {
    let mut wanted = Projections::default();
    let lesson = Lesson::plan(&mut wanted.cloudtrail, &mut wanted.flow);
    let lesson = Arc::new(lesson.context("cannot prepare the fields")?);
    let what = What {
        paths: &args.paths,
        time: args.time,
        flow_format: args.flow_format.as_deref(),
        jobs: args.jobs,
    };
    let Gathered {
        sinks,
        reading,
        incomplete,
    } = gather(&what, &wanted, || Learner::new(&lesson))?;
    let mut whole = Learner::new(&lesson);
    sinks.into_iter().for_each(|sink| whole.merge(sink));
    put(args.output.as_deref(), &whole.proposal())?;
    for (object, reason) in &reading.unread {
        console::say(&format!("warning: {object}: {reason}"));
    }
    let named = u64::try_from(reading.unread.len()).unwrap_or(u64::MAX);
    let more = reading.unread_total.saturating_sub(named);
    if more > 0 {
        console::say(&format!("warning: and {more} more objects with problems"));
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
