//! Reads flow logs of any version and any custom field order, text and Parquet,
//! into events.
//!
//! [`FIELDS`] is the one table of what AWS writes; a [`Format`] says which
//! column of a file holds which field; [`TextReader`] and [`read_parquet`] push
//! the projected fields into a [`Sink`](flowtrail_event::Sink).

mod bound;
mod columns;
mod fields;
mod format;
mod formats;
mod json;
mod line;
mod parquet;
mod shape;
mod taxonomy;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use fields::{DEFAULT_TGW_FORMAT, DEFAULT_VPC_FORMAT, FIELDS, FieldInfo, Form, field};
pub use format::{COLUMNS_MAX, Column, Format, FormatError};
pub use parquet::{ParquetFault, looks_like_parquet, read_parquet};
pub use shape::looks_like_flow_text;
pub use taxonomy::flow_field;
pub use text::TextReader;
