//! Hard negatives: ordinary traffic that looks like a violation to whoever
//! forgets who opened a connection, what stands behind a gateway, when an address
//! moved or in which VPC it is. Every day has each of them, labelled, so that a
//! test can say that none was found.

mod scripts;

use crate::clock::{SLOT_SECS, first_slot};
use crate::flow::{Action, Extent, Owner, Side, SplicedLine, TCP, Talk, high_port, tap};
use crate::label::{LabelFlow, NegativeFlow, NegativeLabel};
use crate::plan::Plan;
use crate::random::Random;
use crate::world::{Account, Environment, Interface, REGIONS, Region, Tier, Vpc, World};
use flowtrail_event::EventTime;

/// Slots that a script may take: it begins with the first one and is usually
/// over before the next, so that it adds few files to a small log.
const SCRIPT_SLOTS: i64 = 3;

/// A kind of negative.
struct Kind {
    name: &'static str,
    doc: &'static str,
    script: fn(&mut Scene<'_>),
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "return-traffic",
        doc: "the answers of an allowed connection, recorded at both ends over several minutes",
        script: scripts::return_traffic,
    },
    Kind {
        name: "health-checks",
        doc: "a load balancer asks its targets whether they are well; one refuses until its filter is in place",
        script: scripts::health_checks,
    },
    Kind {
        name: "nat-gateway",
        doc: "a host speaks to the internet, and its own flow log names the gateway in between",
        script: scripts::nat_gateway,
    },
    Kind {
        name: "moved-address",
        doc: "a host asks the database of the environment that its address belonged to at that time",
        script: scripts::moved_address,
    },
    Kind {
        name: "overlapping-networks",
        doc: "one address is a database in production's VPC and a host in development's",
        script: scripts::overlapping_networks,
    },
    Kind {
        name: "late-packets",
        doc: "a server's last packet comes after the filter has forgotten the connection",
        script: scripts::late_packets,
    },
    Kind {
        name: "high-port-service",
        doc: "the service has the higher port, and only the flags tell who opened the connection",
        script: scripts::high_port_service,
    },
    Kind {
        name: "ipv6-traffic",
        doc: "allowed connections inside a VPC over IPv6",
        script: scripts::ipv6_traffic,
    },
];

/// What the negatives leave behind.
#[derive(Default)]
pub(crate) struct Played {
    /// In the order of time.
    pub(crate) labels: Vec<NegativeLabel>,
    /// Each with the id of its flow log.
    pub(crate) lines: Vec<(String, SplicedLine)>,
}

/// Plays each kind once a day, and that of the address that moved also shortly
/// before and after. A plan without flows has none.
pub(crate) fn play(plan: &Plan, world: &World) -> Played {
    let mut played = Played::default();
    if plan.flows_per_day == 0 {
        return played;
    }
    let hours = i64::from(plan.hours);
    for day in 0..(hours + 23) / 24 {
        let slots = (hours * 12 - day * 288).min(288) - SCRIPT_SLOTS;
        let first = first_slot(plan.start) + day * 288;
        for (n, kind) in (0..).zip(&KINDS) {
            // Twice a day, four kinds at a time: a small log would otherwise
            // become one of many files.
            let mut half = Random::keyed(&[plan.seed, 0x6861_6c66, day.unsigned_abs(), n % 2]);
            let late = half.below(u64::try_from(slots).unwrap_or(1));
            let slot = first + i64::try_from(late).unwrap_or(0);
            let mut random = Random::keyed(&[plan.seed, 0x6e65_6761, day.unsigned_abs(), n]);
            let jitter = i64::try_from(random.below(20)).unwrap_or(0);
            Scene::new(world, slot * SLOT_SECS + jitter, random).play(kind, &mut played);
        }
    }
    for at in [world.moved.at - SLOT_SECS, world.moved.at] {
        let random = Random::keyed(&[plan.seed, 0x6d6f_7665, at.unsigned_abs()]);
        for kind in KINDS.iter().filter(|k| k.name == "moved-address") {
            Scene::new(world, at, random.clone()).play(kind, &mut played);
        }
    }
    played.labels.sort_by_key(|l| (l.first_time, l.negative));
    played
}

