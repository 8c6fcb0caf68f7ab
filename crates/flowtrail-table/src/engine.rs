//! The engine: a session of `DataFusion` with our tables in it, bounded memory,
//! and errors in the user's language.

mod error;
mod machine;
mod pool;
#[cfg(test)]
pub(crate) mod sandbox;
mod unnest;

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::common::{ParamValues, TableReference};
use datafusion::execution::config::SessionConfig;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::TrackConsumersPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::Statement;
use std::num::NonZeroUsize;
use tokio::sync::Mutex;

use error::Names;
pub use error::QueryError;
use pool::Halves;
use unnest::LateralUnnest;

use crate::account::Account;
use crate::findings::{FindingsProvider, Kept, Rulebook};
use crate::functions::{self, AthenaTypes, Knowledge};
use crate::rules::RulesProvider;
use crate::scan::{LogTableProvider, Logs, ObjectsProvider, Run};
use crate::schema::LogTable;

/// Memory of an engine where nothing is said. Half of a small machine's.
const MEMORY_BYTES: usize = 2 << 30;

/// Memory without which a thread cannot sort wide rows. Where there is less for
/// each, fewer of them work.
const SHARE_BYTES_MIN: usize = 16 << 20;

/// Rows of a batch where memory is ample.
const BATCH_ROWS: usize = 8192;

/// Of a thread's share of the memory, for each row of a batch. A wide row is 2
/// KB, and a merge of spilled runs counts a batch of each twice: 16 such batches
/// are half of the share.
const SHARE_BYTES_PER_ROW: usize = 64 << 10;

/// Spilled runs that are merged in one go. `DataFusion` sets no bound: the
/// first thread that merges then takes what there is, and the others fail.
const MERGED_AT_ONCE: usize = 8;

/// What a sort keeps free for its merge, at most: two batches of wide rows.
const MERGE_BYTES_MAX: usize = 32 << 20;

/// Consumers of memory that an error names when it runs out.
const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4);

/// How an [`Engine`] is set up. The default reads nothing, with the memory and
/// the threads that the machine has to offer.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Where logs lie, and how they are read.
    pub logs: Logs,
    /// Memory in bytes that sorts, groupings and joins may hold before they
    /// spill to disk. 2 GiB where it is not given, or half of the machine's.
    pub memory_bytes: Option<usize>,
    /// Partitions of a plan, so threads that work at a time: one for each
    /// processor where it is not given. Fewer where there is little memory.
    pub threads: Option<usize>,
    /// Rows of a batch. Fewer where there is little memory.
    pub batch_rows: Option<usize>,
    /// The folder that is spilled to; the system's for temporary files where it
    /// is not given.
    pub spill: Option<PathBuf>,
    /// Statements may write files and tables: `COPY`, `INSERT`.
    pub writes: bool,
    /// Where logs are read, if that is not here. Then `threads` is in how many
    /// groups their objects are divided, many where it is not given; memory and
    /// the folder to spill to are those of its executors.
    #[cfg(feature = "cluster")]
    pub cluster: Option<crate::cluster::Cluster>,
    /// What functions have to be told from outside.
    pub knowledge: Knowledge,
}

/// Answers statements over logs. See the crate's documentation for the tables.
///
/// Statements of one engine see each other's views and settings. Each has its
/// own [`Account`].
pub struct Engine {
    context: SessionContext,
    logs: Arc<Logs>,
    rights: SQLOptions,
    #[cfg(feature = "cluster")]
    cluster: Option<Arc<crate::cluster::Cluster>>,
    /// One statement is planned at a time, because the session carries its run.
    planning: Mutex<()>,
}

impl Engine {
    /// An engine with the tables of logs, `objects` and `information_schema`,
    /// and with all [`functions`].
    ///
    /// # Errors
    /// If the folder to spill to cannot be used.
    pub fn new(options: EngineOptions) -> Result<Self, QueryError> {
        Self::build(options).map_err(|e| QueryError::plain(&e))
    }

