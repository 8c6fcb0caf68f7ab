//! What an invocation is about: every payload by which AWS announces logs, told
//! apart by its structure.
//!
//! Keys are decoded exactly where AWS encodes them: in S3's own notifications
//! and in batch operations, not in EventBridge's events and not in `CloudTrail`'s
//! notifications. Envelopes are opened however they are nested.

mod inline;
mod message;
mod s3;
mod shape;

use aws_lambda_events::firehose::KinesisFirehoseEvent;
use aws_lambda_events::kinesis::KinesisEvent;
use aws_lambda_events::sqs::SqsEvent;
use bytes::Bytes;
use flowtrail_aws::ObjectRef;
use serde_json::Value;

pub use shape::UnknownPayload;

/// An invocation, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// How AWS wants its answer.
    pub answering: Answering,
    /// What there is to do, in the order of the payload.
    pub items: Vec<Item>,
}

/// How AWS wants its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answering {
    /// Nobody reads the answer; an error makes AWS try the whole event again.
    Async,
    /// The ids of messages that failed.
    Sqs,
    /// The sequence numbers of records that failed.
    Kinesis,
    /// Every record again, with a result. `data` is what came, in base64.
    Firehose,
    /// A result for each task of S3 Batch Operations.
    Batch {
        /// `1.0` or `2.0`, to be repeated.
        schema: String,
        /// To be repeated.
        invocation: String,
    },
}

/// One message, record or task.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// By what the answer names it; `None` where the answer names nothing.
    pub id: Option<String>,
    /// What it announces. One that cannot be read is a [`Work::Unread`].
    pub works: Vec<Work>,
    /// For Firehose: the data that has to be handed back, in base64.
    pub data: Option<String>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Work {
    /// An object to fetch and scan.
    Object(ObjectRef),
    /// Log records that came inside the event.
    Inline {
        /// How findings name them.
        name: String,
        /// As an object would hold them, compressed or not.
        bytes: Bytes,
    },
    /// A message or a part of one that cannot be read.
    Unread {
        /// How logs name it.
        name: String,
        /// Why not.
        reason: String,
        /// As it came.
        raw: Bytes,
    },
    /// Nothing, for a reason.
    Nothing(&'static str),
}

impl Trigger {
    /// Reads a payload.
    ///
    /// # Errors
    /// If it is none that announces logs; the error shows its shape and none of
    /// its values. A part that cannot be read is a [`Work::Unread`].
    pub fn read(payload: &Value) -> Result<Self, UnknownPayload> {
        let unknown = || UnknownPayload::of(payload);
        let records = payload.get("Records").and_then(Value::as_array);
        let source = |r: &Value| {
            let source = r.get("eventSource").or_else(|| r.get("EventSource"));
            source.and_then(Value::as_str).map(str::to_owned)
        };
        let first = records.and_then(|r| r.first()).and_then(source);
        match first.as_deref() {
            Some("aws:sqs") => sqs(payload).ok_or_else(unknown),
            Some("aws:kinesis") => kinesis(payload).ok_or_else(unknown),
            Some(_) | None if payload.get("invocationSchemaVersion").is_some() => {
                s3::batch(payload).ok_or_else(unknown)
            }
            Some(_) | None if is_firehose(payload) => firehose(payload).ok_or_else(unknown),
            Some(_) | None => {
                let works = message::works(payload, 0).ok_or_else(unknown)?;
                let item = Item {
                    id: None,
                    works,
                    data: None,
                };
                Ok(Self {
                    answering: Answering::Async,
                    items: vec![item],
                })
            }
        }
    }
}

fn is_firehose(payload: &Value) -> bool {
    payload.get("records").is_some_and(Value::is_array)
        && payload.get("deliveryStreamArn").is_some()
}

/// Messages of a queue. AWS gives every one an id; without it the answer could
/// not name it, and the payload is not one of AWS.
fn sqs(payload: &Value) -> Option<Trigger> {
    let event: SqsEvent = serde_json::from_value(payload.clone()).ok()?;
    let item = |m: aws_lambda_events::sqs::SqsMessage| {
        let id = m.message_id.filter(|id| !id.is_empty())?;
        Some(Item {
            works: message::text(m.body.as_deref().unwrap_or(""), &id),
            id: Some(id),
            data: None,
        })
    };
    let items: Option<Vec<Item>> = event.records.into_iter().map(item).collect();
    Some(Trigger {
        answering: Answering::Sqs,
        items: items?,
    })
}

fn kinesis(payload: &Value) -> Option<Trigger> {
    let event: KinesisEvent = serde_json::from_value(payload.clone()).ok()?;
    let items = event.records.into_iter().map(|record| {
        let id = record.kinesis.sequence_number;
        let name = format!(
            "{}#{id}",
            record.event_source_arn.as_deref().unwrap_or("kinesis")
        );
        Item {
            works: inline::works(Bytes::from(record.kinesis.data.0), &name),
            id: Some(id),
            data: None,
        }
    });
    Some(Trigger {
        answering: Answering::Kinesis,
        items: items.collect(),
    })
}

fn firehose(payload: &Value) -> Option<Trigger> {
    use base64::Engine as _;
    let event: KinesisFirehoseEvent = serde_json::from_value(payload.clone()).ok()?;
    let stream = event.delivery_stream_arn.unwrap_or_default();
    let item = |r: aws_lambda_events::firehose::KinesisFirehoseEventRecord| {
        let id = r.record_id.filter(|id| !id.is_empty())?;
        Some(Item {
            data: Some(base64::engine::general_purpose::STANDARD.encode(&r.data.0)),
            works: inline::works(Bytes::from(r.data.0), &format!("{stream}#{id}")),
            id: Some(id),
        })
    };
    let items: Option<Vec<Item>> = event.records.into_iter().map(item).collect();
    Some(Trigger {
        answering: Answering::Firehose,
        items: items?,
    })
}

#[cfg(test)]
mod tests;
