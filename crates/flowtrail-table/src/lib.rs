//! Logs, findings and rules as tables of `DataFusion`. The only crate that
//! knows `DataFusion`.

mod rows;
mod schema;

pub use rows::{ColumnPath, Exactness, ObjectFacts, Predicate, RowPlan, RowSink, UnknownColumn};
pub use schema::{Column, Holds, LogTable, Origin};
