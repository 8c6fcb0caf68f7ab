//! Reads flow logs in Parquet.
//!
//! AWS writes the columns of the flow log's fields under their names with
//! underscores. Only the columns that the projection wants are decoded, with
//! those that decide about time, service and skips; the others are decoded when
//! somebody asks for a whole record.

mod cells;
mod fault;
mod file;
mod origin;
mod row;
mod whole;

use ::parquet::file::reader::ChunkReader;
use flowtrail_event::{Flow, Limits, Projection, Sink};

use self::cells::Cells;
pub use self::fault::ParquetFault;
use self::fault::guarded;
use self::file::{File, Side};
use self::row::{Row, RowReader};
use self::whole::Whole;

/// Rows decoded at a time: enough to decode in bulk, few enough that even long
/// values take little memory (they are not copied out of their pages).
const BATCH_ROWS: usize = 4096;

/// Whether bytes that begin with `first_bytes` are a Parquet file.
#[must_use]
pub fn looks_like_parquet(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(b"PAR1")
}

/// Reads a Parquet file (`bytes::Bytes`, `std::fs::File`) of flow-log records
/// into `sink`. Each row is exactly one event or one skip; offsets are rows,
/// counted from 0.
///
/// Columns are known by AWS's names with underscores or hyphens, any subset of
/// them, as integers of any width, floats without a fraction, text or binary;
/// times also as timestamps. Null, the text `-` and empty text are no value,
/// and neither are `None`, `nan` and `null` in numeric columns, which other
/// tools write for it. Values are pushed as text, as [`TextReader`] does. Hive
/// partition columns are ignored; columns that are not known are shown in
/// [`Event::json`] if they are numbers or text.
///
/// A compacted file ([`flowtrail_event::compacted`]) gives the records that were
/// put into it, as the reader of their first object gave them: [`Event::json`]
/// is the same, and place and object are those of old.
///
/// [`flowtrail_event::compacted`]: flowtrail_event::compacted
/// [`TextReader`]: crate::TextReader
/// [`Event::json`]: flowtrail_event::Event::json
///
/// # Errors
/// If the file is no flow log in Parquet or is damaged. What was pushed before
/// stays valid; [`ParquetFault::Damaged`] says how many rows that are.
pub fn read_parquet<R, S>(
    file: R,
    projection: &Projection,
    limits: &Limits,
    sink: &mut S,
) -> Result<(), ParquetFault>
where
    R: ChunkReader + 'static,
    S: Sink + ?Sized,
{
    let file = File::open(file, projection, limits)?;
    let mut batches = file.batches(Side::Narrow, 0)?;
    let mut reader = RowReader::new(&file, projection, limits);
    let whole = Whole::new(&file);
    while let Some(batch) = batches.next()? {
        for row in 0..batch.rows {
            let row = Row {
                file: &file,
                whole: &whole,
                batch: &batch,
                row,
            };
            if reader.read(&row, sink) == Flow::Stop {
                return Ok(());
            }
            if let Some(fault) = whole.take_fault() {
                return Err(fault);
            }
        }
    }
    Ok(())
}
