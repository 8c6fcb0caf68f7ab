//! Sightings in memory, gathered in any order.

use std::collections::{BTreeMap, HashMap};

use flowtrail_event::EventTime;
use smallvec::SmallVec;

use crate::hash::{KeyId, SightingId, ValueId};
use crate::peers::Peers;
use crate::profile::Profile;
use crate::spans::{Span, Spans};
use crate::texts::Texts;
use crate::{Calendar, Day, Dimension, FileError};

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

const HOUR_MS: i64 = 3_600_000;

/// Hours of a day.
pub(crate) const HOURS: u32 = 24;

/// The hour of an instant, since 1970.
pub(crate) fn hour_of(time: EventTime) -> u32 {
    u32::try_from(time.0.div_euclid(HOUR_MS)).unwrap_or(0)
}

/// Days of a key that are kept: as many as it may take to have learnt.
pub(crate) const DAYS_KEPT: usize = 5;

/// The first days on which a key was seen, as many as it takes to have learnt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstDays(pub(crate) SmallVec<[Day; 5]>);

impl FirstDays {
    /// Takes a day in.
    pub fn add(&mut self, day: Day) {
        if let Err(at) = self.0.binary_search(&day) {
            self.0.insert(at, day);
            self.0.truncate(DAYS_KEPT);
        }
    }

    /// Whether the key was known for long enough before a day, and seen often
    /// enough.
    #[must_use]
    pub fn has_learned(&self, day: Day, calendar: &Calendar) -> bool {
        let first = self.0.first().map_or(u16::MAX, |d| d.0);
        let is_old = first.saturating_add(calendar.learning) <= day.0;
        let before = self.0.iter().filter(|d| **d < day).count();
        is_old && before >= usize::from(calendar.active).min(DAYS_KEPT)
    }

    /// The first of them.
    #[must_use]
    pub fn first(&self) -> Option<Day> {
        self.0.first().copied()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) spans: Spans,
    pub(crate) value: ValueId,
}

/// What was seen. Histories of parts of the logs are merged, in any order; what
/// comes out is that of all of them.
#[derive(Debug, Clone)]
pub struct History {
    calendar: Calendar,
    pub(crate) seen: Map<SightingId, Seen>,
    pub(crate) keys: Map<KeyId, (Dimension, FirstDays)>,
    /// Numbers of hours that may still grow.
    open: Map<(KeyId, u32), u64>,
    /// Hours that are over.
    closed: Map<KeyId, Profile>,
    /// Words for people, where they are kept.
    pub(crate) texts: Option<Texts>,
    /// Records by account and day.
    pub(crate) records: BTreeMap<(String, Day), u64>,
}

impl History {
    /// Nothing yet. With `texts` it can be made a file of, and costs the bytes
    /// of each different word.
    #[must_use]
    pub fn new(calendar: Calendar, texts: bool) -> Self {
        Self {
            calendar,
            seen: Map::default(),
            keys: Map::default(),
            open: Map::default(),
            closed: Map::default(),
            texts: texts.then(Texts::default),
            records: BTreeMap::new(),
        }
    }

    /// Its calendar.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// How many different sightings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// The last day of which there are records.
    #[must_use]
    pub fn last(&self) -> Option<Day> {
        self.records.keys().map(|(_, day)| *day).max()
    }

    /// A record at `time` shows that `key` has `value`.
    pub fn see(&mut self, dimension: Dimension, key: &str, value: &str, time: EventTime) {
        let day = self.calendar.seen_on(time);
        let (key_id, value_id) = (KeyId::new(dimension, key), ValueId::new(dimension, value));
        let id = key_id.sighting(value);
        self.put(id, value_id, Span::day(day));
        self.active(dimension, key_id, day);
        self.active(dimension, KeyId::whole(dimension), day);
        if let Some(texts) = &mut self.texts {
            texts.say(dimension, key, value, 1);
        }
    }

