//! The ledger: the account of every object that was taken in.
//!
//! Each state of the manifest adds one file to it, `_flowtrail/ledger/<run>.parquet`;
//! when there are many they are joined. An object is known by its name, its size
//! and its version (the ETag, or the time at which a file was changed): an object
//! that was written anew is read anew, and rows that it had before are copies of
//! themselves.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use flowtrail_event::{ObjectFault, SkipReason};
use flowtrail_scan::ObjectReport;
use sha2::{Digest as _, Sha256};

use super::dest::{Destination, OWN};
use super::manifest::{LedgerFile, Manifest};
use super::{CompactError, SourceObject};

/// Files above which the ledger is joined.
const FILES_MAX: usize = 32;

/// Objects of a row group, of which one is held while a file is read or written.
const GROUP_ROWS: usize = 128 << 10;

/// What tells an object and its version.
pub(super) type Mark = [u8; 16];

/// The mark of an object.
pub(super) fn mark(id: &str, bytes: u64, version: &str) -> Mark {
    let mut hash = Sha256::new();
    for part in [id.as_bytes(), &bytes.to_be_bytes(), version.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let full: [u8; 32] = hash.finalize().into();
    let mut mark = [0; 16];
    mark.iter_mut().zip(full).for_each(|(to, from)| *to = from);
    mark
}

/// Whether an object need not be read again: it was read to its end, or it will
/// never be. One that could not be opened or fetched may be there the next time,
/// and of one that was read for a span of time the rest may be wanted.
pub(super) fn is_done(report: &ObjectReport) -> bool {
    let again = report.fault.as_ref().is_some_and(|f| match f.kind {
        ObjectFault::Open | ObjectFault::Read => true,
        ObjectFault::Corrupt
        | ObjectFault::CutOff
        | ObjectFault::TooLarge
        | ObjectFault::NotALog => false,
    });
    !again && report.tally.skipped(SkipReason::OutOfTime) == 0
}

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let count = |name: &str| Field::new(name, DataType::UInt64, false);
    Arc::new(Schema::new(vec![
        text("object"),
        text("name"),
        count("bytes"),
        text("version"),
        text("run"),
        count("done"),
        count("records"),
        count("evaluated"),
        text("skipped"),
        text("fault"),
        text("message"),
    ]))
}

/// The account of the objects of one run.
fn batch(run: &str, objects: &[(SourceObject, ObjectReport)]) -> Result<RecordBatch, CompactError> {
    let texts = |of: &dyn Fn(&(SourceObject, ObjectReport)) -> Option<String>| -> ArrayRef {
        Arc::new(objects.iter().map(of).collect::<StringArray>())
    };
    let counts = |of: &dyn Fn(&(SourceObject, ObjectReport)) -> u64| -> ArrayRef {
        Arc::new(objects.iter().map(|o| Some(of(o))).collect::<UInt64Array>())
    };
    let columns = vec![
        texts(&|o| Some(o.0.id.clone())),
        texts(&|o| Some(o.0.name.clone())),
        counts(&|o| o.0.bytes),
        texts(&|o| Some(o.0.version.clone())),
        texts(&|_| Some(run.to_owned())),
        counts(&|o| u64::from(is_done(&o.1))),
        counts(&|o| o.1.tally.records),
        counts(&|o| o.1.tally.evaluated),
        texts(&|o| skipped(&o.1)),
        texts(&|o| o.1.fault.as_ref().map(|f| f.kind.name().to_owned())),
        texts(&|o| o.1.fault.as_ref().map(|f| f.message.clone())),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// `digest 2, malformed 1`; none where nothing was skipped.
fn skipped(report: &ObjectReport) -> Option<String> {
    let counts = SkipReason::ALL.map(|r| (r.name(), report.tally.skipped(r)));
    let counts = counts.into_iter().filter(|(_, n)| *n > 0);
    let texts: Vec<_> = counts.map(|(name, n)| format!("{name} {n}")).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// A file of the ledger that is being written, batch by batch: that of ten
/// million objects is never one array, whose offsets would have no room.
fn begin() -> Result<ArrowWriter<Vec<u8>>, CompactError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build();
    Ok(ArrowWriter::try_new(
        Vec::new(),
        schema(),
        Some(properties),
    )?)
}

fn finish(writer: ArrowWriter<Vec<u8>>) -> Result<Bytes, CompactError> {
    Ok(Bytes::from(writer.into_inner()?))
}

/// The batches of a file, one at a time.
struct Batches<'d> {
    dest: &'d Destination,
    path: &'d str,
    reader: ParquetRecordBatchReader,
}

impl Batches<'_> {
    fn damaged(&self, error: &dyn std::fmt::Display) -> CompactError {
        CompactError::damaged(self.dest, self.path, error)
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, CompactError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next()?;
        Some(batch.map_err(|e| self.damaged(&e)))
    }
}

