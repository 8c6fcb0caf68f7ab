//! Functions of Presto that are something else in `DataFusion`: they are
//! rewritten into it before types are worked out.
//!
//! | Presto | `DataFusion` |
//! |---|---|
//! | `if(c, a[, b])` | `CASE WHEN c THEN a ELSE b END` |
//! | `try(e)` | `e` with `TRY_CAST` for its casts, and null for a division by zero |
//! | `contains(list, x)` | `array_has(list, x)` |
//! | `contains('10.0.0.0/8', ip)` | `cidr_contains('10.0.0.0/8', ip)` |
//! | `element_at(list, n)` | `array_element(list, n)` |
//! | `element_at(map, key)` | `map_extract(map, key)[1]` |
//! | `CAST(json_extract(j, p) AS VARCHAR)`, or another scalar | `CAST(json_extract_text(j, p) AS …)` |
//! | `CAST(json_extract(j, p) AS ARRAY<VARCHAR>)` | `json_values(j, p)` |
//! | `CAST(e AS IPADDRESS)` | `ip_address(e)` |
//! | `ip_address(a) < b`, and the like | `ip_bytes(ip_address(a)) < ip_bytes(b)` |
//! | `day >= '2026/03/01'` | `day >= DATE '2026-03-01'` |
//! | `bitwise_and(a, b)`, `bitwise_or`, `bitwise_xor` | `a & b` and so on |
//! | `replace(text, part)` | `replace(text, part, '')` |
//! | `count_if(c)` | `count(*) FILTER (WHERE c)` |
//! | `arbitrary(x)` | `any_value(x)` |
//! | `max_by(x, y)` | `first_value(x ORDER BY y DESC)` over rows where `y` is not null |
//! | `min_by(x, y)` | `first_value(x ORDER BY y)` over the same |
//! | `approx_percentile(x, p)` | `approx_percentile_cont(x, p)` |

mod aggregate;
mod comparison;
mod scalar;

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;

/// Registers the functions that are rewritten, and the rewriting.
pub(super) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    scalar::register(registry)?;
    aggregate::register(registry)?;
    registry.register_function_rewrite(Arc::new(Presto))
}

/// The rewriting.
#[derive(Debug)]
struct Presto;

impl FunctionRewrite for Presto {
    fn name(&self) -> &'static str {
        "presto"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        let rewritten = if let Expr::ScalarFunction(call) = &expr {
            scalar::call(call, schema)?
        } else if let Expr::Cast(cast) = &expr {
            let text = || scalar::cast(&cast.expr, &cast.field).map(|i| i.in_cast(&cast.field));
            comparison::address(&cast.expr, &cast.field)?.or_else(text)
        } else if let Expr::TryCast(cast) = &expr {
            let text = || scalar::cast(&cast.expr, &cast.field).map(|i| i.in_try_cast(&cast.field));
            comparison::address(&cast.expr, &cast.field)?.or_else(text)
        } else if let Expr::BinaryExpr(binary) = &expr {
            comparison::binary(binary, schema)?
        } else if let Expr::Between(between) = &expr {
            comparison::between(between, schema)?
        } else if let Expr::InList(list) = &expr {
            comparison::in_list(list, schema)?
        } else if let Expr::AggregateFunction(call) = &expr {
            aggregate::call(call)?
        } else if let Expr::WindowFunction(call) = &expr {
            aggregate::over_window(call)?
        } else {
            None
        };
        Ok(rewritten.map_or_else(|| Transformed::no(expr), Transformed::yes))
    }
}