    /// A sighting whose words are elsewhere: another store remembered it.
    pub fn put(&mut self, id: SightingId, value: ValueId, span: Span) {
        let memory = self.calendar.memory;
        let seen = self.seen.entry(id).or_insert_with(|| Seen {
            spans: Spans::default(),
            value,
        });
        seen.spans.add(span, memory);
    }

    /// A key was there on a day.
    pub fn active(&mut self, dimension: Dimension, key: KeyId, day: Day) {
        let (_, days) = self
            .keys
            .entry(key)
            .or_insert_with(|| (dimension, FirstDays::default()));
        days.add(day);
    }

    /// A record at `time` adds `number` to what `key` has in its hour.
    pub fn count(&mut self, dimension: Dimension, key: &str, number: u64, time: EventTime) {
        let id = KeyId::new(dimension, key);
        let sum = self.open.entry((id, hour_of(time))).or_default();
        *sum = sum.saturating_add(number);
        self.active(dimension, id, self.calendar.seen_on(time));
    }

    /// Notes that so many records of an account and day were read, for the
    /// account of what the history covers.
    pub fn covers(&mut self, account: &str, day: Day, records: u64) {
        let of_day = self.records.entry((account.to_owned(), day)).or_default();
        *of_day = of_day.saturating_add(records);
    }

    /// Takes in what another one has, which is of other records: nothing that was
    /// read twice may be in both, because numbers are added up. Histories of one
    /// account and day are united by [`History::merge`] only.
    ///
    /// # Errors
    /// If they have different calendars, or both records of an account on a day.
    pub fn unite(&mut self, other: Self) -> Result<(), FileError> {
        if self.calendar != other.calendar {
            let (mine, theirs) = (self.calendar, other.calendar);
            return Err(FileError::Calendars(format!("{mine}; and {theirs}")));
        }
        let mut both = other
            .records
            .keys()
            .filter(|part| self.records.contains_key(*part));
        if let Some((account, day)) = both.next() {
            return Err(FileError::Overlap {
                account: account.clone(),
                day: *day,
            });
        }
        self.merge(other);
        Ok(())
    }

    /// Takes in what another worker saw of other records.
    pub fn merge(&mut self, other: Self) {
        let memory = self.calendar.memory;
        for (id, seen) in other.seen {
            match self.seen.get_mut(&id) {
                Some(mine) => mine.spans.merge(&seen.spans, memory),
                None => {
                    self.seen.insert(id, seen);
                }
            }
        }
        for (key, (dimension, days)) in other.keys {
            for day in days.0 {
                self.active(dimension, key, day);
            }
        }
        for (hour, number) in other.open {
            let sum = self.open.entry(hour).or_default();
            *sum = sum.saturating_add(number);
        }
        for (key, profile) in other.closed {
            self.closed.entry(key).or_default().merge(&profile);
        }
        for (part, records) in other.records {
            let of_day = self.records.entry(part).or_default();
            *of_day = of_day.saturating_add(records);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.texts, other.texts) {
            mine.merge(theirs);
        }
    }

    /// The numbers of hours, all of which are over.
    #[must_use]
    pub fn profiles(&self) -> BTreeMap<KeyId, Profile> {
        let mut all: BTreeMap<KeyId, Profile> =
            self.closed.iter().map(|(k, p)| (*k, p.clone())).collect();
        for ((key, _), number) in &self.open {
            all.entry(*key).or_default().add(*number);
        }
        all
    }

    /// Takes in a profile whose hours are over.
    pub(crate) fn close(&mut self, key: KeyId, profile: &Profile) {
        self.closed.entry(key).or_default().merge(profile);
    }

