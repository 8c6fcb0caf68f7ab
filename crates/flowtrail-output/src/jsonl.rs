//! One JSON object a line, with the project's own field names.
//!
//! The schema. Every key but the last six stands in every line, in this order;
//! what is not known is `null`, `[]` or `{}`. Times are ISO 8601 in UTC, to the
//! millisecond where the log has one. Keys may be added at the end of an
//! object; a change of meaning changes `schema`.
//!
//! | key | type | meaning |
//! |---|---|---|
//! | `schema` | string | `flowtrail.finding.v1` |
//! | `id` | string | 32 hexadecimal digits; the same finding has the same id in every run |
//! | `time` | string? | when it was complete: time of the last event |
//! | `first`, `last` | string? | times of the first and the last event |
//! | `level` | string | `informational`, `low`, `medium`, `high`, `critical` |
//! | `title` | string | the rule's title; behind `DRILL: ` for a finding of a drill |
//! | `rule` | object | `id`, `name`, `level`, `status`, `title`, `description`, `tags[]`, `techniques[]` (ATT&CK ids), `tactics[]`, `falsepositives[]`, `references[]`, `file` (without its folder) |
//! | `service` | string | the log: `cloudtrail`, `cloudtrail-insight`, `cloudtrail-networkactivity`, `vpcflow`, `tgwflow` |
//! | `account`, `region` | string? | where it happened |
//! | `actor` | object | `principal`, `identity_type`, `class`, `session`, `access_key_id`, `account`, `mfa`: each string? |
//! | `api` | object | `source` (`eventSource` without `.amazonaws.com`), `name` (`eventName`), `error_code`: each string?; no `error_code` means that the call succeeded |
//! | `resources` | string[] | what it was done to: ARNs, names, ids |
//! | `source` | object | `address`, `kind`, `user_agent`: each string? |
//! | `flow` | object? | `src`, `src_port`, `dst`, `dst_port`, `protocol` (IANA number), `action`, `bytes`, `packets`, `interface`; `null` unless a flow log |
//! | `count` | number | events behind the finding |
//! | `group` | object | group fields of a correlation and their values |
//! | `value` | number? | the number that a correlation computed at its height |
//! | `values` | string[] | distinct values that it met, at most 20 |
//! | `values_omitted` | number | distinct values left out |
//! | `fields` | object | fields that the rule asks to be shown: each a string[] of all its values |
//! | `evidence` | object[] | records, earliest first: `time` (string?), `object`, `offset` and `length` (inflated bytes; row and 0 for columnar files), `event_id` (string?), `rule` (string?, the member of a correlation that matched) |
//! | `evidence_omitted` | number | records left out |
//! | `context` | string | version of the context file; stands only where that file shaped the finding |
//! | `suppressed` | object | `id`, `owner`, `reason`, `expires` of the suppression that hides the finding from notification; stands only where one does |
//! | `baseline` | string | id of the baseline, or `history`; stands only where the rule asks what was seen before |
//! | `places` | string | the files of places, by sort and time; stands only where the rule asks for what they tell |
//! | `first_seen` | object[] | what is new in the records of `evidence`: `dimension`, `key` (to whom), `value` (what); stands only where something is |
//! | `drill` | boolean | `true`; stands only where all records were written by `flowtrail drill` |
//!
//! The facts of a correlation (`service` to `flow`) are those in which its records agree; where they differ it is `null`.

use std::borrow::Cow;
use std::io::{self, Write};

use flowtrail_detect::{Evidence, Finding, FirstSeen};
use flowtrail_event::EventTime;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::{json, phrase};

/// A finding as one line.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    id: String,
    #[serde(serialize_with = "instant")]
    time: Option<EventTime>,
    #[serde(serialize_with = "instant")]
    first: Option<EventTime>,
    #[serde(serialize_with = "instant")]
    last: Option<EventTime>,
    level: &'static str,
    title: Cow<'a, str>,
    rule: Rule<'a>,
    service: &'static str,
    account: &'a Option<String>,
    region: &'a Option<String>,
    actor: Actor<'a>,
    api: Api<'a>,
    resources: &'a [String],
    source: Source<'a>,
    flow: Option<Flow<'a>>,
    count: u64,
    #[serde(serialize_with = "pairs")]
    group: &'a [(String, String)],
    value: Option<f64>,
    values: &'a [String],
    values_omitted: u64,
    #[serde(serialize_with = "lists")]
    fields: &'a [(String, String)],
    evidence: Vec<Record<'a>>,
    evidence_omitted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Suppressed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    first_seen: Vec<New<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drill: Option<bool>,
}

#[derive(Serialize)]
struct Suppressed<'a> {
    id: &'a str,
    owner: &'a str,
    reason: &'a str,
    expires: String,
}

#[derive(Serialize)]
struct New<'a> {
    dimension: &'static str,
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    name: &'a Option<String>,
    level: &'static str,
    status: &'a Option<String>,
    title: &'a str,
    description: &'a str,
    tags: &'a [String],
    techniques: Vec<String>,
    tactics: Vec<String>,
    falsepositives: &'a [String],
    references: &'a [String],
    file: &'a str,
}

