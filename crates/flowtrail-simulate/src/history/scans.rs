//! From one host to the next: scans, guesses, new ways.

use super::deed::{Deed, signed};
use crate::flow::{Action, Side, Talk};
use crate::world::{Environment, Interface, Tier, Vpc};
use std::net::{IpAddr, Ipv4Addr};

/// Two hosts of one network.
fn two<'w>(
    deed: &mut Deed<'w>,
    environment: Environment,
    (from, to): (Tier, Tier),
) -> Option<(&'w Interface, &'w Interface)> {
    for _ in 0..20 {
        let (vpc, a) = deed.host(environment, from)?;
        let b = vpc.any(to, &mut deed.random)?;
        if a.id != b.id {
            return Some((a, b));
        }
    }
    None
}

pub(super) fn lateral(deed: &mut Deed<'_>) {
    deed.at_hours(0, 20);
    let environment = deed.environment();
    let ways = [
        (Tier::App, Tier::App, 22),
        (Tier::App, Tier::App, 5985),
        (Tier::Search, Tier::Database, 5432),
        (Tier::App, Tier::Database, 22),
        (Tier::Bastion, Tier::Search, 9200),
        (Tier::App, Tier::Bastion, 22),
        (Tier::App, Tier::App, 8443),
    ];
    let (from, to, port) = deed.random.pick(&ways).copied().unwrap_or(ways[0]);
    let Some((a, b)) = two(deed, environment, (from, to)) else {
        return;
    };
    deed.by_host(a);
    for _ in 0..deed.random.between(1, 14) {
        let secs = signed(deed.random.between(1, 57));
        let bytes = (deed.random.heavy(6000), deed.random.heavy(30_000));
        let ends = (Side::at(a, 0), Side::at(b, port));
        let talk = deed.connection(ends, secs, bytes);
        deed.talk(&talk);
        deed.wait(60, 2400);
    }
}

/// One packet that is refused, or that nobody answers.
fn knock<'w>(deed: &mut Deed<'w>, from: &'w Interface, to: Side<'w>, refused: bool) {
    let talk = Talk {
        up: (1, 44),
        down: (0, 0),
        action: if refused {
            Action::Reject
        } else {
            Action::Accept
        },
        ..deed.connection((Side::at(from, 0), to), 0, (0, 0))
    };
    deed.talk(&talk);
}

/// Ports that somebody looks for, and others.
fn ports(deed: &mut Deed<'_>, n: u64) -> Vec<u16> {
    let known = [
        21, 22, 23, 25, 80, 111, 135, 139, 389, 443, 445, 636, 873, 1433, 1521, 2049, 2375, 3000,
        3306, 3389, 5000, 5601, 5900, 5985, 6379, 8000, 8081, 8888, 9000, 9092, 10_250, 11_211,
        27_017,
    ];
    (0..n)
        .map(|_| {
            if deed.random.chance(700) {
                deed.random.pick(&known).copied().unwrap_or(22)
            } else {
                u16::try_from(deed.random.between(1, 30_000)).unwrap_or(22)
            }
        })
        .collect()
}

fn scan_ports(deed: &mut Deed<'_>, (n, targets): (u64, u64), gap: (u64, u64)) {
    let environment = deed.environment();
    let Some((vpc, source)) = deed.host(environment, Tier::App) else {
        return;
    };
    deed.by_host(source);
    let others: Vec<&Interface> = vpc
        .interfaces
        .iter()
        .filter(|i| i.id != source.id)
        .collect();
    let chosen: Vec<&Interface> = (0..targets)
        .filter_map(|_| deed.random.pick(&others).copied())
        .collect();
    for port in ports(deed, n) {
        let Some(target) = deed.random.pick(&chosen).copied() else {
            return;
        };
        // What is open answers.
        let end = Side::at(target, port);
        if port == target.tier.port() {
            let talk = deed.connection((Side::at(source, 0), end), 1, (180, 120));
            deed.talk(&talk);
        } else {
            knock(deed, source, end, true);
        }
        deed.wait(gap.0, gap.1);
    }
}

