//! A store that says what was asked of it, and does not answer everything.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

#[derive(Debug)]
pub(super) struct Watched {
    pub(super) inner: InMemory,
    /// Below this, listing is denied.
    pub(super) denied: String,
    /// Here, listing fails.
    pub(super) broken: String,
    /// Each download takes so long.
    pub(super) delay: Duration,
    listed: Mutex<Vec<String>>,
    pub(super) got: Mutex<Vec<String>>,
    under_way: AtomicUsize,
    pub(super) peak: AtomicUsize,
}

impl Watched {
    pub(super) fn over(inner: InMemory) -> Self {
        Self {
            inner,
            denied: "\n".to_owned(),
            broken: "\n".to_owned(),
            delay: Duration::ZERO,
            listed: Mutex::default(),
            got: Mutex::default(),
            under_way: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }
    }

    pub(super) fn listed(&self) -> Vec<String> {
        self.listed.lock().unwrap().clone()
    }

    pub(super) fn forget(&self) {
        self.listed.lock().unwrap().clear();
    }

    fn list_of(&self, prefix: Option<&Path>) -> Result<()> {
        let path = prefix.map_or("", Path::as_ref).to_owned();
        self.listed.lock().unwrap().push(path.clone());
        if path.starts_with(&self.denied) {
            return Err(Error::PermissionDenied {
                path,
                source: "no permission".into(),
            });
        }
        if path == self.broken {
            return Err(Error::Generic {
                store: "test",
                source: "slow down\nhint: later".into(),
            });
        }
        Ok(())
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

#[async_trait]
impl ObjectStore for Watched {
    async fn put_opts(&self, at: &Path, what: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(at, what, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        if !options.head {
            self.got.lock().unwrap().push(at.to_string());
            let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.peak.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(self.delay).await;
            self.under_way.fetch_sub(1, Ordering::SeqCst);
        }
        self.inner.get_opts(at, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.list_of(prefix) {
            Ok(()) => self.inner.list(prefix),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.list_of(prefix)?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
