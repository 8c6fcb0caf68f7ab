//! Beyond one machine: scans of logs on a cluster of Ballista.
//!
//! A query is planned here, and its sources are listed here. What goes to the
//! cluster is the physical plan, whose scans name the objects of each of their
//! groups ([`SentScan`]); a scheduler hands groups out to executors, which read
//! them with their own credentials and answer by rows. Beside the rows comes
//! the account of what was read: each group's as a metric of the plan
//! ([`Reported`]), because that is the one thing that an executor tells of a
//! task that is done. A group that says nothing makes the answer doubtful.
//!
//! What all of a query has to meet in one place, as `findings` do, does not go.

mod carrier;
mod codec;
mod fit;
mod job;
mod message;
mod report;
mod serve;

use std::sync::Arc;

use ballista_core::extension::SessionConfigExt as _;
use ballista_core::optimizer::with_ballista_optimizer_rules;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::DataFrame;
use datafusion::prelude::SessionConfig;

pub use codec::OpenBucket;
pub(crate) use report::Reported;
pub use serve::{ExecutorOptions, executor, scheduler};

use crate::scan::Run;
use fit::Fit;
use job::Job;

/// Bytes of one message between the processes of a cluster. A plan names its
/// objects in about 80 bytes each, so this is three million of them.
pub(crate) const MESSAGE_BYTES_MAX: u32 = 256 << 20;

/// Groups that the objects of a table are divided into where nothing is said:
/// the cluster's size is not known before it is asked, and what one executor
/// does not take, another does.
pub(crate) const GROUPS: usize = 32;

/// Why a part of a cluster cannot work, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClusterError(pub String);

/// A cluster, by its scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    scheduler: String,
}

impl Cluster {
    /// The cluster whose scheduler listens at `HOST:PORT`. Nobody is asked yet.
    #[must_use]
    pub fn at(scheduler: impl Into<String>) -> Self {
        Self {
            scheduler: scheduler.into(),
        }
    }

    /// What plans have to be like to be divided among processes.
    pub(crate) fn prepare(config: SessionConfig) -> SessionConfig {
        let mut config = config.upgrade_for_ballista();
        // What one executor learns while it reads, the others do not hear of.
        let optimizer = &mut config.options_mut().optimizer;
        optimizer.enable_dynamic_filter_pushdown = false;
        optimizer.enable_topk_dynamic_filter_pushdown = false;
        optimizer.enable_join_dynamic_filter_pushdown = false;
        optimizer.enable_aggregate_dynamic_filter_pushdown = false;
        config
    }

    /// The same for what optimises them.
    pub(crate) fn rules(builder: SessionStateBuilder) -> SessionStateBuilder {
        let rules = datafusion::optimizer::Optimizer::default().rules;
        builder.with_optimizer_rules(with_ballista_optimizer_rules(&rules))
    }

    /// The answer to a statement. One that reads no logs is answered here.
    ///
    /// # Errors
    /// If sources cannot be listed, the plan cannot be sent, or the cluster does
    /// not answer; those of the stream are of the same kind.
    pub(crate) async fn stream(
        &self,
        frame: DataFrame,
        run: &Arc<Run>,
    ) -> Result<SendableRecordBatchStream> {
        let context = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await?;
        match Fit::of(&plan)? {
            Fit::Here => execute_stream(plan, context),
            Fit::Cluster(scans) => {
                let job = Job::submit(&self.scheduler, &plan, context.as_ref());
                let job = job.await.map_err(failed)?;
                job.stream(plan.schema(), scans, Arc::clone(run)).await
            }
        }
    }
}

#[cfg(test)]
mod tests;

fn failed(error: ClusterError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
