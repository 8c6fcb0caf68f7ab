//! Comparisons of `from_unixtime(start)` and `date(time)` with a constant are
//! comparisons of the columns themselves, and those tell which objects need not
//! be read.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;

use super::super::entry::moment;
use super::{DAY_MILLIS, MILLIS};

/// The values of an argument of type `given` for which the function is equal to
/// a constant: from the first to before the second.
pub(in super::super) fn preimage(
    function: &str,
    given: &DataType,
    constant: &ScalarValue,
) -> Option<[ScalarValue; 2]> {
    match function {
        "from_unixtime" if given == &DataType::Int64 => {
            let millis = millis(constant)?;
            let second = millis / MILLIS;
            let next = second.checked_add(1)?;
            let is_whole = millis % MILLIS == 0;
            is_whole.then(|| [second, next].map(|s| ScalarValue::Int64(Some(s))))
        }
        "from_iso8601_date" if given == &moment() => {
            let ScalarValue::Date32(Some(day)) = constant else {
                return None;
            };
            let first = i64::from(*day).checked_mul(DAY_MILLIS)?;
            let next = first.checked_add(DAY_MILLIS)?;
            let at = |millis| ScalarValue::TimestampMillisecond(Some(millis), Some("UTC".into()));
            Some([first, next].map(at))
        }
        _ => None,
    }
}

/// Milliseconds since 1970, if the constant is a whole number of them.
fn millis(constant: &ScalarValue) -> Option<i64> {
    if let ScalarValue::TimestampSecond(Some(n), _) = constant {
        return n.checked_mul(MILLIS);
    }
    if let ScalarValue::TimestampMillisecond(Some(n), _) = constant {
        return Some(*n);
    }
    if let ScalarValue::TimestampMicrosecond(Some(n), _) = constant {
        return (n % 1000 == 0).then_some(n / 1000);
    }
    if let ScalarValue::TimestampNanosecond(Some(n), _) = constant {
        return (n % 1_000_000 == 0).then_some(n / 1_000_000);
    }
    None
}
