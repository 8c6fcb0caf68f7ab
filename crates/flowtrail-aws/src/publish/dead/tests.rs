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
    DeadLetter {
        item,
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
        "request_id": "req-1", "item_bytes": 8, "truncated": false, "item": {"a": 1},
    });
    assert_eq!(body(&requests[0]), want);
    assert_eq!(body(&requests[1])["item"], "no json \u{ffff}\u{1}");
    assert!(!requests[1].message_body().unwrap().contains('\u{ffff}'));
    let attributes = requests[0].message_attributes().unwrap();
    let text = |name: &str| attributes[name].string_value().unwrap();
    assert_eq!(text("kind"), "corrupt");
    assert_eq!(text("reason"), "the stream is damagedat 7");
    assert_eq!(requests[0].queue_url(), Some("https://q"));
    assert_eq!(requests[0].message_group_id(), None);
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
        assert_eq!(body["item_bytes"], item.len());
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
    let (queue, requests) = queue("https://q.fifo", 256 << 10);
    queue.send(&letter(&"x".repeat(300 << 10))).await.unwrap();
    let requests = requests.lock().unwrap();
    assert_eq!(requests.len(), 2);
    assert_eq!(body(&requests[1])["truncated"], true);
    assert!(requests[1].message_body().unwrap().len() <= 16 << 10);
    assert!(requests[1].message_group_id().is_some());
    assert_eq!(
        requests[0].message_deduplication_id(),
        requests[1].message_deduplication_id()
    );
}

#[tokio::test]
async fn a_queue_that_takes_nothing_is_a_fault() {
    let (queue, requests) = queue("https://q", 0);
    let fault = queue.send(&letter("{}")).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
    assert_eq!(requests.lock().unwrap().len(), 2);
}
