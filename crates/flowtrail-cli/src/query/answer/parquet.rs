//! Parquet, for other programs: every value as it is.

use std::io;

use flowtrail_table::arrow::array::RecordBatch;
use flowtrail_table::arrow::datatypes::SchemaRef;
use flowtrail_table::parquet::arrow::ArrowWriter;
use flowtrail_table::parquet::basic::{Compression, ZstdLevel};
use flowtrail_table::parquet::errors::ParquetError;
use flowtrail_table::parquet::file::properties::WriterProperties;

use super::{Out, Writer};

/// Bytes that are kept before a row group is written. A row of every column of
/// `CloudTrail` takes 2 KB, so this is some 30,000 of them.
const GROUP_BYTES_MAX: usize = 64 << 20;

pub(super) struct File {
    // The writer's own target: what it has finished is handed on at once.
    writer: Option<ArrowWriter<Vec<u8>>>,
}

impl File {
    pub(super) fn new(schema: &SchemaRef) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), SchemaRef::clone(schema), Some(properties));
        Ok(Self {
            writer: Some(writer.map_err(failed)?),
        })
    }
}

/// Hands on what the writer has finished.
fn drain(writer: &mut ArrowWriter<Vec<u8>>, out: Out<'_>) -> io::Result<()> {
    writer.sync().map_err(io::Error::other)?;
    out.write_all(&std::mem::take(writer.inner_mut()))
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}

impl Writer for File {
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        writer.write(batch).map_err(failed)?;
        if writer.memory_size() > GROUP_BYTES_MAX {
            writer.flush().map_err(failed)?;
        }
        drain(writer, out)
    }

    fn flush(&mut self, _: Out<'_>) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, out: Out<'_>) -> io::Result<()> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        out.write_all(&writer.into_inner().map_err(failed)?)
    }
}
