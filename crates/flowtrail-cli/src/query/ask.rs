//! One statement and its answer: planned, streamed, written, accounted for.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use flowtrail_output::Style;
use flowtrail_table::arrow::array::{RecordBatch, RecordBatchOptions};
use flowtrail_table::arrow::datatypes::SchemaRef;
use flowtrail_table::{Engine, QueryError, Run, Statement};
use futures_util::StreamExt as _;
use indicatif::{HumanCount, ProgressBar};
use tokio::runtime::Handle;

use super::answer::{Out, Writer};
use super::args::AnswerFormat;
use super::heads;
use crate::console;
use crate::progress::Bar;

/// Objects that are named one by one where they could not be read.
const PROBLEMS_SHOWN: usize = 20;

/// How long somebody who has had enough waits for whoever reads to end.
#[cfg(feature = "cluster")]
const CLUSTER_HEARS_WITHIN: Duration = Duration::from_secs(2);

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

/// What a statement is asked of, where it is answered and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'s> {
    pub(super) engine: &'s Engine,
    pub(super) computing: &'s Handle,
    pub(super) manner: &'s Manner,
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
    place: Place<'_>,
    statement: Statement,
    out: Out<'_>,
) -> anyhow::Result<Told> {
    let Place { engine, manner, .. } = place;
    let begun = Instant::now();
    let query = engine.run(statement.into_parsed()).await.map_err(said)?;
    let run = Arc::clone(query.run());
    let bar = Bar::new(&run);
    let schema = heads::named(&query.schema());
    let mut answer = Answer {
        manner,
        writer: manner.format.writer(&schema, manner.style)?,
        schema,
        bar: bar.shown(),
        rows: 0,
        full: false,
    };
    let (send, mut batches) = tokio::sync::mpsc::channel(1);
    let reading = place.computing.spawn(async move {
        match query.stream().await {
            Ok(mut stream) => {
                while let Some(batch) = stream.next().await {
                    if send.send(batch).await.is_err() {
                        break;
                    }
                }
            }
            // If nobody listens any more, nobody misses it.
            Err(e) => drop(send.send(Err(e)).await),
        }
    });
    let work = async {
        while let Some(batch) = batches.recv().await {
            let batch = batch.map_err(|e| said(engine.explain(&e)))?;
            answer.take(&batch, out)?;
        }
        Ok(())
    };
    let done: anyhow::Result<bool> = tokio::select! {
        done = work => done.map(|()| true),
        _ = tokio::signal::ctrl_c() => Ok(false),
    };
    // Whatever ended it ends the reading; what panicked is no whole answer.
    let read = if matches!(done, Ok(true)) {
        reading
            .await
            .context("a thread of the query stopped on an internal error")
    } else {
        reading.abort();
        // A cluster has to hear of it before this program ends.
        #[cfg(feature = "cluster")]
        drop(tokio::time::timeout(CLUSTER_HEARS_WITHIN, reading).await);
        Ok(())
    };
    drop(bar);
    let interrupted = !done?;
    read?;
    if interrupted {
        answer.stop(out)?;
        console::say("interrupted: the answer breaks off here");
    } else {
        answer.end(out)?;
    }
    Ok(answer.sum(&run, begun.elapsed(), interrupted))
}

/// An error as the command line says it: with its hint on a line of its own.
pub(super) fn said(mut error: QueryError) -> anyhow::Error {
    // A statement that writes is refused: logs are only read here.
    if error.message.starts_with("DML not supported") {
        let hint = "`--output FILE` writes an answer, in the format of its ending";
        error.hint.get_or_insert(hint.to_owned());
    }
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
        if !self.full && self.rows > 0 {
            self.writer.flush(out)?;
        }
        out.flush()
    }

    /// Says what there is to say when the rows are written.
    fn sum(&self, run: &Run, elapsed: Duration, interrupted: bool) -> Told {
        self.say_rest(interrupted);
        let partial = report(run);
        if self.manner.timer && !interrupted {
            let rows = HumanCount(self.rows);
            let s = if self.rows == 1 { "" } else { "s" };
            let secs = elapsed.as_secs_f64();
            console::say(&format!("{rows} row{s} in {secs:.2} s"));
        }
        Told {
            rows: self.rows,
            partial: partial || interrupted,
            interrupted,
        }
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
pub(crate) fn report(run: &Run) -> bool {
    let sums = run.account().sums();
    if !sums.executors.is_empty() {
        console::say(&format!(
            "note: read by {}",
            console::counted(sums.executors.len(), "executor")
        ));
        for warning in &sums.warnings {
            console::say(&format!("note: {}", flowtrail_output::sanitize(warning)));
        }
    }
    if let Some(skipped) = sums.skipped() {
        console::say(&format!("note: {skipped}"));
    }
    if let Some(late) = sums.late() {
        console::say(&format!("note: {late}"));
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
