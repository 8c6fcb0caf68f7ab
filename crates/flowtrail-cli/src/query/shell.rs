//! The shell: statements and commands, one after the other.

mod complete;
mod history;

use std::io::IsTerminal as _;

use anyhow::{Context as _, bail};
use flowtrail_table::{NamedQuery, Statement};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Editor, Helper};

use super::args::{AnswerFormat, Param};
use super::command::{COMMANDS, Command, is_command};
use super::output::Output;
use super::script::Script;
use super::session::{Ended, Session, one_for_parquet};
use super::{catalog, params};
use crate::Outcome;
use crate::console;
use complete::Words;

const PROMPT: &str = "flowtrail> ";
/// Entries of the history.
const ENTRIES_MAX: usize = 10_000;

/// Whether a shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    More,
    Quit,
}

/// What was said so far.
struct Shell {
    session: Session,
    /// Values for parameters of whatever is typed.
    given: Vec<Param>,
    ended: Ended,
    /// There was an answer.
    answered: bool,
}

/// Statements and commands from standard input, up to the first that fails.
///
/// # Errors
/// That of the first that fails.
pub(super) fn piped(
    session: Session,
    given: &[Param],
    text: &str,
    out: &mut Output,
) -> anyhow::Result<Ended> {
    let mut shell = Shell::new(session, given);
    let mut entry = String::new();
    for line in text.lines() {
        entry.push_str(line);
        entry.push('\n');
        if is_whole(&entry) && shell.entry(&std::mem::take(&mut entry), out)? == Next::Quit {
            return Ok(shell.ended);
        }
    }
    // The last statement needs no semicolon.
    shell.entry(&entry, out)?;
    Ok(shell.ended)
}

