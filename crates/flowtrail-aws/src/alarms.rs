//! Alarms of CloudWatch: what one is, and how they are listed, put and deleted.
//!
//! Nothing here decides which alarms there should be; that is the work of
//! `flowtrail-alarms`.

mod client;

use std::collections::BTreeMap;

pub use client::Alarms;

/// An alarm on one metric, with everything about it that this project writes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetricAlarm {
    /// Its name, unique in account and region.
    pub name: String,
    /// What it means; at most 1,024 characters.
    pub description: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub metric: String,
    /// Exactly the dimensions of the metric.
    pub dimensions: BTreeMap<String, String>,
    /// `Sum`, `Maximum`, …, or a percentile such as `p90`.
    pub statistic: String,
    /// Seconds.
    pub period: i32,
    /// N of M out of N.
    pub evaluation_periods: i32,
    /// M of M out of N.
    pub datapoints_to_alarm: i32,
    /// What the statistic is compared with.
    pub threshold: f64,
    /// CloudWatch's `ComparisonOperator`.
    pub comparison: String,
    /// `notBreaching`, `breaching`, `ignore` or `missing`.
    pub treat_missing_data: String,
    /// Whom it tells when it goes off: ARNs.
    pub actions: Vec<String>,
    /// Whom it tells when it is over: ARNs.
    pub ok_actions: Vec<String>,
    /// Whether it tells anybody at all.
    pub actions_enabled: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What this project never sets, such as a unit or a formula, as text.
    pub other: String,
}

/// An alarm that is there. Of one that is not on a metric only the name is known,
/// and `other` says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The alarm.
    pub alarm: MetricAlarm,
    /// Its ARN.
    pub arn: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
}

impl MetricAlarm {
    /// Its attributes as text, always the same ones in the same order, so that two
    /// alarms can be compared one by one. Name and tags are left out.
    #[must_use]
    pub fn attributes(&self) -> [(&'static str, String); 15] {
        let dimensions: Vec<String> = self
            .dimensions
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        [
            ("description", self.description.clone()),
            ("namespace", self.namespace.clone()),
            ("metric", self.metric.clone()),
            ("dimensions", dimensions.join(", ")),
            ("statistic", self.statistic.clone()),
            ("period", self.period.to_string()),
            ("evaluation_periods", self.evaluation_periods.to_string()),
            ("datapoints_to_alarm", self.datapoints_to_alarm.to_string()),
            ("threshold", self.threshold.to_string()),
            ("comparison", self.comparison.clone()),
            ("treat_missing_data", self.treat_missing_data.clone()),
            ("actions", sorted(&self.actions)),
            ("ok_actions", sorted(&self.ok_actions)),
            ("actions_enabled", self.actions_enabled.to_string()),
            ("other", self.other.clone()),
        ]
    }
}

/// CloudWatch keeps no order of actions.
fn sorted(list: &[String]) -> String {
    let mut list: Vec<&str> = list.iter().map(String::as_str).collect();
    list.sort_unstable();
    list.join(", ")
}
