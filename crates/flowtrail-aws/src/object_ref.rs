//! An object of S3, as somebody announced it.

/// An object that a notification names. What is not said is `None`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectRef {
    /// The bucket.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
    /// The version, in a bucket that keeps versions.
    pub version: Option<String>,
    /// Bytes, as stored.
    pub size: Option<u64>,
    /// The `ETag`, without quotes.
    pub etag: Option<String>,
    /// Orders the events of one key: hexadecimal, to be compared as text after
    /// the shorter one is filled up with zeros on the right.
    pub sequencer: Option<String>,
}

impl ObjectRef {
    /// An object of which only the name is known.
    #[must_use]
    pub fn named(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            key: key.into(),
            ..Self::default()
        }
    }

    /// As findings and logs name it: `s3://bucket/key`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// What makes two announcements those of one content.
    #[must_use]
    pub fn identity(&self) -> (&str, &str, Option<&str>) {
        let content = self.version.as_deref().or(self.etag.as_deref());
        (&self.bucket, &self.key, content)
    }
}
