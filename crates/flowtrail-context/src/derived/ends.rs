//! Both addresses of a flow record, and what the context file says of them.

use std::net::IpAddr;

use flowtrail_event::{EventTime, Service};

use super::base::{Base, View};
use crate::context::{Context, Place, Scope, Standing};

/// The places of source and destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) source: Place,
    pub(crate) destination: Place,
}

/// An end of a record: its address, where it was seen, and whether that is
/// where it lies.
struct End<'v> {
    address: Option<IpAddr>,
    scope: Scope<'v>,
    near: bool,
}

impl Ends {
    /// The ends of a record; `None` if it has no addresses.
    pub(crate) fn of(view: View<'_>, context: &Context) -> Option<Self> {
        let at = view.number(Base::Start);
        let at = at.and_then(|secs| i64::try_from(secs).ok());
        let at = at.map(EventTime::from_secs).or(view.time());
        let [source, destination] = match view.service() {
            Service::TgwFlow => transit(view),
            Service::VpcFlow
            | Service::CloudTrail
            | Service::Insight
            | Service::NetworkActivity => interface(view),
        };
        if source.address.is_none() && destination.address.is_none() {
            return None;
        }
        let place = |end: &End<'_>| match end.address {
            Some(address) => context.endpoint(address, end.scope, end.near, at),
            None => Place::bare(Standing::Private),
        };
        Some(Self {
            source: place(&source),
            destination: place(&destination),
        })
    }

    /// Whether the file says different things of an end.
    pub(crate) fn is_ambiguous(&self) -> bool {
        [self.source, self.destination]
            .iter()
            .any(|place| place.standing == Standing::Ambiguous)
    }

    /// The ends as bytes, to be kept with the record.
    pub(crate) fn to_bytes(self) -> [u8; 2 * Place::BYTES] {
        let mut bytes = [0; 2 * Place::BYTES];
        let (source, destination) = bytes.split_at_mut(Place::BYTES);
        source.copy_from_slice(&self.source.to_bytes());
        destination.copy_from_slice(&self.destination.to_bytes());
        bytes
    }

    /// The ends that were written so.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (source, destination) = bytes.split_at_checked(Place::BYTES)?;
        Some(Self {
            source: Place::from_bytes(source)?,
            destination: Place::from_bytes(destination)?,
        })
    }
}

/// A transit gateway says of both ends in which VPC they lie; an end behind a
/// VPN or another gateway has none and may be anywhere.
fn transit(view: View<'_>) -> [End<'_>; 2] {
    let end = |address, vpc, account| {
        let scope = Scope {
            vpc: view.text(vpc),
            account: view.text(account),
        };
        End {
            address: view.address(address),
            near: scope.vpc.is_some(),
            scope,
        }
    };
    [
        end(Base::SourceAddress, Base::SourceVpc, Base::SourceVpcAccount),
        end(
            Base::DestinationAddress,
            Base::DestinationVpc,
            Base::DestinationVpcAccount,
        ),
    ]
}

/// An interface has one end in its VPC; the direction says which. The address
/// in the packet is the true one behind NAT gateways and load balancers, but
/// where it differs it need not lie in the VPC of the interface.
fn interface(view: View<'_>) -> [End<'_>; 2] {
    let scope = Scope {
        vpc: view.text(Base::OwnVpc),
        account: view.text(Base::OwnAccount),
    };
    let end = |own: Base, packet: Base, direction: &str| {
        let own = view.address(own);
        let packet = view.address(packet).or(own);
        End {
            address: packet,
            scope,
            near: packet == own && view.says(Base::Direction, direction),
        }
    };
    [
        end(Base::SourceAddress, Base::PacketSource, "egress"),
        end(Base::DestinationAddress, Base::PacketDestination, "ingress"),
    ]
}
