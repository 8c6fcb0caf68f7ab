//! Writes in one call.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, CopyMode, CopyOptions, PutMode, PutOptions, PutPayload, PutResult,
    Result,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::S3Store;
use super::error::{failure, failure_to_create, failure_to_update, not_supported};
use super::keys::key_of;
use crate::objects::attempts_of;

/// One try of a write. A part of a large object has some megabytes, a file of a
/// compacted copy up to some hundred.
pub(super) const WRITE_TIME_MAX: Duration = Duration::from_secs(300);

/// What needs no escape in `x-amz-copy-source`.
const COPY_SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The attributes of an object, as S3 takes them.
#[derive(Default)]
pub(super) struct Headers {
    pub(super) content_type: Option<String>,
    pub(super) content_encoding: Option<String>,
    pub(super) content_disposition: Option<String>,
    pub(super) content_language: Option<String>,
    pub(super) cache_control: Option<String>,
    pub(super) metadata: Vec<(String, String)>,
}

impl Headers {
    pub(super) fn read(attributes: &Attributes) -> Result<Self> {
        let mut headers = Self::default();
        for (attribute, value) in attributes {
            let value = value.to_string();
            let place = match attribute {
                Attribute::ContentType => &mut headers.content_type,
                Attribute::ContentEncoding => &mut headers.content_encoding,
                Attribute::ContentDisposition => &mut headers.content_disposition,
                Attribute::ContentLanguage => &mut headers.content_language,
                Attribute::CacheControl => &mut headers.cache_control,
                Attribute::Metadata(name) => {
                    headers.metadata.push((name.to_string(), value));
                    continue;
                }
                other @ (Attribute::StorageClass | _) => {
                    return Err(not_supported(&format!("the attribute {other:?}")));
                }
            };
            *place = Some(value);
        }
        Ok(headers)
    }
}

impl S3Store {
    pub(super) async fn put_object(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let call = "PutObject";
        let headers = Headers::read(&options.attributes)?;
        let tags = Some(options.tags.encoded()).filter(|t| !t.is_empty());
        let mut request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key_of(location))
            .set_content_type(headers.content_type)
            .set_content_encoding(headers.content_encoding)
            .set_content_disposition(headers.content_disposition)
            .set_content_language(headers.content_language)
            .set_cache_control(headers.cache_control)
            .set_tagging(tags.map(str::to_owned))
            .body(Bytes::from(payload).into());
        for (name, value) in headers.metadata {
            request = request.metadata(name, value);
        }
        let mode = options.mode.clone();
        match options.mode {
            PutMode::Overwrite => {}
            PutMode::Create => request = request.if_none_match("*"),
            PutMode::Update(version) => {
                let etag = version.e_tag;
                let etag = etag.ok_or_else(|| not_supported("an update without its ETag"))?;
                request = request.if_match(etag);
            }
        }
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        let name = self.name(location);
        let answer = sent.map_err(|e| match mode {
            PutMode::Overwrite => failure(call, &name, &e),
            PutMode::Create => failure_to_create(call, &name, &e),
            PutMode::Update(_) => failure_to_update(call, &name, &e),
        })?;
        Ok(PutResult {
            e_tag: answer.e_tag,
            version: answer.version_id.filter(|v| v != "null"),
        })
    }

    pub(super) async fn delete_object(&self, location: &Path) -> Result<()> {
        let request = self.client.delete_object();
        let request = request.bucket(&self.bucket).key(key_of(location));
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        sent.map_err(|e| failure("DeleteObject", &self.name(location), &e))?;
        Ok(())
    }

    /// One call, so of at most 5 GB, which S3 refuses to exceed.
    pub(super) async fn copy_object(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> Result<()> {
        let call = "CopyObject";
        let creates = options.mode == CopyMode::Create;
        let request = self
            .client
            .copy_object()
            .bucket(&self.bucket)
            .key(key_of(to))
            .copy_source(self.copy_source(from))
            .set_if_none_match(creates.then(|| "*".to_owned()));
        let config = attempts_of(WRITE_TIME_MAX);
        let sent = request.customize().config_override(config).send().await;
        if creates {
            sent.map_err(|e| failure_to_create(call, &self.name(to), &e))?;
        } else {
            sent.map_err(|e| failure(call, &self.name(from), &e))?;
        }
        Ok(())
    }

    fn copy_source(&self, from: &Path) -> String {
        let key = key_of(from);
        let key: Cow<'_, str> = utf8_percent_encode(&key, COPY_SOURCE).into();
        format!("{}/{key}", self.bucket)
    }
}
