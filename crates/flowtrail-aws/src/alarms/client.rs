//! The calls: `DescribeAlarms`, `ListTagsForResource`, `PutMetricAlarm`,
//! `TagResource`, `DeleteAlarms`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, Dimension, EvaluationWindow, MetricAlarm as AwsAlarm, Statistic,
    Tag,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Found, MetricAlarm};
use crate::fault::{Fault, FaultKind};

/// Alarms of one page: the most that `DescribeAlarms` gives.
const PAGE: i32 = 100;
/// Alarms that one name may be the head of: the quota of a whole region.
const ALARMS_MAX: usize = 5_000;
/// Alarms that one `DeleteAlarms` takes.
const DELETED_AT_ONCE: usize = 100;
/// Alarms whose tags are asked for side by side.
const ASKED_AT_ONCE: usize = 4;
/// `PutMetricAlarm` is let through three times a second.
const PACE: Duration = Duration::from_millis(340);
/// Tries of one call. Every call here may be made again: it says what shall be.
const TRIES: u32 = 8;

/// The alarms of a region.
#[derive(Debug, Clone)]
pub struct Alarms {
    client: Client,
    pace: Duration,
}

impl Alarms {
    /// Alarms over a configuration of the SDK. What imitates CloudWatch needs no
    /// `patience` with its quota.
    #[must_use]
    pub fn new(config: Builder, patience: bool) -> Self {
        let config = config.retry_config(RetryConfig::standard().with_max_attempts(TRIES));
        Self {
            client: Client::from_conf(config.build()),
            pace: if patience { PACE } else { Duration::ZERO },
        }
    }

    /// The alarms whose names begin so, by name: those on metrics with their tags;
    /// composite ones and those on logs, which share names with them, without any,
    /// so that they are nobody's that is known here.
    ///
    /// # Errors
    /// If AWS says no, or there are more than 5,000.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Found>, Fault> {
        const CALL: &str = "DescribeAlarms";
        let describe = self.client.describe_alarms().alarm_name_prefix(prefix);
        let describe = describe
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .alarm_types(AlarmType::LogAlarm)
            .max_records(PAGE);
        let mut pages = describe.into_paginator().send();
        let (mut found, mut others) = (Vec::new(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| Fault::of(CALL, &e))?;
            found.extend(page.metric_alarms().iter().map(read));
            let composite = page.composite_alarms().iter().map(|a| a.alarm_name());
            let on_logs = page.log_alarms().iter().map(|a| a.alarm_name());
            others.extend(composite.chain(on_logs).flatten().map(foreign));
            if found.len() + others.len() > ALARMS_MAX {
                let text = format!("more than {ALARMS_MAX} alarms begin with `{prefix}`");
                return Err(Fault::new(CALL, FaultKind::Invalid, text));
            }
        }
        let tagged = stream::iter(found).map(|mut found: Found| async {
            Ok::<_, Fault>(self.tags(&found.arn).await?.map(|tags| {
                found.alarm.tags = tags;
                found
            }))
        });
        let tagged: Vec<Option<Found>> = tagged.buffered(ASKED_AT_ONCE).try_collect().await?;
        let mut found: Vec<Found> = tagged.into_iter().flatten().chain(others).collect();
        found.sort_by(|a, b| a.alarm.name.cmp(&b.alarm.name));
        Ok(found)
    }

    /// The tags of an alarm; `None` if somebody deleted it since it was listed.
    async fn tags(&self, arn: &str) -> Result<Option<BTreeMap<String, String>>, Fault> {
        let list = self.client.list_tags_for_resource().resource_arn(arn);
        let answer = list.send().await;
        let tags = match answer.map_err(|e| Fault::of("ListTagsForResource", &e)) {
            Ok(answer) => answer.tags.unwrap_or_default(),
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let pair = |t: Tag| Some((t.key?, t.value?));
        Ok(Some(tags.into_iter().filter_map(pair).collect()))
    }

    /// Makes an alarm, or makes one that is there equal to it. Tags are taken only
    /// of one that is new.
    ///
    /// # Errors
    /// If AWS says no.
    pub async fn put(&self, alarm: &MetricAlarm) -> Result<(), Fault> {
        let dimension = |(name, value): (&String, &String)| {
            Dimension::builder().name(name).value(value).build()
        };
        let (statistic, percentile) = match Statistic::try_parse(&alarm.statistic) {
            Ok(statistic) => (Some(statistic), None),
            Err(_) => (None, Some(alarm.statistic.clone())),
        };
        let put = self
            .client
            .put_metric_alarm()
            .alarm_name(&alarm.name)
            .alarm_description(&alarm.description)
            .namespace(&alarm.namespace)
            .metric_name(&alarm.metric)
            .set_dimensions(Some(alarm.dimensions.iter().map(dimension).collect()))
            .set_statistic(statistic)
            .set_extended_statistic(percentile)
            .period(alarm.period)
            .evaluation_periods(alarm.evaluation_periods)
            .datapoints_to_alarm(alarm.datapoints_to_alarm)
            .threshold(alarm.threshold)
            .comparison_operator(ComparisonOperator::from(alarm.comparison.as_str()))
            .treat_missing_data(&alarm.treat_missing_data)
            .set_alarm_actions(Some(alarm.actions.clone()))
            .set_ok_actions(Some(alarm.ok_actions.clone()))
            .actions_enabled(alarm.actions_enabled)
            .set_tags(Some(pairs(&alarm.tags)));
        let sent = put.send().await;
        tokio::time::sleep(self.pace).await;
        sent.map_err(|e| Fault::of("PutMetricAlarm", &e))?;
        Ok(())
    }

    /// Sets tags of an alarm that is there; others that it has stay.
    ///
    /// # Errors
    /// If AWS says no.
    pub async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Fault> {
        let tag = self.client.tag_resource().resource_arn(arn);
        let sent = tag.set_tags(Some(pairs(tags))).send().await;
        sent.map_err(|e| Fault::of("TagResource", &e))?;
        Ok(())
    }

    /// Deletes alarms by name, and returns those that are still there, each with
    /// why. One that is gone already is no failure.
    pub async fn delete(&self, names: &[String]) -> Vec<(String, Fault)> {
        let mut kept = Vec::new();
        for some in names.chunks(DELETED_AT_ONCE) {
            match self.delete_at_once(some).await {
                Ok(()) => {}
                // One of many that is gone would keep the others.
                Err(fault) if fault.kind == FaultKind::NotFound => {
                    for one in some {
                        let done = self.delete_at_once(std::slice::from_ref(one)).await;
                        let failed = done.err().filter(|f| f.kind != FaultKind::NotFound);
                        kept.extend(failed.map(|f| (one.clone(), f)));
                    }
                }
                Err(fault) => kept.extend(some.iter().map(|n| (n.clone(), fault.clone()))),
            }
        }
        kept
    }

    async fn delete_at_once(&self, names: &[String]) -> Result<(), Fault> {
        let delete = self.client.delete_alarms();
        let sent = delete.set_alarm_names(Some(names.to_vec())).send().await;
        sent.map_err(|e| Fault::of("DeleteAlarms", &e)).map(drop)
    }
}

