//! One statement and its answer: planned, streamed, written, accounted for.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use flowtrail_output::Style;
use flowtrail_table::arrow::array::{RecordBatch, RecordBatchOptions};
use flowtrail_table::arrow::datatypes::SchemaRef;
use flowtrail_table::{Engine, QueryError, Run, Statement};
use futures_util::StreamExt as _;
use indicatif::{HumanCount, ProgressBar};

use super::answer::{Out, Writer};
use super::args::AnswerFormat;
use super::heads;
use crate::console;
use crate::progress::Bar;

/// Objects that are named one by one where they could not be read.
const PROBLEMS_SHOWN: usize = 20;

/// How answers are written.
#[derive(Debug, Clone)]
pub(super) struct Manner {
    pub(super) format: AnswerFormat,
    pub(super) style: Style,
    /// Rows that are written; the others are counted.
    pub(super) rows_max: Option<u64>,
    /// Whether rows and time are said when an answer is whole.
    pub(super) timer: bool,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Rows of the answer, those that were only counted among them.
    pub(super) rows: u64,
    /// Something is missing: an object could not be read, or the user had seen
    /// enough.
    pub(super) partial: bool,
    /// The user had seen enough.
    pub(super) interrupted: bool,
}

/// Runs a statement and writes its answer.
///
/// # Errors
/// If it can not be planned or answered, and those of `out`.
pub(super) async fn ask(
    engine: &Engine,
    statement: Statement,
    manner: &Manner,
    out: Out<'_>,
) -> anyhow::Result<Told> {
    let begun = Instant::now();
    let query = engine.run(statement.into_parsed()).await.map_err(said)?;
    let run = Arc::clone(query.run());
    let bar = Bar::new(&run);
    let schema = heads::named(&query.schema());
    let mut answer = Answer {
        manner,
        writer: manner.format.writer(&schema, manner.style.clone())?,
        schema,
        bar: bar.shown(),
        rows: 0,
        full: false,
    };
    let work = async {
        let stream = query.stream().await;
        let mut stream = stream.map_err(|e| said(engine.explain(&e)))?;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|e| said(engine.explain(&e)))?;
            answer.take(&batch, out)?;
        }
        answer.end(out)
    };
    // The first thing that Ctrl-C ends is the reading: dropping the stream does.
    let done: anyhow::Result<bool> = tokio::select! {
        done = work => done.map(|()| true),
        _ = tokio::signal::ctrl_c() => Ok(false),
    };
    drop(bar);
    let interrupted = !done?;
    if interrupted {
        answer.stop(out)?;
        console::say("interrupted: the answer breaks off here");
    }
    answer.say_rest(interrupted);
    let partial = report(&run);
    if manner.timer && !interrupted {
        let rows = HumanCount(answer.rows);
        let s = if answer.rows == 1 { "" } else { "s" };
        console::say(&format!(
            "{rows} row{s} in {:.2} s",
            begun.elapsed().as_secs_f64()
        ));
    }
    Ok(Told {
        rows: answer.rows,
        partial: partial || interrupted,
        interrupted,
    })
}

/// An error as the command line says it: with its hint on a line of its own.
pub(super) fn said(error: QueryError) -> anyhow::Error {
    anyhow!("{error}")
}

/// Rows on their way to the output.
struct Answer<'m> {
    manner: &'m Manner,
    writer: Box<dyn Writer>,
    /// With names for people.
    schema: SchemaRef,
    bar: ProgressBar,
    rows: u64,
    /// There are as many as are to be written; the others are counted.
    full: bool,
}

impl Answer<'_> {
    fn take(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        let columns = batch.columns().to_vec();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = SchemaRef::clone(&self.schema);
        let batch = RecordBatch::try_new_with_options(schema, columns, &options);
        let batch = &batch.map_err(io::Error::other)?;
        let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        let before = self.rows;
        self.rows += rows;
        if self.full {
            return Ok(());
        }
        let room = self.manner.rows_max.map_or(u64::MAX, |max| max - before);
        let bar = self.bar.clone();
        bar.suspend(|| {
            if rows <= room {
                return self.writer.batch(batch, out);
            }
            // They are shown at once: counting the others may take long.
            self.full = true;
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            self.writer.batch(&batch.slice(0, room), out)?;
            self.writer.end(out)?;
            out.flush()
        })
    }

    fn end(&mut self, out: Out<'_>) -> anyhow::Result<()> {
        let bar = self.bar.clone();
        bar.suspend(|| {
            if !self.full {
                self.writer.end(out)?;
            }
            Ok(out.flush()?)
        })
    }

    /// Writes what is there, without pretending that it is all.
    fn stop(&mut self, out: Out<'_>) -> io::Result<()> {
        if !self.full {
            self.writer.flush(out)?;
        }
        out.flush()
    }

    /// Says how many rows were not written.
    fn say_rest(&self, interrupted: bool) {
        let Some(max) = self.manner.rows_max else {
            return;
        };
        let rest = self.rows.saturating_sub(max);
        if rest > 0 {
            let least = if interrupted { "at least " } else { "" };
            let s = if rest == 1 { "" } else { "s" };
            let rest = HumanCount(rest);
            console::say(&format!(
                "… and {least}{rest} more row{s}; --max-rows 0 shows all"
            ));
        }
    }
}

/// Says what the answer lacks. Whether it lacks anything.
fn report(run: &Run) -> bool {
    let sums = run.account().sums();
    if let Some(skipped) = sums.skipped() {
        console::say(&format!("note: {skipped}"));
    }
    let Some(partial) = sums.partial() else {
        return false;
    };
    let problems: Vec<_> = sums.problems().collect();
    for problem in problems.iter().take(PROBLEMS_SHOWN) {
        console::say(&format!(
            "note: {}: {}",
            flowtrail_output::sanitize(&problem.name),
            flowtrail_output::sanitize(&problem.message)
        ));
    }
    if problems.len() > PROBLEMS_SHOWN {
        let more = problems.len() - PROBLEMS_SHOWN;
        console::say(&format!(
            "note: and {more} more; `SELECT * FROM objects` has all of them"
        ));
    }
    console::say(&partial);
    true
}
