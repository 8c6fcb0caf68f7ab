//! `flowtrail context check`: every problem with line and hint.

use std::io::Write as _;
use std::path::Path;

use crate::Outcome;
use crate::console::{self, counted};

use super::show::sums;

/// Names what is wrong with a context file, by today's date.
///
/// # Errors
/// If it cannot be read, and those of standard output.
pub(super) fn run(path: &Path) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    let (context, problems) = match super::read(path)? {
        Ok((context, mut warnings)) => {
            warnings.extend(context.outdated(super::now()));
            warnings.sort_by_key(|p| (p.line, p.column));
            (Some(context), warnings)
        }
        Err(problems) => (None, problems),
    };
    for problem in &problems {
        writeln!(out, "{}", console::safe(&problem.to_string()))?;
    }
    let errors = super::errors(&problems);
    let (errors, warnings) = (
        counted(errors, "error"),
        counted(problems.len() - errors, "warning"),
    );
    let file = console::path(path);
    match &context {
        Some(context) => writeln!(
            out,
            "{file}, version {}: {}; {errors}, {warnings}",
            context.version(),
            sums(context).join(", ")
        )?,
        None => writeln!(out, "{file}: cannot be used; {errors}, {warnings}")?,
    }
    out.flush()?;
    Ok(match context {
        Some(_) => Outcome::Ran,
        None => Outcome::Incomplete,
    })
}
