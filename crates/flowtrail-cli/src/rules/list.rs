//! `flowtrail rules list`: the rules that raise findings.

use std::io::Write as _;

use flowtrail_event::Service;
use flowtrail_output::{sanitize, write_json_line};
use flowtrail_sigma::{MemberOf, RuleMeta, RuleSet, Services};
use serde_json::json;

use crate::Outcome;
use crate::args::RuleChoice;
use crate::console;
use crate::sources;

/// A rule as it is listed.
struct Row<'r> {
    meta: &'r RuleMeta,
    logs: String,
    looks_at: &'static str,
}

/// Lists the rules of a choice, gravest first.
///
/// # Errors
/// If files cannot be read, and those of standard output.
pub(super) fn run(choice: &RuleChoice, as_json: bool) -> anyhow::Result<Outcome> {
    let compilation = sources::chosen(choice)?;
    sources::report(&compilation);
    let rows = rows(&compilation.rules);
    let mut out = console::stdout();
    if as_json {
        for Row {
            meta,
            logs,
            looks_at,
        } in &rows
        {
            let line = json!({
                "id": meta.id, "title": meta.title, "level": meta.level, "logs": logs,
                "looks_at": looks_at, "tags": meta.tags, "techniques": meta.techniques(),
                "file": meta.file,
            });
            write_json_line(&line, &mut out)?;
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

fn rows(rules: &RuleSet) -> Vec<Row<'_>> {
    let events = rules.rules().iter().filter(|r| r.emits).map(|r| Row {
        meta: &r.meta,
        logs: names(r.services),
        looks_at: "event",
    });
    let windows = rules.correlations().iter().filter(|c| c.emits).map(|c| {
        let of = |m: &MemberOf| match m {
            MemberOf::Rule(ix) => rules.rule(*ix).map(|r| r.services),
            MemberOf::Correlation(_) => None,
        };
        let members = c.members.iter().filter_map(|m| of(&m.of));
        let services: Services = members.flat_map(|s| s.iter().collect::<Vec<_>>()).collect();
        Row {
            meta: &c.meta,
            logs: names(services),
            looks_at: "window",
        }
    });
    let mut rows: Vec<Row<'_>> = events.chain(windows).collect();
    rows.sort_by(|a, b| {
        let grave = b.meta.level.cmp(&a.meta.level);
        grave.then_with(|| (&a.logs, &a.meta.title).cmp(&(&b.logs, &b.meta.title)))
    });
    rows
}

/// One line for each rule, in columns as wide as they have to be. The short id
/// is enough for `rules explain`.
fn lines(rows: &[Row<'_>]) -> Vec<String> {
    let widest = |column: &dyn Fn(&Row<'_>) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let level = widest(&|r| r.meta.level.name().len());
    let logs = widest(&|r| r.logs.len());
    let line = |r: &Row<'_>| {
        let id: String = r.meta.id.chars().take(8).collect();
        let techniques = r.meta.techniques();
        let attack = if techniques.is_empty() {
            String::new()
        } else {
            format!(" ({})", techniques.join(", "))
        };
        let line = format!(
            "{:level$}  {:logs$}  {:6}  {id:8}  {}{attack}",
            r.meta.level.name(),
            r.logs,
            r.looks_at,
            r.meta.title
        );
        sanitize(&line).into_owned()
    };
    rows.iter().map(line).collect()
}

/// The logs of a rule in a word or two.
fn names(services: Services) -> String {
    if services.iter().count() == Service::ALL.len() {
        return "all".to_owned();
    }
    let all: Vec<&str> = services.iter().map(Service::name).collect();
    all.join(",")
}
