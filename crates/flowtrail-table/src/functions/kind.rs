//! The kinds of arguments: which types fit, how they are made one, and what to
//! write instead of a type that does not fit.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array as _, ArrayRef, AsArray as _, StringViewBuilder, TimestampMillisecondArray,
    new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use flowtrail_event::EventTime;

use super::entry::moment;
use super::fault;

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// Texts: one, or a list of them, which is seen as one text with a comma
    /// after each.
    Texts,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// Yes or no; `true` and `false` as text as well.
    Flag,
    /// Bytes; text is its own bytes.
    Bytes,
    /// A point in time: a timestamp (without a zone it is in UTC), a date, or
    /// text in ISO 8601.
    Moment,
    /// The caller: the column `useridentity`, or one as JSON text.
    Identity,
    /// A scalar of JSON: text, a number, yes or no.
    Scalar,
    /// Values of a field: one text, number or boolean, or a list of texts.
    Values,
}

impl Kind {
    /// Its name in a sentence.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "text or a list of texts",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Flag => "a boolean",
            Self::Bytes => "bytes",
            Self::Moment => "a point in time",
            Self::Identity => "a user identity",
            Self::Scalar => "text, a number or a boolean",
            Self::Values => "text or a list of texts",
        }
    }

    /// A type that stands for it in documentation.
    pub(super) fn example(self) -> DataType {
        match self {
            Self::Text | Self::Texts | Self::Identity | Self::Scalar | Self::Values => {
                DataType::Utf8View
            }
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Flag => DataType::Boolean,
            Self::Bytes => DataType::Binary,
            Self::Moment => moment(),
        }
    }

    /// Whether a value of this type can be the argument.
    pub(super) fn fits(self, given: &DataType) -> bool {
        let given = plain(given);
        given == &DataType::Null
            || match self {
                Self::Text => is_text(given),
                Self::Texts => is_text(given) || element(given).is_some_and(is_text_or_null),
                Self::Integer => given.is_integer(),
                Self::Number => given.is_numeric(),
                Self::Flag => given == &DataType::Boolean || is_text(given),
                Self::Bytes => is_binary(given) || is_text(given),
                Self::Moment => is_time(given) || is_text(given),
                Self::Identity => matches!(given, DataType::Struct(_)) || is_text(given),
                Self::Scalar => is_scalar(given),
                Self::Values => is_scalar(given) || element(given).is_some_and(is_text_or_null),
            }
    }

    /// What to write where something of another type was given.
    pub(super) fn hint(self, given: &DataType) -> &'static str {
        let given = plain(given);
        let is_struct = matches!(given, DataType::Struct(_));
        let is_list = element(given).is_some();
        match self {
            Self::Text if is_struct => "name one of its fields, as in `useridentity.arn`",
            Self::Text if is_list => "name one element, as in `resources[1].arn`",
            Self::Text if is_time(given) => "`to_iso8601(…)` makes text of a point in time",
            Self::Text | Self::Texts => "`CAST(… AS VARCHAR)` makes text",
            Self::Integer => "`CAST(… AS BIGINT)` makes a whole number",
            Self::Number if is_time(given) => "`to_unixtime(…)` makes seconds of a point in time",
            Self::Number => "`CAST(… AS DOUBLE)` makes a number",
            Self::Flag => "write a comparison, or `CAST(… AS BOOLEAN)`",
            Self::Bytes => "`from_base64(…)` makes bytes",
            Self::Moment if given.is_numeric() => {
                "`from_unixtime(…)` makes a point in time of seconds"
            }
            Self::Moment => "`from_iso8601_timestamp(…)` makes a point in time of text",
            Self::Identity => "it is the column `useridentity`",
            Self::Values if is_struct => "name one of its fields, as in `useridentity.arn`",
            Self::Scalar | Self::Values => "`CAST(… AS VARCHAR)` makes text",
        }
    }

    /// The values in the one type that functions see. Text that is no point in
    /// time is null, but an error where it is one `constant` for all rows.
    pub(super) fn normalise(self, array: &ArrayRef, constant: bool) -> Result<ArrayRef> {
        let given = array.data_type();
        if given == &DataType::Null {
            return Ok(new_null_array(&self.example(), array.len()));
        }
        match self {
            Self::Texts if element(plain(given)).is_some() => joined(array),
            Self::Values if element(plain(given)).is_some() => {
                Ok(cast(array, &DataType::new_list(DataType::Utf8View, true))?)
            }
            Self::Text | Self::Texts | Self::Values => Ok(cast(array, &DataType::Utf8View)?),
            Self::Integer => Ok(cast(array, &DataType::Int64)?),
            Self::Number => Ok(cast(array, &DataType::Float64)?),
            Self::Flag if constant => {
                let strict = CastOptions {
                    safe: false,
                    ..CastOptions::default()
                };
                Ok(cast_with_options(array, &DataType::Boolean, &strict)?)
            }
            Self::Flag => Ok(cast(array, &DataType::Boolean)?),
            Self::Bytes if is_text(given) => {
                Ok(cast(&cast(array, &DataType::Utf8)?, &DataType::Binary)?)
            }
            Self::Bytes => Ok(cast(array, &DataType::Binary)?),
            Self::Moment if is_text(plain(given)) => {
                moments(&cast(array, &DataType::Utf8View)?, constant)
            }
            Self::Moment => Ok(cast(array, &moment())?),
            Self::Identity | Self::Scalar if is_text(plain(given)) => {
                Ok(cast(array, &DataType::Utf8View)?)
            }
            Self::Identity => Ok(Arc::clone(array)),
            Self::Scalar if plain(given) == &DataType::Boolean => {
                Ok(cast(array, &DataType::Boolean)?)
            }
            Self::Scalar => Ok(cast(array, &DataType::Float64)?),
        }
    }
}

