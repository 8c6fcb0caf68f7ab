//! What a `WHERE` says of time, account and region: enough to leave out folders
//! before they are listed.
//!
//! The bounds may be wider than the filters, never narrower: rows are judged by
//! the filters themselves. Time in folders is not as fine as a day plus its
//! lateness, so a text that is compared with `eventtime` is taken by its day.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::expr::{Between, BinaryExpr, InList, Like};
use datafusion::logical_expr::{Expr, Operator};
use flowtrail_event::EventTime;

use crate::schema::LogTable;

const DAY_MILLIS: i64 = 86_400_000;

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

fn column_role(table: LogTable, column: &Column) -> Option<Role> {
    let of_trail = match table {
        LogTable::CloudTrail | LogTable::CloudTrailInsights => true,
        LogTable::VpcFlow | LogTable::TgwFlow => false,
    };
    match column.name.as_str() {
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

/// A value that is known, seen through casts that the planner left.
fn literal(expr: &Expr) -> Option<&ScalarValue> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "an expression of any other kind is no value that is known"
    )]
    match expr {
        Expr::Literal(value, _) if !value.is_null() => Some(value),
        Expr::Alias(alias) => literal(&alias.expr),
        _ => None,
    }
}

fn text(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}

/// The name that `op value` asks for, if it asks for one.
fn named(op: Operator, value: &ScalarValue) -> Option<String> {
    let equal = matches!(op, Operator::Eq | Operator::IsNotDistinctFrom);
    text(value).filter(|_| equal).map(str::to_owned)
}

/// The time that a value stands for: from its first millisecond to the first
/// one behind it.
fn span(role: Role, value: &ScalarValue) -> Option<(i64, i64)> {
    match role {
        Role::TimeText => {
            let text = text(value)?;
            Some((text_begin(text)?.0, text_end(text)?.0))
        }
        Role::Secs | Role::StartSecs => {
            let secs = integer(value)?;
            let end = secs.checked_add(1)?.checked_mul(1000)?;
            Some((secs.checked_mul(1000)?, end))
        }
        Role::Day => {
            let (begin, end) = instant(value)?;
            let begin = begin.div_euclid(DAY_MILLIS).checked_mul(DAY_MILLIS)?;
            let last = end.checked_sub(1)?.div_euclid(DAY_MILLIS);
            Some((begin, last.checked_add(1)?.checked_mul(DAY_MILLIS)?))
        }
        Role::Time | Role::StartTime => instant(value),
        Role::Account | Role::Region => None,
    }
}

fn integer(value: &ScalarValue) -> Option<i64> {
    let ScalarValue::Int64(secs) = value.cast_to(&DataType::Int64).ok()? else {
        return None;
    };
    secs.filter(|_| value.data_type().is_integer())
}

/// The milliseconds that a timestamp or a date covers.
fn instant(value: &ScalarValue) -> Option<(i64, i64)> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a value of any other type is no time"
    )]
    let (begin, last) = match value {
        ScalarValue::TimestampSecond(Some(n), _) => {
            let begin = n.checked_mul(1000)?;
            (begin, begin)
        }
        ScalarValue::TimestampMillisecond(Some(n), _) => (*n, *n),
        ScalarValue::TimestampMicrosecond(Some(n), _) => round(*n, 1000),
        ScalarValue::TimestampNanosecond(Some(n), _) => round(*n, 1_000_000),
        ScalarValue::Date32(Some(days)) => {
            let begin = i64::from(*days).checked_mul(DAY_MILLIS)?;
            (begin, begin)
        }
        ScalarValue::Date64(Some(n)) => (*n, *n),
        _ => return None,
    };
    Some((begin, last.checked_add(1)?))
}

/// A time in `parts` of a millisecond, rounded down and up.
const fn round(n: i64, parts: i64) -> (i64, i64) {
    let down = n.div_euclid(parts);
    let up = if n.rem_euclid(parts) == 0 {
        down
    } else {
        down + 1
    };
    (down, up)
}

/// The earliest time whose text can begin with `text`, or sort behind it. A day
/// earlier, because a text may be written in another zone.
fn text_begin(text: &str) -> Option<EventTime> {
    let day = first_day(text)?;
    Some(EventTime(day.0.saturating_sub(DAY_MILLIS)))
}

/// A time behind all whose text begins with `text`, or sorts before it.
fn text_end(text: &str) -> Option<EventTime> {
    let day = first_day(text)?.0;
    // The whole of what the text names, and a day for the zone.
    let days = match text.len() {
        0..7 => 366,
        7..10 => 31,
        _ => 1,
    };
    Some(EventTime(day.saturating_add((days + 1) * DAY_MILLIS)))
}

/// The first day of the year, month or day that `text` begins with.
fn first_day(text: &str) -> Option<EventTime> {
    let day = match (text.get(..10), text.get(..7), text.get(..4)) {
        (Some(day), _, _) => day.to_owned(),
        (None, Some(month), _) => format!("{month}-01"),
        (None, None, Some(year)) => format!("{year}-01-01"),
        (None, None, None) => return None,
    };
    EventTime::parse(format!("{day}T00:00:00Z").as_bytes())
}

#[cfg(test)]
mod tests;
