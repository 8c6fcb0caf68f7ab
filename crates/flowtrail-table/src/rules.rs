//! The table `rules`: what is looked for, one row for each rule and correlation
//! that raises findings, whether it is active or waits for knowledge.

mod columns;
mod provider;
mod row;

pub(crate) use columns::schema;
pub use provider::RulesProvider;
pub use row::{RuleRow, services_of};
