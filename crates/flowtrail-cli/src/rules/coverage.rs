//! `flowtrail rules coverage`: what the rules see, and how often they speak up
//! in ordinary logs.

mod markdown;
mod navigator;
mod noise;
mod text;

use std::collections::BTreeMap;
use std::io::Write as _;

use flowtrail_output::write_json_line;
use flowtrail_sigma::Level;
use flowtrail_table::RuleRow;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::{Coverage, CoverageFormat};
use crate::console;
use crate::given;
use crate::sources;
use noise::Noise;

/// A technique and the rules that look for it.
struct Technique<'t> {
    id: String,
    /// Gravest first, as the rules are listed.
    rules: Vec<&'t RuleRow>,
}

impl Technique<'_> {
    /// How many of its rules can run with what is there.
    fn active(&self) -> usize {
        self.rules.iter().filter(|r| r.needs.is_empty()).count()
    }

    fn gravest(&self) -> Option<Level> {
        self.rules.iter().map(|r| r.meta.level).max()
    }
}

/// Prints the coverage of a choice of rules and, for ordinary logs, their noise.
///
/// # Errors
/// If files cannot be read, and those of standard output.
pub(super) fn run(args: &Coverage) -> anyhow::Result<Outcome> {
    let given = given::load(&args.rules)?;
    let compilation = sources::chosen(&args.rules, &given)?;
    sources::report_problems(&compilation);
    let rows = RuleRow::all(&compilation);
    let techniques = techniques(&rows);
    let mut out = console::stdout();
    let mut complete = !sources::has_errors(&compilation);
    let noise = if args.paths.is_empty() {
        None
    } else {
        let noise = Noise::measure(compilation.rules, args, &given)?;
        complete &= noise.is_complete();
        Some(noise)
    };
    match args.format {
        CoverageFormat::Text => text::write(&rows, &techniques, noise.as_ref(), &mut out)?,
        CoverageFormat::Markdown => markdown::write(&rows, &techniques, noise.as_ref(), &mut out)?,
        CoverageFormat::MarkdownSums => markdown::write_sums(&rows, &techniques, &mut out)?,
        CoverageFormat::Json => {
            let noise = noise.as_ref().map(Noise::json);
            write_json_line(&as_json(&rows, &techniques, noise), &mut out)?;
        }
        CoverageFormat::Navigator => {
            write_json_line(&navigator::layer(&techniques), &mut out)?;
        }
    }
    out.flush()?;
    Ok(if complete {
        Outcome::Ran
    } else {
        Outcome::Incomplete
    })
}

/// The techniques that rules name, by id.
fn techniques<'t>(rows: &'t [RuleRow]) -> Vec<Technique<'t>> {
    let mut by_id: BTreeMap<String, Vec<&RuleRow>> = BTreeMap::new();
    for row in rows {
        for id in row.meta.techniques() {
            by_id.entry(id).or_default().push(row);
        }
    }
    by_id
        .into_iter()
        .map(|(id, rules)| Technique { id, rules })
        .collect()
}

/// How many rules there are of a level, gravest level first.
fn by_level<'r>(rows: impl Iterator<Item = &'r RuleRow> + Clone) -> Vec<(Level, usize)> {
    let count = |level| rows.clone().filter(|r| r.meta.level == level).count();
    let levels = Level::ALL.into_iter().rev();
    levels.map(|l| (l, count(l))).collect()
}

fn as_json(rows: &[RuleRow], techniques: &[Technique<'_>], noise: Option<Value>) -> Value {
    let technique = |t: &Technique<'_>| {
        let ids: Vec<&str> = t.rules.iter().map(|r| r.meta.id.as_str()).collect();
        json!({
            "technique": t.id, "rules": ids, "active": t.active(),
            "level": t.gravest(),
        })
    };
    let levels: BTreeMap<&str, usize> = by_level(rows.iter())
        .into_iter()
        .map(|(l, n)| (l.name(), n))
        .collect();
    let techniques: Vec<Value> = techniques.iter().map(technique).collect();
    json!({
        "rules": rows.len(),
        "active": rows.iter().filter(|r| r.needs.is_empty()).count(),
        "levels": levels,
        "techniques": techniques,
        "noise": noise,
    })
}
