//! The interfaces that report: what their own address is, and when they were
//! heard of.

use std::collections::BTreeMap;
use std::net::IpAddr;

use flowtrail_event::EventTime;

use crate::flows::{FlowRecord, Near, Status};
use crate::words::id;

/// Interfaces that are followed one by one; of more the first by their ids are.
pub(crate) const INTERFACES_MAX: usize = 200_000;

/// Days of which it is kept when an interface was heard of; of more, the last.
const DAYS_MAX: usize = 800;

/// Seconds of a slot of [`Activity`].
pub(crate) const SLOT_SECS: i64 = 300;
const SLOTS_A_DAY: i64 = 288;

/// Longest aggregation interval of AWS, in seconds.
const INTERVAL_SECS_MAX: i64 = 600;
/// The shortest.
const INTERVAL_SECS_MIN: i64 = 60;

/// How many aggregation intervals an interface may be silent before that is
/// named a gap. Also a silent interface writes a record in each interval.
pub(crate) const GAP_INTERVALS: i64 = 10;

/// The slots of time in which something was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Activity(BTreeMap<i64, [u64; 5]>);

impl Activity {
    fn mark(&mut self, from: EventTime, to: EventTime) {
        let last = to.secs().div_euclid(SLOT_SECS);
        // No record is longer than an interval by much.
        let slots_max = 2 * INTERVAL_SECS_MAX / SLOT_SECS;
        let first = from.secs().div_euclid(SLOT_SECS).max(last - slots_max);
        for slot in first..=last {
            let (day, of_day) = (slot.div_euclid(SLOTS_A_DAY), slot.rem_euclid(SLOTS_A_DAY));
            let words = self.0.entry(day).or_default();
            if let Some(word) = usize::try_from(of_day / 64)
                .ok()
                .and_then(|n| words.get_mut(n))
            {
                *word |= 1 << (of_day % 64);
            }
        }
        self.bound();
    }

    fn merge(&mut self, other: &Self) {
        for (day, words) in &other.0 {
            let own = self.0.entry(*day).or_default();
            for (a, b) in own.iter_mut().zip(words) {
                *a |= b;
            }
        }
        self.bound();
    }

    fn bound(&mut self) {
        while self.0.len() > DAYS_MAX {
            self.0.pop_first();
        }
    }

    /// The stretches without anything of at least `min_secs`, between the first
    /// and the last slot.
    pub(crate) fn gaps(&self, min_secs: i64) -> Vec<(EventTime, EventTime)> {
        let mut gaps = Vec::new();
        let mut before: Option<i64> = None;
        for slot in self.slots() {
            if let Some(before) = before
                && (slot - before - 1) * SLOT_SECS >= min_secs
            {
                let at = |slot: i64| EventTime::from_secs(slot * SLOT_SECS);
                gaps.push((at(before + 1), at(slot)));
            }
            before = Some(slot);
        }
        gaps
    }

    fn slots(&self) -> impl Iterator<Item = i64> {
        self.0.iter().flat_map(|(day, words)| {
            let set = |n: i64| {
                let word = usize::try_from(n / 64).ok().and_then(|i| words.get(i));
                word.is_some_and(|w| w >> (n % 64) & 1 == 1)
            };
            let day = *day * SLOTS_A_DAY;
            (0..SLOTS_A_DAY)
                .filter(move |n| set(*n))
                .map(move |n| day + n)
        })
    }
}

/// The address of an interface: what all of its records of one version of IP
/// have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Own {
    #[default]
    Unheard,
    /// One of these two, in order.
    Either(IpAddr, IpAddr),
    One(IpAddr),
    /// Nothing in common, as for a gateway.
    Several,
}

impl Own {
    fn of(source: Option<IpAddr>, destination: Option<IpAddr>, near: Near) -> Self {
        match (source, destination, near) {
            (Some(a), _, Near::Source) | (_, Some(a), Near::Destination) => Self::One(a),
            (Some(a), Some(b), Near::Unknown) if a == b => Self::One(a),
            (Some(a), Some(b), Near::Unknown) => Self::Either(a.min(b), a.max(b)),
            (Some(a), None, Near::Unknown) | (None, Some(a), Near::Unknown) => Self::One(a),
            (None, _, Near::Source) | (_, None, Near::Destination) | (None, None, _) => {
                Self::Unheard
            }
        }
    }

    fn meet(self, other: Self) -> Self {
        let has = |own: Self, address| match own {
            Self::Unheard => true,
            Self::Either(a, b) => a == address || b == address,
            Self::One(a) => a == address,
            Self::Several => false,
        };
        match (self, other) {
            (Self::Unheard, own) | (own, Self::Unheard) => own,
            (Self::Either(a, b), other) | (other, Self::Either(a, b)) => {
                match (has(other, a), has(other, b)) {
                    (true, true) => Self::Either(a, b),
                    (true, false) => Self::One(a),
                    (false, true) => Self::One(b),
                    (false, false) => Self::Several,
                }
            }
            (Self::One(a), other) if has(other, a) => Self::One(a),
            (Self::One(_) | Self::Several, _) => Self::Several,
        }
    }

    /// The address, if it is known.
    pub(crate) const fn address(self) -> Option<IpAddr> {
        match self {
            Self::One(a) => Some(a),
            Self::Unheard | Self::Either(..) | Self::Several => None,
        }
    }
}

