//! The manifest: which files are the table, and how they came about.
//!
//! `_flowtrail/manifest/00000000000000000007.json` is the seventh state. The
//! highest number holds. A new state is written by creating the next number,
//! which the store refuses if it is there (`If-None-Match: *`; a hard link in a
//! folder), so that of two writers one wins. Nothing is ever overwritten.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use flowtrail_event::{EventTime, SkipReason, Tally};
use serde::{Deserialize, Serialize};

use super::dest::{Destination, OWN};
use super::intake::Extent;
use super::key::Partition;
use super::{CompactError, run_id};
use crate::LogTable;

/// The layout of destinations that this version writes and reads.
const LAYOUT: u32 = 1;
/// States that are kept, with the files that they name: for whoever reads one
/// while the next are written.
const KEPT: u64 = 10;
/// Times that a state is offered to a store which refuses it and has none.
const TRIES: u32 = 5;
/// How long it is let be in between.
const PAUSE: Duration = Duration::from_millis(200);

/// One file of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its path in the destination.
    pub path: String,
    /// The name of its table.
    pub table: String,
    /// The account of its rows.
    pub account: String,
    /// The region of its rows.
    pub region: String,
    /// The day of its rows in days since the epoch; none for rows without a time.
    pub day: Option<i32>,
    /// How many rows.
    pub rows: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The time of its first row in milliseconds.
    pub first: Option<i64>,
    /// The time of its last row in milliseconds.
    pub last: Option<i64>,
    /// The run that wrote it.
    pub run: String,
}

impl Part {
    /// Where its rows belong; none if it names no table.
    #[must_use]
    pub fn partition(&self) -> Option<Partition> {
        Some(Partition {
            table: LogTable::from_name(&self.table)?,
            account: self.account.clone(),
            region: self.region.clone(),
            day: self.day,
        })
    }

    /// Where it lies until it is published.
    pub(super) fn staged(&self) -> String {
        format!("{OWN}/staged/{}/{}", self.run, self.path)
    }

    /// Where a reader may find it, from the time at which a state names it to
    /// the time at which that state is forgotten.
    pub(crate) fn places(&self) -> [String; 3] {
        [self.path.clone(), self.staged(), replaced(&self.path)]
    }

    pub(super) fn extent(&self) -> Extent {
        Extent {
            first: self.first.map(EventTime),
            last: self.last.map(EventTime),
        }
    }
}

/// A file with the account of objects that were taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LedgerFile {
    pub(super) path: String,
    pub(super) objects: u64,
}

/// What was taken in over all runs: `records = rows + duplicates + skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Objects, each time that they were read.
    pub objects: u64,
    /// Those that could not be read to their end.
    pub objects_failed: u64,
    /// Records that the readers met.
    pub records: u64,
    /// Rows that the files have.
    pub rows: u64,
    /// Records that were copies of one that is kept.
    pub duplicates: u64,
    /// Records that are no rows, by the name of the reason.
    pub skipped: BTreeMap<String, u64>,
}

impl Totals {
    /// Adds the account of an object.
    pub(super) fn add(&mut self, tally: &Tally) {
        self.objects += tally.objects;
        self.objects_failed += tally.objects_failed;
        self.records += tally.records;
        for reason in SkipReason::ALL {
            let count = tally.skipped(reason);
            if count > 0 {
                *self.skipped.entry(reason.name().to_owned()).or_default() += count;
            }
        }
    }

    /// Whether every record is accounted for.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.records == self.rows + self.duplicates + self.skipped.values().sum::<u64>()
    }
}

/// A state of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    layout: u32,
    /// Its number; 0 before the first.
    pub generation: u64,
    /// The run that wrote it.
    pub run: String,
    /// What was taken in so far.
    pub totals: Totals,
    /// The files of the table.
    pub parts: Vec<Part>,
    /// Files of the state before that are no longer of the table.
    pub(super) replaced: Vec<String>,
    pub(super) ledger: Vec<LedgerFile>,
}

/// How the attempt to write a state ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    Won,
    /// Somebody else wrote the state of this number.
    Lost,
}

