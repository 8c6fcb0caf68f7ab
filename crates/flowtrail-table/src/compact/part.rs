//! Writes the files of a partition.

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{KeyValue, ParquetMetaDataReader, SortingColumn};
use datafusion::parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder,
};
use datafusion::parquet::schema::types::ColumnPath as ParquetPath;
use flowtrail_event::compacted::{LOG_OBJECT, RECORD, TABLE_KEY, VERSION, VERSION_KEY};
use flowtrail_event::{EventTime, Flow, Kind, Limits};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::columns::{Columns, columns, schema};
use super::dest::Destination;
use super::intake::Extent;
use super::key::{Key, Partition};
use super::manifest::Part;
use super::narrow::Rows;
use super::{CompactError, Stop};
use crate::LogTable;

/// Rows of a row group: what engines read or pass over as one.
const GROUP_ROWS_TRAIL: usize = 64 << 10;
const GROUP_ROWS_FLOW: usize = 512 << 10;
/// Encoded bytes at which a row group ends before, so that large records do not
/// pile up in memory.
const GROUP_BYTES: usize = 64 << 20;

/// Columns that are asked for one value in many: a Bloom filter tells a row
/// group that cannot have it, which minimum and maximum of random ids do not. It
/// is folded to the number of values that there were.
const LOOKED_UP_TRAIL: [&[&str]; 6] = [
    &["eventid"],
    &["requestid"],
    &["sharedeventid"],
    &["useridentity", "accesskeyid"],
    &["useridentity", "arn"],
    &["sourceipaddress"],
];
const LOOKED_UP_FLOW: [&[&str]; 5] = [
    &["interface_id"],
    &["srcaddr"],
    &["dstaddr"],
    &["pkt_srcaddr"],
    &["pkt_dstaddr"],
];
/// Columns whose values differ in every row: a dictionary of them is a waste.
const ALL_DIFFERENT: [&str; 3] = ["eventid", "requestid", RECORD];

fn properties(table: LogTable) -> WriterProperties {
    let flow = table.kind() == Kind::Flow;
    let all = schema(table);
    let time = all.index_of("time").ok().and_then(|n| leaf_of(&all, n));
    let sorting = time.map(|column_idx| SortingColumn {
        column_idx,
        descending: false,
        nulls_first: true,
    });
    let entry = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
        .set_max_row_group_row_count(Some(if flow {
            GROUP_ROWS_FLOW
        } else {
            GROUP_ROWS_TRAIL
        }))
        .set_max_row_group_bytes(Some(GROUP_BYTES))
        .set_sorting_columns(sorting.map(|s| vec![s]))
        .set_created_by(concat!("flowtrail ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![
            entry(TABLE_KEY, table.name()),
            entry(VERSION_KEY, VERSION),
        ]));
    let looked_up: &[&[&str]] = if flow {
        &LOOKED_UP_FLOW
    } else {
        &LOOKED_UP_TRAIL
    };
    for path in looked_up {
        builder = with_filter(builder, path);
    }
    for name in ALL_DIFFERENT {
        builder = builder.set_column_dictionary_enabled(ParquetPath::from(name), false);
    }
    // Nobody asks for a range of them, and they are long.
    for name in [RECORD, LOG_OBJECT] {
        let none = EnabledStatistics::None;
        builder = builder.set_column_statistics_enabled(ParquetPath::from(name), none);
    }
    builder.build()
}

fn with_filter(builder: WriterPropertiesBuilder, path: &[&str]) -> WriterPropertiesBuilder {
    let path: Vec<String> = path.iter().map(|p| (*p).to_owned()).collect();
    let path = ParquetPath::new(path);
    builder
        .set_column_bloom_filter_enabled(path.clone(), true)
        .set_column_bloom_filter_fpp(path, 0.01)
}

/// Which leaf column `n` is; Parquet numbers those.
fn leaf_of(schema: &Schema, n: usize) -> Option<i32> {
    let before = schema.fields().iter().take(n);
    let leaves: usize = before.map(|f| leaves(f.data_type())).sum();
    i32::try_from(leaves).ok()
}

fn leaves(kind: &DataType) -> usize {
    if let DataType::Struct(fields) = kind {
        return fields.iter().map(|f| leaves(f.data_type())).sum();
    }
    if let DataType::List(member) = kind {
        return leaves(member.data_type());
    }
    1
}

/// What writing needs to know.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    pub(super) dest: Destination,
    pub(super) run: String,
    /// Bytes at which a file ends and the next begins.
    pub(super) part_bytes: usize,
    pub(super) limits: Limits,
    pub(super) stop: Stop,
}

/// A file that is being written.
struct Open {
    writer: ArrowWriter<Vec<u8>>,
    extent: Option<Extent>,
    rows: u64,
}

impl Writing {
    /// Writes the rows of a partition, which come in order, into files. They
    /// lie where nobody looks until they are published. Blocks.
    pub(super) fn write(
        &self,
        partition: &Partition,
        mut rows: mpsc::Receiver<RecordBatch>,
    ) -> Result<Vec<Part>, CompactError> {
        let mut made = columns(partition.table, &self.limits)?;
        let mut parts = Vec::new();
        let mut open: Option<Open> = None;
        while let Some(batch) = rows.blocking_recv() {
            self.stop.check()?;
            let file = match &mut open {
                Some(open) => open,
                none => none.insert(Open::begin(partition.table)?),
            };
            file.write(&batch, &mut made)?;
            let bytes = file.writer.bytes_written() + file.writer.in_progress_size();
            if bytes >= self.part_bytes
                && let Some(full) = open.take()
            {
                parts.push(self.close(partition, full, parts.len())?);
            }
        }
        if let Some(last) = open {
            parts.push(self.close(partition, last, parts.len())?);
        }
        Ok(parts)
    }

    fn close(&self, partition: &Partition, open: Open, n: usize) -> Result<Part, CompactError> {
        let bytes = Bytes::from(open.writer.into_inner()?);
        let extent = open.extent.unwrap_or(Extent::of(None));
        let part = Part {
            path: format!("{partition}/part-{}-{n:04}.parquet", self.run),
            table: partition.table.name().to_owned(),
            account: partition.account.clone(),
            region: partition.region.clone(),
            day: partition.day,
            rows: open.rows,
            bytes: bytes.len() as u64,
            first: extent.first.map(|EventTime(millis)| millis),
            last: extent.last.map(|EventTime(millis)| millis),
            run: self.run.clone(),
        };
        let staged = part.staged();
        Handle::current().block_on(self.dest.create_own(&staged, bytes))?;
        Ok(part)
    }
}

impl Open {
    fn begin(table: LogTable) -> Result<Self, ParquetError> {
        let properties = properties(table);
        Ok(Self {
            writer: ArrowWriter::try_new(Vec::new(), schema(table), Some(properties))?,
            extent: None,
            rows: 0,
        })
    }

    fn write<F>(&mut self, batch: &RecordBatch, made: &mut Columns<F>) -> Result<(), CompactError>
    where
        F: FnMut(RecordBatch) -> Flow,
    {
        for key in Rows::of(batch)?.keys() {
            let seen = Extent::of(Key::read(key).and_then(|k| k.time()));
            self.extent = Some(self.extent.map_or(seen, |e| e.joined(seen)));
        }
        self.rows += batch.num_rows() as u64;
        Ok(self.writer.write(&made.of(batch)?)?)
    }
}

/// What a file says of itself.
pub(super) fn rows_of(file: &Bytes) -> Result<u64, ParquetError> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(file)?;
    let rows = metadata.file_metadata().num_rows();
    Ok(u64::try_from(rows).unwrap_or(0))
}
