//! The fields that rest on a memory: what is new, and how much is usual.

use std::io::Write as _;
use std::sync::Arc;

use flowtrail_baseline::{Day, Dimension, KeyId, Memory, ValueId};
use flowtrail_event::{Event, Kind, Projection, SlotId};

use super::access;
use super::sightings::{Sighter, week_of};
use crate::places::Places;

/// The slot in which is kept what is new in a record, so that several fields of
/// it do not ask the memory again. No rule can ask for it.
pub(super) const NEWS: &str = "flowtrail.(new)";

/// The dimensions of what can be new, in the order in which they are told.
pub(super) const FIRST_SEEN: [Dimension; 14] = [
    Dimension::PrincipalApi,
    Dimension::PrincipalNetwork,
    Dimension::PrincipalCountry,
    Dimension::PrincipalRegion,
    Dimension::PrincipalUa,
    Dimension::PrincipalSecret,
    Dimension::AccountApi,
    Dimension::AccountRegion,
    Dimension::AccountCaller,
    Dimension::RoleAssumer,
    Dimension::PrincipalRole,
    Dimension::KeyNetwork,
    Dimension::PersonHours,
    Dimension::Edge,
];

/// A destination is rare if, beside the host itself, at most one in so many talks
/// to it, or one: a gateway whose records do not show what it is.
const RARE_HOSTS: u32 = 50;

/// And if it was first seen so many days ago at most.
const RARE_DAYS: u16 = 7;

/// What is rare for a caller tells only beside so many calls of it.
const RARE_CALLS_MIN: u128 = 100;

/// Weeks back to which an access key is looked for: as many as are remembered.
const IDLE_WEEKS_MAX: u16 = 13;

/// A field that a memory fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recalled {
    FirstSeen,
    Novelty,
    KeyAge,
    KeyIdle,
    RareDestination,
    RareCall,
    /// What somebody has in an hour.
    Hour(Dimension),
    /// How far that is above what is usual.
    HourSigma(Dimension),
    /// How many times the largest hour before it is.
    HourPeak(Dimension),
}

impl Recalled {
    /// The field of this name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "flowtrail.first_seen" => Self::FirstSeen,
            "flowtrail.novelty" => Self::Novelty,
            "flowtrail.access_key.age_days" => Self::KeyAge,
            "flowtrail.access_key.idle_weeks" => Self::KeyIdle,
            "flowtrail.rare_destination" => Self::RareDestination,
            "flowtrail.rare_call.age_days" => Self::RareCall,
            "flowtrail.hour.calls" => Self::Hour(Dimension::PrincipalCalls),
            "flowtrail.hour.calls_sigma" => Self::HourSigma(Dimension::PrincipalCalls),
            "flowtrail.hour.calls_peak" => Self::HourPeak(Dimension::PrincipalCalls),
            "flowtrail.hour.bytes_out" => Self::Hour(Dimension::InterfaceBytesOut),
            "flowtrail.hour.bytes_out_sigma" => Self::HourSigma(Dimension::InterfaceBytesOut),
            "flowtrail.hour.rejects" => Self::Hour(Dimension::InterfaceRejects),
            "flowtrail.hour.rejects_sigma" => Self::HourSigma(Dimension::InterfaceRejects),
            _ => return None,
        })
    }

    /// The dimensions that it is computed from.
    pub(super) fn dimensions(self) -> Vec<Dimension> {
        match self {
            Self::FirstSeen | Self::Novelty => FIRST_SEEN.to_vec(),
            Self::KeyAge => vec![Dimension::KeyNetwork, Dimension::KeyCreated],
            Self::KeyIdle => vec![Dimension::KeyWeek],
            Self::RareDestination => vec![Dimension::HostDestination, Dimension::Destination],
            Self::RareCall => vec![Dimension::PrincipalApi, Dimension::PrincipalCalls],
            Self::Hour(dimension) | Self::HourSigma(dimension) | Self::HourPeak(dimension) => {
                vec![dimension]
            }
        }
    }
}

