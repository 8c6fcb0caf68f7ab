use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatch::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudwatch::operation::delete_alarms::{DeleteAlarmsError, DeleteAlarmsOutput};
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::ListTagsForResourceOutput;
use aws_sdk_cloudwatch::operation::put_metric_alarm::PutMetricAlarmOutput;
use aws_sdk_cloudwatch::types::{StandardUnit, StateValue};
use aws_smithy_mocks::{
    MockResponse, MockResponseInterceptor, Rule, RuleMode, create_mock_http_client, mock,
};
use aws_smithy_types::error::ErrorMetadata;

use super::*;

fn alarms(rules: &[&Rule]) -> Alarms {
    let mut answers = MockResponseInterceptor::new().rule_mode(RuleMode::MatchAny);
    for rule in rules {
        answers = answers.with_rule(rule);
    }
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::for_tests())
        .http_client(create_mock_http_client())
        .interceptor(answers);
    Alarms::new(config, false)
}

fn described(n: i32) -> AwsAlarm {
    AwsAlarm::builder()
        .alarm_name(format!("flowtrail-{n:03}"))
        .alarm_arn(format!("arn:{n}"))
        .state_value(StateValue::Ok)
        .evaluation_periods(n)
        .build()
}

#[tokio::test]
async fn every_page_is_read_and_every_alarm_has_its_tags() {
    let pages = mock!(Client::describe_alarms).then_compute_response(|r| {
        assert_eq!(r.alarm_name_prefix(), Some("flowtrail-"));
        assert_eq!(r.max_records(), Some(PAGE));
        let page: i32 = r.next_token().map_or(0, |t| t.parse().unwrap());
        let alarms = (page * 100..page * 100 + 100).map(described).collect();
        let next = (page < 2).then(|| (page + 1).to_string());
        let out = DescribeAlarmsOutput::builder().set_metric_alarms(Some(alarms));
        MockResponse::Output(out.set_next_token(next).build())
    });
    let tags = mock!(Client::list_tags_for_resource).then_compute_response(|r| {
        let value = r.resource_arn().unwrap();
        let tag = Tag::builder().key("k").value(value).build();
        MockResponse::Output(ListTagsForResourceOutput::builder().tags(tag).build())
    });
    let found = alarms(&[&pages, &tags]).list("flowtrail-").await.unwrap();
    assert_eq!(found.len(), 300);
    for (n, found) in (0..).zip(&found) {
        assert_eq!(found.alarm.name, format!("flowtrail-{n:03}"));
        assert_eq!(found.alarm.tags["k"], format!("arn:{n}"));
        // What AWS leaves out has the value that its reference gives it.
        assert_eq!(found.alarm.datapoints_to_alarm, n);
        assert_eq!(found.alarm.treat_missing_data, "missing");
        assert!(found.alarm.actions_enabled && found.state == "OK");
    }
}

#[test]
fn what_others_add_by_hand_is_seen() {
    let plain = described(1);
    assert_eq!(read(&plain).alarm.other, "");
    let odd = AwsAlarm::builder()
        .unit(StandardUnit::Count)
        .insufficient_data_actions("arn:x")
        .evaluate_low_sample_count_percentile("ignore")
        .threshold_metric_id("band")
        .build();
    let other = read(&odd).alarm.other;
    for word in ["unit Count", "arn:x", "formula", "ignore"] {
        assert!(other.contains(word), "{other}");
    }
}

#[tokio::test]
async fn a_percentile_goes_by_its_own_name() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let put = mock!(Client::put_metric_alarm).then_compute_response(move |r| {
        let statistic = r.statistic().map(|s| s.as_str().to_owned());
        let percentile = r.extended_statistic().map(str::to_owned);
        log.lock().unwrap().push((statistic, percentile));
        MockResponse::Output(PutMetricAlarmOutput::builder().build())
    });
    let alarms = alarms(&[&put]);
    for statistic in ["Sum", "p90"] {
        let alarm = MetricAlarm {
            statistic: statistic.into(),
            ..MetricAlarm::default()
        };
        alarms.put(&alarm).await.unwrap();
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], (Some("Sum".into()), None));
    assert_eq!(seen[1], (None, Some("p90".into())));
}

/// One that somebody deleted meanwhile does not keep the others.
#[tokio::test]
async fn hundreds_are_deleted_and_one_that_is_gone_is_no_error() {
    let deleted = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&deleted);
    let rule = mock!(Client::delete_alarms).then_compute_response(move |r| {
        let names = r.alarm_names();
        assert!(names.len() <= DELETED_AT_ONCE);
        if names.iter().any(|n| n == "gone") {
            let meta = ErrorMetadata::builder().code("ResourceNotFound").build();
            return MockResponse::Error(DeleteAlarmsError::generic(meta));
        }
        log.lock().unwrap().extend(names.to_vec());
        MockResponse::Output(DeleteAlarmsOutput::builder().build())
    });
    let mut names: Vec<String> = (0..150).map(|n| n.to_string()).collect();
    names.insert(120, "gone".into());
    alarms(&[&rule]).delete(&names).await.unwrap();
    names.remove(120);
    assert_eq!(*deleted.lock().unwrap(), names);
}
