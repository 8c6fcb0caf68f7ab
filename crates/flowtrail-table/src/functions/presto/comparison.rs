//! Comparisons that mean something else in Athena than they would as texts:
//! those of addresses, and those of days with the text of a partition.

use chrono::NaiveDate;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, InList};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable as _, Operator};

use super::super::types::IP_ADDRESS;
use super::super::udf;
use super::scalar;

/// A cast to an address: what is none is null.
pub(super) fn address(expr: &Expr, to: &Field) -> Result<Option<Expr>> {
    if to.name() != IP_ADDRESS {
        return Ok(None);
    }
    let text = Field::new("", to.data_type().clone(), true).into();
    let inner = match scalar::cast(expr, &text) {
        Some(inner) => inner.in_cast(&text),
        None => expr.clone(),
    };
    Ok(Some(udf("ip_address")?.call(vec![inner])))
}

/// `a < b` and its like.
pub(super) fn binary(binary: &BinaryExpr, schema: &DFSchema) -> Result<Option<Expr>> {
    let ordered = matches!(
        binary.op,
        Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq
    );
    let equal = matches!(
        binary.op,
        Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom
    );
    if !ordered && !equal {
        return Ok(None);
    }
    let sides = [binary.left.as_ref(), binary.right.as_ref()];
    Ok(alike(&sides, ordered, schema)?.and_then(|sides| {
        let [left, right] = <[Expr; 2]>::try_from(sides).ok()?;
        Some(Expr::BinaryExpr(BinaryExpr {
            left: Box::new(left),
            op: binary.op,
            right: Box::new(right),
        }))
    }))
}

/// `a BETWEEN b AND c`.
pub(super) fn between(between: &Between, schema: &DFSchema) -> Result<Option<Expr>> {
    let sides = [&between.expr, &between.low, &between.high].map(AsRef::as_ref);
    Ok(alike(&sides, true, schema)?.and_then(|sides| {
        let [expr, low, high] = <[Expr; 3]>::try_from(sides).ok()?.map(Box::new);
        Some(Expr::Between(Between {
            expr,
            negated: between.negated,
            low,
            high,
        }))
    }))
}

/// `a IN (b, c)`.
pub(super) fn in_list(list: &InList, schema: &DFSchema) -> Result<Option<Expr>> {
    let sides: Vec<&Expr> = std::iter::once(list.expr.as_ref())
        .chain(&list.list)
        .collect();
    Ok(alike(&sides, false, schema)?.and_then(|mut sides| {
        let items = sides.split_off(1);
        Some(Expr::InList(InList {
            expr: Box::new(sides.pop()?),
            list: items,
            negated: list.negated,
        }))
    }))
}

/// The sides of a comparison as something that compares as Athena would have
/// it; `None` if they do so already. `ordered`: it asks which is larger.
fn alike(sides: &[&Expr], ordered: bool, schema: &DFSchema) -> Result<Option<Vec<Expr>>> {
    if ordered && sides.iter().any(|s| is_address(s)) {
        let bytes = udf("ip_bytes")?;
        let bytes = sides.iter().map(|s| bytes.call(vec![(*s).clone()]));
        return Ok(Some(bytes.collect()));
    }
    let days: Vec<Option<i32>> = sides.iter().map(|s| day(s)).collect();
    let is_day = |e: &&&Expr| e.get_type(schema).is_ok_and(|t| t == DataType::Date32);
    if days.iter().all(Option::is_none) || !sides.iter().any(|s| is_day(&s)) {
        return Ok(None);
    }
    let dated = sides.iter().zip(days).map(|(side, day)| match day {
        Some(day) => Expr::Literal(ScalarValue::Date32(Some(day)), None),
        None => (*side).clone(),
    });
    Ok(Some(dated.collect()))
}

fn is_address(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.func.name() == "ip_address")
}

/// The day of a text as AWS's folders have it: `2026/03/01`.
fn day(expr: &Expr) -> Option<i32> {
    let text = expr.as_literal()?.try_as_str().flatten()?;
    let day = NaiveDate::parse_from_str(text, "%Y/%m/%d").ok()?;
    Some(Date32Type::from_naive_date(day))
}
