//! Rules as each evaluator takes them.

use std::collections::BTreeMap;

use flowtrail_sigma::RuleSource;
use rsigma_eval::{Engine, JsonEvent};
use rsigma_parser::{SigmaRule, parse_sigma_yaml};
use serde_json::Value;

use super::corpus;
use super::naive::Naive;
use super::ours::Hits;
use super::world::World;
use crate::support;

/// A rule, parsed.
pub(crate) struct Rule {
    pub(crate) file: String,
    pub(crate) sigma: SigmaRule,
    pub(crate) naive: Naive,
}

/// The rules of SigmaHQ at hand.
pub(crate) fn sigmahq() -> Vec<RuleSource> {
    let files = corpus::objects("sigma/sigmahq-aws/cloudtrail");
    let source = |o: corpus::Object| RuleSource {
        file: o.name,
        text: String::from_utf8(o.bytes).unwrap(),
    };
    files.into_iter().map(source).collect()
}

/// The rules that ship for `folder`, `cloudtrail` or `vpcflow`.
pub(crate) fn shipped(folder: &str) -> Vec<RuleSource> {
    let mut all = support::shipped();
    all.retain(|s| s.file.starts_with(folder));
    assert!(!all.is_empty());
    all
}

/// The detection rules of `sources`, in their order.
pub(crate) fn parsed(sources: &[RuleSource]) -> Vec<Rule> {
    let mut out = Vec::new();
    for source in sources {
        let collection = parse_sigma_yaml(&source.text).unwrap();
        // Types of correlations that are ours are no matter of detections.
        let mut errors = collection.errors.iter();
        let ours = errors.all(|e| e.contains("Unknown correlation type"));
        assert!(ours, "{:?}", collection.errors);
        for sigma in collection.rules {
            out.push(Rule {
                file: source.file.clone(),
                naive: Naive::new(&sigma, &BTreeMap::new()),
                sigma,
            });
        }
    }
    out
}

/// What the naive evaluator says of each rule.
pub(crate) fn naive_hits(rules: &[Rule], world: &World<'_>) -> Hits {
    let matching = rules
        .iter()
        .enumerate()
        .filter(|(_, r)| r.naive.matches(world));
    matching.map(|(i, _)| i).collect()
}

/// The independent engine. It sees the derived fields as fields with dotted
/// names, which it looks for first.
pub(crate) struct Theirs {
    engine: Engine,
    by_title: BTreeMap<String, usize>,
}

impl Theirs {
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut engine = Engine::new();
        let mut by_title = BTreeMap::new();
        for (i, rule) in rules.iter().enumerate() {
            engine.add_rule(&rule.sigma).unwrap();
            let twin = by_title.insert(rule.sigma.title.clone(), i);
            assert_eq!(twin, None, "two rules are called {}", rule.sigma.title);
        }
        Self { engine, by_title }
    }

    pub(crate) fn hits(&self, record: &Value, derived: &BTreeMap<String, String>) -> Hits {
        let mut whole = record.clone();
        for (name, value) in derived {
            whole[name] = Value::from(value.as_str());
        }
        let found = self.engine.evaluate(&JsonEvent::owned(whole));
        let number =
            |r: &rsigma_eval::result::EvaluationResult| self.by_title[&r.header.rule_title];
        found.iter().map(number).collect()
    }
}
