//! A file that answers.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::table::Table;
use super::{FileError, Header, Part, lines, sha256, write};
use crate::hash::{KeyId, SightingId, ValueId};
use crate::history::{FirstDays, HOURS, History};
use crate::peers::Peers;
use crate::profile::Profile;
use crate::spans::Span;
use crate::texts::Texts;
use crate::{Calendar, Day, Dimension};

/// A sighting in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// What is remembered of whom.
    pub dimension: Dimension,
    /// Whose it is.
    pub key: String,
    /// What it is.
    pub value: String,
    /// When it was seen, in order.
    pub spans: Vec<Span>,
    /// Records that showed it.
    pub records: u64,
}

impl Entry {
    /// The first day and the last.
    #[must_use]
    pub fn days(&self) -> Option<(Day, Day)> {
        let (first, last) = (self.spans.first()?, self.spans.last()?);
        Some((first.first, last.last))
    }
}

/// An immutable baseline. Its bytes are held as they are; a look costs one or
/// two cache lines.
#[derive(Debug)]
pub struct Baseline {
    id: String,
    header: Header,
    bytes: Vec<u8>,
    /// Where the parts begin.
    begin: usize,
    sightings: Table,
    keys: Table,
    values: Table,
    profiles: Vec<(KeyId, Profile)>,
}

