//! The bytes of a compacted file, wherever it lies by now.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::{HashMap, Result, exec_datafusion_err};
use datafusion::datasource::physical_plan::{ParquetFileMetrics, ParquetFileReaderFactory};
use datafusion::execution::cache::cache_manager::{
    CachedFileMetadataEntry, FileMetadata, FileMetadataCache,
};
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion_datasource::PartitionedFile;
use flowtrail_event::ObjectFault;
use flowtrail_event::compacted::{TABLE_KEY, VERSION, VERSION_KEY};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use object_store::path::Path;
use object_store::{Error, ObjectMeta};

use super::guard::Watch;
use crate::store::{StoredPart, said};

/// A file of a scan.
#[derive(Debug)]
pub(super) struct Scanned {
    /// How messages and the account name it.
    pub(super) name: String,
    pub(super) stored: Arc<StoredPart>,
}

/// Opens files of manifests.
pub(super) struct Files {
    watch: Arc<Watch>,
    cache: Arc<FileMetadataCache>,
}

impl Files {
    pub(super) const fn new(watch: Arc<Watch>, cache: Arc<FileMetadataCache>) -> Self {
        Self { watch, cache }
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files")
    }
}

impl ParquetFileReaderFactory for Files {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        footer_bytes: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let scanned = file.extension::<Arc<Scanned>>();
        let scanned = scanned.ok_or_else(|| exec_datafusion_err!("no manifest names the file"))?;
        Ok(Box::new(FileReader {
            at: None,
            file: Arc::clone(scanned),
            watch: Arc::clone(&self.watch),
            cache: Arc::clone(&self.cache),
            metrics: ParquetFileMetrics::new(partition, &scanned.name, metrics),
            footer_bytes,
            counted: file.effective_size(),
            meta: file.object_meta,
        }))
    }
}

/// What a file says of itself, as the session's cache keeps it.
struct Footer(Arc<ParquetMetaData>);

impl FileMetadata for Footer {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn memory_size(&self) -> usize {
        self.0.memory_size()
    }

    fn extra_info(&self) -> HashMap<String, String> {
        HashMap::new()
    }
}

/// Reads one file, or a range of it.
struct FileReader {
    file: Arc<Scanned>,
    /// Where it lay when it was read last.
    at: Option<Path>,
    watch: Arc<Watch>,
    cache: Arc<FileMetadataCache>,
    metrics: ParquetFileMetrics,
    footer_bytes: Option<usize>,
    /// Bytes that count as done when this is: those that are left out count,
    /// too.
    counted: u64,
    meta: ObjectMeta,
}

impl FileReader {
    async fn ranges(&mut self, ranges: &[Range<u64>]) -> ParquetResult<Vec<Bytes>> {
        let bytes: u64 = ranges.iter().map(|r| r.end.saturating_sub(r.start)).sum();
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.metrics.bytes_scanned.add(bytes);
        let store = Arc::clone(self.file.stored.dest().store());
        let mut missed = None;
        for at in self.at.take().into_iter().chain(self.file.stored.places()) {
            match store.get_ranges(&at, ranges).await {
                Ok(found) => {
                    self.at = Some(at);
                    return Ok(found);
                }
                Err(error @ Error::NotFound { .. }) => missed = Some(error),
                Err(error) => return Err(self.lost(error)),
            }
        }
        let nowhere = || ParquetError::EOF("it has no place".to_owned());
        Err(missed.map_or_else(nowhere, |error| self.lost(error)))
    }

    fn lost(&self, error: Error) -> ParquetError {
        let (kind, said) = if matches!(error, Error::NotFound { .. }) {
            let said = "it is gone: so many compactions ended meanwhile that it was deleted, or \
                        somebody took it away; run the statement again";
            (ObjectFault::Open, said.to_owned())
        } else {
            (ObjectFault::Read, said(&error))
        };
        self.watch.failed(&self.file, kind, said);
        ParquetError::External(Box::new(error))
    }

    async fn metadata(
        &mut self,
        options: Option<&ArrowReaderOptions>,
    ) -> ParquetResult<Arc<ParquetMetaData>> {
        if let Some(known) = self.cached() {
            return Ok(known);
        }
        let mut reader = ParquetMetaDataReader::new().with_prefetch_hint(self.footer_bytes);
        if let Some(options) = options {
            reader = reader
                .with_column_index_policy(options.column_index_policy())
                .with_offset_index_policy(options.offset_index_policy());
        }
        let size = self.meta.size;
        let metadata = Arc::new(reader.load_and_finish(&mut *self, size).await?);
        self.check(&metadata)?;
        let footer = Arc::new(Footer(Arc::clone(&metadata)));
        let entry = CachedFileMetadataEntry::new(self.meta.clone(), footer);
        self.cache.put(&self.meta.location, entry);
        Ok(metadata)
    }

    /// Without a page index, if it was read without; who needs one reads it.
    fn cached(&self) -> Option<Arc<ParquetMetaData>> {
        let entry = self.cache.get(&self.meta.location)?;
        let known = entry.file_metadata.as_any().downcast_ref::<Footer>()?;
        Some(Arc::clone(&known.0)).filter(|_| entry.is_valid_for(&self.meta))
    }

    /// That it is the file that the manifest names.
    fn check(&self, metadata: &ParquetMetaData) -> ParquetResult<()> {
        let part = &self.file.stored.part;
        let file = metadata.file_metadata();
        let known = file.key_value_metadata().map_or(&[][..], Vec::as_slice);
        let says = |key: &str, value: &str| {
            let mut entries = known.iter().filter(|e| e.key == key);
            entries.any(|e| e.value.as_deref() == Some(value))
        };
        let rows = u64::try_from(file.num_rows()).ok();
        let what = if !says(TABLE_KEY, &part.table) || !says(VERSION_KEY, VERSION) {
            format!("no file of table {} in layout {VERSION}", part.table)
        } else if rows != Some(part.rows) {
            let has = rows.unwrap_or(0);
            format!("of {} rows that the manifest tells it has {has}", part.rows)
        } else {
            return Ok(());
        };
        self.watch
            .failed(&self.file, ObjectFault::Corrupt, what.clone());
        Err(ParquetError::General(what))
    }
}

impl AsyncFileReader for FileReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move {
            let mut found = self.ranges(std::slice::from_ref(&range)).await?;
            let nothing = || ParquetError::EOF("the store gave nothing".to_owned());
            found.pop().ok_or_else(nothing)
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move { self.ranges(&ranges).await }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let metadata = self.metadata(options).await?;
            self.watch.opened(&self.file);
            self.watch.bytes(std::mem::take(&mut self.counted));
            Ok(metadata)
        }
        .boxed()
    }
}