    /// Leaves out what nobody remembers on `day` or later.
    pub fn forget(&mut self, day: Day) {
        let memory = self.calendar.memory;
        for seen in self.seen.values_mut() {
            seen.spans.forget(day, memory);
        }
        self.seen
            .retain(|_, seen| !seen.spans.as_slice().is_empty());
        let seen = &self.seen;
        if let Some(texts) = &mut self.texts {
            texts.retain(|id| seen.contains_key(&id));
        }
    }

    /// How many keys have each value that is not forgotten, and how many there
    /// ever were, at the end of the last day of which there are records. What was
    /// seen late on it counts for the day behind it, which knows it when it is
    /// over.
    #[must_use]
    pub(crate) fn peers(&self) -> (BTreeMap<ValueId, u32>, BTreeMap<u8, u32>) {
        let memory = self.calendar.memory;
        let behind = self.last().map(|last| Day(last.0.saturating_add(1)));
        let mut having = BTreeMap::new();
        for seen in self.seen.values() {
            if behind.is_none_or(|day| seen.spans.is_known(day, memory)) {
                *having.entry(seen.value).or_insert(0) += 1;
            }
        }
        let is_in = |first: Day| behind.is_none_or(|day| first < day);
        let mut all = BTreeMap::new();
        for (key, (dimension, days)) in &self.keys {
            if *key != KeyId::whole(*dimension) && days.first().is_some_and(is_in) {
                *all.entry(dimension.code()).or_insert(0) += 1;
            }
        }
        (having, all)
    }

    /// What a key has in each hour that may still grow.
    pub(crate) fn hours(&self) -> impl Iterator<Item = (KeyId, u32, u64)> {
        self.open.iter().map(|((key, hour), n)| (*key, *hour, *n))
    }

    /// What a key has in an hour.
    pub(crate) fn hour(&self, key: KeyId, hour: u32) -> Option<u64> {
        self.open.get(&(key, hour)).copied()
    }

    pub(crate) fn spans(&self, id: SightingId) -> Option<&Spans> {
        self.seen.get(&id).map(|s| &s.spans)
    }

    pub(crate) fn first_days(&self, key: KeyId) -> Option<&FirstDays> {
        self.keys.get(&key).map(|(_, days)| days)
    }
}

/// What a history says of how common values were before each day.
#[derive(Debug, Clone, Default)]
pub(crate) struct PeersByDay {
    /// The first days on which keys had the value, and those on which they were
    /// forgotten to have it, each in order.
    having: Map<ValueId, [Vec<Day>; 2]>,
    /// The first days of keys, in order.
    all: BTreeMap<u8, Vec<Day>>,
}

impl PeersByDay {
    pub(crate) fn of(history: &History) -> Self {
        let memory = history.calendar.memory;
        let mut by_day = Self::default();
        for seen in history.seen.values() {
            for span in seen.spans.as_slice() {
                let [begun, forgotten] = by_day.having.entry(seen.value).or_default();
                begun.push(span.first);
                // It is known up to the day that is as far behind as the memory.
                forgotten.push(Day(span.last.0.saturating_add(memory)));
            }
        }
        for (key, (dimension, days)) in &history.keys {
            let is_one = *key != KeyId::whole(*dimension);
            if let Some(first) = days.first().filter(|_| is_one) {
                by_day.all.entry(dimension.code()).or_default().push(first);
            }
        }
        let having = by_day.having.values_mut().flatten();
        having.for_each(|d| d.sort_unstable());
        by_day.all.values_mut().for_each(|d| d.sort_unstable());
        by_day
    }

    pub(crate) fn before(&self, day: Day, dimension: Dimension, value: ValueId) -> Peers {
        let before = |days: &Vec<Day>| {
            let n = days.partition_point(|d| *d < day);
            u32::try_from(n).unwrap_or(u32::MAX)
        };
        let having = self.having.get(&value).map_or(0, |[begun, forgotten]| {
            before(begun).saturating_sub(before(forgotten))
        });
        Peers {
            having,
            all: self.all.get(&dimension.code()).map_or(0, before),
        }
    }
}
