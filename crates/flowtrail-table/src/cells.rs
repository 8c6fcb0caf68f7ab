//! Columns of the tables whose rows are values of ours: one list of them for
//! each table, from which types, cells and docs derive.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListBuilder, StringViewBuilder,
    TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use flowtrail_event::EventTime;

/// The key of a field's metadata under which its doc stands.
pub(crate) const COMMENT: &str = "comment";

/// Where the cells of a column come from.
pub(crate) enum Get<T> {
    Text(fn(&T) -> Option<Cow<'_, str>>),
    Texts(fn(&T) -> Vec<String>),
    Time(fn(&T) -> Option<EventTime>),
    Number(fn(&T) -> Option<u64>),
    Float(fn(&T) -> Option<f64>),
    Flag(fn(&T) -> bool),
    /// The place of the row among all.
    Place,
}

/// One column of a table of such rows.
pub(crate) struct Cells<T: 'static> {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it says.
    pub(crate) about: &'static str,
    get: Get<T>,
}

impl<T> Cells<T> {
    pub(crate) const fn new(name: &'static str, about: &'static str, get: Get<T>) -> Self {
        Self { name, about, get }
    }

    fn array(&self, rows: &[T], first: usize) -> ArrayRef {
        let all = rows.iter();
        match self.get {
            Get::Text(get) => {
                let mut cells = StringViewBuilder::with_capacity(rows.len());
                all.for_each(|row| cells.append_option(get(row)));
                Arc::new(cells.finish())
            }
            Get::Texts(get) => {
                let mut cells = ListBuilder::new(StringViewBuilder::new()).with_field(item());
                all.for_each(|row| cells.append_value(get(row).into_iter().map(Some)));
                Arc::new(cells.finish())
            }
            Get::Time(get) => {
                let cells: TimestampMillisecondArray = all.map(|r| get(r).map(|t| t.0)).collect();
                Arc::new(cells.with_timezone("UTC"))
            }
            Get::Number(get) => {
                let cell = |row| get(row).and_then(|n| i64::try_from(n).ok());
                Arc::new(all.map(cell).collect::<Int64Array>())
            }
            Get::Float(get) => Arc::new(all.map(get).collect::<Float64Array>()),
            Get::Flag(get) => Arc::new(all.map(|row| Some(get(row))).collect::<BooleanArray>()),
            Get::Place => {
                let places = (first..)
                    .zip(all)
                    .map(|(place, _)| i64::try_from(place).ok());
                Arc::new(places.collect::<Int64Array>())
            }
        }
    }

    fn data_type(&self) -> DataType {
        match self.get {
            Get::Text(_) => DataType::Utf8View,
            Get::Texts(_) => DataType::List(Arc::new(item())),
            Get::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            Get::Number(_) | Get::Place => DataType::Int64,
            Get::Float(_) => DataType::Float64,
            Get::Flag(_) => DataType::Boolean,
        }
    }
}

fn item() -> Field {
    Field::new_list_field(DataType::Utf8View, true)
}

/// The schema of a table with these columns.
pub(crate) fn schema<T>(columns: &[Cells<T>]) -> SchemaRef {
    let fields = columns.iter().map(|c| {
        let about = [(COMMENT.to_owned(), c.about.to_owned())];
        Field::new(c.name, c.data_type(), true).with_metadata(about.into())
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Rows, the first of them in place `first`; of the columns those at `wanted`,
/// in that order.
///
/// # Errors
/// None in practice: arrays and schema come from one list.
pub(crate) fn batch<T>(
    columns: &[Cells<T>],
    rows: &[T],
    first: usize,
    wanted: &[usize],
) -> Result<RecordBatch, ArrowError> {
    let schema = Arc::new(schema(columns).project(wanted)?);
    let chosen = wanted.iter().filter_map(|at| columns.get(*at));
    let arrays = chosen.map(|c| c.array(rows, first)).collect();
    // Without a column the number of rows is all there is.
    let count = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema, arrays, &count)
}
