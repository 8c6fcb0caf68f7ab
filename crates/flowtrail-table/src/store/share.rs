//! Shares objects out among workers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::LogObject;

/// What it costs to open an object, in bytes that could be read meanwhile.
const OPENING_BYTES: u64 = 16 << 10;

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
