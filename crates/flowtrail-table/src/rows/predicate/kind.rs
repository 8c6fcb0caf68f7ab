//! What a column is compared as, and which casts leave its values what they are.

use datafusion::arrow::datatypes::{DataType, TimeUnit};

use super::literal::Literal;
use crate::schema::Holds;

/// What a value of a column is compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    Instant,
}

/// The constant as what `kind` is compared with.
pub(super) fn number(literal: &Literal, kind: Kind) -> Option<i128> {
    match (literal, kind) {
        (Literal::Integer(n), Kind::Integer) | (Literal::Instant(n), Kind::Instant) => Some(*n),
        _ => None,
    }
}

/// What such a column is compared as, if it is.
pub(super) fn kind_of(holds: &Holds) -> Option<Kind> {
    match holds {
        Holds::Text | Holds::Json => Some(Kind::Text),
        Holds::Int | Holds::BigInt => Some(Kind::Integer),
        Holds::Time | Holds::Day => Some(Kind::Instant),
        // Floats have an order of their own (NaN, two zeros); structs none here.
        Holds::Double | Holds::Struct(_) | Holds::List(_) => None,
    }
}

/// Whether a cast to `to` leaves every value of such a column what it is.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "types that are not named here are not equal to a day"
)]
pub(super) fn keeps_values(holds: &Holds, to: &DataType) -> bool {
    match holds {
        Holds::Text | Holds::Json => {
            matches!(
                to,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            )
        }
        Holds::Int => matches!(to, DataType::Int32 | DataType::Int64),
        Holds::BigInt => matches!(to, DataType::Int64),
        // A second would cut the milliseconds off.
        Holds::Time => matches!(
            to,
            DataType::Timestamp(TimeUnit::Millisecond | TimeUnit::Microsecond | TimeUnit::Nanosecond, zone)
                if zone.as_deref().is_none_or(is_utc)
        ),
        Holds::Day => match to {
            DataType::Date32 | DataType::Date64 => true,
            DataType::Timestamp(_, zone) => zone.as_deref().is_none_or(is_utc),
            _ => false,
        },
        Holds::Double | Holds::Struct(_) | Holds::List(_) => false,
    }
}

/// A day begins at another instant in any other zone.
fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Z" | "+00:00" | "+00")
}
