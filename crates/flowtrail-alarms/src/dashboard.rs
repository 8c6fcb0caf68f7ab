//! The dashboard: the same metrics, as charts.

use flowtrail_aws::FaultKind;
use flowtrail_aws::metrics::Metric;
use flowtrail_event::{ObjectFault, Service, SkipReason};
use flowtrail_sigma::Level;
use serde_json::{Value, json};

use crate::alarm::Kind;
use crate::names::{DEAD_LETTERS, FUNCTION, NAMESPACE, Names, QUEUE, REGION};
use crate::render::lines;
use crate::set::AlarmSet;

/// Columns of a dashboard, and the size of a widget.
const COLUMNS: usize = 24;
const WIDTH: usize = 12;
const HEIGHT: usize = 6;

/// The body of a dashboard, as `CloudWatch` has it: with the names of a deployment,
/// or with placeholders.
#[must_use]
pub fn dashboard(set: &AlarmSet, names: Option<&Names>) -> String {
    let mut charts = charts();
    let own: Vec<Value> = set
        .alarms
        .iter()
        .filter(|a| a.kind == Kind::Rule)
        .flat_map(|a| {
            let ids = a.dimensions.values();
            ids.map(|id| labelled(Metric::FindingsByRule, id, &a.name))
        })
        .collect();
    if !own.is_empty() {
        charts.push(("Findings of rules with an alarm of their own", own));
    }
    let widgets: Vec<Value> = (0..)
        .zip(charts)
        .map(|(n, (title, metrics)): (usize, _)| {
            let place = n * WIDTH;
            json!({
                "type": "metric",
                "x": place % COLUMNS, "y": place / COLUMNS * HEIGHT,
                "width": WIDTH, "height": HEIGHT,
                "properties": {
                    "title": title, "region": REGION, "view": "timeSeries",
                    "stat": "Sum", "period": 300, "metrics": metrics,
                },
            })
        })
        .collect();
    let mut body = json!({ "widgets": widgets });
    if let Some(names) = names {
        fill(&mut body, names);
    }
    lines(&body, 2)
}

fn fill(value: &mut Value, names: &Names) {
    match value {
        Value::String(text) => {
            let filled = names.filled(text).to_owned();
            *text = filled;
        }
        Value::Array(items) => items.iter_mut().for_each(|v| fill(v, names)),
        Value::Object(entries) => entries.values_mut().for_each(|v| fill(v, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn plain(metric: Metric) -> Value {
    json!([NAMESPACE, metric.name()])
}

fn with(metric: Metric, stat: &str) -> Value {
    json!([NAMESPACE, metric.name(), {"stat": stat}])
}

fn of(metric: Metric, value: &str) -> Value {
    json!([NAMESPACE, metric.name(), metric.dimension().name(), value])
}

fn labelled(metric: Metric, value: &str, label: &str) -> Value {
    json!([NAMESPACE, metric.name(), metric.dimension().name(), value, {"label": label}])
}

fn levels(metric: Metric) -> Vec<Value> {
    let shown = Level::ALL.iter().rev();
    let shown = shown.filter(|l| **l > Level::Informational);
    shown.map(|l| of(metric, l.name())).collect()
}

type Chart = (&'static str, Vec<Value>);

fn charts() -> Vec<Chart> {
    let mut all = vec![
        ("Findings, when they were found", levels(Metric::Findings)),
        (
            "Findings, when it happened (late ones appear later)",
            levels(Metric::FindingsByEventTime),
        ),
    ];
    all.extend(logs());
    all.extend(machine());
    all
}

/// What comes in, and how late.
fn logs() -> [Chart; 3] {
    [
        (
            "Logs handled, twice delivered, failed",
            vec![
                plain(Metric::Objects),
                plain(Metric::Duplicates),
                of(Metric::ObjectsFailed, ObjectFault::Corrupt.name()),
                of(Metric::ObjectsFailed, FaultKind::Denied.name()),
                of(Metric::ObjectsFailed, FaultKind::NotFound.name()),
            ],
        ),
        (
            "Records judged and skipped",
            vec![
                plain(Metric::Records),
                of(Metric::Evaluated, Service::CloudTrail.name()),
                of(Metric::Evaluated, Service::VpcFlow.name()),
                of(Metric::Skipped, SkipReason::Malformed.name()),
                of(Metric::Skipped, SkipReason::UnknownFormat.name()),
            ],
        ),
        (
            "Seconds from the last event to its being judged",
            vec![
                with(Metric::IngestLag, "p50"),
                with(Metric::IngestLag, "p90"),
                with(Metric::OldestEventAge, "Maximum"),
            ],
        ),
    ]
}

/// The function and its queues.
fn machine() -> [Chart; 3] {
    let waiting = "ApproximateNumberOfMessagesVisible";
    let queue = |metric: &str, queue: &str| json!(["AWS/SQS", metric, "QueueName", queue, {"stat": "Maximum"}]);
    let function = |metric: &str| json!(["AWS/Lambda", metric, "FunctionName", FUNCTION]);
    let age = json!([
        "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", QUEUE,
        {"stat": "Maximum", "yAxis": "right"}
    ]);
    let duration = json!([
        "AWS/Lambda", "Duration", "FunctionName", FUNCTION,
        {"stat": "p90", "yAxis": "right"}
    ]);
    [
        (
            "Queues",
            vec![queue(waiting, QUEUE), age, queue(waiting, DEAD_LETTERS)],
        ),
        (
            "Function",
            vec![
                function("Invocations"),
                function("Errors"),
                function("Throttles"),
                duration,
            ],
        ),
        (
            "What weakens it",
            vec![
                plain(Metric::RulesRejected),
                plain(Metric::RulesReduced),
                plain(Metric::StartsFailed),
                plain(Metric::NotificationsFailed),
                of(Metric::StateReduced, "window_left_out"),
                of(Metric::StateReduced, "findings"),
            ],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::testing;

    #[test]
    fn rules_with_an_alarm_have_a_chart_and_widgets_do_not_overlap() {
        let body = dashboard(&testing::set(Level::High), None);
        assert!(body.contains("\"label\": \"rule-trail-stopped\""));
        let body: Value = serde_json::from_str(&body).unwrap();
        let widgets = body["widgets"].as_array().unwrap();
        assert_eq!(widgets.len(), 9);
        let mut places: Vec<_> = widgets
            .iter()
            .map(|w| (w["y"].as_u64(), w["x"].as_u64()))
            .collect();
        assert!(places.is_sorted());
        places.dedup();
        assert_eq!(places.len(), 9);
    }

    #[test]
    fn names_are_filled_in_and_stay_text() {
        let mut names = Names::of("drill").unwrap();
        names.region = "eu-central-1".into();
        names.function = "a\"b".into();
        let body = dashboard(&testing::set(Level::High), Some(&names));
        let body: Value = serde_json::from_str(&body).unwrap();
        let text = body.to_string();
        assert!(
            !text.contains("\"{") && text.contains("drill-ingest"),
            "{text}"
        );
        assert_eq!(body["widgets"][0]["properties"]["region"], "eu-central-1");
    }
}
