//! Compacted files are read by columns, with `DataFusion`'s own scan of Parquet:
//! row groups and pages that statistics or Bloom filters rule out are not read,
//! filters are applied while columns are decoded, and of a struct only the
//! fields that are wanted are read.
//!
//! What is ours around it: the files are those that a manifest names; account,
//! region and day come from there; each file is in the account of the
//! statement; and one that is damaged or gone makes the answer partial instead
//! of ending it, as any other object does.
//!
//! Files that columns do not suffice for are read row by row: those of records
//! whose account or region cannot be the name of a folder, and, where the
//! column `record` is wanted, those of flow logs, which have their text in
//! pieces.

mod file;
mod guard;
mod source;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics};
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, col, lit, utils::conjunction};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion_datasource::PartitionedFile;
use flowtrail_event::{EventTime, Kind};
use flowtrail_scan::TimeSpan;
use object_store::path::Path;

use super::Run;
use crate::compact::{Part, UNFIT, UNKNOWN};
use crate::schema::{Column, LogTable, Origin};
use crate::store::{LogObject, StoredPart, share};
use file::{Files, Scanned};
use guard::Watch;
use source::ColumnSource;

/// Bytes at the end of a file that are asked for first: its footer and most
/// often its page index.
const FOOTER_BYTES: usize = 256 << 10;

/// What is wanted of the compacted files of a table.
pub(super) struct Wish<'w> {
    pub(super) table: LogTable,
    /// Columns of the table by their indices, in the order of the answer.
    pub(super) columns: Vec<usize>,
    /// Filters that rows of the answer have passed.
    pub(super) filters: Vec<&'w Expr>,
    pub(super) span: TimeSpan,
    pub(super) limit: Option<usize>,
}

impl Wish<'_> {
    /// Whether the columns of a file suffice for it.
    pub(super) fn suits(&self, object: &LogObject) -> bool {
        let Some(part) = object.part().map(|p| &p.part) else {
            return false;
        };
        let in_pieces = self.table.kind() == Kind::Flow && self.wants_record();
        let named = part.account != UNFIT && part.region != UNFIT;
        part.table == self.table.name() && named && !in_pieces
    }

    fn wants_record(&self) -> bool {
        let columns = self.table.columns();
        let mut wanted = self.needed().into_iter().filter_map(|n| columns.get(n));
        wanted.any(|c| c.origin == Origin::Record)
    }

    /// The columns of the answer and of the filters.
    fn needed(&self) -> BTreeSet<usize> {
        let all = self.table.columns();
        let index = |name: &str| all.iter().position(|c| c.name == name);
        let mut needed: BTreeSet<usize> = self.columns.iter().copied().collect();
        for filter in &self.filters {
            needed.extend(filter.column_refs().iter().filter_map(|c| index(&c.name)));
        }
        if self.span != TimeSpan::default() {
            needed.extend(all.iter().position(|c| c.origin == Origin::Time));
        }
        needed
    }

    fn condition(&self) -> Option<Expr> {
        let filters = self.filters.iter().map(|f| (*f).clone());
        conjunction(filters.chain(in_span(self.span)))
    }
}

/// The rows of `parts`, all of which suit the wish.
pub(super) fn scan(
    state: &dyn Session,
    run: &Arc<Run>,
    wish: &Wish<'_>,
    parts: Vec<LogObject>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let table = table_schema(wish.table);
    let all = wish.table.columns();
    let needed: Vec<usize> = wish.needed().into_iter().collect();
    let read: Vec<usize> = needed
        .iter()
        .filter_map(|n| table.table_schema().index_of(&all.get(*n)?.name).ok())
        .collect();
    let condition = wish.condition();
    let limit = wish.limit.filter(|_| condition.is_none());
    let source = source(state, run, &table);
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
        .with_statistics(statistics(table.table_schema(), &parts))
        .with_projection_indices(Some(read))?
        .with_file_groups(groups(
            wish.table,
            parts,
            state.config().target_partitions(),
        ))
        .with_limit(limit)
        .build();
    let mut plan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(config);
    if let Some(condition) = condition {
        let schema = DFSchema::try_from(plan.schema())?;
        let condition = state.create_physical_expr(condition, &schema)?;
        plan = Arc::new(FilterExec::try_new(condition, plan)?);
    }
    if needed == wish.columns {
        return Ok(plan);
    }
    let of_answer = wish.columns.iter().filter_map(|n| all.get(*n));
    let exprs: Result<Vec<ProjectionExpr>> = of_answer
        .map(|column| {
            let expr = PhysicalColumn::new_with_schema(&column.name, &plan.schema())?;
            Ok(ProjectionExpr::new(Arc::new(expr), column.name.clone()))
        })
        .collect();
    Ok(Arc::new(ProjectionExec::try_new(exprs?, plan)?))
}

