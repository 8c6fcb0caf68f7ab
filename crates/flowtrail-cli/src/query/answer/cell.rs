//! One value of an answer, as text and as JSON.

use std::io;

use flowtrail_table::arrow::array::{Array, AsArray as _, StructArray};
use flowtrail_table::arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type, Schema};
use flowtrail_table::arrow::error::ArrowError;
use flowtrail_table::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

/// An error of Arrow as one of writing.
pub(super) fn failed(error: ArrowError) -> io::Error {
    if let ArrowError::IoError(_, error) = error {
        return error;
    }
    io::Error::other(error.to_string())
}

/// Whether an answer is that of `EXPLAIN`: texts of several lines each, which
/// are ours and not a log's.
pub(super) fn is_plan(schema: &Schema) -> bool {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    names == ["plan_type", "plan"]
}

/// Whether a type is made of others.
pub(super) fn is_nested(data_type: &DataType) -> bool {
    data_type.is_nested()
}

/// Whether values of a type are numbers, which are aligned by their last digit.
pub(super) fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

/// Whether values of a type are texts, which a log may have chosen. Whatever is
/// nested can have such within.
pub(super) fn is_text(data_type: &DataType) -> bool {
    !(data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean)
}

/// A column of a batch, ready to be read row by row.
pub(super) struct Cells<'a> {
    array: &'a dyn Array,
    formatter: ArrayFormatter<'a>,
}

impl<'a> Cells<'a> {
    /// # Errors
    /// If values of the type can not be shown.
    pub(super) fn new(array: &'a dyn Array) -> io::Result<Self> {
        let options = FormatOptions::new();
        Ok(Self {
            array,
            formatter: ArrayFormatter::try_new(array, &options).map_err(failed)?,
        })
    }

    /// The value of a row as text; `None` for null. What is nested is JSON.
    pub(super) fn text(&self, row: usize) -> io::Result<Option<String>> {
        if self.array.is_null(row) {
            return Ok(None);
        }
        if is_nested(self.array.data_type()) {
            return Ok(Some(json(self.array, row)?.to_string()));
        }
        let text = self.formatter.value(row).try_to_string();
        Ok(Some(text.map_err(failed)?))
    }

    /// The value of a row as JSON.
    pub(super) fn json(&self, row: usize) -> io::Result<Value> {
        if is_nested(self.array.data_type()) {
            return json(self.array, row);
        }
        scalar(self.array, &self.formatter, row)
    }
}

/// A value that may be nested. Types that JSON has no form for are texts.
fn json(array: &dyn Array, row: usize) -> io::Result<Value> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    if let Some(fields) = array.as_struct_opt() {
        return object(fields, row);
    }
    if let Some(list) = array.as_list_opt::<i32>() {
        return items(&list.value(row));
    }
    if let Some(list) = array.as_list_opt::<i64>() {
        return items(&list.value(row));
    }
    if let Some(list) = array.as_fixed_size_list_opt() {
        return items(&list.value(row));
    }
    if let Some(list) = array.as_list_view_opt::<i32>() {
        return items(&list.value(row));
    }
    if let Some(map) = array.as_map_opt() {
        return entries(&map.value(row));
    }
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(array, &options).map_err(failed)?;
    scalar(array, &formatter, row)
}

fn object(fields: &StructArray, row: usize) -> io::Result<Value> {
    let mut object = Map::new();
    for (field, column) in fields.fields().iter().zip(fields.columns()) {
        object.insert(field.name().clone(), json(column, row)?);
    }
    Ok(Value::Object(object))
}

fn items(array: &dyn Array) -> io::Result<Value> {
    let items = (0..array.len()).map(|row| json(array, row));
    Ok(Value::Array(items.collect::<io::Result<_>>()?))
}

/// A map as an object: its keys are texts, or shown as such.
fn entries(entries: &StructArray) -> io::Result<Value> {
    let (Some(keys), Some(values)) = (entries.columns().first(), entries.columns().get(1)) else {
        return Ok(Value::Null);
    };
    let keys = Cells::new(keys)?;
    let mut object = Map::new();
    for row in 0..entries.len() {
        let key = keys.text(row)?.unwrap_or_default();
        object.insert(key, json(values, row)?);
    }
    Ok(Value::Object(object))
}

/// A value that is not nested. JSON's numbers are those that its readers hold
/// exactly or as a double; decimals stay text.
fn scalar(array: &dyn Array, formatter: &ArrayFormatter<'_>, row: usize) -> io::Result<Value> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    if let Some(bools) = array.as_boolean_opt() {
        return Ok(Value::Bool(bools.value(row)));
    }
    let float = if let Some(floats) = array.as_primitive_opt::<Float64Type>() {
        Some(floats.value(row))
    } else if let Some(floats) = array.as_primitive_opt::<Float32Type>() {
        Some(f64::from(floats.value(row)))
    } else {
        let floats = array.as_primitive_opt::<Float16Type>();
        floats.map(|f| f64::from(f.value(row)))
    };
    if let Some(float) = float {
        // Neither infinity nor what is no number is one in JSON.
        return Ok(Value::from(float));
    }
    let text = formatter.value(row).try_to_string().map_err(failed)?;
    if array.data_type().is_integer() {
        let number = text.parse::<i64>().map(Value::from);
        return Ok(number
            .or_else(|_| text.parse::<u64>().map(Value::from))
            .unwrap_or(Value::String(text)));
    }
    Ok(Value::String(text))
}
