//! What can never be read, into a queue of its own.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flowtrail_event::EventTime;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{cut, keys, splice};
use crate::fault::{Fault, FaultKind};
use crate::object_ref::ObjectRef;

const CALL: &str = "SendMessage";
/// Bytes of a body, tried one after the other as long as the queue refuses: the
/// most that a queue takes (1 MiB), what was the most before, each without room
/// for the attributes, and a head for a queue that was set to less.
const BODY_BYTES_MAX: [usize; 3] = [(1 << 20) - (8 << 10), (256 << 10) - (8 << 10), 16 << 10];
/// Bytes of a reason in the body.
const REASON_BYTES_MAX: usize = 2 << 10;
/// Bytes of a name in the body. Keys of S3 have at most 1,024.
const NAME_BYTES_MAX: usize = 2 << 10;

/// The queue.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Client,
    url: String,
}

/// What is left of an item that can never be read, so that it can be tried again
/// once it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remains<'a> {
    /// A log object: its name, and which content of it was meant.
    Object(&'a ObjectRef),
    /// A message or a batch as it came: JSON, any other text, or bytes.
    Bytes(&'a [u8]),
}

/// An item that can never be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// How logs name it.
    pub name: &'a str,
    /// What it was.
    pub remains: Remains<'a>,
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
        let mut refused: Option<(usize, Fault)> = None;
        for bytes_max in BODY_BYTES_MAX {
            let body = letter.body(bytes_max);
            // What was refused at this size is not asked for again.
            if refused.as_ref().is_some_and(|(n, _)| *n == body.len()) {
                continue;
            }
            let bytes = body.len();
            match self.send_body(letter, body).await {
                // An item that the queue refuses would otherwise come again for ever.
                Err(fault) if fault.kind == FaultKind::Invalid => refused = Some((bytes, fault)),
                sent => return sent,
            }
        }
        refused.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    async fn send_body(&self, letter: &DeadLetter<'_>, body: String) -> Result<(), Fault> {
        let invalid = |e: String| Fault::new(CALL, FaultKind::Invalid, e);
        let id = keys::hash(&[letter.kind, letter.name, &body_key(letter)], 16);
        let mut request = self.client.send_message().queue_url(&self.url);
        request = request.message_body(body);
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
            request = request.message_group_id(&id).message_deduplication_id(&id);
        }
        request.send().await.map_err(|e| Fault::of(CALL, &e))?;
        Ok(())
    }
}

/// What tells one item of a name from another.
fn body_key(letter: &DeadLetter<'_>) -> String {
    match letter.remains {
        Remains::Object(o) => o.identity().2.unwrap_or("").to_owned(),
        Remains::Bytes(bytes) => STANDARD.encode(bytes),
    }
}

/// How an item stands in a letter.
enum Item<'a> {
    /// As JSON.
    Json(String),
    /// As a text.
    Text(&'a str),
    /// In base64.
    Bytes(&'a [u8]),
}

impl DeadLetter<'_> {
    /// The body: at most `bytes_max`, and never a character that SQS refuses.
    fn body(&self, bytes_max: usize) -> String {
        let item = self.item();
        let (encoding, whole) = match &item {
            Item::Json(json) => ("json", json.clone()),
            Item::Text(text) => ("text", Value::from(*text).to_string()),
            Item::Bytes(bytes) => ("base64", Value::from(STANDARD.encode(bytes)).to_string()),
        };
        let body = self.with(encoding, &whole, false);
        if body.len() <= bytes_max {
            return body;
        }
        let room = bytes_max.saturating_sub(self.with("base64", "\"\"", true).len());
        match &item {
            Item::Json(text) => self.head_of(text, room, bytes_max),
            Item::Text(text) => self.head_of(text, room, bytes_max),
            Item::Bytes(bytes) => {
                // Three bytes are four characters.
                let head = bytes.get(..room / 4 * 3).unwrap_or(bytes);
                let head = Value::from(STANDARD.encode(head)).to_string();
                self.with("base64", &head, true)
            }
        }
    }

    fn item(&self) -> Item<'_> {
        match self.remains {
            Remains::Object(o) => Item::Json(
                json!({"bucket": o.bucket, "key": o.key, "version": o.version, "etag": o.etag})
                    .to_string(),
            ),
            Remains::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Err(_) => Item::Bytes(bytes),
                Ok(text) => match serde_json::from_str::<&RawValue>(text) {
                    Ok(json) => Item::Json(json.get().to_owned()),
                    Err(_) => Item::Text(text),
                },
            },
        }
    }

    /// With the head of a text. Escapes make it longer than it looks, at most sixfold.
    fn head_of(&self, text: &str, room: usize, bytes_max: usize) -> String {
        let mut head = cut::head(text, room);
        loop {
            let body = self.with("text", &Value::from(head).to_string(), true);
            if body.len() <= bytes_max || head.is_empty() {
                return body;
            }
            head = cut::head(head, head.len() * 3 / 4);
        }
    }

    fn with(&self, encoding: &str, item: &str, truncated: bool) -> String {
        let bytes = match self.remains {
            Remains::Object(object) => object.size,
            Remains::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
        };
        let object = matches!(self.remains, Remains::Object(_));
        let head = json!({
            "schema": "flowtrail.dead_letter.v1",
            "kind": self.kind,
            "reason": cut::head(self.reason, REASON_BYTES_MAX),
            "time": self.time.to_string(),
            "request_id": self.request_id,
            "name": cut::head(self.name, NAME_BYTES_MAX),
            "bytes": bytes,
            "truncated": truncated,
            "encoding": if object { "object" } else { encoding },
        });
        cut::without_noncharacters(&splice::member(&head, "item", item))
    }
}

#[cfg(test)]
mod tests;
