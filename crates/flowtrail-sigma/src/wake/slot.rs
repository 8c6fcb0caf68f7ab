//! What the values of one field wake.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use flowtrail_event::{SlotId, Value};
use hashbrown::HashMap;

use super::CompiledIx;
use crate::atom::{Test, ordered};
use crate::correlation::Op;
use crate::needles::{Where, automaton};
use crate::number::Number;
use crate::text::{caseless_hash, fold};

type Rules = Vec<CompiledIx>;

/// Rules by [`caseless_hash`]: texts that meet by accident wake a rule in vain,
/// which costs time and nothing else.
type ByText = HashMap<u64, Rules, foldhash::fast::RandomState>;

/// The texts and numbers that wake rules, in one field.
#[derive(Debug, Clone)]
pub(super) struct WakeSlot {
    pub(super) slot: SlotId,
    exact: ByText,
    numbers: HashMap<i128, Rules, foldhash::fast::RandomState>,
    /// Limits on one side of which a number has to be; few in one field.
    limits: Vec<(Op, Number, Rules)>,
    /// What values begin with, by its length: one lookup for each length.
    starts: BTreeMap<usize, ByText>,
    /// What values end in, by its length.
    ends: BTreeMap<usize, ByText>,
    needles: Vec<(Box<[u8]>, Rules)>,
    automaton: Option<AhoCorasick>,
}

impl WakeSlot {
    pub(super) fn new(slot: SlotId) -> Self {
        Self {
            slot,
            exact: HashMap::default(),
            numbers: HashMap::default(),
            limits: Vec::new(),
            starts: BTreeMap::new(),
            ends: BTreeMap::new(),
            needles: Vec::new(),
            automaton: None,
        }
    }

    /// Lets everything that `test` looks for wake `rule`.
    pub(super) fn add(&mut self, rule: CompiledIx, test: &Test) {
        match test {
            Test::Exact(set) => {
                for value in set.values() {
                    add_once(&mut self.exact, &fold(value), rule);
                }
            }
            Test::Numbers(numbers) => {
                for n in numbers {
                    push_once(self.numbers.entry(n.key()).or_default(), rule);
                }
            }
            Test::Find(needles) => {
                for needle in needles.values() {
                    let needle = fold(needle);
                    let by_len = match needles.place() {
                        Where::Start => &mut self.starts,
                        Where::End => &mut self.ends,
                        Where::Anywhere => {
                            self.add_needle(rule, &needle);
                            continue;
                        }
                    };
                    add_once(by_len.entry(needle.len()).or_default(), &needle, rule);
                }
            }
            Test::Glob(glob) => self.add_needle(rule, &fold(glob.longest_literal())),
            Test::Compare(op, limit) => self.add_limit(rule, *op, *limit),
            Test::Something
            | Test::Regex(_)
            | Test::Cidr(_)
            | Test::Exists
            | Test::Null
            | Test::FieldRef { .. }
            | Test::Time(..) => {}
        }
    }

    fn add_limit(&mut self, rule: CompiledIx, op: Op, limit: Number) {
        let mut limits = self.limits.iter_mut();
        match limits.find(|l| (l.0, l.1) == (op, limit)) {
            Some(found) => push_once(&mut found.2, rule),
            None => self.limits.push((op, limit, vec![rule])),
        }
    }

    fn add_needle(&mut self, rule: CompiledIx, needle: &[u8]) {
        match self.needles.iter_mut().find(|n| *n.0 == *needle) {
            Some(found) => push_once(&mut found.1, rule),
            None => self.needles.push((needle.into(), vec![rule])),
        }
    }

    /// Builds the automaton once all rules are in.
    pub(super) fn finish(&mut self) {
        if !self.needles.is_empty() {
            let needles: Vec<Box<[u8]>> = self.needles.iter().map(|n| n.0.clone()).collect();
            self.automaton = automaton(&needles, true);
        }
    }

    /// Calls `wake` with every rule that a value of the field wakes.
    #[inline]
    pub(super) fn wake(&self, value: Value<'_>, wake: &mut impl FnMut(CompiledIx)) {
        let Some(text) = value.text() else {
            if let Value::Object(_) = value {
                // Its text is not made yet: whoever searches may find something.
                self.every_search(wake);
            }
            return;
        };
        let folded;
        let text = if text.is_ascii() {
            text
        } else {
            folded = fold(text);
            &folded
        };
        if !self.exact.is_empty() {
            look_up(&self.exact, text, wake);
        }
        if !(self.numbers.is_empty() && self.limits.is_empty())
            && let Some(n) = Number::parse(text)
        {
            self.number(n, wake);
        }
        for (len, starts) in &self.starts {
            if let Some(start) = text.get(..*len) {
                look_up(starts, start, wake);
            }
        }
        for (len, ends) in &self.ends {
            let end = text.len().checked_sub(*len);
            if let Some(end) = end.and_then(|from| text.get(from..)) {
                look_up(ends, end, wake);
            }
        }
        if !self.needles.is_empty() {
            self.search(text, wake);
        }
    }

