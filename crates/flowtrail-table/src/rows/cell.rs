//! One value of one record, as its column shows it, before anything is built.

use std::sync::Arc;

use flowtrail_event::{Event, EventTime, SlotId, Value};

use super::rest::Known;
use super::sink::Object;

/// A record and the object that it lies in.
#[derive(Clone, Copy)]
pub(super) struct Row<'r> {
    pub(super) event: &'r Event<'r>,
    pub(super) object: &'r Object,
}

/// A column without fields, bound to the slots of a projection.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) from: Source,
    pub(super) holds: Scalar,
}

/// What a column without fields holds; see [`Holds`](crate::schema::Holds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Text,
    Json,
    Int,
    BigInt,
    Double,
    Time,
    Day,
}

/// Where its value comes from; see [`Origin`](crate::schema::Origin).
#[derive(Debug, Clone)]
pub(super) enum Source {
    Slot(SlotId),
    /// The slots of the account that a record names, and of the one that its
    /// caller belongs to, for records that name none in objects that do not.
    Account(SlotId, Option<SlotId>),
    Region(SlotId),
    Time,
    Day,
    ObjectName,
    ObjectOffset,
    Record,
    Rest(Arc<Known>),
}

/// A value that has to be of a type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Typed<T> {
    Null,
    Is(T),
    /// There is one, of another type or out of range: null in its column.
    Unfit,
}

impl<T> Typed<T> {
    fn of(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Is)
    }
}

/// The account of a flow whose interface belongs to an AWS service.
const UNKNOWN_ACCOUNT: &[u8] = b"unknown";

const DAY_MILLIS: i64 = 86_400_000;

impl Cell {
    /// The value of a text column. `room` is where it is put together if it
    /// does not stand in the record.
    #[inline]
    pub(super) fn text<'a>(&self, row: Row<'a>, room: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        match &self.from {
            Source::Slot(slot) => match (row.event.first(*slot)?, self.holds) {
                (Value::Text(text), Scalar::Json) => Some(quoted(text, room)),
                (Value::Object(json), _) => Some(json),
                (value, _) => value.text(),
            },
            Source::Account(named, caller) => account(row, *named, *caller),
            Source::Region(slot) => scalar(row.event, *slot).or(row.object.region()),
            // In a compacted file every record has an object of its own.
            Source::ObjectName => Some(row.event.origin.map_or(row.object.name(), str::as_bytes)),
            Source::Record => {
                *room = row.event.json();
                Some(room)
            }
            Source::Rest(known) => known.rest(&row.event.json(), room),
            // These are no text.
            Source::Time | Source::Day | Source::ObjectOffset => None,
        }
    }

    /// The value of a column of integers, instants (in milliseconds) or days
    /// (since 1970).
    #[inline]
    pub(super) fn integer(&self, row: Row<'_>) -> Typed<i64> {
        match &self.from {
            Source::Slot(slot) => {
                let integer = integer(row.event.first(*slot));
                match integer {
                    Typed::Is(n) if self.holds == Scalar::Int && i32::try_from(n).is_err() => {
                        Typed::Unfit
                    }
                    Typed::Null | Typed::Is(_) | Typed::Unfit => integer,
                }
            }
            Source::Time => Typed::of(row.event.time.map(|t| t.0)),
            Source::Day => match row.event.time.map(day) {
                Some(day) if i32::try_from(day).is_err() => Typed::Unfit,
                day => Typed::of(day),
            },
            Source::ObjectOffset => {
                i64::try_from(row.event.location.offset).map_or(Typed::Unfit, Typed::Is)
            }
            // These are no numbers.
            Source::Account(..)
            | Source::Region(_)
            | Source::ObjectName
            | Source::Record
            | Source::Rest(_) => Typed::Null,
        }
    }

    /// The value of a column of numbers with fractions.
    pub(super) fn double(&self, row: Row<'_>) -> Typed<f64> {
        let Source::Slot(slot) = &self.from else {
            return Typed::Null;
        };
        match row.event.first(*slot) {
            None | Some(Value::Null) => Typed::Null,
            Some(Value::Number(digits)) => {
                let number = std::str::from_utf8(digits)
                    .ok()
                    .and_then(|t| t.parse().ok());
                number
                    .filter(|n: &f64| n.is_finite())
                    .map_or(Typed::Unfit, Typed::Is)
            }
            Some(Value::Bool(_) | Value::Text(_) | Value::Object(_) | Value::EmptyArray) => {
                Typed::Unfit
            }
        }
    }

    /// Whether the column is null in this row.
    pub(super) fn is_null(&self, row: Row<'_>, room: &mut Vec<u8>) -> bool {
        match self.holds {
            Scalar::Text | Scalar::Json => match &self.from {
                // What a value says need not be put together.
                Source::Slot(slot) => matches!(
                    row.event.first(*slot),
                    None | Some(Value::Null | Value::EmptyArray)
                ),
                Source::Record => false,
                Source::Account(..)
                | Source::Region(_)
                | Source::Time
                | Source::Day
                | Source::ObjectName
                | Source::ObjectOffset
                | Source::Rest(_) => self.text(row, room).is_none(),
            },
            Scalar::Int | Scalar::BigInt | Scalar::Time | Scalar::Day => {
                !matches!(self.integer(row), Typed::Is(_))
            }
            Scalar::Double => !matches!(self.double(row), Typed::Is(_)),
        }
    }
}

fn account(row: Row<'_>, named: SlotId, caller: Option<SlotId>) -> Option<&[u8]> {
    scalar(row.event, named)
        .filter(|a| *a != UNKNOWN_ACCOUNT)
        .or(row.object.account())
        .or_else(|| scalar(row.event, caller?))
}

fn scalar<'a>(event: &'a Event<'_>, slot: SlotId) -> Option<&'a [u8]> {
    event.first(slot)?.text()
}

fn day(time: EventTime) -> i64 {
    time.0.div_euclid(DAY_MILLIS)
}

#[inline]
fn integer(value: Option<Value<'_>>) -> Typed<i64> {
    match value {
        None | Some(Value::Null) => Typed::Null,
        Some(Value::Number(digits) | Value::Text(digits)) => parsed(digits),
        Some(Value::Bool(_) | Value::Object(_) | Value::EmptyArray) => Typed::Unfit,
    }
}

/// Up to eighteen digits are most of all numbers and always fit.
#[inline]
fn parsed(digits: &[u8]) -> Typed<i64> {
    if digits.len() > 18 || digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        let text = std::str::from_utf8(digits).ok();
        return text
            .and_then(|t| t.parse().ok())
            .map_or(Typed::Unfit, Typed::Is);
    }
    Typed::Is(digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// `text` as a JSON string.
fn quoted<'a>(text: &[u8], room: &'a mut Vec<u8>) -> &'a [u8] {
    room.clear();
    let text = String::from_utf8_lossy(text);
    if serde_json::to_writer(&mut *room, &text).is_err() {
        room.clear(); // Text can always be written, and so can a vector.
    }
    room
}
