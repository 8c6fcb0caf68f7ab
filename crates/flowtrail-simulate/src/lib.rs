//! Generates realistic logs with labelled attacks, by seed; for samples, benches, tests and drills.
//!
//! A [`Plan`] says how much; [`simulate`] writes CloudTrail and VPC flow logs
//! of a fictitious organisation into a [`Store`], in S3's layout and
//! compressed, and beside them `labels.jsonl` (what was planted),
//! `negatives.jsonl` (what looks planted and is not) and `context.yaml` (what the
//! operator of the organisation knows of it). No clock, no environment and no
//! global state are read: equal plans make equal bytes. Memory holds one
//! five-minute batch of each trail and what is mixed in by script, whatever the
//! size of the whole.
//!
//! Ordinary days are meant to be as hard on rules as real ones: beside the calls
//! that machines make all day there are errands, whole stories of several calls
//! (a deployment, a new phone, an environment that is given up). A month of
//! three accounts has each of them at least once.
//!
//! [`Plan::history`] makes months of an organisation whose life goes on: people
//! and machines do today what they did yesterday, from the same places and with
//! the same programs, and what changes does so for a reason. What is planted in
//! such a history ([`Anomaly`]) no single record gives away. Its labels name the
//! detectors that should tell, `negatives.jsonl` has what might mislead them,
//! `places.mmdb` says where the addresses are, and [`evaluation`] lays findings
//! beside all that.
//!
//! ```
//! use flowtrail_simulate::{Attack, Plan, simulate};
//! use std::collections::BTreeMap;
//!
//! let plan = Plan { hours: 6, attacks: vec![Attack::StopLogging], ..Plan::default() };
//! let mut store = BTreeMap::new();
//! let summary = simulate(&plan, &mut store, &mut |_| {})?;
//! assert_eq!(summary.labels[0].attack, Attack::StopLogging);
//! assert!(store.contains_key("labels.jsonl"));
//! # Ok::<(), flowtrail_simulate::SimulateError>(())
//! ```

mod attack;
mod attacks;
mod clock;
mod cloudtrail;
mod context;
mod drill;
mod error;
pub mod evaluation;
mod flow;
mod history;
mod label;
mod negatives;
mod outbox;
mod places;
mod plan;
mod random;
mod run;
mod store;
mod text;
mod world;

#[cfg(test)]
mod watcher;

pub use attack::{Attack, Trace};
pub use context::CONTEXT_KEY;
pub use drill::{DrillObject, DrillPlan};
pub use error::SimulateError;
pub use history::{Anomaly, AnomalyLabel, LureLabel};
pub use label::{
    LABELS_KEY, Label, LabelFlow, NEGATIVES_KEY, NegativeFlow, NegativeLabel, Traces, Violation,
};
pub use outbox::Progress;
pub use places::PLACES_KEY;
pub use plan::{FlowFormat, History, Plan};
pub use run::{Summary, simulate};
pub use store::{FolderStore, Store};

/// The keys of what is stored beside the logs and is none, that of the places of
/// a long history ([`PLACES_KEY`]) aside.
pub const BESIDE: [&str; 3] = [LABELS_KEY, NEGATIVES_KEY, CONTEXT_KEY];

pub use world::{Environment, Organisation, OrganisationAccount, OrganisationNetwork};
