//! The columns of `objects`: one table of them, from which their types, their
//! values and their docs derive.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    ArrayRef, Date32Array, Int64Array, RecordBatch, RecordBatchOptions, StringViewArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::Result;
use flowtrail_event::{EventTime, NoteKind, Service, SkipReason};
use flowtrail_scan::ObjectReport;

use crate::cells::COMMENT;
use crate::layout::LogKind;
use crate::schema::LogTable;
use crate::store::{LogObject, NotListed, NotListedKind};

/// What a row is about.
#[derive(Debug, Clone)]
pub(super) enum Subject {
    /// An object.
    Object(LogObject),
    /// A folder that could not be listed.
    NotListed(NotListed),
}

/// A row: what it is about, and the account of an object that was read.
#[derive(Debug)]
pub(super) struct Row<'s> {
    pub(super) subject: &'s Subject,
    pub(super) report: Option<ObjectReport>,
}

impl<'s> Row<'s> {
    /// A row before anything is read.
    pub(super) const fn listed(subject: &'s Subject) -> Self {
        Self {
            subject,
            report: None,
        }
    }

    fn object(&self) -> Option<&LogObject> {
        match self.subject {
            Subject::Object(object) => Some(object),
            Subject::NotListed(_) => None,
        }
    }

    fn name(&self) -> String {
        match self.subject {
            Subject::Object(object) => object.name(),
            Subject::NotListed(lost) => lost.name.clone(),
        }
    }

    fn count(&self, of: impl Fn(&ObjectReport) -> u64) -> Option<i64> {
        let n = of(self.report.as_ref()?);
        Some(i64::try_from(n).unwrap_or(i64::MAX))
    }

    fn time(&self, of: fn((EventTime, EventTime)) -> EventTime) -> Option<i64> {
        self.report.as_ref()?.times.map(|t| of(t).0)
    }

    fn fault(&self) -> Option<String> {
        match self.subject {
            Subject::NotListed(lost) => Some(
                match lost.kind {
                    NotListedKind::Denied | NotListedKind::Failed => "not_listed",
                    NotListedKind::Loop | NotListedKind::Special => "not_a_log",
                    NotListedKind::NotNamed => "not_in_manifest",
                }
                .to_owned(),
            ),
            Subject::Object(_) => {
                let fault = self.report.as_ref()?.fault.as_ref()?;
                Some(fault.kind.name().to_owned())
            }
        }
    }

    fn message(&self) -> Option<String> {
        match self.subject {
            Subject::NotListed(lost) => Some(lost.reason.clone()),
            Subject::Object(_) => {
                let report = self.report.as_ref()?;
                let is_empty = report.fault.is_none() && report.tally.bytes_stored == 0;
                crate::account::words(report).or_else(|| is_empty.then(|| "it is empty".to_owned()))
            }
        }
    }

    /// The tables that have rows of it, with commas between.
    fn tables(&self) -> Option<String> {
        let counts = self.report.as_ref()?.by_service;
        let both = Service::ALL.into_iter().zip(counts);
        let mut tables: Vec<_> = both
            .filter(|(_, n)| *n > 0)
            .map(|(service, _)| LogTable::of(service).name())
            .collect();
        tables.dedup();
        Some(tables.join(","))
    }
}

