//! A slow evaluator of Sigma rules that is easy to check by eye. It follows the
//! conformance checklist item by item and shares nothing with the engine but
//! the parser of the YAML.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use regex::Regex;
use rsigma_parser::{Detection, DetectionItem, Modifier, SigmaRule, SigmaValue};

use super::condition::Condition;
use super::number::Decimal;
use super::pattern::{Tok, folded, literal, patterns};
use super::values::{COMPARISONS, TIME_PARTS, Test, network, written, written_plainly};
use super::world::{Leaf, World, object_text};

/// A rule that can be asked.
pub(crate) struct Naive {
    names: Vec<String>,
    parts: BTreeMap<String, Detection>,
    conditions: Vec<Condition>,
    placeholders: BTreeMap<String, Vec<String>>,
    regexes: RefCell<HashMap<String, Regex>>,
}

impl Naive {
    pub(crate) fn new(rule: &SigmaRule, placeholders: &BTreeMap<String, Vec<String>>) -> Self {
        let parts: BTreeMap<_, _> = rule.detection.named.clone().into_iter().collect();
        let conditions = rule.detection.condition_strings.iter();
        Self {
            names: parts.keys().cloned().collect(),
            parts,
            conditions: conditions.map(|c| Condition::parse(c)).collect(),
            placeholders: placeholders.clone(),
            regexes: RefCell::default(),
        }
    }

    /// Item 21: several conditions are alternatives.
    pub(crate) fn matches(&self, world: &World<'_>) -> bool {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let verdict = |name: &str| self.detection(&self.parts[name], world);
        self.conditions.iter().any(|c| c.holds(&names, &verdict))
    }

