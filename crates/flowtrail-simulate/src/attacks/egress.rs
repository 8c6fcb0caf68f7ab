//! Ways out.

use super::stage::Stage;
use super::wire::{
    any_host, connection, host, intruder, long, name_host, port, refused, strangers,
};
use crate::flow::{ICMP, Side, Talk, UDP};
use crate::world::{Environment, Interface, Tier, Vpc};
use std::net::{IpAddr, Ipv6Addr};

/// The host that the intruder sits on.
fn source<'w>(stage: &mut Stage<'w>) -> Option<(&'w Vpc, &'w Interface)> {
    let found = any_host(stage, Environment::Production, Tier::App);
    if let Some((_, host)) = found {
        name_host(stage, host);
    }
    found
}

/// A handful of ordinary-looking conversations.
fn some(stage: &mut Stage<'_>, times: u64, to: Side<'_>) {
    let Some((vpc, host)) = source(stage) else {
        return;
    };
    for _ in 0..times {
        let client = Side::at(host, port(stage));
        let talk = connection(stage, client, to, 12);
        stage.talk_out(&talk, vpc);
        stage.wait(10, 60);
    }
}

pub(crate) fn probe(stage: &mut Stage<'_>) {
    let Some((_, host)) = source(stage) else {
        return;
    };
    for address in strangers(42) {
        for tried in [4444, 6667, 8081, 9998] {
            let client = Side::at(host, port(stage));
            let knock = refused(stage, client, Side::away(address, tried));
            stage.talk(&knock);
            stage.wait(1, 3);
        }
    }
}

pub(crate) fn dns_tunnel(stage: &mut Stage<'_>) {
    let address = intruder(stage, 0);
    let Some((vpc, host)) = source(stage) else {
        return;
    };
    let client = Side::at(host, port(stage));
    let queries = connection(stage, client, Side::away(address, 53), 58);
    let tunnel = Talk {
        protocol: UDP,
        up: (5200, 1_150_000),
        down: (5200, 1_600_000),
        ..queries
    };
    long(stage, tunnel, 38, Some(vpc));
    for _ in 0..5 {
        let client = Side::at(host, port(stage));
        let talk = connection(stage, client, Side::away(address, 853), 20);
        stage.talk_out(&talk, vpc);
        stage.wait(30, 90);
    }
}

pub(crate) fn covert_channel(stage: &mut Stage<'_>) {
    let (echo, time) = (intruder(stage, 1), intruder(stage, 2));
    let Some((vpc, host)) = source(stage) else {
        return;
    };
    let ping = connection(stage, Side::at(host, 0), Side::away(echo, 0), 58);
    let payload = Talk {
        protocol: ICMP,
        up: (1500, 2_100_000),
        down: (1500, 2_100_000),
        ..ping
    };
    long(stage, payload, 15, Some(vpc));
    let client = Side::at(host, port(stage));
    let clock = connection(stage, client, Side::away(time, 123), 58);
    let payload = Talk {
        protocol: UDP,
        up: (300, 132_000),
        down: (300, 41_000),
        ..clock
    };
    long(stage, payload, 10, Some(vpc));
}

pub(crate) fn tor(stage: &mut Stage<'_>) {
    let Some((vpc, host)) = source(stage) else {
        return;
    };
    for relay in strangers(4) {
        let client = Side::at(host, port(stage));
        let circuit = Talk {
            up: (90, 61_000),
            down: (120, 96_000),
            ..connection(stage, client, Side::away(relay, 9001), 58)
        };
        long(stage, circuit, 7, Some(vpc));
    }
}

pub(crate) fn callback(stage: &mut Stage<'_>) {
    let address = intruder(stage, 0);
    some(stage, 2, Side::away(address, 1389));
    some(stage, 2, Side::away(address, 445));
}

pub(crate) fn ssh_upload(stage: &mut Stage<'_>) {
    let address = intruder(stage, 1);
    let Some((vpc, host)) = source(stage) else {
        return;
    };
    let client = Side::at(host, port(stage));
    let copy = Talk {
        up: (240_000, 340_000_000),
        down: (90_000, 4_700_000),
        ..connection(stage, client, Side::away(address, 22), 58)
    };
    long(stage, copy, 36, Some(vpc));
}

pub(crate) fn ipv6(stage: &mut Stage<'_>) {
    let address: Ipv6Addr = stage
        .story
        .address_v6
        .parse()
        .unwrap_or(Ipv6Addr::LOCALHOST);
    let Some((vpc, host)) = host(stage, Environment::Production, Tier::App, 2) else {
        return;
    };
    let client = Side::at_v6(host, vpc.octet, port(stage));
    let server = Side::away(IpAddr::V6(address), 443);
    let copy = Talk {
        up: (88_000, 122_000_000),
        down: (31_000, 1_900_000),
        ..connection(stage, client, server, 58)
    };
    long(stage, copy, 30, None);
    name_host(stage, host);
}
