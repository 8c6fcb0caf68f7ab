//! `flowtrail rules test`: the cases that stand beside each rule.

use std::io::Write as _;
use std::path::PathBuf;

use flowtrail_output::sanitize;

use crate::Outcome;
use crate::cases;
use crate::console::{self, counted};

/// Runs the cases of the rules under `paths`.
///
/// # Errors
/// If files cannot be read, and those of standard output.
pub(super) fn run(paths: &[PathBuf], verbose: bool) -> anyhow::Result<Outcome> {
    let files = super::files(paths)?;
    let mut out = console::stdout();
    let (mut passed, mut failed, mut without, mut broken) = (0, 0, 0, 0);
    for file in &files {
        let verdicts = match cases::run(file) {
            Ok(v) => v,
            Err(e) => {
                broken += 1;
                writeln!(out, "{}", console::safe(&format!("error: {e:#}")))?;
                continue;
            }
        };
        passed += verdicts.passed.len();
        failed += verdicts.failed.len();
        without += verdicts.without.len();
        if verbose {
            for line in &verdicts.passed {
                writeln!(out, "ok: {}", sanitize(line))?;
            }
        }
        for line in &verdicts.failed {
            writeln!(out, "failed: {}", sanitize(line))?;
        }
        for line in &verdicts.without {
            let line = sanitize(line);
            writeln!(out, "missing: {line}")?;
        }
    }
    if without > 0 {
        writeln!(
            out,
            "hint: write one case that must match and one near miss into NAME.cases.yml beside NAME.yml"
        )?;
    }
    writeln!(
        out,
        "{}: {} passed, {failed} failed, {} without a match and a near miss, {} not run",
        counted(files.len(), "file"),
        counted(passed, "case"),
        counted(without, "rule"),
        counted(broken, "file"),
    )?;
    out.flush()?;
    Ok(if broken > 0 {
        Outcome::Incomplete
    } else if failed + without > 0 {
        Outcome::Found
    } else {
        Outcome::Ran
    })
}
