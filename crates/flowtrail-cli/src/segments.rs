//! `flowtrail segments`: who opened connections to whom, beside the matrix.

pub(crate) mod args;
pub(crate) mod gather;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use flowtrail_scan::Projections;
use flowtrail_segments::{Counter, Report, Survey, TextStyle};

use crate::Outcome;
use crate::console;
use args::{FailOn, Reporting, Segments, Shape};
use gather::{Gathered, What, gather};

pub(crate) fn run(args: &Segments) -> anyhow::Result<Outcome> {
    match args {
        Segments::Report(args) => report(args),
    }
}

fn report(args: &Reporting) -> anyhow::Result<Outcome> {
    let context = crate::context::load(Some(&args.context))?;
    let context = context.context("there is no context file")?;
    let mut wanted = Projections::default();
    let survey = Survey::plan(&mut wanted.flow, &context);
    let survey = Arc::new(survey.context("cannot prepare the fields")?);
    let what = What {
        paths: &args.paths,
        time: args.time,
        flow_format: args.flow_format.as_deref(),
        jobs: args.jobs,
    };
    let gathered = gather(&what, &wanted, || Counter::new(&survey))?;
    let Gathered {
        sinks,
        reading,
        incomplete,
    } = gathered;
    let mut whole = Counter::new(&survey);
    sinks.into_iter().for_each(|sink| whole.merge(sink));
    let report = whole.report(&reading);
    write(args, &report)?;
    if reading.tally.objects == 0 {
        console::say("note: there are no files under the given paths");
    }
    let found = match args.fail_on {
        Some(FailOn::Violations) => report.violations().next().is_some(),
        None => false,
    };
    Ok(match (incomplete, found) {
        (true, _) => Outcome::Incomplete,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Ran,
    })
}

fn write(args: &Reporting, report: &Report) -> anyhow::Result<()> {
    let style = console::style(args.color);
    let to_file = args.output.is_some();
    let text = match args.format {
        Shape::Text => report.to_text(TextStyle {
            colour: style.colour && !to_file,
            width: style.width.filter(|_| !to_file),
        }),
        Shape::Json => report.to_json(),
        Shape::Html => report.to_html(),
    };
    put(args.output.as_deref(), &text)
}

/// Writes to a file, or to standard output.
pub(crate) fn put(file: Option<&Path>, text: &str) -> anyhow::Result<()> {
    match file {
        Some(path) => std::fs::write(path, text).map_err(|e| console::cannot("write", path, &e)),
        None => {
            let mut out = console::stdout();
            out.write_all(text.as_bytes())?;
            out.flush()?;
            Ok(())
        }
    }
}
