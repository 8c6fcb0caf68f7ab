//! The scalar functions that are rewritten.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue, internal_err};
use datafusion::execution::FunctionRegistry;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::functions::string::expr_fn::{contains, replace};
use datafusion::functions_nested::expr_fn::{array_element, array_has, map_extract};
use datafusion::logical_expr::expr::{Cast, ScalarFunction, TryCast};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{
    BinaryExpr, Case, ColumnarValue, DocSection, Documentation, Expr, ExprSchemable as _, Operator,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, binary_expr, lit,
};

use super::super::kind::{element, is_text};
use super::super::{is_cidr, udf};

/// A function that is rewritten before anything is computed.
struct Row {
    name: &'static str,
    syntax: &'static str,
    doc: &'static str,
    /// The type of the answer, or `None` for arguments that make no sense.
    returns: fn(&[DataType]) -> Option<DataType>,
}

const ROWS: &[Row] = &[
    Row {
        name: "if",
        syntax: "if(condition, then[, otherwise])",
        doc: "One value where a condition holds, else another one or null. It is short for `CASE`.",
        returns: |given| match given {
            [_, then] => Some(then.clone()),
            [_, then, otherwise] => type_union_resolution(&[then.clone(), otherwise.clone()]),
            _ => None,
        },
    },
    Row {
        name: "try",
        syntax: "try(expression)",
        doc: "The expression with null where one of its casts fails or a whole number is divided by zero.",
        returns: |given| match given {
            [one] => Some(one.clone()),
            _ => None,
        },
    },
    Row {
        name: "contains",
        syntax: "contains(list, value)",
        doc: "Whether a list has a value; whether text has another text in it; and, if the first argument is a constant network such as `10.0.0.0/8`, whether an address lies in it.",
        returns: |given| (given.len() == 2).then_some(DataType::Boolean),
    },
    Row {
        name: "replace",
        syntax: "replace(text, part[, with])",
        doc: "The text with each occurrence of a part replaced, or left out where nothing is given to replace it.",
        returns: |given| {
            let fits =
                matches!(given.len(), 2 | 3) && given.iter().all(|t| is_text(t) || t.is_null());
            fits.then_some(DataType::Utf8View)
        },
    },
    Row {
        name: "bitwise_and",
        syntax: "bitwise_and(a, b)",
        doc: "The bits that both numbers have. It is `a & b`.",
        returns: both_whole,
    },
    Row {
        name: "bitwise_or",
        syntax: "bitwise_or(a, b)",
        doc: "The bits that either number has. It is `a | b`.",
        returns: both_whole,
    },
    Row {
        name: "bitwise_xor",
        syntax: "bitwise_xor(a, b)",
        doc: "The bits that one of the numbers has and the other has not.",
        returns: both_whole,
    },
    Row {
        name: "element_at",
        syntax: "element_at(list or map, index or key)",
        doc: "The element of a list, from 1 or from the end if negative, or the value of a key in a map. Null where there is none.",
        returns: |given| match given {
            [DataType::Null, _] => Some(DataType::Null),
            [DataType::Map(entries, _), _] => map_value(entries.data_type()),
            [list, _] => element(list).cloned(),
            _ => None,
        },
    },
];

/// The type that two whole numbers have in common.
fn both_whole(given: &[DataType]) -> Option<DataType> {
    let whole = given.len() == 2 && given.iter().all(|t| t.is_integer() || t.is_null());
    whole.then(|| type_union_resolution(given)).flatten()
}

/// The type of a map's values, from the type of its entries.
fn map_value(entries: &DataType) -> Option<DataType> {
    let DataType::Struct(fields) = entries else {
        return None;
    };
    fields.last().map(|value| value.data_type().clone())
}

pub(super) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for row in ROWS {
        registry.register_udf(Arc::new(ScalarUDF::from(Rewritten::new(row))))?;
    }
    Ok(())
}

/// What planning sees of a function until it is rewritten.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Rewritten {
    row: &'static Row,
    signature: Signature,
    documentation: Documentation,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Row {}

