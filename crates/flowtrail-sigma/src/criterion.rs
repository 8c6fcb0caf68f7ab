//! What a correlation computes and when it fires, as its document says.
//!
//! The parser rounds, wraps or drops numbers that it does not expect in a
//! condition, so they are read again from the document.

use rsigma_parser::{
    ConditionExpr, ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType,
};
use yaml_serde::Value;

use crate::beyond::Beyond;
use crate::correlation::{Condition, CorrelationKind, MemberExpr, Op};
use crate::document::Document;
use crate::problem::Reject;
use crate::yaml;

/// Percentile that is meant where a `value_percentile` names none.
const MEDIAN: f64 = 50.0;

/// The comparisons of a condition.
pub(crate) const OPS: [(&str, Op); 6] = [
    ("lt", Op::Lt),
    ("lte", Op::Lte),
    ("gt", Op::Gt),
    ("gte", Op::Gte),
    ("eq", Op::Eq),
    ("neq", Op::Neq),
];

/// The parts that a correlation may have, those of other engines included that
/// the parser judges.
const PARTS: [&str; 10] = [
    "type",
    "rules",
    "group-by",
    "timespan",
    "timeframe",
    "condition",
    "aliases",
    "generate",
    "window",
    "gap",
];

/// What a correlation computes and when it fires.
#[derive(Debug)]
pub(crate) struct Criterion {
    pub(crate) kind: CorrelationKind,
    /// The fields that are counted or summed.
    pub(crate) fields: Vec<String>,
    pub(crate) condition: Condition,
    /// Parts that mean nothing, most likely misspelt.
    pub(crate) unknown_keys: Vec<String>,
}

impl Criterion {
    pub(crate) fn read(rule: &CorrelationRule, document: &Document) -> Result<Self, Reject> {
        let written = document.sections(&rule.title, "correlation").next();
        written.map_or(Ok(()), check_parts)?;
        let beyond = written.and_then(|c| Some((Beyond::of(c)?, c)));
        let (kind, fields, condition) = match beyond {
            Some((beyond, written)) => beyond.read(rule, written)?,
            None => sigma(rule, written.and_then(|c| c.get("condition")))?,
        };
        Ok(Self {
            kind,
            fields,
            condition,
            unknown_keys: unknown_keys(written, &PARTS),
        })
    }
}

/// One of Sigma's own types.
fn sigma(
    rule: &CorrelationRule,
    condition: Option<&Value>,
) -> Result<(CorrelationKind, Vec<String>, Condition), Reject> {
    let kind = kind_of(rule, condition)?;
    let fields = value_fields(rule)?;
    Ok((kind, fields, condition_of(rule, kind, condition)?))
}

/// Parts of another shape than theirs, which the parser drops: fewer rules, or
/// fewer fields to group by, would make another correlation.
fn check_parts(section: &Value) -> Result<(), Reject> {
    let check = |part: &str, fits: fn(&Value) -> bool, reason: &str| match section.get(part) {
        Some(value) if !fits(value) => Err(Reject::new(reason).near(format!("{part}:"))),
        Some(_) | None => Ok(()),
    };
    check(
        "rules",
        yaml::is_names,
        "`rules` takes ids or names of rules",
    )?;
    check(
        "group-by",
        yaml::is_names,
        "`group-by` takes names of fields",
    )?;
    check(
        "aliases",
        is_aliases,
        "`aliases` takes fields by rule by alias",
    )?;
    check(
        "generate",
        Value::is_bool,
        "`generate` takes `true` or `false`",
    )
}

fn is_aliases(value: &Value) -> bool {
    let Some(aliases) = value.as_mapping() else {
        return false;
    };
    let text = |(rule, field): (&Value, &Value)| rule.is_string() && field.is_string();
    let mut fields = aliases.values().map(Value::as_mapping);
    aliases.keys().all(Value::is_string) && fields.all(|f| f.is_some_and(|f| f.iter().all(text)))
}

pub(crate) fn unknown_keys(section: Option<&Value>, known: &[&str]) -> Vec<String> {
    let keys = section.and_then(Value::as_mapping).into_iter().flatten();
    keys.filter_map(|(k, _)| k.as_str())
        .filter(|k| !known.contains(k))
        .map(str::to_owned)
        .collect()
}

/// Puts 0 in place of the thresholds that the parser does not take as they are
/// (fractions, negative numbers, numbers in quotes). Whether there were any.
pub(crate) fn blunt(document: &mut Value) -> bool {
    let condition = document
        .get_mut("correlation")
        .and_then(|c| c.get_mut("condition"));
    let Some(condition) = condition.and_then(Value::as_mapping_mut) else {
        return false;
    };
    let mut blunted = false;
    for (op, _) in OPS {
        if let Some(value) = condition.get_mut(op)
            && value.as_u64().is_none()
            && number(value).is_some()
        {
            *value = Value::Number(0.into());
            blunted = true;
        }
    }
    blunted
}

pub(crate) fn number(value: &Value) -> Option<f64> {
    let n = match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null
        | Value::Bool(_)
        | Value::Sequence(_)
        | Value::Mapping(_)
        | Value::Tagged(_) => None,
    };
    n.filter(|n| n.is_finite())
}