impl Baseline {
    /// Reads a file: all of it, or its beginning up to [`Header::hot_bytes`]
    /// behind the header, which is enough for a detector.
    ///
    /// # Errors
    /// If it is none, is cut off, or a part of it is not what the header says.
    pub fn read(bytes: Vec<u8>) -> Result<Self, FileError> {
        let (header, begin) = Header::read(&bytes)?.ok_or(FileError::Short)?;
        let there = (bytes.len() - begin) as u64;
        if there < header.hot_bytes() {
            return Err(FileError::Short);
        }
        if there > header.all_bytes() {
            return Err(FileError::Damaged("end"));
        }
        let whole = there >= header.all_bytes();
        for place in header.parts.iter().filter(|p| whole || p.part.is_hot()) {
            let part = part(&header, begin, place.part).and_then(|r| bytes.get(r));
            if part.is_none_or(|p| sha256(p) != place.sha256) {
                return Err(FileError::Damaged(place.part.name()));
            }
        }
        let table = |which| {
            let place = header.place(which)?;
            let len = usize::try_from(place.entries).ok()?;
            Table::new(&bytes, part(&header, begin, which)?.start, len)
        };
        let tables = (
            table(Part::Sightings),
            table(Part::Keys),
            table(Part::Values),
        );
        let (Some(sightings), Some(keys), Some(values)) = tables else {
            return Err(FileError::Damaged("order"));
        };
        let profiles: Vec<(u64, Profile)> = rows(&bytes, &header, begin, Part::Profiles)?;
        let profiles: Vec<_> = profiles.into_iter().map(|(k, p)| (KeyId(k), p)).collect();
        if !profiles.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(FileError::Damaged("profiles"));
        }
        let id = bytes
            .get(super::PREFIX..begin)
            .map(sha256)
            .unwrap_or_default();
        Ok(Self {
            id: id.chars().take(16).collect(),
            header,
            begin,
            sightings,
            keys,
            values,
            profiles,
            bytes,
        })
    }

    /// What stands for every byte of it: 16 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it says of itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Bytes that it holds in memory.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How instants became days.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.header.calendar
    }

    /// Since when something has been seen, as of a day. What is remembered on
    /// the day behind its last record is remembered from then on: what happens
    /// later to it the file cannot know.
    #[must_use]
    pub fn since(&self, id: SightingId, day: Day) -> Option<Day> {
        let memory = self.calendar().memory;
        let behind = self.header.last.map_or(u16::MAX, |l| l.0.saturating_add(1));
        // A sighting late on the last day counts for the day behind it.
        let as_of = Day(day.0.min(behind.saturating_add(1)));
        let found = self.sightings.find(&self.bytes, id.0);
        let mut spans = found.map(|at| self.span(at));
        spans.find(|s| s.is_known(as_of, memory)).map(|s| s.first)
    }

    /// The only day on which it was seen, as of a day, if that day is remembered
    /// and there is no other one in the file.
    #[must_use]
    pub fn once(&self, id: SightingId, day: Day) -> Option<Day> {
        let first = self.since(id, day)?;
        let mut spans = self.sightings.find(&self.bytes, id.0);
        spans
            .any(|at| self.span(at) == Span::day(first))
            .then_some(first)
    }

    fn span(&self, at: usize) -> Span {
        let days = self.sightings.end() + at * 4;
        Span::of(self.day(days), self.day(days + 2))
    }

    fn day(&self, at: usize) -> Day {
        let two = self.bytes.get(at..at + 2).and_then(|t| t.try_into().ok());
        Day(two.map_or(0, u16::from_le_bytes))
    }

    /// The first days of a key.
    #[must_use]
    pub fn first_days(&self, key: KeyId) -> Option<FirstDays> {
        let at = self.keys.find(&self.bytes, key.0).next()?;
        let begin = self.keys.end() + at * 10;
        let days = (0..5).map(|n| self.day(begin + n * 2));
        Some(FirstDays(days.filter(|d| d.0 != u16::MAX).collect()))
    }

    /// How many keys of a dimension have a value.
    #[must_use]
    pub fn peers(&self, dimension: Dimension, value: ValueId) -> Peers {
        let at = self.values.find(&self.bytes, value.0).next();
        let having = at.and_then(|at| {
            let at = self.values.end() + at * 4;
            Some(u32::from_le_bytes(
                self.bytes.get(at..at + 4)?.try_into().ok()?,
            ))
        });
        Peers {
            having: having.unwrap_or(0),
            all: self.header.keys.get(dimension.name()).copied().unwrap_or(0),
        }
    }

    /// The numbers of the hours of a key.
    #[must_use]
    pub fn profile(&self, key: KeyId) -> Option<&Profile> {
        let at = self.profiles.binary_search_by_key(&key, |(k, _)| *k).ok()?;
        self.profiles.get(at).map(|(_, profile)| profile)
    }

    /// How many hours the file covers since the first day of a key.
    #[must_use]
    pub fn hours_of(&self, key: KeyId) -> Option<u32> {
        let first = self.first_days(key)?.first()?;
        let last = self.header.last?;
        let days = last.0.saturating_sub(first.0).saturating_add(1);
        Some(u32::from(days) * HOURS)
    }

    /// How many records of which account and day it was made of, in order.
    ///
    /// # Errors
    /// If that part is not there or cannot be read.
    pub fn coverage(&self) -> Result<Vec<(String, Day, u64)>, FileError> {
        self.rows(Part::Coverage)
    }

    /// What it says in words, by dimension, key and value. None if it was read
    /// without them.
    ///
    /// # Errors
    /// If the words cannot be read.
    pub fn entries(&self) -> Result<Option<Vec<Entry>>, FileError> {
        if !self.is_whole() {
            return Ok(None);
        }
        let said: Vec<(u8, String, String, u64)> = self.rows(Part::Texts)?;
        let entries = said.into_iter().map(|(code, key, value, records)| {
            let dimension = Dimension::of_code(code).ok_or(FileError::Damaged("texts"))?;
            let id = KeyId::new(dimension, &key).sighting(&value);
            let spans = self.sightings.find(&self.bytes, id.0);
            Ok(Entry {
                spans: spans.map(|at| self.span(at)).collect(),
                dimension,
                key,
                value,
                records,
            })
        });
        let mut entries = entries.collect::<Result<Vec<_>, FileError>>()?;
        entries.sort_unstable();
        Ok(Some(entries))
    }

    fn is_whole(&self) -> bool {
        (self.bytes.len() - self.begin) as u64 >= self.header.all_bytes()
    }

    /// The history that it was made of, with words. None if it was read without
    /// them.
    ///
    /// # Errors
    /// If a part of it cannot be read, or its parts do not say the same: what was
    /// written without words has no history.
    pub fn history(&self) -> Result<Option<History>, FileError> {
        if !self.is_whole() {
            return Ok(None);
        }
        let mut history = History::new(self.header.calendar, true);
        let said: Vec<(u8, String, String, u64)> = self.rows(Part::Texts)?;
        let sayings = said.len();
        for (code, key, value, records) in said {
            let dimension = Dimension::of_code(code).ok_or(FileError::Damaged("texts"))?;
            let (key_id, value_id) = (KeyId::new(dimension, &key), ValueId::new(dimension, &value));
            let id = key_id.sighting(&value);
            for at in self.sightings.find(&self.bytes, id.0) {
                history.put(id, value_id, self.span(at));
            }
            if let Some(texts) = &mut history.texts {
                texts.say(dimension, &key, &value, records);
            }
        }
        for at in 0..self.keys.len() {
            let key = KeyId(self.keys.hash(&self.bytes, at));
            let code = self.bytes.get(self.keys.end() + self.keys.len() * 10 + at);
            let dimension = code.and_then(|c| Dimension::of_code(*c));
            let dimension = dimension.ok_or(FileError::Damaged("keys"))?;
            for day in self.first_days(key).unwrap_or_default().0 {
                history.active(dimension, key, day);
            }
        }
        for (key, profile) in &self.profiles {
            history.close(*key, profile);
        }
        let covered = self.coverage()?;
        let days = covered.len();
        history.records = covered.into_iter().map(|(a, d, n)| ((a, d), n)).collect();
        if history.records.len() != days {
            return Err(FileError::Damaged("coverage"));
        }
        // Sightings are told by their words; those without any would be lost.
        let told = history.texts.as_ref().map_or(0, Texts::len);
        if (told, history.len()) != (sayings, sayings) {
            return Err(FileError::Damaged("texts"));
        }
        write::same(&history, &self.header, |which| {
            self.bytes.get(part(&self.header, self.begin, which)?)
        })?;
        Ok(Some(history))
    }

    fn rows<T: DeserializeOwned>(&self, part: Part) -> Result<Vec<T>, FileError> {
        rows(&self.bytes, &self.header, self.begin, part)
    }
}

/// The bytes of a part.
fn part(header: &Header, begin: usize, part: Part) -> Option<Range<usize>> {
    let place = header.place(part)?;
    let from = begin.checked_add(usize::try_from(place.offset).ok()?)?;
    Some(from..from.checked_add(usize::try_from(place.bytes).ok()?)?)
}

fn rows<T: DeserializeOwned>(
    bytes: &[u8],
    header: &Header,
    begin: usize,
    which: Part,
) -> Result<Vec<T>, FileError> {
    let deflated = part(header, begin, which).and_then(|r| bytes.get(r));
    let entries = header.place(which).map_or(0, |p| p.entries);
    deflated
        .and_then(|deflated| lines::read(deflated, entries))
        .ok_or(FileError::Damaged(which.name()))
}
