//! Who did what to which resource, taken from a record that a rule matched.
//! Off the hot path: this runs for findings only.

use std::sync::Arc;

use flowtrail_event::{Event, Kind, Service};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

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
    pub(crate) facts: Arc<Facts>,
    pub(crate) flow: Option<FlowFacts>,
    kind: Kind,
    json: Vec<u8>,
}

/// The parts of a `CloudTrail` record that facts are taken from. A part is any
/// JSON where a log could be wrong about its type.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Said<'r> {
    recipient_account_id: Value,
    aws_region: Value,
    event_source: Value,
    event_name: Value,
    error_code: Value,
    error_message: Value,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: Value,
    user_agent: Value,
    user_identity: Option<Identity>,
    /// Unread here, because most records have nothing to tell in these.
    #[serde(borrow)]
    additional_event_data: Option<&'r RawValue>,
    #[serde(borrow)]
    insight_details: Option<&'r RawValue>,
    #[serde(borrow)]
    response_elements: Option<&'r RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Identity {
    r#type: Value,
    arn: Value,
    account_id: Value,
    access_key_id: Value,
    session_context: Option<SessionContext>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SessionContext {
    attributes: Option<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attributes {
    mfa_authenticated: Value,
}

/// What a call was about.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct About {
    resources: Value,
    request_parameters: Value,
}

impl Told {
    /// Reads a record.
    pub(crate) fn read(event: &Event<'_>, plan: &KindPlan) -> Self {
        let kind = event.service.kind();
        let json = event.json();
        let derived = |slot| event.str(slot).map(str::to_owned);
        let (mut facts, flow) = match kind {
            Kind::CloudTrail => {
                let once;
                let said: Said<'_> = match serde_json::from_slice(&json) {
                    Ok(said) => said,
                    Err(_) => {
                        once = with_keys_once(&json);
                        serde_json::from_slice(&once).unwrap_or_default()
                    }
                };
                (cloudtrail(event.service, &said), None)
            }
            Kind::Flow => {
                let columns = serde_json::from_slice(&json).unwrap_or_default();
                let (facts, flow) = flow(event.service, &columns);
                (facts, Some(flow))
            }
        };
        facts.source_kind = derived(plan.shown.source_kind);
        facts.actor.principal = derived(plan.shown.principal);
        facts.actor.class = derived(plan.shown.class);
        Self {
            facts: Arc::new(facts),
            flow,
            kind,
            json,
        }
    }

    /// What it was done to, at most `max` names.
    pub(crate) fn resources(&self, max: usize) -> Vec<String> {
        match self.kind {
            Kind::CloudTrail => {
                let about = serde_json::from_slice(&self.json);
                let again = |_| serde_json::from_slice(&with_keys_once(&self.json));
                resources(&about.or_else(again).unwrap_or_default(), max)
            }
            Kind::Flow => {
                let columns: Value = serde_json::from_slice(&self.json).unwrap_or_default();
                let names = ["instance-id", "vpc-id", "resource-id"];
                let known = names.iter().filter_map(|n| columns.get(n).and_then(scalar));
                known.collect()
            }
        }
    }

    /// The fields that a rule's author wants shown, dotted paths through objects.
    pub(crate) fn shown(&self, names: &[String]) -> Vec<(String, String)> {
        if names.is_empty() {
            return Vec::new();
        }
        let json: Value = serde_json::from_slice(&self.json).unwrap_or_default();
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
}

/// The record with the last of each key that stands twice in it: a typed reader
/// refuses what a tree takes.
fn with_keys_once(json: &[u8]) -> Vec<u8> {
    let tree: Value = serde_json::from_slice(json).unwrap_or_default();
    serde_json::to_vec(&tree).unwrap_or_default()
}

fn cloudtrail(service: Service, said: &Said<'_>) -> Facts {
    let nobody = Identity::default();
    let who = said.user_identity.as_ref().unwrap_or(&nobody);
    let session_mfa = || {
        let attributes = who.session_context.as_ref()?.attributes.as_ref()?;
        scalar(&attributes.mfa_authenticated)
    };
    let detail = |name: &str| inner(said.insight_details, name);
    let source = scalar(&said.event_source).or_else(|| detail("eventSource"));
    Facts {
        service,
        account: scalar(&said.recipient_account_id).or_else(|| scalar(&who.account_id)),
        region: scalar(&said.aws_region),
        actor: Actor {
            principal: None,
            identity_type: scalar(&who.r#type),
            class: None,
            session: who.arn.as_str().and_then(session),
            access_key_id: scalar(&who.access_key_id),
            account: scalar(&who.account_id),
            mfa: session_mfa().or_else(|| inner(said.additional_event_data, "MFAUsed")),
        },
        event_source: source.map(|s| s.trim_end_matches(".amazonaws.com").to_owned()),
        event_name: scalar(&said.event_name).or_else(|| detail("eventName")),
        error_code: scalar(&said.error_code).or_else(|| failed_login(said)),
        source: scalar(&said.source_ip_address),
        source_kind: None,
        user_agent: scalar(&said.user_agent).map(|u| cut(&u, USER_AGENT_BYTES_MAX)),
    }
}

/// A scalar at the top of an object that was left unread.
fn inner(object: Option<&RawValue>, key: &str) -> Option<String> {
    let text = object?.get();
    if !text.contains(key) {
        return None;
    }
    let object: Value = serde_json::from_str(text).ok()?;
    object.get(key).and_then(scalar)
}

/// A failed console sign-in says so in its answer, not in `errorCode`.
fn failed_login(said: &Said<'_>) -> Option<String> {
    let failed = inner(said.response_elements, "ConsoleLogin")? == "Failure";
    failed.then(|| scalar(&said.error_message).unwrap_or_else(|| "Failure".to_owned()))
}

/// The session name of an assumed role: what follows the role in its ARN.
fn session(arn: &str) -> Option<String> {
    let (_, role) = arn.split_once(":assumed-role/")?;
    role.split_once('/').map(|(_, session)| session.to_owned())
}

fn resources(about: &About, max: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |text: &str| {
        let text = cut(text, TEXT_BYTES_MAX);
        if !text.is_empty() && out.len() < max && !out.contains(&text) {
            out.push(text);
        }
    };
    for resource in about.resources.as_array().into_iter().flatten() {
        let arn = resource.get("ARN").or_else(|| resource.get("arn"));
        if let Some(arn) = arn.and_then(Value::as_str) {
            add(arn);
        }
    }
    if let Value::Object(parameters) = &about.request_parameters {
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

fn flow(service: Service, json: &Value) -> (Facts, FlowFacts) {
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
    (facts, flow)
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
