//! The sink that makes rows of records.

use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use flowtrail_event::{Event, Flow, Note, Sink, Skip};

use super::plan::RowPlan;

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

/// Makes batches of rows of the records of any number of objects.
#[derive(Debug)]
pub struct RowSink<F> {
    emit: F,
    rows: u64,
    unfit: u64,
}

impl<F: FnMut(RecordBatch) -> Flow> RowSink<F> {
    /// A sink for `plan` that hands batches of at most `batch_rows` rows to
    /// `emit`; batches are smaller where their values are large. When `emit`
    /// answers [`Flow::Stop`] no more is read.
    #[must_use]
    pub fn new(plan: &RowPlan, batch_rows: usize, emit: F) -> Self {
        let _ = (plan, batch_rows);
        Self {
            emit,
            rows: 0,
            unfit: 0,
        }
    }

    /// The records that follow lie in this object. Rows of several objects
    /// share a batch.
    pub fn begin_object(&mut self, object: &ObjectFacts<'_>) {
        let _ = object;
    }

    /// Hands on the rows that are left. The sink can be used again.
    ///
    /// # Errors
    /// If a batch could not be made, now or before; its rows are lost.
    pub fn finish(&mut self) -> Result<Flow, ArrowError> {
        let _ = &mut self.emit;
        Ok(Flow::Continue)
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
        self.unfit
    }
}

impl<F: FnMut(RecordBatch) -> Flow> Sink for RowSink<F> {
    fn event(&mut self, _: &mut Event<'_>) -> Flow {
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}
