//! What a `WHERE` says of time, account and region: enough to leave out folders
//! before they are listed.
//!
//! The bounds may be wider than the filters, never narrower: rows are judged by
//! the filters themselves. Time in folders is not as fine as a day plus its
//! lateness, so a text that is compared with `eventtime` is taken by its day.

mod value;

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::expr::{Between, BinaryExpr, InList, Like};
use datafusion::logical_expr::{Expr, Operator};
use flowtrail_event::EventTime;

use crate::rows::ColumnPath;
use crate::schema::LogTable;
use value::{literal, named, span, text, text_begin, text_end};

/// How long before a flow's end it may have begun: an aggregation interval is
/// ten minutes at most, and both ends may be a minute off.
const FLOW_MILLIS_MAX: i64 = 3_600_000;

/// A box around the rows that filters let through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// No row is before it.
    pub(crate) since: Option<EventTime>,
    /// Every row is before it.
    pub(crate) until: Option<EventTime>,
    /// Accounts of the rows, if they are told.
    pub(crate) accounts: Option<BTreeSet<String>>,
    /// Regions of the rows, if they are told.
    pub(crate) regions: Option<BTreeSet<String>>,
}

/// What a column, or an expression over one, tells of where a row lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The time of the event, as a timestamp.
    Time,
    /// The time of the event as AWS writes it: a text that sorts by time.
    TimeText,
    /// Its day.
    Day,
    /// Its time in seconds.
    Secs,
    /// When a flow began, as a timestamp.
    StartTime,
    /// When a flow began, in seconds.
    StartSecs,
    /// The account that the record belongs to.
    Account,
    /// Its region.
    Region,
}

impl Bounds {
    /// The bounds of the conjunction of `filters` over `table`.
    pub(crate) fn of(table: LogTable, filters: &[Expr]) -> Self {
        let each = filters.iter().map(|f| Self::of_one(table, f));
        each.fold(Self::default(), Self::and)
    }

    /// The bounds of what lies in both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            since: self.since.max(other.since),
            until: match (self.until, other.until) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (one, other) => one.or(other),
            },
            accounts: both(self.accounts, other.accounts),
            regions: both(self.regions, other.regions),
        }
    }

    /// The bounds of what lies in either.
    fn or(self, other: Self) -> Self {
        Self {
            since: self.since.zip(other.since).map(|(a, b)| a.min(b)),
            until: self.until.zip(other.until).map(|(a, b)| a.max(b)),
            accounts: either(self.accounts, other.accounts),
            regions: either(self.regions, other.regions),
        }
    }

    fn of_one(table: LogTable, filter: &Expr) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "an expression of any other kind bounds nothing, also one that a later DataFusion has"
        )]
        match filter {
            Expr::Alias(alias) => Self::of_one(table, &alias.expr),
            Expr::BinaryExpr(binary) => Self::of_binary(table, binary),
            Expr::Between(Between {
                expr,
                negated: false,
                low,
                high,
            }) => {
                let low = Self::compared(table, expr, Operator::GtEq, low);
                low.and(Self::compared(table, expr, Operator::LtEq, high))
            }
            Expr::InList(InList {
                expr,
                list,
                negated: false,
            }) => {
                let each = list
                    .iter()
                    .map(|item| Self::compared(table, expr, Operator::Eq, item));
                each.reduce(Self::or).unwrap_or_default()
            }
            Expr::Like(like) => Self::of_like(table, like),
            _ => Self::default(),
        }
    }

    fn of_binary(table: LogTable, binary: &BinaryExpr) -> Self {
        let (left, right, op) = (binary.left.as_ref(), binary.right.as_ref(), binary.op);
        if op == Operator::And {
            return Self::of_one(table, left).and(Self::of_one(table, right));
        }
        if op == Operator::Or {
            return Self::of_one(table, left).or(Self::of_one(table, right));
        }
        match (literal(left), op.swap()) {
            (Some(_), Some(swapped)) => Self::compared(table, right, swapped, left),
            (Some(_) | None, _) => Self::compared(table, left, op, right),
        }
    }

    /// `eventtime LIKE '2026-03-01%'`, as people write who think in days.
    fn of_like(table: LogTable, like: &Like) -> Self {
        let plain = !like.negated && !like.case_insensitive && like.escape_char.is_none();
        let is_text = role(table, &like.expr) == Some(Role::TimeText);
        let pattern = literal(&like.pattern).and_then(text);
        let Some(pattern) = pattern.filter(|_| plain && is_text) else {
            return Self::default();
        };
        let fixed = pattern.split(['%', '_']).next().unwrap_or_default();
        Self {
            since: text_begin(fixed),
            until: text_end(fixed),
            ..Self::default()
        }
    }

    /// The bounds of `expr op value`.
    fn compared(table: LogTable, expr: &Expr, op: Operator, value: &Expr) -> Self {
        let (Some(role), Some(value)) = (role(table, expr), literal(value)) else {
            return Self::default();
        };
        match role {
            Role::Account => named(op, value).map_or_else(Self::default, |name| Self {
                accounts: Some(BTreeSet::from([name])),
                ..Self::default()
            }),
            Role::Region => named(op, value).map_or_else(Self::default, |name| Self {
                regions: Some(BTreeSet::from([name])),
                ..Self::default()
            }),
            Role::Time
            | Role::TimeText
            | Role::Day
            | Role::Secs
            | Role::StartTime
            | Role::StartSecs => match span(role, value) {
                Some((begin, end)) => Self::in_time(role, op, begin, end),
                None => Self::default(),
            },
        }
    }

    /// The bounds of `column op value`, where the value stands for the time from
    /// `begin` to `end`, which lies behind it.
    fn in_time(role: Role, op: Operator, begin: i64, end: i64) -> Self {
        let begun = matches!(role, Role::StartTime | Role::StartSecs);
        let end = end.saturating_add(if begun { FLOW_MILLIS_MAX } else { 0 });
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "an operator that does not compare bounds nothing"
        )]
        let (since, until) = match op {
            Operator::Eq | Operator::IsNotDistinctFrom => (Some(begin), Some(end)),
            Operator::Gt | Operator::GtEq => (Some(begin), None),
            Operator::Lt | Operator::LtEq => (None, Some(end)),
            _ => (None, None),
        };
        Self {
            since: since.map(EventTime),
            until: until.map(EventTime),
            ..Self::default()
        }
    }
}

