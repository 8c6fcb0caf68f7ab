//! The arguments of `flowtrail query`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use flowtrail_event::EventTime;
use flowtrail_sigma::Level;
use flowtrail_table::ParameterKind;

use crate::args::{Color, RuleChoice, duration, level, size, time};

/// Words that a statement begins with. Whatever begins otherwise is a path.
const BEGINNINGS: [&str; 14] = [
    "select", "with", "explain", "describe", "desc", "show", "values", "from", "set", "reset",
    "create", "drop", "copy", "table",
];

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail query \"SELECT eventname, count(*) FROM cloudtrail GROUP BY 1\" logs
  flowtrail query logs                                # the shell, over these logs
  flowtrail query --list denied                       # queries that have a name
  flowtrail query --name access-denied-by-principal --param least=5 logs
  flowtrail query --name root-use --since 2026-11-01 s3://bucket/prefix
  flowtrail query --show flow-beacons > mine.sql      # to change it
  flowtrail query --file mine.sql --param openings=12 --format csv logs
  flowtrail query --tables cloudtrail                 # columns and what they are
  flowtrail query \"SELECT principal, count(*) FROM findings GROUP BY 1\" logs
  flowtrail query \"SELECT title FROM rules WHERE NOT active\"

Tables: cloudtrail, cloudtrail_insights, vpcflow, tgwflow with the names that AWS
gives their columns in Athena; objects, what was read; findings, what the rules
find in the logs, but those that ask what is unusual (`replay --learn` has them);
rules, what they look for. --context tells the rules and the
functions environment() and segment() what is where. A word that begins like a statement is
one; a file that is named so is meant by ./NAME. Without a statement there is a
shell on a terminal, and statements are read from standard input elsewhere.

--since and --until, and what a statement says of time, leave out folders by their
days. An object may be delivered late, so a day behind --until is read too, and a
line says so where there are later ones; --lateness 30d reads as far as AWS
delivers.

Exit status: 0 all that was asked for could be read, 2 the answer is partial (a line
says what it lacks) or there is none. Records that are damaged are skipped, counted
and noted.")]
pub(crate) struct Query {
    /// One statement; and log files, folders of them, or s3://bucket/prefix
    #[arg(value_name = "SQL|PATH")]
    pub(crate) words: Vec<OsString>,
    /// Logs, as after the statement (repeatable)
    #[arg(long = "source", value_name = "PATH")]
    pub(crate) sources: Vec<OsString>,
    /// Run the statements in this file, or `-`
    #[arg(long, short, value_name = "FILE", conflicts_with = "name")]
    pub(crate) file: Option<PathBuf>,
    /// Run the query of this name
    #[arg(long, short, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A value for `$NAME`, bound and never pasted (repeatable); KIND is text,
    /// integer, number, time, duration or list
    #[arg(long = "param", short, value_name = "NAME[:KIND]=VALUE", value_parser = param)]
    pub(crate) params: Vec<Param>,
    /// List the queries that have a name, those about WORD alone if it is given
    #[arg(long, value_name = "WORD", num_args = 0..=1, default_missing_value = "", group = "look")]
    pub(crate) list: Option<String>,
    /// Print the query of this name: what it is for, what it takes, its SQL
    #[arg(long, value_name = "NAME", group = "look")]
    pub(crate) show: Option<String>,
    /// List the tables, or the columns of one
    #[arg(long, value_name = "TABLE", num_args = 0..=1, default_missing_value = "", group = "look")]
    pub(crate) tables: Option<String>,
    /// How answers are written [default: table, or by the ending of --output]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<AnswerFormat>,
    /// Write the answer to this file; there is none if the query fails
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Rows that are written, the others are counted; 0 for all [default: 100
    /// for a table on a terminal, else all]
    #[arg(long, value_name = "N")]
    pub(crate) max_rows: Option<u64>,
    /// Only records at or after this time, in every table of logs (2026-11-21,
    /// 2026-11-21T10:00, UTC)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<EventTime>,
    /// Only records before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<EventTime>,
    /// How long after an event its object may have been delivered (36h, 7d):
    /// folders of days that lie further behind --until are not looked into
    /// [default: 1d]
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    pub(crate) lateness: Option<Duration>,
    #[command(flatten)]
    pub(crate) rules: RuleChoice,
    /// Leave findings below this level out of `findings`
    #[arg(long, value_name = "LEVEL", default_value = "low", value_parser = level)]
    pub(crate) level: Level,
    /// Columns of flow-log lines without a header, as AWS writes them
    /// (`${version} ${account-id} …`)
    #[arg(long, value_name = "FIELDS")]
    pub(crate) flow_format: Option<String>,
    /// Memory for sorting, grouping and joining, before they go to disk (500MB,
    /// 8GB) [default: 2GB, or half of a small machine]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory: Option<u64>,
    /// The folder that goes to disk [default: that for temporary files]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) spill: Option<PathBuf>,
    /// Threads that work at a time; with --cluster, in how many groups the
    /// objects of a table are divided [default: one for each core; 32 groups]
    #[arg(long, short, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Have logs read by the cluster of this scheduler (`flowtrail cluster`)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) cluster: Option<String>,
    /// When text is coloured
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// Columns for a terminal; where they do not fit, one value a line
    Table,
    /// One value a line, for rows of many columns
    List,
    /// Rows for spreadsheets
    Csv,
    /// One JSON array
    Json,
    /// One JSON object a line
    Jsonl,
    /// Parquet, for other programs
    Parquet,
}

/// A value that was given for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) kind: Option<ParameterKind>,
    pub(crate) value: String,
}

