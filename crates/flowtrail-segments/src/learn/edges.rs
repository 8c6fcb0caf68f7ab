//! Who opened what to whom, host by host.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::IpAddr;

use flowtrail_event::EventTime;
use ipnet::IpNet;

use crate::cell::spanning;
use crate::coarse::{Add, Area, Coarse, Coarsen, Service};
use crate::counter::NAMES_MAX;
use crate::distinct::{Distinct, connection};
use crate::flows::{Action, FlowRecord};
use crate::words::id;

/// Edges between hosts that are kept one by one. With more, addresses of the
/// internet are one, then addresses are networks.
const EDGES_MAX: usize = 262_144;

/// Connections of one edge that are counted exactly.
const CONNECTIONS_MAX: usize = 64;

/// Account and VPC of the interface that reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    pub(super) account: Option<Box<str>>,
    pub(super) vpc: Option<Box<str>>,
}

/// Who opened which service of whom, as interfaces of one VPC reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Edge {
    /// The number of the [`Home`].
    pub(super) home: u64,
    pub(super) from: Area,
    pub(super) to: Area,
    pub(super) service: Service,
    /// Whether flags told who opened it; else the ports did.
    pub(super) sure: bool,
}

impl Coarsen for Edge {
    const LAST: u8 = 5;

    fn at(self, level: u8) -> Self {
        let area = |area: Area| match level {
            0 => area,
            1 => outside(area),
            2 => outside(area).at(1),
            3 => outside(area).at(2),
            _ => area.at(4),
        };
        Self {
            from: area(self.from),
            to: area(self.to),
            service: if level > 3 {
                self.service.at(4)
            } else {
                self.service
            },
            ..self
        }
    }
}

/// All addresses of the internet as one.
fn outside(area: Area) -> Area {
    if is_public(area.0.addr()) {
        area.at(4)
    } else {
        area
    }
}

/// Whether an address is one of the internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    let shared = |[a, b, _, _]: [u8; 4]| a == 100 && b & 0b1100_0000 == 64;
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || shared(v4.octets()))
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_multicast())
        }
    }
}

/// What was seen of an edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) accepted: u64,
    pub(super) rejected: u64,
    pub(super) answers: u64,
    pub(super) connections: Distinct<CONNECTIONS_MAX>,
    pub(super) times: Option<(EventTime, EventTime)>,
    /// Those that were answered.
    pub(super) answered: Distinct<CONNECTIONS_MAX>,
    pub(super) answered_times: Option<(EventTime, EventTime)>,
}

impl Seen {
    /// The connections that were let through, and when. Where one end refused
    /// some, the other says that it let them pass, so that only answers tell.
    pub(super) const fn passed(
        &self,
    ) -> (&Distinct<CONNECTIONS_MAX>, Option<(EventTime, EventTime)>) {
        if self.rejected > 0 {
            (&self.answered, self.answered_times)
        } else {
            (&self.connections, self.times)
        }
    }
}

impl Add for Seen {
    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.answers += other.answers;
        self.connections.merge(&other.connections);
        self.times = spanning(self.times, other.times);
        self.answered.merge(&other.answered);
        self.answered_times = spanning(self.answered_times, other.answered_times);
    }
}

/// All edges.
#[derive(Debug, Clone, Default)]
pub(super) struct Edges {
    pub(super) sums: Coarse<Edge, Seen, EDGES_MAX>,
    pub(super) homes: BTreeMap<u64, Home>,
}

impl Edges {
    /// Counts a record that `initiator` (`src` or `dst`) opened.
    pub(super) fn add(&mut self, record: &FlowRecord<'_>, initiator: Option<&str>) {
        let (Some(source), Some(destination), Some(protocol)) =
            (record.true_source, record.true_destination, record.protocol)
        else {
            return;
        };
        let (source, destination) = (
            (source, record.source_port),
            (destination, record.destination_port),
        );
        let answer = initiator == Some("dst");
        let (from, to) = if answer {
            (destination, source)
        } else {
            (source, destination)
        };
        let port = if matches!(protocol, 6 | 17) { to.1 } else { 0 };
        let mut seen = Seen {
            times: record.start.zip(record.end),
            ..Seen::default()
        };
        match record.action {
            Action::Rejected => seen.rejected = 1,
            Action::Accepted | Action::Unstated => {
                seen.accepted = 1;
                let hash = connection(from, to, protocol);
                seen.connections.add(hash);
                if answer {
                    seen.answers = 1;
                    seen.answered.add(hash);
                    seen.answered_times = seen.times;
                }
            }
        }
        let edge = Edge {
            home: self.home(record),
            from: Area::of(from.0),
            to: Area::of(to.0),
            service: Service::new(if protocol == 58 { 1 } else { protocol }, port),
            sure: protocol != 6 || record.is_flagged(),
        };
        self.sums.add(edge, &seen);
    }

    fn home(&mut self, record: &FlowRecord<'_>) -> u64 {
        let mut hasher = DefaultHasher::new();
        (record.account, record.vpc).hash(&mut hasher);
        let number = hasher.finish();
        self.homes.entry(number).or_insert_with(|| Home {
            account: record.account.map(id),
            vpc: record.vpc.map(id),
        });
        self.bound();
        number
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        for (number, home) in &other.homes {
            self.homes.entry(*number).or_insert_with(|| home.clone());
        }
        self.bound();
    }

    fn bound(&mut self) {
        while self.homes.len() > NAMES_MAX {
            self.homes.pop_last();
        }
    }
}

/// The smallest network that holds all addresses, none smaller than `min`.
pub(super) fn covering(addresses: &[IpAddr], min: u8) -> Option<IpNet> {
    let (first, last) = (addresses.iter().min()?, addresses.iter().max()?);
    let mut len = min;
    loop {
        let net = IpNet::new(*first, len).ok()?.trunc();
        if net.contains(last) {
            return Some(net);
        }
        len = len.checked_sub(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_network_that_holds_all() {
        let net = |all: &[&str], min| {
            let all: Vec<IpAddr> = all.iter().map(|a| a.parse().unwrap()).collect();
            covering(&all, min).map(|n| n.to_string())
        };
        assert_eq!(net(&["10.0.1.5", "10.0.1.7"], 28).unwrap(), "10.0.1.0/28");
        assert_eq!(net(&["10.0.1.5", "10.0.1.77"], 28).unwrap(), "10.0.1.0/25");
        assert_eq!(net(&["10.0.1.5", "10.0.3.7"], 28).unwrap(), "10.0.0.0/22");
        assert_eq!(net(&["2001:db8::5"], 64).unwrap(), "2001:db8::/64");
        assert_eq!(net(&[], 28), None);
    }

    #[test]
    fn the_internet_is_what_nobody_owns() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("169.254.169.254", false),
            ("2001:db8::1", true),
            ("fd00::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
