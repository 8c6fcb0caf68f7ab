//! What of a plan can be sent to a cluster.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::analyze::AnalyzeExec;

use super::message::group_key;
use super::{ClusterError, failed};
use crate::scan::LogScanExec;

/// Where a plan is run.
#[derive(Debug)]
pub(super) enum Fit {
    /// Nothing of it is on a cluster.
    Here,
    /// On a cluster, which reads these groups.
    Cluster(Scans),
}

/// The groups of objects that the scans of a plan read.
#[derive(Debug, Default)]
pub(super) struct Scans {
    /// How many objects each has, by the name that it goes by. Groups of two
    /// tables with the same objects are one.
    pub(super) groups: BTreeMap<String, usize>,
    /// Tables read the same objects in different groups.
    pub(super) overlap: bool,
    pub(super) seen: HashSet<String>,
}

impl Fit {
    /// Where `plan` is run.
    ///
    /// # Errors
    /// If it reads logs, and something of it cannot be sent.
    pub(super) fn of(plan: &Arc<dyn ExecutionPlan>) -> Result<Self> {
        let mut scans = Scans::default();
        let mut bound = None;
        walk(plan, &mut scans, &mut bound);
        match bound {
            Some(what) => Err(failed(ClusterError(format!(
                "{what}\nhint: run this statement without --cluster"
            )))),
            None if scans.groups.is_empty() => Ok(Self::Here),
            None => Ok(Self::Cluster(scans)),
        }
    }
}

fn walk(plan: &Arc<dyn ExecutionPlan>, scans: &mut Scans, bound: &mut Option<&'static str>) {
    if let Some(scan) = plan.downcast_ref::<LogScanExec>() {
        scans.add(scan);
    }
    let what = match plan.name() {
        "FindingsExec" => Some("`findings` meet in one place and cannot be made by a cluster"),
        "ObjectsExec" => Some("the table `objects` is that of this machine and not a cluster's"),
        "DataSinkExec" => Some("a cluster writes no files"),
        _ if plan.downcast_ref::<AnalyzeExec>().is_some() => {
            Some("EXPLAIN ANALYZE measures one machine and not a cluster")
        }
        _ => None,
    };
    *bound = bound.or(what);
    for child in plan.children() {
        walk(child, scans, bound);
    }
}

impl Scans {
    fn add(&mut self, scan: &LogScanExec) {
        for group in scan.groups() {
            let known = self.groups.insert(group_key(group), group.len());
            if known.is_some() {
                continue;
            }
            for object in group.iter() {
                self.overlap |= !self.seen.insert(object.name());
            }
        }
    }
}