/// The type of the values of a dictionary, else the type itself.
fn plain(given: &DataType) -> &DataType {
    if let DataType::Dictionary(_, values) = given {
        return values;
    }
    given
}

/// Text of any width.
pub(super) const fn is_text(given: &DataType) -> bool {
    matches!(
        given,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Text, a number, yes or no.
fn is_scalar(given: &DataType) -> bool {
    is_text(given) || given.is_numeric() || given == &DataType::Boolean
}

fn is_text_or_null(given: &DataType) -> bool {
    is_text(given) || given == &DataType::Null
}

const fn is_binary(given: &DataType) -> bool {
    matches!(
        given,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
    )
}

/// Dates without a time of day.
pub(super) const fn is_date(given: &DataType) -> bool {
    matches!(given, DataType::Date32 | DataType::Date64)
}

const fn is_time(given: &DataType) -> bool {
    matches!(given, DataType::Timestamp(_, _)) || is_date(given)
}

/// The type of a list's elements.
pub(super) fn element(given: &DataType) -> Option<&DataType> {
    if let DataType::List(field)
    | DataType::LargeList(field)
    | DataType::ListView(field)
    | DataType::LargeListView(field)
    | DataType::FixedSizeList(field, _) = given
    {
        return Some(field.data_type());
    }
    None
}

/// Lists of texts as texts, a comma after each element that is not null.
fn joined(lists: &ArrayRef) -> Result<ArrayRef> {
    let lists = cast(lists, &DataType::new_list(DataType::Utf8View, true))?;
    let lists = lists.as_list::<i32>();
    let mut out = StringViewBuilder::with_capacity(lists.len());
    let mut text = String::new();
    for list in lists.iter() {
        let Some(list) = list else {
            out.append_null();
            continue;
        };
        text.clear();
        for element in list.as_string_view().iter().flatten() {
            text.push_str(element);
            text.push(',');
        }
        out.append_value(&text);
    }
    Ok(Arc::new(out.finish()))
}

fn moments(texts: &ArrayRef, constant: bool) -> Result<ArrayRef> {
    let mut out = TimestampMillisecondArray::builder(texts.len());
    for text in texts.as_string_view().iter() {
        let time = text.and_then(iso8601);
        if let (Some(text), None, true) = (text, time, constant) {
            return Err(fault(format!(
                "`{}` is no point in time\nhint: write it as `2026-11-21T19:20:00Z` or `2026-11-21`",
                text.escape_debug()
            )));
        }
        out.append_option(time);
    }
    Ok(Arc::new(out.finish().with_timezone("UTC")))
}

/// Milliseconds since 1970 of text in ISO 8601; seconds, the time of day and
/// the zone, which is then UTC, may be missing.
pub(super) fn iso8601(text: &str) -> Option<i64> {
    let whole = |text: &str| EventTime::parse(text.as_bytes()).map(|time| time.0);
    match text.len() {
        10 | 8 if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
            whole(&format!("{text}T00:00:00"))
        }
        16 if text.as_bytes().get(13) == Some(&b':') => whole(&format!("{text}:00")),
        17 if text.as_bytes().get(13) == Some(&b':') && text.ends_with('Z') => {
            whole(&format!("{}:00Z", text.get(..16)?))
        }
        _ => whole(text),
    }
}
