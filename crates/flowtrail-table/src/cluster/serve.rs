//! The two servers of a cluster.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::extension::SessionConfigExt as _;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion::common::Result;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;

use super::codec::{Codec, OpenBucket, Part, Reader};
use super::{Cluster, ClusterError, MESSAGE_BYTES_MAX};
use crate::functions::{Knowledge, register};

/// How long an executor waits for a scheduler that does not listen yet.
const SCHEDULER_WAIT_SECS: u16 = 30;

/// How old rows of a job become that nobody threw away, and how often old ones
/// are looked for.
const ROWS_KEPT_SECS: u64 = 6 * 3600;
const ROWS_CLEANED_SECS: u64 = 600;

/// Executors ask for work. So an executor listens at one port alone, for rows,
/// and the scheduler has to reach nobody.
const POLICY: TaskSchedulingPolicy = TaskSchedulingPolicy::PullStaged;

/// How an executor is set up.
#[derive(Clone)]
pub struct ExecutorOptions {
    /// `HOST:PORT` of the scheduler.
    pub scheduler: String,
    /// Where it listens for whoever fetches rows; port 0 is some free one.
    pub bind: SocketAddr,
    /// The host by which others reach it, where that is not the one it binds.
    pub advertise: Option<String>,
    /// Partitions that it works on at a time.
    pub threads: usize,
    /// Memory in bytes that sorts, groupings and joins may hold.
    pub memory_bytes: Option<usize>,
    /// The folder for rows on their way and for what does not fit in memory.
    pub work: PathBuf,
    /// What its functions know.
    pub knowledge: Knowledge,
    /// How it opens buckets.
    pub open: OpenBucket,
}

/// Runs a scheduler until it is ended. `ready` is told where it listens.
///
/// # Errors
/// If it cannot listen there.
pub async fn scheduler(
    bind: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ClusterError> {
    let told = |e: ballista_core::error::BallistaError| {
        ClusterError(format!("the scheduler cannot work: {e}"))
    };
    let listener = listen(bind).await?;
    let address = listener.local_addr().unwrap_or(bind);
    let config = SchedulerConfig {
        bind_host: host_of(address.ip()),
        external_host: host_of(address.ip()),
        bind_port: address.port(),
        grpc_server_max_decoding_message_size: MESSAGE_BYTES_MAX,
        grpc_server_max_encoding_message_size: MESSAGE_BYTES_MAX,
        grpc_client_max_message_size: MESSAGE_BYTES_MAX,
        scheduling_policy: POLICY,
        override_physical_codec: Some(Arc::new(Codec::new(Part::Scheduler))),
        override_session_builder: Some(Arc::new(|config| session(config, Knowledge::default()))),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await;
    let config = Arc::new(config);
    let server =
        create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster.map_err(told)?, config);
    let server = server.await.map_err(told)?;
    ready(address);
    let served = start_grpc_service_with_listener(listener, server).await;
    served.map_err(told)
}

/// Runs an executor until it is ended, by a signal or because a part of it broke;
/// which of them, its caller has to know. `ready` is told where it listens.
///
/// # Errors
/// If it cannot listen there, or the scheduler cannot be reached.
pub async fn executor(
    options: ExecutorOptions,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ClusterError> {
    let (host, port) = options
        .scheduler
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)))
        .ok_or_else(|| ClusterError(format!("`{}` is not HOST:PORT", options.scheduler)))?;
    // The server binds by itself, and has to tell its port before.
    let address = listen(options.bind)
        .await?
        .local_addr()
        .unwrap_or(options.bind);
    // Where it binds every address, the scheduler takes that which it comes from.
    let reached = options
        .advertise
        .clone()
        .or_else(|| (!address.ip().is_unspecified()).then(|| host_of(address.ip())));
    let server = ExecutorProcessConfig::default();
    let functions = session(
        SessionConfig::new_with_ballista(),
        options.knowledge.clone(),
    );
    let functions = functions.map_err(|e| ClusterError(e.to_string()))?;
    let reader = Reader::new(
        server.executor_id.clone(),
        Arc::new(options.knowledge),
        options.open,
    );
    let bytes = options
        .memory_bytes
        .unwrap_or_else(crate::engine::default_memory);
    let config = ExecutorProcessConfig {
        bind_host: host_of(address.ip()),
        external_host: reached,
        port: address.port(),
        task_scheduling_policy: POLICY,
        scheduler_host: host,
        scheduler_port: port,
        scheduler_connect_timeout_seconds: SCHEDULER_WAIT_SECS,
        vcores: options.threads.max(1),
        work_dir: Some(options.work.to_string_lossy().into_owned()),
        job_data_ttl_seconds: ROWS_KEPT_SECS,
        job_data_clean_up_interval_seconds: ROWS_CLEANED_SECS,
        grpc_max_decoding_message_size: MESSAGE_BYTES_MAX,
        grpc_max_encoding_message_size: MESSAGE_BYTES_MAX,
        memory_pool_size: u64::try_from(bytes).ok(),
        override_function_registry: Some(Arc::new(BallistaFunctionRegistry::from(&functions))),
        override_physical_codec: Some(Arc::new(Codec::new(Part::Executor(reader)))),
        ..server
    };
    ready(address);
    let served = start_executor_process(Arc::new(config)).await;
    served.map_err(|e| ClusterError(format!("the executor cannot work: {e}")))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ClusterError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|e| ClusterError(format!("cannot listen at {address}: {e}")))
}

/// As it stands before a port.
fn host_of(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// A session with our functions. Most of them say by themselves whose they are;
/// within Ballista's own nodes there is but their name.
fn session(config: SessionConfig, knowledge: Knowledge) -> Result<SessionState> {
    let builder = SessionStateBuilder::new()
        .with_config(Cluster::prepare(config))
        .with_default_features();
    let mut session = SessionContext::new_with_state(builder.build());
    register(&mut session, knowledge)?;
    Ok(session.state())
}
