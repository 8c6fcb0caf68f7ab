//! Downloads.

use std::ops::Range;
use std::time::SystemTime;

use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_smithy_types::DateTime;
use futures_util::stream::{self, StreamExt as _};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta, Result,
};

use super::S3Store;
use super::body::Body;
use super::error::{failure, odd};
use super::keys::key_of;
use crate::objects::attempts_of;

/// What S3 calls the version of an object in a bucket that keeps none.
const NO_VERSION: &str = "null";

impl S3Store {
    pub(super) async fn get_object(
        &self,
        location: &Path,
        options: GetOptions,
    ) -> Result<GetResult> {
        let call = "GetObject";
        let name = self.name(location);
        let range = options.range.as_ref().map(header);
        if let Some(None) = range {
            return Err(odd(call, &name, "a range without a byte was asked for"));
        }
        let answer = self.ask(location, range.flatten(), &options).await?;
        let len = answer.content_length().and_then(|n| u64::try_from(n).ok());
        let len = len.ok_or_else(|| odd(call, &name, "an answer without its length"))?;
        let (range, size) = match answer.content_range() {
            Some(text) => content_range(text)
                .ok_or_else(|| odd(call, &name, format!("the range `{text}` in an answer")))?,
            None => (0..len, len),
        };
        Ok(GetResult {
            meta: ObjectMeta {
                location: location.clone(),
                last_modified: instant(answer.last_modified()),
                size,
                e_tag: answer.e_tag().map(str::to_owned),
                version: version(answer.version_id()),
            },
            attributes: attributes(&answer),
            payload: GetResultPayload::Stream(self.body(location, answer, range.clone())),
            range,
        })
    }

    /// Asks for bytes, in one call of the SDK with its retries.
    pub(super) async fn ask(
        &self,
        location: &Path,
        range: Option<String>,
        options: &GetOptions,
    ) -> Result<GetObjectOutput> {
        let config = attempts_of(self.patience.stall)
            // It takes a consumer that is busy for a server that stalls.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key_of(location))
            .set_range(range)
            .set_if_match(options.if_match.clone())
            .set_if_none_match(options.if_none_match.clone())
            .set_if_modified_since(options.if_modified_since.map(|t| secs(t.timestamp())))
            .set_if_unmodified_since(options.if_unmodified_since.map(|t| secs(t.timestamp())))
            .set_version_id(options.version.clone());
        let sent = request.customize().config_override(config).send().await;
        sent.map_err(|e| failure("GetObject", &self.name(location), &e))
    }

    /// The bytes as they arrive, resumed where they break off.
    fn body(
        &self,
        location: &Path,
        answer: GetObjectOutput,
        range: Range<u64>,
    ) -> stream::BoxStream<'static, Result<bytes::Bytes>> {
        let body = Body::new(self.clone(), location.clone(), answer, range);
        let pieces = stream::unfold(Some(body), |body| async {
            let mut body = body?;
            match body.piece().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(body))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        // Some ask once more after the end.
        pieces.fuse().boxed()
    }

    pub(super) async fn head_object(
        &self,
        location: &Path,
        options: GetOptions,
    ) -> Result<GetResult> {
        let call = "HeadObject";
        let request = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key_of(location))
            .set_if_match(options.if_match)
            .set_if_none_match(options.if_none_match)
            .set_if_modified_since(options.if_modified_since.map(|t| secs(t.timestamp())))
            .set_if_unmodified_since(options.if_unmodified_since.map(|t| secs(t.timestamp())))
            .set_version_id(options.version);
        let config = attempts_of(self.patience.stall);
        let sent = request.customize().config_override(config).send().await;
        let answer = sent.map_err(|e| failure(call, &self.name(location), &e))?;
        let size = answer.content_length().and_then(|n| u64::try_from(n).ok());
        let size = size.unwrap_or(0);
        Ok(GetResult {
            meta: ObjectMeta {
                location: location.clone(),
                last_modified: instant(answer.last_modified()),
                size,
                e_tag: answer.e_tag().map(str::to_owned),
                version: version(answer.version_id()),
            },
            attributes: Attributes::new(),
            payload: GetResultPayload::Stream(stream::empty().boxed()),
            range: 0..size,
        })
    }

    /// How errors name an object.
    pub(super) fn name(&self, location: &Path) -> String {
        format!("{}/{}", self.bucket, key_of(location))
    }
}

/// What `Range` is, unless there is not one byte in it.
fn header(range: &GetRange) -> Option<String> {
    let is_empty = match range {
        GetRange::Bounded(range) => range.is_empty(),
        GetRange::Suffix(len) => *len == 0,
        GetRange::Offset(_) => false,
    };
    (!is_empty).then(|| range.to_string())
}

/// `bytes 5-9/10`: the range, and the size of the whole.
fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first..last.checked_add(1)?, size.parse().ok()?))
}

fn version(id: Option<&str>) -> Option<String> {
    id.filter(|v| *v != NO_VERSION).map(str::to_owned)
}

/// What the SDK counts from 1970, as what the store's own type is made of.
pub(super) fn instant<T: From<SystemTime>>(time: Option<&DateTime>) -> T {
    let time = time.and_then(|t| SystemTime::try_from(*t).ok());
    time.unwrap_or(SystemTime::UNIX_EPOCH).into()
}

/// HTTP knows whole seconds.
fn secs(secs: i64) -> DateTime {
    DateTime::from_secs(secs)
}

fn attributes(answer: &GetObjectOutput) -> Attributes {
    let headers = [
        (Attribute::ContentType, answer.content_type()),
        (Attribute::ContentEncoding, answer.content_encoding()),
        (Attribute::ContentDisposition, answer.content_disposition()),
        (Attribute::ContentLanguage, answer.content_language()),
        (Attribute::CacheControl, answer.cache_control()),
    ];
    let mut attributes = Attributes::new();
    for (attribute, value) in headers {
        if let Some(value) = value {
            attributes.insert(attribute, value.to_owned().into());
        }
    }
    for (name, value) in answer.metadata().into_iter().flatten() {
        let name = Attribute::Metadata(name.clone().into());
        attributes.insert(name, value.clone().into());
    }
    attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_asked_for_and_read() {
        assert_eq!(
            header(&GetRange::Bounded(2..5)).as_deref(),
            Some("bytes=2-4")
        );
        assert_eq!(header(&GetRange::Bounded(5..5)), None);
        assert_eq!(header(&GetRange::Suffix(0)), None);
        assert_eq!(content_range("bytes 5-9/10"), Some((5..10, 10)));
        for text in ["", "bytes */10", "5-9/10", "bytes 5-9/*", "bytes 5/10"] {
            assert_eq!(content_range(text), None, "{text}");
        }
    }
}
