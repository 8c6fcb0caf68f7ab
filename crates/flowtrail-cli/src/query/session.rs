//! An engine over the logs that were named, and how its answers are written.

use std::ffi::OsString;
use std::io::IsTerminal as _;

use anyhow::{Context as _, anyhow, bail};
use flowtrail_table::{Engine, EngineOptions, LogTable, OtherTable, Statement};
use tokio::runtime::Runtime;

use super::args::{AnswerFormat, Query};
use super::ask::{self, Manner, Place, Told};
use super::logs::{self, Rules};
use super::output::Output;
use crate::Outcome;
use crate::console;
use crate::given;
use crate::threads;

/// Rows of a table on a terminal: more than are read, fewer than scroll away
/// what was asked.
const ROWS_MAX: u64 = 100;

/// How statements ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// The user had seen enough.
    pub(super) interrupted: bool,
}

impl Ended {
    /// All of them were answered.
    pub(super) const WELL: Self = Self {
        outcome: Outcome::Ran,
        interrupted: false,
    };
}

pub(super) struct Session {
    pub(super) engine: Engine,
    /// Where answers are computed; there until the end.
    computing: Option<Runtime>,
    /// Where they are waited for. It is another one, because whoever computes
    /// may leave no thread to hear that somebody has had enough.
    waiting: Runtime,
    pub(super) manner: Manner,
    rules: Rules,
    /// Whether there are logs to read.
    pub(super) has_logs: bool,
}

impl Session {
    /// # Errors
    /// If the logs or the context can not be used.
    pub(super) fn open(
        args: &Query,
        words: &[OsString],
        format: AnswerFormat,
    ) -> anyhow::Result<Self> {
        #[cfg(not(feature = "cluster"))]
        if args.cluster.is_some() {
            bail!(
                "this flowtrail is built without clusters\n\
                 hint: `cargo install --path crates/flowtrail-cli --features cluster` builds one \
                 with them, or leave --cluster out"
            );
        }
        let computing = threads::start()?;
        let waiting = threads::waiting()?;
        let given = given::load(&args.rules)?;
        let words: Vec<OsString> = words.iter().chain(&args.sources).cloned().collect();
        let logs = logs::open(args, &words, &computing)?;
        let has_logs = !logs.sources.is_empty();
        let engine = Engine::new(EngineOptions {
            logs,
            memory_bytes: args
                .memory
                .map(|m| usize::try_from(m).unwrap_or(usize::MAX)),
            threads: args.threads.map(std::num::NonZeroUsize::get),
            spill: args.spill.clone(),
            #[cfg(feature = "cluster")]
            cluster: args.cluster.as_deref().map(flowtrail_table::Cluster::at),
            knowledge: logs::knowledge(&given),
            ..EngineOptions::default()
        });
        let engine = engine.map_err(ask::said)?;
        let rules = Rules::add(&engine, args, given)?;
        Ok(Self {
            engine,
            computing: Some(computing),
            waiting,
            manner: manner(args, format),
            rules,
            has_logs,
        })
    }

    /// Runs statements one after the other. What they have in common is the
    /// output.
    ///
    /// # Errors
    /// That of the first one that fails.
    pub(super) fn run(
        &self,
        statements: Vec<Statement>,
        out: &mut Output,
    ) -> anyhow::Result<Ended> {
        let mut ended = Ended::WELL;
        if statements.len() > 1 && self.manner.format == AnswerFormat::Parquet {
            return Err(one_for_parquet());
        }
        for statement in statements {
            let told = self.ask(statement, out)?;
            if told.partial {
                ended.outcome = Outcome::Incomplete;
            }
            if told.interrupted {
                ended.interrupted = true;
                break;
            }
        }
        Ok(ended)
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// If it can not be answered.
    pub(super) fn ask(&self, statement: Statement, out: &mut Output) -> anyhow::Result<Told> {
        if !self.has_logs
            && let Some(table) = statement.relations().into_iter().find(|t| is_ours(t))
        {
            bail!(
                "there are no logs for `{table}`\nhint: name files, folders or s3://bucket/prefix \
                 behind the statement, or with --source"
            );
        }
        self.rules.prepare(&statement)?;
        let computing = self.computing.as_ref().context("the session is over")?;
        let place = Place {
            engine: &self.engine,
            computing: computing.handle(),
            manner: &self.manner,
        };
        let asked = ask::ask(place, statement, out.writer());
        let told = self.waiting.block_on(asked)?;
        let partial = told.partial | self.rules.settle();
        Ok(Told { partial, ..told })
    }
}

impl Drop for Session {
    /// A thread may wait for bytes that never come; nobody waits for it.
    fn drop(&mut self) {
        if let Some(computing) = self.computing.take() {
            computing.shutdown_background();
        }
    }
}

/// Whoever reads the file would see the last one.
pub(super) fn one_for_parquet() -> anyhow::Error {
    anyhow!(
        "a Parquet file holds the answer of one statement, and these are more\n\
         hint: ask them one by one, or in another format"
    )
}

/// Whether a table is over the logs that the user names.
fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let other = OtherTable::from_name(&name);
    LogTable::from_name(&name).is_some() || other.is_some_and(OtherTable::reads_logs)
}

fn manner(args: &Query, format: AnswerFormat) -> Manner {
    let terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let mut style = console::style(args.color);
    if args.output.is_some() {
        style.colour = false;
        style.width = None;
    }
    Manner {
        format,
        style,
        rows_max: match args.max_rows {
            Some(0) => None,
            Some(max) => Some(max),
            None if terminal && format.is_for_people() => Some(ROWS_MAX),
            None => None,
        },
        timer: terminal && format.is_for_people() && std::io::stderr().is_terminal(),
    }
}
