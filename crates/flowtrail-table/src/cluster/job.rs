//! A plan on a cluster: sent, waited for, fetched, accounted for.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::client::BallistaClient;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    CancelJobParams, CleanJobDataParams, ExecuteQueryParams, GetJobMetricsParams,
    GetJobStatusParams, KeyValuePair, PartitionLocation, execute_query_result, job_status,
    operator_metric,
};
use ballista_core::utils::{GrpcClientConfig, create_grpc_client_endpoint};
use ballista_core::version::insert_version_header;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion_proto::physical_plan::AsExecutionPlan as _;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::runtime::{Handle, RuntimeFlavor};
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::codec::{Codec, Part};
use super::fit::Scans;
use super::report::Reports;
use super::{ClusterError, MESSAGE_BYTES_MAX, failed};
use crate::scan::Run;

/// How long the scheduler may take to read a plan: it names every object.
const ANSWER_SECS_MAX: u64 = 300;

/// How often the scheduler is asked whether a job is done.
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// How often an executor is asked again for rows that did not come, and how long
/// is waited in between.
const FETCHED_AGAIN: u8 = 3;
const FETCHED_AGAIN_MILLIS: u64 = 500;

/// How long somebody who has had enough waits for the cluster to hear of it.
const CANCELLED_WITHIN: Duration = Duration::from_secs(1);

type Scheduler = SchedulerGrpcClient<Channel>;

/// A plan that a scheduler has. Dropping it before it is done cancels it.
pub(super) struct Job {
    scheduler: Scheduler,
    id: String,
    done: bool,
}

impl Job {
    /// Sends a plan.
    ///
    /// # Errors
    /// If the scheduler cannot be reached, or does not take the plan.
    pub(super) async fn submit(
        address: &str,
        plan: &Arc<dyn ExecutionPlan>,
        context: &TaskContext,
    ) -> Result<Self, ClusterError> {
        let codec = Codec::new(Part::Query);
        let mut bytes = Vec::new();
        let written = PhysicalPlanNode::try_from_physical_plan(Arc::clone(plan), &codec)
            .and_then(|message| message.try_encode(&mut bytes));
        if let Err(error) = written {
            let why = codec.why();
            let why = why.unwrap_or_else(|| format!("this plan cannot be sent: {error}"));
            return Err(ClusterError(why));
        }
        if bytes.len() > usize::try_from(MESSAGE_BYTES_MAX).unwrap_or(usize::MAX) {
            let megabytes = bytes.len() >> 20;
            return Err(ClusterError(format!(
                "the plan names so many objects that it has {megabytes} MB, and a cluster takes \
                 {} MB\nhint: bound the time, or compact the logs first",
                MESSAGE_BYTES_MAX >> 20
            )));
        }
        let mut scheduler = connect(address).await?;
        let settings = context.session_config().options().entries().into_iter();
        let settings = settings.map(|entry| KeyValuePair {
            key: entry.key,
            value: entry.value,
        });
        let session = context.session_id();
        let mut request = Request::new(ExecuteQueryParams {
            operation_id: session.clone(),
            session_id: session,
            settings: settings.collect(),
            query: Some(Query::PhysicalPlan(bytes)),
        });
        insert_version_header(request.metadata_mut());
        let answer = scheduler.execute_query(request).await;
        let answer = answer.map_err(|e| refused(&e))?.into_inner();
        match answer.result {
            Some(execute_query_result::Result::Success(taken)) => Ok(Self {
                scheduler,
                id: taken.job_id,
                done: false,
            }),
            Some(execute_query_result::Result::Failure(not)) => Err(ClusterError(format!(
                "the scheduler does not take the query: {}",
                plain(&format!("{:?}", not.failure))
            ))),
            None => Err(ClusterError("the scheduler gave no answer".to_owned())),
        }
    }

    /// The rows, when all of them are made. What was read is in the account of
    /// `run` before the first one.
    ///
    /// # Errors
    /// If the job fails, or the scheduler is gone.
    pub(super) async fn stream(
        mut self,
        schema: SchemaRef,
        scans: Scans,
        run: Arc<Run>,
    ) -> Result<SendableRecordBatchStream> {
        let places = self.wait().await.map_err(failed)?;
        let mut reports = Reports::default();
        let asked = self.scheduler.get_job_metrics(GetJobMetricsParams {
            job_id: self.id.clone(),
        });
        match asked.await {
            Ok(told) => {
                let stages = told.into_inner().stages.into_iter();
                let operators = stages.flat_map(|stage| stage.operators);
                for metric in operators.flat_map(|operator| operator.metrics) {
                    if let Some(operator_metric::Metric::Count(count)) = metric.metric {
                        reports.take(&count.name);
                    }
                }
            }
            // No report comes, and the answer says that it is doubtful.
            Err(error) => tracing::warn!(%error, "a scheduler does not say what was read"),
        }
        reports.settle(&scans, run.account());
        let rows = stream::iter(places).then(fetch).try_flatten();
        // What is kept for this job is thrown away behind its last row.
        let rows = rows.chain(stream::once(self.end()).filter_map(|()| async { None }));
        let counted = rows.inspect_ok(move |batch: &RecordBatch| {
            let rows = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
            run.account().progress().rows(rows);
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, counted)))
    }

    /// Waits until it is done: where its rows are.
    async fn wait(&mut self) -> Result<Vec<PartitionLocation>, ClusterError> {
        loop {
            let asked = self.scheduler.get_job_status(GetJobStatusParams {
                job_id: self.id.clone(),
            });
            let answer = asked.await.map_err(|e| refused(&e))?.into_inner();
            match answer.status.and_then(|s| s.status) {
                Some(job_status::Status::Successful(done)) => return Ok(done.partition_location),
                Some(job_status::Status::Failed(failed)) => {
                    self.done = true;
                    return Err(ClusterError(format!(
                        "the cluster cannot answer: {}",
                        plain(&failed.error)
                    )));
                }
                Some(job_status::Status::Queued(_) | job_status::Status::Running(_)) | None => {
                    tokio::time::sleep(ASKED_EVERY).await;
                }
            }
        }
    }

    async fn end(mut self) {
        self.done = true;
        let clean = self.scheduler.clean_job_data(CleanJobDataParams {
            job_id: self.id.clone(),
            remove_stage_ids: Vec::new(),
        });
        if let Err(error) = clean.await {
            tracing::debug!(%error, "the rows of a job stay until they are old");
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut scheduler = self.scheduler.clone();
        let job_id = std::mem::take(&mut self.id);
        let cancel = async move {
            let cancelled = scheduler.cancel_job(CancelJobParams { job_id });
            drop(tokio::time::timeout(CANCELLED_WITHIN, cancelled).await);
        };
        // The program may end behind this, and the cluster would work on.
        match Handle::try_current() {
            Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
                tokio::task::block_in_place(|| runtime.block_on(cancel));
            }
            Ok(runtime) => drop(runtime.spawn(cancel)),
            Err(_) => {}
        }
    }
}

