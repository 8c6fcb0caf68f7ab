//! The command line: replays history through the rules, tests rules, generates
//! logs.

mod alarms;
mod args;
mod backtest;
mod baseline;
mod bucket;
mod cases;
#[cfg(feature = "cluster")]
mod cluster;
mod compact;
mod console;
mod context;
mod drill;
mod export;
mod given;
mod judge;
mod logs;
mod man;
mod memory;
mod progress;
mod query;
mod replay;
mod rules;
mod segments;
mod simulate;
mod sources;
mod threads;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran.
    Ran,
    /// It ran and found something at or above `--fail-on`, or a case failed.
    Found,
    /// It could not do all that was asked.
    Incomplete,
}

impl Outcome {
    /// The exit status.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Ran => 0,
            Self::Found => 1,
            Self::Incomplete => 2,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Query(args) => query::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Baseline(args) => baseline::run(&args),
        Command::Context(args) => context::run(&args),
        Command::Segments(args) => segments::run(&args),
        Command::Compact(args) => compact::run(&args),
        #[cfg(feature = "cluster")]
        Command::Cluster(args) => cluster::run(&args),
        Command::Alarms(args) => alarms::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Drill(args) => drill::run(&args),
        Command::Completions { shell } => completions(shell),
        Command::Man => man::page().map_err(Into::into).and_then(|p| print(&p)),
    };
    match result {
        Ok(outcome) => outcome.into(),
        Err(e) if console::is_closed_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            console::say(&format!("error: {e:#}"));
            Outcome::Incomplete.into()
        }
    }
}

fn completions(shell: clap_complete::Shell) -> anyhow::Result<Outcome> {
    // Into memory first: the generator panics where a pipe closes.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "flowtrail", &mut script);
    print(&script)
}

fn print(text: &[u8]) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    out.write_all(text)?;
    out.flush()?;
    Ok(Outcome::Ran)
}
