//! How answers are written: one file for each format.
//!
//! Most of what is written was chosen by whoever is being watched. In every
//! format it passes through `flowtrail-output`, which keeps it from steering a
//! terminal and from becoming a formula; Parquet is for programs and keeps it as
//! it is.

mod cell;
mod csv;
mod json;
mod list;
mod parquet;
mod table;

use std::io::{self, Write};

use flowtrail_output::Style;
use flowtrail_table::arrow::array::RecordBatch;
use flowtrail_table::arrow::datatypes::SchemaRef;

use super::args::AnswerFormat;

pub(super) use table::marks;

/// Where an answer goes.
pub(crate) type Out<'o> = &'o mut (dyn Write + Send);

/// Writes one answer, batch by batch.
pub(crate) trait Writer {
    /// Writes the rows of a batch. It may keep them until it knows more.
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()>;

    /// Writes what was kept, so that a reader can begin to read.
    fn flush(&mut self, out: Out<'_>) -> io::Result<()>;

    /// Writes what stands behind the last row.
    fn end(&mut self, out: Out<'_>) -> io::Result<()>;
}

impl AnswerFormat {
    /// A writer for an answer with these columns.
    ///
    /// # Errors
    /// If the format can not hold a column's type.
    pub(crate) fn writer(self, schema: &SchemaRef, style: Style) -> io::Result<Box<dyn Writer>> {
        Ok(match self {
            Self::Table if cell::is_plan(schema) => Box::new(list::Plan::default()),
            Self::Table => Box::new(table::Table::new(schema, style)),
            Self::List => Box::new(list::List::new(schema, style)),
            Self::Csv => Box::new(csv::Csv::new(schema)),
            Self::Json => Box::new(json::Json::array()),
            Self::Jsonl => Box::new(json::Json::lines()),
            Self::Parquet => Box::new(parquet::File::new(schema)?),
        })
    }

    /// The format that the ending of a file's name tells.
    pub(crate) fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "parquet" => Some(Self::Parquet),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }

    /// Whether it is read by people.
    pub(crate) const fn is_for_people(self) -> bool {
        match self {
            Self::Table | Self::List => true,
            Self::Csv | Self::Json | Self::Jsonl | Self::Parquet => false,
        }
    }
}

#[cfg(test)]
mod tests;
