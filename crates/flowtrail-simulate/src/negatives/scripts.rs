//! What happens in each negative.

use super::Scene;
use crate::flow::{Action, Extent, FlowLog, Format, Side, Talk, high_port, outside};
use crate::world::{Environment, Interface, Tier, Vpc};
use std::net::IpAddr;

/// Two minutes of one connection: the handshake is in the first only.
fn minutes<'w>(scene: &mut Scene<'w>, (client, server): (Side<'w>, Side<'w>)) {
    for minute in 0..2 {
        let talk = scene.connection(client, server);
        let talk = Talk {
            times: (scene.now, scene.now + 58),
            extent: match minute {
                0 => Extent::Whole,
                _ => Extent::Within,
            },
            ..talk
        };
        scene.talk(&talk);
        scene.now += 60;
    }
}

pub(super) fn return_traffic(scene: &mut Scene<'_>) {
    let environment = scene.environment();
    let Some((_, vpc)) = scene.vpc(environment) else {
        return;
    };
    let tier = [Tier::Database, Tier::Graph, Tier::Search];
    let tier = scene.random.pick(&tier).copied().unwrap_or(Tier::Database);
    if let (Some(app), Some(store)) = (scene.host(vpc, Tier::App), scene.host(vpc, tier)) {
        let client = scene.client(app);
        minutes(scene, (client, Side::at(store, tier.port())));
    }
    // From the network of build hosts, whose log has neither flags nor VPC.
    let Some((_, shared)) = scene.vpc(Environment::Shared) else {
        return;
    };
    let (Some(build), Some(app)) = (scene.host(shared, Tier::App), scene.host(vpc, Tier::App))
    else {
        return;
    };
    let service = if scene.random.chance(500) { 9100 } else { 22 };
    let client = scene.client(build);
    minutes(scene, (client, Side::at(app, service)));
}

pub(super) fn health_checks(scene: &mut Scene<'_>) {
    let environment = scene.environment();
    let Some((_, vpc)) = scene.vpc(environment) else {
        return;
    };
    let (Some(balancer), Some(target)) = (
        scene.host(vpc, Tier::LoadBalancer),
        scene.host(vpc, Tier::App),
    ) else {
        return;
    };
    let server = Side::at(target, Tier::App.port());
    for check in 0..5 {
        let client = scene.client(balancer);
        let talk = scene.connection(client, server);
        let answered = Talk {
            up: (6, 432),
            down: (5, 610),
            times: (scene.now, scene.now + 1),
            ..talk
        };
        let refused = Talk {
            up: (1, 60),
            down: (0, 0),
            action: Action::Reject,
            ..answered
        };
        scene.talk(if check < 2 { &refused } else { &answered });
        scene.now += 20;
    }
}

pub(super) fn nat_gateway(scene: &mut Scene<'_>) {
    let environment = scene.environment();
    let Some((_, vpc)) = scene.vpc(environment) else {
        return;
    };
    for _ in 0..2 {
        let Some(app) = scene.host(vpc, Tier::App) else {
            return;
        };
        let supplier = IpAddr::V4(outside(&mut scene.random, 1, 12));
        let client = scene.client(app);
        let talk = scene.connection(client, Side::away(supplier, 443));
        scene.talk(&talk);
        scene.wait(5, 40);
    }
}

pub(super) fn moved_address(scene: &mut Scene<'_>) {
    let moved = scene.world.moved;
    for _ in 0..3 {
        let environment = moved.environment(scene.now);
        let Some((_, vpc)) = scene.vpc(environment) else {
            return;
        };
        let Some(database) = scene.host(vpc, Tier::Database) else {
            return;
        };
        let port = high_port(&mut scene.random);
        let client = Side::away(IpAddr::from(moved.address), port);
        let talk = scene.connection(client, Side::at(database, Tier::Database.port()));
        // Nothing is left of it when the address changes hands.
        if moved.environment(talk.times.1) == environment {
            scene.talk(&talk);
        }
        scene.wait(60, 80);
    }
}

