//! The derived fields: one table, one plan, and a file for each family of them.

mod access;
mod agent;
mod api;
mod arn;
mod base;
mod class;
mod derivation;
mod ends;
mod field;
mod fields;
mod globe;
mod identity;
mod needs;
mod network;
mod opening;
mod origin;
mod owner;
mod recall;
mod sightings;
mod text;
mod unknown;
mod weights;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod knowing;
#[cfg(test)]
mod knowing_calls;
#[cfg(test)]
mod testing;

pub(crate) use origin::is_internet;
pub(crate) use text::is_account_id;

pub use class::reads_by_name;
pub use derivation::{Connection, Derivation};
pub use field::{DerivedField, Knowledge, derived_field};
pub use fields::DERIVED;
pub use opening::Side;
pub use sightings::Sighter;
pub use unknown::UnknownField;
