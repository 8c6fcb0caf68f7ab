//! The flat program: every rule of a kind as jumps over shared atoms.

use crate::atom::AtomId;
use crate::chance::Guesser;
use crate::expr::Expr;

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
    pub(crate) fn add(&mut self, expr: &Expr, order: Guesser<'_>) -> Target {
        self.emit(expr, order, ACCEPT, REJECT)
    }

    #[inline]
    pub(crate) fn op(&self, at: Target) -> Option<Op> {
        self.ops.get(at as usize).copied()
    }

    /// Ops are emitted back to front, so that every jump leads to one that
    /// exists already.
    fn emit(&mut self, expr: &Expr, order: Guesser<'_>, yes: Target, no: Target) -> Target {
        match expr {
            Expr::Atom(atom, _) => {
                self.ops.push(Op {
                    atom: *atom,
                    yes,
                    no,
                });
                u32::try_from(self.ops.len() - 1).unwrap_or(REJECT)
            }
            Expr::Named(_, inner) => self.emit(inner, order, yes, no),
            Expr::Not(inner) => self.emit(inner, order, no, yes),
            Expr::And(parts) => order
                .all(parts)
                .into_iter()
                .rev()
                .fold(yes, |next, part| self.emit(part, order, next, no)),
            Expr::Or(parts) => order
                .any(parts)
                .into_iter()
                .rev()
                .fold(no, |next, part| self.emit(part, order, yes, next)),
        }
    }
}
