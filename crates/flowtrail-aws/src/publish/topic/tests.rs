use std::sync::{Arc, Mutex};

use aws_sdk_sns::operation::publish_batch::{
    PublishBatchError, PublishBatchInput, PublishBatchOutput,
};
use aws_sdk_sns::types::{BatchResultErrorEntry, PublishBatchResultEntry};
use aws_smithy_mocks::{MockResponse, mock};
use aws_smithy_types::error::ErrorMetadata;

use super::super::deliver::deliver;
use super::super::message::messages;
use super::super::{Notice, Rendered, sample};
use super::*;

type Answer = MockResponse<PublishBatchOutput, PublishBatchError>;
type Requests = Arc<Mutex<Vec<PublishBatchInput>>>;

/// A topic that answers as it is told, and remembers what it was asked.
fn topic(
    arn: &str,
    answer: impl Fn(usize, &PublishBatchInput) -> Answer + Send + Sync + 'static,
) -> (Topic, Requests) {
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    let rule = mock!(Client::publish_batch).then_compute_response(move |r| {
        let mut seen = seen.lock().unwrap();
        seen.push(r.clone());
        answer(seen.len() - 1, r)
    });
    (
        Topic::new(sample::mocked!(aws_sdk_sns, &rule), arn),
        requests,
    )
}

/// Takes everything but the entries for which `refused` names a code.
fn taken(
    input: &PublishBatchInput,
    refused: impl Fn(&PublishBatchRequestEntry) -> Option<&'static str>,
) -> Answer {
    let mut output = PublishBatchOutput::builder();
    for entry in input.publish_batch_request_entries() {
        output = match refused(entry) {
            None => output.successful(PublishBatchResultEntry::builder().id(entry.id()).build()),
            Some(code) => {
                let error = BatchResultErrorEntry::builder().id(entry.id()).code(code);
                output.failed(error.sender_fault(false).build().unwrap())
            }
        };
    }
    MockResponse::Output(output.build())
}

fn error(code: &str) -> Answer {
    let meta = ErrorMetadata::builder()
        .code(code)
        .message("so it is")
        .build();
    MockResponse::Error(PublishBatchError::generic(meta))
}

/// Findings of as many rules, so that each is a message.
fn findings(n: u32, bytes: usize) -> Vec<Rendered> {
    let one = |n| sample::rendered(n, &format!("r{n:03}"), "eva", bytes);
    (0..n).map(one).collect()
}

fn of(findings: &[Rendered], bytes_max: usize) -> Vec<Message> {
    let notice = |finding| Notice {
        finding,
        whole: None,
    };
    let notices: Vec<Notice<'_>> = findings.iter().map(notice).collect();
    messages(&notices, bytes_max)
}

fn sizes(requests: &Requests) -> Vec<usize> {
    let requests = requests.lock().unwrap();
    let size = |r: &PublishBatchInput| r.publish_batch_request_entries().len();
    requests.iter().map(size).collect()
}

#[tokio::test]
async fn messages_go_out_ten_at_a_time_with_their_attributes() {
    let (topic, requests) = topic("arn:t", |_, r| taken(r, |_| None));
    let done = deliver(
        &topic,
        of(&findings(23, 10), topic.bytes_max()),
        sample::later(),
    )
    .await;
    assert_eq!(done.len(), 23);
    assert!(done.iter().all(|(_, r)| r.is_ok()));
    assert_eq!(sizes(&requests), [10, 10, 3]);
    let requests = requests.lock().unwrap();
    let entry = &requests[0].publish_batch_request_entries()[0];
    assert_eq!(requests[0].topic_arn(), Some("arn:t"));
    assert_eq!(entry.message_group_id(), None);
    let severity = &entry.message_attributes().unwrap()["severity"];
    assert_eq!(severity.data_type(), "String");
    assert_eq!(severity.string_value(), Some("high"));
    assert_eq!(entry.subject(), Some("[HIGH] Title of r000 (111122223333)"));
}

#[tokio::test]
async fn a_batch_is_no_larger_than_a_message_may_be() {
    let (topic, requests) = topic("arn:t", |_, r| taken(r, |_| None));
    let topic = topic.with_bytes_max(64 << 10);
    let done = deliver(
        &topic,
        of(&findings(9, 20_000), topic.bytes_max()),
        sample::later(),
    )
    .await;
    assert_eq!(done.len(), 9);
    assert_eq!(sizes(&requests), [3, 3, 3]);
    for request in requests.lock().unwrap().iter() {
        let entries = request.publish_batch_request_entries();
        let bytes: usize = entries.iter().map(|e| e.message().len()).sum();
        assert!(bytes <= 64 << 10, "{bytes}");
    }
    assert_eq!(
        topic.clone().with_bytes_max(usize::MAX).bytes_max(),
        1 << 20
    );
    assert_eq!(topic.with_bytes_max(0).bytes_max(), 32 << 10);
}

