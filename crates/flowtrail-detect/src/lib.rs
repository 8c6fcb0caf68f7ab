//! Watches matches over time: windows, correlations, grouping; emits findings.
//!
//! A [`Plan`] is made once for a rule set; each worker runs a [`Detector`] over
//! it. Workers are merged; what comes out does not depend on who saw what, in
//! which order, or how often.

mod about;
mod asking;
mod detector;
mod drill;
mod entering;
mod facts;
mod finding;
mod guidance;
mod plan;
mod report;
mod seen;
mod stream;
mod suppress;
mod windows;

pub use asking::{Asking, OWN_ALARMS_MAX, asking};
pub use detector::Detector;
pub use drill::{DRILL_ACCOUNT, DRILL_FOLDER};
pub use finding::{Actor, Evidence, Facts, Finding, FindingId, FirstSeen, FlowFacts, Suppressed};
pub use guidance::{Alarm, GUIDANCE, Guidance, Only, Response};
pub use plan::{Plan, PlanError};
pub use seen::{DetectLoss, Finished, Harvest, Seen};
pub use stream::{Family, Partition, decide};
pub use windows::{Episode, Observation, Rise, Threshold, WindowLoss, Windows, value_together};
