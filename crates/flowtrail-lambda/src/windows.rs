//! Windows that span objects: what an object's contribution changes.
//!
//! The table holds the observations, not the verdicts. Whoever adds some
//! decides the neighbourhood twice, with and without them: what is only in the
//! second is gone, what is in the first is to be written. So the findings that
//! stand in the end are those of a replay, in whatever order objects came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_detect::{Finding, FindingId, Observation, Partition, Plan, decide};
use flowtrail_event::EventTime;

/// How a partition stands after an object has contributed to it.
#[derive(Debug, Default)]
pub struct Change {
    /// Every finding of the neighbourhood: to be written, whether new or not.
    pub stands: Vec<Finding>,
    /// Of these, the ones that no earlier finding overlapped: somebody has to
    /// be told, and they have to be counted.
    pub fresh: BTreeSet<FindingId>,
    /// Findings that the contribution turned into others: rule and id.
    pub gone: Vec<(String, FindingId)>,
}

/// Compares the findings over all observations with those over the others'.
#[must_use]
pub fn change(plan: &Arc<Plan>, all: Vec<Observation>, others: Vec<Observation>) -> Change {
    let before = decide(plan, others).0;
    let stands = decide(plan, all).0;
    let ids: BTreeSet<FindingId> = stands.iter().map(|f| f.id).collect();
    let gone = before.iter().filter(|f| !ids.contains(&f.id));
    let gone = gone.map(|f| (f.rule.id.clone(), f.id)).collect();
    let is_fresh = |f: &&Finding| !before.iter().any(|b| b.id == f.id || overlap(b, f));
    let fresh = stands.iter().filter(is_fresh).map(|f| f.id).collect();
    Change {
        stands,
        fresh,
        gone,
    }
}

/// Whether two findings are of one rule and one group and share an instant.
fn overlap(a: &Finding, b: &Finding) -> bool {
    a.rule.id == b.rule.id && a.group == b.group && a.first <= b.last && b.first <= a.last
}

/// Observations by the partition that they belong to. Those of a correlation
/// that does not exist, which no plan of ours makes, have none.
#[must_use]
pub fn by_partition(
    plan: &Plan,
    observations: Vec<Observation>,
) -> BTreeMap<Partition, Vec<Observation>> {
    let mut out: BTreeMap<Partition, Vec<Observation>> = BTreeMap::new();
    for seen in observations {
        if let Some(partition) = plan.partition(&seen) {
            out.entry(partition).or_default().push(seen);
        }
    }
    out
}

/// The first and the last time of some observations.
#[must_use]
pub fn span(observations: &[Observation]) -> Option<(EventTime, EventTime)> {
    let times = || observations.iter().map(|o| o.time);
    Some((times().min()?, times().max()?))
}
