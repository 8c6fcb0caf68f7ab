//! The bucket that findings are kept in; its layout is that of `keys.rs`.

use std::collections::BTreeMap;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use flowtrail_event::{NoteKind, SkipReason, Tally};
use serde_json::json;
use serde_json::value::RawValue;

use super::{Rendered, keys, splice};
use crate::fault::{Fault, FaultKind};
use crate::object_ref::ObjectRef;
use crate::objects::{NewObject, Objects};

/// Bytes of findings in one part, before compression: what a console, an editor
/// and a small function open without thinking. A single finding may exceed it.
const PART_BYTES_MAX: usize = 4 << 20;

/// The bucket of findings.
#[derive(Debug, Clone)]
pub struct FindingsBucket {
    objects: Objects,
    bucket: String,
    prefix: String,
    gzip: bool,
}

/// Where the records came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// A log object, as it was read: with the version or `ETag` of the answer.
    Object(&'a ObjectRef),
    /// Records inside an event.
    Inline {
        /// Where they came from.
        name: &'a str,
        /// The SHA-256 of their bytes, in hexadecimal: batches may share a name.
        content: &'a str,
    },
}

/// What became of the records of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accounting<'a> {
    /// The sums.
    pub tally: &'a Tally,
    /// Why it could not be read to its end, if so.
    pub fault: Option<&'a str>,
    /// Findings beyond the limit of one object, which are counted and not kept.
    pub findings_left_out: u64,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Of the first part: `s3://bucket/key`.
    pub uri: String,
    /// Objects, of all parts and forms.
    pub objects: usize,
}

impl FindingsBucket {
    /// Findings under `prefix` of `bucket`. The prefix is empty or ends in a
    /// slash. With `gzip` the objects of sources are compressed.
    ///
    /// # Errors
    /// `Invalid` for a prefix of more than 512 bytes, which leaves no room for keys.
    pub fn new(
        objects: Objects,
        bucket: impl Into<String>,
        prefix: impl Into<String>,
        gzip: bool,
    ) -> Result<Self, Fault> {
        let (bucket, prefix) = (bucket.into(), prefix.into());
        if prefix.len() > keys::PREFIX_BYTES_MAX {
            let message = format!("the prefix has more than {} bytes", keys::PREFIX_BYTES_MAX);
            return Err(Fault::new("PutObject", FaultKind::Invalid, message));
        }
        Ok(Self {
            objects,
            bucket,
            prefix,
            gzip,
        })
    }

    /// Where the findings of a source lie: the URI of the first part.
    #[must_use]
    pub fn source_uri(&self, source: Source<'_>) -> String {
        let stem = stem(&self.prefix, source);
        self.uri(&format!("{stem}{}", self.ending("json")))
    }

    /// Where a finding that spans objects lies.
    #[must_use]
    pub fn window_uri(&self, rule: &str, finding: &str) -> String {
        self.uri(&format!(
            "{}.json",
            keys::window(&self.prefix, rule, finding)
        ))
    }

    /// Writes what a source gave, over what an earlier try has written. The
    /// first part is written last: whoever finds it finds all.
    ///
    /// # Errors
    /// Those of [`Objects::put`].
    pub async fn write_source(
        &self,
        source: Source<'_>,
        accounting: Accounting<'_>,
        findings: &[Rendered],
    ) -> Result<Written, Fault> {
        let mut objects = 0;
        let ocsf: Vec<&RawValue> = findings.iter().filter_map(Rendered::ocsf).collect();
        if !ocsf.is_empty() {
            let stem = stem(&format!("{}ocsf/", self.prefix), source);
            for (n, part) in parts(&ocsf).iter().enumerate() {
                let key = format!("{stem}{}{}", keys::part(n + 1), self.ending("jsonl"));
                self.put_source(key, lines(part)).await?;
                objects += 1;
            }
        }
        let native: Vec<&RawValue> = findings.iter().map(Rendered::json).collect();
        let parts = parts(&native);
        let stem = stem(&self.prefix, source);
        for (n, part) in parts.iter().enumerate().rev() {
            let document = Document {
                source,
                accounting,
                part: n + 1,
                parts: parts.len(),
                findings_total: findings.len(),
            };
            let key = format!("{stem}{}{}", keys::part(n + 1), self.ending("json"));
            self.put_source(key, document.with(part)).await?;
            objects += 1;
        }
        let uri = self.source_uri(source);
        Ok(Written { uri, objects })
    }

