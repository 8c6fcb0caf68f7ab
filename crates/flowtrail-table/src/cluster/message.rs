//! A scan as it is sent: the table, its columns and filters, and the objects of
//! each group. No credentials.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan as _;
use datafusion_proto::bytes::Serializeable as _;
use flowtrail_event::{EventTime, Limits};
use flowtrail_flowlog::Format;
use flowtrail_scan::TimeSpan;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::report::Reported;
use crate::rows::{ColumnPath, Exactness, Predicate, RowPlan};
use crate::scan::{LogScanExec, Logs};
use crate::schema::LogTable;
use crate::store::{LogObject, SentObjects, SentSource, Source};

/// What a message is written by. Another version may read a table, a filter or
/// an account in another way, so nothing else of its message is looked at.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The name of a group: the same objects in the same order have the same.
pub(super) fn group_key(group: &[LogObject]) -> String {
    let mut hash = Sha256::new();
    for object in group {
        hash.update(object.name());
        hash.update(b"\n");
    }
    let digest = hash.finalize();
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// The part of a message that every version can read.
#[derive(Deserialize)]
struct Written {
    flowtrail: String,
}

/// A scan of some groups of objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentScan {
    flowtrail: String,
    table: String,
    columns: Vec<Vec<String>>,
    /// What the columns are called in the plan.
    names: Vec<String>,
    /// Filters that the scan decides, each as protobuf in base 64, and whether
    /// nobody looks at it again.
    filters: Vec<(String, bool)>,
    fetch: Option<usize>,
    /// What relative paths are below.
    base: PathBuf,
    sources: Vec<SentSource>,
    since: Option<i64>,
    until: Option<i64>,
    flow_format: Option<String>,
    pub(super) groups: Vec<SentGroup>,
}

/// A group of objects, and the name that it goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentGroup {
    key: String,
    objects: SentObjects,
}

impl SentScan {
    /// A scan as it is sent.
    ///
    /// # Errors
    /// If something of it is in this process alone.
    pub(super) fn of(scan: &LogScanExec) -> Result<Self, String> {
        let logs = scan.logs();
        if logs.limits != Limits::default() {
            return Err("limits other than the default ones are not sent to a cluster".to_owned());
        }
        let base = std::env::current_dir()
            .map_err(|e| format!("cannot tell where relative paths begin: {e}"))?;
        let format = logs.flow_format.as_ref().map(|f| {
            let names: Vec<_> = f.columns().iter().map(|c| c.name.as_str()).collect();
            names.join(" ")
        });
        let groups = scan.groups().iter().map(|group| {
            Ok(SentGroup {
                key: group_key(group),
                objects: SentObjects::of(group)?,
            })
        });
        let schema = scan.schema();
        let columns = scan.columns().iter();
        Ok(Self {
            flowtrail: VERSION.to_owned(),
            table: scan.table().name().to_owned(),
            columns: columns.map(|c| c.names().to_vec()).collect(),
            names: schema.fields().iter().map(|f| f.name().clone()).collect(),
            filters: filters(scan)?,
            fetch: datafusion::physical_plan::ExecutionPlan::fetch(scan),
            base,
            sources: logs
                .sources
                .iter()
                .map(SentSource::of)
                .collect::<Result<_, _>>()?,
            since: logs.span.since.map(|t| t.0),
            until: logs.span.until.map(|t| t.0),
            flow_format: format,
            groups: groups.collect::<Result<_, String>>()?,
        })
    }

