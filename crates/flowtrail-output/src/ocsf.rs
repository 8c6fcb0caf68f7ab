//! One OCSF Detection Finding a line, for security lakes and other SIEMs.
//!
//! Class 2004 of OCSF 1.8.0 with the profile `cloud`, activity Create. Times
//! are milliseconds since the epoch. `time` is that of the last event, because
//! nothing here reads a clock, and 0 where no event has one.
//!
//! `evidences[0]` holds who called what from where (for a correlation: in its
//! last event); the records that the finding stands on follow, each with the
//! object and the offset in `data`. What the schema has no place for is in
//! `unmapped`.

mod activity;
mod attack;
mod object;

use std::io::{self, Write};

use flowtrail_detect::{Evidence, Finding};
use flowtrail_event::{EventTime, Kind};
use flowtrail_sigma::Level;
use serde_json::{Map, Value, json};

use crate::{json as line, phrase};
use object::Object;

/// Version of the schema that the events keep to.
const OCSF_VERSION: &str = "1.8.0";

/// Writes one finding as one line.
pub(crate) fn write(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    line::write_line(&event(finding), out)
}

const fn severity(level: Level) -> (u8, &'static str) {
    match level {
        Level::Informational => (1, "Informational"),
        Level::Low => (2, "Low"),
        Level::Medium => (3, "Medium"),
        Level::High => (4, "High"),
        Level::Critical => (5, "Critical"),
    }
}

const fn millis(time: Option<EventTime>) -> Option<i64> {
    match time {
        Some(t) => Some(t.0),
        None => None,
    }
}

fn event(f: &Finding) -> Value {
    let (severity_id, severity) = severity(f.rule.level);
    let (status_id, status) = match f.suppressed {
        Some(_) => (3, "Suppressed"),
        None => (1, "New"),
    };
    let time = phrase::time(f).map_or(0, |t| t.0);
    let activity = activity::artifact(f);
    let observables = activity::observables(f, activity.as_ref());
    let unmapped = unmapped(f, activity.is_some());
    Object::new()
        .put("activity_id", 1)
        .put("activity_name", "Create")
        .put("category_uid", 2)
        .put("category_name", "Findings")
        .put("class_uid", 2004)
        .put("class_name", "Detection Finding")
        .put("type_uid", 200_401)
        .put("type_name", "Detection Finding: Create")
        .put("time", time)
        .maybe("start_time", millis(f.first))
        .maybe("end_time", millis(f.last))
        .put("count", f.count)
        .put("severity_id", severity_id)
        .put("severity", severity)
        .put("status_id", status_id)
        .put("status", status)
        .maybe("comment", comment(f))
        .put("is_alert", f.rule.level > Level::Informational)
        .put("message", f.title().as_ref())
        .put("metadata", metadata(f))
        .put("cloud", cloud(f))
        .put("finding_info", finding_info(f))
        .maybe("api", activity::api(f))
        .list("evidences", evidences(f, activity))
        .list("resources", resources(f))
        .list("observables", observables)
        .maybe("unmapped", unmapped)
        .into()
}

/// Why nobody is to be notified, for a person.
fn comment(f: &Finding) -> Option<String> {
    let s = f.suppressed.as_ref()?;
    Some(format!(
        "suppressed by {} until {}: {} ({})",
        s.id, s.expires, s.reason, s.owner
    ))
}

/// The same for machines; the class has no attribute for it.
fn suppressed(f: &Finding) -> Option<Object> {
    let s = f.suppressed.as_ref()?;
    let by = Object::new()
        .put("id", s.id.as_str())
        .put("owner", s.owner.as_str())
        .put("reason", s.reason.as_str())
        .put("expires", s.expires.0);
    Some(by)
}

fn metadata(f: &Finding) -> Value {
    let provider = match f.facts.service.kind() {
        Kind::CloudTrail => "AWS CloudTrail",
        Kind::Flow => "Amazon VPC",
    };
    let product = json!({
        "name": "Flowtrail",
        "vendor_name": "Flowtrail",
        "version": env!("CARGO_PKG_VERSION"),
    });
    Object::new()
        .put("version", OCSF_VERSION)
        .put("product", product)
        .put("profiles", json!(["cloud"]))
        .put("uid", f.id.to_string())
        .put("event_code", f.rule.id.as_str())
        .put("log_name", f.facts.service.name())
        .put("log_provider", provider)
        .maybe("labels", f.is_drill().then(|| json!(["drill"])))
        .into()
}

fn cloud(f: &Finding) -> Value {
    Object::new()
        .put("provider", "AWS")
        .maybe("account", f.facts.account.as_deref().map(activity::account))
        .maybe("region", f.facts.region.as_deref())
        .into()
}

