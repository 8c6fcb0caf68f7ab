//! Protocols and ports as intervals of one line of numbers.

use super::model::{Ports, Transport};

/// ICMP of IPv4, for which that of IPv6 counts too.
const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

/// More ports than this are an area and no service.
const NARROW_PORTS_MAX: u32 = 1024;

/// The number of a service: the protocol above 16 bits of port. Protocols
/// without ports have port 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ServiceNumber(pub(crate) u32);

impl ServiceNumber {
    /// The last one.
    const LAST: u32 = (255 << 16) | 0xffff;

    pub(crate) const fn new(protocol: u8, port: u16) -> Self {
        match protocol {
            ICMP | ICMP_V6 => Self((ICMP as u32) << 16),
            6 | 17 => Self(((protocol as u32) << 16) | port as u32),
            _ => Self((protocol as u32) << 16),
        }
    }
}

/// The services that are meant, both ends included, and whether they are few
/// enough to be recognised by their port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) narrow: bool,
}

impl Interval {
    fn of(protocol: u8, first: u16, last: u16) -> Self {
        let first = ServiceNumber::new(protocol, first).0;
        let last = ServiceNumber::new(protocol, last).0;
        Self {
            first,
            last,
            narrow: last - first < NARROW_PORTS_MAX,
        }
    }
}

/// The intervals of one entry.
pub(crate) fn intervals(ports: Ports) -> impl Iterator<Item = Interval> {
    let (one, other) = match ports {
        Ports::Any => {
            let all = Interval {
                first: 0,
                last: ServiceNumber::LAST,
                narrow: false,
            };
            (all, None)
        }
        Ports::Icmp => (Interval::of(ICMP, 0, 0), None),
        Ports::Protocol(number) => (Interval::of(number, 0, 0), None),
        Ports::Range(Some(transport), first, last) => {
            (Interval::of(transport.number(), first, last), None)
        }
        Ports::Range(None, first, last) => (
            Interval::of(Transport::Tcp.number(), first, last),
            Some(Interval::of(Transport::Udp.number(), first, last)),
        ),
    };
    std::iter::once(one).chain(other)
}
