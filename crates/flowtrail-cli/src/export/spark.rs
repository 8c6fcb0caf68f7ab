//! Tables of Spark SQL. Spark lists the partitions by itself when it is told
//! to; without that a table is empty.

use flowtrail_table::LogTable;

use super::columns::{columns, comment};
use super::{Target, quoted};

/// The table, and the statement that finds its partitions.
pub(super) fn statements(table: LogTable, target: &Target<'_>) -> Vec<String> {
    let columns = columns(table).into_iter();
    let mut lines: Vec<String> = columns
        .map(|c| format!("  `{}` {}{}", c.name, c.sql_type, comment(c.doc)))
        .collect();
    for (name, sql_type) in [("account", "string"), ("region", "string"), ("day", "date")] {
        lines.push(format!("  `{name}` {sql_type}"));
    }
    let name = target.name(table.name(), '`');
    // Spark knows the file system of Hadoop, in which a bucket is `s3a`.
    let location = match target.location.strip_prefix("s3://") {
        Some(rest) => format!("s3a://{rest}"),
        None => target.location.clone(),
    };
    let location = quoted(&format!("{location}/table={table}")).replace("''", "\\'");
    vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {name} (\n{}\n)\nUSING PARQUET\n\
             PARTITIONED BY (`account`, `region`, `day`)\nLOCATION {location}",
            lines.join(",\n"),
        ),
        format!("MSCK REPAIR TABLE {name}"),
    ]
}
