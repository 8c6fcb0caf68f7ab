//! The prefilter: which rules could match at all.
//!
//! For each rule a set of atoms is chosen of which one must hold if the rule
//! does. Values of the fields of these atoms are looked up once for an event,
//! and only the rules that they name are evaluated. A rule without such atoms
//! is evaluated always.

mod slot;

use flowtrail_event::Event;

use crate::atom::{Atom, AtomId};
use crate::chance::Guesser;
use crate::expr::Expr;
use slot::WakeSlot;

/// The number of a compiled rule in its kind.
pub(crate) type CompiledIx = u32;

/// The prefilter of one service.
#[derive(Debug, Default, Clone)]
pub(crate) struct WakeIndex {
    slots: Vec<WakeSlot>,
    always: Vec<CompiledIx>,
}

impl WakeIndex {
    pub(crate) fn add(&mut self, rule: CompiledIx, expr: &Expr, guesser: Guesser<'_>) {
        match Chooser(guesser).need(expr) {
            Some(need) => {
                for id in need.atoms {
                    if let Some(atom) = guesser.atoms.get(id) {
                        self.wake_by(rule, atom);
                    }
                }
            }
            None => self.always.push(rule),
        }
    }

    /// Builds the automata once all rules are in.
    pub(crate) fn finish(&mut self) {
        self.slots.iter_mut().for_each(WakeSlot::finish);
    }

    /// Calls `wake` with every rule that could match; with some more than once.
    #[inline]
    pub(crate) fn wake(&self, event: &Event<'_>, mut wake: impl FnMut(CompiledIx)) {
        for slot in &self.slots {
            for value in event.values(slot.slot) {
                slot.wake(value, &mut wake);
            }
        }
        self.always.iter().copied().for_each(wake);
    }

    /// How many rules are evaluated for every event.
    pub(crate) const fn always_len(&self) -> usize {
        self.always.len()
    }

    fn wake_by(&mut self, rule: CompiledIx, atom: &Atom) {
        let at = self.slots.iter().position(|s| s.slot == atom.slot);
        let at = at.unwrap_or_else(|| {
            self.slots.push(WakeSlot::new(atom.slot));
            self.slots.len() - 1
        });
        if let Some(slot) = self.slots.get_mut(at) {
            slot.add(rule, &atom.test);
        }
    }
}

/// Atoms of which one must hold, and how often they will.
struct Need {
    atoms: Vec<AtomId>,
    weight: u32,
}

struct Chooser<'a>(Guesser<'a>);

impl Chooser<'_> {
    fn need(&self, expr: &Expr) -> Option<Need> {
        match expr {
            Expr::Named(_, inner) => self.need(inner),
            Expr::Not(inner) => match &**inner {
                Expr::Not(twice) => self.need(twice),
                Expr::Atom(..) | Expr::And(_) | Expr::Or(_) | Expr::Named(..) => None,
            },
            Expr::And(parts) => parts
                .iter()
                .filter_map(|p| self.need(p))
                .min_by_key(|n| n.weight),
            Expr::Or(parts) => {
                let mut all = Need {
                    atoms: Vec::new(),
                    weight: 0,
                };
                for part in parts {
                    let need = self.need(part)?;
                    all.atoms.extend(need.atoms);
                    all.weight = all.weight.max(need.weight);
                }
                Some(all)
            }
            Expr::Atom(id, _) => {
                let weight = self.0.wakes(self.0.atoms.get(*id)?)?;
                Some(Need {
                    atoms: vec![*id],
                    weight,
                })
            }
        }
    }
}
