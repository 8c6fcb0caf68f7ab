//! From one host inside to the next.

use super::stage::Stage;
use super::wire::{any_host, connection, guess, host, name_host, port, refused, unanswered};
use crate::flow::{Side, Talk};
use crate::world::{Environment, Interface, Tier};
use std::net::IpAddr;

/// A conversation of some size between two hosts.
fn visit(stage: &mut Stage<'_>, source: &Interface, target: &Interface, service: u16) {
    let client = Side::at(source, port(stage));
    let talk = connection(stage, client, Side::at(target, service), 40);
    let packets = stage.random.between(40, 90);
    stage.talk(&Talk {
        up: (packets, packets * 140),
        down: (packets + 6, packets * 420),
        ..talk
    });
}

pub(crate) fn brute_force(stage: &mut Stage<'_>) {
    let Some((_, source)) = any_host(stage, Environment::Staging, Tier::App) else {
        return;
    };
    let Some((_, target)) = host(stage, Environment::Staging, Tier::Search, 0) else {
        return;
    };
    let ends = (Side::at(source, 0), Side::at(target, 22));
    let tries = stage.random.between(85, 110);
    guess(stage, ends, (tries, 13, 2100));
    name_host(stage, source);
}

pub(crate) fn ssh_spread(stage: &mut Stage<'_>) {
    let Some((vpc, source)) = any_host(stage, Environment::Production, Tier::App) else {
        return;
    };
    let reachable = |i: &&Interface| i.id != source.id && i.instance != "-";
    for target in vpc.interfaces.iter().filter(reachable) {
        visit(stage, source, target, 22);
        stage.wait(8, 30);
    }
    name_host(stage, source);
}

/// Each host that falls looks for the next.
pub(crate) fn worm(stage: &mut Stage<'_>) {
    let mut before: Option<&Interface> = None;
    for n in 0..3 {
        let Some((vpc, source)) = host(stage, Environment::Production, Tier::App, n) else {
            return;
        };
        if let Some(before) = before {
            visit(stage, before, source, 445);
            stage.wait(60, 240);
        }
        for last in 40..90 {
            let tier = Tier::ALL.into_iter().cycle().skip(usize::from(last)).nth(3);
            let subnet = tier.unwrap_or(Tier::App).subnet_octet();
            let there = IpAddr::from([10, vpc.octet, subnet, last]);
            let client = Side::at(source, port(stage));
            let knock = unanswered(stage, client, Side::away(there, 445));
            stage.talk(&knock);
            stage.now += i64::from(stage.random.chance(800));
        }
        if let Some((_, database)) = host(stage, Environment::Production, Tier::Database, 0) {
            let client = Side::at(source, port(stage));
            let knock = refused(stage, client, Side::at(database, 445));
            stage.talk(&knock);
        }
        stage.wait(120, 400);
        name_host(stage, source);
        before = Some(source);
    }
}

pub(crate) fn ssh_around_bastion(stage: &mut Stage<'_>) {
    let Some((_, source)) = any_host(stage, Environment::Staging, Tier::App) else {
        return;
    };
    let Some((_, target)) = any_host(stage, Environment::Production, Tier::App) else {
        return;
    };
    for _ in 0..stage.random.between(3, 5) {
        visit(stage, source, target, 22);
        stage.wait(60, 300);
    }
    name_host(stage, source);
}

pub(crate) fn graph_database(stage: &mut Stage<'_>) {
    let Some((_, source)) = any_host(stage, Environment::Production, Tier::Search) else {
        return;
    };
    let Some((_, target)) = host(stage, Environment::Production, Tier::Graph, 0) else {
        return;
    };
    for service in [7474, 7687, 7687, 7687, 7687] {
        visit(stage, source, target, service);
        stage.wait(20, 120);
    }
    name_host(stage, source);
}

pub(crate) fn ledger_search(stage: &mut Stage<'_>) {
    let Some((_, ledger)) = any_host(stage, Environment::Production, Tier::Ledger) else {
        return;
    };
    let Some((_, search)) = any_host(stage, Environment::Production, Tier::Search) else {
        return;
    };
    for _ in 0..stage.random.between(3, 6) {
        visit(stage, search, ledger, Tier::Ledger.port());
        stage.wait(20, 90);
        visit(stage, ledger, search, Tier::Search.port());
        stage.wait(20, 90);
    }
    name_host(stage, search);
}

pub(crate) fn cleartext(stage: &mut Stage<'_>) {
    let Some((_, source)) = any_host(stage, Environment::Production, Tier::App) else {
        return;
    };
    let (Some((_, target)), Some((_, front))) = (
        host(stage, Environment::Production, Tier::Database, 0),
        host(stage, Environment::Production, Tier::LoadBalancer, 0),
    ) else {
        return;
    };
    for n in 0..12 {
        let client = Side::at(source, port(stage));
        let query = connection(stage, client, Side::at(target, Tier::Database.port()), 30);
        stage.talk(&Talk {
            up: (40, 9000),
            down: (60, 71_000),
            clear: true,
            ..query
        });
        let customer = IpAddr::from([203, 0, 113, 40 + n]);
        let client = Side::away(customer, port(stage));
        let page = connection(stage, client, Side::at(front, 80), 20);
        stage.talk(&Talk {
            up: (90, 7000),
            down: (310, 420_000),
            ..page
        });
        stage.wait(20, 120);
    }
    name_host(stage, source);
}
