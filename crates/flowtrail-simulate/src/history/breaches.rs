//! What shows in both logs.

use super::deed::Deed;
use crate::cloudtrail::actors;
use crate::cloudtrail::step::{GROUP, Step};
use crate::flow::Side;
use crate::world::{Interface, Tier};

/// Two hosts of the account's own network that never talk.
fn strangers<'w>(deed: &mut Deed<'w>) -> Option<(&'w Interface, &'w Interface, u16)> {
    let vpcs: Vec<_> = deed.account.vpcs.iter().collect();
    let vpc = deed.random.pick(&vpcs).copied()?;
    let a = vpc.any(Tier::App, &mut deed.random)?;
    let ways = [
        (Tier::Database, 22),
        (Tier::Search, 22),
        (Tier::Ledger, 22),
        (Tier::Bastion, 3389),
        (Tier::App, 5901),
    ];
    let (tier, port) = deed.random.pick(&ways).copied().unwrap_or(ways[0]);
    let b = vpc.any(tier, &mut deed.random).filter(|b| b.id != a.id)?;
    Some((a, b, port))
}

pub(super) fn opened(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some(person) = deed.person() else {
        return;
    };
    let mut found = None;
    for _ in 0..30 {
        found = found.or_else(|| strangers(deed));
    }
    let Some((a, b, port)) = found else {
        return;
    };
    let caller = actors::person(deed.account, person, deed.now, false);
    let caller = if deed.random.chance(500) {
        deed.thief(&caller)
    } else {
        caller
    };
    deed.by(&caller);
    let choice = deed.random.below(6);
    let groups = deed.account.stock.groups.clone();
    let group = deed.random.pick(&groups).cloned().unwrap_or_default();
    let given = [(GROUP, group.as_str())];
    deed.calls(&caller, &["DescribeSecurityGroups"], (5, 60), 0);
    let step = Step::new("AuthorizeSecurityGroupIngress")
        .given(&given)
        .about(choice);
    deed.call(&caller, step);
    deed.wait(60, 2700);
    for _ in 0..deed.random.between(2, 12) {
        let bytes = (deed.random.heavy(6000), deed.random.heavy(30_000));
        let talk = deed.connection((Side::at(a, 0), Side::at(b, port)), 40, bytes);
        deed.talk(&talk);
        deed.wait(20, 400);
    }
}

pub(super) fn stolen(deed: &mut Deed<'_>) {
    deed.at_hours(0, 16);
    // A choice chooses the same host here and among callers.
    let choice = deed.random.below(actors::hosts(deed.account).max(1));
    let mut hosts = deed.account.vpcs.iter().flat_map(|v| v.of(Tier::App));
    let host = hosts.nth(usize::try_from(choice).unwrap_or(0));
    let owner = actors::instance(deed.account, choice, deed.now, false);
    let (Some(host), Some(owner)) = (host, owner) else {
        return;
    };
    deed.by(&owner);
    let thief = deed.thief(&owner);
    let apis = [
        "GetCallerIdentity",
        "ListBuckets",
        "GetObject",
        "DescribeInstances",
    ];
    deed.calls(&thief, &apis, (5, 120), 100);
    deed.wait(600, 7000);
    let far = match (deed.random.chance(600), thief.address.parse()) {
        (true, Ok(address)) => Side::away(address, 443),
        _ => deed.far(443),
    };
    let bytes = deed.random.between(8_000_000, 90_000_000);
    let first = deed.connection((Side::at(host, 0), far), 57, (bytes, bytes / 70));
    let minutes = deed.random.between(8, 50);
    deed.long(first, minutes);
}
