//! How observations lie in the state table: gzipped JSON, a slice of one
//! object's contribution to one partition an item.
//!
//! An entry names its correlation by the rule's id, so that a function with
//! other rules beside it, or in another order, reads it all the same; what it
//! no longer knows is counted and left out.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flowtrail_baseline::Dimension;
use flowtrail_detect::{Actor, Evidence, Facts, FirstSeen, Observation, Plan};
use flowtrail_event::{EventTime, Location, Service};
use flowtrail_sigma::CorrelationIx;
use serde::{Deserialize, Serialize};

/// Inflated bytes of one item: what 400 KB of this JSON can hold many times
/// over; more is no item of ours.
const INFLATED_MAX: u64 = 64 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Wire {
    facts: Vec<FactsWire>,
    entries: Vec<EntryWire>,
}

/// One observation. Names are short because there are many.
#[derive(Debug, Serialize, Deserialize)]
struct EntryWire {
    /// Id of the correlation rule.
    c: String,
    /// Member.
    m: u32,
    /// Milliseconds since the epoch.
    t: i64,
    /// Identity of the record, in hex.
    k: String,
    /// Group values.
    g: Vec<String>,
    /// What is counted or summed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    v: Option<String>,
    /// Object, offset and length of the record.
    o: String,
    at: (u64, u64),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    /// Title of the member rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r: Option<String>,
    /// Index of its facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    f: Option<usize>,
}

/// [`Facts`] and [`Actor`], flat, without what is absent.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct FactsWire {
    service: String,
    #[serde(flatten)]
    rest: HashMap<String, String>,
}

/// The place of what is new, as JSON.
const FIRST_SEEN: &str = "first_seen";

/// The fields of [`FactsWire::rest`], each with its place.
macro_rules! fields {
    ($do:ident, $facts:expr, $map:expr) => {
        $do!($map, "account", $facts.account);
        $do!($map, "region", $facts.region);
        $do!($map, "event_source", $facts.event_source);
        $do!($map, "event_name", $facts.event_name);
        $do!($map, "error_code", $facts.error_code);
        $do!($map, "source", $facts.source);
        $do!($map, "destination", $facts.destination);
        $do!($map, "source_kind", $facts.source_kind);
        $do!($map, "user_agent", $facts.user_agent);
        $do!($map, "actor.principal", $facts.actor.principal);
        $do!($map, "actor.type", $facts.actor.identity_type);
        $do!($map, "actor.class", $facts.actor.class);
        $do!($map, "actor.session", $facts.actor.session);
        $do!($map, "actor.key", $facts.actor.access_key_id);
        $do!($map, "actor.account", $facts.actor.account);
        $do!($map, "actor.mfa", $facts.actor.mfa);
    };
}

macro_rules! store {
    ($map:expr, $name:literal, $field:expr) => {
        if let Some(value) = &$field {
            $map.insert($name.to_owned(), value.clone());
        }
    };
}

macro_rules! load {
    ($map:expr, $name:literal, $field:expr) => {
        $field = $map.remove($name);
    };
}

impl FactsWire {
    fn of(facts: &Facts) -> Self {
        let mut rest = HashMap::new();
        fields!(store, facts, rest);
        if !facts.first_seen.is_empty() {
            let all = facts.first_seen.iter();
            let all: Vec<_> = all
                .map(|n| (n.dimension.code(), &n.key, &n.value))
                .collect();
            // Numbers and texts are always JSON.
            let text = serde_json::to_string(&all).unwrap_or_default();
            rest.insert(FIRST_SEEN.to_owned(), text);
        }
        Self {
            service: facts.service.name().to_owned(),
            rest,
        }
    }

