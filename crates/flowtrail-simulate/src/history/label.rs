//! What a long history's labels say.

use crate::label::Traces;
use serde::Serialize;

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
    /// The detectors that should tell of it, by their ids (`C4`, `F5`, `X1`).
    pub detectors: &'static [&'static str],
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
    /// The detectors that it might mislead, by their ids (`C4`, `F5`, `X1`).
    pub detectors: &'static [&'static str],
    /// Where it is found.
    #[serde(flatten)]
    pub traces: Traces,
}