async fn load<'d>(
    dest: &'d Destination,
    file: &'d LedgerFile,
) -> Result<Batches<'d>, CompactError> {
    let bytes = dest.read(&file.path).await?;
    let bytes = bytes.ok_or_else(|| CompactError::missing(dest, &file.path))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|b| b.build());
    Ok(Batches {
        dest,
        path: &file.path,
        reader: reader.map_err(|e| CompactError::damaged(dest, &file.path, &e))?,
    })
}

/// The objects that need not be read again.
pub(super) async fn done(
    dest: &Destination,
    manifest: &Manifest,
) -> Result<HashSet<Mark>, CompactError> {
    let mut done = HashSet::new();
    for file in &manifest.ledger {
        for batch in load(dest, file).await? {
            let batch = batch?;
            let text = |name| {
                batch
                    .column_by_name(name)?
                    .as_any()
                    .downcast_ref::<StringArray>()
            };
            let count = |name| {
                batch
                    .column_by_name(name)?
                    .as_any()
                    .downcast_ref::<UInt64Array>()
            };
            let columns = (
                text("object"),
                count("bytes"),
                text("version"),
                count("done"),
            );
            let (Some(ids), Some(bytes), Some(versions), Some(is_done)) = columns else {
                return Err(CompactError::damaged(dest, &file.path, &"not a ledger"));
            };
            let rows = ids
                .iter()
                .zip(bytes.values())
                .zip(versions)
                .zip(is_done.values());
            for (((id, bytes), version), is_done) in rows {
                if *is_done == 1 {
                    let (id, version) = (id.unwrap_or_default(), version.unwrap_or_default());
                    done.insert(mark(id, *bytes, version));
                }
            }
        }
    }
    Ok(done)
}

/// Adds a file to the ledger of the next state, joined with the others if they
/// are many. Returns what has to be written where.
pub(super) async fn add(
    dest: &Destination,
    next: &mut Manifest,
    objects: &[(SourceObject, ObjectReport)],
) -> Result<(String, Bytes), CompactError> {
    let mut writer = begin()?;
    let mut count = objects.len() as u64;
    let path = format!("{OWN}/ledger/{}.parquet", next.run);
    if next.ledger.len() >= FILES_MAX {
        for file in &next.ledger {
            for batch in load(dest, file).await? {
                writer.write(&batch?)?;
            }
            count += file.objects;
        }
        let joined = next.ledger.drain(..).map(|file| file.path);
        next.replaced.extend(joined);
    }
    writer.write(&batch(&next.run, objects)?)?;
    next.ledger.push(LedgerFile {
        path: path.clone(),
        objects: count,
    });
    Ok((path, finish(writer)?))
}

/// Sums over all objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) records: u64,
    pub(super) evaluated: u64,
}

/// The sums of the whole ledger.
pub(super) async fn sums(dest: &Destination, manifest: &Manifest) -> Result<Sums, CompactError> {
    let mut sums = Sums::default();
    for file in &manifest.ledger {
        for batch in load(dest, file).await? {
            let batch = batch?;
            let sum = |name| {
                let column = batch.column_by_name(name)?;
                let counts = column.as_any().downcast_ref::<UInt64Array>()?;
                Some(counts.values().iter().sum::<u64>())
            };
            sums.records += sum("records").unwrap_or(0);
            sums.evaluated += sum("evaluated").unwrap_or(0);
        }
    }
    Ok(sums)
}
