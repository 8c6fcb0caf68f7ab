//! Compaction: raw logs to sorted, partitioned Parquet.
//!
//! # What lies where
//!
//! ```text
//! DEST/table=cloudtrail/account=111122223333/region=eu-west-1/day=2026-03-01/part-….parquet
//! DEST/_flowtrail/manifest/00000000000000000007.json   the states; the highest holds
//! DEST/_flowtrail/ledger/….parquet                     the account of every object
//! DEST/_flowtrail/staged/RUN/table=…/part-….parquet    files that are not published yet
//! DEST/_flowtrail/replaced/table=…/part-….parquet      files that are no longer of the table
//! ```
//!
//! Account and region are those of the record, the day is that of the event.
//! Within a file rows are sorted by time. The files hold the columns of the
//! table, the record's own text, and the object and place where it first lay
//! ([`flowtrail_event::compacted`]), so that every reader of logs reads them and
//! findings point at the object that AWS wrote.
//!
//! # What a reader sees
//!
//! A state is made in four steps, of which each can be the last:
//!
//! 1. Files are written below `_flowtrail/staged`, where nobody looks: Hive,
//!    Spark and Athena pass over names with `_`, and `table=*/**` does not
//!    reach them.
//! 2. The next number of the manifest is created. The store refuses it if it
//!    is there, so that of two runs that work on the same state one wins; the
//!    other throws away what it staged, waits until the first is done or gone,
//!    and begins again from the new state.
//! 3. The files are copied to their places, partition by partition, and those
//!    that they replace are put aside behind each.
//! 4. What was staged is deleted, and so is what was put aside ten states ago.
//!
//! A reader that goes by the manifest, as all of ours do, sees the old state
//! before step 2 and the new one after it: a file that is not published yet it
//! finds where it is staged, and one that was replaced while it read, where it
//! was put aside. Only who reads on while ten more states are made misses
//! something, and is told. An engine that lists files sees the old state up to step 3 and then
//! partition by partition the new one; between the copy and the deletion rows of
//! one partition are there twice, never not at all. A new partition has no such
//! moment. A run that dies after step 2 is finished by the next one, before it
//! does anything else. On a store a copy and a put are whole or not at all; in a
//! folder a file gets its name when it is on the disk.
//!
//! Names of files are never used twice, and nothing is overwritten.
//!
//! # Incremental
//!
//! The [ledger](ledger) knows every object that was taken in, by name, size and
//! version; a run takes the others, in rounds of a size that the disk for
//! sorting holds, each of which ends in a state of its own. New rows are merged
//! with the files of their partition that lie in the same time, which is where
//! [copies](copies) of them can be; other files stay as they are until small
//! ones are many. A late record thus goes where it belongs, and an object that
//! is read twice changes nothing.
//!
//! # Memory
//!
//! Beside [`CompactOptions::memory_bytes`] and the files that are written, the
//! listing is held: about 850 bytes an object where paths have a hundred, once,
//! however many rounds there are. The ledger is read batch by batch, and leaves
//! a mark of 16 bytes for each object that was taken in before.

mod columns;
mod copies;
mod dest;
mod flow_fields;
mod intake;
mod key;
mod ledger;
mod manifest;
mod narrow;
mod part;
mod publish;
mod read;
mod round;
mod run;
mod settled;
mod sort;
mod stored;
#[cfg(test)]
mod tests;
mod verify;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use sha2::{Digest as _, Sha256};
use tokio::task::JoinError;

pub use columns::schema as compacted_schema;
pub use dest::Destination;
pub(crate) use dest::OWN;
pub use key::Partition;
pub(crate) use key::{UNFIT, UNKNOWN};
pub(crate) use manifest::generation_of;
pub use manifest::{Manifest, Part, Totals};
pub use run::{CompactOptions, Compacted, Compactor, Planned, Told};
pub use stored::StoredLogs;
pub use verify::{Verified, verify};

/// An object to take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceObject {
    /// What tells it from all others, wherever it is asked from: an absolute
    /// path, or `s3://bucket/key`.
    pub id: String,
    /// How findings and rows name it.
    pub name: String,
    /// Its size as stored.
    pub bytes: u64,
    /// What changes when it is written anew: the `ETag`, or the time of its last
    /// change.
    pub version: String,
    /// The account that its key names.
    pub account: Option<String>,
    /// The region that its key names.
    pub region: Option<String>,
    /// The day that its key names, in any form that sorts; objects are taken in
    /// in this order, so that a round meets few days.
    pub day: String,
    /// Whether it was named itself, not met in a folder: then it ought to be a
    /// log.
    pub given: bool,
}

