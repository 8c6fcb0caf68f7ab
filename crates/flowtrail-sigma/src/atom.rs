//! One test of one field: what the flat program is made of.

use std::net::IpAddr;
use std::sync::Arc;

use flowtrail_event::{Event, EventTime, SlotId, Value};

use crate::cidr::CidrSet;
use crate::correlation::Op;
use crate::expression::Expression;
use crate::glob::Glob;
use crate::needles::Needles;
use crate::number::Number;
use crate::object;
use crate::text::TextSet;

/// The number of an atom in its kind's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AtomId(pub(crate) u32);

/// A part of a time, for Sigma's `hour`, `day`, … modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TimePart {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// How a value referred to by `fieldref` must stand to the field's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RefOp {
    Equal,
    Contains,
    Start,
    End,
}

/// What is tested. A field with several values passes if one of them does.
/// Equal tests of a field are one atom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// The whole text is one of these.
    Exact(TextSet),
    /// One of these stands in the text.
    Find(Needles),
    /// The whole text fits a pattern with wildcards.
    Glob(Glob),
    /// Present and not null; the bare `*`.
    Something,
    /// A regular expression finds something.
    Regex(Arc<Expression>),
    /// An address in one of these networks.
    Cidr(CidrSet),
    /// One of these numbers, as a number or as numeric text.
    Numbers(Vec<Number>),
    /// A number on this side of the limit.
    Compare(Op, Number),
    /// The key is there, whatever its value.
    Exists,
    /// The key is absent or null.
    Null,
    /// Compares with another field.
    FieldRef {
        other: SlotId,
        op: RefOp,
        fold: bool,
    },
    /// A part of a time stands so to one of these numbers.
    Time(TimePart, Op, Vec<Number>),
}

/// A test of the field in `slot`.
#[derive(Debug, Clone)]
pub(crate) struct Atom {
    pub(crate) slot: SlotId,
    pub(crate) test: Test,
    /// The fields that it looks at and that have to be derived first.
    pub(crate) derived: Box<[SlotId]>,
}

impl Atom {
    /// Whether the event passes. `scratch` is room for objects as text.
    pub(crate) fn holds(&self, event: &Event<'_>, scratch: &mut Vec<u8>) -> bool {
        let mut values = event.values(self.slot);
        match &self.test {
            Test::Exists => values.next().is_some(),
            Test::Null => {
                values.next().is_none() || event.values(self.slot).any(|v| v == Value::Null)
            }
            Test::Something => values.any(|v| match v {
                Value::Null | Value::EmptyArray => false,
                Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Object(_) => true,
            }),
            Test::FieldRef { other, op, fold } => {
                values.any(|a| event.values(*other).any(|b| refers(a, b, *op, *fold)))
            }
            Test::Exact(_)
            | Test::Find(_)
            | Test::Glob(_)
            | Test::Regex(_)
            | Test::Cidr(_)
            | Test::Numbers(_)
            | Test::Compare(..)
            | Test::Time(..) => values.any(|v| self.text_holds(v, scratch)),
        }
    }

    fn text_holds(&self, value: Value<'_>, scratch: &mut Vec<u8>) -> bool {
        let text = match value {
            Value::Object(json) if self.test.searches() => {
                scratch.clear();
                object::write_text(json, scratch);
                scratch.as_slice()
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Text(_)
            | Value::Object(_)
            | Value::EmptyArray => match value.text() {
                Some(text) => text,
                None => return false,
            },
        };
        match &self.test {
            Test::Exact(set) => set.contains(text),
            Test::Find(needles) => needles.found_in(text),
            Test::Glob(glob) => glob.matches(text),
            Test::Regex(expression) => expression.is_match(text),
            Test::Cidr(set) => address(text).is_some_and(|a| set.contains(a)),
            Test::Numbers(numbers) => Number::parse(text).is_some_and(|n| {
                numbers
                    .iter()
                    .any(|m| n.compare(*m) == Some(std::cmp::Ordering::Equal))
            }),
            Test::Compare(op, limit) => Number::parse(text)
                .and_then(|n| n.compare(*limit))
                .is_some_and(|o| ordered(*op, o)),
            Test::Time(part, op, numbers) => time_part(text, *part).is_some_and(|n| {
                let mut orders = numbers.iter().filter_map(|m| n.compare(*m));
                orders.any(|o| ordered(*op, o))
            }),
            Test::Something | Test::Exists | Test::Null | Test::FieldRef { .. } => false,
        }
    }
}

impl Test {
    /// The field with which it compares its own.
    pub(crate) const fn other_field(&self) -> Option<SlotId> {
        if let Self::FieldRef { other, .. } = self {
            Some(*other)
        } else {
            None
        }
    }

