//! Shares objects out among workers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flowtrail_event::EventTime;

use super::LogObject;

const DAY_MS: i64 = 86_400_000;

/// What it costs to open an object, in bytes that could be read meanwhile.
const OPENING_BYTES: u64 = 16 << 10;

/// Parts of the list of objects for each worker. They differ in bytes by less
/// than an object, but a byte of one log costs more than one of another; with
/// so many parts the last workers end within a few per cent of each other.
const PARTS_FOR_EACH: usize = 16;

/// Makes `groups` groups (one at least) of about as many bytes each. The same
/// objects in the same order give the same groups, anywhere; inside a group
/// they keep their order.
///
/// The largest object goes first, each to the group that has the least: no
/// group has more than 4/3 of what the best possible one would have.
#[must_use]
pub fn share(objects: Vec<LogObject>, groups: usize) -> Vec<Vec<LogObject>> {
    let groups = groups.max(1);
    let mut by_size: Vec<(u64, usize)> = Vec::with_capacity(objects.len());
    by_size.extend(objects.iter().enumerate().map(|(at, o)| (o.size(), at)));
    by_size.sort_unstable_by_key(|&(size, at)| (Reverse(size), at));

    let mut loads: BinaryHeap<_> = (0..groups).map(|g| Reverse((0_u64, g))).collect();
    let mut group_of = vec![0; objects.len()];
    for (size, at) in by_size {
        let Some(Reverse((load, group))) = loads.pop() else {
            break;
        };
        if let Some(slot) = group_of.get_mut(at) {
            *slot = group;
        }
        let load = load.saturating_add(size).saturating_add(OPENING_BYTES);
        loads.push(Reverse((load, group)));
    }
    let mut shares = Vec::new();
    shares.resize_with(groups, Vec::new);
    for (object, group) in objects.into_iter().zip(group_of) {
        if let Some(share) = shares.get_mut(group) {
            share.push(object);
        }
    }
    shares
}

/// Objects in parts, which workers take one after the other: whoever is done
/// early takes more.
pub(crate) struct Parts {
    parts: Vec<Part>,
    taken: AtomicUsize,
}

/// Some of the objects.
#[derive(Clone)]
pub(crate) struct Part {
    /// Which of the parts.
    pub(crate) number: usize,
    pub(crate) objects: Arc<[LogObject]>,
    /// No object of this part and of those behind it was delivered before. Not
    /// known where parts have no order, nor of the first ones, of whose objects
    /// no key says when it was delivered.
    pub(crate) since: Option<EventTime>,
}

impl Parts {
    /// Parts of about as many bytes each, several for each of `workers`.
    pub(crate) fn new(objects: Vec<LogObject>, workers: usize) -> Self {
        let parts = share(objects, workers.saturating_mul(PARTS_FOR_EACH));
        Self::of(parts.into_iter().map(|objects| (objects, None)))
    }

    /// The same for whoever holds what objects have for each other: more than
    /// `whole_bytes_max` come in the order of their delivery, a part at most a
    /// day long. Which of the two does not depend on `workers`.
    pub(crate) fn for_windows(
        objects: Vec<LogObject>,
        workers: usize,
        whole_bytes_max: u64,
    ) -> Self {
        let bytes: u64 = objects.iter().map(LogObject::size).sum();
        if bytes <= whole_bytes_max {
            return Self::new(objects, workers);
        }
        Self::in_time(objects, workers)
    }

    fn in_time(objects: Vec<LogObject>, workers: usize) -> Self {
        let cost = |object: &LogObject| object.size().saturating_add(OPENING_BYTES);
        let all: u64 = objects.iter().map(cost).sum();
        let groups = workers.saturating_mul(PARTS_FOR_EACH).max(1);
        let most = all / u64::try_from(groups).unwrap_or(u64::MAX);
        let mut in_time: Vec<_> = objects.into_iter().map(|o| (o.delivered(), o)).collect();
        in_time.sort_by_key(|(delivered, _)| *delivered);
        let mut parts: Vec<(Vec<LogObject>, Option<EventTime>)> = Vec::new();
        let (mut load, mut day) = (most, None);
        for (delivered, object) in in_time {
            let its_day = delivered.map(|time| time.0.div_euclid(DAY_MS));
            if load >= most || its_day != day {
                parts.push((Vec::new(), delivered));
                (load, day) = (0, its_day);
            }
            load = load.saturating_add(cost(&object));
            if let Some((part, _)) = parts.last_mut() {
                part.push(object);
            }
        }
        Self::of(parts.into_iter())
    }

    fn of(parts: impl Iterator<Item = (Vec<LogObject>, Option<EventTime>)>) -> Self {
        let parts = parts.filter(|(objects, _)| !objects.is_empty());
        let part = |(number, (objects, since)): (usize, (Vec<LogObject>, _))| Part {
            number,
            objects: objects.into(),
            since,
        };
        Self {
            parts: parts.enumerate().map(part).collect(),
            taken: AtomicUsize::new(0),
        }
    }

    /// The next part, if any is left.
    pub(crate) fn next(&self) -> Option<&Part> {
        self.at(self.taken.fetch_add(1, Ordering::Relaxed))
    }

    /// The part of this number.
    pub(crate) fn at(&self, number: usize) -> Option<&Part> {
        self.parts.get(number)
    }

    /// All of them can be taken again.
    pub(crate) fn begin_anew(&self) {
        self.taken.store(0, Ordering::Relaxed);
    }

    /// The objects of all parts.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &LogObject> {
        self.parts.iter().flat_map(|p| p.objects.iter())
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.parts.len())
    }
}
