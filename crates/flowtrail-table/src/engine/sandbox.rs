//! What the tests of scans and of the engine share: made logs, and answers as
//! text.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::physical_plan::common::collect;
use flowtrail_event::{EventTime, Service};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use flowtrail_simulate::{FlowFormat, Plan, simulate};
use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use super::{Engine, EngineOptions};
use crate::account::Sums;
use crate::compact::{CompactOptions, Compactor, Destination, Stop, StoredLogs};
use crate::layout::Wanted;
use crate::scan::Logs;
use crate::store::{Bucket, ListSettings, Source, list};

/// The folder of foreign samples, if it is there.
pub(crate) fn data(below: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = root.join(below);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

/// An engine over folders and files, with two threads.
pub(crate) fn over(paths: &[&Path]) -> Engine {
    let sources = paths.iter().map(|p| Source::Local(p.to_path_buf()));
    over_sources(sources.collect())
}

pub(crate) fn over_sources(sources: Vec<Source>) -> Engine {
    engine(EngineOptions {
        logs: Logs {
            sources: sources.into(),
            ..Logs::default()
        },
        ..EngineOptions::default()
    })
}

pub(crate) fn engine(options: EngineOptions) -> Engine {
    let options = EngineOptions {
        threads: options.threads.or(Some(2)),
        ..options
    };
    Engine::new(options).unwrap()
}

/// The answer to a statement, and its account.
pub(crate) async fn batches(engine: &Engine, sql: &str) -> (Vec<RecordBatch>, Sums) {
    let query = engine
        .sql(sql)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    let run = Arc::clone(query.run());
    let stream = query.stream().await.unwrap();
    let batches = collect(stream)
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    (batches, run.account().sums())
}

/// The rows of an answer as text, columns with `|` between, sorted.
pub(crate) async fn rows(engine: &Engine, sql: &str) -> Vec<String> {
    rows_and_sums(engine, sql).await.0
}

pub(crate) async fn rows_and_sums(engine: &Engine, sql: &str) -> (Vec<String>, Sums) {
    let (batches, sums) = batches(engine, sql).await;
    let mut rows = texts(batches);
    rows.sort();
    (rows, sums)
}

/// The rows of an answer as text, in its order.
pub(crate) async fn rows_as_they_come(engine: &Engine, sql: &str) -> Vec<String> {
    texts(batches(engine, sql).await.0)
}

pub(crate) fn texts(batches: Vec<RecordBatch>) -> Vec<String> {
    let mut rows = Vec::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let cell = |column: &Arc<dyn datafusion::arrow::array::Array>| {
                array_value_to_string(column, row).unwrap()
            };
            let cells: Vec<_> = batch.columns().iter().map(cell).collect();
            rows.push(cells.join("|"));
        }
    }
    rows
}

/// The only value of an answer.
pub(crate) async fn number(engine: &Engine, sql: &str) -> u64 {
    let rows = rows(engine, sql).await;
    assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
    rows[0].parse().unwrap()
}

/// The plan of a statement as text.
pub(crate) async fn plan(engine: &Engine, sql: &str) -> String {
    rows(engine, &format!("EXPLAIN FORMAT INDENT {sql}"))
        .await
        .join("\n")
}

