//! Objects of S3: read as streams, written nowhere near the logs.
//!
//! What is deliberately not here: a way to write into a bucket that logs were
//! read from. Such a write would call the function again, and again.

mod body;
mod reader;
#[cfg(test)]
pub(crate) mod server;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Config;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use tokio::time::timeout;

use crate::fault::{Fault, FaultKind};
use crate::object_ref::ObjectRef;
use body::{Source, is_replaced, starts_at};

pub use body::Body;
pub use reader::ObjectReader;

/// One try of a write, or one page of a listing: a few megabytes at most.
const CALL_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a download is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Longest silence: no answer, or no byte of a body.
    pub stall: Duration,
    /// How often a body that breaks off is taken up again where it broke.
    pub resumes: u32,
}

impl Default for Patience {
    /// Ten seconds, because S3 answers within one; three resumptions, because
    /// what breaks four times is not a broken connection any more.
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(10),
            resumes: 3,
        }
    }
}

/// The objects that a role may see.
#[derive(Debug, Clone)]
pub struct Objects {
    client: Client,
    patience: Patience,
    /// Buckets that are never written into, shared by all clones.
    logs: Arc<Mutex<BTreeSet<String>>>,
}

/// An object that answers.
#[derive(Debug)]
pub struct Opened {
    /// The object as it is now, which may be another content than the one that
    /// was announced: version, size in bytes and `ETag` are those of the answer.
    pub object: ObjectRef,
    /// When it was written, in seconds since the epoch.
    pub last_modified: Option<i64>,
    /// Its bytes, as stored.
    pub body: Body,
}

impl Opened {
    /// What tells this content from another one under the same name: the
    /// version, else the `ETag`, else nothing.
    #[must_use]
    pub fn content(&self) -> &str {
        self.object.identity().2.unwrap_or("")
    }
}

