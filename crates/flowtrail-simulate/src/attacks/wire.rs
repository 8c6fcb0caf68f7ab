//! What the scripts that show in flow logs have in common.

use super::stage::Stage;
use crate::flow::{Action, Extent, Side, TCP, Talk, high_port, outside as anywhere};
use crate::world::{Environment, Interface, Tier, Vpc, dotted};
use std::net::{IpAddr, Ipv4Addr};

/// The address of the intruder's `n`th machine.
pub(super) fn intruder(stage: &Stage<'_>, n: usize) -> IpAddr {
    let address = stage.story.address(n).parse();
    IpAddr::V4(address.unwrap_or(Ipv4Addr::new(203, 0, 113, 250)))
}

/// An address of the internet that has nothing to do with the intruder.
pub(super) fn stranger(stage: &mut Stage<'_>) -> IpAddr {
    IpAddr::V4(anywhere(&mut stage.random, 128, 199))
}

/// `n` different addresses of strangers, at most 144.
pub(super) fn strangers(n: usize) -> impl Iterator<Item = IpAddr> {
    (128..=199)
        .flat_map(|last| [[198, 51, 100, last], [203, 0, 113, last]])
        .map(IpAddr::from)
        .take(n)
}

/// A port that clients use.
pub(super) fn port(stage: &mut Stage<'_>) -> u16 {
    high_port(&mut stage.random)
}

/// The `n`th host of a tier in the first VPC of an environment, with the VPC.
pub(super) fn host<'w>(
    stage: &Stage<'w>,
    environment: Environment,
    tier: Tier,
    n: usize,
) -> Option<(&'w Vpc, &'w Interface)> {
    let (_, vpc) = stage.world.vpc(environment)?;
    let count = vpc.of(tier).count();
    let at = n.checked_rem(count)?;
    vpc.of(tier).nth(at).map(|i| (vpc, i))
}

/// Any host of a tier.
pub(super) fn any_host<'w>(
    stage: &mut Stage<'w>,
    environment: Environment,
    tier: Tier,
) -> Option<(&'w Vpc, &'w Interface)> {
    let n = usize::try_from(stage.random.below(64)).unwrap_or(0);
    host(stage, environment, tier, n)
}

/// A connection of `secs` seconds that begins now.
pub(super) fn connection<'t>(
    stage: &Stage<'_>,
    client: Side<'t>,
    server: Side<'t>,
    secs: i64,
) -> Talk<'t> {
    Talk {
        client,
        server,
        protocol: TCP,
        up: (12, 1800),
        down: (11, 2100),
        times: (stage.now, stage.now + secs),
        action: Action::Accept,
        extent: Extent::Whole,
        clear: false,
    }
}

/// One packet, or a few, that nobody answers.
pub(super) fn unanswered<'t>(stage: &Stage<'_>, client: Side<'t>, server: Side<'t>) -> Talk<'t> {
    Talk {
        up: (1, 44),
        down: (0, 0),
        ..connection(stage, client, server, 0)
    }
}

/// One packet that is refused.
pub(super) fn refused<'t>(stage: &Stage<'_>, client: Side<'t>, server: Side<'t>) -> Talk<'t> {
    Talk {
        action: Action::Reject,
        ..unanswered(stage, client, server)
    }
}

/// Minutes of one connection, a line a minute at each interface, and at the
/// gateway of `vpc` if it goes through it.
pub(super) fn long<'w>(stage: &mut Stage<'_>, first: Talk<'w>, minutes: u64, vpc: Option<&'w Vpc>) {
    for n in 0..minutes {
        let mut vary = |(packets, bytes): (u64, u64)| {
            let share = stage.random.between(800, 1200);
            (packets * share / 1000, bytes * share / 1000)
        };
        let (up, down) = (vary(first.up), vary(first.down));
        // Only the first minute has the handshake in it.
        let talk = Talk {
            times: (stage.now, stage.now + 58),
            up,
            down,
            extent: match n {
                0 => first.extent,
                _ => Extent::Within,
            },
            ..first
        };
        match vpc {
            Some(vpc) => stage.talk_out(&talk, vpc),
            None => stage.talk(&talk),
        }
        stage.now += 60;
    }
}

/// Logins that fail, one after another: wrong passwords all look alike, and
/// that is what gives them away.
pub(super) fn guess(
    stage: &mut Stage<'_>,
    (client, server): (Side<'_>, Side<'_>),
    (tries, packets, bytes): (u64, u64, u64),
) {
    for _ in 0..tries {
        let client = Side {
            port: port(stage),
            ..client
        };
        let more = stage.random.below(2);
        let talk = connection(stage, client, server, 2);
        let up = (packets + more, bytes + stage.random.below(80));
        let down = (packets + more - 1, bytes + 600 + stage.random.below(80));
        stage.talk(&Talk { up, down, ..talk });
        stage.wait(2, 6);
    }
}

/// A flow has no principal: the host is the actor.
pub(super) fn name_host(stage: &mut Stage<'_>, host: &Interface) {
    stage.label.traces.actor.clone_from(&host.instance);
    stage.label.traces.came_from(&dotted(host.address));
}

/// The actor is an address outside.
pub(super) fn name_address(stage: &mut Stage<'_>, address: IpAddr) {
    let address = address.to_string();
    stage.label.traces.came_from(&address);
    stage.label.traces.actor = address;
}
