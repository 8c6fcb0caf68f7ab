//! What a correlation counts, sums or compares of one match.

use std::borrow::Cow;
use std::cmp::Ordering;

use flowtrail_sigma::CorrelationKind;

use super::entry::bound;
use super::number::Number;

/// Names that are kept of one match of a `score`. A record is new in a dozen ways
/// at most; what writes more is not what the type is for.
const NAMES_MAX: usize = 32;

/// The value of a match, in the form that the kind of correlation needs.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    /// The kind needs none.
    None,
    /// Not empty, at most [`TEXT_BYTES_MAX`](super::entry::TEXT_BYTES_MAX) and a mark.
    Text(Box<str>),
    /// An integer, as nearly all are.
    Int(i64),
    /// An integer beyond 64 bits.
    Wide(Box<i128>),
    /// Finite.
    Float(f64),
    /// For `score`: names, each once and in order, with numbers that are finite
    /// and not negative.
    Scores(Box<[(Box<str>, f64)]>),
    /// For `travel`.
    Place(Place),
}

/// A place on the globe, to a millionth of a degree, which is less than a foot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    lat_millionths: i32,
    lon_millionths: i32,
}

impl Place {
    /// Reads `lat,lon` in decimal degrees.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (lat, lon) = text.split_once(',')?;
        Some(Self {
            lat_millionths: millionths(lat, 90.0)?,
            lon_millionths: millionths(lon, 180.0)?,
        })
    }

    /// Degrees north.
    pub(super) fn lat(self) -> f64 {
        f64::from(self.lat_millionths) / 1e6
    }

    /// Degrees east.
    pub(super) fn lon(self) -> f64 {
        f64::from(self.lon_millionths) / 1e6
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{}", self.lat(), self.lon())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 180 million either way"
)]
fn millionths(degrees: &str, max: f64) -> Option<i32> {
    let degrees: f64 = degrees.trim().parse().ok()?;
    // Neither is a number beyond the globe nor one that is none.
    (degrees.abs() <= max).then(|| (degrees * 1e6).round() as i32)
}

impl Value {
    /// The value in the form that `kind` needs. `None` means that the kind needs
    /// one and the match has none: such a match takes no part.
    pub(super) fn read(kind: CorrelationKind, text: Option<Box<str>>) -> Option<Self> {
        match kind {
            CorrelationKind::EventCount
            | CorrelationKind::Temporal
            | CorrelationKind::TemporalOrdered
            | CorrelationKind::Ratio { .. }
            | CorrelationKind::Silence { .. } => Some(Self::None),
            CorrelationKind::ValueCount | CorrelationKind::Scan { .. } => {
                text.filter(|t| !t.is_empty()).map(|mut text| {
                    bound(&mut text);
                    Self::Text(text)
                })
            }
            CorrelationKind::ValueSum
            | CorrelationKind::ValueAvg
            | CorrelationKind::ValuePercentile(_) => Self::of_number(&text?),
            CorrelationKind::Score { .. } => scores(&text?),
            // A connection counts whether its size is known or not.
            CorrelationKind::Beacon { .. } => {
                let size = text.and_then(|text| Self::of_number(&text));
                Some(size.unwrap_or(Self::None))
            }
            CorrelationKind::Travel { .. } => Place::parse(&text?).map(Self::Place),
        }
    }

    fn of_number(text: &str) -> Option<Self> {
        Some(match Number::parse(text)? {
            Number::Int(n) => i64::try_from(n).map_or_else(|_| Self::Wide(Box::new(n)), Self::Int),
            Number::Float(x) => Self::Float(x),
        })
    }

    /// Drops what is beyond the most that one match may hold, and says how much
    /// that was: of a score the names with the smallest numbers.
    pub(super) fn trim(&mut self) -> u64 {
        let Self::Scores(all) = self else { return 0 };
        let over = all.len().saturating_sub(NAMES_MAX);
        if over > 0 {
            let mut kept = std::mem::take(all).into_vec();
            kept.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            kept.truncate(NAMES_MAX);
            kept.sort_by(|a, b| a.0.cmp(&b.0));
            *all = kept.into();
        }
        over as u64
    }

    /// The number, for the kinds that compute with numbers.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::None | Self::Text(_) | Self::Scores(_) | Self::Place(_) => None,
            Self::Int(n) => Some(Number::Int(i128::from(*n))),
            Self::Wide(n) => Some(Number::Int(**n)),
            Self::Float(x) => Some(Number::Float(*x)),
        }
    }

    /// The text, for the kinds that tell texts apart.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::None
            | Self::Int(_)
            | Self::Wide(_)
            | Self::Float(_)
            | Self::Scores(_)
            | Self::Place(_) => None,
        }
    }

    /// What an episode shows of it.
    pub(super) fn shown(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Place(place) => Some(Cow::Owned(place.to_string())),
            Self::None | Self::Int(_) | Self::Wide(_) | Self::Float(_) | Self::Scores(_) => None,
        }
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::Place(place) => Some(*place),
            Self::None
            | Self::Text(_)
            | Self::Int(_)
            | Self::Wide(_)
            | Self::Float(_)
            | Self::Scores(_) => None,
        }
    }

    /// Names and their numbers, for the kind that adds them.
    pub(super) fn scores(&self) -> &[(Box<str>, f64)] {
        match self {
            Self::Scores(all) => all,
            Self::None
            | Self::Text(_)
            | Self::Int(_)
            | Self::Wide(_)
            | Self::Float(_)
            | Self::Place(_) => &[],
        }
    }

    /// Any total order will do: it only makes the choice between duplicates,
    /// which have equal values, independent of their arrival.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let number = |v: &Self| v.number().map_or(f64::NEG_INFINITY, Number::to_f64);
        self.text()
            .cmp(&other.text())
            .then_with(|| number(self).total_cmp(&number(other)))
            .then_with(|| order_of_scores(self.scores(), other.scores()))
            .then_with(|| self.place().cmp(&other.place()))
    }
}

