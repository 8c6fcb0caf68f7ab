//! What shows in flow logs.

use super::stage::{Stage, Step};
use crate::flow::{Action, Side, TCP, Talk};
use crate::world::{Environment, Interface, Tier, dotted};
use std::net::{IpAddr, Ipv4Addr};

/// Ports that someone tries who looks for a way on.
const SCANNED: [u16; 30] = [
    21, 22, 23, 25, 53, 80, 88, 111, 135, 139, 389, 443, 445, 636, 873, 1433, 1521, 2049, 2375,
    3306, 3389, 5000, 5601, 5900, 6379, 8000, 8443, 9000, 11_211, 27_017,
];

fn outside(stage: &Stage<'_>, n: usize) -> IpAddr {
    IpAddr::V4(
        stage
            .story
            .address(n)
            .parse()
            .unwrap_or(Ipv4Addr::new(203, 0, 113, 250)),
    )
}

fn port(stage: &mut Stage<'_>) -> u16 {
    u16::try_from(stage.random.between(32_768, 60_999)).unwrap_or(40_000)
}

/// A connection of `secs` seconds that begins now.
fn connection<'t>(stage: &Stage<'_>, client: Side<'t>, server: Side<'t>, secs: i64) -> Talk<'t> {
    Talk {
        client,
        server,
        protocol: TCP,
        up: (12, 1800),
        down: (11, 2100),
        times: (stage.now, stage.now + secs),
        action: Action::Accept,
        whole: true,
    }
}

/// Minutes of one connection, a line a minute at each interface, and at the
/// gateway that it goes through, if any.
fn long<'w>(stage: &mut Stage<'_>, first: Talk<'w>, minutes: u64, nat: Option<&'w Interface>) {
    for n in 0..minutes {
        let mut vary = |(packets, bytes): (u64, u64)| {
            let share = stage.random.between(800, 1200);
            (packets * share / 1000, bytes * share / 1000)
        };
        let (up, down) = (vary(first.up), vary(first.down));
        let times = (stage.now, stage.now + 58);
        // Only the first minute has the handshake in it.
        let talk = Talk {
            times,
            up,
            down,
            whole: n == 0,
            ..first
        };
        stage.talk(&talk);
        if let Some(nat) = nat {
            stage.talk_through(&talk, nat);
        }
        stage.now += 60;
    }
}

fn bastion<'w>(stage: &Stage<'w>, environment: Environment) -> Option<&'w Interface> {
    let (_, vpc) = stage.world.vpc(environment)?;
    vpc.of(Tier::Bastion).next()
}

pub(super) fn open_security_group(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(6);
    stage.call(&caller, Step::new("DescribeSecurityGroups"));
    stage.call(
        &caller,
        Step::new("AuthorizeSecurityGroupIngress.world").about(choice),
    );
    stage.wait(120, 400);
    let Some(target) = bastion(stage, Environment::Production) else {
        return;
    };
    for _ in 0..stage.random.between(3, 5) {
        let client = Side::away(outside(stage, 1), port(stage));
        let talk = connection(stage, client, Side::at(target, 22), 40);
        stage.talk(&Talk {
            up: (64, 9200),
            down: (70, 15_400),
            ..talk
        });
        stage.wait(60, 200);
    }
    let from = outside(stage, 1).to_string();
    stage.label.came_from(&from);
}

pub(super) fn ssh_brute_force(stage: &mut Stage<'_>) {
    let from = outside(stage, 2);
    let Some(target) = bastion(stage, Environment::Staging) else {
        return;
    };
    for _ in 0..stage.random.between(60, 90) {
        let client = Side::away(from, port(stage));
        let mut talk = connection(stage, client, Side::at(target, 22), 2);
        // Wrong passwords all look alike; that is what gives them away.
        let packets = stage.random.between(13, 14);
        talk.up = (packets, 2100 + stage.random.below(80));
        talk.down = (packets - 1, 2700 + stage.random.below(80));
        stage.talk(&talk);
        stage.wait(3, 8);
    }
    let client = Side::away(from, port(stage));
    let inside = connection(stage, client, Side::at(target, 22), 58);
    long(
        stage,
        Talk {
            up: (240, 31_000),
            down: (260, 88_000),
            ..inside
        },
        9,
        None,
    );
    stage.label.actor = from.to_string();
    stage.label.came_from(&from.to_string());
}

/// A host of staging looks around in its own network.
pub(super) fn port_scan(stage: &mut Stage<'_>) {
    let Some((_, vpc)) = stage.world.vpc(Environment::Staging) else {
        return;
    };
    let Some(source) = vpc.any(Tier::App, &mut stage.random) else {
        return;
    };
    for host in vpc.interfaces.iter().filter(|i| i.id != source.id) {
        for scanned in SCANNED {
            let client = Side::at(source, port(stage));
            let talk = connection(stage, client, Side::at(host, scanned), 0);
            stage.talk(&Talk {
                up: (1, 44),
                down: (0, 0),
                action: Action::Reject,
                ..talk
            });
            stage.now += i64::from(stage.random.chance(300));
        }
        stage.wait(1, 6);
    }
    name_host(stage, source);
}

/// A flow has no principal: the host is the actor.
fn name_host(stage: &mut Stage<'_>, host: &Interface) {
    stage.label.actor.clone_from(&host.instance);
    stage.label.came_from(&dotted(host.address));
}

pub(super) fn cross_environment(stage: &mut Stage<'_>) {
    let target = stage
        .world
        .vpc(Environment::Production)
        .and_then(|(_, v)| v.of(Tier::Database).next());
    let Some((_, staging)) = stage.world.vpc(Environment::Staging) else {
        return;
    };
    let (Some(source), Some(target)) = (staging.any(Tier::App, &mut stage.random), target) else {
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

pub(super) fn exfiltration(stage: &mut Stage<'_>) {
    let Some((_, vpc)) = stage.world.vpc(Environment::Production) else {
        return;
    };
    let Some(source) = vpc.any(Tier::App, &mut stage.random) else {
        return;
    };
    let to = Side::away(outside(stage, 2), 443);
    let local = port(stage);
    let minutes = stage.random.between(28, 40);
    let first = connection(stage, Side::at(source, local), to, 58);
    let sent = Talk {
        up: (52_000, 74_000_000),
        down: (21_000, 1_100_000),
        ..first
    };
    long(stage, sent, minutes, vpc.of(Tier::Nat).next());
    name_host(stage, source);
}

/// Half an hour of work for a pool.
pub(super) fn mine(stage: &mut Stage<'_>, miner: &Interface) {
    let pool = Side::away(outside(stage, 0), 3333);
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
