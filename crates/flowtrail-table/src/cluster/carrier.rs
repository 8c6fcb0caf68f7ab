//! A scan in a scheduler: nothing that is run, something that is divided.
//!
//! A scheduler of Ballista gives each task some of the partitions of a plan, and
//! knows how to do that with scans of files alone; any other leaf goes to every
//! task whole, and its rows come once for each. So a scan of logs is a scan of
//! files there, one for each group, that are called by their numbers.

use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, not_impl_err};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{
    FileGroup, FileOpener, FileScanConfig, FileScanConfigBuilder, FileSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};
use object_store::ObjectStore;

use super::message::SentScan;

/// The scan that files of a plan stand for.
#[derive(Debug, Clone)]
struct Carrier {
    scan: Arc<SentScan>,
    schema: TableSchema,
    metrics: ExecutionPlanMetricsSet,
}

/// A scan as one of files.
///
/// # Errors
/// If its columns are none.
pub(super) fn carry(scan: SentScan) -> Result<Arc<dyn ExecutionPlan>, String> {
    let groups = 0..scan.groups.len();
    let group = |n: usize| FileGroup::new(vec![PartitionedFile::new(n.to_string(), 0)]);
    let groups = groups.map(group).collect();
    let source = Carrier {
        schema: TableSchema::from(scan.schema()?),
        scan: Arc::new(scan),
        metrics: ExecutionPlanMetricsSet::new(),
    };
    let files = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source));
    let files = files.with_file_groups(groups).build();
    Ok(DataSourceExec::from_data_source(files))
}

/// The scan of the groups that are left of the files that `plan` reads; `None`
/// if it is something else.
pub(super) fn carried(plan: &Arc<dyn ExecutionPlan>) -> Option<SentScan> {
    let plan = plan.downcast_ref::<DataSourceExec>()?;
    let files = plan.data_source().downcast_ref::<FileScanConfig>()?;
    let source = files.file_source().as_ref().downcast_ref::<Carrier>()?;
    let names = files.file_groups.iter().flat_map(FileGroup::iter);
    let numbers = names.map(|f| f.object_meta.location.as_ref().parse().ok());
    let numbers: Option<Vec<usize>> = numbers.collect();
    Some(source.scan.of_groups(&numbers?))
}

impl FileSource for Carrier {
    fn create_file_opener(
        &self,
        _: Arc<dyn ObjectStore>,
        _: &FileScanConfig,
        _: usize,
    ) -> Result<Arc<dyn FileOpener>> {
        not_impl_err!("a scheduler reads no logs")
    }

    fn table_schema(&self) -> &TableSchema {
        &self.schema
    }

    fn with_batch_size(&self, _: usize) -> Arc<dyn FileSource> {
        Arc::new(self.clone())
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &'static str {
        "logs"
    }

    fn supports_repartitioning(&self) -> bool {
        false
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }
}
