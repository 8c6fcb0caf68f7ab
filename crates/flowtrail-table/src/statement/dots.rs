//! `resources[1].arn`: the dot behind an index, which queries for Athena write
//! and the planner knows as `resources[1]['arn']` only.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{AccessExpr, Expr, Value as Literal, visit_expressions_mut};

/// The statement with every such dot as the planner takes it.
pub(super) fn planned(mut statement: Parsed) -> Parsed {
    super::each_mut(&mut statement, &mut |sql| {
        let _: ControlFlow<()> = visit_expressions_mut(sql, |e| {
            if let Expr::CompoundFieldAccess { access_chain, .. } = e {
                rewrite(access_chain);
            }
            ControlFlow::Continue(())
        });
    });
    statement
}

/// Dots before the first index belong to the name of a column; the planner
/// tells what of them is one.
fn rewrite(chain: &mut [AccessExpr]) {
    let mut behind_index = false;
    for access in chain {
        match access {
            AccessExpr::Subscript(_) => behind_index = true,
            AccessExpr::Dot(Expr::Identifier(name)) if behind_index => {
                // As the planner reads names: small, but for quoted ones.
                let name = match name.quote_style {
                    None => name.value.to_lowercase(),
                    Some(_) => name.value.clone(),
                };
                *access = AccessExpr::Dot(Expr::value(Literal::SingleQuotedString(name)));
            }
            AccessExpr::Dot(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Statement;

    #[test]
    fn a_dot_behind_an_index_is_planned() {
        for (written, planned) in [
            (
                "SELECT resources[1].ARN FROM t",
                "SELECT resources[1].'arn' FROM t",
            ),
            ("SELECT t.a.b[1].c[2].\"D\"", "SELECT t.a.b[1].'c'[2].'D'"),
            ("SELECT a.b.c FROM t", "SELECT a.b.c FROM t"),
            (
                "SELECT f(x[1].y) FROM t WHERE x[2].y = 1",
                "SELECT f(x[1].'y') FROM t WHERE x[2].'y' = 1",
            ),
        ] {
            let statement = Statement::parse(written).unwrap().remove(0);
            assert_eq!(statement.into_parsed().to_string(), planned);
        }
    }
}
