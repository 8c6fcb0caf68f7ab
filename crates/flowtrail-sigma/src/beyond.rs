//! Correlation types that Sigma does not have.
//!
//! The parser knows Sigma's own. It is shown a stand-in, an `event_count` with
//! the same rules, groups and fields, and what is written is read here.

use rsigma_parser::CorrelationRule;
use yaml_serde::{Mapping, Value};

use crate::correlation::{Condition, CorrelationKind, SILENCE_MS_MAX};
use crate::criterion::{OPS, comparisons, number, unknown_keys};
use crate::problem::Reject;

/// The types of correlations, Sigma's first, and what each computes: as
/// `flowtrail rules schema` lists them.
pub const CORRELATIONS: [(&str, &str); 14] = [
    ("event_count", "number of matches"),
    ("value_count", "number of distinct values of the field"),
    ("temporal", "which rules matched, in any order"),
    ("temporal_ordered", "which rules matched, in this order"),
    ("value_sum", "sum of the field"),
    ("value_avg", "mean of the field"),
    ("value_median", "median of the field: a value that occurred"),
    (
        "value_percentile",
        "percentile of the field, 50 if the condition names none: a value that occurred",
    ),
    (
        "score",
        "not Sigma: of values `name=number` the sum of each name's largest number; \
         names: fewest names",
    ),
    (
        "ratio",
        "not Sigma: matches of the first rule for each match of the second; min: fewest \
         of the second",
    ),
    (
        "scan",
        "not Sigma: whether first contacts fail as a scanner's do: the first rule's failed, \
         the second's were answered, the field is the destination; min: fewest destinations",
    ),
    (
        "beacon",
        "not Sigma: how regular connections are, from 0 to 1; the field, which may be left \
         out, is their size; min: fewest starts, 4 or more",
    ),
    (
        "silence",
        "not Sigma: no match for longer than the timespan, and then one again; min: in how \
         many quarters of the timespan there was one on the day before; for replays only",
    ),
    (
        "travel",
        "not Sigma: highest speed in km/h between places, which the field gives as \
         `lat,lon`; distance: fewest kilometres",
    ),
];

/// A type that Sigma does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    Score,
    Ratio,
    Scan,
    Beacon,
    Silence,
    Travel,
}

/// How its condition is written.
struct Shape {
    name: &'static str,
    /// Parts of the condition besides comparisons and `field`.
    parts: &'static [&'static str],
    field: Field,
    /// Whether it takes exactly two rules.
    pair: bool,
    /// Whether it is about a number.
    compares: bool,
    /// All parts, in words.
    all: &'static str,
    example: &'static str,
}

/// Whether the condition names fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    None,
    One,
    /// Several are taken together as one value.
    Some,
    OneOrNone,
}

const ALL: [Beyond; 6] = [
    Beyond::Score,
    Beyond::Ratio,
    Beyond::Scan,
    Beyond::Beacon,
    Beyond::Silence,
    Beyond::Travel,
];

