//! Who did what to which resource, taken from a record that a rule matched.
//! Off the hot path: this runs for findings only.

use flowtrail_event::{Event, Kind, Service};
use serde_json::Value;

use crate::finding::{Actor, Facts, FlowFacts};
use crate::plan::KindPlan;

/// Bytes of a user agent that are shown.
const USER_AGENT_BYTES_MAX: usize = 200;
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

/// What a record says.
pub(crate) struct Told {
    pub(crate) facts: Facts,
    pub(crate) resources: Vec<String>,
    pub(crate) flow: Option<FlowFacts>,
    json: Value,
}

impl Told {
    /// Reads a record.
    pub(crate) fn read(event: &Event<'_>, plan: &KindPlan, values_max: usize) -> Self {
        let json: Value = serde_json::from_slice(&event.json()).unwrap_or(Value::Null);
        let derived = |slot| event.str(slot).map(str::to_owned);
        let (mut facts, resources, flow) = match event.service.kind() {
            Kind::CloudTrail => (
                cloudtrail(event.service, &json),
                resources(&json, values_max),
                None,
            ),
            Kind::Flow => flow(event.service, &json),
        };
        facts.source_kind = derived(plan.shown.source_kind);
        facts.actor.principal = derived(plan.shown.principal);
        facts.actor.class = derived(plan.shown.class);
        Self {
            facts,
            resources,
            flow,
            json,
        }
    }

    /// The fields that a rule's author wants shown, dotted paths through objects.
    pub(crate) fn shown(&self, names: &[String]) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for name in names {
            let mut at = self.json.get(name);
            if at.is_none() {
                at = name.split('.').try_fold(&self.json, |v, key| v.get(key));
            }
            if let Some(value) = at {
                let text = scalar(value).unwrap_or_else(|| value.to_string());
                out.push((name.clone(), cut(&text, TEXT_BYTES_MAX)));
            }
        }
        out
    }
}

fn cloudtrail(service: Service, json: &Value) -> Facts {
    let text = |path: &str| text_at(json, path);
    let detail = |name: &str| text(&format!("/insightDetails/{name}"));
    let source = text("/eventSource").or_else(|| detail("eventSource"));
    Facts {
        service,
        account: text("/recipientAccountId").or_else(|| text("/userIdentity/accountId")),
        region: text("/awsRegion"),
        actor: Actor {
            principal: None,
            identity_type: text("/userIdentity/type"),
            class: None,
            session: session(json),
            access_key_id: text("/userIdentity/accessKeyId"),
            account: text("/userIdentity/accountId"),
            mfa: text("/userIdentity/sessionContext/attributes/mfaAuthenticated")
                .or_else(|| text("/additionalEventData/MFAUsed")),
        },
        event_source: source.map(|s| s.trim_end_matches(".amazonaws.com").to_owned()),
        event_name: text("/eventName").or_else(|| detail("eventName")),
        error_code: text("/errorCode").or_else(|| failed_login(json)),
        source: text("/sourceIPAddress"),
        source_kind: None,
        user_agent: text("/userAgent").map(|u| cut(&u, USER_AGENT_BYTES_MAX)),
    }
}

/// A failed console sign-in says so in its answer, not in `errorCode`.
fn failed_login(json: &Value) -> Option<String> {
    let answer = text_at(json, "/responseElements/ConsoleLogin")?;
    (answer == "Failure").then(|| text_at(json, "/errorMessage").unwrap_or(answer))
}

/// The session name of an assumed role: what follows the role in its ARN.
fn session(json: &Value) -> Option<String> {
    let arn = text_at(json, "/userIdentity/arn")?;
    let (_, role) = arn.split_once(":assumed-role/")?;
    role.split_once('/').map(|(_, session)| session.to_owned())
}

fn resources(json: &Value, max: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let text = cut(text, TEXT_BYTES_MAX);
        if !text.is_empty() && out.len() < max && !out.contains(&text) {
            out.push(text);
        }
    };
    for resource in json
        .pointer("/resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        if let Some(arn) = resource
            .get("ARN")
            .or_else(|| resource.get("arn"))
            .and_then(Value::as_str)
        {
            add(arn);
        }
    }
    if let Some(Value::Object(parameters)) = json.get("requestParameters") {
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

fn flow(service: Service, json: &Value) -> (Facts, Vec<String>, Option<FlowFacts>) {
    let text = |name: &str| json.get(name).and_then(scalar);
    let number = |name: &str| json.get(name).and_then(Value::as_u64);
    let port = |name: &str| number(name).and_then(|n| u32::try_from(n).ok());
    let flow = FlowFacts {
        src: text("pkt-srcaddr").or_else(|| text("srcaddr")),
        src_port: port("srcport"),
        dst: text("pkt-dstaddr").or_else(|| text("dstaddr")),
        dst_port: port("dstport"),
        protocol: port("protocol"),
        action: text("action"),
        bytes: number("bytes"),
        packets: number("packets"),
        interface: text("interface-id").or_else(|| text("tgw-attachment-id")),
    };
    let facts = Facts {
        service,
        account: text("account-id"),
        region: text("region"),
        actor: Actor::default(),
        event_source: None,
        event_name: None,
        error_code: None,
        source: flow.src.clone(),
        source_kind: None,
        user_agent: None,
    };
    let known = [text("instance-id"), text("vpc-id"), text("resource-id")];
    (facts, known.into_iter().flatten().collect(), Some(flow))
}

fn text_at(json: &Value, pointer: &str) -> Option<String> {
    json.pointer(pointer).and_then(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// At most `max` bytes of `text`, with a mark where something is missing.
fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = (0..=max)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or(""))
}
