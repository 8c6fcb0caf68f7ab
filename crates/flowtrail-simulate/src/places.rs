//! Where the addresses of a long history are: a database in MaxMind's format,
//! version 2.0, for whoever asks for countries, places and networks. It knows
//! nothing of real addresses. The company's tunnel is in it and has no place, as
//! those of real databases that are known for what they are.
//!
//! The format: <https://maxmind.github.io/MaxMind-DB/>.

use crate::world::{CITIES, City, Provider, Sort};
use std::net::{IpAddr, Ipv4Addr};

/// The key under which the database is stored.
pub const PLACES_KEY: &str = "places.mmdb";

/// The first number of autonomous systems that anybody may use privately
/// (RFC 6996).
const PRIVATE_SYSTEMS: u32 = 4_200_000_000;

/// Bits of a record of the search tree.
const RECORD_BITS: u16 = 24;

/// One way out of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Nothing,
    Node(u32),
    /// Where the data begin, in bytes of their section.
    Data(u32),
}

/// The database while it is made.
struct Database {
    nodes: Vec<[Way; 2]>,
    data: Vec<u8>,
}

/// The database of all places of this world.
pub(crate) fn database() -> Vec<u8> {
    let mut made = Database {
        nodes: vec![[Way::Nothing; 2]],
        data: Vec::new(),
    };
    let sorts = [
        (Sort::Home, "access"),
        (Sort::Abroad, "hotels"),
        (Sort::Hosting, "hosting"),
        (Sort::Proxy, "access"),
        (Sort::Customer, "customers"),
        (Sort::Scanner, "scanners"),
        (Sort::Supplier, "delivery"),
        (Sort::Office, "business"),
    ];
    for (n, (sort, what)) in (0_u32..).zip(sorts) {
        for network in 0..250_u8 {
            let provider = Provider(sort, network);
            let system = PRIVATE_SYSTEMS + n * 256 + u32::from(network);
            let at = made.record(
                Some(provider.city()),
                (system, &format!("{what}-{network}")),
            );
            made.insert(provider.address(0), 16, at);
        }
    }
    let [frankfurt, new_york] = [&CITIES[0], &CITIES[1]];
    let company = made.record(Some(frankfurt), (PRIVATE_SYSTEMS + 9000, "company"));
    made.insert(Ipv4Addr::new(192, 0, 2, 0), 24, company);
    let overseas = made.record(Some(new_york), (PRIVATE_SYSTEMS + 9001, "company-overseas"));
    made.insert(Ipv4Addr::new(192, 0, 2, 6), 32, overseas);
    let tunnel = made.record(None, (PRIVATE_SYSTEMS + 9002, "tunnel"));
    made.insert(Ipv4Addr::new(198, 51, 100, 0), 24, tunnel);
    let suppliers = made.record(Some(frankfurt), (PRIVATE_SYSTEMS + 9003, "suppliers"));
    made.insert(Ipv4Addr::new(203, 0, 113, 0), 24, suppliers);
    made.finish()
}

impl Database {
    /// Appends what is known of a network and returns where it begins.
    fn record(&mut self, city: Option<&City>, (system, owner): (u32, &str)) -> u32 {
        let at = u32::try_from(self.data.len()).unwrap_or(0);
        let out = &mut self.data;
        map(out, if city.is_some() { 5 } else { 2 });
        if let Some(city) = city {
            text(out, "city");
            named(out, city.name);
            text(out, "country");
            map(out, 2);
            text(out, "iso_code");
            text(out, city.country);
            text(out, "names");
            map(out, 1);
            text(out, "en");
            text(out, city.country);
            text(out, "location");
            map(out, 2);
            text(out, "latitude");
            double(out, city.latitude);
            text(out, "longitude");
            double(out, city.longitude);
        }
        text(out, "autonomous_system_number");
        number(out, 6, &system.to_be_bytes());
        text(out, "autonomous_system_organization");
        text(out, owner);
        at
    }

