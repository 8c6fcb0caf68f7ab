//! What a long history's labels say.

use crate::label::LabelFlow;
use flowtrail_event::EventTime;
use serde::Serialize;

/// What something planted left in the logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traces {
    /// The detectors that it is for, by their ids (`C4`, `F5`, `X1`): those that
    /// should tell of an attack, those that a lure might mislead.
    pub detectors: &'static [&'static str],
    /// The account that it happened in.
    pub account: String,
    /// The region of its main events.
    pub region: String,
    /// The ARN of who did it; an instance or an address where only flows show it.
    pub actor: String,
    /// The addresses that it came from.
    pub source_addresses: Vec<String>,
    /// The first event or flow.
    #[serde(serialize_with = "as_text")]
    pub first_time: EventTime,
    /// The last event, or the end of the last flow.
    #[serde(serialize_with = "as_text")]
    pub last_time: EventTime,
    /// `eventID` of every CloudTrail record, in the order of time.
    pub event_ids: Vec<String>,
    /// The flows, grouped.
    pub flows: Vec<LabelFlow>,
}

/// An attack on a long history, as a line of `labels.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnomalyLabel {
    /// [`Anomaly::name`](super::Anomaly::name).
    pub attack: &'static str,
    /// What happened.
    pub description: &'static str,
    /// ATT&CK techniques, version 17.
    pub techniques: &'static [&'static str],
    /// What ought to be seen.
    pub expected: &'static str,
    /// Where it is found.
    #[serde(flatten)]
    pub traces: Traces,
}

/// Something ordinary that looks like an attack, as a line of `negatives.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LureLabel {
    /// A stable name, `business-trip`.
    pub negative: &'static str,
    /// Why it might be taken for an attack, and is none.
    pub description: &'static str,
    /// Where it is found.
    #[serde(flatten)]
    pub traces: Traces,
}

fn as_text<S: serde::Serializer>(time: &EventTime, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}

impl Traces {
    pub(super) fn new(detectors: &'static [&'static str], account: &str, region: &str) -> Self {
        Self {
            detectors,
            account: account.to_owned(),
            region: region.to_owned(),
            actor: String::new(),
            source_addresses: Vec::new(),
            first_time: EventTime(i64::MAX),
            last_time: EventTime(i64::MIN),
            event_ids: Vec::new(),
            flows: Vec::new(),
        }
    }

    /// Widens the time so that it has these seconds in it.
    pub(super) fn covers(&mut self, first: i64, last: i64) {
        self.first_time = self.first_time.min(EventTime::from_secs(first));
        self.last_time = self.last_time.max(EventTime::from_secs(last));
    }

    /// Names an address, once.
    pub(super) fn came_from(&mut self, address: &str) {
        if !self.source_addresses.iter().any(|a| a == address) {
            self.source_addresses.push(address.to_owned());
        }
    }
}
