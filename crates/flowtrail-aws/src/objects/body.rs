//! The bytes of an object as they arrive, taken up again where they break off.

use std::error::Error;
use std::io;
use std::ops::Range;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use tokio::time::{timeout, timeout_at};

use super::{Patience, attempts_of};
use crate::fault::{Fault, FaultKind};
use crate::object_ref::ObjectRef;

const CALL: &str = "GetObject";
/// Before the first resumption; doubled with each further one.
const PAUSE: Duration = Duration::from_millis(50);

/// Whom to ask for the bytes.
#[derive(Debug)]
pub(super) struct Source {
    client: Client,
    patience: Patience,
    bucket: String,
    key: String,
    version: Option<String>,
    /// With its quotes, as S3 wants it back.
    etag: Option<String>,
    /// The bytes of the object that are wanted; without an end, all from there.
    begin: u64,
    end: Option<u64>,
}

impl Source {
    pub(super) fn new(client: Client, patience: Patience, object: &ObjectRef) -> Self {
        Self {
            client,
            patience,
            bucket: object.bucket.clone(),
            key: object.key.clone(),
            version: object.version.clone(),
            etag: None,
            begin: 0,
            end: None,
        }
    }

    /// The same, of no other content than that which is named.
    pub(super) fn of_content(client: Client, patience: Patience, object: &ObjectRef) -> Self {
        Self {
            etag: object.etag.as_ref().map(|etag| format!("\"{etag}\"")),
            ..Self::new(client, patience, object)
        }
    }

    /// The same, of these bytes only.
    pub(super) fn part(self, bytes: Range<u64>) -> Self {
        Self {
            begin: bytes.start,
            end: Some(bytes.end),
            ..self
        }
    }

    /// Bytes from `offset` on, counted from the first that is wanted, as S3
    /// writes it.
    fn range(&self, offset: u64) -> Option<String> {
        let from = self.begin + offset;
        match self.end {
            // The last byte, and not the one behind it.
            Some(end) => Some(format!("bytes={from}-{}", end.saturating_sub(1))),
            None => (from > 0).then(|| format!("bytes={from}-")),
        }
    }

    /// Asks for the bytes from `offset` on, once begun only of the same content.
    ///
    /// The SDK's own watch over slow streams is switched off: it takes a
    /// consumer that is busy for a server that stalls. [`Body`] watches.
    pub(super) async fn ask(
        &self,
        offset: u64,
        deadline: Instant,
    ) -> Result<GetObjectOutput, Fault> {
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .set_version_id(self.version.clone())
            .set_if_match(self.etag.clone())
            .set_range(self.range(offset));
        let config = attempts_of(self.patience.stall)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        let sent = request.customize().config_override(config).send();
        match timeout_at(deadline.into(), sent).await {
            Ok(answer) => answer.map_err(|e| Fault::of(CALL, &e)),
            Err(_) => Err(out_of_time()),
        }
    }
}

/// The bytes of an object as they are stored, piece by piece.
///
/// A body that breaks off, ends before its announced length or falls silent is
/// resumed with a `Range` request that S3 only answers for the same content. A
/// body that was not resumed has been compared with the checksum that S3 keeps;
/// a resumed one cannot be, and rests on TLS and on the checksum in gzip.
#[derive(Debug)]
pub struct Body {
    source: Source,
    stream: ByteStream,
    /// Bytes given out.
    at: u64,
    size: Option<u64>,
    resumes_left: u32,
    deadline: Instant,
    fault: Option<Fault>,
}

impl Body {
    pub(super) fn new(mut source: Source, answer: GetObjectOutput, deadline: Instant) -> Self {
        // To name a version takes a permission of its own, so one that was not
        // asked for is only named where nothing else tells contents apart.
        if answer.e_tag.is_none() {
            source.version = source.version.or(answer.version_id);
        }
        source.etag = answer.e_tag;
        Self {
            resumes_left: source.patience.resumes,
            source,
            stream: answer.body,
            at: 0,
            size: answer.content_length.and_then(|n| u64::try_from(n).ok()),
            deadline,
            fault: None,
        }
    }

    /// Bytes as announced, if they were.
    #[must_use]
    pub const fn size(&self) -> Option<u64> {
        self.size
    }

