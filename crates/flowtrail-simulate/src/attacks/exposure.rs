//! What the internet finds open.

use super::stage::Stage;
use super::wire::{
    connection, guess, host, intruder, long, name_address, port, refused, strangers,
};
use crate::flow::{Side, Talk};
use crate::world::{Environment, Tier};
use std::net::IpAddr;

/// An address with a port that it opened for this conversation.
fn from(stage: &mut Stage<'_>, address: IpAddr) -> Side<'static> {
    Side::away(address, port(stage))
}

pub(crate) fn internet_scan(stage: &mut Stage<'_>) {
    let address = intruder(stage, 2);
    let Some((_, target)) = host(stage, Environment::Production, Tier::Bastion, 0) else {
        return;
    };
    // The first thousand ports, in an order that looks like none.
    for n in 0..1000_u16 {
        let tried = n.wrapping_mul(387) % 1000 + 1;
        let client = from(stage, address);
        let knock = refused(stage, client, Side::at(target, tried));
        stage.talk(&knock);
        stage.now += i64::from(stage.random.chance(380));
    }
    stage.wait(20, 60);
    for _ in 0..stage.random.between(3, 5) {
        let client = from(stage, address);
        let talk = connection(stage, client, Side::at(target, 8443), 30);
        stage.talk(&Talk {
            up: (58, 8900),
            down: (71, 66_000),
            ..talk
        });
        stage.wait(20, 90);
    }
    name_address(stage, address);
}

pub(crate) fn remote_desktop(stage: &mut Stage<'_>) {
    let Some((_, target)) = host(stage, Environment::Staging, Tier::Bastion, 0) else {
        return;
    };
    for address in strangers(116) {
        let client = from(stage, address);
        let talk = connection(stage, client, Side::at(target, 3389), 3);
        let packets = stage.random.between(9, 14);
        stage.talk(&Talk {
            up: (packets, packets * 110),
            down: (packets - 2, packets * 160),
            ..talk
        });
        stage.wait(8, 18);
    }
    let address = intruder(stage, 1);
    let (client, server) = (from(stage, address), Side::at(target, 3389));
    guess(stage, (client, server), (45, 16, 2900));
    let inside = connection(stage, client, server, 58);
    let session = Talk {
        up: (420, 52_000),
        down: (900, 810_000),
        ..inside
    };
    long(stage, session, 9, None);
    name_address(stage, address);
}

pub(crate) fn database(stage: &mut Stage<'_>) {
    let address = intruder(stage, 1);
    let Some((_, target)) = host(stage, Environment::Staging, Tier::Database, 0) else {
        return;
    };
    let (client, server) = (
        from(stage, address),
        Side::at(target, Tier::Database.port()),
    );
    guess(stage, (client, server), (45, 9, 1150));
    let dump = Talk {
        up: (48_000, 2_600_000),
        down: (130_000, 182_000_000),
        ..connection(stage, client, server, 58)
    };
    long(stage, dump, 20, None);
    name_address(stage, address);
}

pub(crate) fn container_api(stage: &mut Stage<'_>) {
    let address = intruder(stage, 0);
    let (Some((_, first)), Some((_, next))) = (
        host(stage, Environment::Staging, Tier::App, 0),
        host(stage, Environment::Staging, Tier::App, 1),
    ) else {
        return;
    };
    for (tried, times) in [(6443, 2), (10_250, 3), (2375, 5)] {
        for _ in 0..times {
            let client = from(stage, address);
            let talk = connection(stage, client, Side::at(first, tried), 9);
            stage.talk(&Talk {
                up: (16, 3400),
                down: (19, 14_200),
                ..talk
            });
            stage.wait(15, 60);
        }
    }
    for _ in 0..4 {
        let client = Side::at(first, port(stage));
        let talk = connection(stage, client, Side::at(next, 2375), 9);
        stage.talk(&talk);
        stage.wait(10, 40);
    }
    name_address(stage, address);
}

pub(crate) fn file_share(stage: &mut Stage<'_>) {
    let address = intruder(stage, 1);
    let Some((_, target)) = host(stage, Environment::Staging, Tier::App, 1) else {
        return;
    };
    for _ in 0..2 {
        let client = from(stage, address);
        let talk = connection(stage, client, Side::at(target, 2049), 20);
        stage.talk(&talk);
        stage.wait(20, 60);
    }
    let client = from(stage, address);
    let copy = Talk {
        up: (9000, 520_000),
        down: (31_000, 42_000_000),
        ..connection(stage, client, Side::at(target, 445), 58)
    };
    long(stage, copy, 8, None);
    name_address(stage, address);
}
