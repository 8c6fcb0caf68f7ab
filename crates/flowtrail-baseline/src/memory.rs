//! The question to whatever remembers.

use std::sync::Arc;

use crate::hash::{KeyId, SightingId, ValueId};
use crate::history::{FirstDays, History, PeersByDay};
use crate::peers::Peers;
use crate::profile::Profile;
use crate::{Baseline, Calendar, Day, Dimension};

/// What was seen before a day.
pub trait Memory: Send + Sync {
    /// How instants become days.
    fn calendar(&self) -> &Calendar;

    /// Whether it was seen before the day, and is not forgotten.
    fn is_known(&self, id: SightingId, day: Day) -> bool {
        self.since(id, day).is_some()
    }

    /// Since when it has been seen without a gap longer than the memory.
    fn since(&self, id: SightingId, day: Day) -> Option<Day>;

    /// Whether enough was seen of a key before the day to call anything new.
    fn has_learned(&self, key: KeyId, day: Day) -> bool;

    /// How common a value was before the day.
    fn peers(&self, dimension: Dimension, value: ValueId, day: Day) -> Peers;

    /// The numbers of a key, and of how many hours they are.
    fn profile(&self, key: KeyId) -> Option<(Profile, u32)>;

    /// By what a finding names it: the id of the file, if there is one.
    fn name(&self) -> Option<&str>;
}

/// A history that answers for each of its own days as of that day: as if a
/// baseline had been made every night.
#[derive(Debug)]
pub struct Rolling {
    history: History,
    peers: PeersByDay,
}

impl Rolling {
    /// Takes a history that is complete.
    #[must_use]
    pub fn new(history: History) -> Self {
        Self {
            peers: PeersByDay::of(&history),
            history,
        }
    }
}

impl Memory for Rolling {
    fn calendar(&self) -> &Calendar {
        self.history.calendar()
    }

    fn since(&self, id: SightingId, day: Day) -> Option<Day> {
        let spans = self.history.spans(id)?;
        spans.since(day, self.calendar().memory)
    }

    fn has_learned(&self, key: KeyId, day: Day) -> bool {
        let days = self.history.first_days(key);
        days.is_some_and(|d| d.has_learned(day, self.calendar()))
    }

    fn peers(&self, dimension: Dimension, value: ValueId, day: Day) -> Peers {
        self.peers.before(day, dimension, value)
    }

    /// Numbers are not known as of a day.
    fn profile(&self, _: KeyId) -> Option<(Profile, u32)> {
        None
    }

    fn name(&self) -> Option<&str> {
        None
    }
}

/// A baseline and what was seen since.
#[derive(Debug)]
pub struct Since {
    baseline: Arc<Baseline>,
    since: History,
}

impl Since {
    /// A baseline, and what was seen since, which has its calendar.
    #[must_use]
    pub const fn new(baseline: Arc<Baseline>, since: History) -> Self {
        Self { baseline, since }
    }
}

impl Memory for Since {
    fn calendar(&self) -> &Calendar {
        self.baseline.calendar()
    }

    fn since(&self, id: SightingId, day: Day) -> Option<Day> {
        let memory = self.calendar().memory;
        let known = self.baseline.since(id, day);
        known.or_else(|| self.since.spans(id)?.since(day, memory))
    }

    fn has_learned(&self, key: KeyId, day: Day) -> bool {
        let calendar = self.calendar();
        let mut days = self.baseline.first_days(key);
        if let Some(since) = self.since.first_days(key) {
            let days = days.get_or_insert_with(FirstDays::default);
            since.0.iter().for_each(|d| days.add(*d));
        }
        days.is_some_and(|d| d.has_learned(day, calendar))
    }

    fn peers(&self, dimension: Dimension, value: ValueId, _: Day) -> Peers {
        self.baseline.peers(dimension, value)
    }

    fn profile(&self, key: KeyId) -> Option<(Profile, u32)> {
        self.baseline.profile(key)
    }

    fn name(&self) -> Option<&str> {
        Some(self.baseline.id())
    }
}
