//! What there should be beside what there is, and how the one becomes the other.

use std::collections::BTreeMap;

use flowtrail_aws::Fault;
use flowtrail_aws::alarms::{Alarms, Found, MetricAlarm};
use serde::Serialize;

use crate::alarm::Alarm;
use crate::names::{Actions, Names};
use crate::set::AlarmSet;

/// The tag that says whose an alarm is: its value is the deployment's name. What
/// has it not is somebody else's, whatever its name.
pub const DEPLOYMENT: &str = "flowtrail:deployment";

/// One attribute of an alarm that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The attribute; tags as `tag flowtrail:kind`.
    pub attribute: String,
    /// What it is.
    pub is: String,
    /// What it should be.
    pub wanted: String,
}

/// What is to be done with an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It is not there.
    Create,
    /// It is not as it should be.
    Update,
    /// It is ours, and nothing asks for it any more.
    Delete,
    /// It should be made, but somebody else's has its name. Nothing is done.
    Taken,
}

impl What {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Taken => "taken",
        }
    }
}

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The alarm's name in CloudWatch.
    pub alarm: String,
    /// What is to be done.
    pub what: What,
    /// Of one to be updated: what is not as it should be.
    pub drift: Vec<Drift>,
    /// As it should be; `None` for one to be deleted.
    #[serde(skip)]
    wanted: Option<MetricAlarm>,
    #[serde(skip)]
    arn: String,
}

/// Everything to be done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// By the names of alarms.
    pub changes: Vec<Change>,
    /// Alarms that are as they should be.
    pub unchanged: usize,
}

impl Plan {
    /// How many changes of a sort there are.
    #[must_use]
    pub fn count(&self, what: What) -> usize {
        self.changes.iter().filter(|c| c.what == what).count()
    }

    /// Whether anything is to be done that can be done.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.changes.len() > self.count(What::Taken)
    }
}

/// The alarms of a list, with the names and tags of a deployment.
#[must_use]
pub fn resolved(set: &AlarmSet, names: &Names, actions: &Actions) -> Vec<MetricAlarm> {
    let one = |a: &Alarm| resolve(a, names, actions);
    set.alarms.iter().map(one).collect()
}

fn resolve(alarm: &Alarm, names: &Names, actions: &Actions) -> MetricAlarm {
    // The limits of an alarm's periods are far below the type's.
    let int = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let told = actions.of(alarm.told()).to_vec();
    let own = alarm.tags.iter();
    let own = own.map(|(k, v)| ((*k).to_owned(), v.clone()));
    let of_all = [
        ("Application".to_owned(), "flowtrail".to_owned()),
        (DEPLOYMENT.to_owned(), names.name.clone()),
    ];
    let dimensions = alarm.dimensions.iter();
    let dimensions = dimensions.map(|(k, v)| ((*k).to_owned(), names.filled(v).to_owned()));
    MetricAlarm {
        name: format!("{}-{}", names.name, alarm.name),
        description: alarm.description.clone(),
        namespace: names.filled(alarm.namespace).to_owned(),
        metric: alarm.metric.to_owned(),
        dimensions: dimensions.collect(),
        statistic: alarm.statistic.name().to_owned(),
        period: int(alarm.period),
        evaluation_periods: int(alarm.evaluation_periods),
        datapoints_to_alarm: int(alarm.datapoints_to_alarm),
        threshold: f64::from(alarm.threshold),
        comparison: alarm.comparison.name().to_owned(),
        treat_missing_data: alarm.treat_missing_data.name().to_owned(),
        ok_actions: if alarm.tells_recovery {
            told.clone()
        } else {
            Vec::new()
        },
        actions: told,
        actions_enabled: true,
        tags: of_all.into_iter().chain(own).collect(),
        other: String::new(),
    }
}

