//! The baseline, at cold start: as much of its file as a detector needs.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use flowtrail_aws::{ObjectRef, Objects};
use flowtrail_baseline::{Baseline, Day, FileError, Header};
use flowtrail_event::EventTime;

use super::{BASE_MEMORY_MB, OBJECT_MEMORY_MB, READING_TIME_MAX};
use crate::function::now;

/// Bytes of the first request: the longest header that there can be. Of a
/// baseline of up to some ten thousand entries it brings everything.
const FIRST_BYTES: u64 = (1 << 20) + 16;
/// A baseline whose records end so many days ago should be made anew: most of
/// what is usual by now has to be asked for, object by object.
const OLD_DAYS: u16 = 7;

/// The baseline of `place`, for a function with so much memory. One that cannot
/// be read or is damaged stops the cold start: the rules that stand on it would
/// be silent.
pub(super) async fn baseline_of(
    objects: &Objects,
    place: &str,
    memory_mb: usize,
) -> anyhow::Result<Arc<Baseline>> {
    let began = Instant::now();
    let why = |what| format!("FLOWTRAIL_BASELINE: {place} {what}");
    let bytes = match place.strip_prefix("s3://") {
        Some(path) => of_bucket(objects, path, memory_mb).await,
        None => of_package(place, memory_mb),
    };
    let bytes = bytes.with_context(|| why("cannot be read"))?;
    let size = bytes.len();
    // Hashing and indexing take seconds for tens of millions of entries.
    let read = tokio::task::spawn_blocking(move || Baseline::read(bytes)).await;
    let baseline = read?.with_context(|| why("cannot be used"))?;
    let header = baseline.header();
    let day = |day: Option<Day>| day.map(|d| d.to_string());
    tracing::info!(
        file = place,
        id = baseline.id(),
        entries = header.sightings(),
        records = header.records,
        first = day(header.first),
        last = day(header.last),
        bytes = size,
        milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "baseline"
    );
    let today = Day::of(EventTime::from_secs(now()));
    let age = header.last.map(|last| today.0.saturating_sub(last.0));
    if age.is_none_or(|days| days > OLD_DAYS) {
        tracing::warn!(
            file = place,
            last = day(header.last),
            days = age,
            hint = "build one of later logs (`flowtrail baseline build`)",
            "the baseline is old"
        );
    }
    Ok(Arc::new(baseline))
}

/// How many bytes of a file a detector needs, once its beginning is there.
fn needed(beginning: &[u8], memory_mb: usize) -> anyhow::Result<u64> {
    let (header, begin) = Header::read(beginning)?.ok_or(FileError::Short)?;
    let bytes = header.hot_bytes().saturating_add(begin as u64);
    let room = memory_mb.saturating_sub(BASE_MEMORY_MB + OBJECT_MEMORY_MB) as u64;
    if bytes >> 20 >= room {
        anyhow::bail!(
            "it takes {} MB of memory, and a function of {memory_mb} MB has {room} MB for it\n\
             hint: give the function more memory, or build a baseline of fewer days",
            (bytes >> 20) + 1
        );
    }
    Ok(bytes)
}

/// In one request, or two.
async fn of_bucket(objects: &Objects, path: &str, memory_mb: usize) -> anyhow::Result<Vec<u8>> {
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let object = ObjectRef::named(bucket, key);
    let deadline = Instant::now() + READING_TIME_MAX;
    let (named, beginning) = objects.read_part(&object, 0..FIRST_BYTES, deadline).await?;
    let needed = needed(&beginning, memory_mb)?;
    let mut bytes = Vec::with_capacity(usize::try_from(needed)?);
    bytes.extend_from_slice(&beginning);
    bytes.truncate(usize::try_from(needed)?);
    let have = bytes.len() as u64;
    // A file that is cut off ends within the first request.
    if have < needed && have == FIRST_BYTES {
        // Whoever asks for a version has to be allowed to.
        let content = ObjectRef {
            version: None,
            ..named
        };
        let (_, rest) = objects.read_part(&content, have..needed, deadline).await?;
        bytes.extend_from_slice(&rest);
    }
    Ok(bytes)
}

fn of_package(path: &str, memory_mb: usize) -> anyhow::Result<Vec<u8>> {
    let package = std::env::var_os("LAMBDA_TASK_ROOT").unwrap_or_default();
    let mut file = std::fs::File::open(Path::new(&package).join(path))?;
    let mut bytes = Vec::new();
    (&mut file).take(FIRST_BYTES).read_to_end(&mut bytes)?;
    let needed = needed(&bytes, memory_mb)?;
    let left = needed.saturating_sub(bytes.len() as u64);
    file.take(left).read_to_end(&mut bytes)?;
    bytes.truncate(usize::try_from(needed)?);
    Ok(bytes)
}
