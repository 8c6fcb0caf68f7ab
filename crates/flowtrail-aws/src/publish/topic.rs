//! Messages to an SNS topic.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};

use super::deliver::Channel;
use super::message::{MESSAGE_BYTES_MIN, Message};
use crate::fault::{Fault, FaultKind};

const CALL: &str = "PublishBatch";
/// Bytes of a batch where the topic says nothing else.
const BYTES_DEFAULT: usize = 256 << 10;
/// The most that a topic can be set to (`MaximumMessageSize`).
const BYTES_MAX: usize = 1 << 20;

/// A topic.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: String,
    bytes_max: usize,
}

impl Topic {
    /// The topic `arn`, standard or FIFO, with messages of at most 256 KiB.
    #[must_use]
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self {
            client,
            arn: arn.into(),
            bytes_max: BYTES_DEFAULT,
        }
    }

    /// With messages of at most `bytes`, 32 KiB to 1 MiB: the topic's own
    /// `MaximumMessageSize`.
    #[must_use]
    pub fn with_bytes_max(self, bytes: usize) -> Self {
        Self {
            bytes_max: bytes.clamp(MESSAGE_BYTES_MIN, BYTES_MAX),
            ..self
        }
    }

    fn entry(&self, n: usize, message: &Message) -> Result<PublishBatchRequestEntry, BuildError> {
        let mut entry = PublishBatchRequestEntry::builder()
            .id(n.to_string())
            .message(&message.body)
            .subject(&message.subject);
        for (name, value) in &message.attributes {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value);
            entry = entry.message_attributes(*name, value.build()?);
        }
        if self.arn.ends_with(".fifo") {
            entry = entry
                .message_group_id(message.group_id())
                .message_deduplication_id(message.deduplication_id());
        }
        entry.build()
    }
}

impl Channel for Topic {
    const ENTRIES_MAX: usize = 10;

    fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    fn bytes(&self, message: &Message) -> usize {
        message.bytes()
    }

    async fn send(&self, batch: &[Message]) -> Result<Vec<Result<(), Fault>>, Fault> {
        let entries: Result<Vec<_>, _> = batch
            .iter()
            .enumerate()
            .map(|(n, m)| self.entry(n, m))
            .collect();
        let entries = entries.map_err(|e| Fault::new(CALL, FaultKind::Invalid, e.to_string()))?;
        let answer = self
            .client
            .publish_batch()
            .topic_arn(&self.arn)
            .set_publish_batch_request_entries(Some(entries))
            .send()
            .await
            .map_err(|e| Fault::of(CALL, &e))?;
        let result = |n: usize| {
            let n = n.to_string();
            if let Some(e) = answer.failed().iter().find(|e| e.id() == n) {
                return Err(Fault::coded(CALL, e.code(), e.message().unwrap_or("")));
            }
            let taken = answer.successful().iter().any(|s| s.id() == Some(&n));
            let unsaid = || Fault::new(CALL, FaultKind::Service, "nothing was said of an entry");
            if taken { Ok(()) } else { Err(unsaid()) }
        };
        Ok((0..batch.len()).map(result).collect())
    }
}

#[cfg(test)]
mod tests;