    /// Puts data at a network; longer ones have to come behind those that they
    /// lie in.
    fn insert(&mut self, address: Ipv4Addr, bits: u32, data: u32) {
        // Addresses of the fourth version lie in ::/96.
        let IpAddr::V6(address) = IpAddr::V6(address.to_ipv6_compatible()) else {
            return;
        };
        let address = u128::from(address);
        let bit = |depth: u32| usize::from(address >> (127 - depth) & 1 == 1);
        let mut at = 0_usize;
        for depth in 0..96 + bits - 1 {
            at = self.step(at, bit(depth));
        }
        let last = bit(96 + bits - 1);
        if let Some(way) = self.nodes.get_mut(at).and_then(|n| n.get_mut(last)) {
            *way = Way::Data(data);
        }
    }

    /// The node on that side, which is made if it is not there.
    fn step(&mut self, at: usize, side: usize) -> usize {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let Some(way) = self.nodes.get_mut(at).and_then(|n| n.get_mut(side)) else {
            return 0;
        };
        match *way {
            Way::Node(node) => usize::try_from(node).unwrap_or(0),
            // What is known of the larger network holds in both halves.
            old @ (Way::Nothing | Way::Data(_)) => {
                *way = Way::Node(next);
                self.nodes.push([old; 2]);
                usize::try_from(next).unwrap_or(0)
            }
        }
    }

    fn finish(self) -> Vec<u8> {
        let count = u32::try_from(self.nodes.len()).unwrap_or(0);
        let mut out = Vec::with_capacity(self.nodes.len() * 6 + self.data.len() + 512);
        for way in self.nodes.iter().flatten() {
            // Sixteen zeros part the tree from its data.
            let record = match way {
                Way::Nothing => count,
                Way::Node(node) => *node,
                Way::Data(at) => count + 16 + at,
            };
            let [_, bytes @ ..] = record.to_be_bytes();
            out.extend_from_slice(&bytes);
        }
        out.extend_from_slice(&[0; 16]);
        out.extend_from_slice(&self.data);
        out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        metadata(&mut out, count);
        out
    }
}

fn metadata(out: &mut Vec<u8>, nodes: u32) {
    map(out, 9);
    for (name, value) in [
        ("binary_format_major_version", 2_u16),
        ("binary_format_minor_version", 0),
        ("ip_version", 6),
        ("record_size", RECORD_BITS),
    ] {
        text(out, name);
        number(out, 5, &value.to_be_bytes());
    }
    text(out, "node_count");
    number(out, 6, &nodes.to_be_bytes());
    text(out, "build_epoch");
    // 2026-03-02: the time is nobody's business, but readers want one.
    let epoch = 1_772_409_600_u64.to_be_bytes();
    number(out, 9, &epoch);
    text(out, "database_type");
    text(out, "Simulated-City-ASN");
    text(out, "languages");
    number(out, 11, &[]);
    text(out, "description");
    named_in(out, "places of a simulated organisation");
}

/// The control byte of `size` entries or bytes of a type, which for types above
/// seven is followed by another one. Sizes stay below 285 here.
fn control(out: &mut Vec<u8>, kind: u8, size: usize) {
    let size = u8::try_from(size).unwrap_or(u8::MAX);
    let (short, rest) = match size.checked_sub(29) {
        None => (size, None),
        Some(rest) => (29, Some(rest)),
    };
    match kind.checked_sub(7).filter(|k| *k > 0) {
        None => out.push(kind << 5 | short),
        Some(extended) => out.extend_from_slice(&[short, extended]),
    }
    out.extend(rest);
}

fn map(out: &mut Vec<u8>, entries: usize) {
    control(out, 7, entries);
}

fn text(out: &mut Vec<u8>, text: &str) {
    control(out, 2, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn double(out: &mut Vec<u8>, value: f64) {
    number(out, 3, &value.to_be_bytes());
}

fn number(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    control(out, kind, bytes.len());
    out.extend_from_slice(bytes);
}

/// A name in English, as MaxMind writes names.
fn named(out: &mut Vec<u8>, name: &str) {
    map(out, 1);
    text(out, "names");
    named_in(out, name);
}

fn named_in(out: &mut Vec<u8>, name: &str) {
    map(out, 1);
    text(out, "en");
    text(out, name);
}

#[cfg(test)]
mod tests;
