//! The context file, at cold start.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use flowtrail_aws::{ObjectRef, Objects};
use flowtrail_context::{Context, Problem, Severity};
use flowtrail_event::EventTime;

use super::READING_TIME_MAX;
use crate::function::now;

/// Bytes of a context file.
const BYTES_MAX: u64 = 16 << 20;
/// Problems that have a line each in the log; a file with more has one cause.
const PROBLEMS_SHOWN: usize = 20;

/// The context file of `place`. One that cannot be read, or has an error, stops
/// the cold start: the rules that stand on it would be silent.
pub(super) async fn context_of(objects: &Objects, place: &str) -> anyhow::Result<Arc<Context>> {
    let why = |what| format!("FLOWTRAIL_CONTEXT: {place} {what}");
    let bytes = read(objects, place).await;
    let bytes = bytes.with_context(|| why("cannot be read"))?;
    // Nothing is mended on the way: the version is that of the file as it is.
    let text = String::from_utf8(bytes).with_context(|| why("is not UTF-8"))?;
    let (context, mut warnings) = Context::parse(place, &text).map_err(|all| refused(&all))?;
    warnings.extend(context.outdated(EventTime::from_secs(now())));
    for problem in &warnings {
        tracing::warn!(file = %problem.file, line = problem.line, hint = problem.hint,
            "{}", problem.reason);
    }
    let holds = context.summary();
    tracing::info!(
        file = place,
        version = context.version(),
        accounts = holds.accounts,
        networks = holds.networks,
        matrix = holds.matrix,
        suppressions = holds.suppressions,
        "context"
    );
    Ok(Arc::new(context))
}

async fn read(objects: &Objects, place: &str) -> anyhow::Result<Vec<u8>> {
    if let Some(path) = place.strip_prefix("s3://") {
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let object = ObjectRef::named(bucket, key);
        let deadline = Instant::now() + READING_TIME_MAX;
        return Ok(objects.read(&object, BYTES_MAX, deadline).await?.to_vec());
    }
    let package = std::env::var_os("LAMBDA_TASK_ROOT").unwrap_or_default();
    Ok(std::fs::read(Path::new(&package).join(place))?)
}

/// Each problem has a line in the log; the error has the first of them.
fn refused(all: &[Problem]) -> anyhow::Error {
    let errors = all.iter().filter(|p| p.severity == Severity::Error);
    let errors: Vec<&Problem> = errors.collect();
    for problem in errors.iter().take(PROBLEMS_SHOWN) {
        tracing::error!(file = %problem.file, line = problem.line, column = problem.column,
            hint = problem.hint, "{}", problem.reason);
    }
    let first = errors.first().map_or_else(String::new, ToString::to_string);
    let count = match errors.len() {
        1 => "an error".to_owned(),
        n => format!("{n} errors, first"),
    };
    anyhow::anyhow!("FLOWTRAIL_CONTEXT cannot be used, it has {count}: {first}")
}
