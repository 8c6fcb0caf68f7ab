//! A record as the naive evaluator sees it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A record as the evaluator sees it.
pub(crate) struct World<'e> {
    pub(crate) record: &'e Value,
    /// Values of the fields under `flowtrail.`; a record cannot have them.
    pub(crate) derived: &'e BTreeMap<String, String>,
    /// The record is one of columns: names are not paths.
    pub(crate) flow: bool,
}

/// A value of a field.
pub(crate) enum Leaf<'e> {
    Null,
    EmptyArray,
    Text(String),
    Object(&'e Map<String, Value>),
}

impl<'e> World<'e> {
    /// What the field comes to: a derived value, or the members of arrays one by
    /// one (item 12).
    pub(crate) fn leaves(&self, field: &str) -> Vec<Leaf<'e>> {
        let mut out = Vec::new();
        if field.starts_with("flowtrail.") {
            let value = self.derived.get(field).cloned();
            out.extend(value.map(Leaf::Text));
        }
        for value in self.values(field) {
            leaf(value, &mut out);
        }
        out
    }

    /// The values that the record has under the name of a field.
    pub(crate) fn values(&self, field: &str) -> Vec<&'e Value> {
        // The parser escapes brackets, which are nothing special at version 2.
        let field = field.replace("\\[", "[").replace("\\]", "]");
        let mut out = Vec::new();
        if field.starts_with("flowtrail.") {
            // A record cannot claim what Flowtrail derives.
        } else if self.flow {
            out.extend(self.record.get(column(&field)));
        } else {
            walk(self.record, &field, &mut out);
        }
        out
    }

    /// The texts of a field; of every field if it has no name.
    pub(crate) fn texts(&self, field: &str) -> Vec<String> {
        let leaves = match field {
            "" => self.everything(),
            _ => self.leaves(field),
        };
        let text = |leaf| match leaf {
            Leaf::Text(text) => Some(text),
            Leaf::Null | Leaf::EmptyArray | Leaf::Object(_) => None,
        };
        leaves.into_iter().filter_map(text).collect()
    }

    /// Item 22: every scalar, however deep; names of fields are not searched.
    pub(crate) fn everything(&self) -> Vec<Leaf<'e>> {
        fn all<'e>(value: &'e Value, out: &mut Vec<Leaf<'e>>) {
            match value {
                Value::Object(map) => map.values().for_each(|v| all(v, out)),
                Value::Array(list) => list.iter().for_each(|v| all(v, out)),
                Value::Null => {}
                Value::Bool(_) | Value::Number(_) | Value::String(_) => leaf(value, out),
            }
        }
        let mut out = Vec::new();
        all(self.record, &mut out);
        out
    }
}

/// Items 11 and 12: dots lead into objects, or are part of a key; arrays are
/// passed through.
fn walk<'e>(value: &'e Value, path: &str, out: &mut Vec<&'e Value>) {
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                if key == path {
                    out.push(below);
                } else if let Some(rest) = path.strip_prefix(key.as_str())
                    && let Some(rest) = rest.strip_prefix('.')
                {
                    walk(below, rest, out);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|v| walk(v, path, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn leaf<'e>(value: &'e Value, out: &mut Vec<Leaf<'e>>) {
    match value {
        Value::Null => out.push(Leaf::Null),
        Value::Bool(b) => out.push(Leaf::Text(b.to_string())),
        Value::Number(n) => out.push(Leaf::Text(n.to_string())),
        Value::String(s) => out.push(Leaf::Text(s.clone())),
        Value::Array(list) if list.is_empty() => out.push(Leaf::EmptyArray),
        Value::Array(list) => list.iter().for_each(|v| leaf(v, out)),
        Value::Object(map) => out.push(Leaf::Object(map)),
    }
}

/// What rules may call the columns of a flow log.
fn column(field: &str) -> String {
    let generic = [
        ("SourceIp", "srcaddr"),
        ("DestinationIp", "dstaddr"),
        ("SourcePort", "srcport"),
        ("DestinationPort", "dstport"),
        ("Protocol", "protocol"),
        ("src_ip", "srcaddr"),
        ("dst_port", "dstport"),
        ("direction", "flow-direction"),
    ];
    let found = generic.iter().find(|(name, _)| *name == field);
    found.map_or_else(|| field.replace('_', "-"), |(_, c)| (*c).to_owned())
}

/// Compact JSON with strings as they read, not as they are escaped.
pub(crate) fn object_text(map: &Map<String, Value>) -> String {
    let member = |(k, v): (&String, &Value)| format!("\"{k}\":{}", value_text(v));
    let members: Vec<String> = map.iter().map(member).collect();
    format!("{{{}}}", members.join(","))
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Object(map) => object_text(map),
        Value::Array(list) => {
            let members: Vec<String> = list.iter().map(value_text).collect();
            format!("[{}]", members.join(","))
        }
        Value::String(s) => format!("\"{s}\""),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}
