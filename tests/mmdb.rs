//! Writes small files in `MaxMind`'s format, for tests and benches of several
//! crates, which take this file in by its path.
//!
//! The format: <https://maxmind.github.io/MaxMind-DB/>.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, and not every one needs all of it"
)]

use std::net::IpAddr;

/// A value in such a file.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Number(u32),
    Double(f64),
    Map(Vec<(&'static str, Value)>),
}

/// Text.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// What a file of cities says, as `MaxMind` names it.
pub(crate) fn city(country: &str, latitude: f64, longitude: f64, radius: u32) -> Value {
    Value::Map(vec![
        ("country", Value::Map(vec![("iso_code", text(country))])),
        (
            "location",
            Value::Map(vec![
                ("accuracy_radius", Value::Number(radius)),
                ("latitude", Value::Double(latitude)),
                ("longitude", Value::Double(longitude)),
            ]),
        ),
    ])
}

/// What a file of autonomous systems says, as `MaxMind` names it.
pub(crate) fn system(number: u32, name: &str) -> Value {
    Value::Map(vec![
        ("autonomous_system_number", Value::Number(number)),
        ("autonomous_system_organization", text(name)),
    ])
}

/// A way out of a node of the search tree.
#[derive(Debug, Clone, Copy)]
enum Way {
    Nothing,
    Node(u32),
    /// Where the value begins in the section of data.
    Data(u32),
}

/// A file while it is made.
pub(crate) struct Mmdb {
    nodes: Vec<[Way; 2]>,
    data: Vec<u8>,
    v4_only: bool,
}

impl Mmdb {
    /// A file of both versions, in which IPv4 lies in `::/96`.
    pub(crate) fn new() -> Self {
        Self {
            nodes: vec![[Way::Nothing; 2]],
            data: Vec::new(),
            v4_only: false,
        }
    }

    /// A file of IPv4 alone.
    pub(crate) fn of_v4() -> Self {
        Self {
            v4_only: true,
            ..Self::new()
        }
    }

    /// Takes a value in; where it begins.
    pub(crate) fn value(&mut self, value: &Value) -> u32 {
        let at = u32::try_from(self.data.len()).unwrap();
        write(value, &mut self.data);
        at
    }

    /// Says of a network what begins there. Those that lie in others come behind
    /// them.
    pub(crate) fn put(&mut self, network: &str, value: u32) {
        let (address, bits) = network.split_once('/').unwrap();
        let (address, bits): (IpAddr, u32) = (address.parse().unwrap(), bits.parse().unwrap());
        let (address, bits) = match address {
            IpAddr::V4(v4) if self.v4_only => (u128::from(u32::from(v4)) << 96, bits),
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), bits + 96),
            IpAddr::V6(v6) => (u128::from(v6), bits),
        };
        let mut at = 0;
        for depth in 0..bits {
            let side = usize::from(address >> (127 - depth) & 1 == 1);
            let way = self.nodes[at][side];
            if depth + 1 == bits {
                self.nodes[at][side] = Way::Data(value);
            } else if let Way::Node(node) = way {
                at = node as usize;
            } else {
                self.nodes[at][side] = Way::Node(u32::try_from(self.nodes.len()).unwrap());
                at = self.nodes.len();
                self.nodes.push([way; 2]);
            }
        }
    }

    /// The same of a value of its own.
    pub(crate) fn say(&mut self, network: &str, value: &Value) {
        let value = self.value(value);
        self.put(network, value);
    }

    /// The file, which calls itself a database of this type, of 2026-11-02.
    pub(crate) fn finish(self, sort: &str) -> Vec<u8> {
        let count = u32::try_from(self.nodes.len()).unwrap();
        let mut out = Vec::new();
        for way in self.nodes.iter().flatten() {
            let record = match way {
                Way::Nothing => count,
                Way::Node(node) => *node,
                // Behind the tree are sixteen zeros; then data begin.
                Way::Data(at) => count + 16 + at,
            };
            out.extend(record.to_be_bytes());
        }
        out.extend([0; 16]);
        out.extend(&self.data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        out.push(7 << 5 | 9);
        let version = if self.v4_only { 4 } else { 6 };
        for (key, number) in [
            ("binary_format_major_version", 2_u16),
            ("binary_format_minor_version", 0),
            ("ip_version", version),
            ("record_size", 32),
        ] {
            write(&text(key), &mut out);
            out.push(5 << 5 | 2);
            out.extend(number.to_be_bytes());
        }
        write(&text("node_count"), &mut out);
        write(&Value::Number(count), &mut out);
        write(&text("database_type"), &mut out);
        write(&text(sort), &mut out);
        write(&text("description"), &mut out);
        write(&Value::Map(Vec::new()), &mut out);
        write(&text("languages"), &mut out);
        // A list without members.
        out.extend([0, 11 - 7]);
        write(&text("build_epoch"), &mut out);
        out.extend([8, 9 - 7]);
        out.extend(1_793_577_600_u64.to_be_bytes());
        out
    }
}

/// Appends a value: its type in the upper three bits, its size below.
fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            let size = text.len();
            match size.checked_sub(29) {
                None => out.push(2 << 5 | u8::try_from(size).unwrap()),
                Some(more) => out.extend([2 << 5 | 29, u8::try_from(more).unwrap()]),
            }
            out.extend(text.as_bytes());
        }
        Value::Number(number) => {
            out.push(6 << 5 | 4);
            out.extend(number.to_be_bytes());
        }
        Value::Double(number) => {
            out.push(3 << 5 | 8);
            out.extend(number.to_be_bytes());
        }
        Value::Map(pairs) => {
            out.push(7 << 5 | u8::try_from(pairs.len()).unwrap());
            for (key, value) in pairs {
                write(&text(key), out);
                write(value, out);
            }
        }
    }
}
