//! The list in the forms that others read.

mod cloudformation;
mod terraform;

use serde_json::{Value, json};

pub use cloudformation::cloudformation;
pub use terraform::terraform;

use crate::set::AlarmSet;

/// The name of the form that `infra/modules/alarms` reads.
pub const SCHEMA: &str = "flowtrail.alarms.v1";

/// The list as `flowtrail.alarms.v1`, with placeholders.
///
/// # Errors
/// None in practice: every alarm is plain data.
pub fn json(set: &AlarmSet) -> Result<String, serde_json::Error> {
    let alarms = serde_json::to_value(&set.alarms)?;
    Ok(lines(&json!({ "schema": SCHEMA, "alarms": alarms }), 2))
}

/// JSON with one line for each entry that lies `depth` deep: short enough to be
/// read, and a change is a line of a diff. Ends with a line break.
pub(crate) fn lines(value: &Value, depth: usize) -> String {
    let mut out = String::new();
    write(value, depth, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, depth: usize, indent: usize, out: &mut String) {
    let (open, close) = match value {
        Value::Array(items) if items.is_empty() => return out.push_str("[]"),
        Value::Object(entries) if entries.is_empty() => return out.push_str("{}"),
        Value::Array(_) => ('[', ']'),
        Value::Object(_) => ('{', '}'),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return out.push_str(&value.to_string());
        }
    };
    let broken = depth > 0;
    let inner = if broken { indent + 1 } else { indent };
    out.push(open);
    let mut first = true;
    let mut begin = |out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push_str(if broken { "," } else { ", " });
        }
        if broken {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', inner));
        }
    };
    match value {
        Value::Array(items) => {
            for item in items {
                begin(out);
                write(item, depth.saturating_sub(1), inner, out);
            }
        }
        Value::Object(entries) => {
            for (key, entry) in entries {
                begin(out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(": ");
                write(entry, depth.saturating_sub(1), inner, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    if broken {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use flowtrail_sigma::Level;

    use super::*;
    use crate::names::{Names, PLACEHOLDERS};
    use crate::set::testing;

    const KEYS: [&str; 16] = [
        "name",
        "description",
        "kind",
        "level",
        "namespace",
        "metric",
        "dimensions",
        "statistic",
        "period",
        "evaluation_periods",
        "datapoints_to_alarm",
        "threshold",
        "comparison",
        "treat_missing_data",
        "tells_recovery",
        "tags",
    ];

    #[test]
    fn the_file_has_every_key_of_its_description_and_no_other() {
        let text = json(&testing::set(Level::High)).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(file["schema"], SCHEMA);
        let readme = include_str!("../../../infra/modules/alarms/README.md");
        for alarm in file["alarms"].as_array().unwrap() {
            let alarm = alarm.as_object().unwrap();
            assert!(alarm.keys().eq(KEYS), "{alarm:?}");
            let namespace = alarm["namespace"].as_str().unwrap();
            let values = alarm["dimensions"].as_object().unwrap().values();
            for word in values.filter_map(Value::as_str).chain([namespace]) {
                let known = !word.starts_with('{') || PLACEHOLDERS.contains(&word);
                assert!(known, "{word}");
            }
        }
        assert!(KEYS.iter().all(|k| readme.contains(&format!("`{k}`"))));
        // A line for each alarm.
        assert_eq!(text.lines().filter(|l| l.starts_with("  {")).count(), {
            file["alarms"].as_array().unwrap().len()
        });
    }

    #[test]
    fn lines_are_json() {
        let value = json!({"a": [1, {"b": "x\"\n"}], "c": {}, "d": [], "e": null});
        for depth in 0..4 {
            let text = lines(&value, depth);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
        assert_eq!(lines(&json!({"a": [1, 2]}), 0), "{\"a\": [1, 2]}\n");
        assert_eq!(lines(&json!({"a": [1, 2]}), 1), "{\n \"a\": [1, 2]\n}\n");
    }

    /// Text of rules must not become an expression of Terraform.
    #[test]
    fn terraform_takes_text_for_text() {
        let mut set = testing::set(Level::High);
        set.alarms[0].description = "${file(\"/etc/passwd\")} and %{ if true }".into();
        let text = terraform(&set, &Names::of("drill").unwrap());
        let file: Value = serde_json::from_str(&text).unwrap();
        let alarms = &file["resource"]["aws_cloudwatch_metric_alarm"];
        let first = alarms["findings-critical"]["alarm_description"].as_str();
        assert_eq!(first, Some("$${file(\"/etc/passwd\")} and %%{ if true }"));
        assert_eq!(alarms["lag"]["extended_statistic"], "p90");
        assert_eq!(alarms["lag"].get("statistic"), None);
        assert_eq!(
            alarms["oldest-message"]["dimensions"]["QueueName"],
            "drill-ingest"
        );
        assert!(!text.contains("\"{"), "a placeholder is left");
    }

    #[test]
    fn cloudformation_has_parameters_where_the_file_has_placeholders() {
        let set = testing::set(Level::High);
        let text = cloudformation(&set, &Names::of("drill").unwrap());
        let file: Value = serde_json::from_str(&text).unwrap();
        let resources = file["Resources"].as_object().unwrap();
        assert_eq!(resources.len(), set.alarms.len());
        for (name, resource) in resources {
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{name}");
            assert_eq!(resource["Type"], "AWS::CloudWatch::Alarm");
        }
        let errors = &resources["Errors"]["Properties"];
        assert_eq!(errors["Dimensions"][0]["Value"]["Ref"], "FunctionName");
        assert_eq!(errors.get("OKActions"), None, "past is not mended");
        let lag = &resources["Lag"]["Properties"];
        assert_eq!(lag["OKActions"], lag["AlarmActions"]);
        let found = &resources["FindingsCritical"]["Properties"];
        assert_eq!(found.get("OKActions"), None);
        assert_eq!(found["AlarmName"]["Fn::Sub"], "${Name}-findings-critical");
        assert_eq!(file["Parameters"]["Name"]["Default"], "drill");
    }
}
