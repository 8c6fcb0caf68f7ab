//! Tables of Amazon Athena.
//!
//! `CREATE EXTERNAL TABLE` is written in the words of Hive. Partition
//! projection: "Use partition projection with Amazon Athena" and "Supported
//! types for partition projection" in the Athena user guide, whose types of a
//! date's column is text.

use std::collections::BTreeSet;

use anyhow::bail;
use flowtrail_table::LogTable;

use super::args::Ddl;
use super::columns::{columns, comment};
use super::partitions::Found;
use super::{RESERVED, Target};

/// Accounts that are listed. The user guide recommends a few dozen at most.
const LISTED_MAX: usize = 48;

/// How Athena computes the partitions of a table.
pub(super) struct Projection<'p> {
    pub(super) account: &'p str,
    pub(super) region: &'p str,
    pub(super) day: &'p str,
    /// The pattern of days, as `java.time` writes it.
    pub(super) format: &'p str,
    /// The first day in that pattern.
    pub(super) first: String,
    /// The folder of a partition, with `${column}`.
    pub(super) template: String,
}

impl Projection<'_> {
    /// The properties of the table.
    ///
    /// # Errors
    /// If there are no regions, or no accounts and each query is not to name one.
    pub(super) fn properties(&self, found: &Found, args: &Ddl) -> anyhow::Result<String> {
        let (account, region, day) = (self.account, self.region, self.day);
        if found.regions.is_empty() || (found.accounts.is_empty() && !args.inject_accounts) {
            bail!(
                "Athena has to know accounts and regions\n\
                 hint: name them with --account and --region, or let queries name the account \
                 with --inject-accounts"
            );
        }
        let inject = args.inject_accounts || found.accounts.len() > LISTED_MAX;
        let mut all = vec![("projection.enabled".to_owned(), "true".to_owned())];
        let mut add = |key: String, value: &str| all.push((key, value.to_owned()));
        if inject {
            add(format!("projection.{account}.type"), "injected");
        } else {
            add(format!("projection.{account}.type"), "enum");
            add(
                format!("projection.{account}.values"),
                &list(&found.accounts),
            );
        }
        add(format!("projection.{region}.type"), "enum");
        add(format!("projection.{region}.values"), &list(&found.regions));
        add(format!("projection.{day}.type"), "date");
        add(format!("projection.{day}.format"), self.format);
        add(
            format!("projection.{day}.range"),
            &format!("{},NOW", self.first),
        );
        add(format!("projection.{day}.interval"), "1");
        add(format!("projection.{day}.interval.unit"), "DAYS");
        add("storage.location.template".to_owned(), &self.template);
        let lines = all.iter().map(|(key, value)| {
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            format!("  '{key}' = '{value}'")
        });
        Ok(lines.collect::<Vec<_>>().join(",\n"))
    }
}

fn list(values: &BTreeSet<String>) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.join(",")
}

/// The table and, where names are reserved, a view with others.
///
/// # Errors
/// Those of [`Projection::properties`].
pub(super) fn statements(
    table: LogTable,
    found: &Found,
    args: &Ddl,
    target: &Target<'_>,
) -> anyhow::Result<Vec<String>> {
    let location = format!("{}/table={table}", target.location);
    let projection = Projection {
        account: "account",
        region: "region",
        day: "day",
        format: "yyyy-MM-dd",
        // Nothing is older than the service.
        first: found
            .first_day
            .map_or_else(|| "2013-11-13".to_owned(), |d| d.to_string()),
        template: format!("{location}/account=${{account}}/region=${{region}}/day=${{day}}"),
    };
    let all = columns(table);
    let lines: Vec<String> = all
        .iter()
        .map(|c| format!("  `{}` {}{}", c.name, c.sql_type, comment(c.doc)))
        .collect();
    let create = format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {} (\n{}\n)\n\
         PARTITIONED BY (`account` string, `region` string, `day` string)\n\
         STORED AS PARQUET\nLOCATION '{}/'\nTBLPROPERTIES (\n{}\n)",
        target.name(table.name(), '`'),
        lines.join(",\n"),
        location.replace('\'', "\\'"),
        projection.properties(found, args)?,
    );
    let names: Vec<&str> = all.iter().map(|c| c.name.as_str()).collect();
    Ok([create]
        .into_iter()
        .chain(plain_view(table, &names, target))
        .collect())
}

/// A view without names that have to be quoted; none where there are none.
pub(super) fn plain_view(table: LogTable, names: &[&str], target: &Target<'_>) -> Option<String> {
    if !names.iter().any(|n| RESERVED.iter().any(|(r, _)| n == r)) {
        return None;
    }
    let all = names.iter().chain(&super::columns::PARTITIONS);
    let lines = all.map(|name| match RESERVED.iter().find(|(r, _)| r == name) {
        Some((reserved, plain)) => format!("  \"{reserved}\" AS {plain}"),
        None => format!("  {name}"),
    });
    Some(format!(
        "CREATE OR REPLACE VIEW {} AS\nSELECT\n{}\nFROM {}",
        target.name(&format!("{table}_plain"), '"'),
        lines.collect::<Vec<_>>().join(",\n"),
        target.name(table.name(), '"'),
    ))
}
