use std::sync::{Arc, Mutex};

use aws_sdk_eventbridge::operation::put_events::{PutEventsInput, PutEventsOutput};
use aws_sdk_eventbridge::types::PutEventsResultEntry;
use aws_smithy_mocks::mock;
use serde_json::Value;

use super::super::deliver::deliver;
use super::super::message::messages;
use super::super::{Notice, Rendered, sample};
use super::*;

type Requests = Arc<Mutex<Vec<PutEventsInput>>>;

/// A bus that refuses the entries for which `refused` names a code; it is told
/// how many requests came before.
fn bus(
    refused: impl Fn(usize, &str) -> Option<&'static str> + Send + Sync + 'static,
) -> (Bus, Requests) {
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    let rule = mock!(Client::put_events).then_compute_output(move |r| {
        let mut seen = seen.lock().unwrap();
        seen.push(r.clone());
        let mut failed = 0;
        let mut output = PutEventsOutput::builder();
        for entry in r.entries() {
            let result = PutEventsResultEntry::builder();
            output = output.entries(match refused(seen.len() - 1, entry.detail().unwrap()) {
                None => result.event_id("e").build(),
                Some(code) => {
                    failed += 1;
                    result.error_code(code).error_message("so it is").build()
                }
            });
        }
        output.failed_entry_count(failed).build()
    });
    (
        Bus::new(sample::mocked!(aws_sdk_eventbridge, &rule), "bus"),
        requests,
    )
}

fn of(n: u32, bytes: usize, bytes_max: usize) -> Vec<Message> {
    let one = |n| sample::rendered(n, &format!("r{n:03}"), "eva", bytes);
    let findings: Vec<Rendered> = (0..n).map(one).collect();
    let notice = |finding| Notice {
        finding,
        whole: None,
    };
    let notices: Vec<Notice<'_>> = findings.iter().map(notice).collect();
    messages(&notices, bytes_max)
}

fn sizes(requests: &Requests) -> Vec<usize> {
    requests
        .lock()
        .unwrap()
        .iter()
        .map(|r| r.entries().len())
        .collect()
}

#[tokio::test]
async fn events_say_what_they_are() {
    let (bus, requests) = bus(|_, _| None);
    let done = deliver(&bus, of(12, 10, bus.bytes_max()), sample::later()).await;
    assert!(done.iter().all(|(_, r)| r.is_ok()));
    assert_eq!(sizes(&requests), [10, 2]);
    let requests = requests.lock().unwrap();
    let entry = &requests[0].entries()[0];
    assert_eq!(entry.source(), Some("flowtrail"));
    assert_eq!(entry.detail_type(), Some("Flowtrail Finding"));
    assert_eq!(entry.event_bus_name(), Some("bus"));
    let detail: Value = serde_json::from_str(entry.detail().unwrap()).unwrap();
    assert_eq!(detail["rule"], "r000");
}

#[tokio::test]
async fn a_request_is_no_larger_than_the_bus_takes() {
    let (bus, requests) = bus(|_, _| None);
    deliver(&bus, of(5, 100_000, bus.bytes_max()), sample::later()).await;
    assert_eq!(sizes(&requests), [2, 2, 1]);
    assert!(bus.with_bytes_max(usize::MAX).bytes_max() < 1_000_000);
}

#[tokio::test]
async fn only_failed_entries_are_sent_again() {
    let (bus, requests) = bus(|before, detail| match before {
        0 if detail.contains("r001") => Some("ThrottlingException"),
        0 if detail.contains("r003") => Some("InternalFailure"),
        1 if detail.contains("r003") => Some("ThrottlingException"),
        _ => None,
    });
    let done = deliver(&bus, of(5, 10, bus.bytes_max()), sample::later()).await;
    assert_eq!(done.iter().filter(|(_, r)| r.is_ok()).count(), 5);
    assert_eq!(sizes(&requests), [5, 2, 1]);
    let requests = requests.lock().unwrap();
    assert!(requests[2].entries()[0].detail().unwrap().contains("r003"));
}

#[tokio::test]
async fn entries_that_fail_for_ever_are_given_up() {
    let (bus, requests) = bus(|_, detail| match detail {
        d if d.contains("r000") => Some("MalformedDetail"),
        d if d.contains("r001") => Some("InternalFailure"),
        d if d.contains("r002") => Some("AccessDeniedException"),
        _ => None,
    });
    let done = deliver(&bus, of(4, 10, bus.bytes_max()), sample::later()).await;
    let failed: Vec<FaultKind> = done
        .iter()
        .filter_map(|(_, r)| Some(r.as_ref().err()?.kind))
        .collect();
    let want = [FaultKind::Invalid, FaultKind::Denied, FaultKind::Service];
    assert_eq!(failed, want);
    assert_eq!(sizes(&requests), [4, 1, 1, 1]);
}
