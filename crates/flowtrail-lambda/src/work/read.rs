//! From an announcement to a scan, and what is said of what cannot be read.

use bytes::Bytes;
use flowtrail_aws::metrics::Metric;
use flowtrail_aws::publish::Source;
use flowtrail_aws::{Fault, FaultKind, ObjectId, ObjectReader, ObjectRef};
use flowtrail_detect::Harvest;
use flowtrail_scan::ObjectReport;
use sha2::{Digest as _, Sha256};

use super::{Done, Held, Job, Stop};
use crate::pool::{Late, Pool};

/// Objects up to this size are fetched whole and scanned in one go; larger ones
/// are scanned as they come.
const WHOLE_MAX: u64 = 4 << 20;

impl Job<'_> {
    /// A log object, as it is now.
    pub(super) async fn object(&mut self, object: &ObjectRef) -> Result<Done, Stop> {
        self.held = Held::Object(object.clone());
        // What was announced may tell that there is nothing to fetch.
        if let Some(etag) = object.etag.as_deref() {
            let id = ObjectId::new(&object.bucket, &object.key, etag);
            if let Some(done) = self.handled(&id).await? {
                return Ok(done);
            }
        }
        let opened = self.function.objects.open(object, self.deadline).await;
        let opened = opened.map_err(Stop::Source)?;
        let read = opened.object.clone();
        self.held = Held::Object(read.clone());
        let content = read.etag.clone().or(read.version.clone());
        let content = content.unwrap_or_default();
        let id = ObjectId::new(&object.bucket, &object.key, &content);
        if object.etag.as_deref() != Some(content.as_str())
            && let Some(done) = self.handled(&id).await?
        {
            return Ok(done);
        }
        let small = opened.body.size().is_some_and(|size| size <= WHOLE_MAX);
        let (report, harvest) = if small {
            let bytes = opened.body.whole(WHOLE_MAX).await.map_err(Stop::Source)?;
            self.scan_bytes(bytes).await?
        } else {
            // To name a version takes a permission of its own.
            let again = ObjectRef {
                version: object.version.clone(),
                ..read.clone()
            };
            let (body, memory) = self.recall_stream(opened.body, &again).await?;
            let mut reader = ObjectReader::new(body, tokio::runtime::Handle::current());
            let (scanned, fault) = self
                .scan(move |pool, name| {
                    let scanned = pool.scan(name, &mut reader, memory);
                    (scanned, reader.fault().cloned())
                })
                .await?;
            match fault {
                Some(fault) => return Err(Stop::Source(fault)),
                None => scanned,
            }
        };
        let source = Source::Object(&read);
        Ok(self.judged(&id, source, report, harvest).await?)
    }

    /// Records that came inside the event.
    pub(super) async fn inline(&mut self, name: &str, bytes: &Bytes) -> Result<Done, Stop> {
        self.held = Held::Bytes(bytes.clone());
        let content: String = Sha256::digest(bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        // The same batch may come under another name.
        let id = ObjectId::new("inline", "", &content);
        if let Some(done) = self.handled(&id).await? {
            return Ok(done);
        }
        tracing::debug!(name, bytes = bytes.len(), "records inside the event");
        let (report, harvest) = self.scan_bytes(bytes.clone()).await?;
        let source = Source::Inline {
            name,
            content: &content,
        };
        Ok(self.judged(&id, source, report, harvest).await?)
    }

    /// A message that cannot be read, which goes to the dead letters as it came.
    pub(super) async fn unread(&mut self, reason: &str, raw: &Bytes) -> Done {
        const KIND: &str = "payload";
        self.held = Held::Bytes(raw.clone());
        self.attempt.add_reason(Metric::ObjectsFailed, KIND, 1);
        tracing::error!(item = %self.name, reason, "a message cannot be read");
        Done {
            outcome: self.bury(KIND, reason).await,
            ..Done::default()
        }
    }

    /// Bytes that are there: looked through for what was seen before, if rules
    /// ask for that, and scanned.
    async fn scan_bytes(&mut self, bytes: Bytes) -> Result<(ObjectReport, Harvest), Stop> {
        let memory = self.recall_bytes(&bytes).await?;
        let deadline = self.deadline;
        let scanned = self.scan(move |pool, name| pool.scan_until(name, &bytes, deadline, memory));
        scanned.await?.map_err(late)
    }

    /// Scans on a thread that may block.
    async fn scan<T: Send + 'static>(
        &self,
        scan: impl FnOnce(&Pool, &str) -> T + Send + 'static,
    ) -> Result<T, Stop> {
        let (pool, name) = (
            std::sync::Arc::clone(&self.function.pool),
            self.name.clone(),
        );
        let scanned = tokio::task::spawn_blocking(move || scan(&pool, &name)).await;
        scanned.map_err(internal)
    }
}

pub(super) fn internal(error: tokio::task::JoinError) -> Stop {
    let message = format!("the scan stopped on an internal error: {error}");
    Stop::Source(Fault::new("scan", FaultKind::Invalid, message))
}

pub(super) fn late(late: Late) -> Stop {
    Stop::Source(Fault::new("scan", FaultKind::Timeout, late.to_string()))
}
