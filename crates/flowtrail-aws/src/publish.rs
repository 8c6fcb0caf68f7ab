//! Findings out: into a bucket, to a topic and an event bus; and what can never
//! be read, into a queue.
//!
//! Findings come rendered. This crate neither knows the formats nor builds
//! findings; it knows the sizes, the counts and the characters that AWS takes.

mod bus;
mod cut;
mod dead;
mod deliver;
mod findings;
mod keys;
mod message;
mod notify;
mod rendered;
#[cfg(test)]
mod sample;
mod splice;
mod topic;

pub use bus::Bus;
pub use dead::{DeadLetter, DeadLetters, Remains};
pub use findings::{Accounting, FindingsBucket, Source, Written};
pub use keys::PREFIX_BYTES_MAX as FINDINGS_PREFIX_MAX;
pub use notify::{Notice, Notifier, Told, Untold};
pub use rendered::Rendered;
#[cfg(test)]
pub(crate) use sample::mocked;
pub use topic::Topic;