impl Beyond {
    /// The type that the section of a correlation names, if it is one of ours.
    pub(crate) fn of(correlation: &Value) -> Option<Self> {
        let name = correlation.get("type")?.as_str()?;
        ALL.into_iter().find(|b| b.shape().name == name)
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Score => Shape {
                name: "score",
                parts: &["names"],
                field: Field::One,
                pair: false,
                compares: true,
                all: "its parts are gt, gte, lt, lte, eq, neq, field and names",
                example: "for example `{field: flowtrail.novelty, gte: 10, names: 2}`",
            },
            Self::Ratio => Shape {
                name: "ratio",
                parts: &["min"],
                field: Field::None,
                pair: true,
                compares: true,
                all: "its parts are gt, gte, lt, lte, eq, neq and min",
                example: "for example `{gte: 0.5, min: 20}`: of at least 20 matches of the \
                          second rule half as many of the first",
            },
            Self::Scan => Shape {
                name: "scan",
                parts: &["min"],
                field: Field::Some,
                pair: true,
                compares: true,
                all: "its parts are gt, gte, lt, lte, eq, neq, field and min",
                example: "for example `{field: dstaddr, gte: 4.6, min: 10}`",
            },
            Self::Beacon => Shape {
                name: "beacon",
                parts: &["min"],
                field: Field::OneOrNone,
                pair: false,
                compares: true,
                all: "its parts are gt, gte, lt, lte, eq, neq, field and min",
                example: "for example `{field: bytes, gte: 0.9, min: 24}`",
            },
            Self::Silence => Shape {
                name: "silence",
                parts: &["min"],
                field: Field::None,
                pair: false,
                compares: false,
                all: "its only part is min; how long nothing matched is compared with the \
                      `timespan`",
                example: "for example `{min: 8}`, or no condition",
            },
            Self::Travel => Shape {
                name: "travel",
                parts: &["distance"],
                field: Field::One,
                pair: false,
                compares: true,
                all: "its parts are gt, gte, lt, lte, eq, neq, field and distance",
                example: "for example `{field: flowtrail.place, gt: 900, distance: 500}`",
            },
        }
    }

    /// What it computes and when it fires, and the fields that it looks at.
    pub(crate) fn read(
        self,
        rule: &CorrelationRule,
        correlation: &Value,
    ) -> Result<(CorrelationKind, Vec<String>, Condition), Reject> {
        let shape = self.shape();
        if shape.pair && rule.rules.len() != 2 {
            let (name, given) = (shape.name, rule.rules.len());
            let reason = format!("`{name}` takes exactly two `rules`, and here are {given}");
            return Err(Reject::new(reason)
                .hint("their order counts: `flowtrail rules schema` says which is which")
                .near("rules:"));
        }
        let written = Written {
            shape,
            condition: correlation.get("condition"),
        };
        written.check()?;
        let kind = match self {
            Self::Score => CorrelationKind::Score {
                names: written.whole("names", 1)?.unwrap_or(1),
            },
            Self::Ratio => CorrelationKind::Ratio {
                min: written.needed("min", 1)?,
            },
            Self::Scan => CorrelationKind::Scan {
                min: written.needed("min", 1)?,
            },
            Self::Beacon => CorrelationKind::Beacon {
                // Of fewer starts there are no three intervals.
                min: written.needed("min", 4)?,
            },
            Self::Silence => {
                let min = written.whole("min", 1)?.unwrap_or(1);
                check_silence(min, rule.timespan.seconds)?;
                return Ok((
                    CorrelationKind::Silence { min },
                    Vec::new(),
                    Condition::Threshold(Vec::new()),
                ));
            }
            Self::Travel => CorrelationKind::Travel {
                km_min: written.distance()?,
            },
        };
        Ok((kind, written.fields()?, written.comparisons()?))
    }
}

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Whether a silence of so many seconds can be, and can have so many quarters
/// with a match before it.
fn check_silence(min: u32, timespan: u64) -> Result<(), Reject> {
    let longest = SILENCE_MS_MAX.unsigned_abs() / 1000;
    if timespan >= longest {
        let reason = "a silence of 90 days is none: what is heard after that begins anew";
        return Err(Reject::new(reason)
            .hint("take a shorter `timespan`")
            .near("timespan"));
    }
    let most = DAY.max(timespan) * 4 / timespan.max(1) + 1;
    if u64::from(min) > most {
        let reason = format!("`min` can be at most {most} with this `timespan`");
        return Err(Reject::new(reason)
            .hint("it counts quarters of the timespan within a day, or within the timespan if that is longer")
            .near("min:"));
    }
    Ok(())
}

/// A condition as it is written.
struct Written<'v> {
    shape: Shape,
    condition: Option<&'v Value>,
}

