//! What a record was about, taken from its JSON. This runs for findings of
//! single records only; what every match needs is in [`facts`](crate::facts).

use flowtrail_event::{Event, Kind};
use serde::Deserialize;
use serde_json::Value;

use crate::facts::{cut, scalar};
use crate::finding::FlowFacts;

/// Bytes of one resource name or shown field.
const TEXT_BYTES_MAX: usize = 300;

/// Ends of keys in `requestParameters` that name what a call is about.
const RESOURCE_ENDS: [&str; 8] = [
    "Name",
    "Id",
    "Arn",
    "ARN",
    "Identifier",
    "Set",
    "Ids",
    "Names",
];
/// Whole keys that do.
const RESOURCE_KEYS: [&str; 6] = ["name", "id", "arn", "key", "resource", "target"];

/// The JSON of a record.
pub(crate) struct About {
    kind: Kind,
    json: Vec<u8>,
}

/// What a call was about.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Call {
    resources: Value,
    request_parameters: Value,
}

impl About {
    /// Reads a record.
    pub(crate) fn read(event: &Event<'_>) -> Self {
        Self {
            kind: event.service.kind(),
            json: event.json(),
        }
    }

    /// What it was done to, at most `max` names.
    pub(crate) fn resources(&self, max: usize) -> Vec<String> {
        match self.kind {
            Kind::CloudTrail => {
                let call = serde_json::from_slice(&self.json);
                let again = |_| serde_json::from_slice(&with_keys_once(&self.json));
                resources(&call.or_else(again).unwrap_or_default(), max)
            }
            Kind::Flow => {
                let columns = self.tree();
                let names = ["instance-id", "vpc-id", "resource-id"];
                let known = names.iter().filter_map(|n| columns.get(n).and_then(scalar));
                known.collect()
            }
        }
    }

    /// The network side of a flow record.
    pub(crate) fn flow(&self) -> Option<FlowFacts> {
        match self.kind {
            Kind::CloudTrail => None,
            Kind::Flow => Some(flow(&self.tree())),
        }
    }

    /// The fields that a rule's author wants shown, dotted paths through objects.
    pub(crate) fn shown(&self, names: &[String]) -> Vec<(String, String)> {
        if names.is_empty() {
            return Vec::new();
        }
        let json = self.tree();
        let mut out = Vec::new();
        for name in names {
            let mut at = json.get(name);
            if at.is_none() {
                at = name.split('.').try_fold(&json, |v, key| v.get(key));
            }
            if let Some(value) = at {
                let text = scalar(value).unwrap_or_else(|| value.to_string());
                out.push((name.clone(), cut(&text, TEXT_BYTES_MAX)));
            }
        }
        out
    }

    fn tree(&self) -> Value {
        serde_json::from_slice(&self.json).unwrap_or_default()
    }
}

/// The record with the last of each key that stands twice in it: a typed reader
/// refuses what a tree takes.
fn with_keys_once(json: &[u8]) -> Vec<u8> {
    let tree: Value = serde_json::from_slice(json).unwrap_or_default();
    serde_json::to_vec(&tree).unwrap_or_default()
}

fn resources(call: &Call, max: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let text = cut(text, TEXT_BYTES_MAX);
        if !text.is_empty() && out.len() < max && !out.contains(&text) {
            out.push(text);
        }
    };
    for resource in call.resources.as_array().into_iter().flatten() {
        let arn = resource.get("ARN").or_else(|| resource.get("arn"));
        if let Some(arn) = arn.and_then(Value::as_str) {
            add(arn);
        }
    }
    if let Value::Object(parameters) = &call.request_parameters {
        for (key, value) in parameters {
            let names = RESOURCE_KEYS.contains(&key.as_str())
                || RESOURCE_ENDS.iter().any(|e| key.ends_with(e));
            if names {
                each_text(value, 3, &mut add);
            }
        }
    }
    out
}

/// The texts in a value, a few levels down (`instancesSet.items[].instanceId`).
fn each_text(value: &Value, levels: u32, add: &mut impl FnMut(&str)) {
    match value {
        Value::String(s) => add(s),
        Value::Array(list) if levels > 0 => list.iter().for_each(|v| each_text(v, levels - 1, add)),
        Value::Object(map) if levels > 0 => {
            map.values().for_each(|v| each_text(v, levels - 1, add))
        }
        Value::Array(_) | Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn flow(columns: &Value) -> FlowFacts {
    let text = |name: &str| columns.get(name).and_then(scalar);
    let number = |name: &str| columns.get(name).and_then(Value::as_u64);
    let port = |name: &str| number(name).and_then(|n| u32::try_from(n).ok());
    FlowFacts {
        src: text("pkt-srcaddr").or_else(|| text("srcaddr")),
        src_port: port("srcport"),
        dst: text("pkt-dstaddr").or_else(|| text("dstaddr")),
        dst_port: port("dstport"),
        protocol: port("protocol"),
        action: text("action"),
        bytes: number("bytes"),
        packets: number("packets"),
        interface: text("interface-id").or_else(|| text("tgw-attachment-id")),
    }
}
