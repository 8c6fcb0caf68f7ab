//! How S3 announces objects: by itself, through EventBridge, in batches.

use bytes::Bytes;
use flowtrail_aws::ObjectRef;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Answering, Item, Trigger, Work};

/// A record of S3's own notification. The key is form-encoded; some stores that
/// imitate S3 leave out everything but bucket and key.
pub(super) fn notification(record: &Value) -> Option<Work> {
    let name = record.get("eventName").and_then(Value::as_str);
    let name = name.unwrap_or("ObjectCreated");
    let object = record.pointer("/s3/object")?;
    let key = object.get("key")?.as_str()?;
    let bucket = record.pointer("/s3/bucket/name")?.as_str()?;
    let created = name.trim_start_matches("s3:").starts_with("ObjectCreated");
    if !created {
        return Some(Work::Nothing("no object was created"));
    }
    Some(work(ObjectRef {
        bucket: bucket.to_owned(),
        key: form_decoded(key),
        version: text(object, "versionId"),
        size: object.get("size").and_then(Value::as_u64),
        etag: text(object, "eTag"),
        sequencer: text(object, "sequencer"),
    }))
}

/// An event of EventBridge: an object of S3, whose key is not encoded, or an
/// event of `CloudTrail`, which is a log record by itself.
pub(super) fn event_bridge(event: &Value) -> Option<Vec<Work>> {
    let kind = event.get("detail-type")?.as_str()?;
    let detail = event.get("detail")?;
    if kind == "Object Created" {
        let object = detail.get("object")?;
        return Some(vec![work(ObjectRef {
            bucket: detail.pointer("/bucket/name")?.as_str()?.to_owned(),
            key: object.get("key")?.as_str()?.to_owned(),
            version: text(object, "version-id"),
            size: object.get("size").and_then(Value::as_u64),
            etag: text(object, "etag"),
            sequencer: text(object, "sequencer"),
        })]);
    }
    if kind.ends_with("via CloudTrail") {
        let id = event.get("id").and_then(Value::as_str).unwrap_or("event");
        return Some(vec![Work::Inline {
            name: format!("eventbridge#{id}"),
            bytes: Bytes::from(serde_json::to_vec(event).ok()?),
        }]);
    }
    let of_s3 = event.get("source").and_then(Value::as_str) == Some("aws.s3");
    of_s3.then(|| vec![Work::Nothing("no object was created")])
}

/// A job of S3 Batch Operations: 1.0 names the bucket by its ARN, 2.0 by name.
pub(super) fn batch(event: &Value) -> Option<Trigger> {
    let schema = event.get("invocationSchemaVersion")?.as_str()?.to_owned();
    let invocation = text(event, "invocationId").unwrap_or_default();
    let read = |task: &Value| {
        let id = text(task, "taskId")?;
        let named = text(task, "s3Bucket").or_else(|| {
            let arn = text(task, "s3BucketArn")?;
            arn.rsplit(':').next().map(str::to_owned)
        });
        let unread = |reason: &str| Work::Unread {
            name: id.clone(),
            reason: reason.to_owned(),
            raw: Bytes::from(task.to_string()),
        };
        let work = match (named, text(task, "s3Key")) {
            (Some(bucket), Some(key)) => work(ObjectRef {
                version: text(task, "s3VersionId"),
                ..ObjectRef::named(bucket, form_decoded(&key))
            }),
            (None, _) => unread("the task names no bucket"),
            (_, None) => unread("the task names no key"),
        };
        Some(Item {
            works: vec![work],
            id: Some(id),
            data: None,
        })
    };
    let items: Option<Vec<Item>> = event.get("tasks")?.as_array()?.iter().map(read).collect();
    Some(Trigger {
        answering: Answering::Batch { schema, invocation },
        items: items?,
    })
}

/// An object as a dead letter of ours names it.
pub(super) fn of_letter(item: &Value) -> Option<ObjectRef> {
    Some(ObjectRef {
        version: text(item, "version"),
        etag: text(item, "etag"),
        ..ObjectRef::named(item.get("bucket")?.as_str()?, item.get("key")?.as_str()?)
    })
}

/// An object, unless its key says that there are no records in it.
pub(super) fn work(object: ObjectRef) -> Work {
    if object.key.ends_with('/') {
        return Work::Nothing("a folder marker");
    }
    if object.size == Some(0) {
        return Work::Nothing("an empty object");
    }
    Work::Object(object)
}

/// `+` is a space and `%XX` a byte, as in a form.
fn form_decoded(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    (!text.is_empty() && text != "null").then(|| text.trim_matches('"').to_owned())
}
