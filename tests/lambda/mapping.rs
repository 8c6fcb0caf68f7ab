//! An event source mapping: what Lambda does between a queue and a function.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use serde_json::{Value, json};

use crate::function::{Function, Invoked, Outcome};
use crate::world::{Queue, REGION, World};

/// A mapping with `ReportBatchItemFailures`.
pub(crate) struct Mapping<'w> {
    world: &'w World,
    queue: &'w Queue,
    /// Messages of a batch.
    size: usize,
}

/// A batch that the function was given.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) event: Value,
    pub(crate) invoked: Invoked,
    /// Ids of messages that are done, and gone from the queue.
    pub(crate) done: Vec<String>,
    /// Ids of messages that come again.
    pub(crate) again: Vec<String>,
}

impl<'w> Mapping<'w> {
    pub(crate) fn new(world: &'w World, queue: &'w Queue, size: usize) -> Self {
        Self { world, queue, size }
    }

    /// Gives the function one batch. `None`: the queue is empty.
    ///
    /// What failed can be received again at once: nobody waits here for the
    /// time that AWS would let pass.
    pub(crate) async fn poll(&self, function: &Function) -> Option<Batch> {
        let messages = self.receive().await;
        if messages.is_empty() {
            return None;
        }
        let event = sqs_event(&messages, &self.queue.arn);
        let invoked = function.invoke(&event).await;
        let ids: BTreeSet<&str> = messages.iter().filter_map(Message::message_id).collect();
        let failed = failed(&invoked.outcome, &ids);
        let (mut done, mut again) = (Vec::new(), Vec::new());
        for message in &messages {
            let id = message.message_id().unwrap().to_owned();
            let handle = message.receipt_handle().unwrap();
            if failed.contains(&id) {
                let back = self.world.sqs.change_message_visibility();
                let back = back.queue_url(&self.queue.url).receipt_handle(handle);
                back.visibility_timeout(0).send().await.unwrap();
                again.push(id);
            } else {
                let delete = self.world.sqs.delete_message();
                let delete = delete.queue_url(&self.queue.url).receipt_handle(handle);
                delete.send().await.unwrap();
                done.push(id);
            }
        }
        Some(Batch {
            event,
            invoked,
            done,
            again,
        })
    }

    /// Gives the function batches until the queue is empty. A message that never
    /// succeeds needs a queue with a limit of receives.
    pub(crate) async fn run(&self, function: &Function) -> Vec<Batch> {
        let mut batches = Vec::new();
        while let Some(batch) = self.poll(function).await {
            batches.push(batch);
            assert!(batches.len() < 100_000, "the queue is never empty");
        }
        batches
    }

    /// A batch is put together from receives of ten.
    async fn receive(&self) -> Vec<Message> {
        let mut out = Vec::new();
        while out.len() < self.size {
            let most = i32::try_from(self.size - out.len()).unwrap();
            let got = self.world.receive(self.queue, most).await;
            if got.is_empty() {
                break;
            }
            out.extend(got);
        }
        out
    }
}

/// Which messages of a batch failed (Lambda developer guide, "Reporting batch
/// item failures"): those that the answer names; all, if it names an unknown
/// one, cannot be understood, or is an error.
pub(crate) fn failed(outcome: &Outcome, ids: &BTreeSet<&str>) -> BTreeSet<String> {
    let all = || ids.iter().map(|id| (*id).to_owned()).collect();
    let Outcome::Answer(answer) = outcome else {
        return all();
    };
    let named = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return BTreeSet::new(),
        Some(Value::Array(named)) => named,
        Some(_) => return all(),
    };
    let id = |item: &Value| Some(item.get("itemIdentifier")?.as_str()?.to_owned());
    let named: Option<BTreeSet<String>> = named.iter().map(id).collect();
    let known = named.filter(|n| n.iter().all(|id| ids.contains(id.as_str())));
    known.unwrap_or_else(all)
}

fn sqs_event(messages: &[Message], arn: &str) -> Value {
    let records: Vec<Value> = messages.iter().map(|m| record(m, arn)).collect();
    json!({"Records": records})
}

fn record(message: &Message, arn: &str) -> Value {
    let system = |name| message.attributes().and_then(|a| a.get(&name));
    let attributes = message.message_attributes().into_iter().flatten();
    let attribute = |(name, value): (&String, &MessageAttributeValue)| {
        let value = json!({"stringValue": value.string_value(), "stringListValues": [],
            "binaryListValues": [], "dataType": value.data_type()});
        (name.clone(), value)
    };
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": {
            "ApproximateReceiveCount": system(MessageSystemAttributeName::ApproximateReceiveCount),
            "SentTimestamp": system(MessageSystemAttributeName::SentTimestamp),
            "SenderId": system(MessageSystemAttributeName::SenderId),
            "ApproximateFirstReceiveTimestamp":
                system(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp),
        },
        "messageAttributes": attributes.map(attribute).collect::<serde_json::Map<_, _>>(),
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    })
}
