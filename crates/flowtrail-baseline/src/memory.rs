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

    /// The sum of what a key has in its hours before the day; where there is a
    /// file, of what that has.
    fn sum(&self, key: KeyId, day: Day) -> u128;

    /// The day before `day` on which it was seen, if it is the only one that is
    /// remembered; where there is a file, by that alone.
    fn once(&self, id: SightingId, day: Day) -> Option<Day>;

    /// Whether it was seen before the day; where there is a file, by that alone.
    fn was_seen(&self, id: SightingId, day: Day) -> bool;

    /// Whether what neither a file nor anybody who was asked knows was never
    /// seen. Where it is not, [`Memory::first_day`] may be missing of what is old.
    fn knows_all(&self) -> bool {
        true
    }

    /// The last day before `day` of which [`Memory::was_seen`] can know.
    fn covered(&self, day: Day) -> Day;

    /// Whether a value is new to a key on a day.
    ///
    /// To a key that has learned, what it did not have before is new; to any
    /// other only what nobody has. While the whole dimension has not learned,
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
            hours: Hours::of(&history, Day(0)),
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

    fn sum(&self, key: KeyId, day: Day) -> u128 {
        self.hours.sum(key, day)
    }

    fn once(&self, id: SightingId, day: Day) -> Option<Day> {
        self.history.spans(id)?.once(day, self.calendar().memory)
    }

    fn was_seen(&self, id: SightingId, day: Day) -> bool {
        self.since(id, day).is_some()
    }

    fn covered(&self, day: Day) -> Day {
        before(day)
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
    /// Days between the file and the logs since, of which nobody read anything.
    unread: u16,
    rest_is_known: bool,
}

impl Since {
    /// A baseline, and what was seen since, which has its calendar.
    #[must_use]
    pub fn new(baseline: Arc<Baseline>, since: History) -> Self {
        let behind = behind(&baseline);
        let hours = Hours::of(&since, behind);
        let begin = hours.first_day().unwrap_or(behind);
        Self {
            hours,
            unread: begin.0.saturating_sub(behind.0),
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

    /// By the days of the file, as of `day`: in a stream as in a replay.
    fn has_learned(&self, key: KeyId, day: Day) -> bool {
        let days = self.baseline.first_days(key);
        days.is_some_and(|d| d.has_learned(day, self.calendar()))
    }

    /// That of the file, else that since.
    fn first_day(&self, key: KeyId) -> Option<Day> {
        let first = |days: &FirstDays| days.first();
        let in_file = self.baseline.first_days(key).as_ref().and_then(first);
        in_file.or_else(|| self.since.first_days(key).and_then(first))
    }

    /// As of the end of the file, in a stream as in a replay.
    fn peers(&self, dimension: Dimension, value: ValueId, _: Day) -> Peers {
        self.baseline.peers(dimension, value)
    }

    fn hour(&self, dimension: Dimension, key: KeyId, time: EventTime) -> Option<Hour> {
        let number = self.since.hour(key, hour_of(time))?;
        let day = Day::of(time);
        let first = self.first_day(key)?;
        let unread = if first < behind(&self.baseline) {
            self.unread
        } else {
            0
        };
        let asked = Asked {
            key,
            number,
            day,
            // Hours of days that nobody read are no hours with nothing.
            first: Day(first.0.saturating_add(unread)),
            is_watched: self.has_watched(dimension, key, day),
        };
        let known = self.baseline.profile(key);
        self.hours.hour_behind(asked, known, self.calendar())
    }

    /// That of the file, in a stream as in a replay.
    fn sum(&self, key: KeyId, _: Day) -> u128 {
        self.baseline.profile(key).map_or(0, |p| p.sums().0)
    }

    /// As of the end of the file, in a stream as in a replay.
    fn once(&self, id: SightingId, day: Day) -> Option<Day> {
        self.baseline.once(id, day)
    }

    fn was_seen(&self, id: SightingId, day: Day) -> bool {
        self.baseline.since(id, day).is_some()
    }

    fn knows_all(&self) -> bool {
        !self.rest_is_known
    }

    fn covered(&self, day: Day) -> Day {
        let last = Day(behind(&self.baseline).0.saturating_sub(1));
        last.min(before(day))
    }
}

/// The first day that a file says nothing of.
fn behind(baseline: &Baseline) -> Day {
    let last = baseline.header().last;
    last.map_or(Day(0), |l| Day(l.0.saturating_add(1)))
}

const fn before(day: Day) -> Day {
    Day(day.0.saturating_sub(1))
}