/// Asks a memory for what fields of one projection want to know.
#[derive(Debug, Clone)]
pub(super) struct Recall {
    asked: Vec<(Recalled, SlotId)>,
    sighter: Sighter,
    dimensions: Vec<Dimension>,
    /// Set if somebody asks for what is new.
    news: Option<SlotId>,
}

impl Recall {
    /// Plans for the fields that are asked for. None if there are none.
    pub(super) fn plan(
        projection: &mut Projection,
        kind: Kind,
        asked: Vec<(Recalled, SlotId)>,
        places: Option<&Arc<Places>>,
    ) -> Option<Self> {
        if asked.is_empty() {
            return None;
        }
        let mut dimensions: Vec<Dimension> =
            asked.iter().flat_map(|(r, _)| r.dimensions()).collect();
        let countries = places.is_some_and(|p| p.tells().countries);
        let told = |d: Dimension| d != Dimension::PrincipalCountry || countries;
        dimensions.retain(|d| d.kind() == kind && told(*d));
        dimensions.sort_unstable();
        dimensions.dedup();
        let is_news = |r: &Recalled| matches!(r, Recalled::FirstSeen | Recalled::Novelty);
        let wants_news = asked.iter().any(|(r, _)| is_news(r));
        Some(Self {
            sighter: Sighter::plan(projection, kind, &dimensions).with_places(places),
            news: wants_news.then(|| projection.slot(NEWS)),
            asked,
            dimensions,
        })
    }

    /// The dimensions that have to be remembered for the fields.
    pub(super) fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// Fills all fields.
    pub(super) fn fill_all(&self, event: &mut Event<'_>, memory: &dyn Memory) {
        for (what, slot) in &self.asked {
            self.fill_one(event, *what, *slot, memory);
        }
    }

    /// Fills the field in `slot`, if it is one of them.
    pub(super) fn fill(&self, event: &mut Event<'_>, slot: SlotId, memory: &dyn Memory) {
        if let Some((what, slot)) = self.asked.iter().find(|(_, s)| *s == slot) {
            self.fill_one(event, *what, *slot, memory);
        }
    }

    fn fill_one(&self, event: &mut Event<'_>, what: Recalled, slot: SlotId, memory: &dyn Memory) {
        match what {
            Recalled::FirstSeen => {
                let new = self.news(event, memory);
                for dimension in FIRST_SEEN.iter().filter(|d| new & bit(**d) != 0) {
                    event.derive(slot, dimension.name().as_bytes());
                }
            }
            Recalled::Novelty => self.novelty(event, slot, memory),
            Recalled::KeyAge => whole(event, slot, self.key_age(event, memory)),
            Recalled::KeyIdle => whole(event, slot, self.idle_weeks(event, memory)),
            Recalled::RareCall => whole(event, slot, self.rare_call(event, memory)),
            Recalled::RareDestination => {
                if let Some(is_rare) = self.is_rare(event, memory) {
                    let text = if is_rare { access::TRUE } else { access::FALSE };
                    event.derive(slot, text.as_bytes());
                }
            }
            Recalled::Hour(dimension) => {
                let hour = self.hour(event, dimension, memory);
                whole(event, slot, hour.map(|h| h.number));
            }
            Recalled::HourSigma(dimension) => {
                let hour = self.hour(event, dimension, memory);
                hundredths(event, slot, hour.map(|h| h.sigma()));
            }
            Recalled::HourPeak(dimension) => {
                let hour = self.hour(event, dimension, memory);
                hundredths(event, slot, hour.map(|h| h.peak()));
            }
        }
    }

    /// The dimensions in which the record is new, a bit for each. They are
    /// looked for once.
    fn news(&self, event: &mut Event<'_>, memory: &dyn Memory) -> u64 {
        let Some(slot) = self.news else { return 0 };
        let kept = event
            .first(slot)
            .and_then(|kept| kept.text()?.try_into().ok());
        if let Some(kept) = kept {
            return u64::from_le_bytes(kept);
        }
        let mut new = 0;
        if let Some(time) = event.time {
            let day = memory.calendar().judged_on(time);
            self.sighter
                .look(event, can_be_new, &mut |dimension, key, value| {
                    if memory.is_new(dimension, key, value, day) {
                        new |= bit(dimension);
                    }
                });
        }
        event.derive(slot, &new.to_le_bytes());
        new
    }

