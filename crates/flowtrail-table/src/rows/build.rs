//! The builders of the columns.

use std::sync::Arc;

use datafusion::arrow::array::builder::NullBufferBuilder;
use datafusion::arrow::array::{
    ArrayRef, Date32Builder, Float64Builder, Int32Builder, Int64Builder, StringViewBuilder,
    StructArray, TimestampMillisecondBuilder,
};
use datafusion::arrow::datatypes::Fields;
use datafusion::arrow::error::ArrowError;
use flowtrail_event::{SlotId, Value};

use super::cell::{Cell, Row, Scalar, Source, Typed};
use super::list::ListColumn;
use super::shape::Shape;

/// Bytes of a block of text. Blocks are handed on as they are, so that a larger
/// one would hold memory for nothing when a batch has few values.
const BLOCK_BYTES: u32 = 64 << 10;

/// Room and counts that the builders of a sink share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Where values are put together that do not stand in the record.
    pub(super) room: Vec<u8>,
    /// Bytes of text in the batch.
    pub(super) bytes: usize,
    /// Values that are null because they do not fit their column.
    pub(super) unfit: u64,
}

impl Shared {
    /// The value that a column gets.
    fn fit<T>(&mut self, value: Typed<T>) -> Option<T> {
        match value {
            Typed::Null => None,
            Typed::Is(value) => Some(value),
            Typed::Unfit => {
                self.unfit += 1;
                None
            }
        }
    }
}

/// A column that is being built.
#[derive(Debug)]
pub(super) enum Builder {
    Text(Cell, StringViewBuilder),
    Int(Cell, Int32Builder),
    BigInt(Cell, Int64Builder),
    Double(Cell, Float64Builder),
    Time(Cell, TimestampMillisecondBuilder),
    Day(Cell, Date32Builder),
    Struct(StructColumn),
    List(ListColumn),
}

impl Builder {
    /// A builder with room for `rows` rows.
    pub(super) fn new(shape: &Shape, rows: usize) -> Self {
        match shape {
            Shape::Cell(cell) => Self::of_cell(cell.clone(), rows),
            Shape::Struct {
                slot,
                fields,
                children,
            } => Self::Struct(StructColumn {
                slot: *slot,
                fields: fields.clone(),
                children: children.iter().map(|c| Self::new(c, rows)).collect(),
                valid: NullBufferBuilder::new(rows),
            }),
            Shape::List {
                slot,
                member,
                fields,
                keys,
            } => Self::List(ListColumn::new(
                *slot,
                Arc::clone(member),
                fields.clone(),
                keys,
            )),
        }
    }

    fn of_cell(cell: Cell, rows: usize) -> Self {
        match cell.holds {
            Scalar::Text | Scalar::Json => {
                let builder = text_builder(&cell, rows);
                Self::Text(cell, builder)
            }
            Scalar::Int => Self::Int(cell, Int32Builder::with_capacity(rows)),
            Scalar::BigInt => Self::BigInt(cell, Int64Builder::with_capacity(rows)),
            Scalar::Double => Self::Double(cell, Float64Builder::with_capacity(rows)),
            Scalar::Time => Self::Time(
                cell,
                TimestampMillisecondBuilder::with_capacity(rows).with_timezone("UTC"),
            ),
            Scalar::Day => Self::Day(cell, Date32Builder::with_capacity(rows)),
        }
    }

    /// Appends the value of one row.
    #[inline]
    pub(super) fn append(&mut self, row: Row<'_>, shared: &mut Shared) {
        match self {
            Self::Text(cell, builder) => match cell.text(row, &mut shared.room) {
                Some(text) => {
                    shared.bytes += text.len();
                    append_text(builder, text);
                }
                None => builder.append_null(),
            },
            Self::Int(cell, builder) => {
                let value = shared.fit(cell.integer(row));
                builder.append_option(value.and_then(|n| i32::try_from(n).ok()));
            }
            Self::BigInt(cell, builder) => builder.append_option(shared.fit(cell.integer(row))),
            Self::Double(cell, builder) => builder.append_option(shared.fit(cell.double(row))),
            Self::Time(cell, builder) => builder.append_option(shared.fit(cell.integer(row))),
            Self::Day(cell, builder) => {
                let value = shared.fit(cell.integer(row));
                builder.append_option(value.and_then(|n| i32::try_from(n).ok()));
            }
            Self::Struct(column) => column.append(row, shared),
            Self::List(column) => column.append(row, shared),
        }
    }

    /// What was appended, and begins anew.
    pub(super) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(cell, builder) => {
                let mut full = std::mem::replace(builder, text_builder(cell, rows));
                Arc::new(full.finish())
            }
            Self::Int(_, builder) => Arc::new(builder.finish()),
            Self::BigInt(_, builder) => Arc::new(builder.finish()),
            Self::Double(_, builder) => Arc::new(builder.finish()),
            Self::Time(_, builder) => Arc::new(builder.finish()),
            Self::Day(_, builder) => Arc::new(builder.finish()),
            Self::Struct(column) => column.finish(rows)?,
            Self::List(column) => column.finish()?,
        })
    }
}

fn text_builder(cell: &Cell, rows: usize) -> StringViewBuilder {
    let builder = StringViewBuilder::with_capacity(rows).with_fixed_block_size(BLOCK_BYTES);
    match cell.from {
        // The same for every row of an object, or of a batch.
        Source::ObjectName | Source::Region(_) => builder.with_deduplicate_strings(),
        Source::Slot(_)
        | Source::Account(..)
        | Source::Time
        | Source::Day
        | Source::ObjectOffset
        | Source::Record
        | Source::Rest(_) => builder,
    }
}

/// Readers hand on UTF-8; should one not, U+FFFD stands for what is not.
#[inline]
pub(super) fn append_text(builder: &mut StringViewBuilder, text: &[u8]) {
    match std::str::from_utf8(text) {
        Ok(text) => builder.append_value(text),
        Err(_) => builder.append_value(String::from_utf8_lossy(text)),
    }
}

/// A struct that is being built.
#[derive(Debug)]
pub(super) struct StructColumn {
    slot: SlotId,
    fields: Fields,
    children: Vec<Builder>,
    valid: NullBufferBuilder,
}

impl StructColumn {
    fn append(&mut self, row: Row<'_>, shared: &mut Shared) {
        match row.event.first(self.slot) {
            Some(Value::Object(_)) => self.valid.append_non_null(),
            None | Some(Value::Null) => self.valid.append_null(),
            Some(Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::EmptyArray) => {
                shared.unfit += 1;
                self.valid.append_null();
            }
        }
        for child in &mut self.children {
            child.append(row, shared);
        }
    }

    fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let children: Result<_, _> = self.children.iter_mut().map(|c| c.finish(rows)).collect();
        let valid = self.valid.finish();
        Ok(Arc::new(StructArray::try_new(
            self.fields.clone(),
            children?,
            valid,
        )?))
    }
}
