//! A history becomes a file.

use std::collections::BTreeMap;

use super::lines::{self, Written};
use super::{FileError, Header, MAGIC, PARTS, Part, Place, VERSION, sha256};
use crate::Dimension;
use crate::hash::{KeyId, SightingId, ValueId};
use crate::history::History;
use crate::spans::Span;

impl History {
    /// The bytes of its file.
    ///
    /// # Errors
    /// If it is too large for the format: four billion sightings.
    pub fn write(&self) -> Result<Vec<u8>, FileError> {
        let (having, all) = self.peers();
        let parts = PARTS.map(|part| {
            let (bytes, entries) = match part {
                Part::Sightings => sightings(self),
                Part::Keys => keys(self),
                Part::Values => values(&having),
                Part::Profiles => lines::write(self.profiles().iter().map(|(key, p)| (key.0, p))),
                Part::Coverage => {
                    let rows = self.records.iter();
                    lines::write(rows.map(|((account, day), records)| (account, day, records)))
                }
                Part::Texts => texts(self),
            };
            (part, bytes, entries)
        });
        let mut offset = 0;
        let places = parts.iter().map(|(part, bytes, entries)| {
            let place = Place {
                part: *part,
                offset,
                bytes: bytes.len() as u64,
                entries: *entries as u64,
                sha256: sha256(bytes),
            };
            offset += place.bytes;
            place
        });
        let header = header(self, &all, places.collect());
        let header = serde_json::to_vec(&header).map_err(|_| FileError::Damaged("header"))?;
        let len = u32::try_from(header.len()).map_err(|_| FileError::Damaged("header"))?;
        let mut file =
            Vec::with_capacity(header.len() + 16 + parts.iter().map(|p| p.1.len()).sum::<usize>());
        file.extend(MAGIC);
        file.extend(VERSION.to_le_bytes());
        file.extend(len.to_le_bytes());
        file.extend(header);
        parts.iter().for_each(|(_, bytes, _)| file.extend(bytes));
        Ok(file)
    }
}

/// What the file of a history says of itself, with these parts.
fn header(history: &History, keys: &BTreeMap<u8, u32>, parts: Vec<Place>) -> Header {
    let days = || history.records.keys().map(|(_, day)| *day);
    let name = |code: u8| Dimension::of_code(code).map(|d| d.name().to_owned());
    Header {
        calendar: *history.calendar(),
        first: days().min(),
        last: days().max(),
        records: history
            .records
            .values()
            .fold(0, |sum, n| sum.saturating_add(*n)),
        keys: keys
            .iter()
            .filter_map(|(code, n)| Some((name(*code)?, *n)))
            .collect(),
        parts,
    }
}

/// Whether the history of a file says what its header and its tables say, each
/// of which is asked for by `bytes`.
pub(super) fn same<'b>(
    history: &History,
    of_file: &Header,
    bytes: impl Fn(Part) -> Option<&'b [u8]>,
) -> Result<(), FileError> {
    let (having, all) = history.peers();
    if header(history, &all, of_file.parts.clone()) != *of_file {
        return Err(FileError::Damaged("header"));
    }
    let tables = [
        (Part::Sightings, sightings(history)),
        (Part::Keys, keys(history)),
        (Part::Values, values(&having)),
    ];
    for (part, (mine, _)) in tables {
        if bytes(part) != Some(&*mine) {
            return Err(FileError::Damaged(part.name()));
        }
    }
    Ok(())
}

/// In order, so that the file does not depend on the order of a map.
fn by_hash(history: &History) -> Vec<(SightingId, Span)> {
    let all = history.seen.iter();
    let mut all: Vec<(SightingId, Span)> = all
        .flat_map(|(id, seen)| seen.spans.as_slice().iter().map(|span| (*id, *span)))
        .collect();
    all.sort_unstable();
    all
}

fn sightings(history: &History) -> Written {
    let all = by_hash(history);
    let mut bytes = Vec::with_capacity(all.len() * 12);
    all.iter()
        .for_each(|(id, _)| bytes.extend(id.0.to_le_bytes()));
    for (_, span) in &all {
        bytes.extend(span.first.0.to_le_bytes());
        bytes.extend(span.last.0.to_le_bytes());
    }
    (bytes, all.len())
}

fn keys(history: &History) -> Written {
    let mut all: Vec<_> = history.keys.iter().collect();
    all.sort_unstable_by_key(|(key, _)| **key);
    let mut bytes = Vec::with_capacity(all.len() * 19);
    all.iter()
        .for_each(|(key, _)| bytes.extend(key.0.to_le_bytes()));
    for (_, (_, days)) in &all {
        for at in 0..5 {
            let day = days.0.get(at).map_or(u16::MAX, |d| d.0);
            bytes.extend(day.to_le_bytes());
        }
    }
    bytes.extend(all.iter().map(|(_, (dimension, _))| dimension.code()));
    (bytes, all.len())
}

fn values(having: &BTreeMap<ValueId, u32>) -> Written {
    let hashes = having.keys().flat_map(|v| v.0.to_le_bytes());
    let counts = having.values().flat_map(|n| n.to_le_bytes());
    (hashes.chain(counts).collect(), having.len())
}

/// The words of each sighting, those of a key together, because what is alike
/// becomes small where it is near.
fn texts(history: &History) -> Written {
    let Some(texts) = &history.texts else {
        return lines::write(std::iter::empty::<()>());
    };
    let said = history.seen.keys().filter_map(|id| {
        let said = texts.get(*id)?;
        let key = KeyId::new(said.dimension, &said.key);
        Some(((said.dimension, key, *id), said))
    });
    let mut all: Vec<_> = said.collect();
    all.sort_unstable_by_key(|(place, _)| *place);
    let said = all.iter().map(|(_, said)| said);
    lines::write(said.map(|s| (s.dimension.code(), &*s.key, &*s.value, s.records)))
}