fn finding_info(f: &Finding) -> Value {
    let rule = &f.rule;
    let analytic = Object::new()
        .put("type_id", 1)
        .put("type", "Rule")
        .put("uid", rule.id.as_str())
        .put("name", rule.title.as_str())
        .maybe("state", rule.status.as_deref());
    let tags = (!rule.tags.is_empty()).then(|| json!([{"name": "sigma", "values": rule.tags}]));
    Object::new()
        .put("uid", f.id.to_string())
        .put("title", f.title().as_ref())
        .maybe(
            "desc",
            (!rule.description.is_empty()).then_some(rule.description.as_str()),
        )
        .put("analytic", analytic)
        .list("attacks", attack::attacks(rule))
        .maybe("first_seen_time", millis(f.first))
        .maybe("last_seen_time", millis(f.last))
        .put("related_events_count", f.count)
        .put("data_sources", json!([f.facts.service.name()]))
        .maybe("tags", tags)
        .into()
}

/// The activity first, then the records; one artifact where both are one event.
fn evidences(f: &Finding, activity: Option<Object>) -> Vec<Value> {
    match (f.evidence.as_slice(), activity) {
        ([only], Some(activity)) if f.evidence_omitted == 0 => vec![record(activity, only).into()],
        (records, activity) => {
            let records = records.iter().map(|e| record(Object::new(), e).into());
            activity
                .map(Value::from)
                .into_iter()
                .chain(records)
                .collect()
        }
    }
}

/// Adds where a record lies to an artifact.
fn record(artifact: Object, e: &Evidence) -> Object {
    let data = Object::new()
        .put("object", e.object.as_ref())
        .put("offset", e.location.offset)
        .put("length", e.location.len)
        .maybe("time", millis(e.time));
    artifact
        .maybe("uid", e.event_id.as_deref())
        .maybe("name", e.rule.as_deref())
        .put("data", data)
}

fn resources(f: &Finding) -> Vec<Value> {
    let resource = |name: &String| {
        Object::new()
            .put(activity::resource_key(name), name.as_str())
            .put("role_id", 1)
            .put("role", "Target")
            .into()
    };
    f.resources.iter().map(resource).collect()
}

/// What the class has no attribute for. `placed`: there is an activity artifact.
fn unmapped(f: &Finding, placed: bool) -> Option<Value> {
    let rule = Object::new()
        .maybe("name", f.rule.name.as_deref())
        .maybe(
            "file",
            Some(phrase::file_name(&f.rule.file)).filter(|file| !file.is_empty()),
        )
        .strings("falsepositives", &f.rule.falsepositives)
        .strings("references", &f.rule.references);
    let flow = f.flow.as_ref().map(|flow| {
        Object::new()
            .maybe("action", flow.action.as_deref())
            .maybe("bytes", flow.bytes)
            .maybe("packets", flow.packets)
            .maybe("interface", flow.interface.as_deref())
            .maybe(
                "src_port",
                activity::unplaced_port(flow.src.as_deref(), flow.src_port),
            )
            .maybe(
                "dst_port",
                activity::unplaced_port(flow.dst.as_deref(), flow.dst_port),
            )
    });
    // Some facts have a place only beside another one.
    let lonely = |fact: &Option<String>, beside: bool| fact.clone().filter(|_| !beside);
    let called = f.facts.event_name.is_some();
    let named = f.facts.actor.principal.is_some() || f.facts.actor.account.is_some();
    Object::new()
        .maybe("rule", rule.filled())
        .maybe("source", f.facts.source.as_deref())
        .maybe("source_kind", f.facts.source_kind.as_deref())
        .maybe("identity_class", f.facts.actor.class.as_deref())
        .maybe("identity_type", lonely(&f.facts.actor.identity_type, named))
        .maybe("mfa", f.facts.actor.mfa.as_deref())
        .maybe("event_source", lonely(&f.facts.event_source, called))
        .maybe("error_code", lonely(&f.facts.error_code, called))
        .maybe("user_agent", lonely(&f.facts.user_agent, placed))
        .maybe("flow", flow.and_then(Object::filled))
        .maybe("group", pairs(&f.group))
        .maybe("value", f.value.filter(|v| v.is_finite()))
        .strings("values", &f.values)
        .maybe("values_omitted", Some(f.values_omitted).filter(|n| *n > 0))
        .maybe("fields", pairs(&f.fields))
        .maybe(
            "evidence_omitted",
            Some(f.evidence_omitted).filter(|n| *n > 0),
        )
        .maybe("context", f.context.as_deref())
        .maybe("suppressed", suppressed(f))
        .maybe("baseline", f.baseline.as_deref())
        .maybe("places", f.places.as_deref())
        .strings(
            "first_seen",
            &f.first_seen
                .iter()
                .map(phrase::first_seen)
                .collect::<Vec<_>>(),
        )
        .filled()
}

/// Named values; a name that stands several times gets a list.
fn pairs(fields: &[(String, String)]) -> Option<Value> {
    let mut map: Map<String, Value> = Map::new();
    for (name, value) in fields {
        match map.get_mut(name) {
            None => {
                map.insert(name.clone(), value.as_str().into());
            }
            Some(Value::Array(values)) => values.push(value.as_str().into()),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    (!map.is_empty()).then_some(Value::Object(map))
}

#[cfg(test)]
mod tests;
