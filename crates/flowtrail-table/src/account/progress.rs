//! How far reading is.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far the reading of a statement is: counters that the reading threads
/// move and a progress bar looks at.
#[derive(Debug, Default)]
pub struct Progress {
    objects_listed: AtomicU64,
    objects_done: AtomicU64,
    bytes_listed: AtomicU64,
    bytes_done: AtomicU64,
    rows: AtomicU64,
}

/// [`Progress`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgressNow {
    /// Objects to be read, as far as they are known. An object counts once for
    /// each table that reads it.
    pub objects_listed: u64,
    /// Objects that were read.
    pub objects_done: u64,
    /// Bytes to be read, as stored.
    pub bytes_listed: u64,
    /// Bytes that were read, as stored.
    pub bytes_done: u64,
    /// Rows that tables gave on to the query.
    pub rows: u64,
}

impl Progress {
    /// Where it stands.
    #[must_use]
    pub fn now(&self) -> ProgressNow {
        let get = |n: &AtomicU64| n.load(Ordering::Relaxed);
        ProgressNow {
            objects_listed: get(&self.objects_listed),
            objects_done: get(&self.objects_done),
            bytes_listed: get(&self.bytes_listed),
            bytes_done: get(&self.bytes_done),
            rows: get(&self.rows),
        }
    }

    pub(crate) fn object(&self) {
        self.objects_done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn listed(&self, objects: u64, bytes: u64) {
        self.objects_listed.fetch_add(objects, Ordering::Relaxed);
        self.bytes_listed.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn bytes(&self, n: u64) {
        self.bytes_done.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn rows(&self, n: u64) {
        self.rows.fetch_add(n, Ordering::Relaxed);
    }
}
