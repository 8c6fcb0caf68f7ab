//! A bucket that generated logs are written into.

use std::collections::HashSet;
use std::fmt;
use std::io;
use std::str::FromStr;

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use flowtrail_aws::{Clients, Fault, FaultKind, NewObject, Objects, Patience};
use flowtrail_simulate::Store;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// Objects on their way side by side. Most are small, so that a single one at a
/// time would spend its time waiting.
const SIDE_BY_SIDE: usize = 16;

/// `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    bucket: String,
    /// Empty, or ends in a slash.
    prefix: String,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix("s3://").unwrap_or("");
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err("write it as s3://bucket/prefix".to_owned());
        }
        let mut prefix = prefix.to_owned();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix,
        })
    }
}

impl Place {
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Empty, or ends in a slash.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// Puts objects into a bucket, several side by side.
pub(crate) struct BucketStore {
    runtime: Runtime,
    objects: Objects,
    place: Place,
    under_way: JoinSet<Result<(), Sad>>,
    /// Keys that are under way: the later of two contents has to stay.
    keys: HashSet<String>,
}

/// An object that did not arrive.
struct Sad {
    uri: String,
    fault: Fault,
}

impl BucketStore {
    /// A store at `place`, which must hold nothing unless `force` is given:
    /// logs of two runs in one place would be neither.
    ///
    /// # Errors
    /// If the bucket does not answer, or has objects there.
    pub(crate) fn open(place: &Place, force: bool) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("cannot start the threads that upload")?;
        let clients = runtime.block_on(Clients::load());
        let objects = clients.objects(Patience::default());
        let taken = objects.has_any(&place.bucket, &place.prefix);
        let taken = runtime.block_on(taken);
        let taken = taken.map_err(|f| anyhow!("cannot write into `{place}`: {f}\n{}", hint(&f)))?;
        if taken && !force {
            bail!(
                "`{place}` is not empty\nhint: give a new prefix, so that logs of two runs are \
                 not mixed, or --force"
            );
        }
        Ok(Self {
            runtime,
            objects,
            place: place.clone(),
            under_way: JoinSet::new(),
            keys: HashSet::new(),
        })
    }

    /// Waits until everything has arrived.
    ///
    /// # Errors
    /// The first object that did not.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.wait_until(0)?)
    }

    /// Waits until at most `left` objects are under way.
    fn wait_until(&mut self, left: usize) -> io::Result<()> {
        while self.under_way.len() > left {
            match self.runtime.block_on(self.under_way.join_next()) {
                Some(Ok(Ok(()))) | None => {}
                Some(Ok(Err(Sad { uri, fault }))) => {
                    let said = format!("{uri}: {fault}\n{}", hint(&fault));
                    return Err(io::Error::other(said));
                }
                Some(Err(error)) => return Err(io::Error::other(error)),
            }
        }
        Ok(())
    }
}

impl Store for BucketStore {
    fn put(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let key = format!("{}{key}", self.place.prefix);
        if self.keys.contains(&key) {
            self.wait_until(0)?;
        }
        if self.under_way.is_empty() {
            self.keys.clear();
        }
        self.wait_until(SIDE_BY_SIDE - 1)?;
        self.keys.insert(key.clone());
        let (content_type, content_encoding) = content(&key);
        let object = NewObject {
            bucket: self.place.bucket.clone(),
            key,
            bytes: Bytes::copy_from_slice(bytes),
            content_type,
            content_encoding,
        };
        let objects = self.objects.clone();
        let uri = format!("s3://{}/{}", object.bucket, object.key);
        let put = async move {
            objects
                .put(object)
                .await
                .map_err(|fault| Sad { uri, fault })
        };
        self.under_way.spawn_on(put, self.runtime.handle());
        Ok(())
    }
}

/// Type and encoding of an object, as AWS gives them to its logs.
fn content(key: &str) -> (&'static str, Option<&'static str>) {
    if key.ends_with(".json.gz") {
        ("application/json", Some("gzip"))
    } else if key.ends_with(".gz") {
        ("application/octet-stream", None)
    } else {
        ("text/plain", None)
    }
}

/// What may help.
fn hint(fault: &Fault) -> &'static str {
    match fault.kind {
        FaultKind::NotFound => "hint: the bucket has to exist; make it first",
        FaultKind::Denied | FaultKind::KeyDenied => {
            "hint: s3:ListBucket and s3:PutObject are needed there, and the use of the bucket's key"
        }
        FaultKind::Throttled | FaultKind::Service => "hint: try it again later",
        FaultKind::Timeout | FaultKind::Network | FaultKind::Invalid => {
            "hint: credentials and region come from the environment or a profile, as with other \
             programs of AWS (AWS_PROFILE, AWS_REGION)"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read() {
        let read = |text: &str| Place::from_str(text).map(|p| p.to_string());
        for (text, place) in [
            ("s3://b", "s3://b/"),
            ("s3://b/", "s3://b/"),
            ("s3://b/p", "s3://b/p/"),
            ("s3://b/p/q/", "s3://b/p/q/"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(place));
        }
        for text in ["", "b/p", "s3://", "s3:///p", "https://b/p"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn logs_look_like_those_of_aws() {
        assert_eq!(content("a/b.json.gz"), ("application/json", Some("gzip")));
        assert_eq!(content("a/b.log.gz").1, None);
        assert_eq!(content("labels.jsonl").0, "text/plain");
    }
}
