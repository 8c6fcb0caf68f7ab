//! `flowtrail.initiator` and `flowtrail.policy`: who opened a connection, and
//! whether it may be.

use flowtrail_event::Service;

use super::base::{Base, View};
use super::ends::Ends;
use super::text::TextBuf;
use crate::context::{Context, Decision, Place, Verdict};

const ICMP: u64 = 1;
const TCP: u64 = 6;
const UDP: u64 = 17;
const ICMP_V6: u64 = 58;

const SYN: u64 = 2;
const ACK: u64 = 16;

/// Below this no system draws the port of a client.
const CLIENT_PORTS_FROM: u16 = 1024;

/// A side of a flow record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// `srcaddr`.
    Source,
    /// `dstaddr`.
    Destination,
}

impl Side {
    /// The word for it, as `flowtrail.initiator` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "src",
            Self::Destination => "dst",
        }
    }
}

/// The side that opened the connection.
pub(super) fn initiator(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    out.push_all(&[opener(view)?.name().as_bytes()])
}

/// The side that opened the connection: that which sent SYN without ACK, else
/// that with the higher port, since services have the lower ones. ICMP logs no
/// type, so its sender counts.
pub(super) fn opener(view: View<'_>) -> Option<Side> {
    match view.number(Base::Protocol) {
        Some(ICMP | ICMP_V6) => Some(Side::Source),
        Some(TCP) | None => by_flags(view).or_else(|| by_ports(view)),
        Some(_) => by_ports(view),
    }
}

/// What the flags of TCP say. A VPC logs ACK only together with SYN, so that
/// SYN and ACK mean the answer. A transit gateway logs every ACK, and a record
/// joins the flags of its packets: there the two together say nothing.
fn by_flags(view: View<'_>) -> Option<Side> {
    let flags = view.number(Base::TcpFlags)?;
    match (flags & SYN != 0, flags & ACK != 0) {
        (true, false) => Some(Side::Source),
        (true, true) if view.service() != Service::TgwFlow => Some(Side::Destination),
        (true, true) | (false, _) => None,
    }
}

fn by_ports(view: View<'_>) -> Option<Side> {
    let source = view.number(Base::SourcePort)?;
    let destination = view.number(Base::DestinationPort)?;
    match source.cmp(&destination) {
        std::cmp::Ordering::Greater => Some(Side::Source),
        std::cmp::Ordering::Less => Some(Side::Destination),
        std::cmp::Ordering::Equal => None,
    }
}

/// What the matrix says of the connection.
pub(super) fn policy(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let decision = decide(view, view.context()?, &view.ends()?)?;
    out.push_all(&[decision.verdict.name().as_bytes()])
}

/// The connection as the matrix sees it, in both directions.
struct Ways<'c> {
    context: &'c Context,
    ends: &'c Ends,
    protocol: u8,
    source_port: u16,
    destination_port: u16,
}

impl Ways<'_> {
    /// What the matrix says if `opener` opened the connection.
    fn opened_by(&self, opener: Side) -> Option<Decision> {
        let (from, to, port): (&Place, &Place, u16) = match opener {
            Side::Source => (
                &self.ends.source,
                &self.ends.destination,
                self.destination_port,
            ),
            Side::Destination => (&self.ends.destination, &self.ends.source, self.source_port),
        };
        self.context.verdict(from, to, self.protocol, port)
    }

    /// Where nothing tells who opened it: allowed if one way is, else forbidden
    /// if one way is.
    fn either(&self) -> Option<Decision> {
        let one = self.opened_by(Side::Source)?;
        let other = self.opened_by(Side::Destination)?;
        let rank = |d: &Decision| match d.verdict {
            Verdict::Allowed => 0,
            Verdict::Forbidden => 1,
            Verdict::Undeclared => 2,
        };
        Some(if rank(&other) < rank(&one) {
            other
        } else {
            one
        })
    }

    /// Where only the ports tell who opened it. A service may have a higher
    /// port than its client: where the matrix allows a connection to just the
    /// higher port, that port is the service's. Flags would tell; the lower
    /// port must be one that clients have.
    fn by_ports(&self) -> Option<Decision> {
        let (opener, server, lower) = match self.source_port.cmp(&self.destination_port) {
            std::cmp::Ordering::Greater => (Side::Source, Side::Destination, self.destination_port),
            std::cmp::Ordering::Less => (Side::Destination, Side::Source, self.source_port),
            std::cmp::Ordering::Equal => return self.either(),
        };
        let likely = self.opened_by(opener)?;
        if likely.verdict == Verdict::Allowed || lower < CLIENT_PORTS_FROM {
            return Some(likely);
        }
        let turned = self.opened_by(server)?;
        let named = turned.verdict == Verdict::Allowed && turned.names_port;
        Some(if named { turned } else { likely })
    }
}

/// What the matrix says of a flow, `None` where it cannot speak of it.
pub(super) fn decide(view: View<'_>, context: &Context, ends: &Ends) -> Option<Decision> {
    let protocol = view.number(Base::Protocol)?;
    let port = |base| view.number(base).and_then(|n| u16::try_from(n).ok());
    let ports = (port(Base::SourcePort), port(Base::DestinationPort));
    let ways = Ways {
        context,
        ends,
        protocol: u8::try_from(protocol).ok()?,
        source_port: ports.0.unwrap_or(0),
        destination_port: ports.1.unwrap_or(0),
    };
    match protocol {
        TCP | UDP => {
            // Without its port a service cannot be judged.
            ports.0.and(ports.1)?;
            let flagged = if protocol == TCP {
                by_flags(view)
            } else {
                None
            };
            match flagged {
                Some(opener) => ways.opened_by(opener),
                None => ways.by_ports(),
            }
        }
        // An answer is no second request, and the type is not logged.
        _ => ways.either(),
    }
}
