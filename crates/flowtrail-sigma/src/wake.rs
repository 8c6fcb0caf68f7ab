//! The prefilter: which rules could match at all.
//!
//! For each rule a set of atoms is chosen of which one must hold if the rule
//! does. Values of the fields of these atoms are looked up once for an event,
//! and only the rules that they name are evaluated. A rule without such atoms
//! is evaluated always.

use aho_corasick::AhoCorasick;
use flowtrail_event::{Event, SlotId, Value};
use hashbrown::HashMap;

use crate::atom::{Atom, AtomId, Test};
use crate::chance::Guesser;
use crate::expr::Expr;
use crate::needles::automaton;
use crate::number::Number;
use crate::text::{caseless_hash, fold};

/// The number of a compiled rule in its kind.
pub(crate) type CompiledIx = u32;

type Rules = Vec<CompiledIx>;

/// The prefilter of one service.
#[derive(Debug, Default, Clone)]
pub(crate) struct WakeIndex {
    slots: Vec<WakeSlot>,
    always: Rules,
}

#[derive(Debug, Clone)]
struct WakeSlot {
    slot: SlotId,
    exact: HashMap<u64, Rules, foldhash::fast::RandomState>,
    numbers: HashMap<i128, Rules, foldhash::fast::RandomState>,
    needles: Vec<(Box<[u8]>, Rules)>,
    automaton: Option<AhoCorasick>,
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
        for slot in &mut self.slots {
            if !slot.needles.is_empty() {
                let needles: Vec<Box<[u8]>> = slot.needles.iter().map(|n| n.0.clone()).collect();
                slot.automaton = automaton(&needles, true);
            }
        }
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
            self.slots.push(WakeSlot {
                slot: atom.slot,
                exact: HashMap::default(),
                numbers: HashMap::default(),
                needles: Vec::new(),
                automaton: None,
            });
            self.slots.len() - 1
        });
        if let Some(slot) = self.slots.get_mut(at) {
            slot.add(rule, &atom.test);
        }
    }
}

impl WakeSlot {
    fn add(&mut self, rule: CompiledIx, test: &Test) {
        match test {
            Test::Exact(set) => {
                for value in set.values() {
                    add_once(
                        self.exact.entry(caseless_hash(&fold(value))).or_default(),
                        rule,
                    );
                }
            }
            Test::Numbers(numbers) => {
                for n in numbers {
                    add_once(self.numbers.entry(n.key()).or_default(), rule);
                }
            }
            Test::Find(needles) => {
                for n in needles.values() {
                    self.add_needle(rule, &fold(n));
                }
            }
            Test::Glob(glob) => self.add_needle(rule, &fold(glob.longest_literal())),
            Test::Something
            | Test::Regex(_)
            | Test::Cidr(_)
            | Test::Compare(..)
            | Test::Exists
            | Test::Null
            | Test::FieldRef { .. }
            | Test::Time(..) => {}
        }
    }

    fn add_needle(&mut self, rule: CompiledIx, needle: &[u8]) {
        match self.needles.iter_mut().find(|n| *n.0 == *needle) {
            Some(found) => add_once(&mut found.1, rule),
            None => self.needles.push((needle.into(), vec![rule])),
        }
    }

    #[inline]
    fn wake(&self, value: Value<'_>, wake: &mut impl FnMut(CompiledIx)) {
        let Some(text) = value.text() else {
            if let Value::Object(_) = value {
                // Its text is not made yet: whoever searches may find something.
                self.needles
                    .iter()
                    .flat_map(|n| &n.1)
                    .copied()
                    .for_each(wake);
            }
            return;
        };
        if !self.exact.is_empty() {
            let key = if text.is_ascii() {
                caseless_hash(text)
            } else {
                caseless_hash(&fold(text))
            };
            if let Some(rules) = self.exact.get(&key) {
                rules.iter().copied().for_each(&mut *wake);
            }
        }
        if !self.numbers.is_empty()
            && let Some(n) = Number::parse(text)
            && let Some(rules) = self.numbers.get(&n.key())
        {
            rules.iter().copied().for_each(&mut *wake);
        }
        if !self.needles.is_empty() {
            self.search(text, wake);
        }
    }

    fn search(&self, text: &[u8], wake: &mut impl FnMut(CompiledIx)) {
        let text = if text.is_ascii() {
            text.into()
        } else {
            fold(text)
        };
        let Some(automaton) = &self.automaton else {
            self.needles
                .iter()
                .flat_map(|n| &n.1)
                .copied()
                .for_each(wake);
            return;
        };
        for found in automaton.find_overlapping_iter(&*text) {
            if let Some((_, rules)) = self.needles.get(found.pattern().as_usize()) {
                rules.iter().copied().for_each(&mut *wake);
            }
        }
    }
}

fn add_once(rules: &mut Rules, rule: CompiledIx) {
    if rules.last() != Some(&rule) {
        rules.push(rule);
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
