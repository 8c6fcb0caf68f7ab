//! What shows in flow logs.

use super::stage::{Stage, Step};
use super::wire::{
    any_host, connection, guess, host, intruder, long, name_address, name_host, port, refused,
    strangers,
};
use crate::flow::{Side, Talk};
use crate::world::{Environment, Interface, Tier};
use std::net::{IpAddr, Ipv6Addr};

/// Ports that someone tries who looks for a way on.
const SCANNED: [u16; 30] = [
    21, 22, 23, 25, 53, 80, 88, 111, 135, 139, 389, 443, 445, 636, 873, 1433, 1521, 2049, 2375,
    3306, 3389, 5000, 5601, 5900, 6379, 8000, 8443, 9000, 11_211, 27_017,
];

pub(crate) fn open_security_group(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(6);
    stage.call(&caller, Step::new("DescribeSecurityGroups"));
    stage.call(
        &caller,
        Step::new("AuthorizeSecurityGroupIngress.world").about(choice),
    );
    stage.wait(120, 400);
    let Some((vpc, target)) = host(stage, Environment::Production, Tier::Bastion, 0) else {
        return;
    };
    for _ in 0..stage.random.between(3, 5) {
        let client = Side::away(intruder(stage, 1), port(stage));
        let talk = connection(stage, client, Side::at(target, 22), 40);
        stage.talk(&Talk {
            up: (64, 9200),
            down: (70, 15_400),
            ..talk
        });
        stage.wait(60, 200);
    }
    // What is open to the world is soon found by others.
    for address in strangers(26) {
        let client = Side::away(address, port(stage));
        let talk = connection(stage, client, Side::at(target, 22), 3);
        let packets = stage.random.between(5, 9);
        stage.talk(&Talk {
            up: (packets, packets * 70),
            down: (packets, packets * 130),
            ..talk
        });
        stage.wait(20, 80);
    }
    let address: Ipv6Addr = stage
        .story
        .address_v6
        .parse()
        .unwrap_or(Ipv6Addr::LOCALHOST);
    let client = Side::away(IpAddr::V6(address), port(stage));
    let talk = connection(stage, client, Side::at_v6(target, vpc.octet, 22), 40);
    stage.talk(&talk);
    let from = intruder(stage, 1).to_string();
    stage.label.traces.came_from(&from);
    stage.label.traces.came_from(&address.to_string());
}

pub(crate) fn ssh_brute_force(stage: &mut Stage<'_>) {
    let address = intruder(stage, 2);
    let Some((_, target)) = host(stage, Environment::Staging, Tier::Bastion, 0) else {
        return;
    };
    let (client, server) = (Side::away(address, port(stage)), Side::at(target, 22));
    let tries = stage.random.between(60, 90);
    guess(stage, (client, server), (tries, 13, 2100));
    let inside = connection(stage, client, server, 58);
    let session = Talk {
        up: (240, 31_000),
        down: (260, 88_000),
        ..inside
    };
    long(stage, session, 9, None);
    name_address(stage, address);
}

/// A host of staging looks around in its own network.
pub(crate) fn port_scan(stage: &mut Stage<'_>) {
    let Some((_, vpc)) = stage.world.vpc(Environment::Staging) else {
        return;
    };
    let Some(source) = vpc.any(Tier::App, &mut stage.random) else {
        return;
    };
    for host in vpc.interfaces.iter().filter(|i| i.id != source.id) {
        for scanned in SCANNED {
            let client = Side::at(source, port(stage));
            let knock = refused(stage, client, Side::at(host, scanned));
            stage.talk(&knock);
            stage.now += i64::from(stage.random.chance(300));
        }
        stage.wait(1, 6);
    }
    name_host(stage, source);
}

pub(crate) fn cross_environment(stage: &mut Stage<'_>) {
    let (Some((_, source)), Some((_, target))) = (
        any_host(stage, Environment::Staging, Tier::App),
        any_host(stage, Environment::Production, Tier::Database),
    ) else {
        return;
    };
    for _ in 0..stage.random.between(8, 14) {
        let client = Side::at(source, port(stage));
        let talk = connection(stage, client, Side::at(target, Tier::Database.port()), 45);
        let rows = stage.random.between(20, 900);
        stage.talk(&Talk {
            up: (rows, rows * 130),
            down: (rows * 2, rows * 2200),
            ..talk
        });
        stage.wait(60, 180);
    }
    name_host(stage, source);
}

pub(crate) fn exfiltration(stage: &mut Stage<'_>) {
    let Some((_, vpc)) = stage.world.vpc(Environment::Production) else {
        return;
    };
    let Some(source) = vpc.any(Tier::App, &mut stage.random) else {
        return;
    };
    let to = Side::away(intruder(stage, 2), 443);
    let local = port(stage);
    let minutes = stage.random.between(28, 40);
    let first = connection(stage, Side::at(source, local), to, 58);
    let sent = Talk {
        up: (52_000, 74_000_000),
        down: (21_000, 1_100_000),
        ..first
    };
    long(stage, sent, minutes, Some(vpc));
    name_host(stage, source);
}

/// Half an hour of work for a pool.
pub(super) fn mine(stage: &mut Stage<'_>, miner: &Interface) {
    let pool = Side::away(intruder(stage, 0), 3333);
    let local = port(stage);
    let first = connection(stage, Side::at(miner, local), pool, 58);
    long(
        stage,
        Talk {
            up: (34, 4100),
            down: (40, 6900),
            ..first
        },
        30,
        None,
    );
}
