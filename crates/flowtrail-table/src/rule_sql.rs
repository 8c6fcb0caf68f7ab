//! Rules as statements of SQL: what a rule looks for, for whoever wants to ask
//! a little more or a little less than it does.
//!
//! The translation goes from the text of a rule and not from its compiled form,
//! so that it is also a second reading of it: over the same logs a statement
//! finds the records that the matcher finds. In two things a row of a table
//! shows less than its record. A key with `null` in it is, in a column, as
//! absent as no key; and of a field with a column of its own the first value
//! counts, where a record writes the key twice.

mod condition;
mod field;
mod item;
mod text;
mod value;

use std::fmt::Write as _;

use flowtrail_event::Service;
use flowtrail_sigma::{RuleMeta, Services};
use rsigma_parser::{SigmaRule, parse_sigma_yaml};

use crate::schema::LogTable;

use condition::Parts;
use text::Sql;

/// A rule as the condition of a statement over one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSql {
    /// The table.
    pub table: LogTable,
    /// What a row has to fulfil: an expression for `WHERE`, on one line or more.
    pub condition: String,
}

/// Why a rule has no form in SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoStatement(String);

impl NoStatement {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// The columns that a statement shows beside those that its rule asks for.
const CLOUDTRAIL_SHOWN: &str = "time, account, region, principal(useridentity, eventtype, \
     eventsource, sourceipaddress, awsregion) AS principal, eventsource, eventname, \
     sourceipaddress, errorcode, requestparameters, eventid, log_object, log_offset";
const INSIGHTS_SHOWN: &str = "time, account, region, insightdetails, eventid, log_object, \
     log_offset";
const FLOW_SHOWN: &str = "time, account, region, srcaddr, srcport, dstaddr, dstport, protocol, \
     packets, bytes, log_object, log_offset";

impl RuleSql {
    /// The rule that `meta` is of, which stands in `file`, over the tables of
    /// its logs. `file` is the text of the file that it was compiled from.
    ///
    /// # Errors
    /// Why the rule has no form in SQL: it counts over time, or says something
    /// that no expression over one row says.
    pub fn of(file: &str, meta: &RuleMeta, services: Services) -> Result<Vec<Self>, NoStatement> {
        let parsed = parse_sigma_yaml(file).map_err(|e| NoStatement::new(e.to_string()))?;
        let is_it = |rule: &&SigmaRule| match &rule.id {
            Some(id) => *id == meta.id,
            None => rule.title == meta.title,
        };
        let Some(rule) = parsed.rules.iter().find(is_it) else {
            return Err(NoStatement::new(
                "it counts over time, and is no condition on one record",
            ));
        };
        let mut all = Vec::new();
        for table in LogTable::ALL {
            let here: Vec<_> = services
                .iter()
                .filter(|s| LogTable::of(*s) == table)
                .collect();
            if !here.is_empty() {
                let mut sql = Parts::of(&rule.detection, table)?;
                sql.extend(only(table, &here));
                let condition = Sql::And(sql).to_string();
                all.push(Self { table, condition });
            }
        }
        Ok(all)
    }

    /// The whole statement, with what the rule is about above it.
    #[must_use]
    pub fn statement(&self, meta: &RuleMeta) -> String {
        let mut out = String::new();
        let shown = match self.table {
            LogTable::CloudTrail => CLOUDTRAIL_SHOWN,
            LogTable::CloudTrailInsights => INSIGHTS_SHOWN,
            LogTable::VpcFlow | LogTable::TgwFlow => FLOW_SHOWN,
        };
        for line in meta.title.lines() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "-- {line}");
        }
        let condition = &self.condition;
        let _ = writeln!(
            out,
            "SELECT {shown}\nFROM {}\nWHERE {condition}\nORDER BY time",
            self.table
        );
        out
    }
}

/// What keeps records of other logs out that are rows of the same table.
fn only(table: LogTable, services: &[Service]) -> Option<Sql> {
    const NETWORK: &str = "(eventcategory = 'NetworkActivity' OR eventtype = 'AwsVpceEvents')";
    if table != LogTable::CloudTrail {
        return None;
    }
    let has = |service| services.contains(&service);
    match (has(Service::CloudTrail), has(Service::NetworkActivity)) {
        (true, false) => Some(Sql::leaf(format!("{NETWORK} IS NOT TRUE"))),
        (false, true) => Some(Sql::leaf(NETWORK)),
        (true, true) | (false, false) => None,
    }
}

#[cfg(test)]
mod tests;
