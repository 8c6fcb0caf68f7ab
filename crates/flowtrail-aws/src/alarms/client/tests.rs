use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatch::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudwatch::operation::delete_alarms::{DeleteAlarmsError, DeleteAlarmsOutput};
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::list_tags_for_resource::{
    ListTagsForResourceError, ListTagsForResourceOutput,
};
use aws_sdk_cloudwatch::operation::put_metric_alarm::PutMetricAlarmOutput;
use aws_sdk_cloudwatch::types::{
    ActionConfiguration, AlarmPromQlCriteria, AlarmTagsPropagation, CompositeAlarm,
    EvaluationCriteria, LogAlarm, SlidingWindow, StandardUnit, StateValue, WallClockWindow,
    WarmUpConfiguration,
};
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

/// An alarm that looks at whole days, or sleeps at first, is not the one that the
/// arithmetic of late data was made for.
#[test]
fn what_changes_when_it_is_evaluated_is_seen() {
    let plain = || AwsAlarm::builder().evaluation_interval(60);
    let sliding = EvaluationWindow::SlidingWindow(SlidingWindow::builder().build());
    let usual = plain().evaluation_window(sliding).build();
    assert_eq!(read(&usual).alarm.other, "", "the defaults, said aloud");
    let propagation = AlarmTagsPropagation::builder().enabled(true).build();
    let actions = ActionConfiguration::builder().alarm_tags_propagation(propagation);
    let warm = WarmUpConfiguration::builder().warm_up_period_duration_in_minutes(90);
    let clock = EvaluationWindow::WallClockWindow(WallClockWindow::builder().build());
    let promql = AlarmPromQlCriteria::builder().query("up").build();
    let promql = EvaluationCriteria::PromQlCriteria(promql);
    for (odd, word) in [
        (plain().evaluation_window(clock), "evaluation_window"),
        (plain().warm_up_configuration(warm.build()), "90 min"),
        (plain().evaluation_criteria(promql), "evaluation_criteria"),
        (plain().evaluation_interval(10), "evaluation_interval 10 s"),
        (
            plain().action_configuration(actions.build()),
            "action_configuration",
        ),
    ] {
        let other = read(&odd.build()).alarm.other;
        assert!(other.contains(word), "{word}: {other}");
    }
}

/// All alarms share their names, and one may go while the others are looked at.
#[tokio::test]
async fn other_sorts_of_alarms_are_named_and_one_that_is_gone_is_left_out() {
    let page = mock!(Client::describe_alarms).then_compute_response(|r| {
        assert_eq!(r.alarm_types().len(), 3);
        let out = DescribeAlarmsOutput::builder()
            .metric_alarms(described(1))
            .metric_alarms(described(2))
            .composite_alarms(CompositeAlarm::builder().alarm_name("flowtrail-a").build())
            .log_alarms(LogAlarm::builder().alarm_name("flowtrail-b").build());
        MockResponse::Output(out.build())
    });
    let tags = mock!(Client::list_tags_for_resource).then_compute_response(|r| {
        if r.resource_arn() == Some("arn:1") {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException");
            return MockResponse::Error(ListTagsForResourceError::generic(meta.build()));
        }
        let tag = Tag::builder().key("k").value("v").build();
        MockResponse::Output(ListTagsForResourceOutput::builder().tags(tag).build())
    });
    let found = alarms(&[&page, &tags]).list("flowtrail-").await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|f| (f.alarm.name.as_str(), f.alarm.tags.len()))
        .collect();
    assert_eq!(
        found,
        [("flowtrail-002", 1), ("flowtrail-a", 0), ("flowtrail-b", 0)]
    );
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
    assert_eq!(alarms(&[&rule]).delete(&names).await, []);
    names.remove(120);
    assert_eq!(*deleted.lock().unwrap(), names);
}

/// What is refused keeps its own hundred, and not the others.
#[tokio::test]
async fn those_that_are_still_there_are_named() {
    let rule = mock!(Client::delete_alarms).then_compute_response(|r| {
        if r.alarm_names().iter().any(|n| n == "7") {
            let meta = ErrorMetadata::builder().code("AccessDenied").build();
            return MockResponse::Error(DeleteAlarmsError::generic(meta));
        }
        MockResponse::Output(DeleteAlarmsOutput::builder().build())
    });
    let names: Vec<String> = (0..250).map(|n| n.to_string()).collect();
    let kept = alarms(&[&rule]).delete(&names).await;
    assert!(kept.iter().all(|(_, f)| f.kind == FaultKind::Denied));
    let kept: Vec<String> = kept.into_iter().map(|(name, _)| name).collect();
    assert_eq!(kept, names[..100]);
}
