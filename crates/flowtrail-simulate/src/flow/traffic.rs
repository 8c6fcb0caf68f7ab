//! The ordinary noise of a network.

use super::line::{Action, Line};
use super::talk::{Side, TCP, Talk};
use crate::random::Random;
use crate::world::{
    AwsService, Environment, Interface, OFFICES, Person, Tier, Vpc, aws_address,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who talks to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Customer,
    CustomerV6,
    Balanced,
    HealthCheck,
    Query(Tier),
    Bucket,
    Partner,
    Noise,
    Office,
    Jump,
    Monitoring,
    Gossip,
    Ping,
}

/// The patterns with their weights.
const PATTERNS: [(Pattern, u64); 16] = [
    (Pattern::Customer, 240),
    (Pattern::CustomerV6, 20),
    (Pattern::Balanced, 200),
    (Pattern::HealthCheck, 90),
    (Pattern::Query(Tier::Database), 130),
    (Pattern::Query(Tier::Graph), 45),
    (Pattern::Query(Tier::Search), 55),
    (Pattern::Query(Tier::Ledger), 30),
    (Pattern::Bucket, 80),
    (Pattern::Partner, 60),
    (Pattern::Noise, 130),
    (Pattern::Office, 12),
    (Pattern::Jump, 12),
    (Pattern::Monitoring, 40),
    (Pattern::Gossip, 20),
    (Pattern::Ping, 8),
];

/// Ports that the internet tries everywhere, all the time.
const TRIED: [u16; 16] = [
    23, 2323, 445, 3389, 8080, 6379, 5900, 1433, 3306, 5555, 8443, 9200, 11_211, 27_017, 81, 5060,
];

/// Makes the ordinary conversations of one VPC.
pub(crate) struct Chatter<'a> {
    pub(crate) vpc: &'a Vpc,
    pub(crate) people: &'a [Person],
    pub(crate) interval_secs: u64,
}

/// An address of the internet: customers in the lower half of two
/// documentation networks, noise above.
fn outside(random: &mut Random, low: u64, high: u64) -> Ipv4Addr {
    let last = u8::try_from(random.between(low, high)).unwrap_or(1);
    if random.chance(500) {
        Ipv4Addr::new(198, 51, 100, last)
    } else {
        Ipv4Addr::new(203, 0, 113, last)
    }
}

/// An address that no one else has.
pub(crate) fn intruder_address(random: &mut Random) -> Ipv4Addr {
    outside(random, 200, 250)
}

fn high_port(random: &mut Random) -> u16 {
    u16::try_from(random.between(32_768, 60_999)).unwrap_or(40_000)
}

fn v4(address: [u8; 4]) -> IpAddr {
    IpAddr::from(address)
}

/// Sizes of a conversation: packets and bytes.
fn volume(typical: u64, random: &mut Random) -> (u64, u64) {
    let bytes = random.heavy(typical).max(60);
    (bytes / 700 + random.between(3, 6), bytes)
}

impl<'a> Chatter<'a> {
    /// One conversation that ends in the slot which begins at `slot` seconds.
    pub(crate) fn lines(&self, slot: i64, random: &mut Random) -> Vec<(&'a Interface, Line)> {
        let end = slot + i64::try_from(random.below(300)).unwrap_or(0);
        let long = random.below(self.interval_secs);
        let times = (end - i64::try_from(long).unwrap_or(0), end);
        let pattern = self.pattern(end, random);
        self.talk(pattern, times, random).map(|t| self.recorded(&t, pattern)).unwrap_or_default()
    }

    fn pattern(&self, time: i64, random: &mut Random) -> Pattern {
        let busy = self.people.iter().any(|p| p.busy_per_mille(time) > 300);
        let total: u64 = PATTERNS.iter().map(|(_, w)| w).sum();
        let mut left = random.below(total);
        for (pattern, weight) in PATTERNS {
            match left.checked_sub(weight) {
                Some(rest) => left = rest,
                // Nobody is at work: what people would have done is noise.
                None if matches!(pattern, Pattern::Office | Pattern::Jump) && !busy => break,
                None => return pattern,
            }
        }
        Pattern::Noise
    }

    /// What the interfaces record of it; a gateway on the way adds its own.
    fn recorded(&self, talk: &Talk<'a>, pattern: Pattern) -> Vec<(&'a Interface, Line)> {
        let mut lines = talk.lines();
        let nat = self.vpc.of(Tier::Nat).next();
        if pattern == Pattern::Partner
            && let Some(nat) = nat
        {
            let beyond = Talk { client: Side::at(nat, talk.client.port), ..*talk };
            lines.extend(beyond.lines());
        }
        lines
    }

