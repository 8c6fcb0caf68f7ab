use std::io::Write as _;

use base64::Engine as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Answering, Trigger, Work};

const KEY: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/21/a b+c=ü.json.gz";
const ENCODED: &str =
    "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/21/a+b%2Bc%3D%C3%BC.json.gz";

fn notification() -> Value {
    json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1",
        "eventTime": "2026-11-21T10:00:00.000Z", "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "logs", "arn": "arn:aws:s3:::logs"},
               "object": {"key": ENCODED, "size": 812, "eTag": "abc", "versionId": "v1",
                          "sequencer": "0064"}}
    }]})
}

fn envelope(message: &Value) -> Value {
    json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:us-east-1:1:t",
           "Message": message.to_string(), "SigningCertURL": "https://example.com"})
}

fn queue(bodies: &[String]) -> Value {
    let message = |(n, body): (usize, &String)| {
        json!({"messageId": format!("m{n}"), "receiptHandle": "r", "body": body,
               "attributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1"})
    };
    json!({"Records": bodies.iter().enumerate().map(message).collect::<Vec<_>>()})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn works(payload: &Value) -> Vec<Work> {
    let trigger = Trigger::read(payload).unwrap();
    let items = trigger.items.into_iter();
    items.flat_map(|i| i.works).collect()
}

fn key(payload: &Value) -> (String, String, Option<String>) {
    match works(payload).as_slice() {
        [Work::Object(o)] => (o.bucket.clone(), o.key.clone(), o.version.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_way_through_topics_and_queues_is_the_same_object() {
    let direct = notification();
    let sns = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0",
        "Sns": {"Type": "Notification", "Message": direct.to_string(),
                "SigningCertUrl": "x", "UnsubscribeUrl": "x"}}]});
    let ways = [
        (direct.clone(), Answering::Async),
        (sns, Answering::Async),
        (queue(&[direct.to_string()]), Answering::Sqs),
        (queue(&[envelope(&direct).to_string()]), Answering::Sqs),
        (
            queue(&[envelope(&envelope(&direct)).to_string()]),
            Answering::Sqs,
        ),
    ];
    let want = ("logs".to_owned(), KEY.to_owned(), Some("v1".to_owned()));
    for (payload, answering) in ways {
        assert_eq!(key(&payload), want, "{payload}");
        assert_eq!(Trigger::read(&payload).unwrap().answering, answering);
    }
}

#[test]
fn event_bridge_and_cloudtrail_do_not_encode_keys() {
    let object = json!({"version": "0", "id": "1", "detail-type": "Object Created",
        "source": "aws.s3", "detail": {"bucket": {"name": "logs"},
        "object": {"key": ENCODED, "size": 1, "etag": "e", "version-id": "v1"}}});
    assert_eq!(key(&object).1, ENCODED);
    assert_eq!(key(&queue(&[object.to_string()])).1, ENCODED);
    let trail = json!({"s3Bucket": "logs", "s3ObjectKey": [ENCODED]});
    assert_eq!(key(&queue(&[envelope(&trail).to_string()])).1, ENCODED);
    let two = json!({"s3Bucket": "logs", "s3ObjectKey": ["a", "b"]});
    assert_eq!(works(&two).len(), 2);
}

#[test]
fn batch_operations_of_both_schemas() {
    let one = json!({"invocationSchemaVersion": "1.0", "invocationId": "i", "job": {"id": "j"},
        "tasks": [{"taskId": "t", "s3Key": ENCODED, "s3VersionId": null,
                   "s3BucketArn": "arn:aws:s3:::logs"}]});
    let two = json!({"invocationSchemaVersion": "2.0", "invocationId": "i",
        "job": {"id": "j", "userArguments": {"k": "v"}},
        "tasks": [{"taskId": "t", "s3Key": ENCODED, "s3VersionId": "v1", "s3Bucket": "logs"}]});
    for (payload, version) in [(one, None), (two, Some("v1".to_owned()))] {
        assert_eq!(key(&payload), ("logs".to_owned(), KEY.to_owned(), version));
        let trigger = Trigger::read(&payload).unwrap();
        assert_eq!(trigger.items[0].id.as_deref(), Some("t"));
        let schema = payload["invocationSchemaVersion"].as_str().unwrap();
        let want = Answering::Batch {
            schema: schema.into(),
            invocation: "i".into(),
        };
        assert_eq!(trigger.answering, want);
    }
}