    /// Shows each dimension in which the record is new: whose, and what.
    pub(super) fn show_news(
        &self,
        event: &mut Event<'_>,
        memory: &dyn Memory,
        show: &mut dyn FnMut(Dimension, &str, &str),
    ) {
        let mut new = self.news(event, memory);
        if self.is_rare(event, memory) == Some(true) {
            new |= bit(Dimension::HostDestination);
        }
        if new != 0 {
            self.sighter.look(event, |d| new & bit(d) != 0, show);
        }
    }

    /// `dimension=weight` of each dimension in which the record is new.
    fn novelty(&self, event: &mut Event<'_>, slot: SlotId, memory: &dyn Memory) {
        let new = weighed(self.news(event, memory));
        if new != 0 {
            self.weigh(event, slot, new, memory);
        }
    }

    fn weigh(&self, event: &mut Event<'_>, slot: SlotId, new: u64, memory: &dyn Memory) {
        let Some(time) = event.time else { return };
        let day = memory.calendar().judged_on(time);
        let gravity = self.sighter.gravity(event);
        let mut weights = Vec::new();
        self.sighter
            .look(event, |d| new & bit(d) != 0, &mut |dimension, _, value| {
                let peers = memory.peers(dimension, ValueId::new(dimension, value), day);
                let weight = format!("{:.2}", peers.surprise() * gravity);
                // What everybody has is no news.
                if weight != "0.00" {
                    weights.push(format!("{}={weight}", dimension.name()));
                }
            });
        for weight in weights {
            event.derive(slot, weight.as_bytes());
        }
    }

    /// Days since the key of the call was created or first seen.
    fn key_age(&self, event: &Event<'_>, memory: &dyn Memory) -> Option<u16> {
        let day = memory.calendar().judged_on(event.time?);
        let mut first = None;
        let of_caller = |d| d == Dimension::KeyNetwork;
        self.sighter.look(event, of_caller, &mut |_, key, _| {
            let seen = [Dimension::KeyNetwork, Dimension::KeyCreated];
            let days = seen
                .iter()
                .filter_map(|d| memory.first_day(KeyId::new(*d, key)));
            // Seen now, if never before.
            first = days.min().or_else(|| memory.knows_all().then_some(day));
        });
        Some(day.0.saturating_sub(first?.0))
    }

    /// Weeks without a use of the key of the call before the week of the call.
    /// None if it was used in that one, or never.
    fn idle_weeks(&self, event: &Event<'_>, memory: &dyn Memory) -> Option<u16> {
        let day = memory.calendar().judged_on(event.time?);
        let mut idle = None;
        let weeks = |d| d == Dimension::KeyWeek;
        self.sighter
            .look(event, weeks, &mut |dimension, key, this| {
                let key = KeyId::new(dimension, key);
                if memory.since(key.sighting(this), day).is_some() {
                    return;
                }
                let week = week_of(day);
                let covered = memory.covered(day);
                let last = week_of(covered).min(week.saturating_sub(1));
                let mut back = (0..IDLE_WEEKS_MAX).take_while(|n| *n <= last);
                let used = back.find(|n| {
                    let before = key.sighting(itoa::Buffer::new().format(last - n));
                    memory.was_seen(before, day)
                });
                // A week that a file ends in was not watched to its end.
                let in_part = week_of(Day(covered.0.saturating_add(1))) == last;
                idle = used.map(|weeks| weeks.saturating_sub(u16::from(in_part)));
            });
        idle.filter(|weeks| *weeks > 0)
    }

