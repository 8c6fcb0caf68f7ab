use std::sync::{Arc, Mutex};

use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageInput, SendMessageOutput};
use aws_smithy_mocks::{MockResponse, mock};
use aws_smithy_types::error::ErrorMetadata;

use super::super::sample;
use super::*;

type Requests = Arc<Mutex<Vec<SendMessageInput>>>;

/// A queue that takes bodies of at most `bytes_max`.
fn queue(url: &str, bytes_max: usize) -> (DeadLetters, Requests) {
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    let rule = mock!(Client::send_message).then_compute_response(move |r| {
        seen.lock().unwrap().push(r.clone());
        if r.message_body().unwrap().len() <= bytes_max {
            return MockResponse::Output(SendMessageOutput::builder().build());
        }
        let meta = ErrorMetadata::builder()
            .code("InvalidParameterValue")
            .message("too long");
        MockResponse::Error(SendMessageError::generic(meta.build()))
    });
    (
        DeadLetters::new(sample::mocked!(aws_sdk_sqs, &rule), url),
        requests,
    )
}

fn letter(item: &str) -> DeadLetter<'_> {
    of(Remains::Bytes(item.as_bytes()))
}

const fn of(remains: Remains<'_>) -> DeadLetter<'_> {
    DeadLetter {
        name: "m1",
        remains,
        kind: "corrupt",
        reason: "the stream is damaged\nat 7",
        time: EventTime::from_secs(1_795_288_800),
        request_id: "req-1",
    }
}

fn body(request: &SendMessageInput) -> Value {
    serde_json::from_str(request.message_body().unwrap()).unwrap()
}

#[tokio::test]
async fn an_item_goes_with_its_reason() {
    let (queue, requests) = queue("https://q", usize::MAX);
    queue.send(&letter(r#"{"a": 1}"#)).await.unwrap();
    queue.send(&letter("no json \u{ffff}\u{1}")).await.unwrap();
    let requests = requests.lock().unwrap();
    let want = json!({
        "schema": "flowtrail.dead_letter.v1", "kind": "corrupt",
        "reason": "the stream is damaged\nat 7", "time": "2026-11-21T19:20:00Z",
        "request_id": "req-1", "name": "m1", "bytes": 8, "truncated": false,
        "encoding": "json", "item": {"a": 1},
    });
    assert_eq!(body(&requests[0]), want);
    assert_eq!(body(&requests[1])["item"], "no json \u{ffff}\u{1}");
    assert_eq!(body(&requests[1])["encoding"], "text");
    assert!(!requests[1].message_body().unwrap().contains('\u{ffff}'));
    let attributes = requests[0].message_attributes().unwrap();
    let text = |name: &str| attributes[name].string_value().unwrap();
    assert_eq!(text("kind"), "corrupt");
    assert_eq!(text("reason"), "the stream is damagedat 7");
    assert_eq!(requests[0].queue_url(), Some("https://q"));
    assert_eq!(requests[0].message_group_id(), None);
}

#[tokio::test]
async fn an_object_can_be_fetched_again() {
    let (queue, requests) = queue("https://q", usize::MAX);
    let object = ObjectRef {
        version: Some("v1".into()),
        etag: Some("e1".into()),
        size: Some(77),
        ..ObjectRef::named("logs", "a b/ü.json.gz")
    };
    queue.send(&of(Remains::Object(&object))).await.unwrap();
    let body = body(&requests.lock().unwrap()[0]);
    let want = json!({"bucket": "logs", "key": "a b/ü.json.gz", "version": "v1", "etag": "e1"});
    assert_eq!(
        (&body["item"], &body["encoding"]),
        (&want, &json!("object"))
    );
    assert_eq!(body["bytes"], 77);
}

#[tokio::test]
async fn bytes_come_back_as_they_were() {
    let (queue, requests) = queue("https://q", 256 << 10);
    let small = b"\x1f\x8b\x08\x00\xff".to_vec();
    let large: Vec<u8> = (0..900_000_u64)
        .map(|n| u8::try_from(n * n % 121).unwrap() | 0x80)
        .collect();
    for bytes in [&small, &large] {
        queue.send(&of(Remains::Bytes(bytes))).await.unwrap();
    }
    let requests = requests.lock().unwrap();
    let bytes = |n: usize| {
        let body = body(&requests[n]);
        assert_eq!(body["encoding"], "base64");
        STANDARD.decode(body["item"].as_str().unwrap()).unwrap()
    };
    assert_eq!(bytes(0), small);
    // The first try is refused; the second is as much as such a queue takes.
    let head = bytes(2);
    assert!(
        large.starts_with(&head) && head.len() > 150_000,
        "{}",
        head.len()
    );
    let cut = body(&requests[2]);
    assert_eq!(
        (&cut["truncated"], &cut["bytes"]),
        (&json!(true), &json!(900_000))
    );
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn an_item_that_is_too_large_is_cut() {
    let (queue, requests) = queue("https://q", 1 << 20);
    let items = [
        format!(r#"{{"a":"{}"}}"#, "ü".repeat(1 << 20)),
        "\u{1}".repeat(1 << 20),
        format!(r#"["{}"]"#, "\u{ffff}".repeat(1 << 19)),
    ];
    for item in &items {
        queue.send(&letter(item)).await.unwrap();
    }
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), items.len(), "each at the first try");
    for (request, item) in requests.iter().zip(&items) {
        let body = body(request);
        assert_eq!(body["truncated"], true);
        assert_eq!(body["bytes"], item.len());
        let head = body["item"].as_str().unwrap();
        assert!(
            item.starts_with(head) && head.len() > 100_000,
            "{}",
            head.len()
        );
    }
}

#[tokio::test]
async fn a_queue_for_smaller_messages_gets_a_head() {
    for (takes, tries, least) in [(256 << 10, 2, 200 << 10), (20 << 10, 3, 15 << 10)] {
        let (queue, requests) = queue("https://q.fifo", takes);
        queue.send(&letter(&"x".repeat(300 << 10))).await.unwrap();
        let requests = requests.lock().unwrap();
        assert_eq!(requests.len(), tries);
        let last = requests.last().unwrap();
        assert_eq!(body(last)["truncated"], true);
        assert!(last.message_body().unwrap().len() > least);
        assert!(last.message_group_id().is_some());
        let ids: Vec<_> = requests
            .iter()
            .map(|r| r.message_deduplication_id())
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}

#[tokio::test]
async fn a_queue_that_takes_nothing_is_a_fault() {
    let (queue, requests) = queue("https://q", 0);
    let fault = queue.send(&letter("{}")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
    // A smaller one there is not.
    assert_eq!(requests.lock().unwrap().len(), 1);
}
