//! Coverage as tables of Markdown, for documents.

use std::collections::BTreeSet;
use std::io::{self, Write};

use flowtrail_sigma::Level;
use flowtrail_table::RuleRow;

use super::{Noise, Technique};
use crate::rules::list::conditions;

pub(super) fn write(
    rows: &[RuleRow],
    techniques: &[Technique<'_>],
    noise: Option<&Noise>,
    out: &mut impl Write,
) -> io::Result<()> {
    if let Some(noise) = noise {
        return write_noise(noise, out);
    }
    writeln!(
        out,
        "| level | rule | log | looks at | ATT&CK | CIS | needs |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for row in rows {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.meta.level.name(),
            cell(&row.meta.title),
            row.logs,
            row.looks_at,
            row.meta.techniques().join(", "),
            row.guidance.cis.join(", "),
            cell(&conditions(row)),
        )?;
    }
    writeln!(
        out,
        "\n| technique | active rules | gravest level | not active |"
    )?;
    writeln!(out, "|---|---|---|---|")?;
    for t in techniques {
        let level = t.gravest().map_or("", flowtrail_sigma::Level::name);
        let waiting = t.rules.len() - t.active();
        writeln!(out, "| {} | {} | {level} | {waiting} |", t.id, t.active())?;
    }
    Ok(())
}

/// How many rules there are for each log and level.
pub(super) fn write_sums(
    rows: &[RuleRow],
    techniques: &[Technique<'_>],
    out: &mut impl Write,
) -> io::Result<()> {
    let logs: BTreeSet<&str> = rows.iter().map(|r| r.logs.as_str()).collect();
    let levels: Vec<Level> = Level::ALL.into_iter().rev().collect();
    let names: Vec<&str> = levels.iter().map(|l| l.name()).collect();
    writeln!(out, "| log | {} | not active yet |", names.join(" | "))?;
    writeln!(out, "|---|{}---|", "---|".repeat(levels.len()))?;
    for log in logs {
        let of = |l: &Level| {
            let active = rows.iter().filter(|r| r.logs == log && r.needs.is_empty());
            active.filter(|r| r.meta.level == *l).count().to_string()
        };
        let cells: Vec<String> = levels.iter().map(of).collect();
        let waiting = rows.iter().filter(|r| r.logs == log && !r.needs.is_empty());
        let waiting = waiting.count();
        writeln!(out, "| {log} | {} | {waiting} |", cells.join(" | "))?;
    }
    let n = techniques.len();
    writeln!(out, "\n{} rules for {n} techniques of ATT&CK.", rows.len())
}

fn write_noise(noise: &Noise, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n", noise.heading())?;
    writeln!(out, "| level | rule | findings | per 1,000 | per day |")?;
    writeln!(out, "|---|---|---|---|---|")?;
    let mut line = |level: &str, title: &str, n: u64| {
        let (thousand, day) = (noise.per_thousand(n), noise.per_day(n));
        let title = cell(title);
        writeln!(
            out,
            "| {level} | {title} | {n} | {thousand:.3} | {day:.2} |"
        )
    };
    for level in noise.levels() {
        let title = format!("*all at or above {level}*");
        line(level.name(), &title, noise.from(level))?;
    }
    for (meta, n) in &noise.by_rule {
        line(meta.level.name(), &meta.title, *n)?;
    }
    Ok(())
}

/// A text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