#[test]
fn log_records_inside_the_event_are_kept_as_they_are() {
    let data = json!({"messageType": "DATA_MESSAGE", "logGroup": "g", "logStream": "s",
        "logEvents": [{"id": "1", "timestamp": 1, "message": "{}"}]});
    let packed = gzip(data.to_string().as_bytes());
    let direct = json!({"awslogs": {"data": base64(&packed)}});
    let stream = json!({"Records": [{"eventSource": "aws:kinesis", "eventID": "e",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:1:stream/s",
        "kinesis": {"data": base64(&packed), "sequenceNumber": "77", "partitionKey": "p",
                    "approximateArrivalTimestamp": 1_480_641_523.477}}]});
    let hose = json!({"invocationId": "i", "deliveryStreamArn": "arn:aws:firehose:x",
        "region": "us-east-1", "records": [{"recordId": "r1", "data": base64(&packed),
        "approximateArrivalTimestamp": 1_480_641_523_477_i64}]});
    for payload in [direct, stream, hose] {
        match works(&payload).as_slice() {
            [Work::Inline { bytes, .. }] => assert_eq!(*bytes, packed),
            other => panic!("{other:?}"),
        }
    }
    let event = json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "id": "1", "detail": {"eventName": "CreateUser"}});
    assert!(matches!(works(&event).as_slice(), [Work::Inline { .. }]));
}

#[test]
fn what_asks_for_nothing_says_why() {
    let control = json!({"messageType": "CONTROL_MESSAGE", "logEvents": []});
    let control = gzip(control.to_string().as_bytes());
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"});
    let mut removed = notification();
    removed["Records"][0]["eventName"] = json!("ObjectRemoved:Delete");
    let mut folder = notification();
    folder["Records"][0]["s3"]["object"]["key"] = json!("AWSLogs/");
    let nothing = [
        json!({"awslogs": {"data": base64(&control)}}),
        test.clone(),
        queue(&[test.to_string()]),
        queue(&[envelope(&test).to_string()]),
        removed,
        folder,
        json!({"detail-type": "Object Deleted", "source": "aws.s3", "detail": {}}),
        json!({"Records": []}),
    ];
    for payload in nothing {
        assert!(
            matches!(works(&payload).as_slice(), [Work::Nothing(_)]),
            "{payload}"
        );
    }
}

#[test]
fn a_bad_message_does_not_spoil_its_neighbours() {
    let bodies = [
        notification().to_string(),
        "not json".to_owned(),
        json!({"hello": "world"}).to_string(),
        notification().to_string(),
    ];
    let trigger = Trigger::read(&queue(&bodies)).unwrap();
    let read = |n: usize| trigger.items[n].works.as_slice();
    assert!(matches!(read(0), [Work::Object(_)]));
    assert!(matches!(read(3), [Work::Object(_)]));
    assert_eq!(trigger.items[2].id.as_deref(), Some("m2"));
    for (n, why) in [(1, "not JSON"), (2, "{hello: text}")] {
        let [Work::Unread { name, reason, raw }] = read(n) else {
            panic!("{:?}", read(n));
        };
        assert!(reason.contains(why), "{reason}");
        // What died is kept whole.
        assert_eq!(
            (name, raw.as_ref()),
            (&format!("m{n}"), bodies[n].as_bytes())
        );
    }
}

