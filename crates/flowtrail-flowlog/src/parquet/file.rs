//! Opens a Parquet file: what its columns are and which of them to decode.

use std::sync::Arc;

use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use ::parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use ::parquet::basic::{ConvertedType, Repetition, Type as PhysicalType};
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use ::parquet::file::reader::{ChunkReader, Length};
use ::parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use arrow_array::new_empty_array;
use arrow_schema::{DataType, Field, Schema};
use flowtrail_event::{Limits, Projection};

use super::origin::Origin;
use super::{BATCH_ROWS, Cells, ParquetFault, guarded};
use crate::bound::Bound;
use crate::fields::{Form, field};
use crate::format::Format;

/// Partition columns that some tools copy from the object's key into the file.
const HIVE_COLUMNS: [&str; 7] = [
    "aws-account-id",
    "aws-service",
    "aws-region",
    "year",
    "month",
    "day",
    "hour",
];

/// Fields whose names many other tables have too: they alone make no flow log.
const COMMON_NAMES: [&str; 15] = [
    "version",
    "account-id",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "type",
    "region",
    "vpc-id",
    "subnet-id",
    "instance-id",
    "resource-id",
    "resource-type",
];

/// Which part of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Decoded for every row: projected, or decisive for time, service or skips.
    Narrow,
    /// The rest, decoded when a whole record is asked for.
    Wide,
}

/// An opened file.
pub(super) struct File<R> {
    source: Shared<R>,
    metadata: ArrowReaderMetadata,
    /// The columns that can be read, in the order of the file.
    pub(super) bound: Bound,
    /// For each of them where its cells are: which side, which place there.
    pub(super) places: Vec<(Side, usize)>,
    /// Numeric columns whose type allows values that are no integers.
    pub(super) doubtful: Vec<usize>,
    /// Where the columns of a compacted file are that say where its rows came
    /// from.
    pub(super) origin: Option<Origin>,
    narrow: ProjectionMask,
    wide: ProjectionMask,
    rows: u64,
}

impl<R: ChunkReader + 'static> File<R> {
    pub(super) fn open(
        file: R,
        projection: &Projection,
        limits: &Limits,
    ) -> Result<Self, ParquetFault> {
        let source = Shared(Arc::new(file));
        let footer = |e: ParquetError| ParquetFault::of_footer(&e);
        let first =
            guarded(|| ParquetMetaDataReader::new().parse_and_finish(&source)).map_err(footer)?;
        check_size(&first, limits)?;
        let metadata = guarded(|| as_binary(&source, &first)).map_err(footer)?;
        let mut origin = Origin::find(&first, metadata.schema());
        let columns = readable_columns(metadata.schema(), origin.is_some())?;
        let names = columns.iter().map(|c| c.name.as_str());
        let mut bound = Bound::new(Format::from_names(names), projection);
        let numbers = bound.numbers.iter().copied();
        let doubtful: Vec<_> = numbers
            .filter(|n| columns.get(*n).is_some_and(|c| !c.integer))
            .collect();
        let places = places(&bound, &doubtful);
        if let Some(origin) = &mut origin {
            origin.stands_behind(&places);
            // What was percent-encoded in the log is decoded already.
            (bound.wanted.iter_mut()).for_each(|w| w.percent_encoded = false);
        }
        let mask = |side| {
            let roots = columns.iter().zip(&places).filter(|(_, p)| p.0 == side);
            let behind = origin.as_ref().map_or(&[][..], |o| o.roots(side));
            let roots = roots.map(|(c, _)| c.root).chain(behind.iter().copied());
            ProjectionMask::roots(metadata.parquet_schema(), roots)
        };
        Ok(Self {
            narrow: mask(Side::Narrow),
            wide: mask(Side::Wide),
            origin,
            rows: rows_of(&first),
            source,
            metadata,
            bound,
            places,
            doubtful,
        })
    }

    /// The fault of a file that has fewer rows than it says.
    pub(super) fn ends_early(&self, rows_read: u64) -> ParquetFault {
        let error = ParquetError::EOF("the data ends there".to_owned());
        ParquetFault::of_data(&error, rows_read, self.rows)
    }

    /// The batches of one side, from `first_row` on.
    pub(super) fn batches(&self, side: Side, first_row: u64) -> Result<Batches, ParquetFault> {
        let mask = match side {
            Side::Narrow => &self.narrow,
            Side::Wide => &self.wide,
        };
        let forms = (self.bound.format.columns().iter().zip(&self.places))
            .filter(|(_, place)| place.0 == side)
            .map(|(c, _)| c.info.map_or(Form::Text, |f| f.form));
        let behind = self.origin.as_ref().map_or(&[][..], |o| o.forms(side));
        let forms = forms.chain(behind.iter().copied()).collect();
        let build = || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(
                self.source.clone(),
                self.metadata.clone(),
            )
            .with_batch_size(BATCH_ROWS)
            .with_projection(mask.clone())
            .with_offset(usize::try_from(first_row).unwrap_or(usize::MAX))
            .build()
        };
        let reader = guarded(build).map_err(|e| ParquetFault::of_data(&e, first_row, self.rows))?;
        Ok(Batches {
            reader,
            forms,
            row: first_row,
            rows: self.rows,
        })
    }
}