pub(crate) fn param(word: &str) -> Result<Param, String> {
    let (name, value) = word
        .split_once('=')
        .ok_or_else(|| "write it as NAME=VALUE".to_owned())?;
    let (name, kind) = match name.split_once(':') {
        None => (name, None),
        Some((name, kind)) => {
            let known = || {
                let names: Vec<_> = ParameterKind::ALL.iter().map(|k| k.name()).collect();
                format!("kinds are {}", names.join(", "))
            };
            (
                name,
                Some(ParameterKind::from_name(kind).ok_or_else(known)?),
            )
        }
    };
    // `$name=value` is what a reader of the statement writes.
    let name = name.strip_prefix('$').unwrap_or(name);
    if name.is_empty() {
        return Err("write it as NAME=VALUE".to_owned());
    }
    Ok(Param {
        name: name.to_owned(),
        kind,
        value: value.to_owned(),
    })
}

/// The words behind the options: at most one is a statement, wherever it
/// stands; the others are paths.
///
/// # Errors
/// If there are two statements.
pub(crate) fn apart(words: &[OsString]) -> anyhow::Result<(Option<String>, Vec<OsString>)> {
    let mut statement = None;
    let mut paths = Vec::new();
    for word in words {
        match word.to_str().filter(|w| is_statement(w)) {
            None => paths.push(word.clone()),
            Some(text) if statement.is_none() => statement = Some(text.to_owned()),
            Some(_) => anyhow::bail!(
                "there are two statements on the command line\nhint: part them with a semicolon \
                 inside the quotes, or put them into a file and name it with --file"
            ),
        }
    }
    Ok((statement, paths))
}

/// Whether a word reads like the beginning of a statement, with more to come.
fn is_statement(word: &str) -> bool {
    let text = word.trim_start();
    if text.starts_with("--") || text.starts_with("/*") || text.starts_with('(') {
        return true;
    }
    let ends = |c: char| !c.is_ascii_alphabetic();
    let Some((end, next)) = text.char_indices().find(|(_, c)| ends(*c)) else {
        return false;
    };
    let first = text.get(..end).unwrap_or("").to_ascii_lowercase();
    BEGINNINGS.contains(&&*first)
        && (next.is_whitespace() || matches!(next, '*' | '(' | '\'' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(words: &[&str]) -> (Option<String>, Vec<OsString>) {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        apart(&words).unwrap()
    }

    #[test]
    fn a_statement_is_told_from_paths() {
        for text in [
            "SELECT 1",
            "select * from x",
            "select*from x",
            " WITH a AS (SELECT 1) SELECT * FROM a",
            "explain analyze select 1",
            "SHOW TABLES",
            "DESCRIBE vpcflow",
            "VALUES (1)",
            "values(1)",
            "-- all\nSELECT 1",
            "/* x */ SELECT 1",
            "(SELECT 1) UNION (SELECT 2)",
        ] {
            assert_eq!(
                taken(&[text, "logs"]),
                (Some(text.into()), vec!["logs".into()]),
                "{text}"
            );
            assert_eq!(
                taken(&["logs", text]),
                (Some(text.into()), vec!["logs".into()]),
                "{text}"
            );
        }
        for path in [
            "logs",
            "select",
            "show/",
            "select-logs",
            "with.d/x",
            "./select x",
            "s3://b/p",
            "-",
            "my logs",
            "",
            "selected things",
            "日本",
        ] {
            assert_eq!(taken(&[path]), (None, vec![path.into()]), "{path}");
        }
        let two = ["SELECT 1", "SELECT 2"].map(OsString::from);
        assert!(
            apart(&two)
                .unwrap_err()
                .to_string()
                .contains("two statements")
        );
    }

    #[test]
    fn parameters_are_read() {
        let read = |w| param(w).map(|p| (p.name, p.kind.map(ParameterKind::name), p.value));
        assert_eq!(read("a=b=c"), Ok(("a".into(), None, "b=c".into())));
        assert_eq!(
            read("$n:integer=3"),
            Ok(("n".into(), Some("integer"), "3".into()))
        );
        assert_eq!(read("a="), Ok(("a".into(), None, String::new())));
        for word in ["a", "", "=b", "a:int=3", "$=1"] {
            assert!(read(word).is_err(), "{word}");
        }
    }
}