/// How the values of a column are had of a row.
#[derive(Clone, Copy)]
enum Value {
    Text(fn(&Row<'_>) -> Option<String>),
    Number(fn(&Row<'_>) -> Option<i64>),
    Day(fn(&Row<'_>) -> Option<i32>),
    Time(fn(&Row<'_>) -> Option<i64>),
}

/// A column of `objects`.
pub(super) struct ObjectColumn {
    name: &'static str,
    value: Value,
    /// A listing knows it.
    listed: bool,
    doc: &'static str,
}

impl ObjectColumn {
    /// Whether a listing knows it, so that nothing need be read.
    pub(super) const fn is_listed(&self) -> bool {
        self.listed
    }

    fn data_type(&self) -> DataType {
        match self.value {
            Value::Text(_) => DataType::Utf8View,
            Value::Number(_) => DataType::Int64,
            Value::Day(_) => DataType::Date32,
            Value::Time(_) => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        }
    }

    fn array(&self, rows: &[Row<'_>]) -> ArrayRef {
        match self.value {
            Value::Text(of) => Arc::new(StringViewArray::from_iter(rows.iter().map(of))),
            Value::Number(of) => Arc::new(Int64Array::from_iter(rows.iter().map(of))),
            Value::Day(of) => Arc::new(Date32Array::from_iter(rows.iter().map(of))),
            Value::Time(of) => {
                let times = TimestampMillisecondArray::from_iter(rows.iter().map(of));
                Arc::new(times.with_timezone("UTC"))
            }
        }
    }
}

const fn listed(name: &'static str, value: Value, doc: &'static str) -> ObjectColumn {
    ObjectColumn {
        name,
        value,
        listed: true,
        doc,
    }
}

const fn read(name: &'static str, value: Value, doc: &'static str) -> ObjectColumn {
    ObjectColumn {
        name,
        value,
        listed: false,
        doc,
    }
}

#[rustfmt::skip] // One column, one line: it is read as a table.
static COLUMNS: [ObjectColumn; 20] = [
    listed("name", Value::Text(|r| Some(r.name())), "Name of the object, as `log_object` has it"),
    listed("bytes_stored", Value::Number(|r| i64::try_from(r.object()?.size()).ok()), "Its bytes as stored"),
    listed("modified", Value::Time(|r| Some(r.object()?.modified()?.0)), "When it was last written"),
    listed("log", Value::Text(|r| Some(log_name(r.object()?.place().log?).to_owned())), "Sort of log that its key names"),
    listed("account", Value::Text(|r| r.object()?.place().account), "Account that its key names"),
    listed("region", Value::Text(|r| r.object()?.place().region), "Region that its key names"),
    listed("day", Value::Day(|r| Some(r.object()?.place().day?.0)), "Day that its key names: of the delivery"),
    read("bytes_inflated", Value::Number(|r| r.count(|o| o.tally.bytes_inflated)), "Its bytes after inflating"),
    read("records", Value::Number(|r| r.count(|o| o.tally.records)), "Records in it: those that are rows and those that are not"),
    read("rows", Value::Number(|r| r.count(|o| o.tally.evaluated)), "Records that are rows of some table"),
    read("skipped", Value::Number(|r| r.count(|o| o.tally.skipped_total())), "Records that are rows of none"),
    read("skipped_by_reason", Value::Text(|r| Some(skips(r.report.as_ref()?))), "Those, by reason, as JSON"),
    read("notes", Value::Text(|r| Some(notes(r.report.as_ref()?))), "Oddities of records that are rows all the same, by kind, as JSON"),
    read("tables", Value::Text(|r| r.tables()), "Tables that its rows are in, with commas between"),
    read("first_event", Value::Time(|r| r.time(|t| t.0)), "Time of its first event"),
    read("last_event", Value::Time(|r| r.time(|t| t.1)), "Time of its last event"),
    read("fault", Value::Text(|r| r.fault()), "Why it, or a folder, could not be read to the end; null if it could"),
    read("fault_offset", Value::Number(|r| i64::try_from(r.report.as_ref()?.fault.as_ref()?.offset).ok()), "Where, in inflated bytes"),
    read("message", Value::Text(|r| r.message()), "What happened, for a person: the fault, which records were skipped, or that it is empty"),
    read("lacking", Value::Text(|r| Some(is_lacking(r).to_string())), "`true` if an answer over it is partial"),
];

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let field = |c: &ObjectColumn| {
        let about = [(COMMENT.to_owned(), c.doc.to_owned())];
        Field::new(c.name, c.data_type(), true).with_metadata(about.into())
    };
    Arc::new(Schema::new(COLUMNS.iter().map(field).collect::<Vec<_>>()))
});

/// The columns as Arrow knows them.
pub(crate) fn schema() -> SchemaRef {
    Arc::clone(&SCHEMA)
}

/// The column called `name`.
pub(super) fn column(name: &str) -> Option<&'static ObjectColumn> {
    COLUMNS.iter().find(|c| c.name == name)
}

/// Whether any of the columns with these indices has to be read for.
pub(super) fn needs_reading(columns: &[usize]) -> bool {
    let mut columns = columns.iter().filter_map(|at| COLUMNS.get(*at));
    columns.any(|c| !c.listed)
}

/// The columns with these indices of `rows`; `schema` is that of them.
///
/// # Errors
/// Those of Arrow, if the schema is not theirs.
pub(super) fn batch(
    rows: &[Row<'_>],
    columns: &[usize],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let columns = columns.iter().filter_map(|at| COLUMNS.get(*at));
    let arrays = columns.map(|c| c.array(rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?;
    Ok(batch)
}

fn is_lacking(row: &Row<'_>) -> bool {
    match row.subject {
        Subject::NotListed(lost) => lost.kind.is_loss(),
        Subject::Object(object) => row
            .report
            .as_ref()
            .is_some_and(|report| crate::account::is_lacking(object.is_given(), report)),
    }
}

const fn log_name(log: LogKind) -> &'static str {
    match log {
        LogKind::CloudTrail => "cloudtrail",
        LogKind::Insight => "insight",
        LogKind::NetworkActivity => "networkactivity",
        LogKind::Aggregated => "aggregated",
        LogKind::Digest => "digest",
        LogKind::Flow => "flow",
        LogKind::VpcFlow => "vpcflow",
        LogKind::TgwFlow => "tgwflow",
        LogKind::Foreign => "foreign",
    }
}

fn skips(report: &ObjectReport) -> String {
    counts(SkipReason::ALL.map(|r| (r.name(), report.tally.skipped(r))))
}

fn notes(report: &ObjectReport) -> String {
    counts(NoteKind::ALL.map(|k| (k.name(), report.tally.notes(k))))
}

/// The counts above 0 as one JSON object. The names are ours and need no
/// escaping.
fn counts(counts: impl IntoIterator<Item = (&'static str, u64)>) -> String {
    let mut json = String::from("{");
    for (name, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
        let comma = if json.len() > 1 { "," } else { "" };
        let _ = write!(json, "{comma}\"{name}\":{n}");
    }
    json.push('}');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_a_name_and_a_doc_of_its_own() {
        for (at, column) in COLUMNS.iter().enumerate() {
            assert!(!column.doc.is_empty() && !column.doc.ends_with('.'));
            let same = COLUMNS.iter().position(|c| c.name == column.name);
            assert_eq!(same, Some(at), "{}", column.name);
        }
        assert!(!needs_reading(&[0, 1]) && needs_reading(&[0, 9]));
    }

    #[test]
    fn counts_are_json() {
        assert_eq!(counts([("a", 0)]), "{}");
        assert_eq!(counts([("a", 1), ("b", 0), ("c", 2)]), r#"{"a":1,"c":2}"#);
    }
}
