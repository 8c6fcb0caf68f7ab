//! Every rule for CloudTrail at hand, over every record at hand, simulated and
//! mutated ones, by three evaluators.

use std::collections::BTreeMap;

use flowtrail_event::{Kind, Service};
use flowtrail_scan::rule_options_knowing_all;
use flowtrail_sigma::{RuleSource, Severity, compile};
use rsigma_eval::Engine;
use rsigma_parser::parse_sigma_yaml;
use serde_json::Value;

use super::corpus;
use super::dice::Dice;
use super::differences::{DIFFERENCES, Difference, Met, items};
use super::mutate::{changed_at, loosely_written, mutated};
use super::ours::{Derive, Hits, Ours};
use super::ruleset::{Rule, Theirs, parsed, shipped, sigmahq};
use super::world::World;

/// The naive evaluator takes its time: it judges one record in so many, and
/// whatever is in dispute.
const NAIVELY_JUDGED: usize = 8;
const MUTANTS: usize = 9_000;
/// Failures shown in full.
const SHOWN: usize = 5;

fn sources() -> Vec<RuleSource> {
    let mut all = shipped("cloudtrail");
    all.extend(sigmahq());
    all
}

fn records_at_hand() -> Vec<Value> {
    let mut objects = corpus::objects("cloudtrail");
    for seed in [1, 2] {
        let store = corpus::simulated(seed);
        objects.extend(corpus::under(&store, "/CloudTrail/"));
    }
    let all = objects.iter().flat_map(corpus::records);
    all.filter(corpus::is_plain).collect()
}

/// A record changed in a field that a matching rule looks at, or anywhere.
fn mutant(rules: &[Rule], (record, hits): &(Value, Hits), dice: &mut Dice) -> Value {
    let hits: Vec<usize> = hits.iter().copied().collect();
    if hits.is_empty() || dice.one_in(4) {
        return mutated(record, dice);
    }
    let rule = &rules[*dice.from(&hits)].sigma;
    let items: Vec<_> = rule.detection.named.values().flat_map(items).collect();
    let mut names: Vec<&str> = items
        .iter()
        .filter_map(|i| i.field.name.as_deref())
        .collect();
    names.sort_unstable(); // The selections of a rule come in no order.
    let mut out = record.clone();
    for _ in 0..=dice.below(2) {
        out = changed_at(&out, dice.pick(&names), dice);
    }
    out
}

