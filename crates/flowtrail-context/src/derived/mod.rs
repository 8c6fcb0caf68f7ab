//! The derived fields: one table, one plan, and a file for each family of them.

mod access;
mod agent;
mod api;
mod arn;
mod base;
mod derivation;
mod field;
mod identity;
mod origin;
mod text;
mod unknown;

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod testing;

pub use derivation::Derivation;
pub use field::{DERIVED, DerivedField, Knowledge, derived_field};
pub use unknown::UnknownField;
