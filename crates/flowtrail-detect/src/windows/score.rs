//! What the names in a window add up to.

use std::collections::VecDeque;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::entry::Entry;
use super::number::{ExactSum, Number};

/// The largest number of each name in a window that slides, and their sum. What
/// comes and goes costs the same however many matches there are.
#[derive(Debug)]
pub(super) struct Scores {
    /// For each entry the names that it has, by their number, and what they are
    /// worth: those from its place in `from` to the next.
    parts: Vec<(usize, f64)>,
    from: Vec<usize>,
    /// For each name the entries that may yet be its largest: numbers fall from
    /// the front to the back, while the places of their entries rise.
    best: Vec<VecDeque<(usize, f64)>>,
    /// Exact, so that it does not matter in which order names came and went.
    sum: Box<ExactSum>,
    /// Names that are in the window.
    present: u32,
}

impl Scores {
    /// An empty window over `entries`, which are then added by their index.
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut names: HashMap<&str, usize, RandomState> = HashMap::default();
        let mut parts = Vec::new();
        let mut from = Vec::with_capacity(entries.len() + 1);
        from.push(0);
        for entry in entries {
            for (name, number) in entry.value.scores() {
                let next = names.len();
                parts.push((*names.entry(name).or_insert(next), *number));
            }
            from.push(parts.len());
        }
        Self {
            parts,
            from,
            best: vec![VecDeque::new(); names.len()],
            sum: Box::new(ExactSum::new()),
            present: 0,
        }
    }

    fn parts(&self, at: usize) -> std::ops::Range<usize> {
        let end = |at: usize| self.from.get(at).copied().unwrap_or(self.parts.len());
        end(at)..end(at + 1)
    }

    pub(super) fn add(&mut self, at: usize) {
        self.each(at, |best, number| {
            while best.back().is_some_and(|(_, x)| *x <= number) {
                best.pop_back();
            }
            best.push_back((at, number));
        });
    }

    pub(super) fn remove(&mut self, at: usize) {
        self.each(at, |best, _| {
            if best.front().is_some_and(|(first, _)| *first == at) {
                best.pop_front();
            }
        });
    }

    /// Changes what stands for each name of entry `at`, and the sum with it.
    fn each(&mut self, at: usize, change: impl Fn(&mut VecDeque<(usize, f64)>, f64)) {
        for part in self.parts(at) {
            let Some((name, number)) = self.parts.get(part).copied() else {
                continue;
            };
            let Some(best) = self.best.get_mut(name) else {
                continue;
            };
            let before = best.front().map(|(_, x)| *x);
            change(best, number);
            let after = best.front().map(|(_, x)| *x);
            if let Some(x) = before {
                self.sum.remove(Number::Float(x));
                self.present = self.present.saturating_sub(1);
            }
            if let Some(x) = after {
                self.sum.add(Number::Float(x));
                self.present += 1;
            }
        }
    }

    /// The sum, if at least so many names are in the window.
    pub(super) fn total(&self, names: u32) -> Option<f64> {
        (self.present >= names).then(|| self.sum.to_f64())
    }
}
