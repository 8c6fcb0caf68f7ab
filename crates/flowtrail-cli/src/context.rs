//! `flowtrail context`: check and show the context file; and how every command
//! that takes `--context` loads it.

mod check;
mod learn;
mod place;
mod show;
mod verdict;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::bail;
use flowtrail_context::{Context, Problem, Severity};
use flowtrail_event::EventTime;

use crate::Outcome;
use crate::args;
use crate::console::{self, counted};

/// Bytes of a context file that are read; the parser refuses so many.
const FILE_BYTES_MAX: u64 = (16 << 20) + 1;

/// Does what was asked.
///
/// # Errors
/// If the file cannot be read or, where more than its problems were asked for,
/// used; and those of standard output.
pub(crate) fn run(args: &args::Context) -> anyhow::Result<Outcome> {
    match args {
        args::Context::Check { file } => check::run(file),
        args::Context::Show(args) => show::run(args),
        args::Context::Learn(args) => learn::run(args),
        args::Context::Schema => {
            let mut out = console::stdout();
            out.write_all(Context::schema().as_bytes())?;
            out.flush()?;
            Ok(Outcome::Ran)
        }
    }
}

/// The context in a file that the user named, if any. Its warnings are said.
///
/// # Errors
/// If it cannot be read or used; its problems are said before.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Option<Arc<Context>>> {
    let Some(path) = path else { return Ok(None) };
    let (context, problems) = match read(path)? {
        Ok((context, warnings)) => (Some(context), warnings),
        Err(problems) => (None, problems),
    };
    for problem in &problems {
        console::say(&problem.to_string());
    }
    let Some(context) = context else {
        let errors = counted(errors(&problems), "error");
        let file = console::path(path);
        bail!("cannot use `{file}`: {errors}\nhint: `flowtrail context check {file}` names them");
    };
    Ok(Some(Arc::new(context)))
}

/// A context and its warnings, or all that is wrong with it.
type Parsed = Result<(Context, Vec<Problem>), Vec<Problem>>;

fn read(path: &Path) -> anyhow::Result<Parsed> {
    let cannot = |e| console::cannot("read", path, &e);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| console::cannot("open", path, &e))?;
    file.take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    let Ok(text) = String::from_utf8(bytes) else {
        let file = console::path(path);
        bail!(
            "`{file}` is not UTF-8\nhint: a context file is YAML; `flowtrail context schema` describes it"
        );
    };
    Ok(Context::parse(&console::path(path), &text))
}

fn errors(problems: &[Problem]) -> usize {
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    errors.count()
}

/// The time on the clock. Nothing that ends up in a finding depends on it.
fn now() -> EventTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    EventTime(millis)
}