    /// The scan in the bytes of a message.
    ///
    /// # Errors
    /// If another version wrote them, or they are damaged.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let damaged = |e: serde_json::Error| format!("cannot read a scan that was sent: {e}");
        let Written { flowtrail } = serde_json::from_slice(bytes).map_err(damaged)?;
        if flowtrail != VERSION {
            return Err(format!(
                "the query was asked by Flowtrail {flowtrail}, and this part of the cluster is \
                 Flowtrail {VERSION}\nhint: use one version for the query, the scheduler and executors"
            ));
        }
        serde_json::from_slice(bytes).map_err(damaged)
    }

    /// The bytes of a message.
    pub(super) fn write(&self) -> Result<Vec<u8>, String> {
        serde_json::to_vec(self).map_err(|e| format!("cannot write a scan: {e}"))
    }

    /// The same scan of those of its groups.
    pub(super) fn of_groups(&self, groups: &[usize]) -> Self {
        let group = |at: &usize| self.groups.get(*at).cloned();
        Self {
            groups: groups.iter().filter_map(group).collect(),
            ..self.clone()
        }
    }

    fn table(&self) -> Result<LogTable, String> {
        let table = LogTable::from_name(&self.table);
        table.ok_or_else(|| format!("there is no table `{}`", self.table))
    }

    fn columns(&self) -> Vec<ColumnPath> {
        self.columns.iter().map(ColumnPath::new).collect()
    }

    /// The columns that come out.
    pub(super) fn schema(&self) -> Result<SchemaRef, String> {
        let plan = RowPlan::new(self.table()?, &self.columns(), None);
        let plan = plan.map_err(|e| e.to_string())?;
        Ok(plan.renamed(&self.names).schema())
    }

    /// The scan, which opens buckets by `open` and reports as `executor`.
    ///
    /// # Errors
    /// If a bucket cannot be opened, or what came is not what was sent.
    pub(super) fn scan(
        &self,
        context: &TaskContext,
        executor: &str,
        open: impl Fn(&str) -> Result<Source, String>,
    ) -> Result<LogScanExec, String> {
        let filters = self.read_filters(context)?;
        let source = |source: &SentSource| match source {
            SentSource::Local => Ok(Source::Local(self.base.clone())),
            SentSource::Bucket(name) => open(name),
        };
        let format = self.flow_format.as_deref().map(Format::parse);
        let sources: Arc<[Source]> = self.sources.iter().map(source).collect::<Result<_, _>>()?;
        let groups = self.groups.iter();
        let groups = groups.map(|g| Ok(g.objects.objects(&self.base, &sources)?.into()));
        let groups = groups.collect::<Result<_, String>>()?;
        let logs = Logs {
            sources,
            span: TimeSpan {
                since: self.since.map(EventTime),
                until: self.until.map(EventTime),
            },
            flow_format: format.transpose().map_err(|e| e.to_string())?,
            ..Logs::default()
        };
        let keys = self.groups.iter().map(|g| g.key.clone()).collect();
        let told = |e: datafusion::error::DataFusionError| e.to_string();
        let (table, columns) = (self.table()?, self.columns());
        let scan = LogScanExec::try_new(Arc::new(logs), table, columns.clone(), filters, groups);
        let scan = scan.and_then(|scan| scan.giving(columns, &self.names));
        let scan = scan.map_err(told)?.with_limit(self.fetch);
        Ok(scan.reporting(Reported::new(executor, keys)))
    }

    fn read_filters(&self, context: &TaskContext) -> Result<Arc<[Expr]>, String> {
        let read = |text: &String| {
            let bytes = BASE64.decode(text).map_err(|e| e.to_string())?;
            Expr::from_bytes_with_ctx(&bytes, context).map_err(|e| e.to_string())
        };
        let filters = self.filters.iter().map(|(text, _)| read(text));
        let filters = filters.collect::<Result<Vec<_>, _>>();
        let filters = filters.map_err(|e| format!("cannot read a filter that was sent: {e}"))?;
        let (_, decided) = Predicate::compile(self.table()?, &filters);
        // Of these nobody looks at the rows again.
        let exact = self.filters.iter().zip(&decided);
        if exact
            .clone()
            .any(|((_, e), d)| *e && *d != Exactness::Exact)
        {
            return Err("a filter means something else here than where it was asked".to_owned());
        }
        Ok(filters.into())
    }
}

/// The filters that a scan decides. The others had their say in the listing.
fn filters(scan: &LogScanExec) -> Result<Vec<(String, bool)>, String> {
    let (_, decided) = Predicate::compile(scan.table(), scan.filters());
    let filters = scan.filters().iter().zip(decided);
    let filters = filters.filter(|(_, d)| *d != Exactness::Unsupported);
    filters
        .map(|(filter, decided)| {
            let bytes = filter.to_bytes();
            let bytes = bytes.map_err(|e| format!("cannot send the filter `{filter}`: {e}"))?;
            Ok((BASE64.encode(bytes), decided == Exactness::Exact))
        })
        .collect()
}
