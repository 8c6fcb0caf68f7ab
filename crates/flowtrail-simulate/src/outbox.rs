//! The way of finished files into the store, and the sums over them.

use crate::error::SimulateError;
use crate::store::Store;
use flate2::{Compression, GzBuilder};
use std::io::Write as _;

/// How far a simulation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Slots of five minutes that are done.
    pub slots: u64,
    /// Slots in all.
    pub slots_total: u64,
    /// Objects stored, labels and digests included.
    pub objects: u64,
    /// CloudTrail records written, each duplicate counted.
    pub events: u64,
    /// Flow-log lines written, headers not counted.
    pub flows: u64,
    /// Bytes before compression.
    pub bytes_raw: u64,
    /// Bytes as stored.
    pub bytes_stored: u64,
}

/// Compresses and stores.
pub(crate) struct Outbox<'s> {
    store: &'s mut dyn Store,
    level: Compression,
    pub(crate) progress: Progress,
}

impl<'s> Outbox<'s> {
    pub(crate) fn new(store: &'s mut dyn Store, level: u32) -> Self {
        Self {
            store,
            level: Compression::new(level),
            progress: Progress::default(),
        }
    }

    /// Stores `raw` under `key`, compressed. The header has no time and no
    /// name, so that equal contents are equal files.
    pub(crate) fn put_gzip(&mut self, key: &str, raw: &[u8]) -> Result<(), SimulateError> {
        let failed = |source| SimulateError::Store {
            key: key.to_owned(),
            source,
        };
        let packed = Vec::with_capacity(raw.len() / 4 + 64);
        let mut encoder = GzBuilder::new().mtime(0).write(packed, self.level);
        encoder.write_all(raw).map_err(failed)?;
        let packed = encoder.finish().map_err(failed)?;
        self.count(raw.len(), packed.len());
        self.store.put(key, &packed).map_err(failed)
    }

    /// Stores `bytes` under `key` as they are.
    pub(crate) fn put_plain(&mut self, key: &str, bytes: &[u8]) -> Result<(), SimulateError> {
        self.count(bytes.len(), bytes.len());
        self.store
            .put(key, bytes)
            .map_err(|source| SimulateError::Store {
                key: key.to_owned(),
                source,
            })
    }

    fn count(&mut self, raw: usize, stored: usize) {
        self.progress.objects += 1;
        self.progress.bytes_raw += u64::try_from(raw).unwrap_or(u64::MAX);
        self.progress.bytes_stored += u64::try_from(stored).unwrap_or(u64::MAX);
    }
}