/// Records of each service in the objects of a folder, by the direct reader.
pub(crate) fn direct(folder: &Path) -> [u64; Service::ALL.len()] {
    let mut sums = [0; Service::ALL.len()];
    let mut reader = ObjectReader::new(
        &Projections::default(),
        &flowtrail_event::Limits::default(),
        ScanOptions::default(),
    );
    for file in files(folder) {
        let report = reader.read(std::fs::File::open(file).unwrap(), &mut Nobody);
        for (sum, n) in sums.iter_mut().zip(report.by_service) {
            *sum += n;
        }
    }
    sums
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Takes records that are only counted.
pub(crate) struct Nobody;

impl flowtrail_event::Sink for Nobody {
    fn event(&mut self, _: &mut flowtrail_event::Event<'_>) -> flowtrail_event::Flow {
        flowtrail_event::Flow::Continue
    }
    fn skip(&mut self, _: flowtrail_event::Skip) {}
    fn note(&mut self, _: flowtrail_event::Note) {}
}

/// Simulated logs of two accounts over three days.
pub(crate) fn simulated() -> BTreeMap<String, Vec<u8>> {
    let plan = Plan {
        start: EventTime::parse(b"2026-03-01T00:00:00Z").unwrap(),
        hours: 72,
        accounts: 2,
        events_per_day: 2_000,
        flows_per_day: 2_000,
        flow_format: FlowFormat::default(),
        ..Plan::default()
    };
    let mut store = BTreeMap::new();
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store
}

/// A bucket in memory that counts what is asked of it.
#[derive(Debug, Default)]
pub(crate) struct Counting {
    pub(crate) inner: InMemory,
    pub(crate) gets: AtomicU64,
    pub(crate) lists: AtomicU64,
    /// Prefixes that may not be listed.
    pub(crate) denied: Vec<String>,
    /// Keys that are gone when they are asked for.
    pub(crate) gone: Vec<String>,
    /// Keys whose answer breaks off in the middle.
    pub(crate) broken: Vec<String>,
}

impl Counting {
    pub(crate) async fn holding(objects: &BTreeMap<String, Vec<u8>>) -> Arc<Self> {
        Arc::new(Self::default().filled(objects).await)
    }

    pub(crate) async fn filled(self, objects: &BTreeMap<String, Vec<u8>>) -> Self {
        let store = self;
        for (key, bytes) in objects {
            let payload = PutPayload::from(bytes.clone());
            store
                .inner
                .put(&Location::from(key.as_str()), payload)
                .await
                .unwrap();
        }
        store
    }

    fn refuses(&self, prefix: Option<&Location>) -> Option<object_store::Error> {
        let path = prefix.map_or("", Location::as_ref).to_owned();
        let denied = |d: &String| path.starts_with(d.as_str());
        self.denied
            .iter()
            .any(denied)
            .then(|| object_store::Error::PermissionDenied {
                path,
                source: "access denied".into(),
            })
    }

    pub(crate) fn source(self: &Arc<Self>, prefix: &str) -> Source {
        let store: Arc<dyn ObjectStore> = Arc::clone(self) as _;
        Source::Bucket(Bucket::new(store, "logs", prefix).unwrap())
    }

    /// Objects that were fetched since this was last asked.
    pub(crate) fn fetched(&self) -> u64 {
        self.gets.swap(0, Ordering::Relaxed)
    }

    /// Answers of a listing since this was last asked.
    pub(crate) fn listed(&self) -> u64 {
        self.lists.swap(0, Ordering::Relaxed)
    }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bucket that counts")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Counting {
    async fn put_opts(
        &self,
        location: &Location,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Location,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(
        &self,
        location: &Location,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        self.gets.fetch_add(1, Ordering::Relaxed);
        if self.gone.iter().any(|k| k == location.as_ref()) {
            return Err(object_store::Error::NotFound {
                path: location.to_string(),
                source: "no such key".into(),
            });
        }
        let mut answer = self.inner.get_opts(location, options).await?;
        if self.broken.iter().any(|k| k == location.as_ref()) {
            let bytes = match answer.payload {
                object_store::GetResultPayload::Stream(stream) => {
                    stream.try_collect::<Vec<_>>().await?.concat()
                }
                object_store::GetResultPayload::File(..) => Vec::new(),
            };
            let reset = object_store::Error::Generic {
                store: "test",
                source: "connection reset".into(),
            };
            let half = bytes.len() / 2;
            let half = bytes::Bytes::from(bytes).slice(..half);
            let pieces = [Ok(half), Err(reset)];
            let pieces = futures_util::stream::iter(pieces);
            answer.payload = object_store::GetResultPayload::Stream(Box::pin(pieces));
        }
        Ok(answer)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, object_store::Result<Location>>,
    ) -> BoxStream<'static, object_store::Result<Location>> {
        self.inner.delete_stream(locations)
    }

    fn list(
        &self,
        prefix: Option<&Location>,
    ) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        match self.refuses(prefix) {
            Some(error) => Box::pin(futures_util::stream::once(async { Err(error) })),
            None => self.inner.list(prefix),
        }
    }

    async fn list_with_delimiter(
        &self,
        prefix: Option<&Location>,
    ) -> object_store::Result<ListResult> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        match self.refuses(prefix) {
            Some(error) => Err(error),
            None => self.inner.list_with_delimiter(prefix).await,
        }
    }

    async fn copy_opts(
        &self,
        from: &Location,
        to: &Location,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// Compacts what lies in a folder.
pub(crate) async fn compact(logs: &Path, dest: &Destination, change: fn(&mut CompactOptions)) {
    let sources: Arc<[Source]> = Arc::new([Source::Local(logs.to_owned())]);
    let (wanted, settings) = (Wanted::default(), ListSettings::default());
    let listing = list(&sources, &wanted, &settings).await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    let (stored, objects) = StoredLogs::new(sources, listing.objects, runtime);
    let mut options = CompactOptions {
        memory_bytes: 256 << 20,
        ..CompactOptions::default()
    };
    change(&mut options);
    let compactor = Compactor {
        dest: dest.clone(),
        sources: Arc::new(stored),
        options,
        stop: Stop::default(),
        progress: Arc::default(),
    };
    let done = compactor.run(&objects).await;
    assert!(done.ended.is_none(), "{:?}", done.ended);
}
