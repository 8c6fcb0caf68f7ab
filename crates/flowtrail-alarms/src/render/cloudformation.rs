//! A template of `CloudFormation`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::lines;
use crate::alarm::{Alarm, Statistic};
use crate::names::{DEAD_LETTERS, FUNCTION, NAMESPACE, Names, QUEUE};
use crate::set::AlarmSet;

/// The alarms as a template. What a placeholder stands for is a parameter, with the
/// deployment's name for it as its default; whom alarms tell is a parameter for
/// each level and for health.
#[must_use]
pub fn cloudformation(set: &AlarmSet, names: &Names) -> String {
    let told: BTreeSet<&str> = set.alarms.iter().map(Alarm::told).collect();
    let mut parameters = Map::new();
    for (parameter, text, default) in [
        ("Name", "What the alarms' names begin with", &names.name),
        (
            "Namespace",
            "Namespace of the function's metrics",
            &names.namespace,
        ),
        ("FunctionName", "The function", &names.function),
        ("QueueName", "The queue that calls it", &names.queue),
        (
            "DeadLetterQueueName",
            "The queue of what was given up",
            &names.dead_letters,
        ),
    ] {
        let parameter = parameter.to_owned();
        let body = json!({"Type": "String", "Description": text, "Default": default});
        parameters.insert(parameter, body);
    }
    let mut conditions = Map::new();
    for who in told {
        let actions = actions(who);
        let text = format!("Whom alarms of {who} tell: ARNs, with commas between them");
        let body = json!({"Type": "CommaDelimitedList", "Description": text, "Default": ""});
        let empty = json!({"Fn::Equals": [{"Fn::Join": ["", {"Ref": actions}]}, ""]});
        parameters.insert(actions, body);
        conditions.insert(tells(who), json!({"Fn::Not": [empty]}));
    }
    let mut resources = Map::new();
    for alarm in &set.alarms {
        // `a-1` and `a1` are one without the hyphen.
        let mut id = camel(&alarm.name);
        while resources.contains_key(&id) {
            id.push('x');
        }
        resources.insert(id, resource(alarm));
    }
    let file = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Alarms of Flowtrail, written by flowtrail alarms render",
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": resources,
    });
    lines(&file, 2)
}

fn resource(alarm: &Alarm) -> Value {
    let dimension = |(name, value): (&&str, &String)| json!({"Name": name, "Value": filled(value)});
    let application = json!({"Key": "Application", "Value": "flowtrail"});
    let tags = alarm.tags.iter();
    let tags = tags.map(|(key, value)| json!({"Key": key, "Value": value}));
    let who = alarm.told();
    let told = json!({"Fn::If": [tells(who), {"Ref": actions(who)}, {"Ref": "AWS::NoValue"}]});
    let mut properties = json!({
        "AlarmName": {"Fn::Sub": format!("${{Name}}-{}", alarm.name)},
        "AlarmDescription": alarm.description,
        "Namespace": filled(alarm.namespace),
        "MetricName": alarm.metric,
        "Dimensions": alarm.dimensions.iter().map(dimension).collect::<Vec<_>>(),
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.treat_missing_data,
        "AlarmActions": told,
        "Tags": std::iter::once(application).chain(tags).collect::<Vec<_>>(),
    });
    if let Some(properties) = properties.as_object_mut() {
        let statistic = match alarm.statistic {
            Statistic::Sum | Statistic::Maximum => "Statistic",
            Statistic::P90 => "ExtendedStatistic",
        };
        properties.insert(statistic.to_owned(), Value::from(alarm.statistic.name()));
        if alarm.tells_recovery {
            properties.insert("OKActions".to_owned(), told);
        }
    }
    json!({"Type": "AWS::CloudWatch::Alarm", "Properties": properties})
}

/// A parameter in the place of a placeholder.
fn filled(text: &str) -> Value {
    let parameter = match text {
        NAMESPACE => "Namespace",
        FUNCTION => "FunctionName",
        QUEUE => "QueueName",
        DEAD_LETTERS => "DeadLetterQueueName",
        _ => return Value::from(text),
    };
    json!({ "Ref": parameter })
}

fn actions(who: &str) -> String {
    format!("{}Actions", camel(who))
}

fn tells(who: &str) -> String {
    format!("Tells{}", camel(who))
}

/// `rule-root-used` as `RuleRootUsed`: a logical id has letters and digits alone.
fn camel(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(capital).collect()
}