    /// Days since the only day on which the caller made the call before.
    fn rare_call(&self, event: &Event<'_>, memory: &dyn Memory) -> Option<u16> {
        let day = memory.calendar().judged_on(event.time?);
        let mut once = None;
        let of_caller = |d| d == Dimension::PrincipalApi;
        self.sighter
            .look(event, of_caller, &mut |dimension, key, api| {
                let key = KeyId::new(dimension, key);
                // Whoever has just begun did everything on one day.
                if memory.has_learned(key, day) {
                    once = memory.once(key.sighting(api), day);
                }
            });
        let once = once?;
        let mut calls: u128 = 0;
        self.sighter.sorts_of_calls(event, &mut |dimension, key| {
            calls = calls.saturating_add(memory.sum(KeyId::new(dimension, key), day));
        });
        (calls >= RARE_CALLS_MIN).then(|| day.0.saturating_sub(once.0))
    }

    /// Whether hardly anybody talks to the destination, and only lately.
    fn is_rare(&self, event: &Event<'_>, memory: &dyn Memory) -> Option<bool> {
        let day = memory.calendar().judged_on(event.time?);
        let whole = KeyId::whole(Dimension::HostDestination);
        if !memory.has_learned(whole, day) {
            return None;
        }
        let (mut is_late, mut others, mut all) = (None, 0, 0);
        let outside = |d| matches!(d, Dimension::Destination | Dimension::HostDestination);
        self.sighter
            .look(event, outside, &mut |dimension, key, address| {
                let since = memory.since(KeyId::new(dimension, key).sighting(address), day);
                if dimension == Dimension::Destination {
                    let late = |since: Day| since.0.saturating_add(RARE_DAYS) >= day.0;
                    is_late = Some(since.is_none_or(late));
                    return;
                }
                let value = ValueId::new(dimension, address);
                let peers = memory.peers(dimension, value, day);
                // On its second day a host would be what makes it common, where it
                // is one of those that are counted.
                let sighting = KeyId::new(dimension, key).sighting(address);
                let own = u32::from(memory.was_seen(sighting, day));
                others = peers.having.saturating_sub(own);
                all = peers.all;
            });
        Some(is_late? && others <= (all / RARE_HOSTS).max(1))
    }

    fn hour(
        &self,
        event: &Event<'_>,
        dimension: Dimension,
        memory: &dyn Memory,
    ) -> Option<flowtrail_baseline::Hour> {
        let time = event.time?;
        let mut found = None;
        self.sighter.numbers(event, &mut |of, key, _| {
            if of == dimension {
                found = memory.hour(of, KeyId::new(of, key), time);
            }
        });
        found
    }
}

/// Fills in a whole number.
fn whole(event: &mut Event<'_>, slot: SlotId, number: Option<impl itoa::Integer>) {
    if let Some(number) = number {
        event.derive(slot, itoa::Buffer::new().format(number).as_bytes());
    }
}

/// Fills in a number with two digits behind the point.
fn hundredths(event: &mut Event<'_>, slot: SlotId, number: Option<f64>) {
    let Some(number) = number else { return };
    // What does not fit is no number of an hour: those have twenty digits at most.
    let mut room = [0; 32];
    let mut left = room.as_mut_slice();
    if write!(left, "{number:.2}").is_ok() {
        let unused = left.len();
        let written = room.len() - unused;
        event.derive(slot, room.get(..written).unwrap_or_default());
    }
}

fn can_be_new(dimension: Dimension) -> bool {
    FIRST_SEEN.contains(&dimension)
}

/// What is new without what follows from it: one thing seen from two sides
/// weighs once. Who never called an API has read no secret by it.
fn weighed(new: u64) -> u64 {
    const FOLLOWS: [(Dimension, Dimension); 3] = [
        (Dimension::PrincipalApi, Dimension::PrincipalRole),
        (Dimension::PrincipalApi, Dimension::PrincipalSecret),
        (Dimension::RoleAssumer, Dimension::PrincipalRole),
    ];
    let follows = FOLLOWS.iter().filter(|(from, _)| new & bit(*from) != 0);
    follows.fold(new, |left, (_, what)| left & !bit(*what))
}

const fn bit(dimension: Dimension) -> u64 {
    1 << dimension.code()
}

#[cfg(test)]
mod tests;
