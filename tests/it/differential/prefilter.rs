//! What the prefilter lets through: each rule says the same alone and among all
//! others, and most rules are not even asked.

use flowtrail_scan::rule_options_knowing_all;
use flowtrail_sigma::RuleSource;

use super::corpus;
use super::dice::Dice;
use super::mutate::{loosely_written, mutated};
use super::ours::{Hits, Ours};
use super::ruleset::{parsed, shipped, sigmahq};

/// One source for each detection rule: correlations are left out.
fn single(sources: &[RuleSource]) -> Vec<RuleSource> {
    let mut out = Vec::new();
    for source in sources {
        let documents = source.text.split("\n---\n");
        let detections = documents.filter(|d| d.contains("\ndetection:"));
        out.extend(detections.map(|text| RuleSource {
            file: source.file.clone(),
            text: text.to_owned(),
        }));
    }
    out
}

/// Verdicts of the whole set, and of each rule by itself.
fn compare(whole: &mut Ours, alone: &mut [Ours], json: &[u8]) -> Hits {
    let together = whole.hits(json);
    let mut singly = Hits::new();
    for (i, one) in alone.iter_mut().enumerate() {
        if !one.hits(json).is_empty() {
            singly.insert(i);
        }
    }
    let text = String::from_utf8_lossy(json);
    assert_eq!(together, singly, "{text}");
    together
}

#[test]
fn rules_alone_and_together() {
    let mut sources = shipped("cloudtrail");
    sources.extend(sigmahq());
    let sources = single(&sources);
    assert_eq!(parsed(&sources).len(), sources.len());
    let mut whole = Ours::new(&sources, &rule_options_knowing_all());
    let mut alone: Vec<Ours> = sources
        .iter()
        .map(|s| Ours::new(std::slice::from_ref(s), &rule_options_knowing_all()))
        .collect();
    let mut objects = corpus::objects("cloudtrail/stratus");
    objects.extend(corpus::objects("cloudtrail/traildiscover"));
    objects.extend(corpus::under(&corpus::simulated(6), "/CloudTrail/"));
    let mut dice = Dice::new(3);
    let (mut records, mut matches) = (0, 0);
    for record in objects.iter().flat_map(corpus::records) {
        let json = serde_json::to_vec(&record).unwrap();
        let hits = compare(&mut whole, &mut alone, &json);
        matches += hits.len();
        if !hits.is_empty() {
            let mutant = mutated(&record, &mut dice);
            let json = loosely_written(&mutant, &mut dice);
            compare(&mut whole, &mut alone, json.as_bytes());
        }
        records += 1;
    }
    assert!(records > 500 && matches > 50, "{records} {matches}");
    let asked = whole.evaluations();
    let all = records * sources.len() as u64;
    println!("{asked} evaluations in place of {all}");
    assert!(asked * 4 < all, "the prefilter wakes too many rules");
}

#[test]
fn flow_rules_alone_and_together() {
    let sources = single(&shipped("vpcflow"));
    let mut whole = Ours::new(&sources, &rule_options_knowing_all());
    let mut alone: Vec<Ours> = sources
        .iter()
        .map(|s| Ours::new(std::slice::from_ref(s), &rule_options_knowing_all()))
        .collect();
    let mut matches = 0;
    for object in corpus::under(&corpus::simulated(6), "/vpcflowlogs/") {
        let together = whole.lines(&object.bytes);
        let mut singly = vec![Hits::new(); together.len()];
        for (i, one) in alone.iter_mut().enumerate() {
            for (hits, (_, one)) in singly.iter_mut().zip(one.lines(&object.bytes)) {
                hits.extend(one.iter().map(|_| i));
            }
        }
        for ((_, hits), singly) in together.iter().zip(&singly) {
            assert_eq!(hits, singly);
            matches += hits.len();
        }
    }
    assert!(matches > 50, "{matches}");
}