/// An object that is open, or why it is not.
pub type Opened = (SourceObject, io::Result<Box<dyn Read + Send>>);

/// Where objects come from.
pub trait Sources: Send + Sync {
    /// Opens objects one after the other, for one thread. Every object comes out.
    fn open(&self, objects: Vec<SourceObject>) -> Box<dyn Iterator<Item = Opened> + Send + '_>;
}

/// A wish to stop, which is looked at often. What was committed stays.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for it.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// # Errors
    /// If somebody asked for it.
    pub(crate) fn check(&self) -> Result<(), CompactError> {
        if self.0.load(Ordering::Relaxed) {
            Err(CompactError::Stopped)
        } else {
            Ok(())
        }
    }
}

/// How far a run is, for a progress bar.
#[derive(Debug, Default)]
pub struct CompactProgress {
    /// Objects read.
    pub objects: AtomicU64,
    /// Their bytes as stored.
    pub bytes: AtomicU64,
    /// Rows that came out of them.
    pub rows: AtomicU64,
    /// States that were committed.
    pub rounds: AtomicU64,
}

/// Why compaction did not go on. The destination is sound whatever it is.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The destination did not do what was asked.
    #[error("cannot {what} `{path}`: {error}")]
    Destination {
        /// What was asked.
        what: &'static str,
        /// Of which file.
        path: String,
        /// What it said.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file of the destination is not what was written.
    #[error(
        "`{path}` is damaged: {what}\nhint: remove the destination and compact the logs anew, or restore the file"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file that the manifest names is not there.
    #[error(
        "`{path}` is missing\nhint: nothing but flowtrail may delete files there; if another run is at work, try again"
    )]
    Missing {
        /// The file.
        path: String,
    },
    /// The destination was written by a later version.
    #[error("the destination has layout {found}; this version knows {known}")]
    Layout {
        /// Its layout.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A name that only this run can have is taken.
    #[error("`{path}` is there already, which only this run writes")]
    Taken {
        /// The file.
        path: String,
    },
    /// Nobody knows whether a state holds, so that what it needs is kept.
    #[error(
        "the store refuses `{path}` and does not have it\nhint: run again; it goes on from what holds then"
    )]
    Undecided {
        /// The state.
        path: String,
    },
    /// Other runs committed first, time and again.
    #[error(
        "another run compacts into the same destination and was faster, {0} times\nhint: let one run at a time write there"
    )]
    Lost(u32),
    /// Somebody asked to stop.
    #[error("stopped; what was committed stays, and the next run goes on from there")]
    Stopped,
    /// The account does not add up, so nothing is committed.
    #[error("the account does not add up, so nothing was committed: {0}")]
    Account(String),
    /// Sorting or merging needs more memory than it has.
    #[error("not enough memory: {0}\nhint: give more to sort in (--memory)")]
    Memory(String),
    /// Sorting or merging failed.
    #[error("{0}")]
    Query(DataFusionError),
    /// A batch could not be made.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// A file could not be encoded.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// A thread died.
    #[error("a worker died: {0}")]
    Worker(String),
}

impl CompactError {
    fn damaged(dest: &Destination, path: &str, what: &dyn std::fmt::Display) -> Self {
        Self::Damaged {
            path: format!("{}/{path}", dest.name().trim_end_matches('/')),
            what: what.to_string(),
        }
    }

    fn missing(dest: &Destination, path: &str) -> Self {
        Self::Missing {
            path: format!("{}/{path}", dest.name().trim_end_matches('/')),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands on")]
    fn worker(error: JoinError) -> Self {
        Self::Worker(error.to_string())
    }
}

impl From<DataFusionError> for CompactError {
    /// What one of our own streams said is told as it is.
    fn from(error: DataFusionError) -> Self {
        if let DataFusionError::ResourcesExhausted(what) = error.find_root() {
            return Self::Memory(what.clone());
        }
        if let DataFusionError::External(inner) = error {
            return match inner.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(other) => Self::Query(DataFusionError::External(other)),
            };
        }
        Self::Query(error)
    }
}

/// A name that no other run has: of the time, the process and a counter.
fn run_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut hash = Sha256::new();
    hash.update(since.unwrap_or_default().as_nanos().to_be_bytes());
    hash.update(std::process::id().to_be_bytes());
    hash.update(COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    // Where the counter lies differs from process to process, and between
    // machines that share a destination.
    hash.update(format!("{:p}", &raw const COUNT));
    let full = hash.finalize();
    full.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
