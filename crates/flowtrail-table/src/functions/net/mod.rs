//! Functions about addresses and networks.

mod cidrs;
mod class;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BinaryBuilder};
use datafusion::common::Result;

use super::Knowledge;
use super::derive::derived;
use super::entry::{Entry, Group, Returns, argument};
use super::fields::Values;
use super::inputs::{Inputs, Memo};
use super::kind::Kind;

use cidrs::Cidrs;

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "cidr_contains", aliases: &[], group: Group::Network,
        arguments: &[
            argument("networks", Kind::Texts, "networks of IPv4 or IPv6: `10.0.0.0/8`, several with commas between them, or a list"),
            argument("ip", Kind::Values, "an address, or a list of which one will do"),
        ],
        returns: Returns::Boolean, needs: None, run: cidr_contains,
        doc: "Whether an address lies in one of the networks. `false` for what is no address, such as the name of a service, as in rules.",
        example: ("cidr_contains('10.0.0.0/8, 2001:db8::/32', '10.1.2.3')", "true"),
    },
    Entry {
        name: "ip_class", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address, or what stands in `sourceipaddress`")],
        returns: Returns::Text, needs: None, run: ip_class,
        doc: "What sort of address it is: `private`, `public`, `aws_service` or `aws_internal` as `flowtrail.source.kind` has it in rules; `multicast`, `broadcast` or `unspecified` where it has none. Null for what is no address.",
        example: ("ip_class('100.64.1.1')", "private"),
    },
    Entry {
        name: "ip_range", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Text, needs: None, run: |inputs, _| words(inputs, class::range),
        doc: "The special range that an address lies in: `rfc1918`, `loopback`, `link_local`, `carrier_nat`, `documentation`, `benchmarking`, `multicast`, `broadcast`, `unspecified`, `reserved`, `unique_local`, `nat64`, `6to4`, `teredo`; `global` for any other.",
        example: ("ip_range('169.254.169.254')", "link_local"),
    },
    Entry {
        name: "ip_address", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let ip = inputs.text(0);
            inputs.texts(|row, out| {
                let ip = ip.get(row).and_then(address);
                // Text takes whatever is written.
                let _ = ip.map(|ip| write!(out, "{ip}"));
                Ok(ip.is_some())
            })
        },
        doc: "The address in its shortest form, as `CAST(… AS IPADDRESS)` has it. Null for what is no address. Comparisons with `<`, `>` and `BETWEEN` are those of addresses.",
        example: ("ip_address('2001:DB8:0:0::1')", "2001:db8::1"),
    },
    Entry {
        name: "ip_bytes", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Bytes, needs: None, run: ip_bytes,
        doc: "The sixteen bytes of an address, which sort as addresses do: one of IPv4 is mapped into IPv6. Null for what is no address.",
        example: ("ip_bytes('10.0.0.1')", "00000000000000000000ffff0a000001"),
    },
    Entry {
        name: "ip_version", aliases: &[], group: Group::Network,
        arguments: &[argument("ip", Kind::Text, "an address")],
        returns: Returns::Integer, needs: None,
        run: |inputs, _| {
            let ip = inputs.text(0);
            let version = |ip: IpAddr| if ip.is_ipv4() { 4 } else { 6 };
            inputs.integers(|row| Ok(ip.get(row).and_then(address).map(version)))
        },
        doc: "4 or 6. Null for what is no address.",
        example: ("ip_version('2001:db8::1')", "6"),
    },
];

/// An address; one of IPv4 that is written in IPv6 is one of IPv4.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let ip: IpAddr = text.trim().parse().ok()?;
    Some(ip.to_canonical())
}

/// Whether text is one or more networks.
pub(super) fn is_cidr(text: &str) -> bool {
    Cidrs::parse(text).is_ok()
}

fn cidr_contains(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (networks, addresses) = (inputs.text(0), Values::of(inputs, 1));
    let is_constant = networks.is_constant();
    let mut memo = Memo::new();
    inputs.flags(|row| {
        let (Some(networks), true) = (networks.get(row), addresses.is_there(row)) else {
            return Ok(None);
        };
        let cidrs = memo.get(networks, |text| match Cidrs::parse(text) {
            Err(error) if is_constant => Err(error),
            parsed => Ok(parsed.ok()),
        })?;
        let Some(cidrs) = cidrs else {
            return Ok(None);
        };
        // One of IPv4 that is written in IPv6 is both, as in rules.
        let is_in = |text: &str| match text.trim().parse::<IpAddr>() {
            Ok(ip) => cidrs.contains(ip.to_canonical()) || cidrs.contains(ip),
            Err(_) => false,
        };
        Ok(Some(addresses.any(row, is_in)))
    })
}

fn ip_bytes(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let text = inputs.text(0);
    let mut out = BinaryBuilder::new();
    for row in 0..inputs.rows {
        let bytes = text.get(row).and_then(address).map(|ip| match ip {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            IpAddr::V6(ip) => ip.octets(),
        });
        out.append_option(bytes);
    }
    Ok(Arc::new(out.finish()))
}

fn words(inputs: &Inputs<'_>, word: fn(&str) -> Option<&'static str>) -> Result<ArrayRef> {
    let text = inputs.text(0);
    inputs.borrowed(|row| Ok(text.get(row).and_then(word)))
}

/// The word that rules have for it, which the code of rules finds.
fn ip_class(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let text = inputs.text(0);
    let beside = |row| text.get(row).and_then(class::class_beside_rules);
    derived(
        inputs,
        "flowtrail.source.kind",
        &["sourceIPAddress"],
        beside,
    )
}
