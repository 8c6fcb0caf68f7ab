//! The form in which records travel through sorting and merging: a key, the
//! record's text and what the two do not say.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BinaryBuilder, LargeBinaryArray, LargeBinaryBuilder, RecordBatch,
    UInt8Array, UInt8Builder, UInt64Array, UInt64Builder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

/// The column that rows are sorted by.
pub(super) const KEY: &str = "key";

/// The columns of a row on its way.
pub(super) fn schema() -> SchemaRef {
    Arc::clone(schema_ref())
}

/// See [`schema`].
pub(super) fn schema_ref() -> &'static SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let field = |name: &str, kind| Field::new(name, kind, false);
        Arc::new(Schema::new(vec![
            field(KEY, DataType::Binary),
            field("length", DataType::UInt64),
            field("copies", DataType::UInt8),
            field("record", DataType::LargeBinary),
        ]))
    });
    &SCHEMA
}

/// What is a copy of a record, and not another record that says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copies {
    /// Only the same bytes of the same object: the record does not tell itself
    /// from others.
    SamePlace = 0,
    /// Equal records in different objects; equal ones in one object are several.
    OtherObjects = 1,
    /// Equal records wherever they are.
    Anywhere = 2,
}

/// The bit that tells settled rows.
const SETTLED: u8 = 0x80;

impl Copies {
    const fn of(number: u8) -> Self {
        match number & !SETTLED {
            2 => Self::Anywhere,
            1 => Self::OtherObjects,
            _ => Self::SamePlace,
        }
    }
}

/// One row on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) key: &'a [u8],
    pub(super) length: u64,
    pub(super) copies: Copies,
    /// It lies in the compacted files already: it was told from its copies once.
    pub(super) settled: bool,
    pub(super) record: &'a [u8],
}

/// Gathers rows into batches.
#[derive(Debug, Default)]
pub(super) struct Builder {
    key: BinaryBuilder,
    length: UInt64Builder,
    copies: UInt8Builder,
    record: LargeBinaryBuilder,
    rows: usize,
    bytes: usize,
}

impl Builder {
    pub(super) fn push(&mut self, row: Row<'_>) {
        self.key.append_value(row.key);
        self.length.append_value(row.length);
        let settled = if row.settled { SETTLED } else { 0 };
        self.copies.append_value(row.copies as u8 | settled);
        self.record.append_value(row.record);
        self.rows += 1;
        self.bytes += row.key.len() + row.record.len();
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the keys and records that it holds.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows so far; it is empty then.
    pub(super) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        (self.rows, self.bytes) = (0, 0);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.key.finish()),
            Arc::new(self.length.finish()),
            Arc::new(self.copies.finish()),
            Arc::new(self.record.finish()),
        ];
        RecordBatch::try_new(schema(), columns)
    }
}

/// The rows of a batch.
pub(super) struct Rows<'b> {
    key: &'b BinaryArray,
    length: &'b UInt64Array,
    copies: &'b UInt8Array,
    record: &'b LargeBinaryArray,
}

impl<'b> Rows<'b> {
    /// The rows of `batch`; an error if it is not of [`schema`].
    pub(super) fn of(batch: &'b RecordBatch) -> Result<Self, ArrowError> {
        let column = |n: usize| batch.columns().get(n).map(|c| c.as_any());
        let rows = || {
            Some(Self {
                key: column(0)?.downcast_ref()?,
                length: column(1)?.downcast_ref()?,
                copies: column(2)?.downcast_ref()?,
                record: column(3)?.downcast_ref()?,
            })
        };
        rows().ok_or_else(|| ArrowError::SchemaError("not a batch of records".to_owned()))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        self.key.iter().map(Option::unwrap_or_default)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Row<'b>> + use<'b> {
        let lengths = self.length.values().iter().copied();
        let copies = self.copies.values().iter().copied();
        let records = self.record.iter().map(Option::unwrap_or_default);
        let rows = self.keys().zip(lengths).zip(copies).zip(records);
        rows.map(|(((key, length), copies), record)| Row {
            key,
            length,
            copies: Copies::of(copies),
            settled: copies & SETTLED != 0,
            record,
        })
    }
}