pub(super) fn ports_fast(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let counts = (deed.random.between(60, 900), deed.random.between(1, 4));
    scan_ports(deed, counts, (0, 1));
}

pub(super) fn ports_slow(deed: &mut Deed<'_>) {
    deed.at_hours(0, 10);
    let counts = (deed.random.between(40, 140), deed.random.between(1, 4));
    let gap = deed.random.between(60, 420);
    scan_ports(deed, counts, (gap / 2, gap));
}

/// An address of the network at which there may be somebody.
fn somewhere<'w>(deed: &mut Deed<'w>, vpc: &'w Vpc, port: u16) -> (Side<'w>, bool) {
    let tier = deed.random.pick(&Tier::ALL).copied().unwrap_or(Tier::App);
    let last = u8::try_from(deed.random.between(1, 250)).unwrap_or(1);
    let address = [10, vpc.octet, tier.subnet_octet(), last];
    match vpc.interfaces.iter().find(|i| i.address == address) {
        Some(found) => (Side::at(found, port), found.tier.port() != port),
        None => (Side::away(IpAddr::V4(Ipv4Addr::from(address)), port), false),
    }
}

fn scan_hosts(deed: &mut Deed<'_>, n: u64, gap: (u64, u64)) {
    let environment = deed.environment();
    let Some((vpc, source)) = deed.host(environment, Tier::App) else {
        return;
    };
    deed.by_host(source);
    let port = deed
        .random
        .pick(&[22, 445, 3389, 5432, 6379, 8080, 9200, 2375])
        .copied()
        .unwrap_or(22);
    for _ in 0..n {
        let (to, refused) = somewhere(deed, vpc, port);
        let own = to.address == IpAddr::from(source.address);
        let open = to.interface.is_some() && !refused;
        if open && !own {
            let talk = deed.connection((Side::at(source, 0), to), 1, (180, 120));
            deed.talk(&talk);
        } else if !own {
            knock(deed, source, to, refused);
        }
        deed.wait(gap.0, gap.1);
    }
}

pub(super) fn hosts_fast(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let n = deed.random.between(50, 700);
    scan_hosts(deed, n, (0, 2));
}

pub(super) fn hosts_slow(deed: &mut Deed<'_>) {
    deed.at_hours(0, 10);
    let n = deed.random.between(40, 140);
    let gap = deed.random.between(60, 420);
    scan_hosts(deed, n, (gap / 2, gap));
}

/// Logins that fail: about as long as one another.
fn guess<'w>(deed: &mut Deed<'w>, ends: (Side<'w>, Side<'w>), gap: (u64, u64)) {
    let bytes = deed.random.between(1100, 3800);
    let spread = deed.random.between(20, 300);
    for _ in 0..deed.random.between(40, 260) {
        let (up, down) = (
            bytes + deed.random.below(spread),
            bytes + 500 + deed.random.below(spread),
        );
        let packets = 9 + deed.random.below(5);
        let talk = Talk {
            up: (packets, up),
            down: (packets, down),
            ..deed.connection(ends, 2, (up, down))
        };
        deed.talk(&talk);
        deed.wait(gap.0, gap.1);
    }
    if deed.random.chance(600) {
        let inside = deed.connection(ends, 57, (30_000, 90_000));
        let minutes = deed.random.between(2, 12);
        deed.long(inside, minutes);
    }
}

pub(super) fn ssh_guessing(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let environment = deed.environment();
    let Some((a, b)) = two(deed, environment, (Tier::App, Tier::App)) else {
        return;
    };
    deed.by_host(a);
    let gap = deed.random.between(2, 12);
    guess(deed, (Side::at(a, 0), Side::at(b, 22)), (1, gap));
}

pub(super) fn database_guessing(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let environment = deed.environment();
    let Some((a, b)) = two(deed, environment, (Tier::App, Tier::Database)) else {
        return;
    };
    deed.by_host(a);
    let gap = deed.random.between(1, 8);
    guess(deed, (Side::at(a, 0), Side::at(b, 5432)), (1, gap));
}
