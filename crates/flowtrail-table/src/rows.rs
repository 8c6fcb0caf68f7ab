//! Records to rows: the sink that writes the wanted columns into Arrow arrays.
//!
//! A [`RowPlan`] is made once for a query. It says what the readers have to
//! read ([`RowPlan::projections`]) and what comes out ([`RowPlan::schema`]).
//! Each worker has its own [`RowSink`], which takes the objects one after the
//! other. A record is tested against the [`Predicate`] while it is nothing but
//! spans of the reader's buffer; what passes is written into builders.

mod build;
mod cell;
mod list;
mod path;
mod plan;
mod predicate;
mod rest;
mod shape;
mod sink;

pub use path::{ColumnPath, UnknownColumn};
pub(crate) use plan::Narrowing;
pub use plan::RowPlan;
pub use predicate::{Exactness, Predicate};
pub use sink::{ObjectFacts, RowSink};

#[cfg(test)]
mod tests;