/// One negative while it is played.
struct Scene<'w> {
    world: &'w World,
    region: Region,
    random: Random,
    /// Seconds since 1970.
    now: i64,
    flows: Vec<LabelFlow>,
    lines: Vec<(String, SplicedLine)>,
}

impl<'w> Scene<'w> {
    fn new(world: &'w World, now: i64, random: Random) -> Self {
        Self {
            world,
            region: world.regions.first().copied().unwrap_or(REGIONS[0]),
            random,
            now,
            flows: Vec::new(),
            lines: Vec::new(),
        }
    }

    fn play(mut self, kind: &Kind, played: &mut Played) {
        (kind.script)(&mut self);
        let times = self.flows.iter().map(|f| f.start).min();
        let Some((first, last)) = times.zip(self.flows.iter().map(|f| f.end).max()) else {
            return;
        };
        played.labels.push(NegativeLabel {
            negative: kind.name,
            description: kind.doc,
            first_time: EventTime::from_secs(first),
            last_time: EventTime::from_secs(last),
            flows: self.flows.into_iter().map(NegativeFlow::from).collect(),
        });
        played.lines.extend(self.lines);
    }

    /// Lets `low` to `high` seconds pass.
    fn wait(&mut self, low: u64, high: u64) {
        self.now += i64::try_from(self.random.between(low, high)).unwrap_or(0);
    }

    /// One of the VPCs of an environment.
    fn vpc(&mut self, environment: Environment) -> Option<(&'w Account, &'w Vpc)> {
        let all: Vec<_> = self.world.vpcs().collect();
        let of = |v: &&(&Account, &Vpc)| v.1.environment == environment;
        let all: Vec<_> = all.iter().filter(of).copied().collect();
        self.random.pick(&all).copied()
    }

    /// One of the environments of customers and developers.
    fn environment(&mut self) -> Environment {
        let all = [
            Environment::Production,
            Environment::Staging,
            Environment::Development,
        ];
        let chosen = self.random.pick(&all).copied();
        chosen.unwrap_or(Environment::Production)
    }

    fn host(&mut self, vpc: &'w Vpc, tier: Tier) -> Option<&'w Interface> {
        vpc.any(tier, &mut self.random)
    }

    /// A connection of up to a minute that begins now.
    fn connection(&mut self, client: Side<'w>, server: Side<'w>) -> Talk<'w> {
        let packets = self.random.between(8, 30);
        let secs = i64::try_from(self.random.between(1, 50)).unwrap_or(1);
        Talk {
            client,
            server,
            protocol: TCP,
            up: (packets, packets * 110),
            down: (packets + 2, packets * 420),
            times: (self.now, self.now + secs),
            action: Action::Accept,
            extent: Extent::Whole,
            clear: false,
        }
    }

    /// A client's end with a port of the usual range.
    fn client(&mut self, host: &'w Interface) -> Side<'w> {
        Side::at(host, high_port(&mut self.random))
    }

    /// Records a conversation at every interface that sees it, and at the
    /// gateway if it goes through one.
    fn talk(&mut self, talk: &Talk<'w>) {
        let mut lines = talk.lines();
        let home = talk.client.interface.and_then(|i| self.world.home_of(i));
        if let Some(nat) = home.and_then(|(_, vpc)| talk.gateway(vpc)) {
            lines.extend(talk.through(nat));
        }
        for (interface, line) in lines {
            let Some((account, vpc)) = self.world.home_of(interface) else {
                continue;
            };
            let owner = Owner {
                account,
                vpc,
                region: self.region,
                interface,
            };
            let tapped = tap(self.world, &owner, &line);
            tapped.flow.gather(&mut self.flows);
            self.lines.push((tapped.log, tapped.line));
        }
    }
}

#[cfg(test)]
mod tests;
