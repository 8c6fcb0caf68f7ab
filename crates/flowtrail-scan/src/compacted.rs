//! Reads compacted `CloudTrail` files: Parquet with a column `record` in which
//! each record stands as it was written.
//!
//! The columns beside it are for queries. Records are read from their text, by
//! the reader that reads every other object, so that rules see what they saw in
//! the object that AWS wrote; place and object are those of old.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_event::compacted::{LOG_LENGTH, LOG_OBJECT, LOG_OFFSET, RECORD, TABLE_KEY};
use flowtrail_event::compacted::{VERSION, VERSION_KEY};
use flowtrail_event::{Event, Flow, Location, Note, ObjectFault, Sink, Skip, SkipReason};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::errors::{ParquetError, Result as ParquetResult};

use crate::objects::Fault;

/// Rows decoded at a time: few, because each may be as large as a record can be
/// and the offsets of a text column have 31 bits.
const BATCH_ROWS: usize = 100;

/// The columns that are read.
const WANTED: [&str; 4] = [LOG_OBJECT, LOG_OFFSET, LOG_LENGTH, RECORD];

/// The records of one file.
pub(crate) struct Compacted {
    batches: ParquetRecordBatchReader,
    rows_read: u64,
    rows: u64,
}

impl Compacted {
    /// Opens a file. None if it is no compacted `CloudTrail` file, which is for
    /// the reader of flow logs to say.
    pub(crate) fn open(file: &Bytes) -> Option<Result<Self, Fault>> {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(|| ArrowReaderMetadata::load(file, options)).ok()?;
        let known = metadata.metadata().file_metadata().key_value_metadata()?;
        let value = |key: &str| {
            let entry = known.iter().find(|entry| entry.key == key)?;
            entry.value.as_deref()
        };
        if !value(TABLE_KEY)?.starts_with("cloudtrail") {
            return None;
        }
        if value(VERSION_KEY) != Some(VERSION) {
            let said = value(VERSION_KEY).unwrap_or("none");
            return Some(Err(Fault {
                kind: ObjectFault::NotALog,
                offset: 0,
                message: format!(
                    "a compacted file in layout {said:.20}, of which this version knows {VERSION} only"
                ),
            }));
        }
        Some(Self::start(file, metadata))
    }

    fn start(file: &Bytes, metadata: ArrowReaderMetadata) -> Result<Self, Fault> {
        let rows = metadata.metadata().file_metadata().num_rows();
        let mask = ProjectionMask::columns(metadata.parquet_schema(), WANTED);
        let build = || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(file.clone(), metadata)
                .with_batch_size(BATCH_ROWS)
                .with_projection(mask)
                .build()
        };
        Ok(Self {
            batches: guarded(build).map_err(|e| damaged(0, &e))?,
            rows_read: 0,
            rows: u64::try_from(rows).unwrap_or(0),
        })
    }

    /// Hands every record to `sink`.
    pub(crate) fn read(mut self, reader: &mut Reader, sink: &mut impl RecordSink) -> Option<Fault> {
        loop {
            let next = guarded(|| Ok(self.batches.next().transpose()?));
            let batch = match next {
                Ok(Some(batch)) => batch,
                Ok(None) if self.rows_read == self.rows => return None,
                Ok(None) => {
                    let early = ParquetError::EOF("the data ends there".to_owned());
                    return Some(damaged(self.rows_read, &early));
                }
                Err(error) => return Some(damaged(self.rows_read, &error)),
            };
            let Some(rows) = Rows::of(&batch) else {
                let other = ParquetError::General("a column is of another type".to_owned());
                return Some(damaged(self.rows_read, &other));
            };
            for row in 0..batch.num_rows() {
                let flow = match rows.get(row) {
                    Some((json, location, origin)) => {
                        let mut sink = From { sink, origin };
                        reader.read_record(json.as_bytes(), location, &mut sink)
                    }
                    None => {
                        sink.skip(Skip {
                            reason: SkipReason::NotARecord,
                            offset: self.rows_read,
                            len: 0,
                        });
                        Flow::Continue
                    }
                };
                self.rows_read += 1;
                if flow == Flow::Stop {
                    return None;
                }
            }
        }
    }
}

/// The columns of a batch.
struct Rows<'b> {
    object: &'b StringArray,
    offset: &'b Int64Array,
    length: &'b Int64Array,
    record: &'b StringArray,
}

impl<'b> Rows<'b> {
    fn of(batch: &'b RecordBatch) -> Option<Self> {
        let column = |name| batch.column_by_name(name);
        Some(Self {
            object: column(LOG_OBJECT)?.as_string_opt()?,
            offset: column(LOG_OFFSET)?.as_primitive_opt::<Int64Type>()?,
            length: column(LOG_LENGTH)?.as_primitive_opt::<Int64Type>()?,
            record: column(RECORD)?.as_string_opt()?,
        })
    }

    /// A record, where it lay and in which object; none if there is no text.
    fn get(&self, row: usize) -> Option<(&'b str, Location, &'b str)> {
        let number = |column: &Int64Array| u64::try_from(column.value(row)).unwrap_or(0);
        let location = Location {
            offset: number(self.offset),
            len: number(self.length),
        };
        let record = self.record.is_valid(row).then(|| self.record.value(row))?;
        Some((record, location, self.object.value(row)))
    }
}

