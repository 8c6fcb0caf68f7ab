//! The commands of the shell: lines that begin with a dot.

use anyhow::{anyhow, bail};
use clap::ValueEnum as _;

use super::args::AnswerFormat;

/// Name, arguments and meaning of each command.
pub(super) const COMMANDS: [(&str, &str, &str); 9] = [
    (".help", "", "this list"),
    (".tables", "", "the tables"),
    (".schema", "TABLE", "the columns of a table"),
    (
        ".queries",
        "[WORD]",
        "queries that have a name, those about a word alone",
    ),
    (".show", "NAME", "the SQL of a named query"),
    (".run", "NAME [PARAM=VALUE]…", "run a named query"),
    (
        ".format",
        "[FORMAT]",
        "how answers are written: table, list, csv, json, jsonl",
    ),
    (".timer", "[on|off]", "whether rows and time are said"),
    (".quit", "", "leave; so does Ctrl-D"),
];

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Tables,
    Schema(String),
    Queries(String),
    Show(String),
    Run {
        name: String,
        params: Vec<String>,
    },
    /// To show it, or to set it.
    Format(Option<AnswerFormat>),
    Timer(Option<bool>),
    Quit,
}

/// Whether a line is a command.
pub(super) fn is_command(line: &str) -> bool {
    line.trim_start().starts_with('.')
}

impl Command {
    /// # Errors
    /// If there is no such command, or its words are wrong.
    pub(super) fn parse(line: &str) -> anyhow::Result<Self> {
        let words = words(line)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Ok(match words.as_slice() {
            [".help" | ".h"] => Self::Help,
            [".tables"] => Self::Tables,
            [".schema"] => Self::Tables,
            [".schema", table] => Self::Schema((*table).to_owned()),
            [".queries", about @ ..] => Self::Queries(about.join(" ")),
            [".show", name] => Self::Show((*name).to_owned()),
            [".run", name, params @ ..] => Self::Run {
                name: (*name).to_owned(),
                params: params.iter().map(|p| (*p).to_owned()).collect(),
            },
            [".format"] => Self::Format(None),
            [".format", name] => Self::Format(Some(format(name)?)),
            [".timer"] => Self::Timer(None),
            [".timer", "on"] => Self::Timer(Some(true)),
            [".timer", "off"] => Self::Timer(Some(false)),
            [".quit" | ".exit" | ".q"] => Self::Quit,
            [first, ..] => return Err(wrong(first)),
            [] => bail!("there is no command in this line"),
        })
    }
}

fn wrong(first: &str) -> anyhow::Error {
    match COMMANDS.iter().find(|(name, ..)| *name == first) {
        Some((name, arguments, _)) => {
            anyhow!("these are no arguments for `{name}`\nhint: write `{name} {arguments}`")
        }
        None => anyhow!("there is no command `{first}`\nhint: `.help` lists them"),
    }
}

fn format(name: &str) -> anyhow::Result<AnswerFormat> {
    match AnswerFormat::from_str(name, true) {
        Ok(AnswerFormat::Parquet) => bail!(
            "Parquet is not for terminals\nhint: `flowtrail query --output FILE.parquet` writes it"
        ),
        Ok(format) => Ok(format),
        Err(_) => {
            bail!("there is no format `{name}`\nhint: formats are table, list, csv, json, jsonl")
        }
    }
}

/// The words of a line. Blanks part them but within quotes of either kind.
fn words(line: &str) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.trim().trim_end_matches(';').chars() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            Some(_) | None => word.get_or_insert_default().push(c),
        }
    }
    if let Some(q) = quote {
        bail!("a quote is not closed\nhint: end the text with `{q}`");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let run = |name: &str, params: &[&str]| Command::Run {
            name: name.into(),
            params: params.iter().map(|p| (*p).into()).collect(),
        };
        for (line, command) in [
            (".help", Command::Help),
            ("  .tables ;", Command::Tables),
            (".schema", Command::Tables),
            (".schema vpcflow", Command::Schema("vpcflow".into())),
            (".queries", Command::Queries(String::new())),
            (
                ".queries denied calls",
                Command::Queries("denied calls".into()),
            ),
            (".run root-use", run("root-use", &[])),
            (".run a 'b=c d' e=\"f'g\"", run("a", &["b=c d", "e=f'g"])),
            (".run a b=''", run("a", &["b="])),
            (".format JSONL", Command::Format(Some(AnswerFormat::Jsonl))),
            (".format", Command::Format(None)),
            (".timer off", Command::Timer(Some(false))),
            (".quit", Command::Quit),
        ] {
            assert!(is_command(line));
            assert_eq!(Command::parse(line).unwrap(), command, "{line}");
        }
    }

    #[test]
    fn wrong_commands_say_what_is_right() {
        for (line, words) in [
            (".tbles", "`.help` lists them"),
            (".run", "write `.run NAME"),
            (".timer maybe", "write `.timer [on|off]`"),
            (".format xml", "formats are table"),
            (".format parquet", "not for terminals"),
            (".run a 'b", "end the text with `'`"),
            ("", "no command"),
        ] {
            let error = Command::parse(line).unwrap_err().to_string();
            assert!(error.contains(words), "{line}: {error}");
        }
    }

    #[test]
    fn every_command_of_the_list_is_one() {
        for (name, arguments, _) in COMMANDS {
            let word = if arguments.starts_with(|c: char| c.is_uppercase()) {
                "x"
            } else {
                ""
            };
            assert!(Command::parse(&format!("{name} {word}")).is_ok(), "{name}");
        }
    }
}
