//! Terraform in its JSON syntax: for whoever does not use the module.

use serde_json::{Map, Value, json};

use super::lines;
use crate::alarm::{Alarm, Statistic};
use crate::names::Names;
use crate::set::AlarmSet;

/// The alarms as resources of the AWS provider, with the names of a deployment.
/// Whom they tell is the variable `actions`, by level and `health`.
#[must_use]
pub fn terraform(set: &AlarmSet, names: &Names) -> String {
    let alarms = set.alarms.iter();
    let alarms: Map<String, Value> = alarms
        .map(|a| (a.name.clone(), resource(a, names)))
        .collect();
    let file = json!({
        "terraform": {
            "required_version": ">= 1.10",
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 6.0"}},
        },
        "variable": {
            "actions": {
                "description": "Whom an alarm tells: ARNs by its level and, for health, by health.",
                "type": "map(list(string))", "default": {},
            },
        },
        "resource": {"aws_cloudwatch_metric_alarm": alarms},
    });
    lines(&file, 3)
}

fn resource(alarm: &Alarm, names: &Names) -> Value {
    let dimensions: Map<String, Value> = alarm
        .dimensions
        .iter()
        .map(|(k, v)| ((*k).to_owned(), literal(names.filled(v))))
        .collect();
    let tags = alarm.tags.iter();
    let tags = tags.map(|(k, v)| ((*k).to_owned(), literal(v)));
    let told = format!("${{lookup(var.actions, \"{}\", [])}}", alarm.told());
    let application = ("Application".to_owned(), Value::from("flowtrail"));
    let mut block = json!({
        "alarm_name": literal(&format!("{}-{}", names.name, alarm.name)),
        "alarm_description": literal(&alarm.description),
        "namespace": literal(names.filled(alarm.namespace)),
        "metric_name": alarm.metric,
        "dimensions": dimensions,
        "period": alarm.period,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm,
        "threshold": alarm.threshold,
        "comparison_operator": alarm.comparison,
        "treat_missing_data": alarm.treat_missing_data,
        "alarm_actions": told,
        "tags": std::iter::once(application).chain(tags).collect::<Map<_, _>>(),
    });
    if let Some(block) = block.as_object_mut() {
        let statistic = match alarm.statistic {
            Statistic::Sum | Statistic::Maximum => "statistic",
            Statistic::P90 => "extended_statistic",
        };
        block.insert(statistic.to_owned(), Value::from(alarm.statistic.name()));
        if alarm.tells_recovery {
            block.insert("ok_actions".to_owned(), Value::from(told));
        }
    }
    block
}

/// A text in which nothing is an expression.
fn literal(text: &str) -> Value {
    Value::from(text.replace("${", "$${").replace("%{", "%%{"))
}
