//! When a window fires.

use flowtrail_sigma::{Condition, Correlation, CorrelationKind, MemberExpr, Op};

use super::course::Course;
use super::members::{Chain, Members};

/// Alternatives that an ordered condition is spelt out into. Real conditions
/// have one or two; an expression with more is built to explode.
const ALTERNATIVES_MAX: usize = 64;

/// In which direction a condition looks for the extreme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toward {
    /// Larger is worse.
    High,
    /// Smaller is worse: the condition only sets an upper bound.
    Low,
}

/// One way to fulfil an ordered condition: these members in this order, and
/// none of those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Alternative {
    /// Members that must match, in ascending order.
    pub(super) wanted: Vec<usize>,
    /// Members that must not match.
    barred: Vec<usize>,
}

/// A correlation's condition, ready to be asked.
#[derive(Debug)]
pub(super) struct Plan {
    condition: Condition,
    /// For `temporal_ordered`: one is enough.
    alternatives: Vec<Alternative>,
    /// Which way the height of an episode lies.
    pub(super) toward: Toward,
    /// How windows lie in time.
    pub(super) course: Course,
}

impl Plan {
    pub(super) fn new(correlation: &Correlation) -> Self {
        let ordered = correlation.kind == CorrelationKind::TemporalOrdered;
        Self {
            condition: correlation.condition.clone(),
            alternatives: if ordered {
                alternatives(correlation)
            } else {
                Vec::new()
            },
            toward: toward(&correlation.condition),
            course: Course::of(correlation.kind, correlation.timespan_ms),
        }
    }

    /// The sequences that have to be watched, one for each alternative.
    pub(super) fn chains(&self) -> Vec<Chain> {
        self.alternatives
            .iter()
            .map(|a| Chain::new(&a.wanted))
            .collect()
    }

    /// Whether the number of a temporal kind is that of members in order.
    pub(super) fn counts_in_order(&self) -> bool {
        !self.alternatives.is_empty() && matches!(self.condition, Condition::Threshold(_))
    }

    /// Whether the comparisons hold for a number, where the condition is made of
    /// comparisons.
    pub(super) fn compares(&self, number: f64) -> bool {
        match &self.condition {
            Condition::Threshold(ops) => ops.iter().all(|(op, limit)| op.holds(number, *limit)),
            Condition::AllMembers | Condition::Members(_) => false,
        }
    }

    /// Whether a window fires that began at `since`, with what the kind
    /// computed over it.
    pub(super) fn holds(&self, number: f64, members: &Members, since: i64) -> bool {
        match &self.condition {
            Condition::Threshold(_) => self.compares(number),
            Condition::AllMembers => members.all() && self.in_order(members, since),
            Condition::Members(expr) => matched(expr, members) && self.in_order(members, since),
        }
    }

    fn in_order(&self, members: &Members, since: i64) -> bool {
        if self.alternatives.is_empty() {
            return true;
        }
        self.alternatives
            .iter()
            .zip(&members.chains)
            .any(|(way, chain)| {
                chain.is_complete(since) && !way.barred.iter().any(|m| members.has(*m))
            })
    }
}

fn toward(condition: &Condition) -> Toward {
    match condition {
        Condition::Threshold(ops) => {
            let asks = |wanted: [Op; 2]| ops.iter().any(|(op, _)| wanted.contains(op));
            if asks([Op::Lt, Op::Lte]) && !asks([Op::Gt, Op::Gte]) {
                Toward::Low
            } else {
                Toward::High
            }
        }
        Condition::AllMembers | Condition::Members(_) => Toward::High,
    }
}

fn matched(expr: &MemberExpr, members: &Members) -> bool {
    match expr {
        MemberExpr::Member(m) => members.has(*m),
        MemberExpr::And(parts) => parts.iter().all(|p| matched(p, members)),
        MemberExpr::Or(parts) => parts.iter().any(|p| matched(p, members)),
        MemberExpr::Not(part) => !matched(part, members),
    }
}

fn alternatives(correlation: &Correlation) -> Vec<Alternative> {
    let all = || Alternative {
        wanted: (0..correlation.members.len()).collect(),
        barred: Vec::new(),
    };
    match &correlation.condition {
        Condition::Threshold(_) | Condition::AllMembers => vec![all()],
        Condition::Members(expr) => spell_out(expr, true).unwrap_or_else(|| {
            // Too many to spell out. The strict reading is left: everything
            // that the expression names outside a `not`, in order.
            let mut wanted = Vec::new();
            named(expr, true, &mut wanted);
            wanted.sort_unstable();
            wanted.dedup();
            vec![Alternative {
                wanted,
                barred: Vec::new(),
            }]
        }),
    }
}