impl std::hash::Hash for Row {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Rewritten {
    fn new(row: &'static Row) -> Self {
        Self {
            row,
            signature: Signature::variadic_any(Volatility::Immutable),
            documentation: Documentation::builder(DocSection::default(), row.doc, row.syntax)
                .build(),
        }
    }
}

impl ScalarUDFImpl for Rewritten {
    fn name(&self) -> &str {
        self.row.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        (self.row.returns)(given).ok_or_else(|| {
            let given: Vec<_> = given.iter().map(ToString::to_string).collect();
            let (name, syntax) = (self.row.name, self.row.syntax);
            let given = given.join(", ");
            DataFusionError::Plan(format!("`{name}` does not take ({given})\nhint: {syntax}"))
        })
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("`{}` was not rewritten", self.row.name)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

/// What a call is rewritten into, if it is one of ours.
pub(super) fn call(call: &ScalarFunction, schema: &DFSchema) -> Result<Option<Expr>> {
    if !call.func.inner().is::<Rewritten>() {
        return Ok(None);
    }
    Ok(match (call.func.name(), call.args.as_slice()) {
        ("if", [condition, then, otherwise @ ..]) => {
            let branch = (Box::new(condition.clone()), Box::new(then.clone()));
            let otherwise = otherwise.first().cloned().map(Box::new);
            Some(Expr::Case(Case::new(None, vec![branch], otherwise)))
        }
        ("try", [expr]) => Some(trying(expr.clone(), schema)?),
        ("contains", [whole, part]) => Some(containing(whole, part, schema)?),
        ("bitwise_and", [a, b]) => Some(bits(a, Operator::BitwiseAnd, b)),
        ("bitwise_or", [a, b]) => Some(bits(a, Operator::BitwiseOr, b)),
        ("bitwise_xor", [a, b]) => Some(bits(a, Operator::BitwiseXor, b)),
        ("replace", [text, part, with @ ..]) => {
            let with = with.first().cloned().unwrap_or_else(|| lit(""));
            let replaced = replace(text.clone(), part.clone(), with);
            Some(replaced.cast_to(&DataType::Utf8View, schema)?)
        }
        ("element_at", [whole, key]) => {
            let is_map = matches!(whole.get_type(schema)?, DataType::Map(_, _));
            Some(if is_map {
                array_element(map_extract(whole.clone(), key.clone()), lit(1_i64))
            } else {
                array_element(whole.clone(), key.clone())
            })
        }
        _ => None,
    })
}

fn bits(a: &Expr, op: Operator, b: &Expr) -> Expr {
    binary_expr(a.clone(), op, b.clone())
}

fn containing(whole: &Expr, part: &Expr, schema: &DFSchema) -> Result<Expr> {
    let (whole, part) = (whole.clone(), part.clone());
    if element(&whole.get_type(schema)?).is_some() {
        return Ok(array_has(whole, part));
    }
    let literal = whole.as_literal().and_then(|value| value.try_as_str());
    let literal = literal.flatten();
    if literal.is_some_and(|text| text.contains('/') && is_cidr(text)) {
        return Ok(udf("cidr_contains")?.call(vec![whole, part]));
    }
    Ok(contains(whole, part))
}

/// The expression with null in place of what fails.
fn trying(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let tried = expr.transform_up(|expr| {
        if let Expr::Cast(cast) = expr {
            return Ok(Transformed::yes(Expr::TryCast(TryCast {
                expr: cast.expr,
                field: cast.field,
            })));
        }
        if let Expr::BinaryExpr(division) = &expr
            && matches!(division.op, Operator::Divide | Operator::Modulo)
            && division.right.get_type(schema)?.is_integer()
        {
            let by = nullif((*division.right).clone(), lit(0_i64));
            return Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr {
                left: division.left.clone(),
                op: division.op,
                right: Box::new(by),
            })));
        }
        Ok(Transformed::no(expr))
    })?;
    Ok(tried.data)
}

/// What stands in a cast of JSON.
pub(super) enum Inner {
    /// Scalars as text, to be cast.
    Text(Expr),
    /// A list of texts, which is what the cast asks for.
    List(Expr),
}

impl Inner {
    pub(super) fn in_cast(self, field: &FieldRef) -> Expr {
        match self {
            Self::Text(expr) => Expr::Cast(Cast {
                expr: Box::new(expr),
                field: Arc::clone(field),
            }),
            Self::List(expr) => expr,
        }
    }

    pub(super) fn in_try_cast(self, field: &FieldRef) -> Expr {
        match self {
            Self::Text(expr) => Expr::TryCast(TryCast {
                expr: Box::new(expr),
                field: Arc::clone(field),
            }),
            Self::List(expr) => expr,
        }
    }
}

/// What a cast of JSON to `field` casts: JSON text has quotes, its value has not.
pub(super) fn cast(expr: &Expr, field: &FieldRef) -> Option<Inner> {
    static TEXT: LazyLock<Option<Arc<ScalarUDF>>> = LazyLock::new(|| udf("json_extract_text").ok());
    static LIST: LazyLock<Option<Arc<ScalarUDF>>> = LazyLock::new(|| udf("json_values").ok());
    let Expr::ScalarFunction(call) = expr else {
        return None;
    };
    let is_json = ["json_extract", "json_array_get", "json_parse"].contains(&call.func.name());
    if !is_json {
        return None;
    }
    let whole = || Expr::Literal(ScalarValue::Utf8View(Some("$".to_owned())), None);
    let args = match call.func.name() {
        "json_extract" => call.args.clone(),
        _ => vec![expr.clone(), whole()],
    };
    let target = field.data_type();
    if element(target).is_some_and(is_text) {
        return Some(Inner::List(LIST.as_ref()?.call(args)));
    }
    let is_scalar = is_text(target) || target.is_numeric() || target == &DataType::Boolean;
    is_scalar.then(|| TEXT.as_ref().map(|text| Inner::Text(text.call(args))))?
}
