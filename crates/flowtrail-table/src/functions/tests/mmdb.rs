//! Writes small files in MaxMind's format: one network of IPv4 and what is said
//! of it ("MaxMind DB File Format Specification").

use std::sync::Arc;

use maxminddb::Reader;

use super::super::Database;

/// A value in such a file.
pub(super) enum Value {
    Text(&'static str),
    Number(u32),
    Map(Vec<(&'static str, Value)>),
}

/// The network and the length of its prefix, which every file here is about.
const NETWORK: [u8; 4] = [203, 0, 113, 0];
const PREFIX: u16 = 24;

/// Appends a value: its type in the upper three bits, its size below.
fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            assert!(text.len() < 29);
            out.push(2 << 5 | u8::try_from(text.len()).unwrap());
            out.extend(text.as_bytes());
        }
        Value::Number(number) => {
            out.push(6 << 5 | 4);
            out.extend(number.to_be_bytes());
        }
        Value::Map(pairs) => {
            out.push(7 << 5 | u8::try_from(pairs.len()).unwrap());
            for (key, value) in pairs {
                write(&Value::Text(key), out);
                write(value, out);
            }
        }
    }
}

fn short(number: u16, out: &mut Vec<u8>) {
    out.push(5 << 5 | 2);
    out.extend(number.to_be_bytes());
}

/// A file that says `value` of the network.
pub(super) fn database(value: &Value) -> Database {
    let nodes = u32::from(PREFIX);
    let mut out = Vec::new();
    for depth in 0..PREFIX {
        let bit = NETWORK[usize::from(depth / 8)] >> (7 - depth % 8) & 1;
        let inside = match depth + 1 == PREFIX {
            // Behind the tree are sixteen zeros; then the value begins.
            true => nodes + 16,
            false => u32::from(depth) + 1,
        };
        let pair = if bit == 0 {
            [inside, nodes]
        } else {
            [nodes, inside]
        };
        for record in pair {
            out.extend(&record.to_be_bytes()[1..]);
        }
    }
    out.extend([0; 16]);
    write(value, &mut out);
    out.extend(b"\xab\xcd\xefMaxMind.com");
    out.push(7 << 5 | 9);
    for (key, number) in [
        ("binary_format_major_version", 2),
        ("binary_format_minor_version", 0),
        ("ip_version", 4),
        ("record_size", 24),
    ] {
        write(&Value::Text(key), &mut out);
        short(number, &mut out);
    }
    write(&Value::Text("node_count"), &mut out);
    write(&Value::Number(nodes), &mut out);
    write(&Value::Text("database_type"), &mut out);
    write(&Value::Text("Test"), &mut out);
    write(&Value::Text("description"), &mut out);
    write(&Value::Map(Vec::new()), &mut out);
    write(&Value::Text("languages"), &mut out);
    out.extend([0, 11 - 7]); // an array without members
    write(&Value::Text("build_epoch"), &mut out);
    out.extend([1, 9 - 7, 0]); // a number of 64 bits in one byte
    Arc::new(Reader::from_source(out).unwrap())
}

pub(super) fn countries() -> Database {
    let country = Value::Map(vec![("iso_code", Value::Text("DE"))]);
    database(&Value::Map(vec![("country", country)]))
}

pub(super) fn systems() -> Database {
    database(&Value::Map(vec![
        ("autonomous_system_number", Value::Number(64500)),
        ("as_name", Value::Text("Example Net")),
    ]))
}
