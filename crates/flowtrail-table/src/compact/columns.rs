//! Rows on their way to the columns of a file: those of the table, made of the
//! record's text by the reader that reads every log, and those that say where
//! the row came from.
//!
//! Account, region and day stand in the path of the file, as engines that know
//! Hive's partitions want it; a flow's `region` is a field of AWS's too.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Int64Builder, LargeStringBuilder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_event::compacted::{LOG_LENGTH, LOG_OBJECT, LOG_OFFSET, RECORD, RECORD_FIELDS};
use flowtrail_event::{Event, Flow, Kind, Limits, Location, Note, Service, Sink, Skip};

use super::flow_fields::FlowFields;
use super::key::Key;
use super::narrow::{Row, Rows};
use crate::{Column, ColumnPath, LogTable, Origin, RowPlan, RowSink};

/// The columns of the table that a file has from the record.
fn made_of_record(table: LogTable) -> Vec<&'static Column> {
    let wanted = |column: &&Column| match column.origin {
        Origin::Field(_) | Origin::Rest => true,
        Origin::Region => table.kind() == Kind::Flow,
        Origin::Account
        | Origin::Time
        | Origin::Day
        | Origin::ObjectName
        | Origin::ObjectOffset
        | Origin::Record => false,
    };
    table.columns().iter().filter(wanted).collect()
}

/// The columns of the files of a table; account, region and day stand in their
/// paths.
#[must_use]
pub fn schema(table: LogTable) -> SchemaRef {
    let mut fields: Vec<Field> = made_of_record(table).iter().map(|c| c.field()).collect();
    let time = table.columns().iter().find(|c| c.origin == Origin::Time);
    fields.extend(time.map(Column::field));
    fields.push(Field::new(LOG_OBJECT, DataType::Utf8, false));
    fields.push(Field::new(LOG_OFFSET, DataType::Int64, false));
    fields.push(Field::new(LOG_LENGTH, DataType::Int64, false));
    if table.kind() == Kind::Flow {
        fields.push(Field::new(RECORD_FIELDS, DataType::Utf8, true));
    }
    fields.push(Field::new(
        RECORD,
        DataType::LargeUtf8,
        table.kind() == Kind::Flow,
    ));
    Arc::new(Schema::new(fields))
}

type Made = Rc<RefCell<Vec<RecordBatch>>>;

/// Makes the columns of one table.
pub(super) struct Columns<F> {
    table: LogTable,
    schema: SchemaRef,
    made_schema: SchemaRef,
    reader: Reader,
    sink: RowSink<F>,
    made: Made,
    flow: FlowFields,
}

/// Columns of `table`.
pub(super) fn columns(
    table: LogTable,
    limits: &Limits,
) -> Result<Columns<impl FnMut(RecordBatch) -> Flow + use<>>, ArrowError> {
    let paths = made_of_record(table);
    let paths: Vec<_> = paths
        .iter()
        .map(|c| ColumnPath::from(c.name.as_ref()))
        .collect();
    let plan = RowPlan::new(table, &paths, None)
        .map_err(|error| ArrowError::SchemaError(error.to_string()))?;
    let made = Made::default();
    let out = Rc::clone(&made);
    let emit = move |batch| {
        out.borrow_mut().push(batch);
        Flow::Continue
    };
    Ok(Columns {
        table,
        schema: schema(table),
        made_schema: plan.schema(),
        reader: Reader::new(plan.projections().of(table.kind()), limits),
        sink: RowSink::new(&plan, usize::MAX, emit),
        made,
        flow: FlowFields::of(table),
    })
}

impl<F: FnMut(RecordBatch) -> Flow> Columns<F> {
    /// The rows of a batch of rows on their way.
    pub(super) fn of(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let rows = Rows::of(batch)?;
        let mut origin = OriginColumns::default();
        for row in rows.iter() {
            let key = Key::read(row.key)
                .ok_or_else(|| ArrowError::InvalidArgumentError("not a key".to_owned()))?;
            self.read(&row, &key);
            origin.push(&row, &key, &mut self.flow, self.table.kind())?;
        }
        self.sink.finish()?;
        let made = concat_batches(
            &self.made_schema,
            self.made.borrow_mut().drain(..).as_slice(),
        )?;
        if made.num_rows() != batch.num_rows() {
            return Err(ArrowError::InvalidArgumentError(format!(
                "of {} records only {} could be read again",
                batch.num_rows(),
                made.num_rows()
            )));
        }
        let mut columns = made.columns().to_vec();
        columns.extend(origin.finish(self.table.kind()));
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }

    fn read(&mut self, row: &Row<'_>, key: &Key<'_>) {
        let location = Location {
            offset: key.offset,
            len: row.length,
        };
        let mut sink = NoLines(&mut self.sink);
        match self.table {
            LogTable::CloudTrail | LogTable::CloudTrailInsights => {
                self.reader.read_record(row.record, location, &mut sink);
            }
            LogTable::VpcFlow => {
                self.reader
                    .read_object(row.record, Service::VpcFlow, &mut sink);
            }
            LogTable::TgwFlow => {
                self.reader
                    .read_object(row.record, Service::TgwFlow, &mut sink);
            }
        }
    }
}

/// A sink for records that are no envelopes and thus carry no lines.
struct NoLines<'s, S>(&'s mut S);

impl<S: Sink> Sink for NoLines<'_, S> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.0.event(event)
    }

    fn skip(&mut self, skip: Skip) {
        self.0.skip(skip);
    }

    fn note(&mut self, note: Note) {
        self.0.note(note);
    }
}

impl<S: Sink> RecordSink for NoLines<'_, S> {
    fn log_line(&mut self, _: &[u8], _: Location) -> Flow {
        Flow::Continue
    }
}

/// The columns that say where a row came from.
#[derive(Default)]
struct OriginColumns {
    time: TimestampMillisecondBuilder,
    object: StringBuilder,
    offset: Int64Builder,
    length: Int64Builder,
    fields: StringBuilder,
    record: LargeStringBuilder,
}

impl OriginColumns {
    fn push(
        &mut self,
        row: &Row<'_>,
        key: &Key<'_>,
        flow: &mut FlowFields,
        kind: Kind,
    ) -> Result<(), ArrowError> {
        let record = std::str::from_utf8(row.record)
            .map_err(|error| ArrowError::InvalidArgumentError(error.to_string()))?;
        self.time.append_option(key.time().map(|t| t.0));
        self.object.append_value(key.object_name());
        self.offset
            .append_value(i64::try_from(key.offset).unwrap_or(i64::MAX));
        self.length
            .append_value(i64::try_from(row.length).unwrap_or(i64::MAX));
        let fields = match kind {
            Kind::CloudTrail => None,
            Kind::Flow => flow.of_record(record),
        };
        self.fields.append_option(fields);
        self.record
            .append_option(fields.is_none().then_some(record));
        Ok(())
    }

    fn finish(mut self, kind: Kind) -> Vec<ArrayRef> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.time.finish().with_timezone("UTC")),
            Arc::new(self.object.finish()),
            Arc::new(self.offset.finish()),
            Arc::new(self.length.finish()),
        ];
        if kind == Kind::Flow {
            columns.push(Arc::new(self.fields.finish()));
        }
        columns.push(Arc::new(self.record.finish()));
        columns
    }
}
