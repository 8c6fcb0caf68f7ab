//! The table `findings`: the rules over the logs, as rows.
//!
//! Each partition of the plan is a worker of the hot path: a scanner over
//! objects that it takes from a common list. Windows span objects, so findings
//! are known when the last worker is done; that worker hands them on.

mod columns;
mod exec;
mod gathering;
mod pick;
mod provider;
mod rulebook;
#[cfg(test)]
mod tests;

pub(crate) use columns::schema;
pub use gathering::{Found, Kept};
pub use pick::Pick;
pub use provider::FindingsProvider;
pub use rulebook::{Rulebook, Ruling};