/// Asks somebody at a terminal until they leave.
///
/// # Errors
/// If the terminal can not be used.
pub(super) fn interactive(session: Session, given: &[Param]) -> anyhow::Result<Outcome> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(ENTRIES_MAX)
        .and_then(|b| b.history_ignore_dups(true))
        .context("cannot set the shell up")?
        .history_ignore_space(true)
        .build();
    let mut editor: Editor<Guide, DefaultHistory> =
        Editor::with_config(config).context("cannot use the terminal")?;
    editor.set_helper(Some(Guide(Words::of(&session.engine))));
    let history = history::file();
    if let Some(file) = &history {
        // There is none at first.
        let _ = editor.load_history(file);
    }
    let mut shell = Shell::new(session, given);
    let mut out = Output::open(None)?;
    let mut kept = true;
    console::say(
        "Statements end in a semicolon; `.help` lists commands, `.queries` named queries.",
    );
    loop {
        match editor.readline(PROMPT) {
            Ok(entry) => {
                // What can not be kept in memory was not to be kept.
                let _ = editor.add_history_entry(entry.trim_end());
                // At once: a shell may end in any way, and beside others.
                if let Some(file) = history.as_ref().filter(|_| kept)
                    && let Err(e) = history::append(&mut editor, file)
                {
                    kept = false;
                    console::say(&format!("note: the history is not kept: {e}"));
                }
                if shell.say(&entry, &mut out)? == Next::Quit {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(e) => return Err(e).context("cannot read from the terminal"),
        }
    }
    // Whatever went wrong was seen.
    Ok(Outcome::Ran)
}

impl Shell {
    fn new(session: Session, given: &[Param]) -> Self {
        Self {
            session,
            given: given.to_vec(),
            ended: Ended::WELL,
            answered: false,
        }
    }

    /// Does what an entry asks for, and says what went wrong.
    ///
    /// # Errors
    /// If nobody reads the answers any more.
    fn say(&mut self, entry: &str, out: &mut Output) -> anyhow::Result<Next> {
        match self.entry(entry, out) {
            Err(e) if console::is_closed_pipe(&e) => Err(e),
            Err(e) => {
                console::say(&format!("error: {e:#}"));
                Ok(Next::More)
            }
            Ok(next) => Ok(next),
        }
    }

    /// Does what an entry asks for: a command, or statements.
    fn entry(&mut self, entry: &str, out: &mut Output) -> anyhow::Result<Next> {
        if entry.trim().is_empty() {
            return Ok(Next::More);
        }
        if is_command(entry) {
            let next = self.command(Command::parse(entry)?, out)?;
            out.writer().flush()?;
            return Ok(next);
        }
        let script = Script::parse("the statement", entry)?;
        let given = self.given.clone();
        self.run(script, &given, out)?;
        Ok(Next::More)
    }

    fn run(&mut self, script: Script, given: &[Param], out: &mut Output) -> anyhow::Result<()> {
        let statements = script.bind(given)?;
        let is_parquet = self.session.manner.format == AnswerFormat::Parquet;
        if is_parquet && std::mem::replace(&mut self.answered, true) {
            return Err(one_for_parquet());
        }
        let Ended {
            outcome,
            interrupted,
        } = self.session.run(statements, out)?;
        if outcome != Outcome::Ran {
            self.ended.outcome = outcome;
        }
        self.ended.interrupted |= interrupted;
        Ok(())
    }

    fn command(&mut self, command: Command, out: &mut Output) -> anyhow::Result<Next> {
        let style = self.session.manner.style;
        match command {
            Command::Help => help(out)?,
            Command::Tables => catalog::tables("", &style, out.writer())?,
            Command::Schema(table) => catalog::tables(&table, &style, out.writer())?,
            Command::Queries(about) => catalog::list(&about, &style, out.writer())?,
            Command::Show(name) => {
                let query = NamedQuery::find(&name).map_err(super::script::named)?;
                out.writer().write_all(query.text.as_bytes())?;
            }
            Command::Run {
                name,
                params: words,
            } => {
                let script = Script::named(&name)?;
                self.run(script, &params(&words)?, out)?;
            }
            Command::Format(Some(AnswerFormat::Parquet)) if std::io::stdout().is_terminal() => {
                bail!(
                    "Parquet is not for terminals\nhint: leave the shell, and name a file with --output"
                );
            }
            Command::Format(Some(format)) => self.session.manner.format = format,
            Command::Format(None) => {
                use clap::ValueEnum as _;
                let value = self.session.manner.format.to_possible_value();
                let name = value.map(|v| v.get_name().to_owned()).unwrap_or_default();
                writeln!(out.writer(), "{name}")?;
            }
            Command::Timer(on) => {
                let timer = &mut self.session.manner.timer;
                *timer = on.unwrap_or(!*timer);
            }
            Command::Quit => return Ok(Next::Quit),
        }
        Ok(Next::More)
    }
}

fn help(out: &mut Output) -> std::io::Result<()> {
    let out = out.writer();
    for (name, arguments, meaning) in COMMANDS {
        let usage = format!("{name} {arguments}");
        writeln!(out, "{usage:25} {meaning}")?;
    }
    writeln!(
        out,
        "\nCtrl-C ends a query that runs, Tab completes, a parameter is `--param` of the command line."
    )
}

/// Whether an entry needs no further line.
fn is_whole(entry: &str) -> bool {
    is_command(entry) || entry.trim().is_empty() || Statement::is_complete(entry)
}

/// What the editor asks while somebody types.
struct Guide(Words);

impl Helper for Guide {}
impl Highlighter for Guide {}
impl Hinter for Guide {
    type Hint = String;
}

impl Validator for Guide {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_whole(ctx.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Completer for Guide {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &rustyline::Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..pos).unwrap_or(line);
        let (start, words) = self.0.complete(before);
        let pair = |word: String| Pair {
            display: word.clone(),
            replacement: word,
        };
        Ok((start, words.into_iter().map(pair).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_whole_at_its_end() {
        for entry in [".run x", "SELECT 1;\n", "", "  \n", "SELECT ';'\n;"] {
            assert!(is_whole(entry), "{entry}");
        }
        for entry in ["SELECT 1", "SELECT '.help;", "SELECT 1 -- ;"] {
            assert!(!is_whole(entry), "{entry}");
        }
    }
}
