//! Applying a plan to a CloudWatch that says no.

use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_cloudwatch::operation::delete_alarms::{DeleteAlarmsError, DeleteAlarmsOutput};
use aws_sdk_cloudwatch::operation::put_metric_alarm::{PutMetricAlarmError, PutMetricAlarmOutput};
use aws_smithy_mocks::{
    MockResponse, MockResponseInterceptor, RuleMode, create_mock_http_client, mock,
};
use aws_smithy_types::error::ErrorMetadata;

use super::tests::{there, wanted};
use super::*;

fn denied() -> ErrorMetadata {
    ErrorMetadata::builder().code("AccessDenied").build()
}

/// A CloudWatch that refuses alarms of that name, and the names of those that were
/// to be deleted.
fn refusing(name: &'static str) -> (Alarms, Arc<Mutex<Vec<String>>>) {
    let put = mock!(Client::put_metric_alarm).then_compute_response(move |r| {
        if r.alarm_name() == Some(name) {
            return MockResponse::Error(PutMetricAlarmError::generic(denied()));
        }
        MockResponse::Output(PutMetricAlarmOutput::builder().build())
    });
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let delete = mock!(Client::delete_alarms).then_compute_response(move |r| {
        log.lock().unwrap().extend(r.alarm_names().to_vec());
        if r.alarm_names().iter().any(|n| n == name) {
            return MockResponse::Error(DeleteAlarmsError::generic(denied()));
        }
        MockResponse::Output(DeleteAlarmsOutput::builder().build())
    });
    let answers = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::for_tests())
        .http_client(create_mock_http_client())
        .interceptor(answers.with_rule(&put).with_rule(&delete));
    (Alarms::new(config, false), asked)
}

/// Two alarms are to be made, and one that has another name is to go.
fn renamed() -> Plan {
    let mut found = wanted();
    found[1].name = "drill-of-old".into();
    found[2].threshold = 9.0;
    plan(wanted(), there(found), "drill")
}

#[tokio::test]
async fn nothing_is_deleted_while_something_could_not_be_made() {
    let (alarms, asked) = refusing("drill-uncertain-critical");
    let mut done = Vec::new();
    let applied = apply(&renamed(), &alarms, |c| done.push(c.alarm.clone())).await;
    let failed: Vec<_> = applied.failed.iter().map(|(name, _)| name).collect();
    assert_eq!(failed, ["drill-uncertain-critical"]);
    assert_eq!(applied.kept, ["drill-of-old"]);
    assert_eq!(done.len(), 1, "the other is made: {done:?}");
    assert!(asked.lock().unwrap().is_empty());
    assert!(!applied.is_whole());
}

#[tokio::test]
async fn what_could_not_be_deleted_is_not_called_done() {
    let (alarms, asked) = refusing("drill-of-old");
    let mut done = Vec::new();
    let applied = apply(&renamed(), &alarms, |c| done.push(c.what)).await;
    assert_eq!(*asked.lock().unwrap(), ["drill-of-old"]);
    assert_eq!(applied.failed.len(), 1);
    assert!(applied.kept.is_empty());
    assert_eq!(done.len(), 2);
    assert!(!done.contains(&What::Delete));
    let (alarms, _) = refusing("nothing");
    let mut done = Vec::new();
    let applied = apply(&renamed(), &alarms, |c| done.push(c.what)).await;
    assert!(applied.is_whole() && done.contains(&What::Delete));
}
