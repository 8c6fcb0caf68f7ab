//! `flowtrail rules check`: every problem with file, line and hint.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flowtrail_event::Service;
use flowtrail_output::sanitize;
use flowtrail_scan::rule_options_knowing;
use flowtrail_sigma::{RuleSource, Severity, compile};

use crate::Outcome;
use crate::console::{self, counted};
use crate::given;
use crate::sources;

/// Compiles the rules under `paths` and names what is wrong with them.
///
/// # Errors
/// If files cannot be read, and those of standard output.
pub(super) fn run(
    paths: &[PathBuf],
    context: Option<&Path>,
    geo: &[PathBuf],
) -> anyhow::Result<Outcome> {
    let given = given::of(context, geo)?;
    let files = super::files(paths)?;
    let sources: Vec<RuleSource> = files.into_iter().map(|f| f.source).collect();
    let mut compilation = compile(&sources, &rule_options_knowing(&given.knowledge()));
    sources::add_guidance_problems(&mut compilation);
    let mut out = console::stdout();
    for problem in &compilation.problems {
        writeln!(out, "{}", console::safe(&problem.to_string()))?;
    }
    for title in &compilation.not_applicable {
        let title = sanitize(title);
        writeln!(out, "note: {title}: for logs that Flowtrail does not read")?;
    }
    for waiting in &compilation.inactive {
        let needs = given::needs(waiting.needs.iter().copied());
        let title = sanitize(&waiting.meta.title);
        writeln!(out, "note: {title}: not active without {needs}")?;
    }
    let is_error = |severity| severity == Severity::Error;
    let problems = compilation.problems.iter();
    let errors = problems.filter(|p| is_error(p.severity)).count();
    let rules = &compilation.rules;
    writeln!(
        out,
        "{}: {} and {} compiled, {}, {}, {} not active, {} not applicable",
        counted(sources.len(), "file"),
        counted(rules.rules().len(), "rule"),
        counted(rules.correlations().len(), "correlation"),
        counted(errors, "error"),
        counted(compilation.problems.len() - errors, "warning"),
        compilation.inactive.len(),
        compilation.not_applicable.len(),
    )?;
    for service in Service::ALL {
        let always = rules.always_evaluated(service);
        if always > 0 {
            writeln!(
                out,
                "note: evaluated for every record of {service}, because nothing in them could wake them: {}",
                counted(always, "rule")
            )?;
        }
    }
    out.flush()?;
    Ok(if errors > 0 {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    })
}
