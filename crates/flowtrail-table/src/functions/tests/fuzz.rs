//! Nothing that stands in a log makes a function panic, or fail for the rows
//! beside it.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl as _};
use proptest::prelude::*;

use super::super::Knowledge;
use super::super::call::Function;
use super::super::entries;
use super::super::entry::{Argument, Entry};
use super::super::kind::Kind;

static KNOWLEDGE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| Arc::new(super::knowledge()));

/// Arguments that a query writes, rather than a log: they are right here.
fn pattern(name: &str) -> Option<&'static str> {
    Some(match name {
        "path" => "$.a[*]['b'][0]",
        "unit" => "month",
        "pattern" => "%Y-%m-%d",
        "delimiter" => ",",
        "part" => "name",
        "flags" => "gi",
        "replacement" => "<$0>",
        "operator" => ">=",
        _ => return None,
    })
}

/// The pattern that a function takes, if its argument is one.
fn pattern_of(entry: &Entry, argument: &str) -> Option<&'static str> {
    let pattern = pattern(argument)?;
    Some(match (entry.name, argument) {
        ("json_extract_scalar", _) => "$.a.b[0]",
        ("parse_datetime" | "format_datetime", "pattern") => "yyyy-MM-dd",
        (name, "pattern") if name.contains("regexp") => "[a-z]+",
        _ => pattern,
    })
}

fn column(argument: &Argument, texts: Vec<Option<String>>, numbers: &[i64]) -> ArrayRef {
    match argument.kind {
        Kind::Integer => Arc::new(match argument.name {
            "group" => Int64Array::from(vec![0; numbers.len()]),
            "limit" | "number" => numbers.iter().map(|n| Some((*n).max(1))).collect(),
            _ => numbers.iter().map(|n| Some(*n)).collect::<Int64Array>(),
        }),
        Kind::Number => Arc::new(Float64Array::from_iter_values(
            numbers.iter().map(|n| f64::from_bits(n.cast_unsigned())),
        )),
        Kind::Flag => Arc::new(BooleanArray::from_iter(
            numbers.iter().map(|n| (n % 3 != 0).then_some(n % 2 == 0)),
        )),
        Kind::Text
        | Kind::Texts
        | Kind::Bytes
        | Kind::Moment
        | Kind::Identity
        | Kind::Scalar
        | Kind::Values => Arc::new(StringViewArray::from_iter(texts)),
    }
}

fn columns(entry: &Entry, texts: &[Option<String>], numbers: &[i64]) -> Vec<ArrayRef> {
    let column = |(ix, argument): (usize, &Argument)| {
        let texts = match pattern_of(entry, argument.name) {
            Some(pattern) => vec![Some(pattern.to_owned()); texts.len()],
            None => texts
                .iter()
                .cycle()
                .skip(ix)
                .take(texts.len())
                .cloned()
                .collect(),
        };
        column(argument, texts, numbers)
    };
    entry.arguments.iter().enumerate().map(column).collect()
}

fn call(entry: &'static Entry, texts: &[Option<String>], numbers: &[i64], constant: bool) {
    let columns = columns(entry, texts, numbers);
    let types: Vec<DataType> = columns.iter().map(|c| c.data_type().clone()).collect();
    let function = Function::new(entry, &KNOWLEDGE);
    let returns = function.return_type(&types).unwrap();
    let field = |t: &DataType| Arc::new(Field::new("a", t.clone(), true));
    let value = |column: ArrayRef| match constant {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&column, 0).unwrap()),
        false => ColumnarValue::Array(column),
    };
    let answer = function.invoke_with_args(ScalarFunctionArgs {
        args: columns.into_iter().map(value).collect(),
        arg_fields: types.iter().map(field).collect(),
        number_rows: texts.len(),
        return_field: field(&returns),
        config_options: Arc::new(ConfigOptions::default()),
    });
    match answer {
        Ok(answer) => {
            assert_eq!(answer.data_type(), returns, "{}", entry.name);
            if let ColumnarValue::Array(array) = answer {
                assert_eq!(array.len(), texts.len(), "{}", entry.name);
            }
        }
        // Only a constant may be refused.
        Err(error) => assert!(constant, "{}: {error}", entry.name),
    }
}

/// Text as logs have it, and text that is nearly so.
fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        2 => Just(None),
        3 => ".{0,24}".prop_map(Some),
        3 => "[\\[\\]{}:,\"ab0-9.eE+-]{0,24}".prop_map(Some),
        2 => "(\\{\"a\": ?){0,4}[\\[\\]{}\"b0-9]{0,8}".prop_map(Some),
        2 => "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.+Zé-]{0,14}".prop_map(Some),
        2 => "[0-9a-f:.]{1,20}(/[0-9]{1,3})?".prop_map(Some),
        2 => "arn:[a-z:]{0,12}[0-9]{0,12}[:/a-z]{0,12}".prop_map(Some),
        2 => "https?://[a-z0-9.:\\[\\]@-]{0,12}[/?&=%a-f0-9+#]{0,12}".prop_map(Some),
        1 => "[A-Za-z0-9+/=_-]{0,20}".prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_breaks_a_function(
        texts in prop::collection::vec(text(), 1..6),
        seed in prop::collection::vec(prop_oneof![any::<i64>(), -3_i64..3, Just(i64::MIN), Just(i64::MAX)], 6),
        constant in any::<bool>(),
    ) {
        for entry in entries() {
            call(entry, &texts, &seed[..texts.len()], constant);
        }
    }
}

#[test]
fn a_batch_without_rows_is_answered_without_rows() {
    for entry in entries() {
        call(entry, &[], &[], false);
    }
}
