//! What a fire drill does with AWS: it writes one log object, listens to a topic
//! through a queue of its own, looks at alarms, and takes away what it made.
//!
//! It stands apart from [`Objects`](crate::Objects), which never writes into a
//! bucket of logs: the function has no way to come here.

mod alarms;
mod ear;

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
    /// Whether this is an AWS on this machine, which evaluates no alarms.
    #[must_use]
    pub const fn is_emulated(&self) -> bool {
        self.emulated
    }

    /// Writes a log object, encrypted as the bucket does it by itself, or as a
    /// trail would. What is returned names it as its notification will: with the
    /// version, where the bucket keeps some, and the `ETag`.
    ///
    /// # Errors
    /// Those of `PutObject`.
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
            .body(Bytes::from(bytes).into());
        if let Some(as_trail) = encryption {
            // Base64 of a JSON object of pairs (S3 API, PutObject).
            let context = json!({"aws:cloudtrail:arn": as_trail.trail}).to_string();
            put = put
                .server_side_encryption(ServerSideEncryption::AwsKms)
                .ssekms_key_id(&as_trail.key)
                .ssekms_encryption_context(STANDARD.encode(context));
        }
        let put = put.send().await.map_err(|e| Fault::of("PutObject", &e))?;
        let version = put.version_id().filter(|v| *v != "null");
        Ok(ObjectRef {
            version: version.map(str::to_owned),
            etag: put.e_tag().map(|e| e.trim_matches('"').to_owned()),
            ..log.clone()
        })
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