    /// Whether the test looks inside text, so that an object counts as its text.
    pub(crate) const fn searches(&self) -> bool {
        matches!(self, Self::Find(_) | Self::Glob(_) | Self::Regex(_))
    }
}

/// An address; anything else that stands in an address field
/// (`ec2.amazonaws.com`, `AWS Internal`, `-`) is none.
fn address(text: &[u8]) -> Option<IpAddr> {
    let first = text.first()?;
    if !first.is_ascii_hexdigit() && *first != b':' {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Whether a value that stands so to a limit is on the side that `op` wants.
pub(crate) fn ordered(op: Op, o: std::cmp::Ordering) -> bool {
    match op {
        Op::Lt => o.is_lt(),
        Op::Lte => o.is_le(),
        Op::Gt => o.is_gt(),
        Op::Gte => o.is_ge(),
        Op::Eq => o.is_eq(),
        Op::Neq => o.is_ne(),
    }
}

fn refers(a: Value<'_>, b: Value<'_>, op: RefOp, fold: bool) -> bool {
    let (Some(a), Some(b)) = (a.text(), b.text()) else {
        return false;
    };
    let (a, b) = if fold {
        (crate::text::fold(a), crate::text::fold(b))
    } else {
        (a.into(), b.into())
    };
    match op {
        RefOp::Equal => a == b,
        RefOp::Start => a.starts_with(&b),
        RefOp::End => a.ends_with(&b),
        RefOp::Contains => memchr::memmem::find(&a, &b).is_some(),
    }
}

/// Epoch numbers above this are milliseconds; as seconds it is the year 5138.
const MILLIS_FROM: u64 = 100_000_000_000;

fn time_part(text: &[u8], part: TimePart) -> Option<Number> {
    let time = match EventTime::parse(text) {
        Some(t) => t,
        None => match Number::parse(text)? {
            Number::Int(n) => {
                let n = i64::try_from(n).ok()?;
                if n.unsigned_abs() >= MILLIS_FROM {
                    EventTime(n)
                } else {
                    EventTime::from_secs(n)
                }
            }
            Number::Float(_) => return None,
        },
    };
    let c = time.civil();
    Some(Number::Int(match part {
        TimePart::Minute => c.minute.into(),
        TimePart::Hour => c.hour.into(),
        TimePart::Day => c.day.into(),
        TimePart::Week => c.week.into(),
        TimePart::Month => c.month.into(),
        TimePart::Year => c.year.into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_times_and_of_epochs() {
        let year = |text: &str| match time_part(text.as_bytes(), TimePart::Year) {
            Some(Number::Int(year)) => Some(year),
            Some(Number::Float(_)) | None => None,
        };
        for (text, want) in [
            ("2024-07-10T12:30:00Z", Some(2024)),
            ("1720614600", Some(2024)),
            ("1720614600000", Some(2024)),
            ("-1", Some(1969)),
            ("9223372036854775807", Some(292_278_994)),
            ("-9223372036854775808", Some(-292_275_055)),
            ("18446744073709551615", None),
            ("1.5", None),
            ("noon", None),
        ] {
            assert_eq!(year(text), want, "{text}");
        }
    }
}
