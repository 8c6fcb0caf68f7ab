//! What a query learns while it runs, and what that saves a scan.
//!
//! `ORDER BY time DESC LIMIT 20` knows after its first batches that nothing
//! before a certain time is wanted any more, and a hash join knows the keys of
//! its smaller side before the larger one is read. `DataFusion` hands such
//! filters down as expressions that change. Here they are turned into what the
//! filters of a statement are turned into: a test on the values of a record,
//! before a row is built, and bounds on time, account and region, by which whole
//! objects are passed over. What cannot be turned lets everything pass.

mod logical;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::Result;
use datafusion::physical_expr::expressions::DynamicFilterTracking;
use datafusion::physical_expr_common::physical_expr::{
    snapshot_generation, snapshot_physical_expr,
};
use datafusion::physical_plan::PhysicalExpr;

use super::bounds::Bounds;
use super::{Logs, kinds};
use crate::layout::{REDELIVERY_MAX, Wanted};
use crate::rows::{ColumnPath, Narrowing, Predicate, RowPlan};
use crate::schema::LogTable;
use crate::store::LogObject;

/// Filters over the columns of a scan that change while it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Live(Vec<Arc<dyn PhysicalExpr>>);

impl Live {
    /// Takes a filter, if it is one that changes. The others are known to the
    /// scan from the beginning.
    pub(super) fn take(&mut self, filter: Arc<dyn PhysicalExpr>) {
        if DynamicFilterTracking::classify(&filter).contains_dynamic_filter() {
            self.0.push(filter);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn filters(&self) -> &[Arc<dyn PhysicalExpr>] {
        &self.0
    }

    fn generation(&self) -> u64 {
        let generations = self.0.iter().map(snapshot_generation);
        generations.fold(0, u64::wrapping_add)
    }
}

/// What one thread of a scan knows by now.
pub(super) struct Known {
    live: Live,
    columns: Vec<ColumnPath>,
    generation: Option<u64>,
    /// What objects are still wanted for; whoever fetches them ahead asks too.
    wanted: Arc<StillWanted>,
}

impl Known {
    pub(super) fn new(live: Live, columns: Vec<ColumnPath>) -> Self {
        Self {
            live,
            columns,
            generation: None,
            wanted: Arc::default(),
        }
    }

    pub(super) fn wanted(&self) -> &Arc<StillWanted> {
        &self.wanted
    }

    /// The test that records have to pass from now on, where more is known than
    /// when this was last asked.
    ///
    /// # Errors
    /// Those of looking at the filters; ours has none.
    pub(super) fn news(&mut self, logs: &Logs, plan: &RowPlan) -> Result<Option<Narrowing>> {
        let generation = self.live.generation();
        if self.generation.replace(generation) == Some(generation) {
            return Ok(None);
        }
        let mut filters = Vec::new();
        for filter in self.live.filters() {
            let now = snapshot_physical_expr(Arc::clone(filter))?;
            filters.extend(logical::logical(&now, &self.columns));
        }
        let table: LogTable = plan.table();
        let mut wanted = logs.wanted(Some(kinds(table)), Bounds::of(table, &filters));
        // The rows are to be the same as without such a filter, and what is read
        // is what was listed: an object may hold what is as late as can be.
        wanted.lateness = wanted.lateness.max(REDELIVERY_MAX);
        self.wanted.set(wanted);
        let (predicate, _) = Predicate::compile(table, &filters);
        Ok(predicate.and_then(|p| plan.narrowing(&p)))
    }
}

/// Which objects can still have a row of the answer.
#[derive(Default)]
pub(super) struct StillWanted(Mutex<Option<Wanted>>);

impl StillWanted {
    fn set(&self, wanted: Wanted) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wanted);
    }

    /// Whether an object may hold anything that is wanted. One that the user
    /// named is always looked at.
    pub(super) fn admits(&self, object: &LogObject) -> bool {
        let wanted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let admits = |wanted: &Wanted| object.is_given() || object.may_hold(wanted);
        wanted.as_ref().is_none_or(admits)
    }
}

impl fmt::Debug for StillWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StillWanted").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
