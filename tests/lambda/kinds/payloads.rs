//! Payloads as AWS words them (Lambda developer guide; S3 user guide,
//! "Invoking a Lambda function from Amazon S3 batch operations").

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, REGION, Stored};

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What SNS puts into a queue for a message.
pub(super) fn envelope(message: &Value) -> Value {
    json!({"Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": format!("arn:aws:sns:{REGION}:{ACCOUNT}:logs"),
        "Message": message.to_string(), "Timestamp": "2026-11-21T10:00:00.123Z",
        "SignatureVersion": "1", "Signature": "c2lnbmF0dXJl",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/cert.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"})
}

/// Messages of a queue, whose ids are `m0`, `m1`, ….
pub(super) fn queue(bodies: &[Value]) -> Value {
    let message = |(n, body): (usize, &Value)| {
        let body = body
            .as_str()
            .map_or_else(|| body.to_string(), str::to_owned);
        json!({"messageId": format!("m{n}"), "receiptHandle": "handle", "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1520621625029",
                "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
                "ApproximateFirstReceiveTimestamp": "1520621634884"},
            "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:in"),
            "awsRegion": REGION})
    };
    let records: Vec<Value> = bodies.iter().enumerate().map(message).collect();
    json!({"Records": records})
}

/// A task of S3 Batch Operations.
pub(super) fn task(schema: &str, object: &Stored) -> Value {
    let key = utf8_percent_encode(&object.key, NON_ALPHANUMERIC).to_string();
    let mut task = json!({"taskId": "task", "s3Key": key, "s3VersionId": object.version});
    let mut job = json!({"id": "f3cc4f60-61f6-4a2b-8a21-d07600c373ce"});
    if schema == "1.0" {
        task["s3BucketArn"] = json!(format!("arn:aws:s3:::{}", object.bucket));
    } else {
        task["s3Bucket"] = json!(object.bucket);
        job["userArguments"] = json!({"k": "v"});
    }
    json!({"invocationSchemaVersion": schema, "invocationId": "invocation", "job": job,
        "tasks": [task]})
}

/// A batch of a CloudWatch Logs subscription, compressed.
pub(super) fn subscription(records: &[Value]) -> Vec<u8> {
    let event = |(n, record): (usize, &Value)| {
        json!({"id": format!("3195310660696698337880902507980421114328961542429EXAMPL{n}"),
            "timestamp": 1_432_826_855_000_i64, "message": record.to_string()})
    };
    let events: Vec<Value> = records.iter().enumerate().map(event).collect();
    let batch = json!({"messageType": "DATA_MESSAGE", "owner": ACCOUNT,
        "logGroup": "CloudTrail/logs", "logStream": format!("{ACCOUNT}_CloudTrail_{REGION}"),
        "subscriptionFilters": ["all"], "logEvents": events});
    gzip(batch.to_string().as_bytes())
}

/// Records of a stream, whose sequence numbers are `n0`, `n1`, ….
pub(super) fn kinesis(data: &[Vec<u8>]) -> Value {
    let record = |(n, data): (usize, &Vec<u8>)| {
        json!({"kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "1",
                "sequenceNumber": format!("n{n}"), "data": base64(data),
                "approximateArrivalTimestamp": 1_545_084_650.987},
            "eventSource": "aws:kinesis", "eventVersion": "1.0",
            "eventID": format!("shardId-000000000006:n{n}"), "eventName": "aws:kinesis:record",
            "invokeIdentityArn": format!("arn:aws:iam::{ACCOUNT}:role/lambda-role"),
            "awsRegion": REGION,
            "eventSourceARN": format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/logs")})
    };
    let records: Vec<Value> = data.iter().enumerate().map(record).collect();
    json!({"Records": records})
}

/// Records of a delivery stream to be transformed: `r0`, `r1`, ….
pub(super) fn firehose(data: &[Vec<u8>]) -> Value {
    let record = |(n, data): (usize, &Vec<u8>)| {
        json!({"recordId": format!("r{n}"), "data": base64(data),
            "approximateArrivalTimestamp": 1_495_072_949_453_i64})
    };
    let records: Vec<Value> = data.iter().enumerate().map(record).collect();
    json!({"invocationId": "invocation", "region": REGION,
        "deliveryStreamArn": format!("arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/logs"),
        "records": records})
}

/// Payloads of other projects, by their file. `None`, with a message, where
/// there are none.
pub(super) fn at_hand() -> Option<Vec<(String, Value)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/lambda-events");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: there is no `{}`", folder.display());
        return None;
    };
    let mut paths: Vec<_> = entries.map(|e| e.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        (name, serde_json::from_str(&text).unwrap())
    };
    Some(paths.iter().map(read).collect())
}
