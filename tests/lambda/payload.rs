//! Events as AWS words them, where moto does not. The fields are those of the
//! S3 user guide ("Event message structure"), the SNS and EventBridge guides.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, Stored};

/// What S3 leaves as it is in the key of a notification; a space becomes `+`.
const KEPT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b' ');
const TIME: &str = "2026-11-21T10:00:00.123Z";

/// S3's own notification of these objects, a record each.
pub(crate) fn s3(objects: &[Stored]) -> Value {
    let records: Vec<Value> = objects.iter().map(s3_record).collect();
    json!({"Records": records})
}

fn s3_record(stored: &Stored) -> Value {
    let key = utf8_percent_encode(&stored.key, &KEPT).to_string();
    let mut object = json!({"key": key.replace(' ', "+"), "size": stored.size,
        "eTag": stored.etag, "sequencer": stored.sequencer});
    if let Some(version) = &stored.version {
        object["versionId"] = json!(version);
    }
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": TIME,
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AROAEXAMPLE:regionalDeliverySession"},
        "requestParameters": {"sourceIPAddress": "192.0.2.1"},
        "responseElements": {"x-amz-request-id": "D82B88E5F771F645",
            "x-amz-id-2": "vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo="},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "logs",
            "bucket": {"name": stored.bucket, "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
                "arn": format!("arn:aws:s3:::{}", stored.bucket)},
            "object": object,
        },
    })
}

/// What SNS hands to a function for one message.
pub(crate) fn sns(message: &Value) -> Value {
    let topic = format!("arn:aws:sns:{REGION}:{ACCOUNT}:logs");
    json!({"Records": [{
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{topic}:21be56ed-a058-49f5-8c98-aedd2564c486"),
        "EventSource": "aws:sns",
        "Sns": {
            "SignatureVersion": "1", "Timestamp": TIME, "Signature": "c2lnbmF0dXJl",
            "SigningCertUrl": "https://sns.us-east-1.amazonaws.com/cert.pem",
            "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
            "Message": message.to_string(), "MessageAttributes": {}, "Type": "Notification",
            "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
            "TopicArn": topic, "Subject": "Amazon S3 Notification",
        },
    }]})
}

/// EventBridge's event of an object, whose key is not encoded.
pub(crate) fn event_bridge(stored: &Stored) -> Value {
    let mut object = json!({"key": stored.key, "size": stored.size, "etag": stored.etag,
        "sequencer": stored.sequencer});
    if let Some(version) = &stored.version {
        object["version-id"] = json!(version);
    }
    json!({
        "version": "0",
        "id": "17793124-05d4-b198-2fde-7ededc63b103",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": "2026-11-21T10:00:00Z",
        "region": REGION,
        "resources": [format!("arn:aws:s3:::{}", stored.bucket)],
        "detail": {
            "version": "0", "bucket": {"name": stored.bucket}, "object": object,
            "request-id": "N4N7GDK58NMKJ12R", "requester": ACCOUNT,
            "source-ip-address": "192.0.2.1", "reason": "PutObject",
        },
    })
}
