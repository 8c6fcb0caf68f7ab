//! Countries and autonomous systems of addresses, from files in `MaxMind`'s
//! format.

use std::net::IpAddr;

use flowtrail_context::Places;

use super::Knowledge;
use super::entry::{Entry, Group, Need, Returns, argument};
use super::kind::Kind;
use super::net::address;

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "country", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Text, needs: Some(Need::Countries),
        run: |inputs, knowledge| {
            let ip = inputs.text(0);
            inputs.borrowed(|row| Ok(ask(knowledge, ip.get(row), Places::country)))
        },
        doc: "The country of an address as two letters of ISO 3166, by the files that `--geo` names. Null for an address that is not in them.",
        example: ("country('203.0.113.7')", "DE"),
    },
    Entry {
        name: "asn", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Integer, needs: Some(Need::Systems),
        run: |inputs, knowledge| {
            let ip = inputs.text(0);
            inputs.integers(|row| Ok(ask(knowledge, ip.get(row), Places::system).map(i64::from)))
        },
        doc: "The number of the autonomous system of an address, by the files that `--geo` names. Null for an address that is not in them.",
        example: ("asn('203.0.113.7')", "64500"),
    },
    Entry {
        name: "as_name", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Text, needs: Some(Need::Systems),
        run: |inputs, knowledge| {
            let ip = inputs.text(0);
            inputs.borrowed(|row| Ok(ask(knowledge, ip.get(row), Places::system_name)))
        },
        doc: "Who runs the autonomous system of an address, by the files that `--geo` names. Null for an address that is not in them.",
        example: ("as_name('203.0.113.7')", "Example Net"),
    },
];

/// What the files say of an address that is written so.
fn ask<'k, T>(
    knowledge: &'k Knowledge,
    text: Option<&str>,
    what: impl Fn(&'k Places, IpAddr) -> Option<T>,
) -> Option<T> {
    what(knowledge.places.as_deref()?, address(text?)?)
}