/// The second range of a VPC, with a host of the first one.
fn annex<'w>(
    scene: &mut Scene<'w>,
    environment: Environment,
    tier: Tier,
) -> Option<(&'w Interface, &'w Interface)> {
    let (_, vpc) = scene.vpc(environment)?;
    Some((vpc.annex.as_ref()?, scene.host(vpc, tier)?))
}

pub(super) fn overlapping_networks(scene: &mut Scene<'_>) {
    for _ in 0..2 {
        if let Some((replica, app)) = annex(scene, Environment::Production, Tier::App) {
            let client = scene.client(app);
            let talk = scene.connection(client, Side::at(replica, Tier::Database.port()));
            scene.talk(&talk);
        }
        scene.wait(5, 40);
        for tier in [Tier::Database, Tier::Search] {
            let Some((host, store)) = annex(scene, Environment::Development, tier) else {
                continue;
            };
            let client = scene.client(host);
            let talk = scene.connection(client, Side::at(store, tier.port()));
            scene.talk(&talk);
        }
        scene.wait(5, 40);
    }
}

pub(super) fn late_packets(scene: &mut Scene<'_>) {
    let environment = scene.environment();
    let Some((_, vpc)) = scene.vpc(environment) else {
        return;
    };
    for tier in [Tier::Database, Tier::Search, Tier::Graph] {
        let (Some(store), Some(app)) = (scene.host(vpc, tier), scene.host(vpc, Tier::App)) else {
            continue;
        };
        let asked = scene.client(app);
        let talk = scene.connection(Side::at(store, tier.port()), asked);
        scene.talk(&Talk {
            up: (1, 52),
            down: (0, 0),
            times: (scene.now, scene.now),
            action: Action::Reject,
            extent: Extent::Within,
            ..talk
        });
        scene.wait(10, 60);
    }
}

/// Services on ports above those that clients may have, and the lowest of these.
const HIGH: [(Tier, u16, u64); 3] = [
    (Tier::Database, 27_017, 20_000),
    (Tier::Graph, 8182, 7690),
    (Tier::Ledger, 50_051, 33_000),
];

pub(super) fn high_port_service(scene: &mut Scene<'_>) {
    let environment = scene.environment();
    let Some((account, vpc)) = scene.vpc(environment) else {
        return;
    };
    // Without flags nobody can tell.
    if FlowLog::format(scene.world, account) == Format::Default {
        return;
    }
    for (tier, service, lowest) in HIGH {
        let (Some(store), Some(app)) = (scene.host(vpc, tier), scene.host(vpc, Tier::App)) else {
            continue;
        };
        let port = scene.random.between(lowest, u64::from(service) - 1);
        let client = Side::at(app, u16::try_from(port).unwrap_or(service));
        let talk = scene.connection(client, Side::at(store, service));
        scene.talk(&talk);
        scene.wait(5, 40);
    }
}

/// A host of a tier over IPv6.
fn side_v6<'w>(scene: &mut Scene<'w>, vpc: &'w Vpc, tier: Tier, port: u16) -> Option<Side<'w>> {
    let host = scene.host(vpc, tier)?;
    Some(Side::at_v6(host, vpc.octet, port))
}

pub(super) fn ipv6_traffic(scene: &mut Scene<'_>) {
    let environment = scene.environment();
    let Some((_, vpc)) = scene.vpc(environment) else {
        return;
    };
    let ways = [(Tier::LoadBalancer, Tier::App), (Tier::App, Tier::Search)];
    for (from, to) in ways {
        let port = high_port(&mut scene.random);
        let (Some(client), Some(server)) = (
            side_v6(scene, vpc, from, port),
            side_v6(scene, vpc, to, to.port()),
        ) else {
            continue;
        };
        let talk = scene.connection(client, server);
        scene.talk(&talk);
        scene.wait(5, 40);
    }
}
