//! Who called what from where, as one OCSF evidence artifact, and the
//! observables that point into it.

use std::net::IpAddr;

use flowtrail_detect::{Finding, FlowFacts};
use serde_json::Value;

use super::object::Object;
use crate::phrase;

/// The range of `port_t` in the schema.
const PORT_MAX: u32 = 65_535;

/// The facts of the event; `None` where there are none.
pub(super) fn artifact(f: &Finding) -> Option<Object> {
    let flow = f.flow.as_ref();
    let source = match flow {
        Some(flow) => endpoint(flow.src.as_deref(), flow.src_port),
        None => endpoint(f.facts.source.as_deref(), None),
    };
    let artifact = Object::new()
        .maybe("actor", actor(f))
        .maybe("api", api(f))
        .maybe("src_endpoint", source)
        .maybe(
            "dst_endpoint",
            flow.and_then(|flow| endpoint(flow.dst.as_deref(), flow.dst_port)),
        )
        .maybe("connection_info", flow.map(connection));
    // A user agent alone is no evidence in the sense of the schema.
    artifact.clone().filled()?;
    let request = f
        .facts
        .user_agent
        .as_deref()
        .map(|agent| Object::new().put("user_agent", agent));
    Some(artifact.maybe("http_request", request))
}

/// An AWS account.
pub(super) fn account(id: &str) -> Value {
    Object::new()
        .put("uid", id)
        .put("type_id", 10)
        .put("type", "AWS Account")
        .into()
}

/// The attribute for a resource: an ARN is an id, all else a name.
pub(super) fn resource_key(resource: &str) -> &'static str {
    if resource.starts_with("arn:") {
        "uid"
    } else {
        "name"
    }
}

/// The call and how it ended.
pub(super) fn api(f: &Finding) -> Option<Value> {
    let service = f
        .facts
        .event_source
        .as_deref()
        .map(|name| Object::new().put("name", name));
    let response = f
        .facts
        .error_code
        .as_deref()
        .map(|code| Object::new().put("error", code));
    let call = Object::new().put("operation", f.facts.event_name.as_deref()?);
    Some(
        call.maybe("service", service)
            .maybe("response", response)
            .into(),
    )
}

fn actor(f: &Finding) -> Option<Value> {
    let a = &f.facts.actor;
    let mut user = Object::new()
        .maybe("name", a.principal.as_deref())
        .maybe(
            "uid",
            a.principal.as_deref().filter(|p| p.starts_with("arn:")),
        )
        .maybe("account", a.account.as_deref().map(account));
    // The schema wants a name, an id or an account beside a type.
    if user.clone().filled().is_some() {
        let (type_id, kind) = match a.identity_type.as_deref() {
            Some("Root") => (2, "Root"),
            Some("AWSService") => (4, "AWSService"),
            Some("IAMUser") => (1, "IAMUser"),
            Some(other) => (99, other),
            None => (0, "Unknown"),
        };
        user = user.put("type_id", type_id).put("type", kind);
    }
    let session = Object::new()
        .maybe("uid", a.session.as_deref())
        .maybe("credential_uid", a.access_key_id.as_deref())
        .maybe(
            "is_mfa",
            a.mfa.as_deref().and_then(|mfa| mfa.parse::<bool>().ok()),
        );
    Object::new()
        .maybe("user", user.filled())
        .maybe("session", session.filled())
        .filled()
}

/// One end: an address, or the name of an AWS service that called by itself.
fn endpoint(address: Option<&str>, port: Option<u32>) -> Option<Value> {
    let address = address?;
    let key = if address.parse::<IpAddr>().is_ok() {
        "ip"
    } else {
        "svc_name"
    };
    let port = port.filter(|p| *p <= PORT_MAX);
    Some(Object::new().put(key, address).maybe("port", port).into())
}

/// A port that [`endpoint`] has no place for: without an address, or no port.
pub(super) fn unplaced_port(address: Option<&str>, port: Option<u32>) -> Option<u32> {
    port.filter(|p| address.is_none() || *p > PORT_MAX)
}

/// Direction is unknown (0): a finding does not carry `flow-direction`.
fn connection(flow: &FlowFacts) -> Value {
    let address = flow.dst.as_ref().or(flow.src.as_ref());
    let version = match address.and_then(|a| a.parse::<IpAddr>().ok()) {
        Some(IpAddr::V4(_)) => Some(4),
        Some(IpAddr::V6(_)) => Some(6),
        None => None,
    };
    Object::new()
        .put("direction_id", 0)
        .maybe("protocol_num", flow.protocol)
        .maybe("protocol_name", flow.protocol.and_then(phrase::protocol))
        .maybe("protocol_ver_id", version)
        .into()
}

/// Observables of the artifact: where it stands, type id and type name of OCSF.
const OBSERVED: [(&[&str], u8, &str); 9] = [
    (&["actor", "user", "name"], 4, "User Name"),
    (
        &["actor", "user", "account", "uid"],
        35,
        "Account Object: uid",
    ),
    (
        &["actor", "session", "credential_uid"],
        19,
        "User Credential ID",
    ),
    (&["src_endpoint", "ip"], 2, "IP Address"),
    (&["src_endpoint", "port"], 11, "Port"),
    (&["dst_endpoint", "ip"], 2, "IP Address"),
    (&["dst_endpoint", "port"], 11, "Port"),
    (&["http_request", "user_agent"], 16, "HTTP User-Agent"),
    (&["api", "operation"], 99, "API Operation"),
];

/// What an analyst would pivot on, each with the path at which it stands.
pub(super) fn observables(f: &Finding, artifact: Option<&Object>) -> Vec<Value> {
    let observable = |name: String, type_id: u8, kind: &str, value: &str| {
        Object::new()
            .put("name", name)
            .put("type_id", type_id)
            .put("type", kind)
            .put("value", value)
            .into()
    };
    let mut all = Vec::new();
    for (path, type_id, kind) in OBSERVED {
        let text = match artifact.and_then(|a| a.at(path)) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => continue,
        };
        all.push(observable(
            format!("evidences[0].{}", path.join(".")),
            type_id,
            kind,
            &text,
        ));
    }
    if let Some(account) = &f.facts.account {
        all.push(observable(
            "cloud.account.uid".to_owned(),
            35,
            "Account Object: uid",
            account,
        ));
    }
    for (i, resource) in f.resources.iter().enumerate() {
        let (type_id, kind) = match resource_key(resource) {
            "uid" => (10, "Resource UID"),
            _ => (38, "Resource Details Object: name"),
        };
        let name = format!("resources[{i}].{}", resource_key(resource));
        all.push(observable(name, type_id, kind, resource));
    }
    all
}
