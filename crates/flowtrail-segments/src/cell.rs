//! What was seen of one pair of places.

use std::net::IpAddr;

use flowtrail_context::{Place, Side, Verdict};
use flowtrail_event::EventTime;

use crate::coarse::{Add, Coarse, Service, Talk};
use crate::distinct::{Distinct, connection};
use crate::flows::{Action, FlowRecord};

/// Ports of one pair that are counted one by one.
pub(crate) const PORTS_MAX: usize = 1024;
/// Talkers of one pair that are counted one by one.
pub(crate) const TALKERS_MAX: usize = 1024;

/// The opener's view of a record.
pub(crate) struct Opened {
    pub(crate) by: Side,
    pub(crate) from: Option<(IpAddr, u16)>,
    pub(crate) to: Option<(IpAddr, u16)>,
    pub(crate) service: Service,
    pub(crate) by_ports: bool,
}

/// Sums of one sort of records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) records: u64,
    pub(crate) packets_up: u64,
    pub(crate) packets_down: u64,
    pub(crate) bytes_up: u64,
    pub(crate) bytes_down: u64,
    pub(crate) connections: Distinct,
    /// First `start` and last `end`.
    pub(crate) times: Option<(EventTime, EventTime)>,
}

impl Sum {
    pub(crate) fn count(&mut self, record: &FlowRecord<'_>, opened: &Opened) {
        self.records += 1;
        if opened.by == Side::Source {
            self.packets_up += record.packets;
            self.bytes_up += record.bytes;
        } else {
            self.packets_down += record.packets;
            self.bytes_down += record.bytes;
        }
        if let (Some(from), Some(to)) = (opened.from, opened.to) {
            self.connections
                .add(connection(from, to, opened.service.protocol));
        }
        self.times = spanning(self.times, record.start.zip(record.end));
    }
}

impl Add for Sum {
    fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.packets_up += other.packets_up;
        self.packets_down += other.packets_down;
        self.bytes_up += other.bytes_up;
        self.bytes_down += other.bytes_down;
        self.connections.merge(&other.connections);
        self.times = spanning(self.times, other.times);
    }
}

/// The span over two spans.
pub(crate) fn spanning(
    a: Option<(EventTime, EventTime)>,
    b: Option<(EventTime, EventTime)>,
) -> Option<(EventTime, EventTime)> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    }
}

/// Records of one port or of one talker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    pub(crate) accepted: u64,
    pub(crate) rejected: u64,
    pub(crate) unstated: u64,
    pub(crate) bytes: u64,
}

impl Hits {
    pub(crate) const fn of(action: Action, bytes: u64) -> Self {
        Self {
            accepted: (action as u8 == Action::Accepted as u8) as u64,
            rejected: (action as u8 == Action::Rejected as u8) as u64,
            unstated: (action as u8 == Action::Unstated as u8) as u64,
            bytes,
        }
    }

    pub(crate) const fn records(&self) -> u64 {
        self.accepted + self.rejected + self.unstated
    }
}

impl Add for Hits {
    fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.rejected += other.rejected;
        self.unstated += other.unstated;
        self.bytes += other.bytes;
    }
}

/// Who opened connections to whom, and what the matrix says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Pair {
    pub(crate) from: Place,
    pub(crate) to: Place,
    /// `None` where the matrix cannot speak of it.
    pub(crate) decision: Option<(Verdict, Option<u32>)>,
}

/// What was seen of a pair.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) accepted: Sum,
    pub(crate) rejected: Sum,
    pub(crate) unstated: Sum,
    /// Connections with a record from the side that served which was not refused.
    pub(crate) answered: Distinct,
    /// Records in which nothing but the ports told who opened.
    pub(crate) by_ports: u64,
    pub(crate) ports: Coarse<Service, Hits, PORTS_MAX>,
    pub(crate) talkers: Coarse<Talk, Hits, TALKERS_MAX>,
}

/// How many connections there were, and whether that is exact.
pub(crate) type Number = (u64, bool);

impl Cell {
    /// Connections that were let through. One end lets pass what the other may
    /// refuse: what was refused somewhere, and not answered, was not let through.
    pub(crate) fn passed(&self) -> Number {
        let mut open = self.accepted.connections.clone();
        open.merge(&self.unstated.connections);
        let (rejected, answered) = (&self.rejected.connections, &self.answered);
        let keep = |hash| !rejected.has(hash) || answered.has(hash);
        open.count_if(&[rejected, answered], keep)
    }

    /// Connections that were refused.
    pub(crate) fn refused(&self) -> Number {
        let answered = &self.answered;
        let rejected = &self.rejected.connections;
        rejected.count_if(&[answered], |hash| !answered.has(hash))
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.accepted.add(&other.accepted);
        self.rejected.add(&other.rejected);
        self.unstated.add(&other.unstated);
        self.answered.merge(&other.answered);
        self.by_ports += other.by_ports;
        self.ports.merge(&other.ports);
        self.talkers.merge(&other.talkers);
    }
}
