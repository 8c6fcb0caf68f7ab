//! The rules over logs, as a statement of the engine: `SELECT finding_no FROM
//! findings`, with the findings themselves kept aside.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use flowtrail_context::{Context, Places};
use flowtrail_detect::DetectLoss;
use flowtrail_table::arrow::array::{AsArray as _, RecordBatch};
use flowtrail_table::arrow::datatypes::Int64Type;
use flowtrail_table::functions::Knowledge;
use flowtrail_table::{
    Engine, EngineOptions, Found, Kept, Logs, OtherTable, Pick, QueryError, Rulebook, Ruling, Sums,
};
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;

use crate::console;
use crate::progress::Bar;

/// What is to be judged, and by what.
pub(crate) struct Judge {
    pub(crate) rules: Ruling,
    pub(crate) logs: Logs,
    /// For functions of the pick, such as `environment()`.
    pub(crate) context: Option<Arc<Context>>,
    /// For `country()` and its like.
    pub(crate) places: Option<Arc<Places>>,
    pub(crate) jobs: Option<NonZeroUsize>,
    pub(crate) pick: Pick,
}

/// What it came to.
pub(crate) struct Judged {
    /// Every finding, by time.
    pub(crate) found: Arc<Found>,
    /// Of these, the places of those that were picked, in their order.
    pub(crate) places: Vec<usize>,
    pub(crate) sums: Sums,
    pub(crate) elapsed: Duration,
}

impl Judge {
    /// Reads the logs and judges them. `None` if the user had seen enough.
    ///
    /// # Errors
    /// If the pick is none, a source cannot be looked into, or a worker breaks.
    pub(crate) fn run(self, runtime: &Runtime) -> anyhow::Result<Option<Judged>> {
        runtime.block_on(async {
            tokio::select! {
                judged = self.judged() => judged.map(Some),
                // The reading ends with the stream, which is dropped.
                _ = tokio::signal::ctrl_c() => Ok(None),
            }
        })
    }

    async fn judged(self) -> anyhow::Result<Judged> {
        let begun = Instant::now();
        let kept = Arc::new(Kept::default());
        let engine = Engine::new(EngineOptions {
            logs: self.logs,
            threads: self.jobs.map(NonZeroUsize::get),
            knowledge: Knowledge {
                context: self.context,
                places: self.places,
            },
            ..EngineOptions::default()
        })?;
        let rules = Arc::new(Rulebook::of(self.rules));
        engine.add_rules(&rules, Some(Arc::clone(&kept)))?;
        let (places, mut sums) = places(&engine, &self.pick).await?;
        let mut found = kept.take();
        if found.is_none() {
            // Nothing can be picked, so nothing was read. It is counted all the
            // same.
            (_, sums) = self::places(&engine, &Pick::default()).await?;
            found = kept.take();
        }
        Ok(Judged {
            found: found.context("the findings were not kept")?,
            places,
            sums,
            elapsed: begun.elapsed(),
        })
    }
}

/// The places of the findings that are picked, and the account of all that was
/// read for them.
async fn places(engine: &Engine, pick: &Pick) -> anyhow::Result<(Vec<usize>, Sums)> {
    let statement = pick.statement()?.into_parsed();
    let query = engine.run(statement).await.map_err(with_columns)?;
    let run = Arc::clone(query.run());
    let bar = Bar::new(&run);
    let explained = |e| with_columns(engine.explain(&e));
    let mut stream = query.stream().await.map_err(explained)?;
    let mut places = Vec::new();
    while let Some(batch) = stream.next().await {
        places.extend(numbers(&batch.map_err(explained)?));
    }
    drop(bar);
    Ok((places, run.account().sums()))
}

/// Where columns are listed, for whoever has no shell to `DESCRIBE` in.
fn with_columns(error: QueryError) -> QueryError {
    let describe = format!("`DESCRIBE {}`", OtherTable::Findings.name());
    let tables = format!("`flowtrail query --tables {}`", OtherTable::Findings.name());
    QueryError {
        hint: error.hint.map(|hint| hint.replace(&describe, &tables)),
        ..error
    }
}

fn numbers(batch: &RecordBatch) -> Vec<usize> {
    let column = batch.columns().first();
    let column = column.and_then(|c| c.as_primitive_opt::<Int64Type>());
    let numbers = column.into_iter().flat_map(|c| c.values().iter());
    numbers.filter_map(|n| usize::try_from(*n).ok()).collect()
}

/// Findings, and matches for windows, that were counted and not kept: with any
/// of them an answer is not whole.
pub(crate) const fn over_limit(loss: &DetectLoss) -> u64 {
    let windows = &loss.windows;
    loss.findings_over_limit + windows.over_limit + windows.groups_over_limit
}

/// Matches that were counted and not kept are said, never silent.
pub(crate) fn report_loss(loss: &DetectLoss) {
    let windows = &loss.windows;
    for (n, what) in [
        (
            loss.findings_over_limit,
            "findings beyond the limit were counted and not kept",
        ),
        (
            loss.no_time,
            "matches for correlations had no time and could not be placed in a window",
        ),
        (
            windows.late,
            "matches for correlations came too late: by its key their object was delivered more \
             than --lateness after them",
        ),
        (
            windows.over_limit,
            "matches for correlations were beyond the limit of open windows",
        ),
        (
            windows.groups_over_limit,
            "matches for correlations were beyond the limit of groups",
        ),
    ] {
        if n > 0 {
            console::say(&format!("warning: {n} {what}"));
        }
    }
}