/// The evaluators side by side.
struct Court {
    rules: Vec<Rule>,
    ours: Ours,
    theirs: Theirs,
    derive: Derive,
    judged: usize,
    /// How often each difference explained one.
    met: BTreeMap<(&'static str, Met), usize>,
    failures: Vec<String>,
}

impl Court {
    fn new(sources: &[RuleSource]) -> Self {
        let rules = parsed(sources);
        let ours = Ours::new(sources, &rule_options_knowing_all());
        let titles: Vec<_> = rules.iter().map(|r| r.sigma.title.clone()).collect();
        assert_eq!(ours.titles(), titles, "rules are numbered as they stand");
        Self {
            theirs: Theirs::new(&rules),
            rules,
            ours,
            derive: Derive::new(Kind::CloudTrail),
            judged: 0,
            met: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// Judges one record, of which `json` is a way to write it.
    fn judge(&mut self, record: &Value, json: &[u8], at: Met) -> Hits {
        let derived = self.derive.of(json);
        let ours = self.ours.hits(json);
        let theirs = self.theirs.hits(record, &derived);
        let world = World {
            record,
            derived: &derived,
            flow: false,
        };
        self.judged += 1;
        for (i, rule) in self.rules.iter().enumerate() {
            let (mine, other) = (ours.contains(&i), theirs.contains(&i));
            let asked = self.judged.is_multiple_of(NAIVELY_JUDGED) || mine != other;
            if asked && rule.naive.matches(&world) != mine {
                let why = self.ours.explain(i, json);
                self.failures
                    .push(failed(rule, "naive", mine, record) + &why);
            }
            if mine == other {
                continue;
            }
            let known = |d: &&Difference| d.explains(rule, &world);
            let known: Vec<_> = DIFFERENCES.iter().filter(known).collect();
            if known.is_empty() {
                let why = self.ours.explain(i, json);
                self.failures
                    .push(failed(rule, "rsigma", mine, record) + &why);
            }
            for d in known {
                *self.met.entry((d.name, at)).or_default() += 1;
            }
        }
        ours
    }

    fn finish(&self) {
        println!("{} records, {} rules", self.judged, self.rules.len());
        println!("{:?}", self.met);
        let shown: Vec<_> = self.failures.iter().take(SHOWN).cloned().collect();
        let count = self.failures.len();
        assert_eq!(count, 0, "{count} differences:\n{}", shown.join("\n\n"));
    }
}

fn failed(rule: &Rule, whom: &str, ours: bool, record: &Value) -> String {
    format!(
        "{} ({}): {ours}, {whom} says otherwise\n{record}\n",
        rule.sigma.title, rule.file
    )
}

#[test]
fn rules_at_hand_over_records() {
    let mut court = Court::new(&sources());
    let mut dice = Dice::new(17);
    let mut records = Vec::new();
    for record in records_at_hand() {
        let json = serde_json::to_vec(&record).unwrap();
        let hits = court.judge(&record, &json, Met::InRecords);
        records.push((record, hits));
    }
    let mut matching = records.clone();
    matching.retain(|(_, hits)| !hits.is_empty());
    assert!(matching.len() > 100 && records.len() > 1000);
    for i in 0..MUTANTS {
        let base = dice.from(if i % 5 == 0 { &records } else { &matching });
        let mutant = mutant(&court.rules, base, &mut dice);
        let json = loosely_written(&mutant, &mut dice);
        court.judge(&mutant, json.as_bytes(), Met::InMutants);
    }
    court.finish();
    if sigmahq().is_empty() {
        return; // Some differences are met by these rules only.
    }
    for d in DIFFERENCES.iter().filter(|d| d.met != Met::Nowhere) {
        let met = court.met.get(&(d.name, d.met));
        assert!(met.is_some(), "no longer met: {}", d.name);
    }
}

fn rule_of(detection: &str) -> RuleSource {
    RuleSource {
        file: "case.yml".into(),
        text: format!(
            "title: case\nlogsource: {{product: aws, service: cloudtrail}}\n\
             detection:\n  {detection}\n  condition: sel\n"
        ),
    }
}

#[test]
fn every_known_difference_is_one() {
    for d in &DIFFERENCES {
        let sources = [rule_of(d.detection)];
        let mut court = Court::new(&sources);
        let record: Value = serde_json::from_str(d.record).unwrap();
        let hits = court.judge(&record, d.record.as_bytes(), d.met);
        assert_eq!(!hits.is_empty(), d.matches, "{}: {}", d.name, d.clause);
        assert!(court.failures.is_empty(), "{:#?}", court.failures);
        let met = court.met.get(&(d.name, d.met));
        assert!(met.is_some(), "{}: rsigma agrees by now", d.name);
    }
}

/// What the other engine takes and Flowtrail rejects, with the clause.
const REJECTED: [(&str, &str); 4] = [
    (
        "sel: {a: x}\n  other: {b: y}\n  condition: 2 of them",
        "item 21: N of is not Sigma",
    ),
    (
        "sel: {a|expand: '%admins%'}",
        "item 16, R:597: unresolved placeholder",
    ),
    ("sel: {a: []}", "a list without values matches nothing"),
    (
        "sel: {a|exists: perhaps}",
        "item 8, M:40: exists takes a boolean",
    ),
];

#[test]
fn what_is_rejected() {
    for (detection, clause) in REJECTED {
        let mut source = rule_of(detection);
        if detection.contains("condition") {
            source.text = source.text.replace("  condition: sel\n", "");
        }
        let problems = compile(std::slice::from_ref(&source), &rule_options_knowing_all()).problems;
        let errors = problems.iter().filter(|p| p.severity == Severity::Error);
        assert_eq!(errors.count(), 1, "{clause}: {problems:?}");
        let collection = parse_sigma_yaml(&source.text).unwrap();
        let taken = Engine::new().add_collection(&collection);
        assert!(
            taken.is_ok(),
            "{clause}: rsigma rejects it by now, {taken:?}"
        );
    }
}

/// Whole files, in pieces, through every envelope: the same verdicts as record
/// by record.
#[test]
fn objects_and_single_records_agree() {
    let mut ours = Ours::new(&sources(), &rule_options_knowing_all());
    let mut compared = 0;
    let mut objects = corpus::objects("cloudtrail");
    objects.extend(corpus::under(&corpus::simulated(3), "/CloudTrail/"));
    for object in objects {
        let records = corpus::records(&object);
        if object.is_sampled() {
            continue;
        }
        for piece in [object.bytes.len().max(1), 4093] {
            let whole = ours.object(&object.bytes, piece);
            let mut expected = Vec::new();
            for record in &records {
                let plain = corpus::is_plain(record);
                let hits = ours.hits(&serde_json::to_vec(record).unwrap());
                expected.push(if plain { hits } else { Hits::new() });
            }
            let name = &object.name;
            let got: Vec<Hits> = whole.iter().map(|(_, h)| h.clone()).collect();
            assert_eq!(got, expected, "{name} in pieces of {piece}");
            let plain = whole.iter().map(|(s, _)| *s == Service::CloudTrail);
            let expected = records.iter().map(corpus::is_plain);
            assert!(plain.eq(expected), "{name}");
            compared += whole.len();
        }
    }
    assert!(compared > 1000, "{compared}");
}
