//! Where logs lie: what the words of the command line name, for every command
//! that reads logs.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use flowtrail_aws::{BucketSettings, key_of, open_bucket};
use flowtrail_event::EventTime;
use flowtrail_scan::TimeSpan;
use flowtrail_table::{Bucket, Logs, Source};
use tokio::runtime::Runtime;

use crate::console;

/// How logs are read, as options say it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading<'a> {
    pub(crate) since: Option<EventTime>,
    pub(crate) until: Option<EventTime>,
    /// How late an object may have been delivered.
    pub(crate) lateness: Option<Duration>,
    pub(crate) flow_format: Option<&'a str>,
    /// Files that are no logs, wherever they are met.
    pub(crate) aside: Vec<PathBuf>,
}

/// The logs that `words` name: files, folders, `-`, `s3://bucket/prefix`.
///
/// # Errors
/// If one of them is not there, no event can be in the span of time, or the
/// format of flow logs is none.
pub(crate) fn open<W: AsRef<OsStr>>(
    words: &[W],
    reading: Reading<'_>,
    runtime: &Runtime,
) -> anyhow::Result<Logs> {
    let span = span(reading.since, reading.until)?;
    let format = reading.flow_format.map(flowtrail_flowlog::Format::parse);
    let format = format.transpose().context("cannot read --flow-format")?;
    let sources = words.iter().map(|word| source(word.as_ref(), runtime));
    Ok(Logs {
        sources: sources.collect::<anyhow::Result<_>>()?,
        span,
        lateness: reading.lateness,
        flow_format: format,
        aside: reading.aside.into(),
        ..Logs::default()
    })
}

/// A span of event time.
///
/// # Errors
/// If nothing can be in it.
pub(crate) fn span(since: Option<EventTime>, until: Option<EventTime>) -> anyhow::Result<TimeSpan> {
    if let (Some(since), Some(until)) = (since, until)
        && since >= until
    {
        bail!(
            "`--since {since}` is not before `--until {until}`, so no event can be between them\n\
             hint: give the earlier time to `--since`"
        );
    }
    Ok(TimeSpan { since, until })
}

/// The logs that one word names.
///
/// # Errors
/// If they are not there.
pub(crate) fn source(word: &OsStr, runtime: &Runtime) -> anyhow::Result<Source> {
    if word == "-" {
        return Ok(Source::Stdin);
    }
    if let Some(place) = word.to_str().and_then(|w| w.strip_prefix("s3://")) {
        return runtime.block_on(bucket(place)).map(Source::Bucket);
    }
    let path = PathBuf::from(word);
    match path.metadata() {
        Ok(_) => Ok(Source::Local(path)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(anyhow!(
            "cannot open `{}`: no such file or folder\nhint: give log files, folders of them, \
             s3://bucket/prefix, or `-` for standard input",
            console::path(&path)
        )),
        Err(e) => Err(console::cannot("open", &path, &e)),
    }
}

/// `bucket/prefix`.
///
/// # Errors
/// If it names none, or none can be opened.
pub(crate) async fn bucket(place: &str) -> anyhow::Result<Bucket> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        bail!("`s3://{place}` names no bucket\nhint: write it as s3://bucket/prefix");
    }
    let settings = BucketSettings::named(bucket);
    let store = open_bucket(&settings).await.map_err(|e| anyhow!("{e}"))?;
    let opened = Bucket::new(store, bucket, prefix);
    let opened = opened.map_err(|e| anyhow!("cannot read `s3://{place}`: {e}"))?;
    Ok(opened.with_keys(key_of))
}
