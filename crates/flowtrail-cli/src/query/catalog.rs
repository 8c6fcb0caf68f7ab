//! What there is to ask: named queries, tables, columns.

use std::io::{self, Write};

use anyhow::anyhow;
use flowtrail_output::Style;
use flowtrail_table::{Column, Holds, LogTable};
use flowtrail_table::{NamedQuery, Parameter, ParameterDefault as Default};

use super::answer::marks;

/// Longer lines are not read with ease.
const LINE_COLUMNS_MAX: usize = 80;

/// Lists the queries that have a name, those about `filter` alone; of a single
/// one all that there is to say.
///
/// # Errors
/// Those of `out`, and if nothing is about that.
pub(super) fn list(filter: &str, style: &Style, out: &mut dyn Write) -> anyhow::Result<()> {
    let queries: Vec<_> = NamedQuery::all()
        .iter()
        .filter(|q| q.is_about(filter))
        .collect();
    if queries.is_empty() {
        return Err(anyhow!(
            "no named query is about `{filter}`\nhint: `flowtrail query --list` lists all of them"
        ));
    }
    if let [query] = queries.as_slice() {
        return Ok(describe(query, out)?);
    }
    let (bold, plain) = marks(style);
    let width = queries.iter().map(|q| q.name.len()).max().unwrap_or(0);
    for q in queries {
        writeln!(out, "{bold}{:width$}{plain}  {}", q.name, q.title)?;
    }
    Ok(())
}

/// What a query is for, and what it takes.
fn describe(query: &NamedQuery, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", query.name, query.title)?;
    if !query.description.is_empty() {
        writeln!(
            out,
            "{}",
            textwrap::fill(&query.description, LINE_COLUMNS_MAX)
        )?;
    }
    for p in &query.parameters {
        writeln!(out, "  {}", parameter(p))?;
    }
    Ok(())
}

fn parameter(p: &Parameter) -> String {
    let default = match &p.default {
        Default::Required => String::new(),
        Default::Null => " (optional)".to_owned(),
        Default::Is(word) => format!(" (= {word})"),
    };
    format!("{}: {}{default}: {}", p.name, p.kind.name(), p.doc)
}

/// Lists the tables of logs, or the columns of one.
///
/// # Errors
/// Those of `out`, and if there is no such table.
pub(super) fn tables(name: &str, style: &Style, out: &mut dyn Write) -> anyhow::Result<()> {
    let (bold, plain) = marks(style);
    if name.is_empty() {
        for table in LogTable::ALL {
            writeln!(out, "{bold}{:20}{plain}  {}", table.name(), table.doc())?;
        }
        let objects = "One row for each object of the logs: what was read, and what could not be";
        writeln!(out, "{bold}{:20}{plain}  {objects}", "objects")?;
        return Ok(());
    }
    let Some(table) = LogTable::from_name(&name.to_ascii_lowercase()) else {
        let known: Vec<_> = LogTable::ALL.iter().map(|t| t.name()).collect();
        return Err(anyhow!(
            "there is no table of logs named `{name}`\nhint: they are {}",
            known.join(", ")
        ));
    };
    for column in table.columns() {
        write_column(column, "", style, out)?;
    }
    Ok(())
}

/// A column, and below it the fields that it is made of.
fn write_column(
    column: &Column,
    above: &str,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (bold, plain) = marks(style);
    let name = format!("{above}{}", column.name);
    let kind = match &column.holds {
        Holds::Struct(_) => "struct".to_owned(),
        Holds::List(_) => "array".to_owned(),
        Holds::Text
        | Holds::Json
        | Holds::Int
        | Holds::BigInt
        | Holds::Double
        | Holds::Time
        | Holds::Day => column.sql_type(),
    };
    writeln!(out, "{bold}{name:44}{plain}  {kind:9}  {}", column.doc)?;
    let (fields, above) = match &column.holds {
        Holds::Struct(fields) => (fields, format!("{name}.")),
        Holds::List(fields) => (fields, format!("{name}[1].")),
        Holds::Text
        | Holds::Json
        | Holds::Int
        | Holds::BigInt
        | Holds::Double
        | Holds::Time
        | Holds::Day => return Ok(()),
    };
    for field in fields {
        write_column(field, &above, style, out)?;
    }
    Ok(())
}
