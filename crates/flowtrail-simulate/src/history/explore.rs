//! Looking around.

use super::access::program;
use super::deed::{Deed, signed};
use crate::cloudtrail::actors;
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::step::{NAME, Step, VALUE};

fn count(deed: &mut Deed<'_>, low: u64, high: u64) -> usize {
    usize::try_from(deed.random.between(low, high)).unwrap_or(20)
}

pub(super) fn quiet_account(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let owner = program(deed);
    let caller = if deed.random.chance(500) {
        deed.thief(&owner)
    } else {
        owner
    };
    deed.by(&caller);
    let n = count(deed, 12, 60);
    let apis = deed.listings(n);
    let gap = deed.random.between(2, 60);
    deed.calls(&caller, &["GetCallerIdentity"], (1, gap), 0);
    deed.calls(&caller, &apis, (0, gap), 300);
}

pub(super) fn slowly(deed: &mut Deed<'_>) {
    deed.at_hours(0, 8);
    let choice = deed.random.below(8);
    let n = count(deed, 25, 70);
    let apis = deed.listings(n);
    let gap = deed.random.between(1200, 4000);
    for api in apis {
        // The task, and its session, are those of the day.
        let caller = actors::task(deed.account, choice, deed.now);
        deed.by(&caller);
        deed.calls(&caller, &[api], (gap / 4, gap), 100);
    }
}

pub(super) fn burst(deed: &mut Deed<'_>) {
    deed.at_hours(7, 20);
    let Some(person) = deed.person() else {
        return;
    };
    let owner = actors::person(deed.account, person, deed.now, false);
    let caller = if deed.random.chance(500) {
        deed.thief(&owner)
    } else {
        owner
    };
    deed.by(&caller);
    let n = count(deed, 30, 90);
    let apis = deed.listings(n);
    deed.calls(&caller, &apis, (0, 1), 120);
}

/// Refused calls of a container, which may do next to nothing.
fn denied(deed: &mut Deed<'_>, n: usize, gap: (u64, u64)) {
    let choice = deed.random.below(8);
    let refused = deed.random.between(700, 980);
    let apis = deed.listings(n);
    for api in apis {
        let caller = actors::task(deed.account, choice, deed.now);
        deed.by(&caller);
        deed.calls(&caller, &[api], gap, refused);
    }
}

pub(super) fn denied_fast(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let n = count(deed, 18, 80);
    let gap = deed.random.between(1, 8);
    denied(deed, n, (0, gap));
}

pub(super) fn denied_slow(deed: &mut Deed<'_>) {
    deed.at_hours(0, 12);
    let n = count(deed, 30, 90);
    let gap = deed.random.between(120, 700);
    denied(deed, n, (gap / 2, gap));
}

pub(super) fn sequence(deed: &mut Deed<'_>) {
    deed.at_hours(7, 17);
    let Some(person) = deed.person() else {
        return;
    };
    let owner = actors::person(deed.account, person, deed.now, false);
    let caller = if deed.random.chance(500) {
        deed.thief(&owner)
    } else {
        owner
    };
    deed.by(&caller);
    deed.calls(&caller, &["GetCallerIdentity"], (5, 60), 0);
    let n = count(deed, 5, 12);
    let look = [
        "ListUsers",
        "ListRoles",
        "ListAttachedRolePolicies",
        "ListAccessKeys",
        "GetAccountSummary",
        "ListGroups",
        "ListPolicies",
        "DescribeInstances",
        "ListBuckets",
        "ListSecrets",
        "GetUser",
        "ListMFADevices",
    ];
    let look: Vec<&str> = look.into_iter().take(n).collect();
    deed.calls(&caller, &look, (5, 150), 50);
    let users: Vec<_> = deed.account.legacy_users().collect();
    let name = deed.random.pick_text(&users);
    let epoch = deed.random.between(20, 90);
    let key = deed.account.access_key("AKIA", name, epoch);
    let given = [(NAME, name), (VALUE, key.as_str())];
    if deed.random.chance(400) {
        let step = Step::new("CreateAccessKey")
            .given(&given)
            .ends(Outcome::Denied);
        deed.call(&caller, step);
        deed.now += signed(40);
    }
    deed.call(&caller, Step::new("CreateAccessKey").given(&given));
}
