//! Tables of Athena over raw logs, in the forms that AWS's pages give: "Create
//! a table for CloudTrail logs in Athena using partition projection" and
//! "Create a table for Amazon VPC flow logs and query it" in the Athena user
//! guide.

use anyhow::{Context as _, bail};
use flowtrail_flowlog::{DEFAULT_VPC_FORMAT, field};
use flowtrail_table::{LogTable, Origin};

use super::Target;
use super::args::Ddl;
use super::athena::Projection;
use super::columns::comment;
use super::partitions::Found;

/// The tables that can be made over raw logs.
const TABLES: [LogTable; 3] = [
    LogTable::CloudTrail,
    LogTable::CloudTrailInsights,
    LogTable::VpcFlow,
];

/// One table for each sort of log.
///
/// # Errors
/// If a table can not be made, or a field of the flow logs is none.
pub(super) fn statements(args: &Ddl, target: &Target<'_>) -> anyhow::Result<Vec<String>> {
    let tables = if args.tables.is_empty() {
        &TABLES[..]
    } else {
        &args.tables
    };
    let found = Found::said(args);
    let statement = |table: &LogTable| -> anyhow::Result<String> {
        let (folder, columns, form) = match table {
            LogTable::CloudTrail => ("CloudTrail", of_records(*table), CLOUDTRAIL),
            LogTable::CloudTrailInsights => ("CloudTrail-Insight", of_records(*table), CLOUDTRAIL),
            LogTable::VpcFlow => ("vpcflowlogs", of_lines(args)?, FLOWS),
            LogTable::TgwFlow => bail!(
                "AWS gives no form for raw `tgwflow`\nhint: `flowtrail compact` makes a table of it"
            ),
        };
        let properties = properties(args, target, &found, folder)?;
        let skip = if *table == LogTable::VpcFlow {
            "  'skip.header.line.count' = '1',\n"
        } else {
            ""
        };
        let location = target.location.replace('\'', "\\'");
        Ok(format!(
            "CREATE EXTERNAL TABLE IF NOT EXISTS {} (\n{}\n)\n\
             PARTITIONED BY (`log_account` string, `log_region` string, `log_day` string)\n\
             {form}\nLOCATION '{location}/'\nTBLPROPERTIES (\n{skip}{properties}\n)",
            target.name(&format!("{table}_raw"), '`'),
            columns.join(",\n"),
        ))
    };
    tables.iter().map(statement).collect()
}

/// How Athena reads `CloudTrail`.
const CLOUDTRAIL: &str = "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n\
    STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n\
    OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'";

/// How Athena reads flow logs as text.
const FLOWS: &str = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ' '";

fn properties(
    args: &Ddl,
    target: &Target<'_>,
    found: &Found,
    folder: &str,
) -> anyhow::Result<String> {
    let Some(first) = found.first_day else {
        bail!("Athena has to know the first day of raw logs\nhint: name it with --first-day");
    };
    let projection = Projection {
        account: "log_account",
        region: "log_region",
        day: "log_day",
        format: "yyyy/MM/dd",
        first: first.to_string().replace('-', "/"),
        template: format!(
            "{}/${{log_account}}/{folder}/${{log_region}}/${{log_day}}",
            target.location
        ),
    };
    projection.properties(found, args)
}

/// The fields of records. The reader of JSON finds them by their names in lower
/// case.
fn of_records(table: LogTable) -> Vec<String> {
    let fields = table.columns().iter();
    let fields = fields.filter(|c| matches!(c.origin, Origin::Field(_)));
    let lines = fields.map(|c| format!("  `{}` {}{}", c.name, c.sql_type(), comment(c.doc)));
    lines.collect()
}

/// The fields of lines, in the order in which they stand there.
fn of_lines(args: &Ddl) -> anyhow::Result<Vec<String>> {
    let text = args.flow_format.as_deref().unwrap_or(DEFAULT_VPC_FORMAT);
    flowtrail_flowlog::Format::parse(text).context("cannot read --flow-format")?;
    let names = text.split_whitespace().map(|word| {
        let bare = word.strip_prefix("${").and_then(|w| w.strip_suffix('}'));
        bare.unwrap_or(word)
    });
    let line = |name: &str| -> anyhow::Result<String> {
        let info = field(name).with_context(|| format!("there is no flow-log field `{name}`"))?;
        let name = info.column_name();
        let column = LogTable::VpcFlow.column(&name);
        let sql_type =
            column.map_or_else(|| "string".to_owned(), flowtrail_table::Column::sql_type);
        Ok(format!("  `{name}` {sql_type}{}", comment(info.doc)))
    };
    names.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowtrail_table::{Column, Holds};

    /// A column that the reader of JSON would look for under another name than
    /// the record's would be null for ever.
    #[test]
    fn columns_are_called_as_the_fields_of_records() {
        fn check(column: &Column) {
            if let Some(path) = column.path() {
                let last = path.rsplit('.').next().unwrap();
                assert_eq!(column.name, last.to_lowercase(), "{path}");
            }
            if let Holds::Struct(fields) | Holds::List(fields) = &column.holds {
                fields.iter().for_each(check);
            }
        }
        for table in [LogTable::CloudTrail, LogTable::CloudTrailInsights] {
            table.columns().iter().for_each(check);
        }
    }
}
