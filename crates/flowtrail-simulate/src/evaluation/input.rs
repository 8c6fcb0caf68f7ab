//! Labels and findings as they are read.

use flowtrail_event::EventTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::io::{self, BufRead};

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The input ended with an error.
    #[error("cannot read the {what}")]
    Read {
        /// `labels`, `negatives` or `findings`.
        what: &'static str,
        /// What was wrong.
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error(
        "line {line} of the {what} is no such line\nhint: labels are those of `flowtrail simulate`, findings those of `flowtrail replay --format jsonl`"
    )]
    Line {
        /// `labels`, `negatives` or `findings`.
        what: &'static str,
        /// From 1 on.
        line: usize,
        /// What was wrong.
        source: serde_json::Error,
    },
}

/// Something planted: an attack or a lure.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    attack: Option<String>,
    negative: Option<String>,
    #[serde(default)]
    pub(super) detectors: Vec<String>,
    #[serde(default)]
    pub(super) account: String,
    #[serde(default)]
    pub(super) actor: String,
    pub(super) first_time: String,
    pub(super) last_time: String,
    #[serde(default)]
    pub(super) event_ids: Vec<String>,
    #[serde(default)]
    pub(super) flows: Vec<WantedFlow>,
}

/// Flows of something planted.
#[derive(Debug, Deserialize)]
pub(super) struct WantedFlow {
    pub(super) interface: String,
    pub(super) srcaddr: String,
    pub(super) dstaddr: String,
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Wanted {
    pub(super) fn name(&self) -> &str {
        let name = self.attack.as_deref().or(self.negative.as_deref());
        name.unwrap_or("unnamed")
    }

    /// Whether it is for this detector.
    pub(super) fn names(&self, detector: &str) -> bool {
        self.detectors.iter().any(|d| d == detector)
    }

    /// The first and the last second; what has none is nowhere.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        let secs = |t: &str| EventTime::parse(t.as_bytes()).map(EventTime::secs);
        secs(&self.first_time).zip(secs(&self.last_time))
    }
}

/// A finding, as far as it matters.
#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    pub(super) id: String,
    time: Option<String>,
    first: Option<String>,
    last: Option<String>,
    pub(super) level: String,
    pub(super) rule: Rule,
    pub(super) account: Option<String>,
    #[serde(default)]
    pub(super) actor: Actor,
    source: Option<Source>,
    pub(super) flow: Option<Flow>,
    /// What its window counted up to.
    pub(super) value: Option<f64>,
    /// What was counted, if it was values.
    #[serde(default)]
    values: Vec<Value>,
    #[serde(default)]
    pub(super) group: Map<String, Value>,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
    #[serde(default)]
    pub(super) evidence_omitted: u64,
}

/// The rule of a finding.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    #[serde(default)]
    pub(super) name: String,
    pub(super) title: String,
    #[serde(default)]
    tags: Vec<String>,
}

/// Where it came from.
#[derive(Debug, Deserialize)]
struct Source {
    address: Option<String>,
}

/// Who did it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Actor {
    pub(super) principal: Option<String>,
    pub(super) session: Option<String>,
}

/// The flow in which all records agree.
#[derive(Debug, Deserialize)]
pub(super) struct Flow {
    pub(super) src: Option<String>,
    pub(super) dst: Option<String>,
    pub(super) interface: Option<String>,
}

/// A record behind a finding.
#[derive(Debug, Deserialize)]
pub(super) struct Evidence {
    pub(super) event_id: Option<String>,
}

impl Rule {
    /// The detectors that it belongs to: `C4` for `flowtrail.c4`.
    pub(super) fn detectors(&self) -> impl Iterator<Item = String> {
        let own = self
            .tags
            .iter()
            .filter_map(|t| t.strip_prefix("flowtrail."));
        own.map(str::to_uppercase)
    }
}

impl Finding {
    /// The first and the last second.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        let secs = |t: &Option<String>| {
            let text = t.as_deref()?;
            EventTime::parse(text.as_bytes()).map(EventTime::secs)
        };
        let last = secs(&self.last).or_else(|| secs(&self.time))?;
        Some((secs(&self.first).unwrap_or(last), last))
    }

    /// Every address and interface that it names.
    pub(super) fn ends(&self) -> Vec<&str> {
        let flow = self
            .flow
            .iter()
            .flat_map(|f| [&f.src, &f.dst, &f.interface]);
        let flow = flow.filter_map(|e| e.as_deref());
        let group = self.group.values().filter_map(Value::as_str);
        flow.chain(group).filter(|text| is_end(text)).collect()
    }

    /// Addresses and interfaces that its window counted.
    pub(super) fn counted(&self) -> impl Iterator<Item = &str> {
        let texts = self.values.iter().filter_map(Value::as_str);
        texts.filter(|text| is_end(text))
    }

    /// The addresses that it says did it: the one that all records have, else
    /// those that were counted.
    pub(super) fn accused(&self) -> Vec<&str> {
        let one = self.source.as_ref().and_then(|s| s.address.as_deref());
        one.map_or_else(|| self.counted().collect(), |address| vec![address])
    }

    /// What its group has in this field.
    pub(super) fn in_group(&self, field: &str) -> Option<&str> {
        self.group.get(field).and_then(Value::as_str)
    }
}

fn is_end(text: &str) -> bool {
    text.starts_with("eni-") || text.parse::<std::net::IpAddr>().is_ok()
}

fn each<T: DeserializeOwned>(
    input: impl BufRead,
    what: &'static str,
    take: &mut dyn FnMut(T),
) -> Result<(), EvaluationError> {
    for (n, line) in input.lines().enumerate() {
        let text = line.map_err(|source| EvaluationError::Read { what, source })?;
        if text.trim().is_empty() {
            continue;
        }
        let one = serde_json::from_str(&text);
        take(one.map_err(|source| EvaluationError::Line {
            what,
            line: n + 1,
            source,
        })?);
    }
    Ok(())
}

pub(super) fn labels(
    input: impl BufRead,
    what: &'static str,
) -> Result<Vec<Wanted>, EvaluationError> {
    let mut all = Vec::new();
    each(input, what, &mut |label| all.push(label))?;
    Ok(all)
}

pub(super) fn findings(
    input: impl BufRead,
    take: &mut dyn FnMut(Finding),
) -> Result<(), EvaluationError> {
    each(input, "findings", take)
}
