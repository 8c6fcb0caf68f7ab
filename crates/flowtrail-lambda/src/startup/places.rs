//! The files that say where addresses are, at cold start.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use flowtrail_aws::{ObjectRef, Objects};
use flowtrail_context::Places;

use super::{BASE_MEMORY_MB, OBJECT_MEMORY_MB, READING_TIME_MAX};

/// Files, and how much memory they take.
pub(super) struct Loaded {
    pub(super) places: Arc<Places>,
    pub(super) bytes: usize,
}

/// The files, for a function with so much memory. One that cannot be read or is
/// none stops the cold start: the rules that stand on it would be silent.
pub(super) async fn places_of(
    objects: &Objects,
    files: &[String],
    memory_mb: usize,
) -> anyhow::Result<Loaded> {
    let began = Instant::now();
    let mut room = memory_mb.saturating_sub(BASE_MEMORY_MB + OBJECT_MEMORY_MB) << 20;
    let mut read = Vec::with_capacity(files.len());
    let mut bytes = 0;
    for file in files {
        let why = || {
            format!(
                "FLOWTRAIL_GEO: {file} cannot be read; a function of {memory_mb} MB has {} MB \
                 for it",
                room >> 20
            )
        };
        let content = bytes_of(objects, file, room).await.with_context(why)?;
        room = room.saturating_sub(content.len());
        bytes += content.len();
        read.push((file.clone(), content));
    }
    let places = Places::read(read).map_err(|e| anyhow!("FLOWTRAIL_GEO: {e}"))?;
    for file in places.files() {
        let tells = file.tells;
        tracing::info!(
            file = file.name,
            database = file.sort,
            built = %file.built,
            countries = tells.countries,
            places = tells.places,
            systems = tells.systems,
            milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "places"
        );
    }
    Ok(Loaded {
        places: Arc::new(places),
        bytes,
    })
}

async fn bytes_of(objects: &Objects, file: &str, room: usize) -> anyhow::Result<Vec<u8>> {
    if let Some(path) = file.strip_prefix("s3://") {
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let object = ObjectRef::named(bucket, key);
        let deadline = Instant::now() + READING_TIME_MAX;
        return Ok(objects.read(&object, room as u64, deadline).await?.into());
    }
    let package = std::env::var_os("LAMBDA_TASK_ROOT").unwrap_or_default();
    let path = Path::new(&package).join(file);
    let size = std::fs::metadata(&path)?.len();
    anyhow::ensure!(size <= room as u64, "it has {size} bytes");
    Ok(std::fs::read(path)?)
}