/// What is known of one interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Interface {
    pub(crate) account: Option<Box<str>>,
    pub(crate) vpc: Option<Box<str>>,
    pub(crate) subnet: Option<Box<str>>,
    pub(crate) own: [Own; 2],
    pub(crate) records: u64,
    pub(crate) nodata: u64,
    pub(crate) skipdata: u64,
    pub(crate) active: Activity,
    longest_secs: i64,
}

/// The smaller of two texts that should be equal, so that order does not matter.
fn keep(own: &mut Option<Box<str>>, text: Option<&[u8]>) {
    let Some(text) = text else { return };
    if own.as_deref().is_some_and(|own| own.as_bytes() == text) {
        return;
    }
    keep_text(own, id(text));
}

fn keep_text(own: &mut Option<Box<str>>, text: Box<str>) {
    if own.as_ref().is_none_or(|own| text < *own) {
        *own = Some(text);
    }
}

impl Interface {
    fn add(&mut self, record: &FlowRecord<'_>) {
        keep(&mut self.account, record.account);
        keep(&mut self.vpc, record.vpc);
        keep(&mut self.subnet, record.subnet);
        self.records += 1;
        match record.status {
            Status::Flow => {
                let own = Own::of(record.source, record.destination, record.near);
                let v6 = record
                    .source
                    .or(record.destination)
                    .is_some_and(|a| a.is_ipv6());
                if let Some(kept) = self.own.get_mut(usize::from(v6)) {
                    *kept = kept.meet(own);
                }
            }
            Status::NoData => self.nodata += 1,
            Status::SkipData => self.skipdata += 1,
        }
        if let (Some(start), Some(end)) = (record.start, record.end) {
            self.longest_secs = self.longest_secs.max(end.secs() - start.secs());
            // An interval of which records were lost was not looked at.
            if record.status != Status::SkipData {
                self.active.mark(start, end);
            }
        }
    }

    fn merge(&mut self, other: Self) {
        for (own, text) in [
            (&mut self.account, other.account),
            (&mut self.vpc, other.vpc),
            (&mut self.subnet, other.subnet),
        ] {
            if let Some(text) = text {
                keep_text(own, text);
            }
        }
        for (own, others) in self.own.iter_mut().zip(other.own) {
            *own = own.meet(others);
        }
        self.records += other.records;
        self.nodata += other.nodata;
        self.skipdata += other.skipdata;
        self.active.merge(&other.active);
        self.longest_secs = self.longest_secs.max(other.longest_secs);
    }

    /// Its aggregation interval: ten minutes if a record is longer than one.
    pub(crate) const fn interval_secs(&self) -> i64 {
        if self.longest_secs > INTERVAL_SECS_MIN {
            INTERVAL_SECS_MAX
        } else {
            INTERVAL_SECS_MIN
        }
    }

    /// Its addresses, as far as they are known.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.own.into_iter().filter_map(Own::address)
    }
}

/// All interfaces by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Interfaces {
    all: BTreeMap<Box<str>, Interface>,
    /// Whether there were more than are followed.
    pub(crate) more: bool,
}

impl Interfaces {
    pub(crate) fn add(&mut self, record: &FlowRecord<'_>) {
        let Some(name) = record.interface else { return };
        if let Some(known) = std::str::from_utf8(name)
            .ok()
            .and_then(|n| self.all.get_mut(n))
        {
            known.add(record);
            return;
        }
        self.all.entry(id(name)).or_default().add(record);
        self.bound();
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.more |= other.more;
        for (name, interface) in other.all {
            self.all.entry(name).or_default().merge(interface);
        }
        self.bound();
    }

    fn bound(&mut self) {
        while self.all.len() > INTERFACES_MAX {
            self.all.pop_last();
            self.more = true;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Interface)> {
        self.all.iter().map(|(name, i)| (&**name, i))
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, 0, n]))
    }

    #[test]
    fn the_own_address_is_what_records_have_in_common() {
        let records = [(1, 2), (3, 1), (1, 4)].map(|(a, b)| (address(a), address(b)));
        let met = |order: &[usize]| {
            let own = order.iter().map(|n| {
                let (a, b) = records[*n];
                Own::of(a, b, Near::Unknown)
            });
            own.fold(Own::Unheard, Own::meet)
        };
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            assert_eq!(met(&order).address(), address(1));
        }
        assert_eq!(met(&[0]).address(), None, "either is possible");
        let far = Own::of(address(7), address(8), Near::Unknown);
        assert_eq!(met(&[0, 1]).meet(far), Own::Several);
        let told = Own::of(address(1), address(2), Near::Destination);
        assert_eq!(told.address(), address(2));
    }

    #[test]
    fn gaps_lie_between_slots() {
        let at = EventTime::from_secs;
        let mut activity = Activity::default();
        activity.mark(at(0), at(59));
        activity.mark(at(86_400 * 2), at(86_400 * 2 + 10));
        activity.mark(at(3000), at(3300));
        let gaps = activity.gaps(1800);
        assert_eq!(gaps, [(at(300), at(3000)), (at(3600), at(86_400 * 2))]);
        assert_eq!(activity.gaps(2700).len(), 2);
        assert_eq!(activity.gaps(2701).len(), 1);
        let mut other = Activity::default();
        other.mark(at(600), at(2999));
        other.merge(&activity);
        assert_eq!(
            other.gaps(1)[0].1,
            at(1500),
            "no record is longer than two intervals"
        );
    }
}
