//! Long histories: what is planted in them that only somebody who remembers or
//! counts can tell from ordinary life, and what merely looks like it.
//!
//! Scripts know nothing of detectors: rates, jitter, hours, places and names are
//! drawn from wide ranges by the seed, and some are meant to be too slow or too
//! small to be found.

mod access;
mod anomaly;
mod beacons;
mod breaches;
mod deed;
mod egress;
mod explore;
mod label;
mod lures;
mod misuse;
mod scans;
mod schedule;
mod silence;

pub use anomaly::Anomaly;
pub use label::{AnomalyLabel, LureLabel};
pub(crate) use schedule::{Mute, plant};

#[cfg(test)]
mod tests;