    fn build(options: EngineOptions) -> datafusion::common::Result<Self> {
        let memory = options.memory_bytes.unwrap_or_else(default_memory);
        let memory = memory.max(SHARE_BYTES_MIN);
        let threads = options.threads.unwrap_or_else(machine::processors);
        let threads = threads.clamp(1, memory / SHARE_BYTES_MIN);
        let share = memory / threads;
        let rows = options.batch_rows.unwrap_or_else(|| batch_rows(share));
        let mut config = SessionConfig::new()
            .with_information_schema(true)
            .with_target_partitions(threads)
            .with_batch_size(rows.max(1));
        #[cfg(feature = "cluster")]
        if options.cluster.is_some() {
            let groups = options.threads.unwrap_or(crate::cluster::GROUPS);
            config = crate::cluster::Cluster::prepare(config.with_target_partitions(groups));
        }
        // As in Athena, and wherever else these logs are asked in SQL.
        "nulls_last".clone_into(&mut config.options_mut().sql_parser.default_null_ordering);
        let execution = &mut config.options_mut().execution;
        execution.sort_spill_reservation_bytes = MERGE_BYTES_MAX.min(share / 8);
        let pool = TrackConsumersPool::new(Halves::new(memory), CONSUMERS_NAMED);
        let disk = options
            .spill
            .map_or(DiskManagerMode::OsTmpDirectory, |folder| {
                DiskManagerMode::Directories(vec![folder])
            });
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(disk))
            .with_max_spill_merge_fan_in(MERGED_AT_ONCE)
            .build_arc()?;
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .with_type_planner(Arc::new(AthenaTypes));
        #[cfg(feature = "cluster")]
        let state = match options.cluster {
            Some(_) => crate::cluster::Cluster::rules(state),
            None => state,
        };
        let mut context = SessionContext::new_with_state(state.build());
        functions::register(&mut context, options.knowledge)?;
        context.add_analyzer_rule(Arc::new(LateralUnnest));
        let logs = options.logs;
        // An executor is sent objects and not plans of Parquet, which lack a guard
        // there and have nobody to account to.
        #[cfg(feature = "cluster")]
        let logs = Logs {
            by_rows: logs.by_rows || options.cluster.is_some(),
            ..logs
        };
        let logs = Arc::new(logs);
        for table in LogTable::ALL {
            let provider = LogTableProvider::new(table, Arc::clone(&logs));
            context.register_table(table.name(), Arc::new(provider))?;
        }
        let objects = ObjectsProvider::new(Arc::clone(&logs));
        context.register_table(ObjectsProvider::NAME, Arc::new(objects))?;
        Ok(Self {
            context,
            logs,
            rights: SQLOptions::new().with_allow_dml(options.writes),
            #[cfg(feature = "cluster")]
            cluster: options.cluster.map(Arc::new),
            planning: Mutex::new(()),
        })
    }

    /// The session, to register further tables and functions in. Statements that
    /// are run on it directly have no account.
    #[must_use]
    pub const fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Adds the tables `findings` and `rules`. The findings of a run stay in
    /// `kept`, if it is given.
    ///
    /// # Errors
    /// If there are tables of these names.
    pub fn add_rules(
        &self,
        rules: &Arc<Rulebook>,
        kept: Option<Arc<Kept>>,
    ) -> Result<(), QueryError> {
        let findings = FindingsProvider::new(Arc::clone(&self.logs), Arc::clone(rules));
        let findings = match kept {
            Some(kept) => findings.keeping(kept),
            None => findings,
        };
        let rules = RulesProvider::new(Arc::clone(rules));
        let add = |name, table| self.context.register_table(name, table).map(|_| ());
        add(FindingsProvider::NAME, Arc::new(findings) as _)
            .and_then(|()| add(RulesProvider::NAME, Arc::new(rules) as _))
            .map_err(|e| QueryError::plain(&e))
    }

    /// The statements of a text, which semicolons part.
    ///
    /// # Errors
    /// If it is not SQL.
    pub fn statements(&self, text: &str) -> Result<Vec<Statement>, QueryError> {
        let statements = crate::Statement::parse(text);
        let statements = statements.map_err(|e| QueryError::new(e.to_string()))?;
        let parsed = statements.into_iter().map(crate::Statement::into_parsed);
        Ok(parsed.collect())
    }

    /// Plans the one statement of `text`.
    ///
    /// # Errors
    /// If it is not one statement, or one that cannot be planned: it names
    /// columns, tables or functions that are not there, or mixes types.
    pub async fn sql(&self, text: &str) -> Result<Query, QueryError> {
        let mut statements = self.statements(text)?.into_iter();
        match (statements.next(), statements.next()) {
            (Some(statement), None) => self.run(statement).await,
            (None, _) => Err(QueryError::new("there is no statement to run")),
            (Some(_), Some(_)) => Err(QueryError::new("this is more than one statement")),
        }
    }

    /// Plans a statement. One that defines something (`CREATE VIEW`, `SET`)
    /// takes effect here; nothing else is read before the answer is asked for.
    ///
    /// # Errors
    /// See [`Engine::sql`].
    pub async fn run(&self, statement: Statement) -> Result<Query, QueryError> {
        self.plan(statement).await.map_err(|e| self.explain(&e))
    }

    async fn plan(&self, statement: Statement) -> datafusion::common::Result<Query> {
        let run = Arc::new(Run::default());
        let _alone = self.planning.lock().await;
        let session = self.context.state_ref();
        session.write().config_mut().set_extension(Arc::clone(&run));
        let plan = self.context.state().statement_to_plan(statement).await?;
        self.rights.verify_plan(&plan)?;
        let frame = self.context.execute_logical_plan(plan).await?;
        Ok(Query {
            frame,
            run,
            #[cfg(feature = "cluster")]
            cluster: self.cluster.clone(),
        })
    }

    /// An error of a statement or of its answer in the user's language, with the
    /// nearest names to those that are not there.
    #[must_use]
    pub fn explain(&self, error: &datafusion::error::DataFusionError) -> QueryError {
        QueryError::explain(error, &Names::of(&self.context))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// A statement that is planned, and has its account.
#[derive(Debug, Clone)]
pub struct Query {
    frame: DataFrame,
    run: Arc<Run>,
    #[cfg(feature = "cluster")]
    cluster: Option<Arc<crate::cluster::Cluster>>,
}

impl Query {
    /// The same statement with values for its parameters (`$name`, `$1`).
    ///
    /// # Errors
    /// If a value does not fit its place. Explain it by [`Engine::explain`].
    pub fn with_params(self, values: impl Into<ParamValues>) -> datafusion::common::Result<Self> {
        Ok(Self {
            frame: self.frame.with_param_values(values)?,
            ..self
        })
    }

    /// The columns of the answer. Where tables have one each of a name, the name
    /// of the table stands before it: formats that go by names would lose one.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let schema = self.frame.schema();
        let count = |name: &str| schema.fields().iter().filter(|f| f.name() == name).count();
        let field = |(table, field): (Option<&TableReference>, &FieldRef)| match table {
            Some(table) if count(field.name()) > 1 => {
                let name = format!("{}.{}", table.table(), field.name());
                Field::clone(field).with_name(name).into()
            }
            Some(_) | None => Arc::clone(field),
        };
        let fields: Vec<FieldRef> = schema.iter().map(field).collect();
        let metadata = schema.metadata().clone();
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }

    /// The statement as `DataFusion` has it, to limit, write or explain it.
    #[must_use]
    pub const fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// The same statement with a frame that was made of its own.
    #[must_use]
    pub fn with_frame(self, frame: DataFrame) -> Self {
        Self { frame, ..self }
    }

    /// What is read and what could not be. Complete when the answer is.
    #[must_use]
    pub fn account(&self) -> &Account {
        self.run.account()
    }

    /// What the account belongs to; for a progress bar that lives apart.
    #[must_use]
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// The answer, batch by batch. Dropping it ends the reading. Objects are
    /// listed before the first batch.
    ///
    /// # Errors
    /// If sources cannot be listed, or memory and disk do not suffice; those of
    /// the stream itself are of the same kind. Explain them by
    /// [`Engine::explain`].
    pub async fn stream(self) -> datafusion::common::Result<SendableRecordBatchStream> {
        #[cfg(feature = "cluster")]
        if let Some(cluster) = &self.cluster {
            return cluster.stream(self.frame, &self.run).await;
        }
        self.frame.execute_stream().await
    }
}

pub(crate) fn default_memory() -> usize {
    machine::memory_bytes().map_or(MEMORY_BYTES, |all| MEMORY_BYTES.min(all / 2))
}

/// Rows of a batch by the memory that a thread has: a power of two.
fn batch_rows(share: usize) -> usize {
    let rows = share / SHARE_BYTES_PER_ROW;
    let power = rows.checked_ilog2().unwrap_or(0);
    (1 << power).clamp(256, BATCH_ROWS)
}

#[cfg(test)]
mod tests;