/// An object to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The content, already encoded.
    pub bytes: Bytes,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Content-Encoding`, if it is encoded.
    pub content_encoding: Option<&'static str>,
}

impl Objects {
    /// Objects behind a client.
    #[must_use]
    pub fn new(client: Client, patience: Patience) -> Self {
        Self {
            client,
            patience,
            logs: Arc::default(),
        }
    }

    /// Never writes into these buckets. Those that logs are read from with
    /// [`Objects::open`] are protected without being named here.
    pub fn protect<B: Into<String>>(&self, buckets: impl IntoIterator<Item = B>) {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        logs.extend(buckets.into_iter().map(Into::into));
    }

    /// Opens a log object: that version if one is named, else what lies there
    /// now. All waiting ends at `deadline`. From now on nothing is written into
    /// its bucket.
    ///
    /// # Errors
    /// Those of `GetObject`; `Timeout` at the deadline.
    pub async fn open(&self, object: &ObjectRef, deadline: Instant) -> Result<Opened, Fault> {
        let opened = self.get(object, deadline).await?;
        self.protect([object.bucket.as_str()]);
        Ok(opened)
    }

    /// Reads a small object that is no log (a rule file, a list) as a whole.
    /// Its bucket may still be written into.
    ///
    /// # Errors
    /// Those of `GetObject`; `Invalid` if it has more than `bytes_max`;
    /// `Timeout` at the deadline.
    pub async fn read(
        &self,
        object: &ObjectRef,
        bytes_max: u64,
        deadline: Instant,
    ) -> Result<Bytes, Fault> {
        self.get(object, deadline)
            .await?
            .body
            .whole(bytes_max)
            .await
    }

    /// Opens the content that an earlier answer named, by its `ETag` and, where
    /// one was asked for, its version.
    ///
    /// # Errors
    /// Those of `GetObject`; `Network` if another content lies there by now: it
    /// is to be read from its beginning.
    pub async fn open_again(&self, object: &ObjectRef, deadline: Instant) -> Result<Body, Fault> {
        let source = Source::of_content(self.client.clone(), self.patience, object);
        let opened = self.answer(object, source, deadline).await;
        Ok(opened.map_err(replaced)?.body)
    }

    /// Reads some bytes of an object that is no log, of the content that is
    /// named if one is; as many as there are. With what it is.
    ///
    /// # Errors
    /// As of [`Objects::open_again`].
    pub async fn read_part(
        &self,
        object: &ObjectRef,
        bytes: Range<u64>,
        deadline: Instant,
    ) -> Result<(ObjectRef, Bytes), Fault> {
        let (begin, bytes_max) = (bytes.start, bytes.end.saturating_sub(bytes.start));
        let source = Source::of_content(self.client.clone(), self.patience, object).part(bytes);
        let answer = source.ask(0, deadline).await.map_err(replaced)?;
        if begin > 0 && !starts_at(&answer, begin) {
            let message = "a part of the object cannot be had alone";
            return Err(Fault::new("GetObject", FaultKind::Invalid, message));
        }
        let opened = Self::opened(object, source, answer, deadline);
        Ok((opened.object, opened.body.whole(bytes_max).await?))
    }

    async fn get(&self, object: &ObjectRef, deadline: Instant) -> Result<Opened, Fault> {
        let source = Source::new(self.client.clone(), self.patience, object);
        self.answer(object, source, deadline).await
    }

    async fn answer(
        &self,
        object: &ObjectRef,
        source: Source,
        deadline: Instant,
    ) -> Result<Opened, Fault> {
        let answer = source.ask(0, deadline).await?;
        Ok(Self::opened(object, source, answer, deadline))
    }

    fn opened(
        object: &ObjectRef,
        source: Source,
        answer: GetObjectOutput,
        deadline: Instant,
    ) -> Opened {
        let size = answer.content_length().and_then(|n| u64::try_from(n).ok());
        let etag = answer.e_tag().map(|e| e.trim_matches('"').to_owned());
        Opened {
            object: ObjectRef {
                version: version(&answer),
                size,
                etag,
                ..object.clone()
            },
            last_modified: answer.last_modified().map(|t| t.secs()),
            body: Body::new(source, answer, deadline),
        }
    }

    /// The objects under a prefix, by key.
    ///
    /// # Errors
    /// Those of `ListObjectsV2`; `Invalid` if there are more than `objects_max`.
    pub async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        objects_max: usize,
    ) -> Result<Vec<ObjectRef>, Fault> {
        let call = "ListObjectsV2";
        let request = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = request.into_paginator().send();
        let mut found = Vec::new();
        let late = |_| Fault::new(call, FaultKind::Timeout, "no answer in time");
        while let Some(page) = timeout(CALL_TIME_MAX, pages.next()).await.map_err(late)? {
            let page = page.map_err(|e| Fault::of(call, &e))?;
            for object in page.contents() {
                found.push(ObjectRef {
                    size: object.size().and_then(|n| u64::try_from(n).ok()),
                    etag: object.e_tag().map(|e| e.trim_matches('"').to_owned()),
                    ..ObjectRef::named(bucket, object.key().unwrap_or(""))
                });
            }
            if found.len() > objects_max {
                let message =
                    format!("more than {objects_max} objects under s3://{bucket}/{prefix}");
                return Err(Fault::new(call, FaultKind::Invalid, message));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Whether there is any object under a prefix.
    ///
    /// # Errors
    /// Those of `ListObjectsV2`.
    pub async fn has_any(&self, bucket: &str, prefix: &str) -> Result<bool, Fault> {
        let request = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let page = request.max_keys(1).send().await;
        let page = page.map_err(|e| Fault::of("ListObjectsV2", &e))?;
        Ok(!page.contents().is_empty())
    }

    /// Writes an object, over what may be there.
    ///
    /// # Errors
    /// `Denied` for a bucket of logs, without a request; those of `PutObject`.
    pub async fn put(&self, object: NewObject) -> Result<(), Fault> {
        let call = "PutObject";
        self.refuse_logs(call, &object.bucket)?;
        self.client
            .put_object()
            .bucket(object.bucket)
            .key(object.key)
            .content_type(object.content_type)
            .set_content_encoding(object.content_encoding.map(str::to_owned))
            .body(object.bytes.into())
            .customize()
            .config_override(attempts_of(CALL_TIME_MAX))
            .send()
            .await
            .map_err(|e| Fault::of(call, &e))?;
        Ok(())
    }

    /// Deletes an object; one that is not there is deleted, too.
    ///
    /// # Errors
    /// `Denied` for a bucket of logs, without a request; those of `DeleteObject`.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), Fault> {
        let call = "DeleteObject";
        self.refuse_logs(call, bucket)?;
        self.client
            .delete_object()
            .bucket(bucket)
            .key(key)
            .customize()
            .config_override(attempts_of(CALL_TIME_MAX))
            .send()
            .await
            .map_err(|e| Fault::of(call, &e))?;
        Ok(())
    }

    /// A denial, because it is one by policy: once the configuration is mended
    /// the same item can be done, and until then it must not be given up.
    fn refuse_logs(&self, call: &'static str, bucket: &str) -> Result<(), Fault> {
        let logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if logs.contains(bucket) {
            let message = format!("`{bucket}` is a bucket of logs, and nothing is written into it");
            return Err(Fault::new(call, FaultKind::Denied, message));
        }
        Ok(())
    }
}

/// What lies there is another content than the one that was asked for, which
/// must not look like a request that is wrong.
fn replaced(fault: Fault) -> Fault {
    if is_replaced(&fault) {
        let message = "the object is another one by now";
        return Fault::new("GetObject", FaultKind::Network, message);
    }
    fault
}

/// The version of an answer. Where versions are suspended each content is
/// called `null`, which tells nothing.
fn version(answer: &GetObjectOutput) -> Option<String> {
    let version = answer.version_id().filter(|v| *v != "null");
    version.map(str::to_owned)
}

/// Gives every single try a limit; the SDK by itself waits for ever.
pub(crate) fn attempts_of(time: Duration) -> aws_sdk_s3::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(time);
    Config::builder().timeout_config(timeouts.build())
}