/// Compares the alarms that there should be with those that were found. Of the
/// latter only those that carry `deployment` in their tag are touched.
#[must_use]
pub fn plan(wanted: Vec<MetricAlarm>, found: Vec<Found>, deployment: &str) -> Plan {
    let mut there: BTreeMap<String, Found> = found
        .into_iter()
        .map(|f| (f.alarm.name.clone(), f))
        .collect();
    let is_ours = |f: &Found| {
        f.alarm
            .tags
            .get(DEPLOYMENT)
            .is_some_and(|d| d == deployment)
    };
    let mut plan = Plan::default();
    for wanted in wanted {
        let found = there.remove(&wanted.name);
        let (what, drift) = match &found {
            None => (What::Create, Vec::new()),
            Some(found) if !is_ours(found) => (What::Taken, Vec::new()),
            Some(found) => (What::Update, drift(&found.alarm, &wanted)),
        };
        if what == What::Update && drift.is_empty() {
            plan.unchanged += 1;
            continue;
        }
        plan.changes.push(Change {
            alarm: wanted.name.clone(),
            what,
            drift,
            wanted: Some(wanted),
            arn: found.map(|f| f.arn).unwrap_or_default(),
        });
    }
    let gone = there.into_values().filter(is_ours);
    plan.changes.extend(gone.map(|f| Change {
        alarm: f.alarm.name,
        what: What::Delete,
        drift: Vec::new(),
        wanted: None,
        arn: f.arn,
    }));
    plan.changes.sort_by(|a, b| a.alarm.cmp(&b.alarm));
    plan
}

/// What differs. Tags that somebody added are theirs.
fn drift(is: &MetricAlarm, wanted: &MetricAlarm) -> Vec<Drift> {
    let attributes = is.attributes().into_iter().zip(wanted.attributes());
    let attributes = attributes.map(|((name, is), (_, wanted))| Drift {
        attribute: name.to_owned(),
        is,
        wanted,
    });
    let tags = wanted.tags.iter().map(|(key, value)| Drift {
        attribute: format!("{TAG}{key}"),
        is: is.tags.get(key).cloned().unwrap_or_default(),
        wanted: value.clone(),
    });
    attributes
        .chain(tags)
        .filter(|d| d.is != d.wanted)
        .collect()
}

/// What the attribute of a tag begins with.
const TAG: &str = "tag ";

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Alarms to which it could not be done, and why.
    pub failed: Vec<(String, Fault)>,
    /// Alarms that were not deleted, because another could not be made.
    pub kept: Vec<String>,
}

impl Applied {
    /// Whether all of it was done.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.failed.is_empty() && self.kept.is_empty()
    }
}

/// Does what a plan says, one alarm after the other. `tell` hears of each that is
/// done. Those that are to be made or changed come first, and what fails there does
/// not keep the others of them; but nothing is deleted then, so that nothing is
/// unwatched. Doing it all again is safe.
pub async fn apply(plan: &Plan, alarms: &Alarms, mut tell: impl FnMut(&Change)) -> Applied {
    let mut applied = Applied::default();
    for change in &plan.changes {
        let Some(wanted) = &change.wanted else {
            continue;
        };
        let done = match change.what {
            What::Create => alarms.put(wanted).await,
            What::Update => update(change, wanted, alarms).await,
            What::Taken | What::Delete => continue,
        };
        match done {
            Ok(()) => tell(change),
            Err(fault) => applied.failed.push((change.alarm.clone(), fault)),
        }
    }
    let gone = plan.changes.iter().filter(|c| c.what == What::Delete);
    let names: Vec<String> = gone.clone().map(|c| c.alarm.clone()).collect();
    if !applied.failed.is_empty() {
        applied.kept = names;
        return applied;
    }
    applied.failed = alarms.delete(&names).await;
    let is_there = |c: &&Change| applied.failed.iter().any(|(name, _)| *name == c.alarm);
    gone.filter(|c| !is_there(c)).for_each(tell);
    applied
}

/// Attributes and tags are set by different calls.
async fn update(change: &Change, wanted: &MetricAlarm, alarms: &Alarms) -> Result<(), Fault> {
    let tags = |d: &&Drift| d.attribute.starts_with(TAG);
    if change.drift.iter().any(|d| !tags(&d)) {
        alarms.put(wanted).await?;
    }
    if change.drift.iter().any(|d| tags(&d)) {
        alarms.tag(&change.arn, &wanted.tags).await?;
    }
    Ok(())
}

