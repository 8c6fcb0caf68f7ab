//! A rule as an expression over atoms, with the names that its author gave.

use flowtrail_event::SlotId;

use crate::atom::{Atom, AtomId};

/// What a rule says, before it is made flat.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    /// A test, and the number of the text that shows it.
    Atom(AtomId, u32),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// A part that the rule names: a selection, a filter.
    Named(Box<str>, Box<Expr>),
}

/// The atoms of a kind, and how they read.
#[derive(Debug, Default, Clone)]
pub(crate) struct Atoms {
    atoms: Vec<Atom>,
    labels: Vec<Box<str>>,
    /// Equal tests of the same field are one atom: its result is shared.
    index: std::collections::HashMap<(SlotId, String), AtomId>,
}

impl Atoms {
    /// Adds a test. `key` names it in full: equal keys are equal tests.
    pub(crate) fn add(&mut self, atom: Atom, key: String, label: &str) -> Expr {
        let next = AtomId(index_of(self.atoms.len()));
        let id = *self.index.entry((atom.slot, key)).or_insert(next);
        if id == next {
            self.atoms.push(atom);
        }
        let shown = index_of(self.labels.len());
        self.labels.push(label.into());
        Expr::Atom(id, shown)
    }

    pub(crate) fn get(&self, id: AtomId) -> Option<&Atom> {
        self.atoms.get(id.0 as usize)
    }

    pub(crate) fn label(&self, shown: u32) -> &str {
        self.labels.get(shown as usize).map_or("", |l| l)
    }

    pub(crate) const fn len(&self) -> usize {
        self.atoms.len()
    }
}

/// Rule sets stay far below 2^32 atoms.
fn index_of(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
