//! Coverage for a terminal.

use std::io::{self, Write};

use flowtrail_output::sanitize;
use flowtrail_table::RuleRow;

use super::{Noise, Technique, by_level};
use crate::console::counted;

pub(super) fn write(
    rows: &[RuleRow],
    techniques: &[Technique<'_>],
    noise: Option<&Noise>,
    out: &mut impl Write,
) -> io::Result<()> {
    if let Some(noise) = noise {
        return write_noise(rows, noise, out);
    }
    for technique in techniques {
        let active = technique.active();
        let waiting = match technique.rules.len() - active {
            0 => String::new(),
            n => format!(", {n} not active"),
        };
        let active = counted(active, "rule");
        writeln!(out, "{}  {active}{waiting}", technique.id)?;
        for rule in &technique.rules {
            let mark = if rule.needs.is_empty() { ' ' } else { '-' };
            let line = format!(
                "  {mark} {:13}  {:8.8}  {}",
                rule.meta.level.name(),
                rule.meta.id,
                rule.meta.title
            );
            writeln!(out, "{}", sanitize(&line))?;
        }
    }
    let active = rows.iter().filter(|r| r.needs.is_empty()).count();
    let levels: Vec<String> = by_level(rows.iter())
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(l, n)| format!("{n} {l}"))
        .collect();
    writeln!(
        out,
        "\n{} for {} ({}), {active} of them active",
        counted(rows.len(), "rule"),
        counted(techniques.len(), "technique"),
        levels.join(", "),
    )
}

fn write_noise(rows: &[RuleRow], noise: &Noise, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n", noise.heading())?;
    writeln!(
        out,
        "{:>9}  {:>9}  {:>9}  at or above",
        "findings", "per 1,000", "per day"
    )?;
    for level in noise.levels() {
        let n = noise.from(level);
        let (thousand, day) = (noise.per_thousand(n), noise.per_day(n));
        writeln!(out, "{n:>9}  {thousand:>9.3}  {day:>9.2}  {level}")?;
    }
    writeln!(
        out,
        "\n{:>9}  {:>9}  {:>9}  rule",
        "findings", "per 1,000", "per day"
    )?;
    for (meta, n) in &noise.by_rule {
        let (thousand, day) = (noise.per_thousand(*n), noise.per_day(*n));
        let line = format!(
            "{n:>9}  {thousand:>9.3}  {day:>9.2}  {:13}  {:8.8}  {}",
            meta.level.name(),
            meta.id,
            meta.title
        );
        writeln!(out, "{}", sanitize(&line))?;
    }
    let quiet = rows.iter().filter(|r| r.needs.is_empty()).count() - noise.by_rule.len();
    writeln!(out, "\n{} said nothing", counted(quiet, "active rule"))
}
