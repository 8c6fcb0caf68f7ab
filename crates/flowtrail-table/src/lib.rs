//! Logs, findings and rules as tables of `DataFusion`. The only crate that
//! knows `DataFusion`.

mod compact;
mod rows;
mod schema;

pub use compact::{
    CompactError, CompactOptions, Compacted, Compactor, Destination, LocalFiles, Manifest, Opened,
    Part, Partition, Planned, Progress, SourceObject, Sources, Stop, Totals, Verified, verify,
};
pub use rows::{ColumnPath, Exactness, ObjectFacts, Predicate, RowPlan, RowSink, UnknownColumn};
pub use schema::{Column, Holds, LogTable, Origin};
