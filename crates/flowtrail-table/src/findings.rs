//! The table `findings`: the rules over the logs, as rows.
//!
//! Each partition of the plan is a worker of the hot path: a scanner over
//! objects that it takes from a common list. Windows span objects, so findings
//! are known when the last worker is done; that worker hands them on.

mod columns;
mod exec;
mod gathering;
mod provider;
#[cfg(test)]
mod tests;

pub use gathering::{Found, Kept};
pub use provider::FindingsProvider;