    /// When waiting for it ends.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The next bytes, never an empty piece; `None` at the end of the object.
    ///
    /// # Errors
    /// `Network` for a body that broke off or is not what S3 keeps the checksum
    /// of, `Timeout` for one that fell silent or at the deadline, each after
    /// resuming; `NotFound` if the object was deleted meanwhile. The same fault
    /// again if asked again.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let next = self.next().await;
        if let Err(fault) = &next {
            self.fault = Some(fault.clone());
        }
        next
    }

    /// All bytes that are left.
    ///
    /// # Errors
    /// Those of [`Body::chunk`]; `Invalid` if there are more than `bytes_max`.
    pub async fn whole(mut self, bytes_max: u64) -> Result<Bytes, Fault> {
        let too_large = || {
            let message = format!("the object has more than {bytes_max} bytes");
            Fault::new(CALL, FaultKind::Invalid, message)
        };
        if self.size.is_some_and(|size| size > bytes_max) {
            return Err(too_large());
        }
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        let mut rest = BytesMut::new();
        while let Some(piece) = self.chunk().await? {
            if self.at > bytes_max {
                return Err(too_large());
            }
            if rest.is_empty() {
                let room = self.size.and_then(|s| usize::try_from(s).ok());
                rest.reserve(room.unwrap_or(0));
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&piece);
        }
        if self.at > bytes_max {
            return Err(too_large());
        }
        // Most objects come in one piece, which needs no copy.
        Ok(if rest.is_empty() {
            first
        } else {
            rest.freeze()
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            let broken = match self.wait().await? {
                Ok(Some(bytes)) if bytes.is_empty() => continue,
                Ok(Some(bytes)) => {
                    self.at += bytes.len() as u64;
                    return Ok(Some(bytes));
                }
                Ok(None) => match self.size {
                    Some(size) if self.at < size => {
                        let message = format!("the body ended after {} of {size} bytes", self.at);
                        Fault::new(CALL, FaultKind::Network, message)
                    }
                    Some(_) | None => return Ok(None),
                },
                Err(fault) => fault,
            };
            self.resume(broken).await?;
        }
    }

    /// Whether an answer is what is missing.
    fn is_rest(&self, answer: &GetObjectOutput) -> bool {
        let from = self.source.begin + self.at;
        from == 0 || starts_at(answer, from)
    }

    /// Waits for the stream. The outer fault is the deadline, which nothing mends.
    async fn wait(&mut self) -> Result<Result<Option<Bytes>, Fault>, Fault> {
        let stall = self.source.patience.stall;
        let left = self.deadline.saturating_duration_since(Instant::now());
        match timeout(stall.min(left), self.stream.try_next()).await {
            Ok(Ok(bytes)) => Ok(Ok(bytes)),
            Ok(Err(error)) => Ok(Err(broken(&error))),
            Err(_) if left <= stall => Err(out_of_time()),
            Err(_) => {
                let message = format!("no byte for {} ms, at {}", stall.as_millis(), self.at);
                Ok(Err(Fault::new(CALL, FaultKind::Timeout, message)))
            }
        }
    }

    /// Asks for the rest, or gives `broken` back where that cannot help.
    async fn resume(&mut self, mut broken: Fault) -> Result<(), Fault> {
        // A fault behind the last byte is a checksum that does not fit.
        let complete = self.size.is_some_and(|size| self.at >= size);
        // Without either, the rest could be that of another content.
        let named = self.source.etag.is_some() || self.source.version.is_some();
        while self.resumes_left > 0 && !complete && (named || self.at == 0) {
            let before = self.source.patience.resumes - self.resumes_left;
            self.resumes_left -= 1;
            let left = self.deadline.saturating_duration_since(Instant::now());
            tokio::time::sleep((PAUSE * 2_u32.saturating_pow(before)).min(left)).await;
            match self.source.ask(self.at, self.deadline).await {
                Ok(answer) if self.is_rest(&answer) => {
                    tracing::debug!(at = self.at, why = %broken, "body resumed");
                    self.stream = answer.body;
                    return Ok(());
                }
                Ok(_) => {
                    broken
                        .message
                        .push_str("; and the rest cannot be had alone");
                    return Err(broken);
                }
                Err(fault) if fault.kind == FaultKind::NotFound => return Err(fault),
                // Replaced meanwhile (412), or shorter now (416): to be read
                // anew, so it must not look like a request that is wrong.
                Err(fault) if !fault.kind.is_temporary() || is_replaced(&fault) => {
                    broken
                        .message
                        .push_str("; and the object is another one by now");
                    return Err(broken);
                }
                Err(fault) => broken = fault,
            }
        }
        Err(broken)
    }
}

pub(super) fn is_replaced(fault: &Fault) -> bool {
    fault.message.contains("PreconditionFailed")
}

/// Whether an answer is the rest from `offset` on: `bytes 5-9/10`.
pub(super) fn starts_at(answer: &GetObjectOutput, offset: u64) -> bool {
    let range = answer.content_range().unwrap_or("");
    let start = range
        .strip_prefix("bytes ")
        .and_then(|r| r.split('-').next());
    start.and_then(|s| s.trim().parse().ok()) == Some(offset)
}

fn out_of_time() -> Fault {
    Fault::new(CALL, FaultKind::Timeout, "the time for it is up")
}

/// What ended a stream: its own words are only "streaming error".
fn broken(error: &(dyn Error + 'static)) -> Fault {
    let mut kind = FaultKind::Network;
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let io = cause.downcast_ref::<io::Error>();
        if io.is_some_and(|e| e.kind() == io::ErrorKind::TimedOut) {
            kind = FaultKind::Timeout;
        }
        words.push_str(": ");
        words.push_str(&cause.to_string());
        next = cause.source();
    }
    Fault::new(CALL, kind, words)
}
