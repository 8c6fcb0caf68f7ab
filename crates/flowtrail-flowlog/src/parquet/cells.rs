//! One column of a batch, whatever type the file gave it.

use std::fmt::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BinaryViewArray, Float64Array, Int64Array, UInt64Array};

use crate::fields::Form;
use crate::value::{ABSENT, is_number};

/// The values of one column in one batch.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    /// Text or binary.
    Bytes(BinaryViewArray),
    Signed(Int64Array),
    Unsigned(UInt64Array),
    Float(Float64Array),
    /// A column that some tools write when they met no value.
    Null,
}

/// One value as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Absent,
    Text(&'a [u8]),
    /// Not the number that its field wants.
    Bad,
}

/// Where numbers are written.
#[derive(Default)]
pub(super) struct Scratch {
    integer: itoa::Buffer,
    text: String,
}

impl Cells {
    /// The column in `array`, if a field of this form can be read from its type.
    pub(super) fn of(array: &ArrayRef, form: Form) -> Option<Self> {
        if array.data_type().is_null() {
            return Some(Self::Null);
        }
        if let Some(bytes) = array.as_binary_view_opt() {
            return Some(Self::Bytes(bytes.clone()));
        }
        if form == Form::Time
            && let Some(seconds) = timestamps(array)
        {
            return Some(Self::Signed(seconds));
        }
        signed::<Int64Type>(array)
            .or_else(|| signed::<Int32Type>(array))
            .or_else(|| signed::<Int16Type>(array))
            .or_else(|| signed::<Int8Type>(array))
            .or_else(|| unsigned::<UInt64Type>(array))
            .or_else(|| unsigned::<UInt32Type>(array))
            .or_else(|| unsigned::<UInt16Type>(array))
            .or_else(|| unsigned::<UInt8Type>(array))
            .or_else(|| float::<Float64Type>(array))
            .or_else(|| float::<Float32Type>(array))
    }

    /// The bytes in `row`, for a column that is known to hold text.
    pub(super) fn bytes(&self, row: usize) -> Option<&[u8]> {
        match self {
            Self::Bytes(a) if row < a.len() && a.is_valid(row) => Some(a.value(row)),
            Self::Bytes(_) | Self::Signed(_) | Self::Unsigned(_) | Self::Float(_) | Self::Null => {
                None
            }
        }
    }

    /// The count in `row`, for a column that is known to hold 64-bit integers.
    pub(super) fn count(&self, row: usize) -> Option<u64> {
        match self {
            Self::Signed(a) if row < a.len() && a.is_valid(row) => u64::try_from(a.value(row)).ok(),
            Self::Bytes(_) | Self::Signed(_) | Self::Unsigned(_) | Self::Float(_) | Self::Null => {
                None
            }
        }
    }

    /// Whether the type of the column leaves no value that is not a number.
    pub(super) const fn is_integer(&self) -> bool {
        match self {
            Self::Signed(_) | Self::Unsigned(_) | Self::Null => true,
            Self::Bytes(_) | Self::Float(_) => false,
        }
    }

    /// The value in `row`, below the number of rows, for a field of this form.
    #[inline]
    pub(super) fn get<'a>(&'a self, row: usize, form: Form, scratch: &'a mut Scratch) -> Cell<'a> {
        match self {
            Self::Bytes(a) if a.is_valid(row) => text(a.value(row), form),
            Self::Signed(a) if a.is_valid(row) => scratch.integer(a.value(row), form),
            Self::Unsigned(a) if a.is_valid(row) => scratch.integer(a.value(row), form),
            Self::Float(a) if a.is_valid(row) => scratch.float(a.value(row), form),
            Self::Bytes(_) | Self::Signed(_) | Self::Unsigned(_) | Self::Float(_) | Self::Null => {
                Cell::Absent
            }
        }
    }
}

fn signed<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<Cells>
where
    i64: From<T::Native>,
{
    Some(Cells::Signed(
        array.as_primitive_opt::<T>()?.unary(i64::from),
    ))
}

fn unsigned<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<Cells>
where
    u64: From<T::Native>,
{
    Some(Cells::Unsigned(
        array.as_primitive_opt::<T>()?.unary(u64::from),
    ))
}

fn float<T: ArrowPrimitiveType>(array: &ArrayRef) -> Option<Cells>
where
    f64: From<T::Native>,
{
    Some(Cells::Float(
        array.as_primitive_opt::<T>()?.unary(f64::from),
    ))
}

/// Seconds since the epoch, rounded down as flow logs do.
fn timestamps(array: &ArrayRef) -> Option<Int64Array> {
    fn seconds<T>(array: &ArrayRef, per_second: i64) -> Option<Int64Array>
    where
        T: ArrowPrimitiveType<Native = i64>,
    {
        let times = array.as_primitive_opt::<T>()?;
        Some(times.unary(|t| t.div_euclid(per_second)))
    }
    seconds::<TimestampMillisecondType>(array, 1_000)
        .or_else(|| seconds::<TimestampMicrosecondType>(array, 1_000_000))
        .or_else(|| seconds::<TimestampNanosecondType>(array, 1_000_000_000))
        .or_else(|| seconds::<TimestampSecondType>(array, 1))
}

/// Text as AWS writes it. Other tools put words of their own into numeric
/// columns that they converted; they stand for an absent value.
fn text(value: &[u8], form: Form) -> Cell<'_> {
    if value.is_empty() || value == ABSENT {
        return Cell::Absent;
    }
    if form.is_number() {
        if matches!(value, b"None" | b"nan" | b"NaN" | b"null" | b"NULL") {
            return Cell::Absent;
        }
        if !is_number(value) {
            return Cell::Bad;
        }
    }
    Cell::Text(value)
}

