//! The file of a baseline.
//!
//! ```text
//! FLOWBASE  version: u32  bytes of the header: u32  header: JSON
//! sightings  hashes: u64 …, first and last day each: u16, u16 …     by hash
//! keys       hashes: u64 …, five days each: u16 …, dimensions: u8 … by hash
//! values     hashes: u64 …, keys that have it: u32 …              by hash
//! profiles   JSON lines, deflated
//! coverage   JSON lines, deflated: account, day, records
//! texts      JSON lines, deflated: the words of each sighting, by key
//! ```
//!
//! Numbers are little-endian. The header names each part with its place, its
//! length and its SHA-256, and the id of the file is the beginning of the
//! header's own: 16 hexadecimal digits that stand for every byte. The same
//! history always gives the same bytes.
//!
//! A detector needs what comes before `coverage`, and that is at the beginning:
//! whoever has the file elsewhere can fetch [`Header::hot_bytes`] and no more.

mod lines;
mod read;
mod table;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Calendar, Day};

pub use read::{Baseline, Entry};

const MAGIC: &[u8; 8] = b"FLOWBASE";
const VERSION: u32 = 3;
/// Bytes before the header.
const PREFIX: usize = 16;
/// A header has a few hundred bytes; what claims to have more is none.
const HEADER_BYTES_MAX: usize = 1 << 20;

/// The parts, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Sightings,
    Keys,
    Values,
    Profiles,
    Coverage,
    Texts,
}

const PARTS: [Part; 6] = [
    Part::Sightings,
    Part::Keys,
    Part::Values,
    Part::Profiles,
    Part::Coverage,
    Part::Texts,
];

impl Part {
    /// Whether a detector needs it.
    const fn is_hot(self) -> bool {
        !matches!(self, Self::Coverage | Self::Texts)
    }

    /// Its name in errors.
    const fn name(self) -> &'static str {
        match self {
            Self::Sightings => "sightings",
            Self::Keys => "keys",
            Self::Values => "values",
            Self::Profiles => "profiles",
            Self::Coverage => "coverage",
            Self::Texts => "texts",
        }
    }
}

/// Where a part lies, from the end of the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    part: Part,
    offset: u64,
    bytes: u64,
    entries: u64,
    sha256: String,
}

/// What a baseline says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// How instants became days.
    pub calendar: Calendar,
    /// The first day of the records that it was made of.
    pub first: Option<Day>,
    /// The last of them.
    pub last: Option<Day>,
    /// How many records.
    pub records: u64,
    /// How many keys each dimension has, by its name.
    pub keys: BTreeMap<String, u32>,
    parts: Vec<Place>,
}

impl Header {
    /// The header at the beginning of a file, and its length with what stands
    /// before it. `Ok(None)` if more bytes are needed.
    ///
    /// # Errors
    /// If it is not the beginning of a baseline that this version reads.
    pub fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, FileError> {
        let seen = bytes.len().min(MAGIC.len());
        if bytes.get(..seen) != MAGIC.get(..seen) {
            return Err(FileError::NotOne);
        }
        let number = |at: usize| {
            let four = bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(four.try_into().ok()?))
        };
        let (Some(version), Some(len)) = (number(8), number(12)) else {
            return Ok(None);
        };
        if version != VERSION {
            return Err(FileError::Version(version));
        }
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > HEADER_BYTES_MAX {
            return Err(FileError::Damaged("header"));
        }
        let Some(text) = bytes.get(PREFIX..PREFIX + len) else {
            return Ok(None);
        };
        let header: Self =
            serde_json::from_slice(text).map_err(|_| FileError::Damaged("header"))?;
        header.check()?;
        // Written in one way only, so that no two files say the same.
        if serde_json::to_vec(&header).ok().as_deref() != Some(text) {
            return Err(FileError::Damaged("header"));
        }
        Ok(Some((header, PREFIX + len)))
    }

    /// Parts follow one another, each has as many bytes as its entries need.
    fn check(&self) -> Result<(), FileError> {
        let mut at = Some(0_u64);
        let names: Vec<Part> = self.parts.iter().map(|p| p.part).collect();
        let fits = names == PARTS
            && self.parts.iter().all(|p| {
                let begins = at == Some(p.offset);
                // The sum of all is a number, too.
                at = at.and_then(|at| at.checked_add(p.bytes));
                let each = match p.part {
                    Part::Sightings => 12,
                    Part::Keys => 19,
                    Part::Values => 12,
                    Part::Profiles | Part::Coverage | Part::Texts => return begins,
                };
                begins && p.entries.checked_mul(each) == Some(p.bytes)
            });
        if fits && at.is_some() {
            Ok(())
        } else {
            Err(FileError::Damaged("header"))
        }
    }

    /// Bytes behind the header that a detector needs.
    #[must_use]
    pub fn hot_bytes(&self) -> u64 {
        self.parts
            .iter()
            .filter(|p| p.part.is_hot())
            .map(|p| p.bytes)
            .sum()
    }

    /// Bytes behind the header.
    #[must_use]
    pub fn all_bytes(&self) -> u64 {
        self.parts.iter().map(|p| p.bytes).sum()
    }

    /// Entries: spans of days on which something was seen. What was forgotten and
    /// seen anew has several.
    #[must_use]
    pub fn sightings(&self) -> u64 {
        self.place(Part::Sightings).map_or(0, |p| p.entries)
    }

    fn place(&self, part: Part) -> Option<&Place> {
        self.parts.iter().find(|p| p.part == part)
    }
}

/// Why a file is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It does not begin like one.
    #[error("this is no baseline\nhint: `flowtrail baseline build` writes one")]
    NotOne,
    /// It has another version of the format.
    #[error(
        "this baseline has version {0} of the format, and version {VERSION} is known here\nhint: use the version of Flowtrail that made it, or build it anew"
    )]
    Version(u32),
    /// It ends too early.
    #[error("this baseline is cut off\nhint: fetch or build it anew")]
    Short,
    /// A part is not what the header says.
    #[error("this baseline is damaged in its {0}\nhint: fetch or build it anew")]
    Damaged(&'static str),
    /// What was gathered in another way cannot be put together.
    #[error(
        "these baselines were gathered with different settings of days: {0}\nhint: build one of them anew, with the settings of the other"
    )]
    Calendars(String),
    /// Numbers would be added twice.
    #[error(
        "these baselines both have records of account {account} on {day}, and numbers would count twice\nhint: merge baselines of different accounts or days"
    )]
    Overlap {
        /// The account.
        account: String,
        /// The day.
        day: Day,
    },
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests;
