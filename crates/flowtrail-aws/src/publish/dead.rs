//! What can never be read, into a queue of its own.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use flowtrail_event::EventTime;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{cut, keys, splice};
use crate::fault::{Fault, FaultKind};

const CALL: &str = "SendMessage";
/// The most that a queue takes (1 MiB), without room for the attributes.
const BODY_BYTES_MAX: usize = (1 << 20) - (8 << 10);
/// What a queue takes that was made when 256 KiB were the most, or was set to
/// less: a head that says what it was.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Bytes of a reason in the body.
const REASON_BYTES_MAX: usize = 2 << 10;

/// The queue.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Client,
    url: String,
}

/// An item that can never be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The item as it came: JSON, or any other text.
    pub item: &'a str,
    /// The sort of failure, from a closed list: `not_found`, `corrupt`.
    pub kind: &'a str,
    /// What happened, for a person.
    pub reason: &'a str,
    /// When it was given up.
    pub time: EventTime,
    /// Id of the invocation, to be found in the log.
    pub request_id: &'a str,
}

impl DeadLetters {
    /// The queue behind a URL, standard or FIFO.
    #[must_use]
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Sends an item. One that is too large is cut to its head, and says so.
    ///
    /// # Errors
    /// Those of `SendMessage`.
    pub async fn send(&self, letter: &DeadLetter<'_>) -> Result<(), Fault> {
        let sent = self.send_within(letter, BODY_BYTES_MAX).await;
        match sent {
            // An item that the queue refuses would otherwise come again for ever.
            Err(fault) if fault.kind == FaultKind::Invalid => {
                self.send_within(letter, HEAD_BYTES_MAX).await
            }
            Ok(()) | Err(_) => sent,
        }
    }

    async fn send_within(&self, letter: &DeadLetter<'_>, bytes_max: usize) -> Result<(), Fault> {
        let invalid = |e: String| Fault::new(CALL, FaultKind::Invalid, e);
        let mut request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(letter.body(bytes_max));
        for (name, text) in [("kind", letter.kind), ("reason", letter.reason)] {
            let Some(text) = cut::attribute(text) else {
                continue;
            };
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(text);
            let value = value.build().map_err(|e| invalid(e.to_string()))?;
            request = request.message_attributes(name, value);
        }
        if self.url.ends_with(".fifo") {
            let id = keys::hash(&[letter.kind, letter.item], 16);
            request = request.message_group_id(&id).message_deduplication_id(&id);
        }
        request.send().await.map_err(|e| Fault::of(CALL, &e))?;
        Ok(())
    }
}

impl DeadLetter<'_> {
    /// The body: at most `bytes_max`, and never a character that SQS refuses.
    fn body(&self, bytes_max: usize) -> String {
        let item: Result<&RawValue, _> = serde_json::from_str(self.item);
        let item = item.map_or_else(
            |_| Value::from(self.item).to_string(),
            |i| i.get().to_owned(),
        );
        let body = self.with(&item, false);
        if body.len() <= bytes_max {
            return body;
        }
        // Escapes make the head longer than it looks, at most sixfold.
        let room = bytes_max.saturating_sub(self.with("\"\"", true).len());
        let mut head = cut::head(self.item, room);
        loop {
            let body = self.with(&Value::from(head).to_string(), true);
            if body.len() <= bytes_max || head.is_empty() {
                return body;
            }
            head = cut::head(head, head.len() * 3 / 4);
        }
    }

    fn with(&self, item: &str, truncated: bool) -> String {
        let reason = cut::head(self.reason, REASON_BYTES_MAX);
        let head = json!({
            "schema": "flowtrail.dead_letter.v1",
            "kind": self.kind,
            "reason": reason,
            "time": self.time.to_string(),
            "request_id": self.request_id,
            "item_bytes": self.item.len(),
            "truncated": truncated,
        });
        cut::without_noncharacters(&splice::member(&head, "item", item))
    }
}

#[cfg(test)]
mod tests;
