//! `flowtrail context show`: what a context file says, all of it or of what is
//! asked.

use std::io::{self, Write};

use anyhow::{Context as _, bail};
use flowtrail_context::Context;
use flowtrail_output::{sanitize, write_json_line};
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::args::{ContextFormat, ContextShow};
use crate::console::{self, counted};

use super::{place, verdict};

/// Answers what was asked of a context file.
///
/// # Errors
/// If the file cannot be used or an end of a connection is not understood, and
/// those of standard output.
pub(super) fn run(args: &ContextShow) -> anyhow::Result<Outcome> {
    let Some(context) = super::load(Some(&args.file))? else {
        bail!("no context file");
    };
    let mut out = console::stdout();
    match (&args.address, &args.from, &args.to, args.port) {
        (Some(address), ..) => place::explain(&context, *address, args, &mut out)?,
        (None, Some(from), Some(to), Some(port)) => {
            verdict::explain(&context, (from, to), port, args, &mut out)?;
        }
        (None, ..) => whole(&context, args.format, &mut out)?,
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

fn whole(context: &Context, format: ContextFormat, out: &mut impl Write) -> anyhow::Result<()> {
    let yaml = context.to_yaml();
    if format == ContextFormat::Yaml {
        writeln!(out, "{}", console::safe(&yaml))?;
        return Ok(());
    }
    let declared: Map<String, Value> =
        yaml_serde::from_str(&yaml).context("cannot show the file in another form")?;
    if format == ContextFormat::Json {
        let whole = json!({
            "file": context.file(), "version": context.version(), "declared": declared,
        });
        write_json_line(&whole, &mut *out)?;
        return Ok(());
    }
    let file = sanitize(context.file());
    writeln!(
        out,
        "{file}, version {}: {}",
        context.version(),
        sums(context).join(", ")
    )?;
    for (name, section) in &declared {
        section_text(name, section, out)?;
    }
    Ok(())
}

fn section_text(name: &str, section: &Value, out: &mut impl Write) -> io::Result<()> {
    match section {
        Value::Array(rows) if rows.iter().all(Value::is_object) => table(name, rows, out),
        Value::Object(entries) => {
            writeln!(out, "\n{name}")?;
            let width = entries.keys().map(String::len).max().unwrap_or(0);
            for (key, value) in entries {
                let line = format!("{key:width$}  {}", cell(value));
                writeln!(out, "  {}", sanitize(line.trim_end()))?;
            }
            Ok(())
        }
        // The version of the format is no news.
        Value::Number(_) if name == "version" => Ok(()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            writeln!(out, "\n{name}\n  {}", sanitize(&cell(section)))
        }
    }
}

/// How much there is of what, where there is any.
pub(super) fn sums(context: &Context) -> Vec<String> {
    let s = context.summary();
    let all = [
        (s.accounts, "account"),
        (s.partners, "partner"),
        (s.cidrs, "CIDR"),
        (s.vpcs, "VPC"),
        (s.trusted, "trusted network"),
        (s.matrix, "matrix line"),
        (s.callers, "caller"),
        (s.suppressions, "suppression"),
    ];
    let some: Vec<String> = all
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| counted(*n, what))
        .collect();
    if some.is_empty() {
        vec!["nothing declared".to_owned()]
    } else {
        some
    }
}

/// Entries in columns as wide as they have to be. The matrix is numbered: the
/// first entry that fits decides.
fn table(name: &str, rows: &[Value], out: &mut impl Write) -> io::Result<()> {
    let mut columns: Vec<&str> = Vec::new();
    for key in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !columns.contains(&key.as_str()) {
            columns.push(key);
        }
    }
    // Which of the two an entry has first is chance.
    let spot = |columns: &[&str], key: &str| columns.iter().position(|c| *c == key);
    if let (Some(from), Some(until)) = (spot(&columns, "from"), spot(&columns, "until"))
        && until < from
    {
        columns.swap(from, until);
    }
    let is_matrix = name == "matrix";
    if is_matrix {
        columns.retain(|c| !["allow", "forbid"].contains(c));
    }
    let text = |row: &Value, column: &str| row.get(column).map_or_else(String::new, cell);
    let lines: Vec<Vec<String>> = (1..)
        .zip(rows)
        .map(|(n, row)| {
            let rest = columns.iter().map(|c| text(row, c));
            if !is_matrix {
                return rest.collect();
            }
            let word = if row.get("forbid").is_some() {
                "forbid"
            } else {
                "allow"
            };
            let first = [format!("{n}"), word.to_owned(), text(row, word)];
            first.into_iter().chain(rest).collect()
        })
        .collect();
    if is_matrix {
        columns.splice(0..0, ["", "", "from -> to"]);
    }
    let heads: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|at| {
            let cells = lines.iter().chain([&heads]).filter_map(|line| line.get(at));
            cells.map(|c| c.chars().count()).max().unwrap_or(0)
        })
        .collect();
    writeln!(out, "\n{name}")?;
    for line in [&heads].into_iter().chain(&lines) {
        let cells = line.iter().zip(&widths);
        let cells = cells.map(|(text, width)| format!("  {text:width$}", width = *width));
        writeln!(out, "{}", sanitize(cells.collect::<String>().trim_end()))?;
    }
    Ok(())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
