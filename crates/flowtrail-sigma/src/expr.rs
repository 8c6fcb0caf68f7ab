//! A rule as an expression over atoms, with the names that its author gave.

use std::hash::BuildHasher as _;

use hashbrown::HashTable;

use crate::atom::{Atom, AtomId};
use crate::expression::Expressions;

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
    index: HashTable<AtomId>,
    pub(crate) expressions: Expressions,
    hasher: foldhash::fast::FixedState,
}

impl Atoms {
    /// Adds a test, with the text that shows it.
    pub(crate) fn add(&mut self, atom: Atom, label: &str) -> Expr {
        let hash = |a: &Atom| self.hasher.hash_one((a.slot, &a.test));
        let of = |id: &AtomId| self.atoms.get(id.0 as usize);
        let same = |id: &AtomId| of(id).is_some_and(|a| a.slot == atom.slot && a.test == atom.test);
        let at = hash(&atom);
        let id = match self.index.find(at, same) {
            Some(known) => *known,
            None => {
                let id = AtomId(index_of(self.atoms.len()));
                self.index
                    .insert_unique(at, id, |id| of(id).map_or(0, hash));
                self.atoms.push(atom);
                id
            }
        };
        let shown = index_of(self.labels.len());
        self.labels.push(label.into());
        Expr::Atom(id, shown)
    }

    /// No more atoms will be added.
    pub(crate) fn seal(&mut self) {
        self.index = HashTable::new();
        self.expressions = Expressions::default();
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
