//! A bucket as an `object_store::ObjectStore`, over the SDK that everything
//! else here speaks to AWS with: one chain of credentials, one stack of TLS.
//!
//! Keys that such a store cannot name (`logs//AWSLogs/…`, which is what a prefix
//! configured with a slash at its end makes of every key, or the `AWSLogs/` that
//! the console leaves for a folder) have paths of their own here; [`key_of`] says
//! which key a path is.
//!
//! `AlreadyExists` and `Precondition` of a conditional write can be the answer
//! to its own first try, if the answer to that got lost: whoever must know reads
//! what is there.

mod body;
mod error;
mod keys;
mod open;
mod read;
#[cfg(test)]
mod tests;
mod upload;
mod write;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::EncodingType;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::objects::{Patience, attempts_of};
use error::failure;
use keys::{decoded, prefix_of};

pub use keys::{key_of, path_of};
pub use open::{BucketError, BucketSettings, open_bucket};

/// One try of a listing's page: a thousand keys.
const LIST_TIME_MAX: Duration = Duration::from_secs(30);
/// Objects that are deleted side by side.
const DELETE_SIDE_BY_SIDE: usize = 16;

/// A bucket.
#[derive(Clone)]
pub struct S3Store {
    client: Client,
    bucket: String,
    patience: Patience,
}

impl S3Store {
    /// The bucket behind a client. `patience` is that of downloads.
    #[must_use]
    pub const fn new(client: Client, bucket: String, patience: Patience) -> Self {
        Self {
            client,
            bucket,
            patience,
        }
    }

    /// Pages of a listing, in the order of the keys.
    fn pages(
        &self,
        prefix: Option<&Path>,
        after: Option<String>,
        delimiter: Option<&'static str>,
    ) -> BoxStream<'static, Result<ListResult>> {
        let prefix = prefix_of(prefix);
        let name = format!("{}/{prefix}", self.bucket);
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_start_after(after)
            .set_delimiter(delimiter.map(str::to_owned))
            // XML has no way to write some characters that keys may have.
            .encoding_type(EncodingType::Url);
        let pages = stream::try_unfold(Some(None), move |next: Option<Option<String>>| {
            let (request, name) = (request.clone(), name.clone());
            async move {
                let Some(token) = next else {
                    return Ok(None);
                };
                let request = request.set_continuation_token(token);
                let config = attempts_of(LIST_TIME_MAX);
                let page = request.customize().config_override(config).send().await;
                let page = page.map_err(|e| failure("ListObjectsV2", &name, &e))?;
                let is_encoded = page.encoding_type() == Some(&EncodingType::Url);
                let key = |text: &str| decoded(text, is_encoded);
                let listed = ListResult {
                    objects: page.contents().iter().map(|o| meta(o, key)).collect(),
                    common_prefixes: page
                        .common_prefixes()
                        .iter()
                        .filter_map(|p| p.prefix())
                        .map(|p| folder(&key(p)))
                        .collect(),
                };
                let token = page.next_continuation_token().map(str::to_owned);
                Ok(Some((listed, token.map(Some))))
            }
        });
        pages.boxed()
    }
}

fn folder(prefix: &str) -> Path {
    path_of(prefix.strip_suffix('/').unwrap_or(prefix))
}

fn meta(object: &aws_sdk_s3::types::Object, key: impl Fn(&str) -> String) -> ObjectMeta {
    ObjectMeta {
        location: path_of(&key(object.key().unwrap_or(""))),
        last_modified: read::instant(object.last_modified()),
        size: object
            .size()
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or(0),
        e_tag: object.e_tag().map(str::to_owned),
        version: None,
    }
}

impl fmt::Display for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)
    }
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3Store").field(&self.bucket).finish()
    }
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        self.put_object(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.begin_upload(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if options.head {
            self.head_object(location, options).await
        } else {
            self.get_object(location, options).await
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let store = self.clone();
        let deletions = locations.map(move |location| {
            let store = store.clone();
            async move {
                let location = location?;
                store.delete_object(&location).await?;
                Ok(location)
            }
        });
        deletions.buffered(DELETE_SIDE_BY_SIDE).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let pages = self.pages(prefix, None, None);
        let objects = pages.map_ok(|page| stream::iter(page.objects.into_iter().map(Ok)));
        objects.try_flatten().boxed()
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        let after = Some(key_of(offset)).filter(|key| !key.is_empty());
        let pages = self.pages(prefix, after, None);
        let objects = pages.map_ok(|page| stream::iter(page.objects.into_iter().map(Ok)));
        objects.try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut pages = self.pages(prefix, None, Some("/"));
        let mut all = ListResult {
            common_prefixes: Vec::new(),
            objects: Vec::new(),
        };
        while let Some(page) = pages.try_next().await? {
            all.common_prefixes.extend(page.common_prefixes);
            all.objects.extend(page.objects);
        }
        Ok(all)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.copy_object(from, to, options).await
    }
}
