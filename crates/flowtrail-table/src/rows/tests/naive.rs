//! The twin: what a column shows, read out of `serde_json`'s tree of the record.

use datafusion::arrow::array::{
    Array, AsArray, Date32Array, Float64Array, Int32Array, Int64Array, StringViewArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::DataType;
use serde_json::{Map, Value, json};

use crate::schema::{Column, Holds, LogTable, Origin};

/// What a column should show.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    Is(Value),
    /// Text that is this JSON.
    Json(Value),
    Struct(Vec<(String, Shown)>),
    List(Vec<Shown>),
}

const NULL: Shown = Shown::Is(Value::Null);

/// What `column` should show of `record`.
pub(super) fn expected(table: LogTable, column: &Column, record: &Value) -> Shown {
    let field = |path: &str| path.split('.').try_fold(record, |at, key| at.get(key));
    let text = |path: &str| field(path).and_then(Value::as_str);
    match &column.origin {
        Origin::Field(path) => {
            of_value(column, field(path), &|child| expected(table, child, record))
        }
        Origin::Account
            if table == LogTable::CloudTrail || table == LogTable::CloudTrailInsights =>
        {
            Shown::Is(json!(text("recipientAccountId").unwrap_or("999999999999")))
        }
        Origin::Account => {
            let own = text("account-id").filter(|a| *a != "unknown");
            Shown::Is(json!(own.unwrap_or("999999999999")))
        }
        Origin::Region => {
            let own = text("awsRegion").or(text("region"));
            Shown::Is(json!(own.unwrap_or("eu-somewhere-1")))
        }
        Origin::Time => Shown::Is(json!(millis(record))),
        Origin::Day => Shown::Is(json!(millis(record).map(|m| m.div_euclid(86_400_000)))),
        Origin::ObjectName => Shown::Is(json!("the object")),
        Origin::Record => Shown::Json(record.clone()),
        Origin::Rest => match rest(table.columns(), "", record) {
            Some(rest) => Shown::Json(rest),
            None => NULL,
        },
        // The tests of batches look at offsets.
        Origin::ObjectOffset => unreachable!(),
    }
}

fn of_value(column: &Column, value: Option<&Value>, child: &dyn Fn(&Column) -> Shown) -> Shown {
    let Some(value) = value.filter(|v| !v.is_null()) else {
        return NULL;
    };
    match &column.holds {
        Holds::Json => Shown::Json(value.clone()),
        Holds::Text => match value {
            Value::String(_) => Shown::Is(value.clone()),
            Value::Object(_) | Value::Array(_) => Shown::Json(value.clone()),
            Value::Null | Value::Bool(_) | Value::Number(_) => Shown::Is(json!(value.to_string())),
        },
        Holds::Int => Shown::Is(json!(integer(value).and_then(|n| i32::try_from(n).ok()))),
        Holds::BigInt => Shown::Is(json!(integer(value))),
        Holds::Double => Shown::Is(json!(value.as_f64())),
        Holds::Struct(fields) if value.is_object() => Shown::Struct(
            fields
                .iter()
                .map(|f| (f.name.to_string(), child(f)))
                .collect(),
        ),
        Holds::List(fields) if value.is_array() => Shown::List(
            value
                .as_array()
                .unwrap()
                .iter()
                .map(|m| member(fields, m))
                .collect(),
        ),
        Holds::Struct(_) | Holds::List(_) => NULL,
        Holds::Time | Holds::Day => unreachable!(),
    }
}

fn member(fields: &[Column], value: &Value) -> Shown {
    if !value.is_object() {
        return NULL;
    }
    let shown = |f: &Column| of_value(f, value.get(f.path().unwrap()), &|_| unreachable!());
    Shown::Struct(
        fields
            .iter()
            .map(|f| (f.name.to_string(), shown(f)))
            .collect(),
    )
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn millis(record: &Value) -> Option<i64> {
    if let Some(secs) = record.get("end").or(record.get("start")) {
        return Some(secs.as_i64()? * 1000);
    }
    let text = record.get("eventTime")?.as_str()?;
    let nanos = datafusion::arrow::compute::kernels::cast_utils::string_to_timestamp_nanos(text);
    Some(nanos.ok()? / 1_000_000)
}

/// The record without what has a column.
fn rest(columns: &[Column], parent: &str, record: &Value) -> Option<Value> {
    let mut left = Map::new();
    for (key, value) in record.as_object()? {
        let path = format!("{parent}{key}");
        let column = columns.iter().find(|c| c.path() == Some(&path));
        let region = key == "region" && columns.iter().any(|c| c.name == "srcaddr");
        let kept = match column.map(|c| &c.holds) {
            None if region => None,
            None => Some(value.clone()),
            Some(Holds::Struct(fields)) if value.is_object() => {
                rest(fields, &format!("{path}."), value)
            }
            Some(Holds::List(fields)) if value.is_array() => {
                let all = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|m| m.is_null() || (m.is_object() && rest(fields, "", m).is_none()));
                (!all).then(|| value.clone())
            }
            Some(Holds::Struct(_) | Holds::List(_)) => (!value.is_null()).then(|| value.clone()),
            Some(_) => None,
        };
        left.extend(kept.map(|value| (key.clone(), value)));
    }
    (!left.is_empty()).then_some(Value::Object(left))
}

/// Panics unless row `row` of `array` is `want`.
pub(super) fn check(array: &dyn Array, row: usize, want: &Shown, what: &str) {
    if array.is_null(row) {
        assert_eq!(*want, NULL, "{what}");
        return;
    }
    match want {
        Shown::Is(value) => assert_eq!(scalar(array, row), *value, "{what}"),
        Shown::Json(value) => {
            let text = array.as_any().downcast_ref::<StringViewArray>().unwrap();
            let json: Value = serde_json::from_str(text.value(row)).unwrap();
            assert_eq!(json, *value, "{what}");
        }
        Shown::Struct(fields) => {
            let array = array.as_struct();
            assert_eq!(array.num_columns(), fields.len());
            for (name, want) in fields {
                let column = array.column_by_name(name).unwrap();
                check(column, row, want, &format!("{what}.{name}"));
            }
        }
        Shown::List(members) => {
            let list = array.as_list::<i32>().value(row);
            assert_eq!(list.len(), members.len(), "{what}");
            for (i, want) in members.iter().enumerate() {
                check(&list, i, want, &format!("{what}[{i}]"));
            }
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other types are built")]
fn scalar(array: &dyn Array, row: usize) -> Value {
    let any = array.as_any();
    match array.data_type() {
        DataType::Utf8View => json!(any.downcast_ref::<StringViewArray>().unwrap().value(row)),
        DataType::Int32 => json!(any.downcast_ref::<Int32Array>().unwrap().value(row)),
        DataType::Int64 => json!(any.downcast_ref::<Int64Array>().unwrap().value(row)),
        DataType::Float64 => json!(any.downcast_ref::<Float64Array>().unwrap().value(row)),
        DataType::Date32 => json!(any.downcast_ref::<Date32Array>().unwrap().value(row)),
        DataType::Timestamp(..) => {
            json!(
                any.downcast_ref::<TimestampMillisecondArray>()
                    .unwrap()
                    .value(row)
            )
        }
        other => panic!("{other}"),
    }
}
