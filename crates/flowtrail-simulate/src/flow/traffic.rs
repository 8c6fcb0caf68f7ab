//! The ordinary noise of a network.

use super::line::{Action, Line};
use super::talk::{Side, TCP, Talk};
use crate::random::Random;
use crate::world::{AwsService, Environment, Interface, OFFICES, Person, Tier, Vpc, aws_address};
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
        self.talk(pattern, times, random)
            .map(|t| self.recorded(&t, pattern))
            .unwrap_or_default()
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
            lines.extend(talk.through(nat));
        }
        lines
    }

    fn side(&self, tier: Tier, port: u16, random: &mut Random) -> Option<Side<'a>> {
        self.vpc.any(tier, random).map(|i| Side::at(i, port))
    }

    /// Who speaks first. `None` if the VPC has no such tier.
    fn client(&self, pattern: Pattern, random: &mut Random) -> Option<Side<'a>> {
        let port = high_port(random);
        let away = |address: Ipv4Addr| Some(Side::away(IpAddr::V4(address), port));
        match pattern {
            Pattern::Customer => away(outside(random, 40, 127)),
            Pattern::CustomerV6 => {
                let last = u16::try_from(random.between(1, 400)).unwrap_or(1);
                let address = Ipv6Addr::new(0x2001, 0xdb8, 0xa0, 0, 0, 0, 0, last);
                Some(Side::away(IpAddr::V6(address), port))
            }
            Pattern::Noise => away(outside(random, 128, 199)),
            Pattern::Office => away(random.pick(&OFFICES).copied()?),
            Pattern::Ping => Some(Side {
                port: 0,
                ..away(random.pick(&OFFICES).copied()?)?
            }),
            Pattern::Monitoring => away(Ipv4Addr::new(10, 0, Tier::App.subnet_octet(), 10)),
            Pattern::Balanced | Pattern::HealthCheck => self.side(Tier::LoadBalancer, port, random),
            Pattern::Query(_) | Pattern::Bucket | Pattern::Partner => {
                self.side(Tier::App, port, random)
            }
            Pattern::Jump => self.side(Tier::Bastion, port, random),
            Pattern::Gossip => self.side(Tier::App, 7946, random),
        }
    }

    /// Who answers. `None` if the VPC has no such tier.
    fn server(&self, pattern: Pattern, random: &mut Random) -> Option<Side<'a>> {
        let service = |tier: Tier, random: &mut Random| self.side(tier, tier.port(), random);
        match pattern {
            Pattern::Customer => service(Tier::LoadBalancer, random),
            Pattern::CustomerV6 => {
                let vpc = u16::from(self.vpc.octet);
                let here = Ipv6Addr::new(0x2001, 0xdb8, 0x10, vpc, 0, 0, 0, 0x10);
                let balancer = service(Tier::LoadBalancer, random)?;
                Some(Side {
                    address: IpAddr::V6(here),
                    ..balancer
                })
            }
            Pattern::Balanced | Pattern::HealthCheck => service(Tier::App, random),
            Pattern::Query(tier) => service(tier, random),
            Pattern::Bucket => {
                let s3 = random.chance(700);
                let of = if s3 {
                    AwsService::S3
                } else {
                    AwsService::DynamoDb
                };
                Some(Side::away(IpAddr::from(aws_address(of, random)), 443))
            }
            Pattern::Partner if random.chance(300) => {
                let address = aws_address(AwsService::Ec2, random);
                Some(Side::away(IpAddr::from(address), 443))
            }
            Pattern::Partner => Some(Side::away(IpAddr::V4(outside(random, 1, 12)), 443)),
            Pattern::Noise => {
                let tried = random.pick(&TRIED).copied().unwrap_or(23);
                let front = random.chance(500);
                let tier = if front {
                    Tier::LoadBalancer
                } else {
                    Tier::Bastion
                };
                self.side(tier, tried, random)
            }
            Pattern::Office => service(Tier::Bastion, random),
            Pattern::Jump => self.side(Tier::App, 22, random),
            Pattern::Monitoring => self.side(Tier::App, 9100, random),
            Pattern::Gossip => self.side(Tier::App, 7946, random),
            Pattern::Ping => self.side(Tier::LoadBalancer, 0, random),
        }
    }

    fn talk(&self, pattern: Pattern, times: (i64, i64), random: &mut Random) -> Option<Talk<'a>> {
        if self.vpc.environment == Environment::Shared && pattern == Pattern::Monitoring {
            return None;
        }
        let client = self.client(pattern, random)?;
        let server = self.server(pattern, random)?;
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
            action: if pattern == Pattern::Noise {
                Action::Reject
            } else {
                Action::Accept
            },
            whole: !pooled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::world::World;

    fn lines(environment: Environment) -> Vec<(Tier, Line)> {
        let world = World::new(&Plan::default());
        let (_, vpc) = world.vpc(environment).unwrap();
        let chatter = Chatter {
            vpc,
            people: &world.people,
            interval_secs: 60,
        };
        let mut random = Random::keyed(&[1]);
        // Monday, 2026-03-02, 10:00 UTC.
        (0..4000)
            .flat_map(|_| chatter.lines(1_772_445_600, &mut random))
            .map(|(interface, line)| (interface.tier, line))
            .collect()
    }

    #[test]
    fn every_tier_is_busy_and_noise_is_rejected() {
        let all = lines(Environment::Production);
        for tier in Tier::ALL {
            assert!(
                all.iter().filter(|(t, _)| *t == tier).count() > 40,
                "{tier:?}"
            );
        }
        let rejected: Vec<_> = all
            .iter()
            .filter(|(_, l)| l.action == Action::Reject)
            .collect();
        assert!(rejected.len() > 200);
        assert!(rejected.iter().all(|(_, l)| TRIED.contains(&l.target_port)));
        let graph = |l: &Line| l.target_port == 7687 && l.action == Action::Accept;
        assert!(all.iter().any(|(_, l)| graph(l)));
        assert!(all.iter().any(|(_, l)| l.source.is_ipv6()));
    }

    #[test]
    fn nothing_ordinary_crosses_environments_or_comes_by_ssh() {
        for environment in [Environment::Production, Environment::Staging] {
            let octet = |a: IpAddr| match a {
                IpAddr::V4(a) if a.octets()[0] == 10 => Some(a.octets()[1] / 16),
                IpAddr::V4(_) | IpAddr::V6(_) => None,
            };
            for (_, line) in lines(environment) {
                if let (Some(a), Some(b)) = (octet(line.source), octet(line.target)) {
                    assert!(a == b || a == 0 || b == 0, "{line:?}");
                }
                let office = match line.source {
                    IpAddr::V4(a) => OFFICES.contains(&a) || a.octets()[0] == 10,
                    IpAddr::V6(_) => false,
                };
                assert!(line.target_port != 22 || office, "{line:?}");
            }
        }
    }
}
