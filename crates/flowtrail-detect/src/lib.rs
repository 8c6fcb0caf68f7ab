//! Watches matches over time: windows, correlations, grouping; emits findings.

mod finding;
mod windows;

pub use finding::{Actor, Evidence, Finding, FindingId, FlowFacts};
pub use windows::{Episode, Observation, WindowLoss, Windows, value_together};
