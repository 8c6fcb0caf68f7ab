//! `flowtrail rules`: list, show, check, test, explain, coverage, schema.

mod check;
mod coverage;
mod explain;
mod list;
mod schema;
mod show;
mod sql;
mod test;

use std::path::PathBuf;

use flowtrail_sigma::Compilation;
use flowtrail_table::RuleRow;

use crate::Outcome;
use crate::args::Rules;
use crate::sources::{self, RuleFile};

/// Does what was asked.
///
/// # Errors
/// If files cannot be read or the rule or event in question is not there.
pub(crate) fn run(args: &Rules) -> anyhow::Result<Outcome> {
    match args {
        Rules::List {
            rules,
            memory,
            json,
        } => list::run(rules, memory, *json),
        Rules::Show {
            rule, rules, sql, ..
        } if *sql => sql::run(rule, rules),
        Rules::Show {
            rule, rules, yaml, ..
        } => show::run(rule, rules, *yaml),
        Rules::Coverage(args) => coverage::run(args),
        Rules::Check {
            paths,
            context,
            geo,
        } => check::run(paths, context.as_deref(), geo),
        Rules::Test { paths, verbose } => test::run(paths, *verbose),
        Rules::Explain { rule, event, rules } => explain::run(rule, event, rules),
        Rules::Schema { json } => schema::run(*json),
    }
}

/// The id of the rule that is called so: its id or the beginning of it, its
/// name, or a part of its title.
///
/// # Errors
/// If there is none, or several are.
pub(crate) fn id_of(wanted: &str, compilation: &Compilation) -> anyhow::Result<String> {
    let rows = RuleRow::all(compilation);
    show::find(&rows, wanted, compilation).map(|row| row.meta.id.clone())
}

/// The files under `paths`, or those that ship if there are none.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<RuleFile>> {
    if paths.is_empty() {
        Ok(sources::shipped())
    } else {
        sources::from_paths(paths)
    }
}