fn source(state: &dyn Session, run: &Arc<Run>, table: &TableSchema) -> Arc<dyn FileSource> {
    let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
    let watch = Arc::new(Watch::new(Arc::clone(run)));
    let parquet = ParquetSource::new(table.clone())
        .with_metadata_size_hint(FOOTER_BYTES)
        .with_pushdown_filters(true)
        .with_reorder_filters(true)
        .with_enable_page_index(true)
        .with_bloom_filter_on_read(true)
        .with_parquet_file_reader_factory(Arc::new(Files::new(Arc::clone(&watch), cache)));
    Arc::new(ColumnSource::new(Arc::new(parquet), watch))
}

/// The value that a column has in a whole file, which its manifest tells; none
/// for a column that the file itself has.
fn in_whole_file(column: &Column, part: &Part) -> Option<ScalarValue> {
    let known = |name: &String| Some(name.clone()).filter(|n| n != UNKNOWN);
    match column.origin {
        Origin::Account => Some(ScalarValue::Utf8View(known(&part.account))),
        Origin::Region => Some(ScalarValue::Utf8View(known(&part.region))),
        Origin::Day => Some(ScalarValue::Date32(part.day)),
        Origin::Field(_)
        | Origin::Time
        | Origin::ObjectName
        | Origin::ObjectOffset
        | Origin::Record
        | Origin::Rest => None,
    }
}

/// The columns of files, and behind them those of partitions.
fn table_schema(table: LogTable) -> TableSchema {
    let all = table.columns().iter();
    let some = Part::default();
    let (partition, file): (Vec<&Column>, Vec<&Column>) =
        all.partition(|c| in_whole_file(c, &some).is_some());
    let file: Vec<Field> = file.into_iter().map(Column::field).collect();
    let partition = partition
        .into_iter()
        .map(|c| Arc::new(c.field()) as FieldRef);
    TableSchema::builder(Arc::new(Schema::new(file)))
        .with_table_partition_cols(partition.collect::<Vec<_>>())
        .build()
}

/// Files in groups of about as many bytes each.
fn groups(table: LogTable, parts: Vec<LogObject>, partitions: usize) -> Vec<FileGroup> {
    let count = partitions.min(parts.len());
    let shares = share(parts, count).into_iter();
    let file = |object: &LogObject| Some(partitioned(table, object, object.part()?));
    shares
        .map(|objects| FileGroup::new(objects.iter().filter_map(file).collect()))
        .collect()
}

fn partitioned(table: LogTable, object: &LogObject, stored: &Arc<StoredPart>) -> PartitionedFile {
    let part = &stored.part;
    let mut file = PartitionedFile::new(String::new(), part.bytes);
    file.object_meta.location = Path::from(object.name());
    let columns = table.columns().iter();
    file.partition_values = columns.filter_map(|c| in_whole_file(c, part)).collect();
    file.with_extension(Arc::new(Scanned {
        name: object.name(),
        stored: Arc::clone(stored),
    }))
}

/// For the planner, which decides by it what side of a join is held. Inexact:
/// who counts rows reads every footer, so that a file which is gone is missed.
fn statistics(schema: &SchemaRef, parts: &[LogObject]) -> Statistics {
    let sum = |of: fn(&StoredPart) -> u64| {
        let sum: u64 = parts.iter().filter_map(|o| Some(of(o.part()?))).sum();
        Precision::Inexact(usize::try_from(sum).unwrap_or(usize::MAX))
    };
    let mut statistics = Statistics::new_unknown(schema);
    statistics.num_rows = sum(|p| p.part.rows);
    statistics.total_byte_size = sum(|p| p.part.bytes);
    statistics
}

/// Whether a row is in the span of time that every table is bounded by. One
/// without a time is.
fn in_span(span: TimeSpan) -> Option<Expr> {
    let time = || col("time");
    let at = |t: EventTime| {
        lit(ScalarValue::TimestampMillisecond(
            Some(t.0),
            Some("UTC".into()),
        ))
    };
    let since = span.since.map(|since| time().gt_eq(at(since)));
    let until = span.until.map(|until| time().lt(at(until)));
    let within = conjunction(since.into_iter().chain(until))?;
    Some(time().is_null().or(within))
}

#[cfg(test)]
mod tests;
