//! `flowtrail rules list`: the rules that raise findings.

use std::io::Write as _;

use flowtrail_output::{sanitize, write_json_line};
use flowtrail_table::RuleRow;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::RuleChoice;
use crate::console;
use crate::given;
use crate::memory::{Basis, MemoryChoice};
use crate::sources;

/// What has to be there for a rule to see anything, in words; empty if ordinary
/// logs are enough.
pub(super) fn conditions(row: &RuleRow) -> String {
    let mut parts = Vec::new();
    if !row.is_active() {
        let needs = given::needs(row.needs.iter().copied());
        parts.push(format!("not active: needs {needs}"));
    }
    if row.replays_only {
        parts.push("replays only".to_owned());
    }
    if !row.guidance.data_events.is_empty() {
        let types = row.guidance.data_events.join(", ");
        parts.push(format!("data events of {types}"));
    }
    parts.join("; ")
}

fn json(row: &RuleRow) -> Value {
    let (meta, guidance) = (&row.meta, &row.guidance);
    json!({
        "id": meta.id, "name": meta.name, "title": meta.title, "level": meta.level,
        "level_reason": guidance.level_reason, "logs": row.logs,
        "looks_at": row.looks_at, "active": row.is_active(), "needs": row.needs,
        "replays_only": row.replays_only,
        "data_events": guidance.data_events, "tags": meta.tags,
        "techniques": meta.techniques(), "cis": guidance.cis,
        "group_by": guidance.group_by, "alarm": guidance.alarm,
        "falsepositives": meta.falsepositives, "response": guidance.response,
        "runbook": guidance.runbook, "file": meta.file,
    })
}

/// Lists the rules of a choice, gravest first.
///
/// # Errors
/// If files cannot be read, and those of standard output.
pub(super) fn run(
    choice: &RuleChoice,
    memory: &MemoryChoice,
    as_json: bool,
) -> anyhow::Result<Outcome> {
    let given = Basis::load(memory)?.given(given::load(choice)?);
    let compilation = sources::chosen(choice, &given)?;
    sources::report_problems(&compilation);
    let rows = RuleRow::all(&compilation);
    let mut out = console::stdout();
    if as_json {
        for row in &rows {
            write_json_line(&json(row), &mut out)?;
        }
    } else {
        for line in lines(&rows) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(if sources::has_errors(&compilation) {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}

/// One line for each rule, in columns as wide as they have to be. The short id
/// is enough for `rules explain`.
fn lines(rows: &[RuleRow]) -> Vec<String> {
    let widest = |column: &dyn Fn(&RuleRow) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let level = widest(&|r| r.meta.level.name().len());
    let logs = widest(&|r| r.logs.len());
    let line = |r: &RuleRow| {
        let id: String = r.meta.id.chars().take(8).collect();
        let techniques = r.meta.techniques();
        let attack = if techniques.is_empty() {
            String::new()
        } else {
            format!(" ({})", techniques.join(", "))
        };
        let conditions = match conditions(r) {
            none if none.is_empty() => none,
            some => format!(" [{some}]"),
        };
        let line = format!(
            "{:level$}  {:logs$}  {:6}  {id:8}  {}{attack}{conditions}",
            r.meta.level.name(),
            r.logs,
            r.looks_at,
            r.meta.title
        );
        sanitize(&line).into_owned()
    };
    rows.iter().map(line).collect()
}