fn order_of_scores(a: &[(Box<str>, f64)], b: &[(Box<str>, f64)]) -> Ordering {
    let pairs = a.iter().zip(b);
    let mut orders = pairs.map(|(a, b)| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
    let first = orders.find(|o| o.is_ne()).unwrap_or(Ordering::Equal);
    first.then_with(|| a.len().cmp(&b.len()))
}

/// `name=number`, or several as [`value_together`](super::value_together) writes
/// them. What is nothing of the kind is left out; of a name that stands there
/// twice the larger number counts.
fn scores(text: &str) -> Option<Value> {
    let several: Option<Vec<String>> = text
        .starts_with('[')
        .then(|| serde_json::from_str(text).ok())
        .flatten();
    let mut all: Vec<(Box<str>, f64)> = match &several {
        Some(several) => several.iter().filter_map(|one| score(one)).collect(),
        None => score(text).into_iter().collect(),
    };
    all.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.total_cmp(&a.1)));
    all.dedup_by(|next, kept| next.0 == kept.0);
    (!all.is_empty()).then(|| Value::Scores(all.into()))
}

fn score(text: &str) -> Option<(Box<str>, f64)> {
    let (name, number) = text.rsplit_once('=')?;
    let number = Number::parse(number)?.to_f64();
    if name.is_empty() || number < 0.0 {
        return None;
    }
    let mut name: Box<str> = name.into();
    bound(&mut name);
    Some((name, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: CorrelationKind, text: &str) -> Option<Value> {
        Value::read(kind, Some(text.into()))
    }

    #[test]
    fn values_in_the_form_that_the_kind_needs() {
        assert_eq!(Value::read(CorrelationKind::ValueCount, None), None);
        assert_eq!(read(CorrelationKind::ValueCount, ""), None);
        assert_eq!(
            read(CorrelationKind::ValueCount, "x"),
            Some(Value::Text("x".into()))
        );
        assert_eq!(read(CorrelationKind::ValueSum, "-"), None);
        assert_eq!(read(CorrelationKind::ValueSum, "12"), Some(Value::Int(12)));
        let wide = read(CorrelationKind::ValueAvg, "18446744073709551615");
        assert_eq!(wide, Some(Value::Wide(Box::new(i128::from(u64::MAX)))));
        assert_eq!(
            read(CorrelationKind::ValueAvg, "0.5"),
            Some(Value::Float(0.5))
        );
        assert_eq!(read(CorrelationKind::EventCount, "x"), Some(Value::None));
        let ratio = CorrelationKind::Ratio { min: 1 };
        assert_eq!(Value::read(ratio, None), Some(Value::None));
    }

    #[test]
    fn names_with_numbers() {
        let of = |text: &str| {
            let value = read(CorrelationKind::Score { names: 1 }, text)?;
            let all = value.scores().iter();
            Some(all.map(|(n, x)| format!("{n}={x}")).collect::<Vec<_>>())
        };
        let is = |all: &[&str]| Some(all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("api=2.50"), is(&["api=2.5"]));
        assert_eq!(of("a=b=0"), is(&["a=b=0"]));
        assert_eq!(
            of(r#"["net=1","api=3","x","net=4","=2","neg=-1","inf=inf"]"#),
            is(&["api=3", "net=4"])
        );
        for none in [
            "", "api", "=1", "api=", "api=-1", "api=x", "[]", "[1]", "[\"a\"]",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(of("[a=1"), is(&["[a=1"]));
    }

    #[test]
    fn places_on_the_globe() {
        let of = |text: &str| {
            let kind = CorrelationKind::Travel { km_min: 0.0 };
            read(kind, text).and_then(|v| Some(v.shown()?.into_owned()))
        };
        assert_eq!(of("52.52,13.405").as_deref(), Some("52.52,13.405"));
        assert_eq!(of("-90, 180.0").as_deref(), Some("-90,180"));
        assert_eq!(of("0.0000004,-0").as_deref(), Some("0,0"));
        for none in [
            "", "52.52", "90.1,0", "0,-180.5", "nan,0", "0,inf", "1,2,3", "a,b",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_size_may_be_unknown() {
        let beacon = CorrelationKind::Beacon { min: 4 };
        assert_eq!(read(beacon, "420"), Some(Value::Int(420)));
        assert_eq!(read(beacon, "-"), Some(Value::None));
        assert_eq!(Value::read(beacon, None), Some(Value::None));
    }

    #[test]
    fn of_too_many_names_the_smallest_are_left_out() {
        let all: Vec<String> = (0..NAMES_MAX + 3).map(|n| format!("n{n:02}={n}")).collect();
        let text = serde_json::to_string(&all).unwrap();
        let mut value = read(CorrelationKind::Score { names: 1 }, &text).unwrap();
        assert_eq!((value.trim(), value.trim()), (3, 0));
        let names: Vec<&str> = value.scores().iter().map(|s| &*s.0).collect();
        assert_eq!((names.len(), names[0]), (NAMES_MAX, "n03"));
        assert!(names.is_sorted());
    }
}
