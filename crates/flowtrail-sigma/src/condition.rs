//! Conditions: names and selectors, resolved.

use std::collections::BTreeMap;

use rsigma_parser::{ConditionExpr, Quantifier, SelectorPattern};

use crate::expr::Expr;
use crate::problem::Reject;

/// Resolves a condition over the named parts of a rule.
pub(crate) fn resolve(
    condition: &ConditionExpr,
    parts: &BTreeMap<String, Expr>,
) -> Result<Expr, Reject> {
    let all = |list: &[ConditionExpr]| {
        list.iter()
            .map(|c| resolve(c, parts))
            .collect::<Result<Vec<_>, _>>()
    };
    match condition {
        ConditionExpr::And(list) => Ok(Expr::And(all(list)?)),
        ConditionExpr::Or(list) => Ok(Expr::Or(all(list)?)),
        ConditionExpr::Not(inner) => Ok(Expr::Not(Box::new(resolve(inner, parts)?))),
        ConditionExpr::Identifier(name) => match parts.get(name) {
            Some(expr) => Ok(named(name, expr)),
            None => Err(undefined(name, parts)),
        },
        ConditionExpr::Selector {
            quantifier,
            pattern,
        } => selector(quantifier, pattern, parts),
    }
}

fn selector(
    quantifier: &Quantifier,
    pattern: &SelectorPattern,
    parts: &BTreeMap<String, Expr>,
) -> Result<Expr, Reject> {
    let chosen: Vec<Expr> = parts
        .iter()
        .filter(|(name, _)| selects(pattern, name))
        .map(|(name, expr)| named(name, expr))
        .collect();
    if chosen.is_empty() {
        return Err(
            Reject::new(format!("`{quantifier} of {pattern}` selects nothing"))
                .hint("the pattern must fit the name of at least one selection")
                .near("condition"),
        );
    }
    match quantifier {
        Quantifier::Any => Ok(Expr::Or(chosen)),
        Quantifier::All => Ok(Expr::And(chosen)),
        Quantifier::Count(n) => Err(Reject::new(format!("`{n} of` is not Sigma"))
            .hint("use `1 of` or `all of`")
            .near("condition")),
    }
}

/// Names that begin with `_` are chosen only by a pattern that begins so.
fn selects(pattern: &SelectorPattern, name: &str) -> bool {
    match pattern {
        SelectorPattern::Them => !name.starts_with('_'),
        SelectorPattern::Pattern(p) => {
            (!name.starts_with('_') || p.starts_with('_')) && fits(p, name)
        }
    }
}

/// `*` stands for any run of characters, anywhere and any number of times.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut rest) = name.strip_prefix(head) else {
        return false;
    };
    let mut pieces = tail.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = rest.get(at + piece.len()..).unwrap_or("");
    }
    true
}

fn named(name: &str, expr: &Expr) -> Expr {
    Expr::Named(name.into(), Box::new(expr.clone()))
}

fn undefined(name: &str, parts: &BTreeMap<String, Expr>) -> Reject {
    let known: Vec<&str> = parts.keys().map(String::as_str).collect();
    Reject::new(format!(
        "the condition names `{name}`, which is not defined (defined: {})",
        known.join(", ")
    ))
    .hint("every name in the condition must be a selection of the rule")
    .near("condition")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_a_star_anywhere() {
        for (p, n, want) in [
            ("sel*", "selection", true),
            ("*_main", "filter_main", true),
            ("sel_*_ct", "sel_a_ct", true),
            ("sel_*_ct", "sel_b_xx", false),
            ("*sel*", "xselx", true),
            ("*", "x", true),
            ("sel", "sel", true),
            ("sel", "sel1", false),
            ("a*b*c", "axbxc", true),
            ("a*b*c", "acb", false),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(fits(p, n), want, "{p} {n}");
        }
    }

    #[test]
    fn underscores_hide() {
        assert!(!selects(&SelectorPattern::Them, "_x"));
        assert!(!selects(&SelectorPattern::Pattern("*x".into()), "_x"));
        assert!(selects(&SelectorPattern::Pattern("_*".into()), "_x"));
    }
}