#[cfg(test)]
mod applying;

#[cfg(test)]
mod tests {
    use flowtrail_sigma::Level;

    use super::*;
    use crate::set::testing;

    pub(super) fn wanted() -> Vec<MetricAlarm> {
        let mut actions = Actions::default();
        actions.add("critical=arn:aws:sns:x").unwrap();
        actions.add("health=arn:aws:sns:y").unwrap();
        let names = Names::of("drill").unwrap();
        resolved(&testing::set(Level::Critical), &names, &actions)
    }

    pub(super) fn there(alarms: Vec<MetricAlarm>) -> Vec<Found> {
        let found = |alarm: MetricAlarm| Found {
            arn: format!("arn:{}", alarm.name),
            state: "OK".into(),
            alarm,
        };
        alarms.into_iter().map(found).collect()
    }

    #[test]
    fn what_is_there_as_it_should_be_is_left_alone() {
        let plan = plan(wanted(), there(wanted()), "drill");
        assert_eq!((plan.changes.len(), plan.unchanged), (0, wanted().len()));
        assert!(!plan.has_work());
    }

    #[test]
    fn alarms_tell_those_of_their_level_and_states_also_tell_that_they_are_over() {
        let all = wanted();
        let find = |name: &str| all.iter().find(|a| a.name == name).unwrap();
        let found = find("drill-findings-critical");
        assert_eq!(found.actions, ["arn:aws:sns:x"]);
        assert!(found.ok_actions.is_empty());
        let silence = find("drill-silence");
        assert_eq!(silence.actions, ["arn:aws:sns:y"]);
        assert_eq!(silence.ok_actions, silence.actions);
        let skipped = find("drill-skipped-garbage");
        assert_eq!(skipped.actions, ["arn:aws:sns:y"]);
        assert!(skipped.ok_actions.is_empty(), "past is not mended");
        assert!(find("drill-rule-trail-stopped").actions.is_empty());
    }

    #[test]
    fn drift_is_told_attribute_by_attribute() {
        let mut is = wanted();
        is[0].threshold = 5.0;
        is[0].actions_enabled = false;
        is[0].other = "unit Count".into();
        is[0].tags.remove("flowtrail:level");
        is[0].tags.insert("team".into(), "red".into());
        let plan = plan(wanted(), there(is), "drill");
        let [change] = plan.changes.as_slice() else {
            panic!("{plan:?}");
        };
        let drift: Vec<_> = change
            .drift
            .iter()
            .map(|d| (d.attribute.as_str(), d.is.as_str(), d.wanted.as_str()))
            .collect();
        assert_eq!(
            drift,
            [
                ("threshold", "5", "0"),
                ("actions_enabled", "false", "true"),
                ("other", "unit Count", ""),
                ("tag flowtrail:level", "", "critical"),
            ]
        );
    }

    #[test]
    fn only_what_has_our_tag_is_touched() {
        let mut found = wanted();
        let mut extra = found[0].clone();
        extra.name = "drill-rule-of-old".into();
        let mut theirs = extra.clone();
        theirs.name = "drill-by-hand".into();
        theirs.tags.clear();
        let mut neighbour = extra.clone();
        neighbour.name = "drill-2-findings-critical".into();
        neighbour.tags.insert(DEPLOYMENT.into(), "drill-2".into());
        // One of ours by name, and not by its tag.
        found[1].tags.clear();
        found.extend([extra, theirs, neighbour]);
        let plan = plan(wanted(), there(found), "drill");
        let did: Vec<_> = plan
            .changes
            .iter()
            .map(|c| (c.alarm.as_str(), c.what))
            .collect();
        assert_eq!(
            did,
            [
                ("drill-rule-of-old", What::Delete),
                ("drill-uncertain-critical", What::Taken),
            ]
        );
        assert!(plan.has_work());
    }
}
