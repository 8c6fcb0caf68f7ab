//! Ways out.

use super::deed::{Deed, signed};
use crate::flow::{Action, Side, Talk, UDP};
use crate::world::{Interface, Tier};

/// The host that it happens on, who is then the actor.
fn source<'w>(deed: &mut Deed<'w>) -> Option<&'w Interface> {
    let environment = deed.environment();
    let tiers = [Tier::App, Tier::App, Tier::App, Tier::Search, Tier::Graph];
    let tier = deed.random.pick(&tiers).copied().unwrap_or(Tier::App);
    let (_, host) = deed
        .host(environment, tier)
        .or_else(|| deed.host(environment, Tier::App))?;
    deed.by_host(host);
    Some(host)
}

pub(super) fn burst(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some(host) = source(deed) else {
        return;
    };
    let port = deed
        .random
        .pick(&[443, 443, 22, 8443, 21])
        .copied()
        .unwrap_or(443);
    let far = deed.far(port);
    let bytes = deed.random.between(15_000_000, 120_000_000);
    let first = deed.connection((Side::at(host, 0), far), 57, (bytes, bytes / 60));
    let minutes = deed.random.between(10, 55);
    deed.long(first, minutes);
}

pub(super) fn slowly(deed: &mut Deed<'_>) {
    deed.at_hours(0, 10);
    let Some(host) = source(deed) else {
        return;
    };
    let far = deed.far(443);
    let until = deed.now + signed(deed.random.between(5, 14) * 3600);
    let bytes = deed.random.between(2_000_000, 9_000_000);
    while deed.now < until {
        let first = deed.connection((Side::at(host, 0), far), 57, (bytes, bytes / 60));
        let minutes = deed.random.between(3, 12);
        deed.long(first, minutes);
        deed.wait(60, 900);
    }
}

pub(super) fn rejected(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some(host) = source(deed) else {
        return;
    };
    let gap = deed.random.between(1, 9);
    for _ in 0..deed.random.between(180, 900) {
        let port = u16::try_from(deed.random.between(1, 60_000)).unwrap_or(25);
        let far = deed.far(port);
        let talk = Talk {
            up: (1, 44),
            down: (0, 0),
            action: Action::Reject,
            ..deed.connection((Side::at(host, 0), far), 0, (0, 0))
        };
        deed.talk(&talk);
        deed.wait(0, gap);
    }
}

pub(super) fn rare(deed: &mut Deed<'_>) {
    deed.at_hours(0, 16);
    let Some(host) = source(deed) else {
        return;
    };
    let port = deed
        .random
        .pick(&[443, 80, 8080, 4443])
        .copied()
        .unwrap_or(443);
    let far = deed.far(port);
    for _ in 0..deed.random.between(3, 25) {
        let bytes = (deed.random.heavy(3000), deed.random.heavy(200_000));
        let talk = deed.connection((Side::at(host, 0), far), 20, bytes);
        deed.talk(&talk);
        deed.wait(60, 3000);
    }
}

pub(super) fn miner(deed: &mut Deed<'_>) {
    deed.at_hours(0, 18);
    let Some(host) = source(deed) else {
        return;
    };
    let ports = [3333, 4444, 5555, 7777, 14_444, 45_700, 3357];
    let port = deed.random.pick(&ports).copied().unwrap_or(3333);
    let far = deed.far(port);
    let bytes = (
        deed.random.between(2000, 9000),
        deed.random.between(3000, 12_000),
    );
    let first = deed.connection((Side::at(host, 0), far), 57, bytes);
    let minutes = deed.random.between(75, 420);
    deed.long(first, minutes);
}

pub(super) fn resolver(deed: &mut Deed<'_>) {
    deed.at_hours(0, 20);
    let Some(host) = source(deed) else {
        return;
    };
    let far = deed.far(53);
    for _ in 0..deed.random.between(20, 200) {
        let bytes = (deed.random.between(70, 240), deed.random.between(90, 500));
        let talk = Talk {
            protocol: UDP,
            up: (1, bytes.0),
            down: (1, bytes.1),
            ..deed.connection((Side::at(host, 0), far), 0, bytes)
        };
        deed.talk(&talk);
        deed.wait(1, 240);
    }
}
