//! What a host that was taken over does to others.

use super::stage::Stage;
use super::wire::{
    any_host, connection, host, intruder, long, name_host, port, stranger, strangers, unanswered,
};
use crate::flow::{Action, Gap, Side, Talk, UDP};
use crate::world::{Environment, Tier};

pub(crate) fn outbound_scan(stage: &mut Stage<'_>) {
    let Some((vpc, source)) = any_host(stage, Environment::Staging, Tier::App) else {
        return;
    };
    for address in strangers(40) {
        for tried in [22, 23, 3389] {
            let client = Side::at(source, port(stage));
            let knock = unanswered(stage, client, Side::away(address, tried));
            stage.talk_out(&knock, vpc);
            stage.wait(1, 4);
        }
    }
    for _ in 0..3 {
        let address = stranger(stage);
        let client = Side::at(source, port(stage));
        let desktop = connection(stage, client, Side::away(address, 3389), 20);
        let found = Talk {
            up: (24, 4100),
            down: (22, 5200),
            ..desktop
        };
        stage.talk_out(&found, vpc);
        stage.wait(10, 60);
    }
    name_host(stage, source);
}

pub(crate) fn spam(stage: &mut Stage<'_>) {
    let Some((vpc, source)) = any_host(stage, Environment::Production, Tier::App) else {
        return;
    };
    for address in strangers(36) {
        let client = Side::at(source, port(stage));
        let letters = Talk {
            up: (38, 31_000),
            down: (30, 2400),
            ..connection(stage, client, Side::away(address, 25), 20)
        };
        stage.talk_out(&letters, vpc);
        stage.wait(5, 50);
    }
    name_host(stage, source);
}

pub(crate) fn sent(stage: &mut Stage<'_>) {
    let (first, second) = (intruder(stage, 2), intruder(stage, 1));
    let Some((vpc, source)) = any_host(stage, Environment::Production, Tier::App) else {
        return;
    };
    let client = Side::at(source, port(stage));
    let datagrams = Talk {
        protocol: UDP,
        up: (720_000, 43_000_000),
        down: (0, 0),
        ..connection(stage, client, Side::away(first, 80), 58)
    };
    long(stage, datagrams, 12, Some(vpc));
    for _ in 0..1400 {
        let client = Side::at(source, port(stage));
        let knock = unanswered(stage, client, Side::away(second, 443));
        stage.talk_out(&knock, vpc);
        stage.now += i64::from(stage.random.chance(250));
    }
    for gap in [Gap::SkipData; 7].into_iter().chain([Gap::NoData; 12]) {
        stage.gap(source, gap);
        stage.now += 60;
    }
    name_host(stage, source);
}

/// Answers to questions that nobody asked, and answers to questions that
/// nobody should be able to ask.
pub(crate) fn reflection(stage: &mut Stage<'_>) {
    let (Some((_, target)), Some((_, reflector))) = (
        host(stage, Environment::Production, Tier::LoadBalancer, 0),
        host(stage, Environment::Staging, Tier::Bastion, 0),
    ) else {
        return;
    };
    let ports = [53, 123, 389, 11_211].into_iter().cycle();
    for (server, answers) in strangers(24).zip(ports) {
        let packets = stage.random.between(3000, 9000);
        let flood = Talk {
            protocol: UDP,
            up: (packets, packets * 1200),
            action: Action::Reject,
            ..connection(stage, Side::away(server, answers), Side::at(target, 80), 50)
        };
        stage.talk(&flood);
        stage.wait(2, 10);
    }
    stage.wait(200, 600);
    for _ in 0..5 {
        for asked in strangers(12) {
            let client = Side::away(asked, port(stage));
            let answers = Talk {
                protocol: UDP,
                up: (240, 26_000),
                down: (6400, 2_100_000),
                ..connection(stage, client, Side::at(reflector, 1900), 50)
            };
            stage.talk(&answers);
        }
        stage.now += 60;
    }
    name_host(stage, reflector);
}
