//! Logs, findings and rules as tables of `DataFusion`. The only crate that
//! knows `DataFusion`.

mod account;
mod cells;
#[cfg(feature = "cluster")]
mod cluster;
mod compact;
mod detect;
mod engine;
mod findings;
pub mod functions;
mod gather;
mod layout;
mod named;
mod other_table;
mod rows;
mod rule_sql;
mod rules;
mod scan;
mod schema;
mod statement;
mod store;

pub use account::{Account, Problem, Progress, ProgressNow, Sums};
#[cfg(feature = "cluster")]
pub use cluster::{Cluster, ClusterError, ExecutorOptions, OpenBucket, executor, scheduler};
pub use compact::{
    CompactError, CompactOptions, CompactProgress, Compacted, Compactor, Destination, Manifest,
    Opened, Part, Partition, Planned, SourceObject, Sources, Stop, StoredLogs, Told, Totals,
    Verified, compacted_schema, verify,
};
/// The form of answers.
pub use datafusion::arrow;
/// Writes answers to files.
pub use datafusion::parquet;
pub use detect::{DetectError, Detected, detect};
pub use engine::{Engine, EngineOptions, Query, QueryError};
pub use findings::{FindingsProvider, Found, Kept, Pick, Rulebook, Ruling};
pub use gather::gather;
pub use layout::{AHEAD, Day, LATENESS, LogKind, Place, REDELIVERY_MAX, Wanted};
pub use named::{HeaderError, NamedError, NamedQuery, Parameter, ParameterDefault};
pub use other_table::{OtherColumn, OtherTable};
pub use rows::{ColumnPath, Exactness, ObjectFacts, Predicate, RowPlan, RowSink, UnknownColumn};
pub use rule_sql::{NoStatement, RuleSql};
pub use rules::{RuleRow, RulesProvider, services_of};
pub use scan::{LogScanExec, LogTableProvider, Logs, ObjectsProvider, Run};
pub use schema::{Column, Holds, LogTable, Origin};
pub use statement::{ParameterKind, ParameterValue, ParameterValues, Statement, StatementError};
pub use store::{
    Bucket, Fetched, Fetcher, IGNORE_FILE, ListError, ListSettings, Listing, LogObject, NotListed,
    NotListedKind, ReadAhead, STDIN, Source, list, share,
};
