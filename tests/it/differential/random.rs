//! Random rules over random records: the engine against the naive evaluator,
//! and each rule alone against all together.

use std::collections::BTreeMap;

use flowtrail_event::Kind;
use flowtrail_sigma::{Options, RuleSource};
use rsigma_parser::parse_sigma_yaml;
use serde_json::Value;

use super::dice::Dice;
use super::events::record;
use super::mutate::loosely_written;
use super::naive::Naive;
use super::ours::{Derive, Hits, Ours};
use super::pools::FIELDS;
use super::rules::{Author, placeholders};
use super::world::World;

const BATCHES: u64 = 800;
const RULES: usize = 8;
const RECORDS: usize = 10;
/// Failures shown in full, the shortest ones.
const SHOWN: usize = 3;

/// Options with values for the placeholders of random rules.
pub(crate) fn options() -> Options {
    Options {
        placeholders: placeholders(),
        ..flowtrail_scan::rule_options()
    }
}

/// A rule with what it uses.
pub(crate) struct Written {
    pub(crate) source: RuleSource,
    pub(crate) naive: Naive,
    used: Vec<String>,
}

impl Written {
    /// The rules that `author` writes.
    pub(crate) fn several(author: &mut Author<'_>, service: &str) -> Vec<Self> {
        let mut out = Vec::new();
        for i in 0..RULES {
            let text = author.rule(&format!("rule {i}"), service);
            let collection = parse_sigma_yaml(&text).unwrap();
            assert!(collection.errors.is_empty(), "{text}");
            out.push(Self {
                naive: Naive::new(&collection.rules[0], &placeholders()),
                source: RuleSource {
                    file: "random.yml".into(),
                    text,
                },
                used: author.used().to_vec(),
            });
        }
        out
    }
}

/// Rules, compiled together and one by one.
struct Batch {
    seed: u64,
    rules: Vec<Written>,
    ours: Ours,
    alone: Vec<Ours>,
}

impl Batch {
    fn new(seed: u64, author: &mut Author<'_>) -> Self {
        let rules = Written::several(author, "cloudtrail");
        let sources: Vec<_> = rules.iter().map(|r| r.source.clone()).collect();
        let one = |s| Ours::new(std::slice::from_ref(s), &options());
        Self {
            seed,
            ours: Ours::new(&sources, &options()),
            alone: sources.iter().map(one).collect(),
            rules,
        }
    }

    /// What the naive evaluator says, and where the engine says otherwise.
    fn judge(&mut self, record: &Value, json: &str, derive: &mut Derive) -> (Hits, Vec<String>) {
        let json = json.as_bytes();
        let derived = derive.of(json);
        let world = World {
            record,
            derived: &derived,
            flow: false,
        };
        let hits = self.ours.hits(json);
        let (mut wanted, mut failures) = (Hits::new(), Vec::new());
        for (i, rule) in self.rules.iter().enumerate() {
            let (want, got) = (rule.naive.matches(&world), hits.contains(&i));
            if want {
                wanted.insert(i);
            }
            let single = !self.alone[i].hits(json).is_empty();
            if want != got || want != single {
                let why = self.ours.explain(i, json);
                let text = &rule.source.text;
                failures.push(format!(
                    "seed {}: {got}, alone {single}, not {want}\n{text}\n{record}\n{why}",
                    self.seed
                ));
            }
        }
        (wanted, failures)
    }
}

/// How often rules that use something matched, and how often they did not.
#[derive(Default)]
struct Verdicts(BTreeMap<String, (u32, u32)>);

impl Verdicts {
    fn count(&mut self, rules: &[Written], hits: &Hits) {
        for (i, rule) in rules.iter().enumerate() {
            for word in &rule.used {
                let (yes, no) = self.0.entry(word.clone()).or_default();
                *(if hits.contains(&i) { yes } else { no }) += 1;
            }
        }
    }
}

#[test]
fn random_rules_over_random_records() {
    let mut verdicts = Verdicts::default();
    let mut derive = Derive::new(Kind::CloudTrail);
    let mut failures = Vec::new();
    for seed in 0..BATCHES {
        let mut dice = Dice::new(seed);
        let records: Vec<_> = (0..RECORDS).map(|_| record(&mut dice)).collect();
        let derived = BTreeMap::new();
        let world = |record| World {
            record,
            derived: &derived,
            flow: false,
        };
        let worlds: Vec<_> = records.iter().map(world).collect();
        let mut author = Author::new(&mut dice, &FIELDS, &worlds);
        let mut batch = Batch::new(seed, &mut author);
        for record in &records {
            let json = loosely_written(record, &mut dice);
            let (wanted, failed) = batch.judge(record, &json, &mut derive);
            verdicts.count(&batch.rules, &wanted);
            failures.extend(failed);
        }
    }
    let count = failures.len();
    failures.sort_by_key(String::len);
    failures.truncate(SHOWN);
    assert_eq!(count, 0, "{count} differences:\n{}", failures.join("\n\n"));
    assert!(verdicts.0.len() > 35, "{:?}", verdicts.0.keys());
    for (word, (yes, no)) in &verdicts.0 {
        assert!(*yes > 100 && *no > 100, "too one-sided: {word} {yes} {no}");
    }
}