    fn number(&self, n: Number, wake: &mut impl FnMut(CompiledIx)) {
        if let Some(rules) = self.numbers.get(&n.key()) {
            rules.iter().copied().for_each(&mut *wake);
        }
        for (op, limit, rules) in &self.limits {
            if n.compare(*limit).is_some_and(|o| ordered(*op, o)) {
                rules.iter().copied().for_each(&mut *wake);
            }
        }
    }

    fn every_search(&self, wake: &mut impl FnMut(CompiledIx)) {
        let parts = self.starts.iter().chain(&self.ends);
        let parts = parts.flat_map(|(_, by_text)| by_text.values());
        let all = parts.chain(self.needles.iter().map(|n| &n.1));
        all.flatten().copied().for_each(wake);
    }

    fn search(&self, text: &[u8], wake: &mut impl FnMut(CompiledIx)) {
        let Some(automaton) = &self.automaton else {
            let all = self.needles.iter().flat_map(|n| &n.1);
            all.copied().for_each(wake);
            return;
        };
        for found in automaton.find_overlapping_iter(text) {
            if let Some((_, rules)) = self.needles.get(found.pattern().as_usize()) {
                rules.iter().copied().for_each(&mut *wake);
            }
        }
    }
}

#[inline]
fn look_up(by_text: &ByText, text: &[u8], wake: &mut impl FnMut(CompiledIx)) {
    if let Some(rules) = by_text.get(&caseless_hash(text)) {
        rules.iter().copied().for_each(wake);
    }
}

fn add_once(by_text: &mut ByText, text: &[u8], rule: CompiledIx) {
    push_once(by_text.entry(caseless_hash(text)).or_default(), rule);
}

/// Rules come one after the other, so that only the last can be the same.
fn push_once(rules: &mut Rules, rule: CompiledIx) {
    if rules.last() != Some(&rule) {
        rules.push(rule);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::glob::{Glob, Part};
    use crate::needles::Needles;
    use crate::text::TextSet;

    fn woken(slot: &WakeSlot, value: Value<'_>) -> Vec<CompiledIx> {
        let mut all = Vec::new();
        slot.wake(value, &mut |ix| all.push(ix));
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn each_sort_of_test_wakes_its_rule() {
        let slot = flowtrail_event::Projection::new().slot("f");
        let mut wake = WakeSlot::new(slot);
        let find = |text: &[&str], at| {
            let texts = text.iter().map(|t| t.as_bytes().to_vec()).collect();
            Test::Find(Needles::new(texts, at, true))
        };
        let tests = [
            Test::Exact(TextSet::new([b"Stop".to_vec(), "É".into()], true)),
            Test::Numbers(vec![Number::Int(22)]),
            find(&["Add", "Cr", "É"], Where::Start),
            find(&["Key", "22"], Where::End),
            find(&["port"], Where::Anywhere),
            Test::Glob(Glob::new(
                vec![
                    Part::Literal(b"A".into()),
                    Part::Any,
                    Part::Literal(b"Role".into()),
                ],
                true,
            )),
            Test::Compare(Op::Gte, Number::Int(100)),
            Test::Compare(Op::Lt, Number::Int(-1)),
        ];
        for (ix, test) in (0..).zip(&tests) {
            wake.add(ix, test);
        }
        wake.finish();
        let text = |t: &'static str| woken(&wake, Value::Text(t.as_bytes()));
        assert_eq!(text("STOP"), [0]);
        assert!(text("stopp").is_empty());
        assert_eq!(text("é"), [0, 2]);
        assert_eq!(text("éa"), [2]);
        assert_eq!(text("addKey"), [2, 3]);
        assert_eq!(text("key"), [3]);
        assert!(text("Ke").is_empty());
        assert_eq!(text("createRolePort"), [2, 4, 5]);
        assert!(text("").is_empty());
        assert_eq!(woken(&wake, Value::Number(b"22.0")), [1]);
        assert_eq!(woken(&wake, Value::Number(b"22")), [1, 3]);
        assert_eq!(woken(&wake, Value::Number(b"100")), [6]);
        assert_eq!(woken(&wake, Value::Text(b"-1.5")), [7]);
        assert!(woken(&wake, Value::Number(b"99")).is_empty());
        assert_eq!(woken(&wake, Value::Object(b"{}")), [2, 3, 4, 5]);
        assert!(woken(&wake, Value::Null).is_empty());
    }
}
