//! One value of a rule against one text.

use std::net::IpAddr;

use regex::Regex;
use rsigma_parser::{Modifier, SigmaValue};

use super::number::Decimal;
use super::pattern::{Tok, fits, plain, tokens};
use super::time;

pub(crate) const TIME_PARTS: [Modifier; 6] = [
    Modifier::Minute,
    Modifier::Hour,
    Modifier::Day,
    Modifier::Week,
    Modifier::Month,
    Modifier::Year,
];

pub(crate) const COMPARISONS: [Modifier; 4] =
    [Modifier::Gt, Modifier::Gte, Modifier::Lt, Modifier::Lte];

/// What a text must be.
pub(crate) enum Test {
    Text(Vec<Vec<Tok>>, bool),
    Number(Decimal),
    Compare(Modifier, Decimal),
    /// A part that is equal, or stands so to a number.
    Time(Modifier, Option<Modifier>, Decimal),
    Regex(Regex),
    Network((IpAddr, u32)),
}

impl Test {
    /// An object has a text for whoever looks for a part of it; it is equal to
    /// none.
    pub(crate) fn searches(&self) -> bool {
        match self {
            Self::Text(all, _) => {
                let mut toks = all.iter().flatten();
                toks.any(|t| matches!(t, Tok::Any | Tok::Single))
            }
            Self::Regex(_) => true,
            Self::Number(_) | Self::Compare(..) | Self::Time(..) | Self::Network(_) => false,
        }
    }

    pub(crate) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Text(all, cased) => all.iter().any(|p| fits(p, text, *cased)),
            Self::Number(n) => Decimal::parse(text).is_some_and(|t| t.cmp(n).is_eq()),
            Self::Compare(op, n) => Decimal::parse(text).is_some_and(|t| stands(&t, *op, n)),
            Self::Time(part, op, n) => time::parse(text).is_some_and(|c| {
                let values = [c.minute, c.hour, c.day, c.week, c.month, c.year];
                let at = TIME_PARTS.iter().position(|p| p == part).unwrap();
                let value = Decimal::parse(&values[at].to_string()).unwrap();
                op.map_or_else(|| value.cmp(n).is_eq(), |op| stands(&value, op, n))
            }),
            Self::Regex(regex) => regex.is_match(text),
            Self::Network(network) => text.parse().is_ok_and(|a| inside(*network, a)),
        }
    }
}

/// A network; an address alone is one of a single address.
pub(crate) fn network(text: &str) -> (IpAddr, u32) {
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().unwrap();
    let all = if address.is_ipv4() { 32 } else { 128 };
    (address, length.parse().unwrap_or(all))
}

/// Whether a number is greater or less than another, as `op` says.
fn stands(value: &Decimal, op: Modifier, other: &Decimal) -> bool {
    let order = value.cmp(other);
    let equal = matches!(op, Modifier::Gte | Modifier::Lte) && order.is_eq();
    let greater = matches!(op, Modifier::Gt | Modifier::Gte);
    equal || (greater && order.is_gt()) || (!greater && order.is_lt())
}

/// An IPv4 address written as IPv6 is both.
fn inside((network, length): (IpAddr, u32), address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(n), IpAddr::V4(a)) => {
            let shift = |x: u32| x.checked_shr(32 - length).unwrap_or(0);
            shift(n.into()) == shift(a.into())
        }
        (IpAddr::V6(n), IpAddr::V6(a)) => {
            let shift = |x: u128| x.checked_shr(128 - length).unwrap_or(0);
            shift(n.into()) == shift(a.into())
        }
        (IpAddr::V4(_), IpAddr::V6(a)) => {
            let mapped = a.to_ipv4_mapped().map(IpAddr::V4);
            mapped.is_some_and(|a| inside((network, length), a))
        }
        (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// A value as it is written in the rule.
pub(crate) fn written(value: &SigmaValue) -> String {
    match value {
        SigmaValue::String(s) => s.original.clone(),
        SigmaValue::Integer(n) => n.to_string(),
        SigmaValue::Float(n) => format!("{n:?}"),
        SigmaValue::Bool(b) => b.to_string(),
        SigmaValue::Null => "null".to_owned(),
    }
}

/// The value without escapes.
pub(crate) fn written_plainly(value: &SigmaValue) -> String {
    match value {
        SigmaValue::String(s) => plain(&tokens(&s.original)).unwrap(),
        SigmaValue::Integer(_) | SigmaValue::Float(_) | SigmaValue::Bool(_) | SigmaValue::Null => {
            written(value)
        }
    }
}
