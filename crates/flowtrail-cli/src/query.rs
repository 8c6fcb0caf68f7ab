//! `flowtrail query`: SQL over logs.

mod answer;
pub(crate) mod args;
pub(crate) mod ask;
mod catalog;
mod command;
mod heads;
pub(crate) mod logs;
pub(crate) mod output;
mod script;
mod session;
mod shell;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use anyhow::bail;
use flowtrail_table::NamedQuery;

use crate::Outcome;
use crate::console;
use args::{AnswerFormat, Param, Query};
use output::Output;
use script::Script;
use session::{Ended, Session};

/// Bytes of a text of statements, which is read as a whole.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// What is to be done.
enum Task {
    /// The statements of a text.
    Run(Script),
    /// Whatever somebody types.
    Shell,
    /// Whatever comes from standard input, statement by statement.
    Piped,
}

/// Does what was asked.
///
/// # Errors
/// If the statement, the logs or the output can not be used.
pub(crate) fn run(args: &Query) -> anyhow::Result<Outcome> {
    let style = console::style(args.color);
    let mut out = console::stdout();
    if let Some(filter) = &args.list {
        catalog::list(filter, &style, &mut out)?;
    } else if let Some(name) = &args.show {
        let query = NamedQuery::find(name).map_err(script::named)?;
        out.write_all(query.text.as_bytes())?;
    } else if let Some(table) = &args.tables {
        catalog::tables(table, &style, &mut out)?;
    } else {
        return answer(args);
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

fn answer(args: &Query) -> anyhow::Result<Outcome> {
    crate::logs::span(args.since, args.until)?;
    let (statement, paths) = args::apart(&args.words)?;
    let task = task(args, statement, &paths)?;
    let session = Session::open(args, &paths, format(args)?)?;
    match task {
        Task::Run(script) => {
            let statements = script.bind(&args.params)?;
            write(args.output.as_deref(), |out| session.run(statements, out))
        }
        Task::Piped => {
            let text = text(std::io::stdin().lock(), "standard input")?;
            write(args.output.as_deref(), |out| {
                shell::piped(session, &args.params, &text, out)
            })
        }
        Task::Shell if args.output.is_some() => bail!(
            "--output wants a statement, and there is none\n\
             hint: give one on the command line, in a file, or with --name"
        ),
        Task::Shell => shell::interactive(session, &args.params),
    }
}

/// Does `work` with the output that was asked for. A file stays only if there is
/// an answer, and nobody broke it off.
fn write(
    path: Option<&Path>,
    work: impl FnOnce(&mut Output) -> anyhow::Result<Ended>,
) -> anyhow::Result<Outcome> {
    let mut output = Output::open(path)?;
    match work(&mut output) {
        Ok(Ended { interrupted, .. }) if interrupted && path.is_some() => {
            output.discard();
            console::say("note: no file is written");
            Ok(Outcome::Incomplete)
        }
        Ok(Ended { outcome, .. }) => output.keep().map(|()| outcome),
        Err(e) => {
            output.discard();
            Err(e)
        }
    }
}

/// The format that was asked for.
fn format(args: &Query) -> anyhow::Result<AnswerFormat> {
    let ending = args.output.as_deref().and_then(Path::extension);
    let ending = ending.and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let by_name = ending.and_then(|e| AnswerFormat::of_ending(&e));
    let format = args.format.or(by_name).unwrap_or(AnswerFormat::Table);
    if format == AnswerFormat::Parquet && args.output.is_none() && std::io::stdout().is_terminal() {
        bail!("Parquet is not for terminals\nhint: name a file with --output");
    }
    Ok(format)
}

fn task(args: &Query, statement: Option<String>, paths: &[OsString]) -> anyhow::Result<Task> {
    let has_logs = paths.iter().chain(&args.sources).any(|p| p == "-");
    let asks = match &args.file {
        Some(file) => file.as_os_str() == "-",
        None => statement.is_none() && args.name.is_none(),
    };
    if has_logs && asks {
        bail!(
            "standard input can not be both the logs and the statements\n\
             hint: give the statement on the command line, or in a file"
        );
    }
    if let (Some(_), true) = (&statement, args.file.is_some() || args.name.is_some()) {
        bail!(
            "there is a statement on the command line, and --file or --name asks for others\n\
             hint: leave one of them out"
        );
    }
    if let Some(name) = &args.name {
        return Ok(Task::Run(Script::named(name)?));
    }
    if let Some(file) = &args.file {
        return Ok(Task::Run(Script::parse(
            &console::path(file),
            &read(file)?,
        )?));
    }
    Ok(match statement {
        Some(text) => Task::Run(Script::parse("the statement", &text)?),
        None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => Task::Shell,
        None => Task::Piped,
    })
}

/// The text of a file of statements, or of standard input.
fn read(path: &Path) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return text(std::io::stdin().lock(), "standard input");
    }
    let file = std::fs::File::open(path).map_err(|e| console::cannot("open", path, &e))?;
    text(file, &console::path(path))
}

/// All of a text. A part of it may mean something else.
fn text(from: impl std::io::Read, name: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = from.take(TEXT_BYTES_MAX + 1).read_to_string(&mut text);
    read.map_err(|e| anyhow::anyhow!("cannot read {name}: {e}"))?;
    if u64::try_from(text.len()).is_ok_and(|len| len > TEXT_BYTES_MAX) {
        let max = TEXT_BYTES_MAX >> 20;
        bail!("{name} has more than {max} MiB, and statements are read as a whole");
    }
    Ok(text)
}

/// Words of `NAME=VALUE`, read.
fn params(words: &[String]) -> anyhow::Result<Vec<Param>> {
    let read = |word: &String| args::param(word).map_err(|e| anyhow::anyhow!("`{word}`: {e}"));
    words.iter().map(read).collect()
}
