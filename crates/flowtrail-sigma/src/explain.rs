//! Why a rule matches an event, or why it does not.

use flowtrail_event::{Event, Kind, Value};

use crate::correlation::RuleIx;
use crate::expr::Expr;
use crate::ruleset::{KindSet, RuleSet};

/// What a part of a rule says about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether the part holds.
    pub holds: bool,
    /// What the part is: a name, `and`, `or`, `not`, or a test as written.
    pub what: String,
    /// For a test: the values that the event has in its field, as text.
    pub found: Option<Vec<String>>,
    /// The parts of this part.
    pub parts: Vec<Explanation>,
}

/// Values shown of one field.
const VALUES_MAX: usize = 5;
/// Bytes shown of one value.
const VALUE_BYTES_MAX: usize = 200;

impl RuleSet {
    /// Explains `rule` for `event`, whose derived fields must be filled. `None`
    /// if the rule is not for the event's kind of log.
    #[must_use]
    pub fn explain(&self, rule: RuleIx, event: &Event<'_>) -> Option<Explanation> {
        let set = self.kind(event.service.kind());
        let compiled = set.compiled.iter().find(|c| c.rule == rule)?;
        if !compiled.services.contains(event.service) {
            return None;
        }
        Some(explain(set, &compiled.expr, event))
    }

    /// The fields that `rule` looks at in logs of `kind`.
    #[must_use]
    pub fn fields_of(&self, rule: RuleIx, kind: Kind) -> Vec<&str> {
        let set = self.kind(kind);
        let mut slots = Vec::new();
        for c in set.compiled.iter().filter(|c| c.rule == rule) {
            slots_of(set, &c.expr, &mut slots);
        }
        let all = set
            .projection
            .read_fields()
            .chain(set.projection.derived_fields());
        all.filter(|(slot, _)| slots.contains(slot))
            .map(|(_, name)| name)
            .collect()
    }
}

fn slots_of(set: &KindSet, expr: &Expr, out: &mut Vec<flowtrail_event::SlotId>) {
    match expr {
        Expr::Atom(id, _) => out.extend(set.atoms.get(*id).map(|a| a.slot)),
        Expr::Named(_, inner) | Expr::Not(inner) => slots_of(set, inner, out),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|p| slots_of(set, p, out)),
    }
}

fn explain(set: &KindSet, expr: &Expr, event: &Event<'_>) -> Explanation {
    let node = |what: &str, holds, parts| Explanation {
        holds,
        what: what.to_owned(),
        found: None,
        parts,
    };
    let all = |list: &[Expr]| {
        list.iter()
            .map(|e| explain(set, e, event))
            .collect::<Vec<_>>()
    };
    match expr {
        Expr::Atom(id, label) => {
            let atom = set.atoms.get(*id);
            let mut scratch = Vec::new();
            Explanation {
                holds: atom.is_some_and(|a| a.holds(event, &mut scratch)),
                what: set.atoms.label(*label).to_owned(),
                found: atom.map(|a| event.values(a.slot).take(VALUES_MAX).map(shown).collect()),
                parts: Vec::new(),
            }
        }
        Expr::Named(name, inner) => {
            let inner = explain(set, inner, event);
            node(name, inner.holds, vec![inner])
        }
        Expr::Not(inner) => {
            let inner = explain(set, inner, event);
            node("not", !inner.holds, vec![inner])
        }
        Expr::And(list) => {
            let parts = all(list);
            node("and", parts.iter().all(|p| p.holds), parts)
        }
        Expr::Or(list) => {
            let parts = all(list);
            node("or", parts.iter().any(|p| p.holds), parts)
        }
    }
}

fn shown(value: Value<'_>) -> String {
    let text = match value {
        Value::Null => return "null".to_owned(),
        Value::EmptyArray => return "[]".to_owned(),
        Value::Bool(b) => return b.to_string(),
        Value::Number(t) | Value::Text(t) | Value::Object(t) => t,
    };
    let cut = text.get(..VALUE_BYTES_MAX);
    let mut out = String::from_utf8_lossy(cut.unwrap_or(text)).into_owned();
    if cut.is_some() && text.len() > VALUE_BYTES_MAX {
        out.push('…');
    }
    out
}
