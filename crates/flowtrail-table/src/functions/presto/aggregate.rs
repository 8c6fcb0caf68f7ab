//! The aggregate functions that are rewritten.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::datatypes::FieldRef;
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::FunctionRegistry;
use datafusion::functions_aggregate::any_value::any_value_udaf;
use datafusion::functions_aggregate::approx_percentile_cont::approx_percentile_cont_udaf;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Case, DocSection, Documentation, Expr, Signature,
    Volatility, WindowFunctionDefinition, lit,
};

/// A function that is rewritten before anything is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Which {
    CountIf,
    Arbitrary,
    MaxBy,
    MinBy,
    ApproxPercentile,
}

impl Which {
    const ALL: [Self; 5] = [
        Self::CountIf,
        Self::Arbitrary,
        Self::MaxBy,
        Self::MinBy,
        Self::ApproxPercentile,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::CountIf => "count_if",
            Self::Arbitrary => "arbitrary",
            Self::MaxBy => "max_by",
            Self::MinBy => "min_by",
            Self::ApproxPercentile => "approx_percentile",
        }
    }

    const fn syntax(self) -> &'static str {
        match self {
            Self::CountIf => "count_if(condition)",
            Self::Arbitrary => "arbitrary(value)",
            Self::MaxBy => "max_by(value, by)",
            Self::MinBy => "min_by(value, by)",
            Self::ApproxPercentile => "approx_percentile(number, share)",
        }
    }

    const fn doc(self) -> &'static str {
        match self {
            Self::CountIf => "How many rows a condition holds for.",
            Self::Arbitrary => "The value of some row, of one that has a value if there is one.",
            Self::MaxBy => "The value in the row in which something else is greatest.",
            Self::MinBy => "The value in the row in which something else is least.",
            Self::ApproxPercentile => {
                "About the number below which a share of all rows lies, such as 0.95."
            }
        }
    }

    const fn arguments(self) -> usize {
        match self {
            Self::CountIf | Self::Arbitrary => 1,
            Self::MaxBy | Self::MinBy | Self::ApproxPercentile => 2,
        }
    }
}

pub(super) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for which in Which::ALL {
        let udaf = AggregateUDF::from(Rewritten {
            which,
            signature: Signature::variadic_any(Volatility::Immutable),
            documentation: Documentation::builder(
                DocSection::default(),
                which.doc(),
                which.syntax(),
            )
            .build(),
        });
        registry.register_udaf(Arc::new(udaf))?;
    }
    Ok(())
}

/// What planning sees of a function until it is rewritten.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Rewritten {
    which: Which,
    signature: Signature,
    documentation: Documentation,
}

impl AggregateUDFImpl for Rewritten {
    fn name(&self) -> &str {
        self.which.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let which = self.which;
        if given.len() != which.arguments() {
            return refused(which, &format!("does not take {} arguments", given.len()));
        }
        let value = given.first().unwrap_or(&DataType::Null);
        match which {
            Which::CountIf if ![DataType::Boolean, DataType::Null].contains(value) => {
                refused(which, &format!("takes a condition, not {value}"))
            }
            Which::CountIf => Ok(DataType::Int64),
            Which::Arbitrary | Which::MaxBy | Which::MinBy => Ok(value.clone()),
            Which::ApproxPercentile if !value.is_numeric() => {
                refused(which, &format!("takes a number, not {value}"))
            }
            Which::ApproxPercentile => approx_percentile_cont_udaf().return_type(given),
        }
    }

    fn state_fields(&self, _: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        Ok(Vec::new())
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        internal_err!("`{}` was not rewritten", self.which.name())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}

fn refused<T>(which: Which, what: &str) -> Result<T> {
    let (name, syntax) = (which.name(), which.syntax());
    let text = format!("`{name}` {what}\nhint: {syntax}");
    Err(DataFusionError::Plan(text))
}

fn which(function: &AggregateUDF) -> Option<Which> {
    let ours = function.inner().downcast_ref::<Rewritten>();
    ours.map(|ours| ours.which)
}

/// What a call is rewritten into, if it is one of ours.
pub(super) fn call(call: &AggregateFunction) -> Result<Option<Expr>> {
    let Some(which) = which(&call.func) else {
        return Ok(None);
    };
    let mut params = call.params.clone();
    let func = match (which, params.args.as_slice()) {
        (Which::CountIf, [condition]) => {
            params.args = vec![one_where(condition)];
            count_udaf()
        }
        (Which::Arbitrary, [_]) => any_value_udaf(),
        (Which::ApproxPercentile, [_, _]) => approx_percentile_cont_udaf(),
        (Which::MaxBy | Which::MinBy, [value, by]) => {
            let is_there = by.clone().is_not_null();
            let filter = match params.filter.take() {
                Some(filter) => filter.and(is_there),
                None => is_there,
            };
            params.order_by = vec![by.clone().sort(which == Which::MinBy, false)];
            params.args = vec![value.clone()];
            params.filter = Some(Box::new(filter));
            first_value_udaf()
        }
        _ => return refused(which, "has the wrong number of arguments"),
    };
    Ok(Some(Expr::AggregateFunction(AggregateFunction {
        func,
        params,
    })))
}

/// The same for a call with `OVER`.
pub(super) fn over_window(call: &WindowFunction) -> Result<Option<Expr>> {
    let WindowFunctionDefinition::AggregateUDF(function) = &call.fun else {
        return Ok(None);
    };
    let Some(which) = which(function) else {
        return Ok(None);
    };
    let mut call = call.clone();
    let function = match (which, call.params.args.as_slice()) {
        (Which::CountIf, [condition]) => {
            call.params.args = vec![one_where(condition)];
            count_udaf()
        }
        (Which::Arbitrary, [_]) => any_value_udaf(),
        (Which::ApproxPercentile, [_, _]) => approx_percentile_cont_udaf(),
        (Which::MaxBy | Which::MinBy, _) => {
            let (name, way) = (which.name(), "`first_value(value) OVER (… ORDER BY by)`");
            return Err(DataFusionError::Plan(format!(
                "`{name}` cannot have `OVER`\nhint: write {way}"
            )));
        }
        _ => return refused(which, "has the wrong number of arguments"),
    };
    call.fun = WindowFunctionDefinition::AggregateUDF(function);
    Ok(Some(Expr::WindowFunction(Box::new(call))))
}

/// 1 where a condition holds, else null.
fn one_where(condition: &Expr) -> Expr {
    let branch = (Box::new(condition.clone()), Box::new(lit(1_i64)));
    Expr::Case(Case::new(None, vec![branch], None))
}
