//! Messages to an `EventBridge` bus.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::deliver::Channel;
use super::message::{MESSAGE_BYTES_MIN, Message};
use crate::fault::{Fault, FaultKind};

const CALL: &str = "PutEvents";
const SOURCE: &str = "flowtrail";
const DETAIL_TYPE: &str = "Flowtrail Finding";
/// Bytes of a request: what every target of a rule takes.
const BYTES_DEFAULT: usize = 256 << 10;
/// `EventBridge` takes less than 1 MB.
const BYTES_MAX: usize = 1_000_000 - 1;

/// An event bus.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    name: String,
    bytes_max: usize,
}

impl Bus {
    /// The bus of that name or ARN, with events of at most 256 KiB.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
            bytes_max: BYTES_DEFAULT,
        }
    }

    /// With events of at most `bytes`, 32 KiB to just below 1 MB.
    #[must_use]
    pub fn with_bytes_max(self, bytes: usize) -> Self {
        Self {
            bytes_max: bytes.clamp(MESSAGE_BYTES_MIN, BYTES_MAX),
            ..self
        }
    }
}

impl Channel for Bus {
    const ENTRIES_MAX: usize = 10;

    fn bytes_max(&self) -> usize {
        self.bytes_max
    }

    /// As the user guide counts an entry. Subject and attributes, which an
    /// event does not have, are larger than what stands in their place.
    fn bytes(&self, message: &Message) -> usize {
        message.body.len() + SOURCE.len() + DETAIL_TYPE.len()
    }

    async fn send(&self, batch: &[Message]) -> Result<Vec<Result<(), Fault>>, Fault> {
        let entry = |message: &Message| {
            PutEventsRequestEntry::builder()
                .source(SOURCE)
                .detail_type(DETAIL_TYPE)
                .event_bus_name(&self.name)
                .detail(&message.body)
                .build()
        };
        let answer = self
            .client
            .put_events()
            .set_entries(Some(batch.iter().map(entry).collect()))
            .send()
            .await
            .map_err(|e| Fault::of(CALL, &e))?;
        // Results come in the order of the entries.
        let results = answer.entries();
        let result = |n: usize| match results.get(n) {
            Some(r) if r.error_code().is_none() && r.event_id().is_some() => Ok(()),
            Some(r) => {
                let code = r.error_code().unwrap_or("");
                Err(Fault::coded(CALL, code, r.error_message().unwrap_or("")))
            }
            None => {
                let message = "nothing was said of an entry";
                Err(Fault::new(CALL, FaultKind::Service, message))
            }
        };
        Ok((0..batch.len()).map(result).collect())
    }
}

#[cfg(test)]
mod tests;
