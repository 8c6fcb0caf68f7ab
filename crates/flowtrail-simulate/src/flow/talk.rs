//! A conversation between two addresses, and the lines that interfaces record
//! of it.

use super::line::{Action, Line, Path};
use crate::world::{Interface, Tier, Vpc, address_v6, is_inside};
use std::net::{IpAddr, Ipv6Addr};

/// One end of a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) address: IpAddr,
    /// The interface, if this flow log sees it.
    pub(crate) interface: Option<&'a Interface>,
    pub(crate) port: u16,
}

impl<'a> Side<'a> {
    /// An end at an interface that this flow log sees.
    pub(crate) fn at(interface: &'a Interface, port: u16) -> Self {
        Self {
            address: IpAddr::from(interface.address),
            interface: Some(interface),
            port,
        }
    }

    /// An end at an interface over IPv6, in the VPC with that second octet.
    pub(crate) fn at_v6(interface: &'a Interface, octet: u8, port: u16) -> Self {
        let [.., subnet, host] = interface.address;
        Self {
            address: IpAddr::V6(address_v6(octet, subnet, host)),
            interface: Some(interface),
            port,
        }
    }

    /// An end that this flow log does not see.
    pub(crate) fn away(address: IpAddr, port: u16) -> Self {
        Self {
            address,
            interface: None,
            port,
        }
    }
}

/// A conversation within one interval. The client speaks first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Talk<'a> {
    pub(crate) client: Side<'a>,
    pub(crate) server: Side<'a>,
    pub(crate) protocol: u8,
    /// Packets and bytes from the client to the server.
    pub(crate) up: (u64, u64),
    /// Packets and bytes back; no packets if nobody answers.
    pub(crate) down: (u64, u64),
    /// First and last packet, in seconds since 1970.
    pub(crate) times: (i64, i64),
    pub(crate) action: Action,
    /// How much of the connection lies in this interval.
    pub(crate) extent: Extent,
    /// Whether nobody encrypts it.
    pub(crate) clear: bool,
}

/// How much of a connection lies in an interval: what of its handshakes the
/// flags of TCP show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It begins and ends.
    Whole,
    /// It begins, and goes on in the next one.
    Begins,
    /// It was there before, and goes on.
    Within,
}

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
const SYN: u8 = 2;
const SYN_ACK: u8 = 18;
const FIN: u8 = 1;

/// The first 56 bits: those of the VPC.
fn vpc_v6(address: Ipv6Addr) -> u128 {
    u128::from(address) >> 72
}

impl<'a> Talk<'a> {
    /// Where the client's packets leave to.
    fn path(&self, from: &Side<'_>, to: &Side<'_>) -> Path {
        let (source, target) = match (from.address, to.address) {
            (IpAddr::V4(source), IpAddr::V4(target)) => (source, target),
            (IpAddr::V6(a), IpAddr::V6(b)) if vpc_v6(a) == vpc_v6(b) => return Path::SameVpc,
            (IpAddr::V4(_) | IpAddr::V6(_), _) => return Path::Internet,
        };
        match (source.octets(), target.octets()) {
            ([10, a, ..], [10, b, ..]) if a == b => Path::SameVpc,
            ([100, ..], _) | (_, [100, ..]) => Path::SameVpc,
            (_, [10, ..]) => Path::Peering,
            (_, [192, 0, 2, 244..=248]) => Path::GatewayEndpoint,
            // Without a public address the way out is the gateway next door.
            _ if from.interface.is_some_and(|i| i.public.is_none()) => Path::SameVpc,
            _ => Path::Internet,
        }
    }

    fn line(&self, from: &Side<'_>, to: &Side<'_>, egress: bool) -> Line {
        let forth = from.address == self.client.address && from.port == self.client.port;
        let (packets, bytes) = if forth { self.up } else { self.down };
        let opening = if forth { SYN } else { SYN_ACK };
        let flags = match self.extent {
            _ if self.protocol != TCP => 0,
            Extent::Whole if self.answered() => opening | FIN,
            Extent::Begins if self.answered() => opening,
            Extent::Whole | Extent::Begins => SYN,
            Extent::Within => 0,
        };
        Line {
            source: from.address,
            target: to.address,
            packet_source: None,
            packet_target: None,
            source_port: from.port,
            target_port: to.port,
            protocol: self.protocol,
            packets,
            bytes,
            start: self.times.0,
            end: self.times.1,
            action: self.action,
            flags,
            path: if egress {
                self.path(from, to)
            } else {
                Path::Ingress
            },
            clear: self.clear,
        }
    }

    /// Whether anything comes back: not from a closed port, and not from an
    /// address at which nobody is.
    pub(crate) fn answered(&self) -> bool {
        self.action == Action::Accept && self.down.0 > 0
    }