impl Scratch {
    /// An integer as text. As a number an account id has lost its leading
    /// zeros; they are put back.
    fn integer<N>(&mut self, n: N, form: Form) -> Cell<'_>
    where
        N: itoa::Integer + std::fmt::Display,
    {
        if form == Form::Account {
            self.text.clear();
            return match write!(self.text, "{n:012}") {
                Ok(()) => Cell::Text(self.text.as_bytes()),
                Err(_) => Cell::Bad, // Writing to a `String` does not fail.
            };
        }
        Cell::Text(self.integer.format(n).as_bytes())
    }

    /// A float as text: pandas turns integers into floats where one is missing.
    fn float(&mut self, n: f64, form: Form) -> Cell<'_> {
        if n.is_nan() {
            return Cell::Absent;
        }
        self.text.clear();
        let written = match form {
            Form::Account => write!(self.text, "{n:012}"),
            Form::Text | Form::Address | Form::Int | Form::Time => write!(self.text, "{n}"),
        };
        if written.is_err() || (form.is_number() && !is_number(self.text.as_bytes())) {
            return Cell::Bad;
        }
        Cell::Text(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{BooleanArray, NullArray, PrimitiveArray};
    use std::sync::Arc;

    fn show(array: ArrayRef, form: Form) -> Vec<String> {
        let cells = Cells::of(&array, form).unwrap();
        let mut scratch = Scratch::default();
        (0..array.len())
            .map(|row| match cells.get(row, form, &mut scratch) {
                Cell::Absent => "absent".to_owned(),
                Cell::Bad => "bad".to_owned(),
                Cell::Text(t) => String::from_utf8(t.to_vec()).unwrap(),
            })
            .collect()
    }

    fn ints<T: ArrowPrimitiveType>(values: Vec<Option<T::Native>>) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::from_iter(values))
    }

    #[test]
    fn integers_of_any_width() {
        let expected = ["7", "absent"];
        for array in [
            ints::<Int8Type>(vec![Some(7), None]),
            ints::<Int16Type>(vec![Some(7), None]),
            ints::<Int32Type>(vec![Some(7), None]),
            ints::<Int64Type>(vec![Some(7), None]),
            ints::<UInt8Type>(vec![Some(7), None]),
            ints::<UInt16Type>(vec![Some(7), None]),
            ints::<UInt32Type>(vec![Some(7), None]),
            ints::<UInt64Type>(vec![Some(7), None]),
        ] {
            assert_eq!(show(array, Form::Int), expected);
        }
        assert_eq!(
            show(ints::<UInt64Type>(vec![Some(u64::MAX)]), Form::Int),
            ["18446744073709551615"]
        );
        assert_eq!(
            show(ints::<Int64Type>(vec![Some(i64::MIN)]), Form::Int),
            ["-9223372036854775808"]
        );
    }

    #[test]
    fn floats_are_integers_or_bad() {
        let floats = |v: Vec<f64>| -> ArrayRef { Arc::new(Float64Array::from(v)) };
        let values = vec![443.0, 0.5, f64::NAN, f64::INFINITY, 1e300, -1.0];
        assert_eq!(
            show(floats(values.clone()), Form::Int),
            ["443", "bad", "absent", "bad", "bad", "-1"]
        );
        assert_eq!(show(floats(vec![0.5, 3.0]), Form::Text), ["0.5", "3"]);
        assert_eq!(show(floats(vec![12345.0]), Form::Account), ["000000012345"]);
        assert_eq!(show(ints::<Float32Type>(vec![Some(6.0)]), Form::Int), ["6"]);
    }

    #[test]
    fn text_in_numeric_columns_is_checked() {
        let bytes = |v: Vec<&[u8]>| -> ArrayRef { Arc::new(BinaryViewArray::from_iter_values(v)) };
        let values: Vec<&[u8]> = vec![b"-", b"", b"443", b"None", b"nan", b"x", b"1.5"];
        assert_eq!(
            show(bytes(values.clone()), Form::Int),
            ["absent", "absent", "443", "absent", "absent", "bad", "bad"]
        );
        assert_eq!(
            show(bytes(values), Form::Text),
            ["absent", "absent", "443", "None", "nan", "x", "1.5"]
        );
    }

    #[test]
    fn accounts_get_their_zeros_back_and_times_become_seconds() {
        assert_eq!(
            show(ints::<Int64Type>(vec![Some(12_345_678_901)]), Form::Account),
            ["012345678901"]
        );
        assert_eq!(
            show(
                ints::<TimestampMillisecondType>(vec![Some(1_700_000_000_999), Some(-1)]),
                Form::Time
            ),
            ["1700000000", "-1"]
        );
        assert_eq!(
            show(
                ints::<TimestampNanosecondType>(vec![Some(5_000_000_000)]),
                Form::Time
            ),
            ["5"]
        );
        assert_eq!(
            show(
                ints::<TimestampMicrosecondType>(vec![Some(5_000_000)]),
                Form::Time
            ),
            ["5"]
        );
        assert_eq!(
            show(ints::<TimestampSecondType>(vec![Some(5)]), Form::Time),
            ["5"]
        );
    }

    #[test]
    fn other_types_are_refused() {
        let booleans: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
        assert!(Cells::of(&booleans, Form::Int).is_none());
        let times = ints::<TimestampSecondType>(vec![Some(1)]);
        assert!(Cells::of(&times, Form::Int).is_none());
        let nulls: ArrayRef = Arc::new(NullArray::new(1));
        assert_eq!(show(nulls, Form::Text), ["absent"]);
    }
}
