//! Shares objects out among workers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::LogObject;

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
    parts: Vec<Arc<[LogObject]>>,
    taken: AtomicUsize,
}

impl Parts {
    /// Parts of about as many bytes each, several for each of `workers`.
    pub(crate) fn new(objects: Vec<LogObject>, workers: usize) -> Self {
        let parts = share(objects, workers.saturating_mul(PARTS_FOR_EACH));
        let parts = parts.into_iter().filter(|p| !p.is_empty());
        Self {
            parts: parts.map(Into::into).collect(),
            taken: AtomicUsize::new(0),
        }
    }

    /// The next part, if any is left.
    pub(crate) fn next(&self) -> Option<Arc<[LogObject]>> {
        let next = self.taken.fetch_add(1, Ordering::Relaxed);
        self.parts.get(next).map(Arc::clone)
    }

    /// All of them can be taken again.
    pub(crate) fn begin_anew(&self) {
        self.taken.store(0, Ordering::Relaxed);
    }

    /// The objects of all parts.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &LogObject> {
        self.parts.iter().flat_map(|p| p.iter())
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parts({})", self.parts.len())
    }
}
