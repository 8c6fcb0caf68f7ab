//! Logs, findings and rules as tables of `DataFusion`. The only crate that
//! knows `DataFusion`.

mod named;
mod statement;

/// The form of answers.
pub use datafusion::arrow;
/// Writes answers to files.
pub use datafusion::parquet;
pub use named::{HeaderError, NamedError, NamedQuery, Parameter, ParameterDefault};
pub use statement::{ParameterKind, ParameterValue, ParameterValues, Statement, StatementError};