    /// Writes a finding that spans objects, over what an earlier try has written.
    ///
    /// # Errors
    /// Those of [`Objects::put`].
    pub async fn write_window(&self, finding: &Rendered) -> Result<Written, Fault> {
        let mut forms = vec![(self.prefix.clone(), finding.json())];
        forms.extend(finding.ocsf().map(|o| (format!("{}ocsf/", self.prefix), o)));
        let objects = forms.len();
        for (prefix, json) in forms.into_iter().rev() {
            let key = keys::window(&prefix, &finding.rule, &finding.id);
            self.put(format!("{key}.json"), lines(&[json]), None)
                .await?;
        }
        let uri = self.window_uri(&finding.rule, &finding.id);
        Ok(Written { uri, objects })
    }

    /// Deletes a finding that spans objects, in all its forms: another one has
    /// taken its place.
    ///
    /// # Errors
    /// Those of [`Objects::delete`].
    pub async fn delete_window(&self, rule: &str, finding: &str) -> Result<(), Fault> {
        for prefix in [format!("{}ocsf/", self.prefix), self.prefix.clone()] {
            let key = format!("{}.json", keys::window(&prefix, rule, finding));
            self.objects.delete(&self.bucket, &key).await?;
        }
        Ok(())
    }

    fn uri(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    fn ending(&self, format: &str) -> String {
        let gz = if self.gzip { ".gz" } else { "" };
        format!(".{format}{gz}")
    }

    async fn put_source(&self, key: String, text: String) -> Result<(), Fault> {
        if !self.gzip {
            return self.put(key, text, None).await;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let written = encoder.write_all(text.as_bytes());
        let bytes = written.and_then(|()| encoder.finish());
        let bytes =
            bytes.map_err(|e| Fault::new("PutObject", FaultKind::Invalid, e.to_string()))?;
        self.put(key, bytes, Some("gzip")).await
    }

    /// Both headers as on the objects of `CloudTrail` itself.
    async fn put(
        &self,
        key: String,
        bytes: impl Into<Bytes>,
        content_encoding: Option<&'static str>,
    ) -> Result<(), Fault> {
        let object = NewObject {
            bucket: self.bucket.clone(),
            key,
            bytes: bytes.into(),
            content_type: "application/json",
            content_encoding,
        };
        self.objects.put(object).await
    }
}

fn stem(prefix: &str, source: Source<'_>) -> String {
    match source {
        Source::Object(object) => {
            let (bucket, key, content) = object.identity();
            keys::object(prefix, bucket, key, content.unwrap_or(""))
        }
        Source::Inline { name, content } => keys::inline(prefix, name, content),
    }
}

/// Findings in parts of bounded size; at least one part.
fn parts<'a>(findings: &[&'a RawValue]) -> Vec<Vec<&'a RawValue>> {
    let mut parts = vec![Vec::new()];
    let mut bytes = 0;
    for finding in findings {
        let len = finding.get().len() + 1;
        if bytes > 0 && bytes + len > PART_BYTES_MAX {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += len;
        if let Some(part) = parts.last_mut() {
            part.push(*finding);
        }
    }
    parts
}

fn lines(findings: &[&RawValue]) -> String {
    findings.iter().map(|f| format!("{}\n", f.get())).collect()
}

/// One part of what a source gave.
struct Document<'a> {
    source: Source<'a>,
    accounting: Accounting<'a>,
    part: usize,
    parts: usize,
    findings_total: usize,
}

impl Document<'_> {
    /// The text. No time stands in it, so that a retry writes the same bytes.
    fn with(&self, findings: &[&RawValue]) -> String {
        let source = match self.source {
            Source::Object(o) => json!({
                "uri": o.uri(), "bucket": o.bucket, "key": o.key,
                "version": o.version, "etag": o.etag, "bytes": o.size,
            }),
            Source::Inline { name, content } => json!({"name": name, "sha256": content}),
        };
        let tally = self.accounting.tally;
        let skipped = SkipReason::ALL.map(|r| (r.name(), tally.skipped(r)));
        let notes = NoteKind::ALL.map(|k| (k.name(), tally.notes(k)));
        let met = |all: &[(&'static str, u64)]| -> BTreeMap<&'static str, u64> {
            all.iter().copied().filter(|(_, n)| *n > 0).collect()
        };
        let head = json!({
            "schema": "flowtrail.findings.v1",
            "source": source,
            "accounting": {
                "records": tally.records, "evaluated": tally.evaluated,
                "skipped": met(&skipped), "notes": met(&notes),
                "bytes_stored": tally.bytes_stored, "bytes_inflated": tally.bytes_inflated,
                "fault": self.accounting.fault,
                "findings_left_out": self.accounting.findings_left_out,
            },
            "part": self.part,
            "parts": self.parts,
            "findings_total": self.findings_total,
        });
        let findings = splice::array(findings.iter().map(|f| f.get()));
        splice::member(&head, "findings", &findings)
    }
}

#[cfg(test)]
mod tests;
