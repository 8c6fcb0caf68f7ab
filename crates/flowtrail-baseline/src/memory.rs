//! The question to whatever remembers.

use std::fmt::Debug;
use std::sync::Arc;

use flowtrail_event::EventTime;

use crate::hash::{KeyId, SightingId, ValueId};
use crate::history::{FirstDays, History, PeersByDay, hour_of};
use crate::hours::{Asked, Hour, Hours};
use crate::peers::Peers;
use crate::{Baseline, Calendar, Day, Dimension};

/// What was seen before a day.
pub trait Memory: Debug + Send + Sync {
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

    /// The first day on which a key was seen, on whatever day that is asked.
    fn first_day(&self, key: KeyId) -> Option<Day>;

    /// How common a value was before the day.
    fn peers(&self, dimension: Dimension, value: ValueId, day: Day) -> Peers;

    /// What a key of a dimension has in the hour of `time`, beside its hours of
    /// the days before. None where the records of that hour were not all seen,
    /// or too few hours were.
    fn hour(&self, dimension: Dimension, key: KeyId, time: EventTime) -> Option<Hour>;

    /// Whether a key was watched for long enough before the day to say that it
    /// had nothing.
    fn has_watched(&self, dimension: Dimension, key: KeyId, day: Day) -> bool {
        dimension.is_watched() && self.has_learned(key, day)
    }

    /// Whether anything can be new.
    ///
    /// What a key has that learned, it has itself. What another one has is new
    /// if nobody has the value. And while the whole dimension has not learned,
    /// nothing is.
    fn is_new(&self, dimension: Dimension, key: &str, value: &str, day: Day) -> bool {
        let key = KeyId::new(dimension, key);
        if self.is_known(key.sighting(value), day)
            || !self.has_learned(KeyId::whole(dimension), day)
        {
            return false;
        }
        let value = ValueId::new(dimension, value);
        self.has_learned(key, day) || self.peers(dimension, value, day).having == 0
    }
}

/// A history that answers for each of its own days as of that day: as if a
/// baseline had been made every night.
#[derive(Debug)]
pub struct Rolling {
    history: History,
    peers: PeersByDay,
    hours: Hours,
}

impl Rolling {
    /// Takes a history that is complete.
    #[must_use]
    pub fn new(history: History) -> Self {
        Self {
            peers: PeersByDay::of(&history),
            hours: Hours::of(&history),
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

    fn first_day(&self, key: KeyId) -> Option<Day> {
        self.history.first_days(key)?.first()
    }

    fn hour(&self, dimension: Dimension, key: KeyId, time: EventTime) -> Option<Hour> {
        let number = self.history.hour(key, hour_of(time))?;
        let day = Day::of(time);
        let asked = Asked {
            key,
            number,
            day,
            first: self.first_day(key)?,
            is_watched: self.has_watched(dimension, key, day),
        };
        self.hours.hour(asked, self.calendar())
    }
}

/// A baseline and what was seen since.
///
/// Of what was seen since, only its days count. Whether a key has learned, how
/// common a value is and since when a key has been there says the file, as long
/// as it knows the key: whoever sees one object after the other cannot know what
/// all of them say of it, and would judge otherwise than a replay.
#[derive(Debug)]
pub struct Since {
    baseline: Arc<Baseline>,
    since: History,
    hours: Hours,
    rest_is_known: bool,
}

impl Since {
    /// A baseline, and what was seen since, which has its calendar.
    #[must_use]
    pub fn new(baseline: Arc<Baseline>, since: History) -> Self {
        Self {
            hours: Hours::of(&since),
            baseline,
            since,
            rest_is_known: false,
        }
    }

    /// The same where what was seen since is no more than could be asked for:
    /// of what neither has, nothing is new.
    #[must_use]
    pub fn in_part(self) -> Self {
        Self {
            rest_is_known: true,
            ..self
        }
    }

    /// The day of what is known because nobody could ask.
    fn of_the_rest(&self) -> Option<Day> {
        self.rest_is_known.then_some(Day(0))
    }
}

impl Memory for Since {
    fn calendar(&self) -> &Calendar {
        self.baseline.calendar()
    }

    fn since(&self, id: SightingId, day: Day) -> Option<Day> {
        let memory = self.calendar().memory;
        self.baseline
            .since(id, day)
            .or_else(|| match self.since.spans(id) {
                Some(spans) => spans.since(day, memory),
                None => self.of_the_rest(),
            })
    }

    /// As of the end of the file, in a stream as in a replay.
    fn has_learned(&self, key: KeyId, day: Day) -> bool {
        let days = self.baseline.first_days(key);
        days.is_some_and(|d| d.has_learned(day, self.calendar()))
    }

    /// That of the file, else that since.
    fn first_day(&self, key: KeyId) -> Option<Day> {
        let first = |days: &FirstDays| days.first();
        let in_file = self.baseline.first_days(key).as_ref().and_then(first);
        in_file
            .or_else(|| self.since.first_days(key).and_then(first))
            .or_else(|| self.of_the_rest())
    }

    /// As of the end of the file, in a stream as in a replay.
    fn peers(&self, dimension: Dimension, value: ValueId, _: Day) -> Peers {
        self.baseline.peers(dimension, value)
    }

    fn hour(&self, dimension: Dimension, key: KeyId, time: EventTime) -> Option<Hour> {
        let number = self.since.hour(key, hour_of(time))?;
        let day = Day::of(time);
        let asked = Asked {
            key,
            number,
            day,
            first: self.first_day(key)?,
            is_watched: self.has_watched(dimension, key, day),
        };
        let last = self.baseline.header().last;
        let begin = last.map_or(Day(0), |l| Day(l.0.saturating_add(1)));
        let known = (self.baseline.profile(key), begin);
        self.hours.hour_behind(asked, known, self.calendar())
    }
}
