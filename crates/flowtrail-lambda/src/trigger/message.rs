//! What stands inside messages, however they are wrapped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flowtrail_aws::ObjectRef;
use serde_json::Value;

use super::{Work, inline, s3};

/// Envelopes that are opened one in another. S3 through a topic and a queue is
/// two; more than this nobody built on purpose.
const NESTING_MAX: usize = 6;
/// How a batch of `CloudWatch` Logs is called that does not say whose it is.
const LOGS: &str = "cloudwatch-logs";

/// The works of a message's text, which logs call `name`.
pub(super) fn text(body: &str, name: &str) -> Vec<Work> {
    inner(body, 0).unwrap_or_else(|reason| {
        vec![Work::Unread {
            name: name.to_owned(),
            reason,
            raw: Bytes::copy_from_slice(body.as_bytes()),
        }]
    })
}

fn inner(body: &str, depth: usize) -> Result<Vec<Work>, String> {
    let value: Value =
        serde_json::from_str(body).map_err(|e| format!("the message is not JSON: {e}"))?;
    works(&value, depth).ok_or_else(|| super::UnknownPayload::of(&value).to_string())
}

/// The works of an event or envelope. `None` if it is none that is known.
pub(super) fn works(value: &Value, depth: usize) -> Option<Vec<Work>> {
    if depth > NESTING_MAX {
        return None;
    }
    if is(value, "Event", "s3:TestEvent") {
        return Some(vec![Work::Nothing("a test event of S3")]);
    }
    if is(value, "schema", "flowtrail.dead_letter.v1") {
        return of_letter(value, depth);
    }
    if let Some(records) = value.get("Records").and_then(Value::as_array) {
        return of_records(records, depth);
    }
    if let Some(text) = value.pointer("/awslogs/data").and_then(Value::as_str) {
        return Some(of_base64(text, LOGS));
    }
    if value.get("detail-type").is_some() {
        return s3::event_bridge(value);
    }
    if let Some(bucket) = value.get("s3Bucket").and_then(Value::as_str) {
        return of_cloudtrail(bucket, value.get("s3ObjectKey")?);
    }
    // An envelope of SNS. A subscription waits for a person to confirm it.
    if let Some(message) = value.get("Message").and_then(Value::as_str) {
        return if is(value, "Type", "SubscriptionConfirmation") {
            Some(vec![Work::Nothing("a subscription to be confirmed")])
        } else {
            inner(message, depth + 1).ok()
        };
    }
    None
}

/// Notifications of S3, or records of SNS with a message each.
fn of_records(records: &[Value], depth: usize) -> Option<Vec<Work>> {
    if records.is_empty() {
        return Some(vec![Work::Nothing("an event without records")]);
    }
    let mut out = Vec::new();
    for record in records {
        if record.get("s3").is_some() {
            out.push(s3::notification(record)?);
        } else {
            let message = record.pointer("/Sns/Message")?.as_str()?;
            out.extend(inner(message, depth + 1).ok()?);
        }
    }
    Some(out)
}

/// `CloudTrail`'s own notification, whose keys are not encoded.
fn of_cloudtrail(bucket: &str, keys: &Value) -> Option<Vec<Work>> {
    let one = std::slice::from_ref(keys);
    let keys = keys.as_array().map_or(one, Vec::as_slice);
    let object = |key: &Value| Some(s3::work(ObjectRef::named(bucket, key.as_str()?)));
    keys.iter().map(object).collect()
}

/// A dead letter of ours, sent back to the queue: what it holds is tried again.
/// `None` for one that was cut, which is no use.
fn of_letter(letter: &Value, depth: usize) -> Option<Vec<Work>> {
    if letter.get("truncated") != Some(&Value::Bool(false)) {
        return None;
    }
    let item = letter.get("item")?;
    let name = letter.get("name")?.as_str()?;
    // Whether it was a message, or log data.
    let message = is(letter, "kind", "payload");
    let plain = |text: String| inline::works(Bytes::from(text), name);
    match letter.get("encoding")?.as_str()? {
        "object" => Some(vec![s3::work(s3::of_letter(item)?)]),
        "base64" => Some(of_base64(item.as_str()?, name)),
        "json" if message => works(item, depth + 1),
        "json" => Some(plain(item.to_string())),
        "text" if message => inner(item.as_str()?, depth + 1).ok(),
        "text" => Some(plain(item.as_str()?.to_owned())),
        _ => None,
    }
}

fn of_base64(text: &str, name: &str) -> Vec<Work> {
    match STANDARD.decode(text) {
        Ok(bytes) => inline::works(Bytes::from(bytes), name),
        Err(e) => vec![Work::Unread {
            name: name.to_owned(),
            reason: format!("the data is not base64: {e}"),
            raw: Bytes::copy_from_slice(text.as_bytes()),
        }],
    }
}

pub(super) fn is(value: &Value, key: &str, word: &str) -> bool {
    value.get(key).and_then(Value::as_str) == Some(word)
}