/// The expression as alternatives, or `None` if they are too many.
fn spell_out(expr: &MemberExpr, sense: bool) -> Option<Vec<Alternative>> {
    match expr {
        MemberExpr::Member(m) => {
            let (wanted, barred) = if sense {
                (vec![*m], vec![])
            } else {
                (vec![], vec![*m])
            };
            Some(vec![Alternative { wanted, barred }])
        }
        MemberExpr::Not(part) => spell_out(part, !sense),
        MemberExpr::And(parts) if sense => every(parts, sense),
        MemberExpr::Or(parts) if !sense => every(parts, sense),
        MemberExpr::And(parts) | MemberExpr::Or(parts) => {
            let mut ways = Vec::new();
            for part in parts {
                ways.extend(spell_out(part, sense)?);
                if ways.len() > ALTERNATIVES_MAX {
                    return None;
                }
            }
            Some(ways)
        }
    }
}

/// Each way of the one part with each way of the next.
fn every(parts: &[MemberExpr], sense: bool) -> Option<Vec<Alternative>> {
    let mut ways = vec![Alternative::default()];
    for part in parts {
        let more = spell_out(part, sense)?;
        if ways.len() * more.len() > ALTERNATIVES_MAX {
            return None;
        }
        ways = ways
            .iter()
            .flat_map(|a| more.iter().map(|b| both(a, b)))
            .collect();
    }
    Some(ways)
}

fn both(a: &Alternative, b: &Alternative) -> Alternative {
    let join = |x: &[usize], y: &[usize]| {
        let mut all = [x, y].concat();
        all.sort_unstable();
        all.dedup();
        all
    };
    Alternative {
        wanted: join(&a.wanted, &b.wanted),
        barred: join(&a.barred, &b.barred),
    }
}

fn named(expr: &MemberExpr, sense: bool, out: &mut Vec<usize>) {
    match expr {
        MemberExpr::Member(m) if sense => out.push(*m),
        MemberExpr::Member(_) => {}
        MemberExpr::Not(part) => named(part, !sense, out),
        MemberExpr::And(parts) | MemberExpr::Or(parts) => {
            for part in parts {
                named(part, sense, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::correlation;
    use super::*;

    fn m(i: usize) -> MemberExpr {
        MemberExpr::Member(i)
    }

    fn ways(expr: MemberExpr) -> Vec<(Vec<usize>, Vec<usize>)> {
        let c = correlation(
            CorrelationKind::TemporalOrdered,
            3,
            10,
            Condition::Members(expr),
        );
        Plan::new(&c)
            .alternatives
            .into_iter()
            .map(|a| (a.wanted, a.barred))
            .collect()
    }

    #[test]
    fn an_ordered_expression_is_spelt_out() {
        let either = MemberExpr::And(vec![MemberExpr::Or(vec![m(1), m(0)]), m(2)]);
        assert_eq!(ways(either), [(vec![1, 2], vec![]), (vec![0, 2], vec![])]);
        let not = MemberExpr::And(vec![
            m(1),
            MemberExpr::Not(Box::new(MemberExpr::Or(vec![m(0), m(2)]))),
        ]);
        assert_eq!(ways(not), [(vec![1], vec![0, 2])]);
        let not_both = MemberExpr::Not(Box::new(MemberExpr::And(vec![
            m(0),
            MemberExpr::Not(Box::new(m(1))),
        ])));
        assert_eq!(ways(not_both), [(vec![], vec![0]), (vec![1], vec![])]);
    }

    #[test]
    fn an_expression_that_explodes_is_read_strictly() {
        let pair = MemberExpr::Or(vec![m(2), m(1)]);
        let expr = MemberExpr::And(vec![pair; 40]);
        assert_eq!(ways(expr), [(vec![1, 2], vec![])]);
    }

    #[test]
    fn the_height_lies_where_the_condition_looks() {
        let of = |ops: &[Op]| {
            toward(&Condition::Threshold(
                ops.iter().map(|o| (*o, 1.0)).collect(),
            ))
        };
        assert_eq!(of(&[Op::Gte]), Toward::High);
        assert_eq!(of(&[Op::Lt]), Toward::Low);
        assert_eq!(of(&[Op::Gt, Op::Lte]), Toward::High);
        assert_eq!(of(&[Op::Eq]), Toward::High);
        assert_eq!(toward(&Condition::AllMembers), Toward::High);
    }
}
