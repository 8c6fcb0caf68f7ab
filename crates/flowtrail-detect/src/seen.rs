//! What was detected, on its way to whoever asked for it.

use std::collections::HashMap;

use flowtrail_sigma::CorrelationIx;

use crate::finding::{Finding, FindingId};
use crate::windows::{Observation, Rise, WindowLoss, Windows};

pub(crate) type Findings = HashMap<FindingId, Finding, foldhash::fast::RandomState>;

/// What was counted and not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DetectLoss {
    /// Findings beyond a limit.
    pub findings_over_limit: u64,
    /// Matches below the level that was asked for.
    pub below_level: u64,
    /// Matches of correlated rules whose record has no time.
    pub no_time: u64,
    /// Matches of correlated rules whose record lacks a group field.
    pub no_group: u64,
    /// Matches of correlated rules that a gathering detector did not hold.
    pub observations_over_limit: u64,
    /// What the windows did not take.
    pub windows: WindowLoss,
}

impl DetectLoss {
    pub(crate) fn add(&mut self, other: &Self) {
        self.findings_over_limit += other.findings_over_limit;
        self.below_level += other.below_level;
        self.no_time += other.no_time;
        self.no_group += other.no_group;
        self.observations_over_limit += other.observations_over_limit;
        self.windows.add(&other.windows);
    }
}

/// What a run found, and what it would have found with other thresholds.
#[derive(Debug, Default)]
pub struct Finished {
    /// Every finding, ordered by time, rule and id.
    pub findings: Vec<Finding>,
    /// What was counted and not kept.
    pub loss: DetectLoss,
    /// For each correlation that was asked for where its episodes begin.
    pub rises: Vec<(CorrelationIx, Vec<Rise>)>,
}

/// What a worker saw, on its way to another.
#[derive(Debug)]
pub struct Seen {
    pub(crate) windows: Windows,
    pub(crate) findings: Findings,
    pub(crate) loss: DetectLoss,
}

/// What a gathering detector saw in one or more objects.
#[derive(Debug, Default)]
pub struct Harvest {
    /// Findings of single events, in order of time, rule and id.
    pub findings: Vec<Finding>,
    /// What the windows have to see, in the order of the records.
    pub observations: Vec<Observation>,
    /// What was counted and not kept.
    pub loss: DetectLoss,
}