#[derive(Serialize)]
struct Actor<'a> {
    principal: &'a Option<String>,
    identity_type: &'a Option<String>,
    class: &'a Option<String>,
    session: &'a Option<String>,
    access_key_id: &'a Option<String>,
    account: &'a Option<String>,
    mfa: &'a Option<String>,
}

#[derive(Serialize)]
struct Api<'a> {
    source: &'a Option<String>,
    name: &'a Option<String>,
    error_code: &'a Option<String>,
}

#[derive(Serialize)]
struct Source<'a> {
    address: &'a Option<String>,
    kind: &'a Option<String>,
    user_agent: &'a Option<String>,
}

#[derive(Serialize)]
struct Flow<'a> {
    src: &'a Option<String>,
    src_port: Option<u32>,
    dst: &'a Option<String>,
    dst_port: Option<u32>,
    protocol: Option<u32>,
    action: &'a Option<String>,
    bytes: Option<u64>,
    packets: Option<u64>,
    interface: &'a Option<String>,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "instant")]
    time: Option<EventTime>,
    object: &'a str,
    offset: u64,
    length: u64,
    event_id: &'a Option<String>,
    rule: Option<&'a str>,
}

fn instant<S: Serializer>(time: &Option<EventTime>, s: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(t) => s.collect_str(t),
        None => s.serialize_none(),
    }
}

/// Named values as an object, in the order of the rule.
fn pairs<S: Serializer>(fields: &&[(String, String)], s: S) -> Result<S::Ok, S::Error> {
    let mut map = s.serialize_map(Some(fields.len()))?;
    for (name, value) in *fields {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// Named values as an object of lists: an array in a log has several values
/// under one name, and a JSON object with a key twice loses one of them.
fn lists<S: Serializer>(fields: &&[(String, String)], s: S) -> Result<S::Ok, S::Error> {
    let mut map = s.serialize_map(None)?;
    for (i, (name, _)) in fields.iter().enumerate() {
        if fields.iter().take(i).any(|(earlier, _)| earlier == name) {
            continue;
        }
        let values: Vec<&str> = fields
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect();
        map.serialize_entry(name, &values)?;
    }
    map.end()
}

/// Writes one finding as one line.
pub(crate) fn write(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    json::write_line(&line(finding), out)
}

fn new(f: &FirstSeen) -> New<'_> {
    New {
        dimension: f.dimension.name(),
        key: &f.key,
        value: &f.value,
    }
}

fn line(f: &Finding) -> Line<'_> {
    Line {
        schema: "flowtrail.finding.v1",
        id: f.id.to_string(),
        time: phrase::time(f),
        first: f.first,
        last: f.last,
        level: f.rule.level.name(),
        title: f.title(),
        rule: rule(f),
        service: f.facts.service.name(),
        account: &f.facts.account,
        region: &f.facts.region,
        actor: actor(f),
        api: Api {
            source: &f.facts.event_source,
            name: &f.facts.event_name,
            error_code: &f.facts.error_code,
        },
        resources: &f.resources,
        source: Source {
            address: &f.facts.source,
            kind: &f.facts.source_kind,
            user_agent: &f.facts.user_agent,
        },
        flow: flow(f),
        count: f.count,
        group: &f.group,
        value: f.value,
        values: &f.values,
        values_omitted: f.values_omitted,
        fields: &f.fields,
        evidence: f.evidence.iter().map(record).collect(),
        evidence_omitted: f.evidence_omitted,
        context: f.context.as_deref(),
        suppressed: f.suppressed.as_ref().map(|s| Suppressed {
            id: &s.id,
            owner: &s.owner,
            reason: &s.reason,
            expires: s.expires.to_string(),
        }),
        baseline: f.baseline.as_deref(),
        places: f.places.as_deref(),
        first_seen: f.first_seen.iter().map(new).collect(),
        drill: f.is_drill().then_some(true),
    }
}

fn rule(f: &Finding) -> Rule<'_> {
    let r = &f.rule;
    Rule {
        id: &r.id,
        name: &r.name,
        level: r.level.name(),
        status: &r.status,
        title: &r.title,
        description: &r.description,
        tags: &r.tags,
        techniques: r.techniques(),
        tactics: r.tactics(),
        falsepositives: &r.falsepositives,
        references: &r.references,
        file: phrase::file_name(&r.file),
    }
}

fn actor(f: &Finding) -> Actor<'_> {
    let a = &f.facts.actor;
    Actor {
        principal: &a.principal,
        identity_type: &a.identity_type,
        class: &a.class,
        session: &a.session,
        access_key_id: &a.access_key_id,
        account: &a.account,
        mfa: &a.mfa,
    }
}

fn flow(f: &Finding) -> Option<Flow<'_>> {
    let flow = f.flow.as_ref()?;
    Some(Flow {
        src: &flow.src,
        src_port: flow.src_port,
        dst: &flow.dst,
        dst_port: flow.dst_port,
        protocol: flow.protocol,
        action: &flow.action,
        bytes: flow.bytes,
        packets: flow.packets,
        interface: &flow.interface,
    })
}

fn record(e: &Evidence) -> Record<'_> {
    Record {
        time: e.time,
        object: &e.object,
        offset: e.location.offset,
        length: e.location.len,
        event_id: &e.event_id,
        rule: e.rule.as_deref(),
    }
}

#[cfg(test)]
mod tests;
