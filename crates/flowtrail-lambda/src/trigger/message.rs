//! What stands inside messages, however they are wrapped.

use std::io::Read as _;

use base64::Engine as _;
use flate2::read::MultiGzDecoder;
use flowtrail_aws::ObjectRef;
use serde_json::Value;

use super::{Work, s3};

/// Envelopes that are opened one in another. S3 through a topic and a queue is
/// two; more than this nobody built on purpose.
const NESTING_MAX: usize = 6;
/// Inflated bytes of log records inside one event, whose payload has at most 6 MB.
const INLINE_MAX: u64 = 256 << 20;

/// The works of a message's text.
pub(super) fn text(body: &str) -> Result<Vec<Work>, String> {
    inner(body, 0)
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
    if let Some(records) = value.get("Records").and_then(Value::as_array) {
        return of_records(records, depth);
    }
    if let Some(data) = value.pointer("/awslogs/data").and_then(Value::as_str) {
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(data)
            .ok()?;
        return super::message::data(bytes, "cloudwatch-logs".to_owned()).ok();
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

/// The works of binary data of a stream: a batch of a `CloudWatch` Logs
/// subscription, an announcement, or log records as they are.
pub(super) fn data(bytes: Vec<u8>, name: String) -> Result<Vec<Work>, String> {
    let mut head = Vec::new();
    let plain: &[u8] = if bytes.starts_with(&[0x1F, 0x8B]) {
        let read = MultiGzDecoder::new(bytes.as_slice())
            .take(INLINE_MAX)
            .read_to_end(&mut head);
        read.map_err(|e| format!("the data cannot be inflated: {e}"))?;
        &head
    } else {
        &bytes
    };
    if plain.iter().all(u8::is_ascii_whitespace) {
        return Ok(vec![Work::Nothing("an empty record")]);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(plain) {
        if is(&value, "messageType", "CONTROL_MESSAGE") {
            return Ok(vec![Work::Nothing("a control message")]);
        }
        let announces = value.get("logEvents").is_none() && value.get("eventVersion").is_none();
        let is_log = value
            .get("Records")
            .is_some_and(|r| r.pointer("/0/s3").is_none());
        if announces
            && !is_log
            && let Some(works) = works(&value, 1)
        {
            return Ok(works);
        }
    }
    Ok(vec![Work::Inline { name, bytes }])
}

fn is(value: &Value, key: &str, word: &str) -> bool {
    value.get(key).and_then(Value::as_str) == Some(word)
}