    /// The gateway that it goes through: that of `vpc`, if a host without a
    /// public address speaks to the internet and no endpoint is nearer.
    pub(crate) fn gateway(&self, vpc: &'a Vpc) -> Option<&'a Interface> {
        let IpAddr::V4(target) = self.server.address else {
            return None;
        };
        let client = self.client.interface.filter(|i| i.public.is_none())?;
        let endpoint = self.path(&self.client, &self.server) == Path::GatewayEndpoint;
        let leaves = !is_inside(target) && self.client.address.is_ipv4();
        let nat = vpc.of(Tier::Nat).next().filter(|nat| nat.id != client.id);
        nat.filter(|_| leaves && !endpoint && self.action == Action::Accept)
    }

    /// What a NAT gateway records of a conversation that goes through it: the
    /// way to the client, on which the packets still name the server, and the
    /// way to the server. AWS: "Flow log record examples", NAT gateway.
    pub(crate) fn through(&self, nat: &'a Interface) -> Vec<(&'a Interface, Line)> {
        let inner = Self {
            server: Side {
                port: self.server.port,
                ..Side::at(nat, 0)
            },
            ..*self
        };
        let inner = Self {
            client: Side {
                interface: None,
                ..inner.client
            },
            ..inner
        };
        let server = Some(self.server.address);
        let (mut lines, named) = (Vec::with_capacity(4), inner.lines());
        for (interface, line) in named {
            let forth = line.target == IpAddr::from(nat.address);
            lines.push((
                interface,
                if forth {
                    Line {
                        packet_target: server,
                        ..line
                    }
                } else {
                    Line {
                        packet_source: server,
                        ..line
                    }
                },
            ));
        }
        let outer = Self {
            client: Side::at(nat, self.client.port),
            ..*self
        };
        lines.extend(outer.lines());
        lines
    }

    /// Every line that the interfaces record: two at each end, or, if nobody
    /// answered, one. What was rejected where it came in had left its source
    /// all the same; what goes to a place that this log does not see was
    /// rejected on its way out.
    pub(crate) fn lines(&self) -> Vec<(&'a Interface, Line)> {
        let (client, server) = (&self.client, &self.server);
        let mut lines = Vec::with_capacity(4);
        if let Some(interface) = client.interface {
            let out = self.line(client, server, true);
            lines.push((
                interface,
                Line {
                    action: if server.interface.is_some() {
                        Action::Accept
                    } else {
                        out.action
                    },
                    ..out
                },
            ));
            if self.answered() {
                lines.push((interface, self.line(server, client, false)));
            }
        }
        if let Some(interface) = server.interface {
            lines.push((interface, self.line(client, server, false)));
            if self.answered() {
                lines.push((interface, self.line(server, client, true)));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Environment, Tier, Vpc};

    fn talk(vpc: &Vpc, action: Action) -> Talk<'_> {
        let app = vpc.of(Tier::App).next().unwrap();
        let db = vpc.of(Tier::Database).next().unwrap();
        Talk {
            client: Side::at(app, 40_000),
            server: Side::at(db, 5432),
            protocol: TCP,
            up: (10, 1000),
            down: (20, 9000),
            times: (100, 150),
            action,
            extent: Extent::Whole,
            clear: false,
        }
    }

    #[test]
    fn a_conversation_is_four_lines() {
        let vpc = Vpc::new(1, Environment::Production, 0);
        let lines = talk(&vpc, Action::Accept).lines();
        assert_eq!(lines.len(), 4);
        let flags: Vec<_> = lines.iter().map(|(_, l)| l.flags).collect();
        assert_eq!(flags, [3, 19, 3, 19]);
        let paths: Vec<_> = lines.iter().map(|(_, l)| l.path).collect();
        assert_eq!(
            paths,
            [Path::SameVpc, Path::Ingress, Path::Ingress, Path::SameVpc]
        );
        assert_eq!(lines[1].1.bytes, 9000);
        assert_eq!(
            (lines[1].1.source_port, lines[1].1.target_port),
            (5432, 40_000)
        );
    }

    #[test]
    fn a_rejected_one_has_no_way_back() {
        let vpc = Vpc::new(1, Environment::Production, 0);
        let lines = talk(&vpc, Action::Reject).lines();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].1.action, Action::Accept);
        assert_eq!(lines[1].1.action, Action::Reject);
        assert!(lines.iter().all(|(_, l)| l.flags == 2));
    }

    #[test]
    fn nobody_answers_for_an_address_that_is_gone() {
        let vpc = Vpc::new(1, Environment::Production, 0);
        let mut t = talk(&vpc, Action::Accept);
        t.server = Side::away(IpAddr::from([10, 16, 10, 77]), 8080);
        t.down = (0, 0);
        let lines = t.lines();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].1.flags, lines[0].1.action), (2, Action::Accept));
    }

    #[test]
    fn what_may_not_leave_is_rejected_at_its_source() {
        let vpc = Vpc::new(1, Environment::Production, 0);
        let mut t = talk(&vpc, Action::Reject);
        t.server = Side::away(IpAddr::from([203, 0, 113, 9]), 6667);
        let lines = t.lines();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].1.flags, lines[0].1.action), (2, Action::Reject));
    }

    #[test]
    fn a_gateway_records_both_of_its_sides() {
        let vpc = Vpc::new(1, Environment::Production, 0);
        let nat = vpc.of(Tier::Nat).next().unwrap();
        let far = IpAddr::from([198, 51, 100, 9]);
        let mut t = talk(&vpc, Action::Accept);
        t.server = Side::away(far, 443);
        let at_host = t.lines();
        assert_eq!((at_host.len(), at_host[0].1.path), (2, Path::SameVpc));
        let lines = t.through(nat);
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|(i, _)| i.id == nat.id));
        let nat_ip = IpAddr::from(nat.address);
        assert_eq!(
            (lines[0].1.target, lines[0].1.packet_target),
            (nat_ip, Some(far))
        );
        assert_eq!(
            (lines[1].1.source, lines[1].1.packet_source),
            (nat_ip, Some(far))
        );
        assert_eq!((lines[2].1.source, lines[2].1.target), (nat_ip, far));
        assert_eq!(lines[2].1.path, Path::Internet);
    }

    #[test]
    fn another_environment_is_reached_by_peering() {
        let (prod, staging) = (
            Vpc::new(1, Environment::Production, 0),
            Vpc::new(1, Environment::Staging, 0),
        );
        let mut t = talk(&prod, Action::Accept);
        let app = staging.of(Tier::App).next().unwrap();
        t.client = Side::away(IpAddr::from(app.address), 40_000);
        let lines = t.lines();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1].1.path, Path::Peering);
    }
}