#[tokio::test]
async fn a_fifo_topic_is_told_what_belongs_together() {
    let (topic, requests) = topic("arn:t.fifo", |_, r| taken(r, |_| None));
    let findings = findings(2, 10);
    deliver(&topic, of(&findings, topic.bytes_max()), sample::later()).await;
    let requests = requests.lock().unwrap();
    let entries = requests[0].publish_batch_request_entries();
    assert_eq!(entries[0].message_group_id(), Some(findings[0].id.as_str()));
    let tags: Vec<_> = entries
        .iter()
        .map(|e| e.message_deduplication_id().unwrap())
        .collect();
    assert_eq!(tags[0].len(), 32);
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test]
async fn only_what_was_not_taken_is_sent_again() {
    let (topic, requests) = topic("arn:t", |before, r| {
        taken(r, |e| {
            (before < 2 && e.message().contains("r001")).then_some("InternalError")
        })
    });
    let done = deliver(
        &topic,
        of(&findings(4, 10), topic.bytes_max()),
        sample::later(),
    )
    .await;
    assert!(done.iter().all(|(_, r)| r.is_ok()));
    assert_eq!(done.len(), 4);
    assert_eq!(sizes(&requests), [4, 1, 1]);
}

#[tokio::test]
async fn what_is_never_taken_is_given_up() {
    let (topic, requests) = topic("arn:t", |_, r| {
        taken(r, |e| match e.message() {
            m if m.contains("r001") => Some("Throttled"),
            m if m.contains("r002") => Some("InvalidParameter"),
            _ => None,
        })
    });
    let done = deliver(
        &topic,
        of(&findings(4, 10), topic.bytes_max()),
        sample::later(),
    )
    .await;
    let failed: Vec<FaultKind> = done
        .iter()
        .filter_map(|(_, r)| Some(r.as_ref().err()?.kind))
        .collect();
    assert_eq!(failed, [FaultKind::Invalid, FaultKind::Throttled]);
    assert_eq!(done.len(), 4);
    assert_eq!(
        sizes(&requests),
        [4, 1, 1, 1],
        "what is wrong is not repeated"
    );
}

#[tokio::test]
async fn a_refused_batch_is_sent_one_by_one() {
    let (topic, requests) = topic("arn:t", |_, r| {
        let entries = r.publish_batch_request_entries();
        if entries.iter().any(|e| e.message().contains("r001")) {
            return error("InvalidParameter");
        }
        taken(r, |_| None)
    });
    let done = deliver(
        &topic,
        of(&findings(3, 10), topic.bytes_max()),
        sample::later(),
    )
    .await;
    assert_eq!(done.iter().filter(|(_, r)| r.is_ok()).count(), 2);
    assert_eq!(done.iter().filter(|(_, r)| r.is_err()).count(), 1);
    assert_eq!(sizes(&requests), [3, 1, 1, 1]);
}

#[tokio::test]
async fn a_topic_that_says_no_says_it_for_all() {
    for (code, kind, calls) in [
        ("AuthorizationError", FaultKind::Denied, 1),
        ("NotFound", FaultKind::NotFound, 1),
        ("InternalError", FaultKind::Service, 4),
    ] {
        let (topic, requests) = topic("arn:t", move |_, _| error(code));
        let done = deliver(
            &topic,
            of(&findings(2, 10), topic.bytes_max()),
            sample::later(),
        )
        .await;
        assert_eq!(done.len(), 2);
        for (_, result) in done {
            assert_eq!(result.unwrap_err().kind, kind);
        }
        assert_eq!(requests.lock().unwrap().len(), calls, "{code}");
    }
}

#[tokio::test]
async fn silence_about_an_entry_is_no_success() {
    let nothing = || MockResponse::Output(PublishBatchOutput::builder().build());
    let (topic, _) = topic("arn:t", move |_, _| nothing());
    let done = deliver(
        &topic,
        of(&findings(1, 10), topic.bytes_max()),
        sample::later(),
    )
    .await;
    assert_eq!(done[0].1.as_ref().unwrap_err().kind, FaultKind::Service);
}