/// A number of rows, decoded.
pub(super) struct Batch {
    pub(super) first_row: u64,
    pub(super) rows: usize,
    pub(super) cells: Vec<Cells>,
}

impl Batch {
    /// The place of a row of the file in this batch, if it is there.
    pub(super) fn place(&self, row: u64) -> Option<usize> {
        let place = usize::try_from(row.checked_sub(self.first_row)?).ok()?;
        (place < self.rows).then_some(place)
    }
}

/// Decodes batch by batch.
pub(super) struct Batches {
    reader: ParquetRecordBatchReader,
    forms: Vec<Form>,
    row: u64,
    rows: u64,
}

impl Batches {
    /// The next rows; `None` behind the last one.
    pub(super) fn next(&mut self) -> Result<Option<Batch>, ParquetFault> {
        let damaged = |e: &ParquetError| ParquetFault::of_data(e, self.row, self.rows);
        let next = guarded(|| Ok(self.reader.next().transpose()?)).map_err(|e| damaged(&e))?;
        let Some(batch) = next else {
            if self.row < self.rows {
                return Err(damaged(&ParquetError::EOF(
                    "the data ends there".to_owned(),
                )));
            }
            return Ok(None);
        };
        let cells: Option<Vec<_>> = (batch.columns().iter().zip(&self.forms))
            .map(|(array, form)| Cells::of(array, *form))
            .collect();
        let Some(cells) = cells.filter(|c| c.len() == self.forms.len()) else {
            let what = "the data is not of the type that the footer says".to_owned();
            return Err(damaged(&ParquetError::General(what)));
        };
        let first_row = self.row;
        self.row += u64::try_from(batch.num_rows()).unwrap_or(0);
        Ok(Some(Batch {
            first_row,
            rows: batch.num_rows(),
            cells,
        }))
    }
}

/// A column of the file that can be read.
struct Readable {
    name: String,
    root: usize,
    integer: bool,
}

fn readable_columns(schema: &Schema, compacted: bool) -> Result<Vec<Readable>, ParquetFault> {
    let mut columns = Vec::new();
    let mut is_flow_log = false;
    for (root, column) in schema.fields().iter().enumerate() {
        let name = column.name();
        if HIVE_COLUMNS.iter().any(|h| *h == name.replace('_', "-")) {
            continue;
        }
        let info = field(name);
        is_flow_log |= info.is_some_and(|f| !COMMON_NAMES.contains(&f.name));
        let form = info.map_or(Form::Text, |f| f.form);
        match (Cells::of(&new_empty_array(column.data_type()), form), info) {
            // What a compacted file has beside the fields belongs to no record.
            (Some(_), None) if compacted => {}
            (Some(cells), _) => columns.push(Readable {
                name: name.clone(),
                root,
                integer: cells.is_integer(),
            }),
            (None, Some(_)) => {
                return Err(ParquetFault::ColumnType {
                    column: name.clone(),
                    found: column.data_type().to_string(),
                });
            }
            (None, None) => {}
        }
    }
    if is_flow_log {
        Ok(columns)
    } else {
        Err(ParquetFault::NotAFlowLog(schema.fields().len()))
    }
}