    /// Item 5: a map is AND, a list of maps is OR.
    fn detection(&self, detection: &Detection, world: &World<'_>) -> bool {
        match detection {
            Detection::AllOf(items) => items.iter().all(|i| self.item(i, world)),
            Detection::AnyOf(all) => all.iter().any(|d| self.detection(d, world)),
            Detection::And(all) => all.iter().all(|d| self.detection(d, world)),
            Detection::Keywords(values) => {
                let leaves = world.everything();
                let any = |v| self.value(v, &[], &leaves, true);
                values.iter().any(any)
            }
            Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
                panic!("selectors of Sigma 3 are not at hand")
            }
        }
    }

    fn item(&self, item: &DetectionItem, world: &World<'_>) -> bool {
        let modifiers = &item.field.modifiers;
        let has = |m| modifiers.contains(&m);
        let leaves = match &item.field.name {
            Some(name) => world.leaves(name),
            None => world.everything(),
        };
        // Item 8: presence only; null counts as present.
        if has(Modifier::Exists) {
            let wanted = matches!(&item.values[..], [SigmaValue::Bool(true)]);
            return leaves.is_empty() != wanted;
        }
        let keyword = item.field.name.is_none();
        let holds = |v: &SigmaValue| {
            if has(Modifier::FieldRef) {
                refers(v, modifiers, &leaves, world)
            } else {
                self.value(v, modifiers, &leaves, keyword)
            }
        };
        let holds = if has(Modifier::All) {
            item.values.iter().all(holds)
        } else {
            item.values.iter().any(holds)
        };
        // Item 9: what is absent is not equal, so `neq` holds.
        holds != has(Modifier::Neq)
    }

    /// Whether one of the leaves passes (item 12). `keyword`: text is searched.
    fn value(
        &self,
        value: &SigmaValue,
        modifiers: &[Modifier],
        leaves: &[Leaf<'_>],
        keyword: bool,
    ) -> bool {
        if *value == SigmaValue::Null {
            return leaves.is_empty() || leaves.iter().any(|l| matches!(l, Leaf::Null));
        }
        let test = self.test(value, modifiers, keyword);
        leaves.iter().any(|leaf| match leaf {
            Leaf::Null | Leaf::EmptyArray => false,
            Leaf::Text(text) => test.holds(text),
            // Item 13: whoever searches in an object searches in its text.
            Leaf::Object(map) => test.searches() && test.holds(&object_text(map)),
        })
    }

    fn test(&self, value: &SigmaValue, modifiers: &[Modifier], keyword: bool) -> Test {
        let has = |m| modifiers.contains(&m);
        let number = || Decimal::parse(&written_plainly(value)).unwrap();
        if let Some(part) = TIME_PARTS.iter().find(|m| has(**m)) {
            let op = COMPARISONS.iter().find(|m| has(**m)).copied();
            return Test::Time(*part, op, number());
        }
        if let Some(op) = COMPARISONS.iter().find(|m| has(**m)) {
            return Test::Compare(*op, number());
        }
        if has(Modifier::Re) {
            return Test::Regex(self.regex(&written(value), modifiers));
        }
        if has(Modifier::Cidr) {
            return Test::Network(network(&written_plainly(value)));
        }
        let around = [
            has(Modifier::Contains) || has(Modifier::EndsWith),
            has(Modifier::Contains) || has(Modifier::StartsWith),
        ];
        let around = match around {
            [false, false] if keyword => [true, true],
            other => other,
        };
        let is_number = matches!(value, SigmaValue::Integer(_) | SigmaValue::Float(_));
        if is_number && around == [false, false] {
            return Test::Number(number());
        }
        let all = match value {
            SigmaValue::String(_) if has(Modifier::Expand) => self
                .expanded(&written(value))
                .iter()
                .flat_map(|w| patterns(w, modifiers))
                .collect(),
            SigmaValue::String(_) => patterns(&written(value), modifiers),
            SigmaValue::Integer(_)
            | SigmaValue::Float(_)
            | SigmaValue::Bool(_)
            | SigmaValue::Null => vec![literal(&written(value))],
        };
        let any = |on: bool| on.then_some(Tok::Any);
        let wrapped = |p: Vec<Tok>| {
            let (before, behind) = (any(around[0]), any(around[1]));
            before.into_iter().chain(p).chain(behind).collect()
        };
        Test::Text(all.into_iter().map(wrapped).collect(), has(Modifier::Cased))
    }

    fn regex(&self, pattern: &str, modifiers: &[Modifier]) -> Regex {
        let flags = [
            (Modifier::IgnoreCase, 'i'),
            (Modifier::Multiline, 'm'),
            (Modifier::DotAll, 's'),
        ];
        let flags: String = flags
            .iter()
            .filter(|(m, _)| modifiers.contains(m))
            .map(|(_, f)| *f)
            .collect();
        let flagged = match flags.as_str() {
            "" => pattern.to_owned(),
            _ => format!("(?{flags}){pattern}"),
        };
        let mut known = self.regexes.borrow_mut();
        let regex = known
            .entry(flagged)
            .or_insert_with_key(|p| Regex::new(p).unwrap());
        regex.clone()
    }

    /// Every way to put values for the placeholders of `written` (item 16);
    /// `\%` is a percent sign.
    fn expanded(&self, written: &str) -> Vec<String> {
        let (mut head, mut rest) = (String::new(), written.chars());
        while let Some(c) = rest.next() {
            let placeholder = rest.as_str().split_once('%').filter(|_| c == '%');
            match (c, placeholder) {
                ('%', Some((name, behind))) if !name.is_empty() => {
                    let values = &self.placeholders[name];
                    let behind = self.expanded(behind);
                    let with = |v: &String| {
                        let whole = behind.iter().map(|b| format!("{head}{v}{b}"));
                        whole.collect::<Vec<_>>()
                    };
                    return values.iter().flat_map(with).collect();
                }
                ('\\', _) => match rest.next() {
                    Some('%') => head.push('%'),
                    other => head.extend(std::iter::once('\\').chain(other)),
                },
                _ => head.push(c),
            }
        }
        vec![head]
    }
}

/// `fieldref`: the value names another field.
fn refers(
    value: &SigmaValue,
    modifiers: &[Modifier],
    leaves: &[Leaf<'_>],
    world: &World<'_>,
) -> bool {
    let has = |m| modifiers.contains(&m);
    let cased = has(Modifier::Cased);
    let texts = |leaves: &[Leaf<'_>]| {
        let text = |l: &Leaf<'_>| match l {
            Leaf::Text(t) => Some(folded(t, cased)),
            Leaf::Null | Leaf::EmptyArray | Leaf::Object(_) => None,
        };
        leaves.iter().filter_map(text).collect::<Vec<_>>()
    };
    let others = texts(&world.leaves(&written_plainly(value)));
    let holds = |a: &Vec<char>, b: &Vec<char>| {
        if has(Modifier::Contains) {
            b.is_empty() || a.windows(b.len()).any(|w| w == &b[..])
        } else if has(Modifier::StartsWith) {
            a.starts_with(b)
        } else if has(Modifier::EndsWith) {
            a.ends_with(b)
        } else {
            a == b
        }
    };
    let other = |a| others.iter().any(|b| holds(a, b));
    texts(leaves).iter().any(other)
}
