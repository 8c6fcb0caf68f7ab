//! Messages in batches, and of each batch again what was not taken.

use std::time::{Duration, Instant};

use super::message::Message;
use crate::fault::{Fault, FaultKind};

/// Tries of an entry that AWS took the request of and not the entry itself.
/// What fails as a request, the SDK has tried again already.
const TRIES_MAX: u32 = 4;
/// Before the second try; doubled with each further one.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes messages in batches.
pub(super) trait Channel {
    /// Entries of one batch.
    const ENTRIES_MAX: usize;

    /// Bytes of one batch, and so of one message.
    fn bytes_max(&self) -> usize;

    /// Bytes of a message as the service counts them.
    fn bytes(&self, message: &Message) -> usize;

    /// Sends a batch; of each entry what became of it.
    async fn send(&self, batch: &[Message]) -> Result<Vec<Result<(), Fault>>, Fault>;
}

/// Sends messages until a time, and says of each what became of it.
pub(super) async fn deliver<C: Channel>(
    channel: &C,
    messages: Vec<Message>,
    until: Instant,
) -> Vec<(Message, Result<(), Fault>)> {
    let mut done = Vec::with_capacity(messages.len());
    let mut batches = batches(channel, messages);
    batches.reverse();
    while let Some(batch) = batches.pop() {
        let (finished, alone) = deliver_batch(channel, batch, until).await;
        done.extend(finished);
        batches.extend(alone.into_iter().map(|m| vec![m]));
    }
    done
}

/// Messages in order, as many together as a batch may hold.
fn batches<C: Channel>(channel: &C, messages: Vec<Message>) -> Vec<Vec<Message>> {
    let mut batches: Vec<Vec<Message>> = Vec::new();
    let mut bytes = 0;
    for message in messages {
        let len = channel.bytes(&message);
        match batches.last_mut() {
            Some(b) if b.len() < C::ENTRIES_MAX && bytes + len <= channel.bytes_max() => {
                b.push(message);
                bytes += len;
            }
            Some(_) | None => {
                batches.push(vec![message]);
                bytes = len;
            }
        }
    }
    batches
}

/// What became of the messages of a batch, and those that have to be sent
/// alone: AWS may refuse a whole batch for the sake of one entry.
async fn deliver_batch<C: Channel>(
    channel: &C,
    mut batch: Vec<Message>,
    until: Instant,
) -> (Vec<(Message, Result<(), Fault>)>, Vec<Message>) {
    let mut done = Vec::new();
    let mut tries = 0;
    loop {
        tries += 1;
        let sent = tokio::time::timeout_at(until.into(), channel.send(&batch)).await;
        let late = || Fault::new("tell", FaultKind::Timeout, "no answer in time");
        let results = match sent.unwrap_or_else(|_| Err(late())) {
            Ok(results) => results,
            Err(fault) if fault.kind == FaultKind::Invalid && batch.len() > 1 => {
                return (done, batch);
            }
            Err(fault) => vec![Err(fault); batch.len()],
        };
        let mut again = Vec::new();
        for (message, result) in batch.into_iter().zip(results) {
            match result {
                Err(fault) if tries < TRIES_MAX && passes(&fault) => again.push(message),
                Ok(()) | Err(_) => done.push((message, result)),
            }
        }
        if again.is_empty() {
            return (done, Vec::new());
        }
        batch = again;
        tokio::time::sleep(PAUSE * 2_u32.saturating_pow(tries - 1)).await;
    }
}

/// Whether a fault may pass within a second.
const fn passes(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::Throttled | FaultKind::Service => true,
        FaultKind::NotFound
        | FaultKind::Denied
        | FaultKind::KeyDenied
        | FaultKind::Timeout
        | FaultKind::Network
        | FaultKind::Invalid => false,
    }
}