    fn side(&self, tier: Tier, port: u16, random: &mut Random) -> Option<Side<'a>> {
        self.vpc.any(tier, random).map(|i| Side::at(i, port))
    }

    /// The ends of a conversation. `None` if the VPC has no such tier.
    fn ends(&self, pattern: Pattern, random: &mut Random) -> Option<(Side<'a>, Side<'a>)> {
        let port = high_port(random);
        let app = |random: &mut Random| self.side(Tier::App, port, random);
        let serves = |tier: Tier, random: &mut Random| self.side(tier, tier.port(), random);
        let away = |address: Ipv4Addr| Side::away(IpAddr::V4(address), port);
        Some(match pattern {
            Pattern::Customer => {
                (away(outside(random, 40, 127)), serves(Tier::LoadBalancer, random)?)
            }
            Pattern::CustomerV6 => {
                let customer = Ipv6Addr::new(0x2001, 0xdb8, 0xa0, 0, 0, 0, 0, part(random));
                let mut server = serves(Tier::LoadBalancer, random)?;
                let here = Ipv6Addr::new(0x2001, 0xdb8, 0x10, u16::from(self.vpc.octet), 0, 0, 0, 0x10);
                server.address = IpAddr::V6(here);
                (Side::away(IpAddr::V6(customer), port), server)
            }
            Pattern::Balanced | Pattern::HealthCheck => {
                (self.side(Tier::LoadBalancer, port, random)?, serves(Tier::App, random)?)
            }
            Pattern::Query(tier) => (app(random)?, serves(tier, random)?),
            Pattern::Bucket => {
                let service =
                    if random.chance(700) { AwsService::S3 } else { AwsService::DynamoDb };
                (app(random)?, Side::away(v4(aws_address(service, random)), 443))
            }
            Pattern::Partner => {
                let to = if random.chance(300) {
                    v4(aws_address(AwsService::Ec2, random))
                } else {
                    IpAddr::V4(outside(random, 1, 12))
                };
                (app(random)?, Side::away(to, 443))
            }
            Pattern::Noise => {
                let tried = random.pick(&TRIED).copied().unwrap_or(23);
                let tier = if random.chance(500) { Tier::LoadBalancer } else { Tier::Bastion };
                (away(outside(random, 128, 199)), self.side(tier, tried, random)?)
            }
            Pattern::Office => {
                (away(random.pick(&OFFICES).copied()?), serves(Tier::Bastion, random)?)
            }
            Pattern::Jump => (self.side(Tier::Bastion, port, random)?, self.side(Tier::App, 22, random)?),
            Pattern::Monitoring => {
                let from = [10, 0, Tier::App.subnet_octet(), 10];
                (Side::away(v4(from), port), self.side(Tier::App, 9100, random)?)
            }
            Pattern::Gossip => (self.side(Tier::App, 7946, random)?, self.side(Tier::App, 7946, random)?),
            Pattern::Ping => (
                Side::away(IpAddr::V4(random.pick(&OFFICES).copied()?), 0),
                self.side(Tier::LoadBalancer, 0, random)?,
            ),
        })
    }

    fn talk(&self, pattern: Pattern, times: (i64, i64), random: &mut Random) -> Option<Talk<'a>> {
        if self.vpc.environment == Environment::Shared && pattern == Pattern::Monitoring {
            return None;
        }
        let (client, server) = self.ends(pattern, random)?;
        if client.address == server.address {
            return None;
        }
        let (up, down) = match pattern {
            Pattern::Customer | Pattern::CustomerV6 | Pattern::Balanced => {
                (volume(1800, random), volume(14_000, random))
            }
            Pattern::HealthCheck => ((6, 432), (5, 610)),
            Pattern::Query(_) => (volume(3000, random), volume(16_000, random)),
            Pattern::Bucket => (volume(30_000, random), volume(9000, random)),
            Pattern::Partner => (volume(2500, random), volume(7000, random)),
            Pattern::Noise => ((1, 40 + random.below(2) * 4), (0, 0)),
            Pattern::Office | Pattern::Jump => (volume(5000, random), volume(9000, random)),
            Pattern::Monitoring => ((5, 410), volume(22_000, random)),
            Pattern::Gossip => (volume(400, random), volume(400, random)),
            Pattern::Ping => ((4, 336), (4, 336)),
        };
        // Pools keep their connections; the rest come and go within a minute.
        let pooled = matches!(pattern, Pattern::Query(_)) && random.chance(700);
        Some(Talk {
            client,
            server,
            protocol: match pattern {
                Pattern::Gossip => 17,
                Pattern::Ping => 1,
                Pattern::Customer
                | Pattern::CustomerV6
                | Pattern::Balanced
                | Pattern::HealthCheck
                | Pattern::Query(_)
                | Pattern::Bucket
                | Pattern::Partner
                | Pattern::Noise
                | Pattern::Office
                | Pattern::Jump
                | Pattern::Monitoring => TCP,
            },
            up,
            down,
            times,
            action: if pattern == Pattern::Noise { Action::Reject } else { Action::Accept },
            whole: !pooled,
        })
    }
}

fn part(random: &mut Random) -> u16 {
    u16::try_from(random.between(1, 400)).unwrap_or(1)
}
