//! The ordinary noise of a network: habits become conversations.

use super::habits::{End, HABITS, Habit, NOISE, Port, Size, TRIED};
use super::line::{Action, Line};
use super::talk::{Extent, Side, TCP, Talk};
use crate::random::Random;
use crate::world::{Interface, Lasting, OFFICES, Person, Provider, Sort, Tier, Vpc, aws_address};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Conversations of staff in one slot: people do not become more when the
/// network becomes busier.
const STAFF_MAX: u64 = 4;

/// Makes the ordinary conversations of one VPC in one slot.
pub(crate) struct Chatter<'a> {
    vpc: &'a Vpc,
    people: &'a [Person],
    interval_secs: u64,
    staff_left: u64,
    lasting: Option<Lasting>,
    /// Seconds since 1970.
    now: i64,
}

/// An address of the internet: the last octet of one of two documentation
/// networks lies in this range.
pub(crate) fn outside(random: &mut Random, low: u64, high: u64) -> Ipv4Addr {
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

/// A port of the range that clients use.
pub(crate) fn high_port(random: &mut Random) -> u16 {
    u16::try_from(random.between(32_768, 60_999)).unwrap_or(40_000)
}

/// Packets and bytes.
fn volume(size: Size, random: &mut Random) -> (u64, u64) {
    match size {
        Size::Exact(packets, bytes) => (packets, bytes),
        Size::About(typical) => {
            let bytes = random.heavy(typical).max(60);
            (bytes / 700 + random.between(3, 6), bytes)
        }
    }
}

impl<'a> Chatter<'a> {
    pub(crate) fn new(vpc: &'a Vpc, people: &'a [Person], interval_secs: u64) -> Self {
        Self {
            vpc,
            people,
            interval_secs,
            staff_left: STAFF_MAX,
            lasting: None,
            now: 0,
        }
    }

    /// The same in a long history.
    pub(crate) fn lasting(mut self, lasting: Option<Lasting>) -> Self {
        self.lasting = lasting;
        self
    }

    /// One conversation, or a burst of them, of which each ends in the slot
    /// that begins at `slot` seconds.
    pub(crate) fn lines(&mut self, slot: i64, random: &mut Random) -> Vec<(&'a Interface, Line)> {
        self.now = slot;
        let habit = self.habit(slot, random);
        let Some((client, server)) = self.ends(habit, random) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for _ in 0..random.between(habit.burst.0, habit.burst.1) {
            let talk = self.talk(habit, (client, server), slot, random);
            lines.extend(self.recorded(&talk));
        }
        lines
    }

    fn habit(&mut self, time: i64, random: &mut Random) -> &'static Habit {
        let here = |h: &&Habit| h.only.is_none_or(|e| e == self.vpc.environment);
        let total: u64 = HABITS.iter().filter(here).map(|h| h.weight).sum();
        let mut left = random.below(total);
        let mut chosen = &NOISE;
        for habit in HABITS.iter().filter(here) {
            match left.checked_sub(habit.weight) {
                Some(rest) => left = rest,
                None => {
                    chosen = habit;
                    break;
                }
            }
        }
        if !chosen.staff {
            return chosen;
        }
        // Nobody is at work, or everybody is busy: what people would have done
        // is noise.
        let busy = self.people.iter().any(|p| p.busy_per_mille(time) > 300);
        match self.staff_left.checked_sub(1) {
            Some(rest) if busy => {
                self.staff_left = rest;
                chosen
            }
            Some(_) | None => &NOISE,
        }
    }

    /// What the interfaces record of it; a gateway on the way adds its own.
    fn recorded(&self, talk: &Talk<'a>) -> Vec<(&'a Interface, Line)> {
        let mut lines = talk.lines();
        if let Some(nat) = talk.gateway(self.vpc) {
            lines.extend(talk.through(nat));
        }
        lines
    }

    /// Who speaks first, and who answers. `None` if there is nobody of the kind.
    fn ends(&self, habit: &Habit, random: &mut Random) -> Option<(Side<'a>, Side<'a>)> {
        let client = self.end(habit.client, None, random)?;
        let server = self.end(habit.server, Some(&client), random)?;
        (client.address != server.address).then_some((client, server))
    }

    fn end(&self, end: End, client: Option<&Side<'a>>, random: &mut Random) -> Option<Side<'a>> {
        let away = |address: Ipv4Addr| Some(Side::away(IpAddr::V4(address), 0));
        let host = |tier: Tier, n: u8| {
            Ipv4Addr::new(
                10,
                self.vpc.octet,
                tier.subnet_octet(),
                10_u8.saturating_add(n),
            )
        };
        match end {
            End::Tier(tier) => self.vpc.any(tier, random).map(|i| Side::at(i, 0)),
            End::Peer => {
                let tier = client?.interface?.tier;
                self.vpc.any(tier, random).map(|i| Side::at(i, 0))
            }
            End::Front => {
                let has = |i: &&Interface| i.public.is_some();
                let all: Vec<_> = self.vpc.interfaces.iter().filter(has).collect();
                random.pick(&all).map(|i| Side::at(i, 0))
            }
            End::Internet(low, high) => away(self.internet((low, high), random)),
            End::CustomerV6 => {
                let last = u16::try_from(random.between(1, 400)).unwrap_or(1);
                let address = Ipv6Addr::new(0x2001, 0xdb8, 0xa0, 0, 0, 0, 0, last);
                Some(Side::away(IpAddr::V6(address), 0))
            }
            End::BalancerV6 => {
                let balancer = self.vpc.any(Tier::LoadBalancer, random)?;
                Some(Side::at_v6(balancer, self.vpc.octet, 0))
            }
            End::Office => away(random.pick(&OFFICES).copied()?),
            End::Aws(service) => away(Ipv4Addr::from(aws_address(service, random))),
            // Its own network sees the other end of it.
            End::Shared(_) if self.vpc.octet == 0 => None,
            End::Shared(n) => away(Ipv4Addr::new(10, 0, Tier::App.subnet_octet(), n)),
            End::Elsewhere(environment, tier) => away(Ipv4Addr::new(
                10,
                environment.octet(),
                tier.subnet_octet(),
                10,
            )),
            End::Gone(tier) => away(host(tier, self.gone(random))),
        }
    }

    /// Somebody outside. In a long history there are more networks than three,
    /// and what comes from suppliers is now and then delivered by others.
    fn internet(&self, (low, high): (u64, u64), random: &mut Random) -> Ipv4Addr {
        let Some(lasting) = self.lasting else {
            return outside(random, low, high);
        };
        match low {
            1 if random.chance(60) => lasting.delivery(self.now, random),
            40..128 => Provider::any(Sort::Customer, random).any_address(random),
            128..200 => Provider::any(Sort::Scanner, random).any_address(random),
            _ => outside(random, low, high),
        }
    }

    /// The last octet, less ten, of a host that was replaced. In a long history
    /// another one is looked for every three weeks.
    fn gone(&self, random: &mut Random) -> u8 {
        let n = match self.lasting {
            None => random.between(60, 90),
            Some(lasting) => {
                let weeks = (self.now - lasting.start).div_euclid(21 * 86_400);
                60 + (weeks.unsigned_abs() + random.below(2)) * 7 % 31
            }
        };
        u8::try_from(n).unwrap_or(60)
    }

    fn talk(
        &self,
        habit: &Habit,
        (client, server): (Side<'a>, Side<'a>),
        slot: i64,
        random: &mut Random,
    ) -> Talk<'a> {
        let end = slot + i64::try_from(random.below(300)).unwrap_or(0);
        let long = i64::try_from(random.below(self.interval_secs)).unwrap_or(0);
        let has_ports = habit.protocol != super::talk::ICMP;
        let client_port = match habit.client_port {
            Some(port) => port,
            None if has_ports => high_port(random),
            None => 0,
        };
        let server_port = match habit.port {
            Port::Is(port) => port,
            Port::Tried => random.pick(&TRIED).copied().unwrap_or(23),
            Port::Late => high_port(random),
        };
        Talk {
            client: Side {
                port: client_port,
                ..client
            },
            server: Side {
                port: server_port,
                ..server
            },
            protocol: habit.protocol,
            up: volume(habit.up, random),
            down: volume(habit.down, random),
            times: (end - long, end),
            action: if habit.refused {
                Action::Reject
            } else {
                Action::Accept
            },
            extent: match habit.protocol == TCP && !random.chance(habit.kept_per_mille) {
                true => Extent::Whole,
                false => Extent::Within,
            },
            clear: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::world::{Environment, World};

    fn lines(environment: Environment) -> Vec<(Tier, Line)> {
        let world = World::new(&Plan::default());
        let (_, vpc) = world.vpc(environment).unwrap();
        let mut random = Random::keyed(&[1]);
        // Monday, 2026-03-02, 10:00 UTC.
        let mut one = || {
            let mut chatter = Chatter::new(vpc, &world.people, 60);
            chatter.lines(1_772_445_600, &mut random)
        };
        (0..5000)
            .flat_map(|_| one())
            .map(|(interface, line)| (interface.tier, line))
            .collect()
    }

    fn octets(address: IpAddr) -> [u8; 4] {
        match address {
            IpAddr::V4(a) => a.octets(),
            IpAddr::V6(_) => [0; 4],
        }
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
        let rejected = || all.iter().filter(|(_, l)| l.action == Action::Reject);
        assert!(rejected().count() > 200);
        let noise = rejected().filter(|(_, l)| matches!(octets(l.source), [_, _, _, 128..=199]));
        assert!(noise.count() > 200);
        assert!(rejected().all(|(_, l)| l.packets == 1));
        let graph = |l: &Line| l.target_port == 7687 && l.action == Action::Accept;
        assert!(all.iter().any(|(_, l)| graph(l)));
        assert!(all.iter().any(|(_, l)| l.source.is_ipv6()));
        let gone = |l: &Line| l.flags == 2 && l.action == Action::Accept && l.source_port > 1024;
        assert!(all.iter().any(|(_, l)| gone(l) && l.packets == 2));
    }

    #[test]
    fn nothing_ordinary_crosses_environments_or_comes_by_ssh() {
        for environment in [Environment::Production, Environment::Staging] {
            let block = |a: IpAddr| match octets(a) {
                [10, second, ..] => Some(second / 16),
                _ => None,
            };
            for (_, line) in lines(environment) {
                if let (Some(a), Some(b)) = (block(line.source), block(line.target)) {
                    assert!(a == b || a == 0 || b == 0, "{line:?}");
                }
                let known = match octets(line.source) {
                    [10, ..] => true,
                    [a, b, c, d] => OFFICES.contains(&Ipv4Addr::new(a, b, c, d)),
                };
                let accepted = line.action == Action::Accept;
                assert!(line.target_port != 22 || known || !accepted, "{line:?}");
            }
        }
    }

    #[test]
    fn staff_does_not_grow_with_the_network() {
        let world = World::new(&Plan::default());
        let (_, vpc) = world.vpc(Environment::Production).unwrap();
        let mut random = Random::keyed(&[2]);
        let mut chatter = Chatter::new(vpc, &world.people, 60);
        let all: Vec<_> = (0..20_000)
            .flat_map(|_| chatter.lines(1_772_445_600, &mut random))
            .collect();
        let by_ssh = |l: &Line| l.target_port == 22 && l.action == Action::Accept;
        let n = all.iter().filter(|(_, l)| by_ssh(l)).count();
        assert!((1..=64).contains(&n), "{n}");
    }

    #[test]
    fn the_shared_network_sees_its_own_side() {
        let all = lines(Environment::Shared);
        let to = |port: u16, first: u8| {
            all.iter()
                .any(|(_, l)| l.target_port == port && octets(l.target)[0] == first)
        };
        // It watches production, and it fetches sources, through its gateway.
        assert!(to(9100, 10) && (to(22, 203) || to(22, 198)));
        let fetched = all.iter().map(|(_, l)| l.bytes).max();
        assert!(fetched > Some(50_000_000), "{fetched:?}");
    }
}
