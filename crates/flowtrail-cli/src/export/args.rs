//! The arguments of `flowtrail export`.

use std::ffi::OsString;

use clap::{Args, Subcommand, ValueEnum};
use flowtrail_event::EventTime;
use flowtrail_table::LogTable;

use crate::args::time;

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Statements that make tables of compacted logs, or of raw ones, in other engines
    Ddl(Ddl),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  flowtrail export ddl --for duckdb compacted > logs.sql && duckdb -init logs.sql
  flowtrail export ddl --for athena --database security s3://bucket/compacted
  flowtrail export ddl --for athena --location s3://bucket/compacted compacted
  flowtrail export ddl --for spark --table cloudtrail s3://bucket/compacted
  flowtrail export ddl --for athena --raw --account 111122223333 --region eu-west-1 \\
    --first-day 2026-01-01 s3://bucket/AWSLogs

DEST is what `flowtrail compact --to DEST` wrote. Columns, accounts, regions and
days are taken from there, so write the statements anew when an account or a region
is added; those of --account, --region and --first-day are used besides, and
where all three are given DEST is not looked at.

Athena computes its partitions (partition projection): accounts and regions from
a list, the day from the first one to the present. More accounts than are good for a list, or
--inject-accounts, and every query has to name one: WHERE account = '…'. Events
without a time lie in no day, and only engines that list folders see them.
A column whose name is a reserved word has another name in the view NAME_plain.
Engines that list files may see rows of one partition twice while a compaction
publishes it, never too few.

With --raw DEST is the folder of the accounts in a bucket of logs
(s3://bucket/AWSLogs, s3://bucket/AWSLogs/o-…), and nothing is compacted; the
columns of flow logs are those of --flow-format, and partitions are called
log_account, log_region and log_day, the day of delivery.")]
pub(crate) struct Ddl {
    /// The engine
    #[arg(long = "for", value_name = "ENGINE")]
    pub(crate) engine: Dialect,
    /// A folder or s3://bucket/prefix with compacted logs
    #[arg(value_name = "DEST")]
    pub(crate) dest: OsString,
    /// Only this table (repeatable) [default: those that have files]
    #[arg(long = "table", value_name = "TABLE", value_parser = table)]
    pub(crate) tables: Vec<LogTable>,
    /// The database that the tables are made in
    #[arg(long, value_name = "NAME", value_parser = identifier)]
    pub(crate) database: Option<String>,
    /// Where the engine finds the files, if not at DEST
    #[arg(long, value_name = "URL")]
    pub(crate) location: Option<String>,
    /// An account to expect (repeatable)
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = partition)]
    pub(crate) accounts: Vec<String>,
    /// A region to expect (repeatable)
    #[arg(long = "region", value_name = "REGION", value_parser = partition)]
    pub(crate) regions: Vec<String>,
    /// The first day to expect (2026-01-01)
    #[arg(long, value_name = "DAY", value_parser = time)]
    pub(crate) first_day: Option<EventTime>,
    /// For Athena: accounts are not listed, and every query names one
    #[arg(long)]
    pub(crate) inject_accounts: bool,
    /// For Athena: tables over the logs as AWS wrote them
    #[arg(long)]
    pub(crate) raw: bool,
    /// With --raw: columns of flow logs, as AWS writes them
    /// (`${version} ${account-id} …`) [default: the default format of version 2]
    #[arg(long, value_name = "FIELDS", requires = "raw")]
    pub(crate) flow_format: Option<String>,
}

/// An engine that reads the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// Amazon Athena, with partition projection
    Athena,
    /// Spark SQL
    Spark,
    /// DuckDB: views over the files
    Duckdb,
}

fn table(word: &str) -> Result<LogTable, String> {
    LogTable::from_name(word).ok_or_else(|| {
        let known: Vec<_> = LogTable::ALL.iter().map(|t| t.name()).collect();
        format!("tables are {}", known.join(", "))
    })
}

fn identifier(word: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if word.is_empty() || !word.chars().all(allowed) {
        return Err("a name has letters, digits and `_`".to_owned());
    }
    Ok(word.to_owned())
}

fn partition(word: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if word.is_empty() || !word.chars().all(allowed) {
        return Err("write it as 111122223333 or eu-west-1".to_owned());
    }
    Ok(word.to_owned())
}
