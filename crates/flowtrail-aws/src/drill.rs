//! What a fire drill does with AWS: it writes one log object, listens to a topic
//! through a queue of its own, looks at alarms, and takes away what it made.
//!
//! It stands apart from [`Objects`](crate::Objects), which never writes into a
//! bucket of logs: the function has no way to come here.

mod alarms;
mod ear;

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::ServerSideEncryption;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

use crate::fault::Fault;
use crate::object_ref::ObjectRef;

pub use alarms::{AlarmState, FindingsAlarm};
pub use ear::Ear;

/// The clients that a drill uses.
#[derive(Debug, Clone)]
pub struct Drill {
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) emulated: bool,
}

/// How a trail encrypts its objects, for roles that ask for the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEncryption {
    /// The ARN of the key of the logs.
    pub key: String,
    /// The ARN of the trail, the encryption context of its objects.
    pub trail: String,
}

impl Drill {
    /// Whether `CloudWatch` is one on this machine, which evaluates no alarms.
    #[must_use]
    pub const fn is_emulated(&self) -> bool {
        self.emulated
    }

    /// Writes a log object, encrypted as the bucket does it by itself, or as a
    /// trail would. What is returned names it as its notification will: with the
    /// version, where the bucket keeps some, and the `ETag`. What is there already
    /// is not written over.
    ///
    /// # Errors
    /// Those of `PutObject`; and of `HeadObject`, if an answer was lost.
    pub async fn put(
        &self,
        log: &ObjectRef,
        bytes: Vec<u8>,
        encryption: Option<&TrailEncryption>,
    ) -> Result<ObjectRef, Fault> {
        let mut put = self
            .s3
            .put_object()
            .bucket(&log.bucket)
            .key(&log.key)
            .content_type("application/json")
            .content_encoding("gzip")
            .if_none_match("*")
            .body(Bytes::from(bytes).into());
        if let Some(as_trail) = encryption {
            // Base64 of a JSON object of pairs (S3 API, PutObject).
            let context = json!({"aws:cloudtrail:arn": as_trail.trail}).to_string();
            put = put
                .server_side_encryption(ServerSideEncryption::AwsKms)
                .ssekms_key_id(&as_trail.key)
                .ssekms_encryption_context(STANDARD.encode(context));
        }
        match put.send().await {
            Ok(put) => Ok(stored(log, put.version_id(), put.e_tag())),
            // The key is the drill's own: an earlier try whose answer was lost
            // wrote it, and another version would stay for ever.
            Err(e) if e.code() == Some("PreconditionFailed") => self.look(log).await,
            Err(e) => Err(Fault::of("PutObject", &e)),
        }
    }

    /// The log object as it is stored.
    async fn look(&self, log: &ObjectRef) -> Result<ObjectRef, Fault> {
        let head = self.s3.head_object().bucket(&log.bucket).key(&log.key);
        let head = head.send().await.map_err(|e| Fault::of("HeadObject", &e))?;
        Ok(stored(log, head.version_id(), head.e_tag()))
    }

    /// Deletes the log object: that version of it, where there are versions.
    ///
    /// # Errors
    /// Those of `DeleteObject`; `Denied` while it is locked.
    pub async fn delete(&self, log: &ObjectRef) -> Result<(), Fault> {
        self.s3
            .delete_object()
            .bucket(&log.bucket)
            .key(&log.key)
            .set_version_id(log.version.clone())
            .send()
            .await
            .map_err(|e| Fault::of("DeleteObject", &e))?;
        Ok(())
    }
}

/// An object with what S3 says of it.
fn stored(log: &ObjectRef, version: Option<&str>, etag: Option<&str>) -> ObjectRef {
    ObjectRef {
        version: version.filter(|v| *v != "null").map(str::to_owned),
        etag: etag.map(|e| e.trim_matches('"').to_owned()),
        ..log.clone()
    }
}