    fn facts(mut self) -> Facts {
        let mut facts = Facts {
            service: Service::from_name(&self.service).unwrap_or(Service::CloudTrail),
            account: None,
            region: None,
            actor: Actor::default(),
            event_source: None,
            event_name: None,
            error_code: None,
            source: None,
            destination: None,
            source_kind: None,
            user_agent: None,
            first_seen: Vec::new(),
        };
        fields!(load, facts, self.rest);
        let new = self.rest.remove(FIRST_SEEN).unwrap_or_default();
        let new: Vec<(u8, String, String)> = serde_json::from_str(&new).unwrap_or_default();
        let new = new.into_iter().filter_map(|(code, key, value)| {
            let dimension = Dimension::of_code(code)?;
            Some(FirstSeen {
                dimension,
                key,
                value,
            })
        });
        facts.first_seen = new.collect();
        facts
    }
}

/// Packs observations into the bytes of an item.
pub(super) fn pack(plan: &Plan, observations: &[Observation]) -> std::io::Result<Vec<u8>> {
    let mut known: HashMap<&Arc<Facts>, usize> = HashMap::new();
    let mut wire = Wire {
        facts: Vec::new(),
        entries: Vec::new(),
    };
    for seen in observations {
        let facts = seen.evidence.facts.as_ref().map(|facts| {
            *known.entry(facts).or_insert_with(|| {
                wire.facts.push(FactsWire::of(facts));
                wire.facts.len() - 1
            })
        });
        let correlations = plan.rules().correlations();
        let Some(c) = correlations.get(seen.correlation.0 as usize) else {
            continue;
        };
        let evidence = &seen.evidence;
        wire.entries.push(EntryWire {
            c: c.meta.id.clone(),
            m: seen.member,
            t: seen.time.0,
            k: format!("{:x}", seen.key),
            g: seen.group.iter().map(ToString::to_string).collect(),
            v: seen.value.as_ref().map(ToString::to_string),
            o: evidence.object.to_string(),
            at: (evidence.location.offset, evidence.location.len),
            e: evidence.event_id.clone(),
            r: evidence.rule.as_ref().map(ToString::to_string),
            f: facts,
        });
    }
    // A unit of writing is paid for each KB.
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut out, &wire)?;
    out.flush()?;
    out.finish()
}

/// The observations in the bytes of an item, and how many were of rules that
/// are not loaded.
///
/// # Errors
/// If the bytes are not ours.
pub(super) fn unpack(plan: &Plan, bytes: &[u8]) -> std::io::Result<(Vec<Observation>, u64)> {
    let mut json = Vec::new();
    GzDecoder::new(bytes)
        .take(INFLATED_MAX)
        .read_to_end(&mut json)?;
    let wire: Wire = serde_json::from_slice(&json)?;
    let facts: Vec<Arc<Facts>> = wire
        .facts
        .into_iter()
        .map(|f| Arc::new(f.facts()))
        .collect();
    let (mut out, mut unknown) = (Vec::new(), 0);
    for entry in wire.entries {
        match entry.observation(plan, &facts) {
            Some(seen) => out.push(seen),
            None => unknown += 1,
        }
    }
    Ok((out, unknown))
}

impl EntryWire {
    fn observation(self, plan: &Plan, facts: &[Arc<Facts>]) -> Option<Observation> {
        let correlations = plan.rules().correlations();
        let at = correlations.iter().position(|c| c.meta.id == self.c)?;
        Some(Observation {
            correlation: CorrelationIx(u32::try_from(at).ok()?),
            member: self.m,
            time: EventTime(self.t),
            key: u128::from_str_radix(&self.k, 16).ok()?,
            group: self.g.into_iter().map(String::into_boxed_str).collect(),
            value: self.v.map(String::into_boxed_str),
            evidence: Evidence {
                time: Some(EventTime(self.t)),
                object: self.o.into(),
                location: Location {
                    offset: self.at.0,
                    len: self.at.1,
                },
                event_id: self.e,
                rule: self.r.map(Into::into),
                facts: self.f.and_then(|f| facts.get(f).cloned()),
            },
        })
    }
}
