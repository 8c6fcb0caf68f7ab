//! Everything that speaks to AWS: objects, state table, metrics, notifications.
//!
//! The only crate with an AWS SDK. What goes wrong comes back as a [`Fault`],
//! which says whether trying again can help.

mod clients;
mod drill;
mod fault;
pub mod metrics;
mod object_ref;
mod objects;
pub mod publish;
mod state;

pub use clients::Clients;
pub use drill::{AlarmState, Drill, Ear, FindingsAlarm, TrailEncryption};
pub use fault::{Fault, FaultKind};
pub use object_ref::ObjectRef;
pub use objects::{Body, NewObject, ObjectReader, Objects, Opened, Patience};
pub use state::{
    Claim, Claimant, Counting, Duty, Known, Loaded, Marker, ObjectId, Own, SIDE_BY_SIDE, State,
    TTL_ATTRIBUTE,
};
