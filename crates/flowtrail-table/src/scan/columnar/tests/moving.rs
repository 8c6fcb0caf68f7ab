//! Files that move under the hands of their readers.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::Mutex;

use super::*;
use crate::compact::{Manifest, Part};
use crate::engine::sandbox::engine;
use crate::store::Bucket;

/// Moves its files one step on before each look at one of them, as a
/// compaction would that is done in no time.
#[derive(Debug)]
struct Moving {
    inner: Arc<InMemory>,
    parts: Vec<Part>,
    /// Looks so far, and before which one the files begin to move.
    looks: Mutex<usize>,
    from: usize,
}

impl fmt::Display for Moving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("moving")
    }
}

impl Moving {
    async fn look(&self, at: &Location) {
        if at.extension() != Some("parquet") {
            return;
        }
        // Two readers may look at a time; a step is done before the next one.
        let mut looks = self.looks.lock().await;
        let look = *looks;
        *looks += 1;
        for part in &self.parts {
            let [published, staged, replaced] = part.places().map(|p| in_lake(&p));
            let (inner, done) = (&self.inner, "it is there");
            match look.checked_sub(self.from) {
                Some(0) => inner.copy(&staged, &published).await.expect(done),
                Some(1) => inner.delete(&staged).await.expect(done),
                Some(2) => inner.copy(&published, &replaced).await.expect(done),
                Some(3) => inner.delete(&published).await.expect(done),
                _ => {}
            }
        }
    }
}

fn in_lake(path: &str) -> Location {
    Location::from(format!("lake/{path}"))
}

#[async_trait::async_trait]
impl ObjectStore for Moving {
    async fn put_opts(&self, at: &Location, b: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(at, b, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Location,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Location, how: GetOptions) -> Result<GetResult> {
        self.look(at).await;
        self.inner.get_opts(at, how).await
    }

    async fn get_ranges(&self, at: &Location, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.look(at).await;
        self.inner.get_ranges(at, ranges).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Location>>,
    ) -> BoxStream<'static, Result<Location>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Location>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Location>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Location, to: &Location, how: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, how).await
    }
}

/// What `from` and `by_rows` make of the files: the answer, and how often a file
/// was looked at.
async fn asked(raw: &Path, from: usize, by_rows: bool) -> usize {
    let inner = Arc::new(InMemory::new());
    let bare = Arc::clone(&inner) as Arc<dyn ObjectStore>;
    let dest = Destination::bucket(bare, Location::from("lake"), "s3://logs/lake");
    compact(raw, &dest, |_| {}).await;
    let parts = Manifest::load(&dest).await.unwrap().parts;
    for part in &parts {
        let [published, staged, _] = part.places().map(|p| in_lake(&p));
        inner.copy(&published, &staged).await.unwrap();
        inner.delete(&published).await.unwrap();
    }
    let moving = Arc::new(Moving {
        inner,
        parts,
        looks: Mutex::default(),
        from,
    });
    let store = Arc::clone(&moving) as Arc<dyn ObjectStore>;
    let source = Source::Bucket(Bucket::new(store, "logs", "lake").unwrap());
    let engine = engine(EngineOptions {
        logs: Logs {
            sources: vec![source].into(),
            by_rows,
            ..Logs::default()
        },
        ..EngineOptions::default()
    });
    let sql = "SELECT count(eventname), count(record) FROM cloudtrail WHERE eventname LIKE 'M%'";
    let (answer, sums) = rows_and_sums(&engine, sql).await;
    assert_eq!(answer, ["2|2"], "from look {from}, by rows: {by_rows}");
    assert!(!sums.is_partial(), "{:?}", sums.partial());
    let looks = moving.looks.lock().await;
    *looks
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_found_wherever_it_is_on_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let record = |day: u32| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-03-0{day}T10:00:00Z","eventName":"Move","eventID":"{day}","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}}"#
        )
    };
    let (one, two) = (record(1), record(2));
    fs::write(folder.path().join("a.json"), trail(&[&one, &two])).unwrap();
    for by_rows in [false, true] {
        let looks = asked(folder.path(), usize::MAX, by_rows).await;
        assert!(looks >= 4, "each is looked for in two places: {looks}");
        for from in 0..looks {
            asked(folder.path(), from, by_rows).await;
        }
    }
}
