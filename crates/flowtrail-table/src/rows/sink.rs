//! The sink that makes rows of records.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use flowtrail_event::{Event, Flow, Note, Sink, Skip};

use super::build::{Builder, Shared};
use super::cell::Row;
use super::plan::{Narrowing, RowPlan};
use super::predicate::{Rooms, Test};
use crate::schema::LogTable;

/// Bytes of text after which a batch is handed on, however few its rows: a
/// record may be megabytes.
const BATCH_BYTES_MAX: usize = 16 << 20;

/// Rows that builders have room for at first; later as many as a batch had.
const FIRST_ROWS: usize = 1024;

/// Rows of a batch that is to be seen soon.
const SMALL_BATCH_ROWS: usize = 16;

/// What is known of an object besides its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectFacts<'a> {
    /// Its name: what `log_object` says.
    pub name: &'a str,
    /// The account that its key names, for records that name none.
    pub account: Option<&'a str>,
    /// The region that its key names, for records that name none.
    pub region: Option<&'a str>,
}

/// The facts of the object that is being read, in room that is reused.
#[derive(Debug, Default)]
pub(super) struct Object {
    name: String,
    account: String,
    region: String,
}

impl Object {
    pub(super) fn name(&self) -> &[u8] {
        self.name.as_bytes()
    }

    pub(super) fn account(&self) -> Option<&[u8]> {
        Some(self.account.as_bytes()).filter(|a| !a.is_empty())
    }

    pub(super) fn region(&self) -> Option<&[u8]> {
        Some(self.region.as_bytes()).filter(|r| !r.is_empty())
    }
}

/// Makes batches of rows of the records of any number of objects. Records of
/// other tables are passed over.
///
/// ```
/// use flowtrail_event::{Flow, Limits};
/// use flowtrail_scan::{ObjectReader, ScanOptions};
/// use flowtrail_table::{ColumnPath, LogTable, ObjectFacts, RowPlan, RowSink};
///
/// let columns = [ColumnPath::from("eventname"), ColumnPath::new(["useridentity", "arn"])];
/// let plan = RowPlan::new(LogTable::CloudTrail, &columns, None).unwrap();
/// let mut reader = ObjectReader::new(plan.projections(), &Limits::default(), ScanOptions::default());
/// let mut batches = Vec::new();
/// let mut sink = RowSink::new(&plan, 8192, |batch| {
///     batches.push(batch);
///     Flow::Continue
/// });
/// sink.begin_object(&ObjectFacts { name: "a.json", ..ObjectFacts::default() });
/// let log = r#"{"Records":[{"eventVersion":"1.11","eventName":"ListUsers","userIdentity":{"arn":"x"}}]}"#;
/// reader.read(log.as_bytes(), &mut sink);
/// sink.finish().unwrap();
/// assert_eq!((batches[0].num_rows(), batches[0].num_columns()), (1, 2));
/// ```
pub struct RowSink<F> {
    table: LogTable,
    schema: SchemaRef,
    test: Option<Arc<Test>>,
    narrowing: Option<Narrowing>,
    builders: Vec<Builder>,
    object: Object,
    shared: Shared,
    rooms: Rooms,
    /// Of the next batch, and of any.
    batch_rows: usize,
    batch_rows_max: usize,
    /// Rows in the builders.
    held: usize,
    rows: u64,
    fault: Option<ArrowError>,
    stopped: bool,
    emit: F,
}

impl<F> std::fmt::Debug for RowSink<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowSink")
            .field("table", &self.table)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<F: FnMut(RecordBatch) -> Flow> RowSink<F> {
    /// A sink for `plan` that hands batches of at most `batch_rows` rows to
    /// `emit`; batches are smaller where their values are large. When `emit`
    /// answers [`Flow::Stop`] no more is read.
    #[must_use]
    pub fn new(plan: &RowPlan, batch_rows: usize, emit: F) -> Self {
        let batch_rows = batch_rows.max(1);
        let room = batch_rows.min(FIRST_ROWS);
        let shapes = plan.shapes().iter();
        Self {
            table: plan.table(),
            schema: plan.schema(),
            test: plan.test(),
            narrowing: None,
            builders: shapes.map(|s| Builder::new(s, room)).collect(),
            object: Object::default(),
            shared: Shared::default(),
            rooms: Rooms::default(),
            batch_rows,
            batch_rows_max: batch_rows,
            held: 0,
            rows: 0,
            fault: None,
            stopped: false,
            emit,
        }
    }

    /// The first batch is small, and each has twice as many rows as the one
    /// before: whoever takes them may say soon what is not wanted.
    pub(crate) fn begin_small(&mut self) {
        self.batch_rows = self.batch_rows.min(SMALL_BATCH_ROWS);
    }

    /// The records that follow lie in this object. Rows of several objects
    /// share a batch.
    pub fn begin_object(&mut self, object: &ObjectFacts<'_>) {
        let set = |to: &mut String, text: &str| {
            to.clear();
            to.push_str(text);
        };
        set(&mut self.object.name, object.name);
        set(&mut self.object.account, object.account.unwrap_or_default());
        set(&mut self.object.region, object.region.unwrap_or_default());
    }

    /// Records have to pass this as well from now on, in place of what was said
    /// before.
    pub(crate) fn narrow(&mut self, narrowing: Narrowing) {
        self.narrowing = Some(narrowing);
    }

    /// Hands on the rows that are left, and says whether more are wanted.
    ///
    /// # Errors
    /// If a batch could not be made, now or before; its rows are lost.
    pub fn finish(&mut self) -> Result<Flow, ArrowError> {
        let flow = self.hand_on();
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(flow),
        }
    }

    /// Rows that have passed so far, those not yet handed on included.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Values that are null in their column because they do not fit its type;
    /// the column `record` has them.
    #[must_use]
    pub const fn unfit(&self) -> u64 {
        self.shared.unfit
    }

    fn hand_on(&mut self) -> Flow {
        if self.held > 0 && !self.stopped {
            match self.batch() {
                Ok(batch) => {
                    self.batch_rows = self.batch_rows.saturating_mul(2).min(self.batch_rows_max);
                    self.stopped = (self.emit)(batch) == Flow::Stop;
                }
                Err(fault) => {
                    self.stopped = true;
                    self.fault = Some(fault);
                }
            }
        }
        if self.stopped {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = std::mem::take(&mut self.held);
        self.shared.bytes = 0;
        let columns: Result<Vec<ArrayRef>, _> =
            self.builders.iter_mut().map(|b| b.finish(rows)).collect();
        // Without columns the number of rows is all there is.
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns?, &options)
    }
}

impl<F: FnMut(RecordBatch) -> Flow> Sink for RowSink<F> {
    #[inline]
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        if self.stopped {
            return Flow::Stop;
        }
        if LogTable::of(event.service) != self.table {
            return Flow::Continue;
        }
        let row = Row {
            event,
            object: &self.object,
        };
        if let Some(test) = &self.test
            && !test.passes(row, &mut self.rooms)
        {
            return Flow::Continue;
        }
        if let Some(Narrowing(test)) = &self.narrowing
            && !test.passes(row, &mut self.rooms)
        {
            return Flow::Continue;
        }
        for builder in &mut self.builders {
            builder.append(row, &mut self.shared);
        }
        self.rows += 1;
        self.held += 1;
        if self.held >= self.batch_rows || self.shared.bytes >= BATCH_BYTES_MAX {
            return self.hand_on();
        }
        Flow::Continue
    }

    /// The reader's report has it.
    fn skip(&mut self, _: Skip) {}

    /// The reader's report has it.
    fn note(&mut self, _: Note) {}
}
