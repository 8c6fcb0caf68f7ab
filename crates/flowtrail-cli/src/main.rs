//! The command line: replays history through the rules, tests rules, generates
//! logs.

mod args;
mod bucket;
mod cases;
mod console;
mod context;
mod drill;
mod man;
mod objects;
mod replay;
mod rules;
mod segments;
mod simulate;
mod sources;

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

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ran => Self::SUCCESS,
            Outcome::Found => Self::from(1),
            Outcome::Incomplete => Self::from(2),
        }
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Replay(args) => replay::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Context(args) => context::run(&args),
        Command::Segments(args) => segments::run(&args),
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
