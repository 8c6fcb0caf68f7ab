//! The constants of a filter.

use datafusion::common::ScalarValue;

/// A constant, as tests compare with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    /// NULL of any type.
    Null,
    Bool(bool),
    Text(Box<[u8]>),
    Integer(i128),
    /// Nanoseconds since 1970, UTC. A time without a zone is UTC's.
    Instant(i128),
}

/// Nanoseconds of a millisecond.
pub(super) const MILLI_NANOS: i128 = 1_000_000;
/// Nanoseconds of a day.
pub(super) const DAY_NANOS: i128 = 86_400_000 * MILLI_NANOS;

impl Literal {
    /// The constant; none where tests cannot compare with its type.
    pub(super) fn of(value: &ScalarValue) -> Option<Self> {
        if value.is_null() {
            return Some(Self::Null);
        }
        if let Some(Some(text)) = value.try_as_str() {
            return Some(Self::Text(text.as_bytes().into()));
        }
        Self::instant(value).or_else(|| Self::number(value))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "constants of other types are compared with nothing here"
    )]
    fn instant(value: &ScalarValue) -> Option<Self> {
        let (count, unit) = match value {
            ScalarValue::TimestampSecond(Some(n), _) => (i128::from(*n), 1000 * MILLI_NANOS),
            ScalarValue::TimestampMillisecond(Some(n), _) => (i128::from(*n), MILLI_NANOS),
            ScalarValue::TimestampMicrosecond(Some(n), _) => (i128::from(*n), MILLI_NANOS / 1000),
            ScalarValue::TimestampNanosecond(Some(n), _) => (i128::from(*n), 1),
            ScalarValue::Date32(Some(n)) => (i128::from(*n), DAY_NANOS),
            ScalarValue::Date64(Some(n)) => (i128::from(*n), MILLI_NANOS),
            _ => return None,
        };
        Some(Self::Instant(count * unit))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "constants of other types are compared with nothing here"
    )]
    fn number(value: &ScalarValue) -> Option<Self> {
        let integer = match value {
            ScalarValue::Boolean(Some(b)) => return Some(Self::Bool(*b)),
            ScalarValue::Int8(Some(n)) => i128::from(*n),
            ScalarValue::Int16(Some(n)) => i128::from(*n),
            ScalarValue::Int32(Some(n)) => i128::from(*n),
            ScalarValue::Int64(Some(n)) => i128::from(*n),
            ScalarValue::UInt8(Some(n)) => i128::from(*n),
            ScalarValue::UInt16(Some(n)) => i128::from(*n),
            ScalarValue::UInt32(Some(n)) => i128::from(*n),
            ScalarValue::UInt64(Some(n)) => i128::from(*n),
            _ => return None,
        };
        Some(Self::Integer(integer))
    }
}
