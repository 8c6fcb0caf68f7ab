//! `flowtrail rules show`: everything about one rule.

use std::io::{self, Write};

use anyhow::{anyhow, bail};
use flowtrail_output::sanitize;
use flowtrail_rules::RUNBOOKS;
use flowtrail_sigma::Compilation;
use flowtrail_table::RuleRow;

use crate::Outcome;
use crate::args::{Color, RuleChoice};
use crate::console;
use crate::given;
use crate::rules::list::conditions;
use crate::sources::{self, RuleFile};

/// Rules that are named where a word fits several.
const FITS_SHOWN: usize = 10;
/// Characters of an id that are enough to name a rule by its beginning.
const ID_PREFIX_MIN: usize = 8;
/// Columns before the text of a part: room for its name.
const MARGIN: usize = 10;

/// Shows the rule that is `wanted`, or the file that it stands in.
///
/// # Errors
/// If files cannot be read, or no rule or several are called so.
pub(super) fn run(wanted: &str, choice: &RuleChoice, yaml: bool) -> anyhow::Result<Outcome> {
    let compilation = sources::chosen(choice, &given::load(choice)?)?;
    let rows = RuleRow::all(&compilation);
    let row = find(&rows, wanted, &compilation)?;
    let mut out = console::stdout();
    if yaml {
        let files = sources::files_of(choice)?;
        let file = file_of(&files, row)?;
        out.write_all(file.source.text.as_bytes())?;
    } else {
        show(row, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

/// By id, name, beginning of an id, or a part of the title.
pub(super) fn find<'r>(
    rows: &'r [RuleRow],
    wanted: &str,
    compilation: &Compilation,
) -> anyhow::Result<&'r RuleRow> {
    let lower = wanted.to_lowercase();
    let is: [&dyn Fn(&RuleRow) -> bool; 3] = [
        &|r| r.meta.id == wanted || r.meta.name.as_deref() == Some(wanted),
        &|r| wanted.len() >= ID_PREFIX_MIN && r.meta.id.starts_with(wanted),
        &|r| r.meta.title.to_lowercase().contains(&lower),
    ];
    let mut found = is.iter().map(|is| rows.iter().filter(|r| is(r)).collect());
    let found: Vec<&RuleRow> = found.find(|f: &Vec<_>| !f.is_empty()).unwrap_or_default();
    let shown = sanitize(wanted);
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let silent = compilation.rules.rules().iter().find(|r| {
                !r.emits && (r.meta.id == wanted || r.meta.name.as_deref() == Some(wanted))
            });
            match silent {
                Some(rule) => bail!(
                    "`{shown}` only feeds a correlation\nhint: `flowtrail rules list` shows those in {}",
                    sanitize(&rule.meta.file)
                ),
                None => bail!(
                    "no rule has the id, the name or a title like `{shown}`\nhint: `flowtrail rules list` shows them"
                ),
            }
        }
        several => {
            let line = |r: &&&RuleRow| {
                let id: String = r.meta.id.chars().take(ID_PREFIX_MIN).collect();
                format!("  {id}  {}", sanitize(&r.meta.title))
            };
            let lines: Vec<_> = several.iter().take(FITS_SHOWN).map(|r| line(&r)).collect();
            bail!(
                "`{shown}` fits {} rules:\n{}\nhint: give more of the title, or the id",
                several.len(),
                lines.join("\n")
            )
        }
    }
}

fn file_of<'f>(files: &'f [RuleFile], row: &RuleRow) -> anyhow::Result<&'f RuleFile> {
    let mut files = files.iter();
    files
        .find(|f| f.source.file == row.meta.file)
        .ok_or_else(|| anyhow!("the file of the rule is gone: {}", sanitize(&row.meta.file)))
}

fn show(row: &RuleRow, out: &mut impl Write) -> io::Result<()> {
    let (meta, guidance) = (&row.meta, &row.guidance);
    let width = console::style(Color::Never).width.unwrap_or(100).max(40);
    writeln!(out, "{}", sanitize(&meta.title))?;
    let reason = guidance.level_reason.as_deref().unwrap_or("");
    let response = &guidance.response;
    let alarm = guidance.alarm.as_ref().map(|a| {
        let page = if a.page {
            "wakes somebody"
        } else {
            "is a ticket"
        };
        let (n, minutes) = (a.threshold, a.period / 60);
        let own = a.own.as_deref();
        let own = own.map_or_else(String::new, |why| {
            format!("; has an alarm of its own: {why}")
        });
        format!("at {n} within {minutes} min, {page}{own}")
    });
    let id = format!("{}  {}", meta.id, meta.name.as_deref().unwrap_or(""));
    let about = [
        ("level", vec![format!("{}. {reason}", meta.level.name())]),
        ("why", vec![meta.description.clone()]),
        ("logs", vec![format!("{}, {}", row.logs, row.looks_at)]),
        ("needs", vec![conditions(row)]),
        ("not if", meta.falsepositives.clone()),
        ("detect", response.detect.clone()),
        ("assess", response.assess.clone()),
        ("contain", response.contain.clone()),
        ("gather", vec![guidance.group_by.join(", ")]),
        ("alarm", alarm.into_iter().collect()),
        ("attack", vec![meta.techniques().join(", ")]),
        ("cis", vec![guidance.cis.join(", ")]),
        ("read", meta.references.clone()),
        ("id", vec![id]),
        ("file", vec![format!("{}:{}", meta.file, meta.line)]),
    ];
    for (name, texts) in about {
        part(name, &texts, width, out)?;
    }
    match runbook(guidance.runbook.as_deref()) {
        Some(page) => {
            writeln!(out)?;
            out.write_all(page.as_bytes())
        }
        None => part("runbook", guidance.runbook.as_slice(), width, out),
    }
}

/// The page of a shipped runbook.
fn runbook(path: Option<&str>) -> Option<&'static str> {
    let page = RUNBOOKS.iter().find(|r| Some(r.path) == path);
    page.map(|r| r.text)
}

/// A name in the margin and its texts, each folded under the one before.
fn part(name: &str, texts: &[String], width: usize, out: &mut impl Write) -> io::Result<()> {
    let mut name = name;
    for text in texts.iter().filter(|t| !t.trim().is_empty()) {
        for line in textwrap::wrap(&sanitize(text.trim()), width - MARGIN) {
            writeln!(out, "  {name:w$}{line}", w = MARGIN - 2)?;
            name = "";
        }
    }
    Ok(())
}