fn kind_of(rule: &CorrelationRule, condition: Option<&Value>) -> Result<CorrelationKind, Reject> {
    Ok(match rule.correlation_type {
        CorrelationType::EventCount => CorrelationKind::EventCount,
        CorrelationType::ValueCount => CorrelationKind::ValueCount,
        CorrelationType::Temporal => CorrelationKind::Temporal,
        CorrelationType::TemporalOrdered => CorrelationKind::TemporalOrdered,
        CorrelationType::ValueSum => CorrelationKind::ValueSum,
        CorrelationType::ValueAvg => CorrelationKind::ValueAvg,
        CorrelationType::ValueMedian => CorrelationKind::ValuePercentile(MEDIAN),
        CorrelationType::ValuePercentile => {
            let written = condition.and_then(|c| c.get("percentile"));
            CorrelationKind::ValuePercentile(written.map_or(Ok(MEDIAN), percentile)?)
        }
    })
}

fn value_fields(rule: &CorrelationRule) -> Result<Vec<String>, Reject> {
    let needs = match rule.correlation_type {
        CorrelationType::EventCount
        | CorrelationType::Temporal
        | CorrelationType::TemporalOrdered => false,
        CorrelationType::ValueCount
        | CorrelationType::ValueSum
        | CorrelationType::ValueAvg
        | CorrelationType::ValueMedian
        | CorrelationType::ValuePercentile => true,
    };
    let given = match &rule.condition {
        CorrelationCondition::Threshold { field, .. } => field.clone().unwrap_or_default(),
        CorrelationCondition::Extended(_) => Vec::new(),
    };
    if needs && given.is_empty() {
        let kind = rule.correlation_type.as_str();
        return Err(
            Reject::new(format!("`{kind}` needs a `field` in its condition"))
                .hint("name the field whose values are counted or summed")
                .near("condition"),
        );
    }
    Ok(if needs { given } else { Vec::new() })
}

fn percentile(value: &Value) -> Result<f64, Reject> {
    let percentile = number(value).filter(|p| (0.0..=100.0).contains(p));
    percentile.ok_or_else(|| Reject::new("`percentile` goes from 0 to 100").near("percentile"))
}

fn condition_of(
    rule: &CorrelationRule,
    kind: CorrelationKind,
    written: Option<&Value>,
) -> Result<Condition, Reject> {
    let temporal = matches!(
        kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    );
    match &rule.condition {
        // The parser cannot tell a condition that is missing from `gte: 1`.
        CorrelationCondition::Threshold { .. } if temporal && written.is_none() => {
            Ok(Condition::AllMembers)
        }
        CorrelationCondition::Threshold { predicates, .. } => match written {
            Some(written) => thresholds(written).map(Condition::Threshold),
            // A part of a collection, whose title stands in another document.
            None => Ok(Condition::Threshold(parsed(predicates))),
        },
        CorrelationCondition::Extended(expr) if temporal => {
            Ok(Condition::Members(members(expr, &rule.rules)?))
        }
        CorrelationCondition::Extended(_) => Err(Reject::new(
            "this kind of correlation needs a comparison as its condition",
        )
        .hint("for example `gte: 10`")
        .near("condition")),
    }
}

fn parsed(predicates: &[(ConditionOperator, u64)]) -> Vec<(Op, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "thresholds are far below 2^52")]
    let one = |(op, n): &(ConditionOperator, u64)| {
        let op = match op {
            ConditionOperator::Lt => Op::Lt,
            ConditionOperator::Lte => Op::Lte,
            ConditionOperator::Gt => Op::Gt,
            ConditionOperator::Gte => Op::Gte,
            ConditionOperator::Eq => Op::Eq,
            ConditionOperator::Neq => Op::Neq,
        };
        (op, *n as f64)
    };
    predicates.iter().map(one).collect()
}

fn thresholds(written: &Value) -> Result<Vec<(Op, f64)>, Reject> {
    let known: Vec<&str> = OPS
        .iter()
        .map(|o| o.0)
        .chain(["field", "percentile"])
        .collect();
    if let Some(key) = unknown_keys(Some(written), &known).first() {
        return Err(Reject::new(format!("the condition has no `{key}`"))
            .hint("its parts are gt, gte, lt, lte, eq, neq, field and percentile")
            .near(format!("{key}:")));
    }
    let all = comparisons(written)?;
    if all.is_empty() {
        return Err(Reject::new("the condition has no number to compare with")
            .hint("for example `gte: 10`")
            .near("condition"));
    }
    Ok(all)
}

/// The comparisons of a condition, which may have none.
pub(crate) fn comparisons(written: &Value) -> Result<Vec<(Op, f64)>, Reject> {
    let mut all = Vec::new();
    for (name, op) in OPS {
        if let Some(value) = written.get(name) {
            let reject = || {
                Reject::new(format!("`{name}` takes a number"))
                    .hint("for example `gte: 10`")
                    .near(format!("{name}:"))
            };
            all.push((op, number(value).ok_or_else(reject)?));
        }
    }
    Ok(all)
}

fn members(expr: &ConditionExpr, rules: &[String]) -> Result<MemberExpr, Reject> {
    let all = |list: &[ConditionExpr]| {
        list.iter()
            .map(|e| members(e, rules))
            .collect::<Result<Vec<_>, _>>()
    };
    match expr {
        ConditionExpr::And(list) => Ok(MemberExpr::And(all(list)?)),
        ConditionExpr::Or(list) => Ok(MemberExpr::Or(all(list)?)),
        ConditionExpr::Not(inner) => Ok(MemberExpr::Not(Box::new(members(inner, rules)?))),
        ConditionExpr::Identifier(name) => rules
            .iter()
            .position(|r| r == name)
            .map(MemberExpr::Member)
            .ok_or_else(|| {
                Reject::new(format!(
                    "the condition names `{name}`, which is not among the `rules`"
                ))
                .near("condition")
            }),
        ConditionExpr::Selector { .. } => Err(Reject::new(
            "selectors are not part of a correlation's condition",
        )
        .near("condition")),
    }
}

#[cfg(test)]
mod tests;
