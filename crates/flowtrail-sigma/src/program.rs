//! The flat program: every rule of a kind as jumps over shared atoms.

use crate::atom::{Atom, AtomId, Test};
use crate::expr::{Atoms, Expr};

/// Where a jump leads.
pub(crate) type Target = u32;

/// The rule matches.
pub(crate) const ACCEPT: Target = u32::MAX;
/// The rule does not match.
pub(crate) const REJECT: Target = u32::MAX - 1;

/// Tests an atom and jumps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Op {
    pub(crate) atom: AtomId,
    pub(crate) yes: Target,
    pub(crate) no: Target,
}

/// The ops of all rules of a kind, one after the other.
#[derive(Debug, Default, Clone)]
pub(crate) struct Program {
    ops: Vec<Op>,
}

impl Program {
    /// Appends a rule and gives the op at which it begins.
    pub(crate) fn add(&mut self, expr: &Expr, atoms: &Atoms) -> Target {
        self.emit(expr, atoms, ACCEPT, REJECT)
    }

    #[inline]
    pub(crate) fn op(&self, at: Target) -> Option<Op> {
        self.ops.get(at as usize).copied()
    }

    /// Ops are emitted back to front, so that every jump leads to one that
    /// exists already.
    fn emit(&mut self, expr: &Expr, atoms: &Atoms, yes: Target, no: Target) -> Target {
        match expr {
            Expr::Atom(atom, _) => {
                self.ops.push(Op {
                    atom: *atom,
                    yes,
                    no,
                });
                u32::try_from(self.ops.len() - 1).unwrap_or(REJECT)
            }
            Expr::Named(_, inner) => self.emit(inner, atoms, yes, no),
            Expr::Not(inner) => self.emit(inner, atoms, no, yes),
            Expr::And(parts) => cheap_first(parts, atoms)
                .into_iter()
                .rev()
                .fold(yes, |next, part| self.emit(part, atoms, next, no)),
            Expr::Or(parts) => cheap_first(parts, atoms)
                .into_iter()
                .rev()
                .fold(no, |next, part| self.emit(part, atoms, yes, next)),
        }
    }
}

fn cheap_first<'e>(parts: &'e [Expr], atoms: &Atoms) -> Vec<&'e Expr> {
    let mut sorted: Vec<&Expr> = parts.iter().collect();
    sorted.sort_by_key(|p| cost(p, atoms));
    sorted
}

/// A rough price of an evaluation, in comparisons of short texts.
fn cost(expr: &Expr, atoms: &Atoms) -> u32 {
    match expr {
        Expr::Atom(id, _) => atoms.get(*id).map_or(0, atom_cost),
        Expr::Named(_, inner) | Expr::Not(inner) => cost(inner, atoms),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().map(|p| cost(p, atoms)).sum(),
    }
}

/// Above the price of anything that stands in the log: a derived field is
/// computed for the first atom that asks.
const DERIVED_COST: u32 = 1000;

fn atom_cost(atom: &Atom) -> u32 {
    let cost = match atom.test {
        Test::Exists | Test::Null | Test::Something => 1,
        Test::Exact(_) => 2,
        Test::Numbers(_) | Test::Compare(..) => 3,
        Test::Find(_) | Test::Cidr(_) => 6,
        Test::FieldRef { .. } | Test::Time(..) => 8,
        Test::Glob(_) => 10,
        Test::Regex(_) => 30,
    };
    if !atom.derived.is_empty() {
        cost + DERIVED_COST
    } else {
        cost
    }
}