async fn connect(address: &str) -> Result<Scheduler, ClusterError> {
    let config = GrpcClientConfig {
        timeout_seconds: ANSWER_SECS_MAX,
        ..GrpcClientConfig::default()
    };
    let not = |e: tonic::transport::Error| {
        // It says no more than that it failed; what failed stands below.
        let mut reason: &dyn std::error::Error = &e;
        while let Some(source) = reason.source() {
            reason = source;
        }
        ClusterError(format!(
            "cannot reach the scheduler at `{address}`: {reason}\n\
             hint: `flowtrail cluster scheduler` starts one; give its HOST:PORT"
        ))
    };
    let endpoint = create_grpc_client_endpoint(format!("http://{address}"), Some(&config));
    let channel = endpoint.map_err(not)?.connect().await.map_err(not)?;
    let bytes = usize::try_from(MESSAGE_BYTES_MAX).unwrap_or(usize::MAX);
    Ok(SchedulerGrpcClient::new(channel)
        .max_decoding_message_size(bytes)
        .max_encoding_message_size(bytes))
}

fn refused(status: &Status) -> ClusterError {
    let said = plain(status.message());
    ClusterError(format!("the scheduler does not answer: {said}"))
}

/// The rows of one partition, from the executor that has them.
async fn fetch(place: PartitionLocation) -> Result<SendableRecordBatchStream> {
    let layout = place.layout();
    let (Some(executor), Some(id)) = (place.executor_meta, place.partition_id) else {
        let error = "the scheduler does not say where the rows are";
        return Err(failed(ClusterError(error.to_owned())));
    };
    let port = u16::try_from(executor.port).unwrap_or(0);
    let at = format!("{}:{port}", executor.host);
    let not = |e: ballista_core::error::BallistaError| {
        let error = plain(&e.to_string());
        failed(ClusterError(format!(
            "cannot fetch rows from the executor at `{at}`: {error}\n\
             hint: executors are reached at the host that --advertise names"
        )))
    };
    let bytes = usize::try_from(MESSAGE_BYTES_MAX).unwrap_or(usize::MAX);
    let (again, wait) = (FETCHED_AGAIN, FETCHED_AGAIN_MILLIS);
    let client =
        BallistaClient::try_new(&executor.host, port, bytes, false, None, again, wait, 0, 0);
    let mut client = client.await.map_err(&not)?;
    let id = id.into();
    let rows = client.fetch_partition(&executor.id, &id, place.file_id, layout, true);
    rows.await.map_err(not)
}

/// What an error that came through other programs says in the end, without the
/// names that they gave it on the way.
///
/// They wrap an error as `Job failed due to …: DataFusionError(Execution("…"))`,
/// with quotes and line breaks of what is inside escaped.
fn plain(error: &str) -> String {
    let inside = error
        .split_once("DataFusionError(")
        .and_then(|(_, inside)| {
            let (_, text) = inside.split_once('"')?;
            Some(text.rsplit_once('"')?.0)
        });
    let text = inside.map_or_else(|| error.to_owned(), unescaped);
    // Errors of DataFusion say their kind first, each time one holds another.
    let kinds = [
        "Execution error: ",
        "External error: ",
        "Could not parse plan: ",
    ];
    let mut text = text.as_str();
    while let Some(rest) = kinds.iter().find_map(|kind| text.strip_prefix(kind)) {
        text = rest;
    }
    text.to_owned()
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_without_the_names_of_their_wrappings() {
        for (error, told) in [
            (
                r#"Job failed due to stage 1 failed: Task failed due to runtime execution error: DataFusionError(Execution("`f` rests on \"a\"\nhint: start"))"#,
                "`f` rests on \"a\"\nhint: start",
            ),
            (
                r#"x: DataFusionError(Shared(External(ArrowError(CastError("Cannot cast")))))"#,
                "Cannot cast",
            ),
            ("Could not parse plan: Execution error: no", "no"),
            (
                "DataFusionError(ResourcesExhausted)",
                "DataFusionError(ResourcesExhausted)",
            ),
            ("", ""),
        ] {
            assert_eq!(plain(error), told);
        }
    }

    #[tokio::test]
    async fn a_scheduler_that_is_not_there_is_named() {
        let error = connect("127.0.0.1:1").await.err().unwrap().to_string();
        assert!(
            error.contains("cannot reach the scheduler at `127.0.0.1:1`"),
            "{error}"
        );
        assert!(error.contains("\nhint: "), "{error}");
        assert!(connect("no port here").await.is_err());
    }
}
