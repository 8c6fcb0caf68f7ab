//! An engine over the logs that were named, and how its answers are written.

use std::ffi::OsString;
use std::io::IsTerminal as _;

use anyhow::{Context as _, bail};
use flowtrail_table::{Engine, EngineOptions, LogTable, Statement};
use tokio::runtime::Runtime;

use super::args::{AnswerFormat, Query};
use super::ask::{self, Manner, Told};
use super::logs;
use super::output::Output;
use crate::Outcome;
use crate::console;

/// Rows of a table on a terminal: more than are read, fewer than scroll away
/// what was asked.
const ROWS_MAX: u64 = 100;

pub(super) struct Session {
    pub(super) engine: Engine,
    /// There until the end.
    runtime: Option<Runtime>,
    pub(super) manner: Manner,
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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("cannot start the threads of the query")?;
        let context = crate::context::load(args.context.as_deref())?;
        let words: Vec<OsString> = words.iter().chain(&args.sources).cloned().collect();
        let logs = logs::open(args, &words, &runtime)?;
        let has_logs = !logs.sources.is_empty();
        let engine = Engine::new(EngineOptions {
            logs,
            memory_bytes: args
                .memory
                .map(|m| usize::try_from(m).unwrap_or(usize::MAX)),
            threads: args.threads.map(std::num::NonZeroUsize::get),
            spill: args.spill.clone(),
            ..EngineOptions::default()
        });
        let engine = engine.map_err(ask::said)?;
        logs::functions(&engine, args, context)?;
        Ok(Self {
            engine,
            runtime: Some(runtime),
            manner: manner(args, format),
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
    ) -> anyhow::Result<Outcome> {
        let mut outcome = Outcome::Ran;
        for statement in statements {
            let told = self.ask(statement, out)?;
            if told.partial {
                outcome = Outcome::Incomplete;
            }
            if told.interrupted {
                break;
            }
        }
        Ok(outcome)
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
        let runtime = self.runtime.as_ref().context("the session is over")?;
        runtime.block_on(ask::ask(
            &self.engine,
            statement,
            &self.manner,
            out.writer(),
        ))
    }
}

impl Drop for Session {
    /// A thread may wait for bytes that never come; nobody waits for it.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Whether a table is over the logs that the user names.
fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    LogTable::from_name(&name).is_some() || name == "objects"
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
