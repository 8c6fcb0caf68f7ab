//! The list: every alarm that the rules and the sources ask for.

use std::collections::BTreeSet;

use flowtrail_detect::asking;
use flowtrail_event::Service;
use flowtrail_sigma::{Level, RuleSet};

use crate::alarm::{Alarm, Kind};
use crate::{findings, health};

/// What is wanted besides what rules ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Levels from this one on have an alarm.
    pub level: Level,
    /// Sources whose silence is a sign of trouble.
    pub sources: Vec<Service>,
}

impl Default for Choice {
    /// What comes with the Terraform module.
    fn default() -> Self {
        Self {
            level: Level::High,
            sources: vec![Service::CloudTrail],
        }
    }
}

/// A rule that asks for an alarm and can have none, because its id can be no
/// dimension of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The rule.
    pub title: String,
    /// Its file.
    pub file: String,
    /// The line on which it begins.
    pub line: usize,
}

/// The alarms of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmSet {
    /// By level, by rule, health; no two have one name.
    pub alarms: Vec<Alarm>,
    /// Rules that ask for an alarm and are beyond the most that may have one.
    pub left_out: usize,
    /// Rules that can have none.
    pub refused: Vec<Refused>,
}

impl AlarmSet {
    /// The alarms that rules ask for, and those of `choice`.
    #[must_use]
    pub fn of(rules: &RuleSet, choice: &Choice) -> Self {
        let levels = Level::ALL.into_iter().rev();
        let levels = levels.filter(|l| *l >= choice.level);
        let mut alarms: Vec<Alarm> = levels.flat_map(findings::of_level).collect();
        let (asked, left_out) = asking(rules);
        let mut refused = Vec::new();
        let mut names = BTreeSet::new();
        for rule in &asked {
            match findings::of_rule(rule) {
                Ok(mut alarm) => {
                    // Two names may be one once their signs are gone.
                    let plain = alarm.name.clone();
                    let mut n = 2;
                    while !names.insert(alarm.name.clone()) {
                        alarm.name = format!("{plain}-{n}");
                        n += 1;
                    }
                    alarms.push(alarm);
                }
                Err(why) => refused.push(why),
            }
        }
        alarms.extend(health::alarms(&choice.sources));
        Self {
            alarms,
            left_out,
            refused,
        }
    }

    /// How many of them are of single rules, each with a metric of its own.
    #[must_use]
    pub fn of_rules(&self) -> usize {
        let rules = self.alarms.iter().filter(|a| a.kind == Kind::Rule);
        rules.count()
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::collections::BTreeMap;

    use flowtrail_sigma::{Availability, Options, RuleSource, compile};

    use super::*;

    const OWN: &str = "
title: A trail was stopped
id: 11111111-1111-4111-8111-111111111111
name: trail_stopped
level: high
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: StopLogging}, condition: s}
flowtrail: {alarm: {threshold: 3, period: 5m, page: true, own: Nobody sees what comes next.}}
";

    /// Rules from text.
    pub(crate) fn rules(text: &str) -> RuleSet {
        let source = RuleSource {
            file: "own.yml".into(),
            text: text.into(),
        };
        let options = Options {
            flow_field: |_| None,
            derived_field: |_| Availability::Unknown,
            placeholders: BTreeMap::new(),
            history: true,
        };
        let compilation = compile(&[source], &options);
        assert!(
            compilation.problems.is_empty(),
            "{:?}",
            compilation.problems
        );
        compilation.rules
    }

    /// Levels from `level` on, one rule, one source.
    pub(crate) fn set(level: Level) -> AlarmSet {
        let choice = Choice {
            level,
            ..Choice::default()
        };
        AlarmSet::of(&rules(OWN), &choice)
    }

    #[test]
    fn names_are_different_and_what_is_refused_is_named() {
        let with = |name: &str, id: &str| {
            OWN.replace("trail_stopped", name)
                .replace("11111111-1111-4111-8111-111111111111", id)
        };
        let text = [
            with("trail-stopped", "22222222-2222-4222-8222-222222222222"),
            with("trail_stopped", "33333333-3333-4333-8333-333333333333"),
            with("braced", "'{queue}'"),
        ]
        .join("---");
        let set = AlarmSet::of(&rules(&text), &Choice::default());
        let names: BTreeSet<&str> = set.alarms.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names.len(), set.alarms.len());
        assert!(names.contains("rule-trail-stopped") && names.contains("rule-trail-stopped-2"));
        assert_eq!((set.of_rules(), set.refused.len()), (2, 1));
    }

    #[test]
    fn the_alarm_of_a_rule_is_as_its_metadata_say() {
        let set = set(Level::High);
        let found = set.alarms.iter().find(|a| a.kind == Kind::Rule);
        let alarm = found.unwrap();
        assert_eq!((alarm.threshold, alarm.period), (3, 300));
        assert_eq!(alarm.comparison.name(), "GreaterThanOrEqualToThreshold");
        assert_eq!(
            (alarm.metric, alarm.dimensions["Rule"].as_str()),
            ("FindingsByRule", "11111111-1111-4111-8111-111111111111")
        );
        assert!(alarm.description.contains("Nobody sees what comes next."));
        assert_eq!(alarm.told(), "high");
    }

    #[test]
    fn each_level_from_the_one_that_is_given_has_alarms() {
        let count = |level| set(level).alarms.len();
        assert_eq!(count(Level::High), count(Level::Critical) + 2);
        assert_eq!(count(Level::Informational), count(Level::Critical) + 8);
    }

    /// What CloudWatch would refuse (API reference of PutMetricAlarm), and what the
    /// Terraform module does.
    #[test]
    fn every_alarm_is_one_that_cloudwatch_takes() {
        for alarm in set(Level::Informational).alarms {
            let name = &alarm.name;
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(name.bytes().all(plain) && name.len() < 200, "{name}");
            assert!(alarm.description.chars().count() <= 1_024, "{name}");
            assert!(alarm.period >= 60 && alarm.period % 60 == 0, "{name}");
            let most = if alarm.period < 3_600 {
                86_400
            } else {
                604_800
            };
            assert!(alarm.period * alarm.evaluation_periods <= most, "{name}");
            let (m, n) = (alarm.datapoints_to_alarm, alarm.evaluation_periods);
            assert!((1..=n).contains(&m), "{name}");
            assert_eq!(alarm.kind == Kind::Health, alarm.level.is_none(), "{name}");
            assert!(alarm.tags.values().all(|v| v.len() <= 256), "{name}");
            assert_ne!(alarm.metric, "FindingsByEventTime", "{name}");
        }
    }
}
