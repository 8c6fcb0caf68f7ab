//! `flowtrail baseline build`: a file of what logs show.

use std::sync::Arc;

use flowtrail_baseline::{Baseline, Calendar, Day, History};
use flowtrail_context::Places;
use flowtrail_output::write_json_line;
use flowtrail_scan::{Chronicle, Chronicler, Projections};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;

use super::args::{Build, Shape};
use super::{days, write};
use crate::Outcome;
use crate::console::{self, counted};
use crate::given;
use crate::segments::gather::{Gathered, What, gather};

/// Reads the logs and writes the file.
///
/// # Errors
/// If a path does not exist, and those of the output.
pub(super) fn run(args: &Build) -> anyhow::Result<Outcome> {
    let what = What {
        paths: &args.paths,
        time: args.time,
        flow_format: args.flow_format.as_deref(),
        jobs: args.jobs,
    };
    let (mut history, incomplete) = read(
        &what,
        args.days.calendar(),
        given::places(&args.geo)?.as_ref(),
    )?;
    if args.forget {
        forget(&mut history);
    }
    let baseline = write(&history, &args.output)?;
    if baseline.header().records == 0 {
        console::say("note: there are no records under the given paths");
    }
    say(&baseline, &args.output, args.format)?;
    Ok(if incomplete {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}

/// What logs show, with words, and whether something could not be read.
pub(super) fn read(
    what: &What<'_>,
    calendar: Calendar,
    places: Option<&Arc<Places>>,
) -> anyhow::Result<(History, bool)> {
    let mut wanted = Projections::default();
    let chronicle = Arc::new(Chronicle::for_a_file(&mut wanted, calendar, places));
    let Gathered {
        sinks,
        reading,
        incomplete,
    } = gather(what, &wanted, || Chronicler::new(&chronicle))?;
    for (object, reason) in &reading.unread {
        console::say(&format!("warning: {object}: {reason}"));
    }
    let named = u64::try_from(reading.unread.len()).unwrap_or(u64::MAX);
    let more = reading.unread_total.saturating_sub(named);
    if more > 0 {
        console::say(&format!("warning: and {more} more objects with problems"));
    }
    Ok((Chronicler::history(sinks, calendar), incomplete))
}

/// Leaves out what nobody remembers the day after the last.
pub(super) fn forget(history: &mut History) {
    if let Some(last) = history.last() {
        history.forget(Day(last.0.saturating_add(1)));
    }
}

/// What was written.
pub(super) fn say(baseline: &Baseline, path: &Path, shape: Shape) -> anyhow::Result<()> {
    let mut out = console::stdout();
    match shape {
        Shape::Text => {
            let header = baseline.header();
            let file = console::path(path);
            let (days, records) = (days(baseline), header.records);
            let seen = usize::try_from(header.sightings()).unwrap_or(usize::MAX);
            let seen = counted(seen, "thing");
            writeln!(
                out,
                "{file}: baseline {}, {seen} seen in {records} records of {days}",
                baseline.id()
            )?;
        }
        Shape::Json => write_json_line(&summary(baseline, path), &mut out)?,
    }
    out.flush()?;
    Ok(())
}

/// What a file says of itself.
pub(super) fn summary(baseline: &Baseline, path: &Path) -> Value {
    let header = baseline.header();
    let day = |day: Option<Day>| day.map(|d| d.to_string());
    json!({
        "file": path.to_string_lossy(), "id": baseline.id(),
        "first": day(header.first), "last": day(header.last),
        "records": header.records, "sightings": header.sightings(),
        "keys": header.keys, "bytes": header.all_bytes(),
        "calendar": header.calendar,
    })
}
