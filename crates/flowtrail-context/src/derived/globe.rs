//! `flowtrail.country`, `flowtrail.place`, `flowtrail.asn` and
//! `flowtrail.as_name`: where on the internet a record's other side is.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::base::{Base, View};
use super::origin::is_internet;
use super::text::TextBuf;

/// The country of the address outside.
pub(super) fn country(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let country = view.places()?.country(outside(view)?)?;
    out.push_all(&[country.as_bytes()])
}

/// The number of its autonomous system.
pub(super) fn system(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let number = view.places()?.system(outside(view)?)?;
    out.push_all(&[itoa::Buffer::new().format(number).as_bytes()])
}

/// Who runs that.
pub(super) fn system_name(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let name = view.places()?.system_name(outside(view)?)?;
    out.push_all(&[name.as_bytes()])
}

/// `latitude,longitude`, to about a kilometre: files know no better.
pub(super) fn place(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let spot = view.places()?.spot(outside(view)?)?;
    // Adding zero makes zero of what is a little less than it.
    let hundredths = |degrees: f64| (degrees * 100.0).round() / 100.0 + 0.0;
    let (north, east) = (hundredths(spot.latitude), hundredths(spot.longitude));
    write!(out, "{north:.2},{east:.2}").ok()
}

/// The address of the internet that a record is about: the source of a call, or
/// the public end of a flow. If both ends are public it is the far one.
fn outside(view: View<'_>) -> Option<IpAddr> {
    if let Some(source) = view.address(Base::SourceIp) {
        // Behind an endpoint is a VPC, whatever addresses it has.
        return (is_internet(source) && !view.has(Base::VpcEndpoint)).then_some(source);
    }
    let end = |packet, interface| {
        let address = view.address(packet).or_else(|| view.address(interface));
        address.filter(|a| is_internet(*a))
    };
    let source = end(Base::PacketSource, Base::SourceAddress);
    let destination = end(Base::PacketDestination, Base::DestinationAddress);
    match (source, destination) {
        (Some(_), Some(_)) if view.says(Base::Direction, "ingress") => source,
        (Some(_), Some(_)) if view.says(Base::Direction, "egress") => destination,
        (Some(_), Some(_)) => None,
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests;