impl Manifest {
    /// The state that holds; an empty one where nothing was compacted yet.
    ///
    /// # Errors
    /// If it cannot be read, or is of a later version.
    pub async fn load(dest: &Destination) -> Result<Self, CompactError> {
        loop {
            let Some(generation) = latest(dest).await? else {
                return Ok(Self::default());
            };
            let path = path_of(generation);
            // Gone in between: a later one is there.
            let Some(bytes) = dest.read(&path).await? else {
                continue;
            };
            let known: Self = serde_json::from_slice(&bytes)
                .map_err(|e| CompactError::damaged(dest, &path, &e))?;
            if known.layout != LAYOUT {
                return Err(CompactError::Layout {
                    found: known.layout,
                    known: LAYOUT,
                });
            }
            return Ok(known);
        }
    }

    /// The state that follows, to be filled.
    pub(super) fn next(&self, run: &str) -> Self {
        Self {
            layout: LAYOUT,
            generation: self.generation + 1,
            run: run.to_owned(),
            totals: self.totals.clone(),
            parts: self.parts.clone(),
            replaced: Vec::new(),
            ledger: self.ledger.clone(),
        }
    }

    /// Files that came with this state.
    pub(super) fn added(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|p| p.run == self.run)
    }

    /// Makes it the state that holds.
    pub(super) async fn commit(&self, dest: &Destination) -> Result<Commit, CompactError> {
        let path = path_of(self.generation);
        let bytes = serde_json::to_vec(self).map_err(|e| CompactError::damaged(dest, &path, &e))?;
        if !create(dest, &path, Bytes::from(bytes), &self.run).await? {
            return Ok(Commit::Lost);
        }
        // The number may be free because it is long past.
        if latest(dest).await? > Some(self.generation) {
            dest.delete(&[path]).await?;
            return Ok(Commit::Lost);
        }
        Ok(Commit::Won)
    }

    /// Deletes the states that nobody reads any more, and before them the files
    /// that they replaced.
    pub(super) async fn forget_old(&self, dest: &Destination) -> Result<(), CompactError> {
        let all = dest.list(&format!("{OWN}/manifest")).await?;
        let old = all
            .into_iter()
            .filter(|(path, _)| generation_of(path).is_some_and(|g| g + KEPT < self.generation));
        for (path, _) in old {
            let bytes = dest.read(&path).await?;
            let known: Option<Self> = bytes.and_then(|b| serde_json::from_slice(&b).ok());
            let gone = known.iter().flat_map(|k| &k.replaced).map(|p| replaced(p));
            dest.delete(&gone.collect::<Vec<_>>()).await?;
            dest.delete(&[path]).await?;
        }
        Ok(())
    }
}

/// Writes a state. `Ok(false)` if another run wrote the one of its number.
///
/// # Errors
/// If the store refuses it and shows none that is there: it may hold all the
/// same, so that nothing of it may be thrown away.
async fn create(
    dest: &Destination,
    path: &str,
    bytes: Bytes,
    run: &str,
) -> Result<bool, CompactError> {
    for _ in 0..TRIES {
        if dest.create(path, bytes.clone()).await? {
            return Ok(true);
        }
        // A store may have taken it and lost the answer; then it is ours.
        if let Some(there) = dest.read(path).await? {
            let there: Manifest = serde_json::from_slice(&there)
                .map_err(|e| CompactError::damaged(dest, path, &e))?;
            return Ok(there.run == run);
        }
        // Somebody is just writing it, and may give up yet.
        tokio::time::sleep(PAUSE).await;
    }
    Err(CompactError::Undecided {
        path: path.to_owned(),
    })
}

/// The number of the state that holds.
pub(super) async fn latest(dest: &Destination) -> Result<Option<u64>, CompactError> {
    let all = dest.list(&format!("{OWN}/manifest")).await?;
    Ok(all.iter().filter_map(|(path, _)| generation_of(path)).max())
}

/// Where a file lies that is no longer of the table, for those who read a state
/// that names it.
pub(super) fn replaced(path: &str) -> String {
    format!("{OWN}/replaced/{path}")
}

fn path_of(generation: u64) -> String {
    format!("{OWN}/manifest/{generation:020}.json")
}

/// The number of the state that a file of the manifest holds.
pub(crate) fn generation_of(path: &str) -> Option<u64> {
    let name = path.rsplit('/').next()?.strip_suffix(".json")?;
    let digits = name.len() == 20 && name.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| name.parse().ok()).flatten()
}

/// A name that no other run has.
pub(super) fn new_run() -> String {
    run_id()
}
