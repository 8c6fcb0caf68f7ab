//! The logs of a query: what the words of the command line name.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use flowtrail_aws::{BucketSettings, key_of, open_bucket};
use flowtrail_context::Context;
use flowtrail_scan::TimeSpan;
use flowtrail_table::functions::{Database, Knowledge, register};
use flowtrail_table::{Bucket, Engine, Logs, NamedQuery, Source};
use tokio::runtime::Runtime;

use super::args::Query;
use super::ask::said;
use crate::console;

/// The logs that `words` name: files, folders, `-`, `s3://bucket/prefix`.
///
/// # Errors
/// If one of them is not there, or the format of flow logs is none.
pub(super) fn open(args: &Query, words: &[OsString], runtime: &Runtime) -> anyhow::Result<Logs> {
    let format = args.flow_format.as_deref();
    Ok(Logs {
        sources: sources(words, runtime)?,
        span: TimeSpan {
            since: args.since,
            until: args.until,
        },
        flow_format: format
            .map(flowtrail_flowlog::Format::parse)
            .transpose()
            .context("cannot read --flow-format")?,
        ..Logs::default()
    })
}

/// What `words` name: files, folders, `-`, `s3://bucket/prefix`.
///
/// # Errors
/// If one of them is not there.
pub(crate) fn sources(words: &[OsString], runtime: &Runtime) -> anyhow::Result<Arc<[Source]>> {
    words.iter().map(|word| source(word, runtime)).collect()
}

/// The logs that one word names.
///
/// # Errors
/// If they are not there.
pub(crate) fn source(word: &OsString, runtime: &Runtime) -> anyhow::Result<Source> {
    if word == "-" {
        return Ok(Source::Stdin);
    }
    if let Some(place) = word.to_str().and_then(|w| w.strip_prefix("s3://")) {
        return bucket(place, runtime);
    }
    let path = PathBuf::from(word);
    match path.metadata() {
        Ok(_) => Ok(Source::Local(path)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(not_there(&path)),
        Err(e) => Err(console::cannot("open", &path, &e)),
    }
}

/// What was perhaps meant by a path that is none.
fn not_there(path: &Path) -> anyhow::Error {
    let name = console::path(path);
    let hint = if NamedQuery::find(&path.to_string_lossy()).is_ok() {
        format!("`--name {name}` runs the query of this name")
    } else if name.contains(char::is_whitespace) {
        "a statement begins with SELECT, WITH, EXPLAIN, SHOW, DESCRIBE or VALUES".to_owned()
    } else {
        "give log files, folders of them, s3://bucket/prefix, or `-` for standard input".to_owned()
    };
    anyhow!("cannot open `{name}`: no such file or folder\nhint: {hint}")
}

/// `bucket/prefix`.
fn bucket(place: &str, runtime: &Runtime) -> anyhow::Result<Source> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        bail!("`s3://{place}` names no bucket\nhint: write it as s3://bucket/prefix");
    }
    let settings = BucketSettings::named(bucket);
    let store = runtime
        .block_on(open_bucket(&settings))
        .map_err(|e| anyhow!("{e}"))?;
    let opened = Bucket::new(store, bucket, prefix);
    let opened = opened.map_err(|e| anyhow!("cannot read `s3://{place}`: {e}"))?;
    Ok(Source::Bucket(opened.with_keys(key_of)))
}

/// Gives the engine the functions, and what they know.
///
/// # Errors
/// If a file of addresses can not be used.
pub(super) fn functions(
    engine: &Engine,
    args: &Query,
    context: Option<Arc<Context>>,
) -> anyhow::Result<()> {
    let knowledge = Knowledge {
        context,
        country: args.country_db.as_deref().map(database).transpose()?,
        asn: args.asn_db.as_deref().map(database).transpose()?,
    };
    // A copy of a session is the same session.
    let mut session = engine.context().clone();
    register(&mut session, knowledge).map_err(|e| said(engine.explain(&e)))
}

/// A file of addresses in `MaxMind`'s format, in memory.
fn database(path: &Path) -> anyhow::Result<Database> {
    let bytes = std::fs::read(path).map_err(|e| console::cannot("read", path, &e))?;
    let reader = maxminddb::Reader::from_source(bytes).map_err(|e| {
        let file = console::path(path);
        anyhow!("cannot use `{file}`: {e}\nhint: give a file in MaxMind's format (.mmdb)")
    })?;
    Ok(Arc::new(reader))
}
