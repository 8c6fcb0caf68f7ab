//! Everything that speaks to AWS: objects, state table, metrics, notifications,
//! alarms.
//!
//! The only crate with an AWS SDK. What goes wrong comes back as a [`Fault`],
//! which says whether trying again can help.

pub mod alarms;
mod clients;
mod drill;
mod fault;
pub mod metrics;
mod object_ref;
mod objects;
pub mod publish;
mod state;
#[cfg(feature = "object-store")]
mod store;

pub use clients::Clients;
pub use drill::{AlarmState, Drill, Ear, FindingsAlarm, TrailEncryption};
pub use fault::{Fault, FaultKind};
pub use object_ref::ObjectRef;
pub use objects::{Body, NewObject, ObjectReader, Objects, Opened, Patience};
pub use state::{
    Claim, Claimant, Counting, Duty, Known, Loaded, Marker, ObjectId, Own, SIDE_BY_SIDE, Sight,
    State, TTL_ATTRIBUTE,
};
#[cfg(feature = "object-store")]
pub use store::{BucketError, BucketSettings, S3Store, key_of, open_bucket, path_of};
