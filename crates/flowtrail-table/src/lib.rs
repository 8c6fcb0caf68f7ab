//! Logs, findings and rules as tables of `DataFusion`. The only crate that
//! knows `DataFusion`.

pub mod named;
pub mod statement;