#[test]
fn a_damaged_batch_is_an_item_with_its_reason() {
    let bad = b"\x1f\x8b\x08\x00 and then this";
    for (data, why) in [(base64(bad), "inflated"), ("?".to_owned(), "base64")] {
        let payload = json!({"awslogs": {"data": data}});
        for payload in [payload.clone(), queue(&[payload.to_string()])] {
            match works(&payload).as_slice() {
                [Work::Unread { reason, .. }] => assert!(reason.contains(why), "{reason}"),
                other => panic!("{other:?}"),
            }
        }
    }
    let task = json!({"taskId": "t", "s3Key": "k"});
    let job = json!({"invocationSchemaVersion": "1.0", "tasks": [task]});
    match works(&job).as_slice() {
        [Work::Unread { name, raw, .. }] => {
            assert_eq!(
                (name.as_str(), raw.as_ref()),
                ("t", task.to_string().as_bytes())
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dead_letter_that_is_sent_back_is_what_it_holds() {
    let letter = |kind: &str, encoding: &str, item: Value| {
        json!({"schema": "flowtrail.dead_letter.v1", "kind": kind, "name": "n",
            "truncated": false, "encoding": encoding, "item": item})
    };
    let read = |letter: &Value| works(&queue(&[letter.to_string()]));
    let object = json!({"bucket": "logs", "key": KEY, "version": null, "etag": "e"});
    match read(&letter("not_found", "object", object)).as_slice() {
        [Work::Object(o)] => {
            let etag = o.etag.as_deref();
            assert_eq!(
                (o.bucket.as_str(), o.key.as_str(), etag),
                ("logs", KEY, Some("e"))
            );
        }
        other => panic!("{other:?}"),
    }
    let message = letter("payload", "json", notification());
    assert_eq!(read(&message), works(&notification()));
    let packed = gzip(b"2 111122223333 eni-1");
    let records = [
        (letter("corrupt", "base64", json!(base64(&packed))), packed),
        (letter("corrupt", "text", json!("{]")), b"{]".to_vec()),
        (
            letter("corrupt", "json", json!({"a": 1})),
            b"{\"a\":1}".to_vec(),
        ),
    ];
    for (letter, want) in records {
        match read(&letter).as_slice() {
            [Work::Inline { name, bytes }] => {
                assert_eq!((name.as_str(), bytes), ("n", &want.into()))
            }
            other => panic!("{other:?}"),
        }
    }
    // What could not be read is not read now, nor is a part of something.
    let mut cut = message;
    cut["truncated"] = json!(true);
    for letter in [letter("payload", "text", json!("hello")), cut] {
        assert!(
            matches!(read(&letter).as_slice(), [Work::Unread { .. }]),
            "{letter}"
        );
    }
}

#[test]
fn an_unknown_payload_shows_its_shape_and_no_value() {
    let error = Trigger::read(&json!({"user": {"password": "secret"}, "n": [1, 2]})).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("{user: {password: text}, n: [number; 2]}"),
        "{text}"
    );
    assert!(!text.contains("secret"));
    // Messages without an id could not be answered.
    let mut payload = queue(&[notification().to_string()]);
    payload["Records"][0]["messageId"] = json!("");
    assert!(Trigger::read(&payload).is_err());
}

#[test]
fn payloads_at_hand_are_read() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/lambda-events");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: lambda-events is not at hand");
        return;
    };
    let mut seen = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let payload: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let trigger = Trigger::read(&payload);
        // Its topic carries a greeting, which announces nothing.
        if name == "sns-event.json" && trigger.is_err() {
            continue;
        }
        let trigger = trigger.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!trigger.items.is_empty(), "{name}");
        seen += 1;
    }
    assert!(seen >= 7, "{seen}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Z:%+/.{}\"]{0,12}".prop_map(Value::from),
    ];
    let name = prop_oneof![
        "[a-z]{1,4}",
        prop::sample::select(vec![
            "Records",
            "records",
            "s3",
            "object",
            "bucket",
            "key",
            "eventSource",
            "body",
            "messageId",
            "Message",
            "Sns",
            "detail-type",
            "detail",
            "tasks",
            "awslogs",
            "data",
            "invocationSchemaVersion",
            "s3Bucket",
            "s3ObjectKey",
            "kinesis",
            "deliveryStreamArn",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics(value in any_json()) {
        let _ = Trigger::read(&value);
        let _ = Trigger::read(&queue(&[value.to_string()]));
    }

    #[test]
    fn a_key_comes_back_as_it_was(key in "\\PC{1,60}") {
        let encoded: String = percent_encoding::utf8_percent_encode(
            &key, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut payload = notification();
        payload["Records"][0]["s3"]["object"]["key"] = json!(encoded);
        prop_assume!(!key.ends_with('/'));
        prop_assert_eq!(super::tests::key(&payload).1, key);
    }
}