/// Where the cells of each column will be. Every row needs what is wanted, what
/// decides about time, service and notes, and the numbers that can be bad:
/// those make a skip whoever looks.
fn places(bound: &Bound, doubtful: &[usize]) -> Vec<(Side, usize)> {
    let decisive = [bound.version, bound.start, bound.end, bound.log_status];
    let (mut narrow, mut wide) = (0, 0);
    let mut places = Vec::new();
    // Without any column the rows would be as many as the footer likes to say.
    let nothing = bound.wanted.is_empty() && decisive.iter().all(Option::is_none);
    for n in 0..bound.format.len() {
        let needed = (nothing && n == 0)
            || decisive.contains(&Some(n))
            || doubtful.contains(&n)
            || bound.wanted.iter().any(|w| w.column == n);
        let (side, count) = if needed {
            (Side::Narrow, &mut narrow)
        } else {
            (Side::Wide, &mut wide)
        };
        places.push((side, *count));
        *count += 1;
    }
    places
}

/// How many rows the footer promises. It says so twice, for the file and for
/// each row group; the larger sum has to be met.
fn rows_of(metadata: &ParquetMetaData) -> u64 {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let groups = metadata.row_groups().iter().map(|g| count(g.num_rows()));
    let sum = groups.fold(0, u64::saturating_add);
    sum.max(count(metadata.file_metadata().num_rows()))
}

/// Refuses what inflates beyond the limit. A row counts as one byte at least:
/// encoded absence takes next to none.
fn check_size(metadata: &ParquetMetaData, limits: &Limits) -> Result<(), ParquetFault> {
    let chunks = metadata.row_groups().iter().flat_map(|g| g.columns());
    let sizes = chunks.map(|c| u64::try_from(c.uncompressed_size()).unwrap_or(0));
    let bytes = sizes.fold(rows_of(metadata), u64::saturating_add);
    let max = limits.inflated_bytes_max;
    if bytes > max {
        return Err(ParquetFault::TooLarge { bytes, max });
    }
    Ok(())
}

/// The metadata once more, with text columns declared as binary: the decoder
/// would give up the file at the first byte that is not UTF-8, and one byte must
/// not blind a detector. Reading them as views leaves the values in their pages.
/// The Arrow schema that some writers embed is not used, so text is always text
/// and never a dictionary.
fn as_binary<R: ChunkReader>(
    source: &R,
    first: &ParquetMetaData,
) -> ParquetResult<ArrowReaderMetadata> {
    let root = first.file_metadata().schema_descr().root_schema();
    let columns: ParquetResult<Vec<TypePtr>> = root.get_fields().iter().map(binary_type).collect();
    let root = Type::group_type_builder(root.name())
        .with_fields(columns?)
        .build()?;
    let parquet_schema = Arc::new(SchemaDescriptor::new(Arc::new(root)));
    let inferred = parquet_to_arrow_schema(&parquet_schema, None)?;
    let fields: Vec<Field> = inferred.fields().iter().map(|f| view_field(f)).collect();
    let options = ArrowReaderOptions::new()
        .with_schema(Arc::new(Schema::new(fields)))
        .with_parquet_schema(parquet_schema);
    ArrowReaderMetadata::load(source, options)
}

fn binary_type(column: &TypePtr) -> ParquetResult<TypePtr> {
    let info = column.get_basic_info();
    let text = column.is_primitive()
        && column.get_physical_type() == PhysicalType::BYTE_ARRAY
        && info.converted_type() != ConvertedType::DECIMAL
        && info.has_repetition()
        && info.repetition() != Repetition::REPEATED;
    if !text {
        return Ok(Arc::clone(column));
    }
    let builder = Type::primitive_type_builder(column.name(), PhysicalType::BYTE_ARRAY)
        .with_repetition(info.repetition())
        .with_id(info.has_id().then(|| info.id()));
    Ok(Arc::new(builder.build()?))
}

fn view_field(field: &Field) -> Field {
    if field.data_type() == &DataType::Binary {
        field.clone().with_data_type(DataType::BinaryView)
    } else {
        field.clone()
    }
}

/// A file that two readers share.
struct Shared<R>(Arc<R>);

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: ChunkReader> Length for Shared<R> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<R: ChunkReader> ChunkReader for Shared<R> {
    type T = R::T;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<bytes::Bytes> {
        self.0.get_bytes(start, length)
    }
}
