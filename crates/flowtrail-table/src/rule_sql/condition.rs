//! The named parts of a rule and the conditions over them.

use std::collections::BTreeMap;

use rsigma_parser::{ConditionExpr, Detection, Detections, Quantifier, SelectorPattern};

use super::NoStatement;
use super::item::{item, keywords};
use super::text::Sql;
use crate::schema::LogTable;

/// The named parts of a rule.
pub(super) struct Parts(BTreeMap<String, Sql>);

impl Parts {
    /// What `detections` ask of a row of `table`, as parts that all must hold.
    /// Several conditions are alternatives.
    pub(super) fn of(detections: &Detections, table: LogTable) -> Result<Vec<Sql>, NoStatement> {
        let named = detections.named.iter();
        let parts = named.map(|(name, d)| Ok((name.clone(), part(d, table)?)));
        let parts = Self(parts.collect::<Result<_, NoStatement>>()?);
        let any = detections.conditions.iter().map(|c| parts.resolve(c));
        Ok(vec![Sql::Or(any.collect::<Result<_, _>>()?)])
    }

    fn resolve(&self, condition: &ConditionExpr) -> Result<Sql, NoStatement> {
        let all = |list: &[ConditionExpr]| -> Result<Vec<Sql>, NoStatement> {
            list.iter().map(|c| self.resolve(c)).collect()
        };
        match condition {
            ConditionExpr::And(list) => Ok(Sql::And(all(list)?)),
            ConditionExpr::Or(list) => Ok(Sql::Or(all(list)?)),
            ConditionExpr::Not(inner) => Ok(self.resolve(inner)?.negated()),
            ConditionExpr::Identifier(name) => self.0.get(name).cloned().ok_or_else(|| {
                NoStatement::new(format!(
                    "its condition names `{name}`, which it does not have"
                ))
            }),
            ConditionExpr::Selector {
                quantifier,
                pattern,
            } => {
                let chosen = self.0.iter().filter(|(name, _)| chooses(pattern, name));
                let chosen: Vec<Sql> = chosen.map(|(_, sql)| sql.clone()).collect();
                match quantifier {
                    Quantifier::Any => Ok(Sql::Or(chosen)),
                    Quantifier::All => Ok(Sql::And(chosen)),
                    Quantifier::Count(n) => Err(NoStatement::new(format!("it says `{n} of`"))),
                }
            }
        }
    }
}

/// Names with `_` in front are chosen only by a pattern with it.
fn chooses(pattern: &SelectorPattern, name: &str) -> bool {
    let hidden = name.starts_with('_');
    match pattern {
        SelectorPattern::Them => !hidden,
        SelectorPattern::Pattern(p) => {
            let pieces: Vec<_> = p.split('*').map(regex::escape).collect();
            let fits = regex::Regex::new(&format!("^{}$", pieces.join(".*")));
            (!hidden || p.starts_with('_')) && fits.is_ok_and(|r| r.is_match(name))
        }
    }
}

fn part(detection: &Detection, table: LogTable) -> Result<Sql, NoStatement> {
    let each = |parts: &[Detection]| -> Result<Vec<Sql>, NoStatement> {
        parts.iter().map(|p| part(p, table)).collect()
    };
    match detection {
        Detection::AllOf(items) => {
            let all = items.iter().map(|i| item(i, table));
            Ok(Sql::And(all.collect::<Result<_, _>>()?))
        }
        Detection::AnyOf(parts) => Ok(Sql::Or(each(parts)?)),
        Detection::And(parts) => Ok(Sql::And(each(parts)?)),
        Detection::Keywords(values) => keywords(values),
        Detection::ArrayMatch { field, .. } => Err(NoStatement::new(format!(
            "`{field}` uses an array selector of the draft of Sigma 3"
        ))),
        Detection::Conditional { .. } => Err(NoStatement::new(
            "it has a condition of the draft of Sigma 3 inside an array",
        )),
    }
}
