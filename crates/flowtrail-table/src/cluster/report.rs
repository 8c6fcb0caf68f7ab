//! The account of a group on its way to whoever asked.
//!
//! When the stream of a group ends, or nobody takes from it any more, its sums
//! become a counter of the scan: what they are stands in its name, as JSON.
//! Counters are what a scheduler collects of every task that is done, and it
//! takes any name. The name of the group is in it too: a task that is done
//! twice, or two tables that read the same group, are not counted twice.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder};
use futures_util::{Stream, StreamExt as _};
use serde::{Deserialize, Serialize};

use super::fit::Scans;
use crate::account::{Account, SentSums};
use crate::scan::Run;
use crate::scan::read::{Output, Partition};

/// What the name of such a counter begins with.
const PREFIX: &str = "flowtrail.account ";

/// The account of one group, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Report {
    group: String,
    executor: String,
    sums: SentSums,
}

/// By what names the groups of a scan are reported, and by whom.
#[derive(Debug)]
pub(crate) struct Reported {
    executor: String,
    groups: Vec<String>,
}

impl Reported {
    pub(super) fn new(executor: &str, groups: Vec<String>) -> Self {
        Self {
            executor: executor.to_owned(),
            groups,
        }
    }

    /// [`Partition::open`], with an account of its own that is reported in the
    /// end.
    pub(crate) fn open(
        &self,
        mut partition: Partition,
        context: &TaskContext,
        metrics: &ExecutionPlanMetricsSet,
        work: impl FnOnce(&Output) -> Result<()> + Send + 'static,
    ) -> SendableRecordBatchStream {
        let run = Arc::new(Run::default());
        partition.run = Arc::clone(&run);
        let number = partition.number;
        Box::pin(Reporting {
            schema: Arc::clone(&partition.schema),
            group: self.groups.get(number).cloned().unwrap_or_default(),
            executor: self.executor.clone(),
            inner: Some(partition.open(context, metrics, work)),
            run,
            metrics: metrics.clone(),
            number,
        })
    }
}

/// The rows of a group, and its report behind them.
struct Reporting {
    schema: SchemaRef,
    group: String,
    executor: String,
    inner: Option<SendableRecordBatchStream>,
    run: Arc<Run>,
    metrics: ExecutionPlanMetricsSet,
    number: usize,
}

impl Reporting {
    fn end(&mut self) {
        // Nobody reads on when the stream is gone.
        if self.inner.take().is_none() {
            return;
        }
        let report = Report {
            group: std::mem::take(&mut self.group),
            executor: std::mem::take(&mut self.executor),
            sums: SentSums::of(&self.run.account().sums()),
        };
        match serde_json::to_string(&report) {
            Ok(text) => {
                let counter = format!("{PREFIX}{text}");
                MetricBuilder::new(&self.metrics)
                    .counter(counter, self.number)
                    .add(1);
            }
            // Whoever asked misses it, and says so.
            Err(error) => tracing::warn!(%error, "an account cannot be written"),
        }
    }
}

impl Stream for Reporting {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = match &mut self.inner {
            Some(inner) => inner.poll_next_unpin(context),
            None => Poll::Ready(None),
        };
        if matches!(polled, Poll::Ready(None)) {
            self.end();
        }
        polled
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        self.end();
    }
}

impl RecordBatchStream for Reporting {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

/// The reports of a job, by their groups.
#[derive(Debug, Default)]
pub(super) struct Reports(BTreeMap<String, Report>);

impl Reports {
    /// Takes a counter by its name, if it is a report. Of two of one group the
    /// one over more objects says what is known.
    pub(super) fn take(&mut self, counter: &str) {
        let Some(text) = counter.strip_prefix(PREFIX) else {
            return;
        };
        let report: Report = match serde_json::from_str(text) {
            Ok(report) => report,
            Err(error) => {
                tracing::warn!(%error, "an account cannot be read");
                return;
            }
        };
        let known = self.0.get(&report.group).map(|r| r.sums.objects());
        if known.is_none_or(|objects| objects < report.sums.objects()) {
            self.0.insert(report.group.clone(), report);
        }
    }

    /// Adds them to the account of the query, and says what is missing.
    pub(super) fn settle(mut self, scans: &Scans, account: &Account) {
        let mut silent = 0;
        for (group, objects) in &scans.groups {
            match self.0.remove(group) {
                Some(report) => account.absorb(&report.executor, report.sums),
                None if *objects > 0 => silent += objects,
                None => {}
            }
        }
        if silent > 0 {
            account.not_known(format!(
                "executors did not say what they read of {silent} objects"
            ));
        }
        if scans.overlap {
            account.warn(
                "tables of this statement share objects in different groups, and what executors \
                 read of them is counted for each table"
                    .to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(group: &str, executor: &str, objects: u64) -> String {
        let mut sums = crate::Sums::default();
        sums.tally.objects = objects;
        let report = Report {
            group: group.to_owned(),
            executor: executor.to_owned(),
            sums: SentSums::of(&sums),
        };
        format!("{PREFIX}{}", serde_json::to_string(&report).unwrap())
    }

    fn scans(groups: &[(&str, usize)]) -> Scans {
        Scans {
            groups: groups.iter().map(|(g, n)| ((*g).to_owned(), *n)).collect(),
            ..Scans::default()
        }
    }

    #[test]
    fn a_group_counts_once_and_a_silent_one_is_missed() {
        let mut reports = Reports::default();
        for name in [
            "records",
            "flowtrail.account ?",
            &counter("a", "x:1", 2),
            &counter("a", "y:1", 3),
            &counter("a", "x:1", 1),
            &counter("b", "x:1", 4),
            &counter("of another query", "z:1", 9),
        ] {
            reports.take(name);
        }
        let account = Account::default();
        reports.settle(&scans(&[("a", 3), ("b", 4), ("c", 5), ("d", 0)]), &account);
        let sums = account.sums();
        assert_eq!(sums.tally.objects, 7);
        assert_eq!(sums.executors.iter().collect::<Vec<_>>(), ["x:1", "y:1"]);
        assert_eq!(
            sums.partial().unwrap(),
            "the answer may be partial: executors did not say what they read of 5 objects"
        );
    }
}
