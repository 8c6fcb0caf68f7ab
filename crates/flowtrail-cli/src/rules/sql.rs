//! `flowtrail rules show RULE --sql`: a rule as a statement for `flowtrail
//! query`, to be changed.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use flowtrail_output::sanitize;
use flowtrail_sigma::{Compilation, Correlation, MemberOf, RuleMeta, RuleSet, Services};
use flowtrail_table::{RuleRow, RuleSql};

use super::show::find;
use crate::Outcome;
use crate::args::RuleChoice;
use crate::console;
use crate::given;
use crate::sources;

/// Prints the statements of the rule that is `wanted`: one over each table that
/// it looks into.
///
/// # Errors
/// If files cannot be read, no rule or several are called so, or the rule has
/// no form in SQL.
pub(super) fn run(wanted: &str, choice: &RuleChoice) -> anyhow::Result<Outcome> {
    let compilation = sources::chosen(choice, &given::load(choice)?)?;
    let (meta, services) = single(wanted, &compilation)?;
    let files = sources::files_of(choice)?;
    let file = files.iter().find(|f| f.source.file == meta.file);
    let file =
        file.ok_or_else(|| anyhow!("the file of the rule is gone: {}", sanitize(&meta.file)))?;
    let statements = RuleSql::of(&file.source.text, &meta, services).map_err(|e| {
        let name = sanitize(meta.name.as_deref().unwrap_or(&meta.title));
        anyhow!("`{name}` has no form in SQL: {}", sanitize(&e.to_string()))
    })?;
    let mut out = console::stdout();
    for (ix, statement) in statements.iter().enumerate() {
        let between = if ix == 0 { "" } else { ";\n\n" };
        write!(out, "{between}{}", statement.statement(&meta))?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

/// The rule that is called so, those that only feed correlations among them.
fn single(wanted: &str, compilation: &Compilation) -> anyhow::Result<(Arc<RuleMeta>, Services)> {
    let rules = compilation.rules.rules().iter();
    let rules = rules.map(|r| (&r.meta, r.services));
    let waiting = compilation.inactive.iter().filter(|i| !i.is_correlation);
    let all: Vec<_> = rules
        .chain(waiting.map(|i| (&i.meta, i.services)))
        .collect();
    let named = |(meta, _): &&(&Arc<RuleMeta>, Services)| {
        meta.id == wanted || meta.name.as_deref() == Some(wanted)
    };
    if let Some((meta, services)) = all.iter().find(named) {
        return Ok((Arc::clone(meta), *services));
    }
    let rows = RuleRow::all(compilation);
    let id = &find(&rows, wanted, compilation)?.meta.id;
    if let Some((meta, services)) = all.iter().find(|(meta, _)| meta.id == *id) {
        return Ok((Arc::clone(meta), *services));
    }
    let correlations = compilation.rules.correlations();
    let correlation = correlations.iter().find(|c| c.meta.id == *id);
    let members = correlation.map_or_else(Vec::new, |c| members(&compilation.rules, c));
    let hint = match members.as_slice() {
        [] => String::new(),
        names => format!(
            "\nhint: the rules that it counts have one: {}",
            names.join(", ")
        ),
    };
    bail!(
        "`{}` has no form in SQL: it counts matches over time{hint}",
        sanitize(wanted)
    )
}

/// The names of the rules that a correlation rests on.
fn members(rules: &RuleSet, correlation: &Correlation) -> Vec<String> {
    let mut names = Vec::new();
    for member in &correlation.members {
        match member.of {
            MemberOf::Rule(ix) => names.extend(rules.rule(ix).map(|r| {
                let meta = &r.meta;
                format!("`{}`", sanitize(meta.name.as_deref().unwrap_or(&meta.id)))
            })),
            MemberOf::Correlation(ix) => {
                let below = rules.correlations().get(ix.0 as usize);
                names.extend(below.into_iter().flat_map(|c| self::members(rules, c)));
            }
        }
    }
    names.sort();
    names.dedup();
    names
}