impl Written<'_> {
    fn reject(&self, reason: &str) -> Reject {
        Reject::new(format!("`{}` {reason}", self.shape.name))
            .hint(self.shape.example)
            .near("condition")
    }

    fn get(&self, part: &str) -> Option<&Value> {
        self.condition?.get(part)
    }

    /// Whether it has nothing but parts that mean something.
    fn check(&self) -> Result<(), Reject> {
        let Some(condition) = self.condition else {
            return if self.shape.compares {
                Err(self.reject("needs a condition"))
            } else {
                Ok(())
            };
        };
        if condition.as_mapping().is_none() {
            return Err(self.reject("has a condition that is no list of parts"));
        }
        let mut known = self.shape.parts.to_vec();
        if self.shape.compares {
            known.extend(OPS.map(|(name, _)| name));
        }
        if self.shape.field != Field::None {
            known.push("field");
        }
        match unknown_keys(Some(condition), &known).first() {
            Some(key) => Err(Reject::new(format!(
                "the condition of a `{}` has no `{key}`",
                self.shape.name
            ))
            .hint(self.shape.all)
            .near(format!("{key}:"))),
            None => Ok(()),
        }
    }

    fn comparisons(&self) -> Result<Condition, Reject> {
        let all = self.condition.map_or(Ok(Vec::new()), comparisons)?;
        if all.is_empty() {
            return Err(self.reject("has no number to compare with"));
        }
        Ok(Condition::Threshold(all))
    }

    fn fields(&self) -> Result<Vec<String>, Reject> {
        let given: Option<Vec<String>> = match self.get("field") {
            None => Some(Vec::new()),
            Some(Value::String(one)) => Some(vec![one.clone()]),
            Some(Value::Sequence(list)) => {
                list.iter().map(|v| v.as_str().map(str::to_owned)).collect()
            }
            Some(
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Mapping(_)
                | Value::Tagged(_),
            ) => None,
        };
        let given = given.ok_or_else(|| {
            Reject::new("`field` takes the name of a field")
                .hint("put quotes around a name that is a number, `true`, `false` or `null`")
                .near("field:")
        })?;
        match (self.shape.field, given.len()) {
            (Field::None, _) | (Field::OneOrNone, 0 | 1) | (Field::One, 1) | (Field::Some, 1..) => {
                Ok(given)
            }
            (Field::One | Field::Some, 0) => Err(self.reject("needs a `field` in its condition")),
            (Field::One | Field::OneOrNone, _) => {
                Err(self.reject("takes one `field`").near("field:"))
            }
        }
    }

    /// A whole number that the condition may give.
    fn whole(&self, part: &str, least: u32) -> Result<Option<u32>, Reject> {
        let Some(value) = self.get(part) else {
            return Ok(None);
        };
        let whole = number(value).filter(|n| n.fract() == 0.0 && *n >= f64::from(least));
        // A number beyond the range of the type is as good as its end.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and not negative"
        )]
        let whole = whole.map(|n| n as u32);
        whole.map(Some).ok_or_else(|| {
            Reject::new(format!("`{part}` is a whole number of at least {least}"))
                .hint(self.shape.example)
                .near(format!("{part}:"))
        })
    }

    /// Kilometres.
    fn distance(&self) -> Result<f64, Reject> {
        let Some(value) = self.get("distance") else {
            return Err(self.reject("needs a `distance` in its condition"));
        };
        number(value).filter(|km| *km >= 0.0).ok_or_else(|| {
            Reject::new("`distance` is a number of kilometres")
                .hint(self.shape.example)
                .near("distance:")
        })
    }

    /// One that it has to give.
    fn needed(&self, part: &str, least: u32) -> Result<u32, Reject> {
        self.whole(part, least)?
            .ok_or_else(|| self.reject(&format!("needs a `{part}` in its condition")))
    }
}

/// Puts a type that the parser knows, and a condition that it takes, in place of
/// ours. Whether there was anything to replace.
pub(crate) fn stand_in(document: &mut Value) -> bool {
    let correlation = document.get_mut("correlation");
    let Some(correlation) = correlation.filter(|c| Beyond::of(c).is_some()) else {
        return false;
    };
    // Whoever asks which fields a correlation needs asks the parser.
    let field = correlation.get("condition").and_then(|c| c.get("field"));
    let mut condition = Mapping::new();
    condition.insert("gte".into(), 1.into());
    if let Some(field) = field.cloned() {
        condition.insert("field".into(), field);
    }
    if let Some(parts) = correlation.as_mapping_mut() {
        parts.insert("type".into(), "event_count".into());
        parts.insert("condition".into(), Value::Mapping(condition));
    }
    true
}

#[cfg(test)]
mod tests;
