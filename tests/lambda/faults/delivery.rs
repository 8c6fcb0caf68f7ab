//! Notifications that come twice, at once, late, or in another order.

use serde_json::{Value, json};

use super::stage::{Stage, Sums, count, is_answer, is_error, samples};
use crate::function::Outcome;
use crate::payload;
use crate::world::{REGION, Stored};

/// A batch of a queue: one message for each object.
pub(super) fn batch(stored: &[Stored]) -> Value {
    let message = |(n, object): (usize, &Stored)| {
        json!({"messageId": format!("m{n}"), "receiptHandle": "r", "attributes": {},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:{REGION}:123456789012:q"),
            "awsRegion": REGION,
            "body": payload::s3(std::slice::from_ref(object)).to_string()})
    };
    let records: Vec<Value> = stored.iter().enumerate().map(message).collect();
    json!({"Records": records})
}

/// Ids of messages that come again.
pub(super) fn again(outcome: &Outcome) -> Vec<String> {
    let Outcome::Answer(answer) = outcome else {
        panic!("{outcome:?}");
    };
    let failures = answer["batchItemFailures"].as_array().unwrap();
    let id = |f: &Value| f["itemIdentifier"].as_str().unwrap().to_owned();
    failures.iter().map(id).collect()
}

#[tokio::test]
async fn what_was_handled_is_not_handled_again() {
    let Some(stage) = Stage::of("redelivered").await else {
        return;
    };
    let function = stage.start().await;
    for _ in 0..3 {
        let invoked = function.invoke(&stage.event()).await;
        assert!(is_answer(&invoked), "{invoked:?}");
    }
    // Another process knows, too, and through another trigger.
    let other = stage.start().await;
    assert!(is_answer(&other.invoke(&stage.event()).await));
    let invoked = other.invoke(&batch(&stage.stored)).await;
    assert_eq!(again(&invoked.outcome), [""; 0]);
    let sums = stage.assert_whole("again and again").await;
    assert_eq!(sums.of("Duplicates"), count(4 * stage.stored.len()));
    assert_eq!(stage.proxy.calls("s3:GetObject").len(), stage.stored.len());
}

/// Without a table everything is done again, and written over itself.
#[tokio::test]
async fn without_a_table_a_redelivery_overwrites() {
    let logs = samples();
    let Some(stage) = Stage::with("no-table", &logs, false).await else {
        return;
    };
    let function = stage.start().await;
    assert!(is_answer(&function.invoke(&stage.event()).await));
    let first = stage.found().await;
    assert!(is_answer(&function.invoke(&stage.event()).await));
    assert_eq!(stage.found().await, first);
    let single: Vec<_> = stage.expected.ids.intersection(&first).collect();
    assert!(
        single.len() >= 4,
        "windows within one object and single events"
    );
    let sums = stage.sums().await;
    assert_eq!(sums.of("Objects"), count(2 * logs.len()));
    assert!(sums.of("RulesReduced") > 0.0);
}

#[tokio::test]
async fn the_same_notification_in_parallel_is_counted_once() {
    let Some(stage) = Stage::of("parallel").await else {
        return;
    };
    let (one, two, three) = (
        stage.start().await,
        stage.start().await,
        stage.start().await,
    );
    let event = stage.event();
    let all = tokio::join!(one.invoke(&event), two.invoke(&event), three.invoke(&event));
    for invoked in [&all.0, &all.1, &all.2] {
        assert!(is_answer(invoked) || is_error(invoked), "{invoked:?}");
    }
    // Whoever met another one at it asks to be asked again.
    assert!(is_answer(&one.invoke(&event).await));
    stage.assert_whole("in parallel").await;
}

/// Every order of the three objects, each in an invocation of its own.
#[tokio::test]
async fn order_does_not_matter() {
    for order in [[0, 1, 2], [1, 0, 2], [2, 1, 0]] {
        let Some(stage) = Stage::of("order").await else {
            return;
        };
        let function = stage.start().await;
        for at in order {
            let event = payload::s3(&stage.stored[at..=at]);
            assert!(is_answer(&function.invoke(&event).await));
        }
        stage.assert_whole(&format!("{order:?}")).await;
    }
}

/// Two objects of one window at the same moment, which both fire alone.
#[tokio::test]
async fn objects_of_one_window_meet() {
    let Some(stage) = Stage::of("meet").await else {
        return;
    };
    let mut functions = Vec::new();
    for _ in &stage.stored {
        functions.push(stage.start().await);
    }
    let events: Vec<Value> = stage
        .stored
        .iter()
        .map(|s| payload::s3(std::slice::from_ref(s)))
        .collect();
    let calls = functions.iter().zip(&events).map(|(f, e)| f.invoke(e));
    for invoked in futures_util::future::join_all(calls).await {
        assert!(is_answer(&invoked), "{invoked:?}");
    }
    stage.assert_whole("at the same moment").await;
}

pub(super) fn adds_up(sums: &Sums) {
    let judged = sums.of("Evaluated") + sums.of("Skipped");
    assert_eq!(sums.of("Records"), judged, "{sums:?}");
}
