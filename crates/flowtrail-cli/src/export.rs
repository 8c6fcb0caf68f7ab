//! `flowtrail export ddl`: compacted logs as tables of other engines.
//!
//! What a table has comes from the one table of columns and the schema of the
//! files; what partitions there are comes from the manifest of the destination.

pub(crate) mod args;
mod athena;
mod columns;
mod duckdb;
mod partitions;
mod raw;
mod spark;

use std::io::Write as _;

use anyhow::{Context as _, bail};

use crate::Outcome;
use crate::console;
use args::{Ddl, Dialect, Export};
use partitions::Found;

/// Names that engines keep for themselves, and what the views call them: of our
/// columns only one, in Athena and in `DuckDB`.
const RESERVED: [(&str, &str); 1] = [("end", "end_time")];

/// What the statements are about.
pub(crate) struct Target<'a> {
    /// `database.`, or nothing.
    database: Option<&'a str>,
    /// Where the files lie, without a slash at the end.
    location: String,
}

impl Target<'_> {
    /// The name of a table, with its database, quoted by `quote`.
    fn name(&self, table: &str, quote: char) -> String {
        match self.database {
            Some(database) => format!("{quote}{database}{quote}.{quote}{table}{quote}"),
            None => format!("{quote}{table}{quote}"),
        }
    }
}

/// Does what was asked.
///
/// # Errors
/// If the destination can not be read, or an engine can not read from there.
pub(crate) fn run(args: &Export) -> anyhow::Result<Outcome> {
    let Export::Ddl(args) = args;
    let target = target(args)?;
    let statements = if args.raw {
        raw::statements(args, &target)?
    } else {
        compacted(args, &target)?
    };
    let mut out = console::stdout();
    for statement in statements {
        writeln!(out, "{statement};\n")?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

fn compacted(args: &Ddl, target: &Target<'_>) -> anyhow::Result<Vec<String>> {
    let found = Found::look(args)?;
    let mut tables = found.tables.clone();
    tables.sort();
    tables.dedup();
    if tables.is_empty() {
        bail!(
            "nothing was compacted into `{}`\nhint: `flowtrail compact LOGS --to DEST` does it; \
             or name --table, --account, --region and --first-day",
            args.dest.to_string_lossy()
        );
    }
    let mut all = Vec::new();
    if args.engine == Dialect::Duckdb {
        all.extend(duckdb::before(target));
    }
    for table in tables {
        match args.engine {
            Dialect::Athena => all.extend(athena::statements(table, &found, args, target)?),
            Dialect::Spark => all.extend(spark::statements(table, target)),
            Dialect::Duckdb => all.extend(duckdb::statements(table, target)),
        }
    }
    Ok(all)
}

/// Where the engine finds the files.
fn target(args: &Ddl) -> anyhow::Result<Target<'_>> {
    let dest = args.dest.to_str().context("the name of DEST is no text")?;
    let given = args.location.as_deref().unwrap_or(dest);
    let is_url = given.contains("://");
    if args.engine == Dialect::Athena && !given.starts_with("s3://") {
        bail!(
            "Athena reads from S3, and `{given}` is not there\n\
             hint: say where the files will lie with --location s3://bucket/prefix"
        );
    }
    if args.raw && args.engine != Dialect::Athena {
        bail!("--raw is for Athena alone\nhint: `flowtrail compact` makes what other engines read");
    }
    let location = if is_url || args.location.is_some() {
        given.to_owned()
    } else {
        // The engine need not be started in this folder.
        let path = std::path::absolute(given).with_context(|| format!("cannot find `{given}`"))?;
        path.to_str()
            .context("the path of DEST is no text")?
            .to_owned()
    };
    if location.contains(|c: char| c.is_control()) {
        bail!("a location has no control characters");
    }
    let location = location.trim_end_matches('/').to_owned();
    Ok(Target {
        database: args.database.as_deref(),
        location,
    })
}

/// A text as SQL writes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