fn pairs(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect()
}

/// An alarm that is not on a metric: all that matters is that it has this name.
fn foreign(name: &str) -> Found {
    Found {
        alarm: MetricAlarm {
            name: name.to_owned(),
            other: "no alarm on a metric".to_owned(),
            ..MetricAlarm::default()
        },
        arn: String::new(),
        state: String::new(),
    }
}

/// An alarm as AWS describes it. What AWS leaves out has the value that its API
/// reference gives it.
fn read(alarm: &AwsAlarm) -> Found {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let percentile = alarm.extended_statistic().map(str::to_owned);
    let statistic = alarm.statistic().map(|s| s.as_str().to_owned());
    let periods = alarm.evaluation_periods().unwrap_or_default();
    let dimensions = alarm.dimensions().iter();
    let dimensions = dimensions.map(|d| (text(d.name()), text(d.value())));
    Found {
        arn: text(alarm.alarm_arn()),
        state: text(alarm.state_value().map(|s| s.as_str())),
        alarm: MetricAlarm {
            name: text(alarm.alarm_name()),
            description: text(alarm.alarm_description()),
            namespace: text(alarm.namespace()),
            metric: text(alarm.metric_name()),
            dimensions: dimensions.collect(),
            statistic: statistic.or(percentile).unwrap_or_default(),
            period: alarm.period().unwrap_or_default(),
            evaluation_periods: periods,
            datapoints_to_alarm: alarm.datapoints_to_alarm().unwrap_or(periods),
            threshold: alarm.threshold().unwrap_or_default(),
            comparison: text(alarm.comparison_operator().map(ComparisonOperator::as_str)),
            treat_missing_data: text(alarm.treat_missing_data().or(Some("missing"))),
            actions: alarm.alarm_actions().to_vec(),
            ok_actions: alarm.ok_actions().to_vec(),
            actions_enabled: alarm.actions_enabled().unwrap_or(true),
            tags: BTreeMap::new(),
            other: other(alarm),
        },
    }
}

/// What somebody set that this project never sets.
fn other(alarm: &AwsAlarm) -> String {
    let mut found = Vec::new();
    if let Some(unit) = alarm.unit() {
        found.push(format!("unit {}", unit.as_str()));
    }
    if !alarm.insufficient_data_actions().is_empty() {
        let told = alarm.insufficient_data_actions().join(", ");
        found.push(format!("insufficient_data_actions {told}"));
    }
    if !alarm.metrics().is_empty() || alarm.threshold_metric_id().is_some() {
        found.push("a formula of metrics".to_owned());
    }
    // What is the default may be said or not.
    let few = alarm.evaluate_low_sample_count_percentile();
    if let Some(few) = few.filter(|f| *f != "evaluate" && !f.is_empty()) {
        found.push(format!("evaluate_low_sample_count_percentile {few}"));
    }
    // A sliding window is the default.
    match alarm.evaluation_window() {
        None | Some(EvaluationWindow::SlidingWindow(_)) => {}
        Some(_) => found.push("evaluation_window of another kind".to_owned()),
    }
    let minutes = alarm.warm_up_configuration();
    let minutes = minutes.and_then(|w| w.warm_up_period_duration_in_minutes());
    if let Some(minutes) = minutes.filter(|m| *m != 0) {
        found.push(format!("warm_up_configuration of {minutes} min"));
    }
    if alarm.evaluation_criteria().is_some() {
        found.push("evaluation_criteria".to_owned());
    }
    // Only queries can have one, and what AWS may say of others is their minute.
    if let Some(seconds) = alarm.evaluation_interval().filter(|s| *s != 60) {
        found.push(format!("evaluation_interval {seconds} s"));
    }
    let propagation = alarm.action_configuration();
    let propagation = propagation.and_then(|c| c.alarm_tags_propagation());
    if propagation.is_some_and(|p| p.enabled() != Some(false)) {
        found.push("action_configuration that sends tags".to_owned());
    }
    found.join("; ")
}

#[cfg(test)]
mod tests;