fn both(a: Option<BTreeSet<String>>, b: Option<BTreeSet<String>>) -> Option<BTreeSet<String>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.intersection(&b).cloned().collect()),
        (one, other) => one.or(other),
    }
}

fn either(a: Option<BTreeSet<String>>, b: Option<BTreeSet<String>>) -> Option<BTreeSet<String>> {
    let (mut a, b) = a.zip(b)?;
    a.extend(b);
    Some(a)
}

/// What `expr` tells, seen through casts and through the functions by which
/// people make a timestamp.
fn role(table: LogTable, expr: &Expr) -> Option<Role> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an expression of any other kind tells nothing"
    )]
    match expr {
        Expr::Column(column) => column_role(table, column),
        Expr::Alias(alias) => role(table, &alias.expr),
        Expr::Cast(cast) => converted(role(table, &cast.expr)?, cast.field.data_type()),
        Expr::TryCast(cast) => converted(role(table, &cast.expr)?, cast.field.data_type()),
        Expr::ScalarFunction(call) => {
            let [arg] = call.args.as_slice() else {
                return None;
            };
            match (call.name(), role(table, arg)?) {
                (
                    "from_iso8601_timestamp" | "to_timestamp" | "to_timestamp_millis",
                    Role::TimeText,
                ) => Some(Role::Time),
                ("from_unixtime" | "to_timestamp" | "to_timestamp_seconds", Role::Secs) => {
                    Some(Role::Time)
                }
                ("from_unixtime" | "to_timestamp" | "to_timestamp_seconds", Role::StartSecs) => {
                    Some(Role::StartTime)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The role of a column that is cast to `to`.
fn converted(role: Role, to: &DataType) -> Option<Role> {
    let is_time = matches!(to, DataType::Timestamp(..));
    match role {
        Role::Time | Role::TimeText if is_time => Some(Role::Time),
        Role::StartTime if is_time => Some(role),
        Role::Day if is_time || *to == DataType::Date32 => Some(Role::Day),
        Role::Time if *to == DataType::Date32 => Some(Role::Day),
        Role::Secs | Role::StartSecs if to.is_integer() => Some(role),
        Role::Account | Role::Region | Role::TimeText if is_text(to) => Some(role),
        Role::Time
        | Role::TimeText
        | Role::Day
        | Role::Secs
        | Role::StartTime
        | Role::StartSecs
        | Role::Account
        | Role::Region => None,
    }
}

const fn is_text(to: &DataType) -> bool {
    matches!(
        to,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Whether a column tells the time of a record.
pub(super) fn is_time(table: LogTable, path: &ColumnPath) -> bool {
    let role = match path.resolve(table) {
        Some(column) if path.names().len() == 1 => column_role_of(table, &column.name),
        Some(_) | None => None,
    };
    match role {
        Some(
            Role::Time
            | Role::TimeText
            | Role::Day
            | Role::Secs
            | Role::StartTime
            | Role::StartSecs,
        ) => true,
        Some(Role::Account | Role::Region) | None => false,
    }
}

fn column_role(table: LogTable, column: &Column) -> Option<Role> {
    column_role_of(table, &column.name)
}

fn column_role_of(table: LogTable, name: &str) -> Option<Role> {
    let of_trail = match table {
        LogTable::CloudTrail | LogTable::CloudTrailInsights => true,
        LogTable::VpcFlow | LogTable::TgwFlow => false,
    };
    match name {
        "time" => Some(Role::Time),
        "day" => Some(Role::Day),
        "region" => Some(Role::Region),
        "eventtime" if of_trail => Some(Role::TimeText),
        "awsregion" if of_trail => Some(Role::Region),
        "account" => Some(Role::Account),
        "recipientaccountid" if of_trail => Some(Role::Account),
        "account_id" if !of_trail => Some(Role::Account),
        "end" if !of_trail => Some(Role::Secs),
        "start" if !of_trail => Some(Role::StartSecs),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
