//! The bytes of a download, taken up again where they break off.

use std::ops::Range;
use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, GetOptions, Result};
use tokio::time::timeout;

use super::S3Store;
use super::error::of_fault;
use crate::fault::{Fault, FaultKind};

const CALL: &str = "GetObject";
/// Before the first resumption; doubled with each further one.
const PAUSE: Duration = Duration::from_millis(50);

/// A part of an object on its way.
pub(super) struct Body {
    store: S3Store,
    location: Path,
    stream: ByteStream,
    /// What is still to come.
    left: Range<u64>,
    /// Names the content, so that the rest is never that of another one.
    same: GetOptions,
    resumes: u32,
}

impl Body {
    /// The bytes of an answer, which are those of `range`.
    pub(super) fn new(
        store: S3Store,
        location: Path,
        answer: GetObjectOutput,
        range: Range<u64>,
    ) -> Self {
        Self {
            store,
            location,
            left: range,
            same: GetOptions {
                if_match: answer.e_tag,
                ..GetOptions::default()
            },
            stream: answer.body,
            resumes: 0,
        }
    }

    /// The next bytes, never none; `None` at the end.
    pub(super) async fn piece(&mut self) -> Result<Option<Bytes>> {
        loop {
            let broken = match timeout(self.store.patience.stall, self.stream.try_next()).await {
                Ok(Ok(Some(piece))) if piece.is_empty() => continue,
                Ok(Ok(Some(piece))) => {
                    self.left.start += piece.len() as u64;
                    return Ok(Some(piece));
                }
                Ok(Ok(None)) if self.left.is_empty() => return Ok(None),
                Ok(Ok(None)) => Fault::new(CALL, FaultKind::Network, "the body ended too early"),
                Ok(Err(error)) => Fault::new(CALL, FaultKind::Network, chain(&error)),
                Err(_) => Fault::new(CALL, FaultKind::Timeout, "no byte in time"),
            };
            self.resume(broken).await?;
        }
    }

    /// Asks for the rest, or gives `broken` back where that cannot help.
    async fn resume(&mut self, broken: Fault) -> Result<()> {
        let name = self.store.name(&self.location);
        // A fault behind the last byte is a checksum that does not fit.
        let complete = self.left.is_empty();
        let lost = complete || self.same.if_match.is_none();
        if lost || self.resumes >= self.store.patience.resumes {
            return Err(of_fault(broken, name));
        }
        tokio::time::sleep(PAUSE * 2_u32.saturating_pow(self.resumes)).await;
        self.resumes += 1;
        tracing::debug!(at = self.left.start, why = %broken, "body resumed");
        let range = format!("bytes={}-{}", self.left.start, self.left.end - 1);
        let asked = self.store.ask(&self.location, Some(range), &self.same);
        match asked.await {
            Ok(answer) => {
                self.stream = answer.body;
                Ok(())
            }
            Err(Error::Precondition { .. }) => {
                let message = format!("{}; and the object is another one by now", broken.message);
                Err(of_fault(Fault::new(CALL, broken.kind, message), name))
            }
            Err(error) => Err(error),
        }
    }
}

/// What ended a stream: its own words are only "streaming error".
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        next = cause.source();
    }
    words
}
