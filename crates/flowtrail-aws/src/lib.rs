//! Everything that speaks to AWS: objects, state table, metrics, notifications.
//!
//! The only crate with an AWS SDK. What goes wrong comes back as a [`Fault`],
//! which says whether trying again can help.

mod fault;
pub mod metrics;
mod object_ref;
mod state;

pub use fault::{Fault, FaultKind};
pub use object_ref::ObjectRef;
pub use state::{Loaded, Marker, ObjectId, State, TTL_ATTRIBUTE};
