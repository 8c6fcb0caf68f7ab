//! The values that columns are compared with, and the time they stand for.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};
use flowtrail_event::EventTime;

use super::Role;

const DAY_MILLIS: i64 = 86_400_000;

/// A value that is known, seen through casts that the planner left.
pub(super) fn literal(expr: &Expr) -> Option<&ScalarValue> {
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

pub(super) fn text(value: &ScalarValue) -> Option<&str> {
    value.try_as_str().flatten()
}

/// The name that `op value` asks for, if it asks for one.
pub(super) fn named(op: Operator, value: &ScalarValue) -> Option<String> {
    let equal = matches!(op, Operator::Eq | Operator::IsNotDistinctFrom);
    text(value).filter(|_| equal).map(str::to_owned)
}

/// The time that a value stands for: from its first millisecond to the first
/// one behind it.
pub(super) fn span(role: Role, value: &ScalarValue) -> Option<(i64, i64)> {
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
pub(super) fn text_begin(text: &str) -> Option<EventTime> {
    let day = first_day(text)?;
    Some(EventTime(day.0.saturating_sub(DAY_MILLIS)))
}

/// A time behind all whose text begins with `text`, or sorts before it.
pub(super) fn text_end(text: &str) -> Option<EventTime> {
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
