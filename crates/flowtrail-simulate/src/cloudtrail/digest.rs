//! The shape of a digest file.

use serde::Serialize;

/// A digest; CloudTrail User Guide, "CloudTrail digest file structure". All are
/// the first of a chain, as the hours between are left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Digest {
    pub(super) aws_account_id: String,
    pub(super) digest_start_time: String,
    pub(super) digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    pub(super) digest_s3_bucket: String,
    #[serde(rename = "digestS3Object")]
    pub(super) digest_s3_object: String,
    pub(super) digest_public_key_fingerprint: String,
    pub(super) digest_signature_algorithm: &'static str,
    pub(super) newest_event_time: Option<String>,
    pub(super) oldest_event_time: Option<String>,
    #[serde(rename = "previousDigestS3Bucket")]
    pub(super) previous_digest_s3_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    pub(super) previous_digest_s3_object: Option<String>,
    pub(super) previous_digest_hash_value: Option<String>,
    pub(super) previous_digest_hash_algorithm: Option<String>,
    pub(super) previous_digest_signature: Option<String>,
    pub(super) log_files: Vec<LogFile>,
}

/// A log object that a digest vouches for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogFile {
    #[serde(rename = "s3Bucket")]
    pub(super) s3_bucket: String,
    #[serde(rename = "s3Object")]
    pub(super) s3_object: String,
    pub(super) hash_value: String,
    pub(super) hash_algorithm: &'static str,
    pub(super) newest_event_time: String,
    pub(super) oldest_event_time: String,
}

/// Lower-case hex, as digests have it.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}