/// Says of a record in which object it first lay.
struct From<'s, S> {
    sink: &'s mut S,
    origin: &'s str,
}

impl<S: Sink> Sink for From<'_, S> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let mut event = event.reborrow().from_object(Some(self.origin));
        self.sink.event(&mut event)
    }

    fn skip(&mut self, skip: Skip) {
        self.sink.skip(skip);
    }

    fn note(&mut self, note: Note) {
        self.sink.note(note);
    }
}

impl<S: RecordSink> RecordSink for From<'_, S> {
    fn log_line(&mut self, line: &[u8], location: Location) -> Flow {
        self.sink.log_line(line, location)
    }
}

fn damaged(rows_read: u64, error: &ParquetError) -> Fault {
    Fault {
        kind: ObjectFault::Corrupt,
        offset: rows_read,
        message: format!("damaged behind row {rows_read}: {error}").replace(char::is_control, " "),
    }
}

/// Runs the decoder, which is written for sound files: that damaged bytes make
/// it panic is one more way to say that they are damaged.
fn guarded<T>(work: impl FnOnce() -> ParquetResult<T>) -> ParquetResult<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let said = "the decoder gave up".to_owned();
        Err(ParquetError::General(said))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::ArrayRef;
    use flowtrail_event::Limits;
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::{ObjectReader, ObjectReport, Projections, ScanOptions};

    const RECORD_TEXT: &str = r#"{"eventVersion":"1.11","eventName":"A","eventTime":"x"}"#;

    fn file(version: &str, record: Option<&str>) -> Vec<u8> {
        let text = |t: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![t])) };
        let number = |n: i64| -> ArrayRef { Arc::new(Int64Array::from(vec![n])) };
        let columns = [
            ("eventname", text(Some("not looked at"))),
            (LOG_OBJECT, text(Some("AWSLogs/a.json.gz"))),
            (LOG_OFFSET, number(12)),
            (LOG_LENGTH, number(55)),
            (RECORD, text(record)),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.map(|(name, column)| (name, column, true)),
        )
        .unwrap();
        let entry = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
        let metadata = vec![entry(TABLE_KEY, "cloudtrail"), entry(VERSION_KEY, version)];
        let properties = WriterProperties::builder()
            .set_key_value_metadata(Some(metadata))
            .build();
        let mut out = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
        out.write(&batch).unwrap();
        out.into_inner().unwrap()
    }

    #[derive(Default)]
    struct Collect(Vec<(String, Location, Option<String>)>);

    impl Sink for Collect {
        fn event(&mut self, event: &mut Event<'_>) -> Flow {
            let json = String::from_utf8(event.json()).unwrap();
            let origin = event.origin.map(str::to_owned);
            self.0.push((json, event.location, origin));
            Flow::Continue
        }
        fn skip(&mut self, _: Skip) {}
        fn note(&mut self, _: Note) {}
    }

    fn read(file: &[u8]) -> (ObjectReport, Collect) {
        let (wanted, limits) = (Projections::default(), Limits::default());
        let mut reader = ObjectReader::new(&wanted, &limits, ScanOptions::default());
        let mut sink = Collect::default();
        (reader.read(file, &mut sink), sink)
    }

    #[test]
    fn a_record_is_what_it_was_and_lies_where_it_lay() {
        let (report, sink) = read(&file(VERSION, Some(RECORD_TEXT)));
        let location = Location {
            offset: 12,
            len: 55,
        };
        let origin = Some("AWSLogs/a.json.gz".to_owned());
        assert_eq!(sink.0, [(RECORD_TEXT.to_owned(), location, origin)]);
        assert_eq!((report.fault, report.tally.evaluated), (None, 1));
        let time = report.tally.notes(flowtrail_event::NoteKind::NoTime);
        assert_eq!(time, 1, "notes are those of the first object");
    }

    #[test]
    fn rows_without_a_record_are_accounted_for() {
        for record in [None, Some("{}"), Some("{\"eventVersion\":"), Some("7")] {
            let (report, _) = read(&file(VERSION, record));
            assert_eq!((report.tally.records, report.tally.evaluated), (1, 0));
            assert!(report.tally.adds_up() && report.fault.is_none());
        }
    }

    #[test]
    fn another_layout_is_refused_and_damage_is_told() {
        let (report, _) = read(&file("2", Some(RECORD_TEXT)));
        let fault = report.fault.unwrap();
        assert_eq!(fault.kind, ObjectFault::NotALog);
        assert!(fault.message.contains("layout 2"), "{}", fault.message);
        let whole = file(VERSION, Some(RECORD_TEXT));
        for at in (4..whole.len()).step_by(3) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xFF;
            // Whatever comes of it, it is accounted for and nothing panics.
            let (report, sink) = read(&damaged);
            assert!(report.tally.adds_up());
            assert_eq!(report.tally.evaluated, sink.0.len() as u64);
        }
    }
}
