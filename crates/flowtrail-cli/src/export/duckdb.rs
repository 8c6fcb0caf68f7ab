//! Views of `DuckDB` over the files: it reads columns and their types from
//! these, and partitions from their paths.

use flowtrail_table::LogTable;

use super::athena::plain_view;
use super::columns::{PARTITIONS, columns};
use super::{Target, quoted};

/// What has to be there before: the database, and for a bucket the reader of
/// buckets with the credentials that AWS's own tools would take.
pub(super) fn before(target: &Target<'_>) -> Vec<String> {
    let mut all = Vec::new();
    if target.location.starts_with("s3://") {
        all.extend(["INSTALL httpfs", "LOAD httpfs", "INSTALL aws", "LOAD aws"].map(str::to_owned));
        all.push(
            "CREATE OR REPLACE SECRET flowtrail (TYPE s3, PROVIDER credential_chain)".to_owned(),
        );
    }
    if let Some(database) = target.database {
        all.push(format!("CREATE SCHEMA IF NOT EXISTS \"{database}\""));
    }
    all
}

/// The view, and where names are reserved another without them. The types of
/// partitions are given: an account is no number, and may begin with a zero.
pub(super) fn statements(table: LogTable, target: &Target<'_>) -> Vec<String> {
    let all = columns(table);
    let names: Vec<&str> = all.iter().map(|c| c.name.as_str()).collect();
    let lines = names
        .iter()
        .chain(&PARTITIONS)
        .map(|n| format!("  \"{n}\""));
    let files = format!("{}/table={table}/*/*/*/*.parquet", target.location);
    let view = format!(
        "CREATE OR REPLACE VIEW {} AS\nSELECT\n{}\nFROM read_parquet(\n  {},\n  \
         hive_partitioning = true,\n  hive_types = {{'account': VARCHAR, 'region': VARCHAR, \
         'day': DATE}},\n  union_by_name = true\n)",
        target.name(table.name(), '"'),
        lines.collect::<Vec<_>>().join(",\n"),
        quoted(&files),
    );
    [view]
        .into_iter()
        .chain(plain_view(table, &names, target))
        .collect()
}
