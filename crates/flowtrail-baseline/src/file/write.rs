//! A history becomes a file.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use super::{FileError, Header, MAGIC, PARTS, Part, Place, VERSION, sha256};
use crate::Dimension;
use crate::hash::SightingId;
use crate::history::History;
use crate::spans::Span;

/// The bytes of a part and how many entries they are.
type Written = (Vec<u8>, usize);

impl History {
    /// The bytes of its file.
    ///
    /// # Errors
    /// If it is too large for the format: four billion sightings.
    pub fn write(&self) -> Result<Vec<u8>, FileError> {
        let days = || self.records.keys().map(|(_, day)| *day);
        let (first, last) = (days().min(), days().max());
        let (having, all) = self.peers();
        let parts = PARTS.map(|part| {
            let (bytes, entries) = match part {
                Part::Sightings => sightings(self),
                Part::Keys => keys(self),
                Part::Values => {
                    let hashes = having.keys().flat_map(|v| v.0.to_le_bytes());
                    let counts = having.values().flat_map(|n| n.to_le_bytes());
                    (hashes.chain(counts).collect(), having.len())
                }
                Part::Profiles => lines(self.profiles().iter().map(|(key, p)| (key.0, p))),
                Part::Coverage => {
                    let rows = self.records.iter();
                    lines(rows.map(|((account, day), records)| (account, day, records)))
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
        let name = |code: u8| Dimension::of_code(code).map(|d| d.name().to_owned());
        let header = Header {
            calendar: *self.calendar(),
            first,
            last,
            records: self.records.values().sum(),
            keys: all
                .iter()
                .filter_map(|(code, n)| Some((name(*code)?, *n)))
                .collect(),
            parts: places.collect(),
        };
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
    all.iter()
        .for_each(|(_, span)| bytes.extend(span.first.0.to_le_bytes()));
    all.iter()
        .for_each(|(_, span)| bytes.extend(span.last.0.to_le_bytes()));
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

/// The words of each sighting, in the order of the hashes.
fn texts(history: &History) -> Written {
    let Some(texts) = &history.texts else {
        return lines(std::iter::empty::<()>());
    };
    let mut ids: Vec<SightingId> = history.seen.keys().copied().collect();
    ids.sort_unstable();
    let said = ids.iter().filter_map(|id| texts.get(*id));
    lines(said.map(|s| (s.dimension.code(), &*s.key, &*s.value, s.records)))
}

fn lines<T: Serialize>(rows: impl Iterator<Item = T>) -> Written {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::default());
    let mut n = 0;
    for row in rows {
        // Into memory, and of types that are always JSON.
        let _ = serde_json::to_writer(&mut out, &row);
        let _ = out.write_all(b"\n");
        n += 1;
    }
    (out.finish().unwrap_or_default(), n)
}
