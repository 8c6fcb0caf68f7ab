//! Alarms that stand on findings, and what state they are in.

use aws_sdk_cloudwatch::types::{AlarmType, MetricAlarm, StateValue};

use super::Drill;
use crate::fault::Fault;

/// The metric of `catalogue.rs` that alarms stand on, and its dimension.
const METRIC: &str = "Findings";
const DIMENSION: &str = "Level";

/// An alarm on findings of one level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingsAlarm {
    /// Its name.
    pub name: String,
    /// The level, `critical`.
    pub level: String,
    /// What it says.
    pub state: AlarmState,
    /// Since when it says so, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Whether it tells anybody: it has actions, and they are switched on.
    pub tells: bool,
}

/// The state of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmState {
    /// Nothing is wrong.
    Ok,
    /// It is up.
    Alarm,
    /// Nobody knows yet.
    Unknown,
}

impl Drill {
    /// The alarms on findings whose names begin with `prefix`, in the order of
    /// names; others are left out.
    ///
    /// # Errors
    /// Those of `DescribeAlarms`.
    pub async fn alarms(&self, prefix: &str) -> Result<Vec<FindingsAlarm>, Fault> {
        let call = self.cloudwatch.describe_alarms().alarm_name_prefix(prefix);
        let call = call.alarm_types(AlarmType::MetricAlarm);
        let mut pages = call.into_paginator().send();
        let mut out = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| Fault::of("DescribeAlarms", &e))?;
            out.extend(page.metric_alarms().iter().filter_map(of_findings));
        }
        out.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(out)
    }
}

fn of_findings(alarm: &MetricAlarm) -> Option<FindingsAlarm> {
    let [dimension] = alarm.dimensions() else {
        return None;
    };
    if alarm.metric_name() != Some(METRIC) || dimension.name() != Some(DIMENSION) {
        return None;
    }
    let state = match alarm.state_value() {
        Some(StateValue::Alarm) => AlarmState::Alarm,
        Some(StateValue::Ok) => AlarmState::Ok,
        Some(_) | None => AlarmState::Unknown,
    };
    let since = alarm.state_transitioned_timestamp();
    let since = since.or(alarm.state_updated_timestamp());
    Some(FindingsAlarm {
        name: alarm.alarm_name()?.to_owned(),
        level: dimension.value()?.to_owned(),
        state,
        since: since.and_then(|t| t.to_millis().ok()),
        tells: alarm.actions_enabled().unwrap_or(true) && !alarm.alarm_actions().is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudwatch::types::Dimension;

    fn alarm(metric: &str, dimensions: &[(&str, &str)]) -> MetricAlarm {
        let mut alarm = MetricAlarm::builder().alarm_name("f-x").metric_name(metric);
        for (name, value) in dimensions {
            let one = Dimension::builder().name(*name).value(*value);
            alarm = alarm.dimensions(one.build());
        }
        alarm.state_value(StateValue::Alarm).build()
    }

    #[test]
    fn only_alarms_on_findings_of_a_level_count() {
        let found = of_findings(&alarm("Findings", &[("Level", "high")])).unwrap();
        assert_eq!(
            (found.level.as_str(), found.state),
            ("high", AlarmState::Alarm)
        );
        assert!(!found.tells, "it has no actions");
        for other in [
            alarm("Objects", &[]),
            alarm("FindingsByRule", &[("Rule", "r")]),
            alarm("Findings", &[("Rule", "r")]),
            alarm("Findings", &[("Level", "high"), ("Rule", "r")]),
        ] {
            assert_eq!(of_findings(&other), None);
        }
    }
}
