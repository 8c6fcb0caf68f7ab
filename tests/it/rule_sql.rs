//! Rules as SQL against the matcher: for every single-event rule that ships,
//! the rows that its statement finds are the records that the matcher finds.
//!
//! The statement is a second reading of the rule's text, and goes another way:
//! reader, rows, `DataFusion`, `WHERE`. Only the code of derived fields is the
//! same on both ways. What is compared is a record's place: object and offset.

mod asked;
mod logs;
mod matched;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_context::{Context, Given, Places};
use flowtrail_scan::rule_options_knowing;
use flowtrail_sigma::{Compilation, RuleMeta, Services, compile};
use flowtrail_table::RuleSql;

use crate::mmdb::{Mmdb, city, system};
use crate::support::shipped;

/// The place of a record: its object, and where it begins there.
type Place = (String, i64);

/// The places of the records that each rule finds, by the rule's name.
type Found = BTreeMap<String, BTreeSet<Place>>;

/// Rules that have a statement, and of these the ones that find anything. More
/// is better; less is a loss that somebody has to want.
const COMPARED_MIN: usize = 650;
const WITH_HITS_MIN: usize = 635;
/// Why a rule may have no statement.
const SEEN_BEFORE: &str = "rests on what was seen before the record";

/// Every single-event rule, those that wait for a baseline included.
fn rules(compilation: &Compilation) -> Vec<(Arc<RuleMeta>, Services)> {
    let active = compilation.rules.rules().iter();
    let active = active.map(|r| (Arc::clone(&r.meta), r.services));
    let waiting = compilation.inactive.iter().filter(|i| !i.is_correlation);
    active
        .chain(waiting.map(|i| (Arc::clone(&i.meta), i.services)))
        .collect()
}

/// A file of places in which half of all addresses are in one country, and half
/// in another.
fn everywhere() -> Places {
    let mut file = Mmdb::new();
    file.say("0.0.0.0/1", &city("DE", 50.11, 8.68, 20));
    file.say("128.0.0.0/1", &city("FR", 48.86, 2.34, 20));
    let mut systems = Mmdb::of_v4();
    systems.say("128.0.0.0/1", &system(64_500, "Example Net"));
    let files = [
        ("city.mmdb".to_owned(), file.finish("GeoLite2-City")),
        ("asn.mmdb".to_owned(), systems.finish("GeoLite2-ASN")),
    ];
    Places::read(files).unwrap()
}

fn name(meta: &RuleMeta) -> String {
    meta.name.clone().unwrap_or_else(|| meta.title.clone())
}

#[test]
fn every_rule_finds_in_sql_what_the_matcher_finds() {
    let logs = logs::gathered();
    let text = std::fs::read_to_string(&logs.context).unwrap();
    let given = Given {
        context: Some(Arc::new(Context::parse("context.yaml", &text).unwrap().0)),
        places: Some(Arc::new(everywhere())),
        memory: None,
    };
    let sources = shipped();
    let compilation = compile(&sources, &rule_options_knowing(&given.knowledge()));
    let (mut statements, mut without) = (Vec::new(), BTreeMap::new());
    for (meta, services) in rules(&compilation) {
        let file = sources.iter().find(|s| s.file == meta.file).unwrap();
        match RuleSql::of(&file.text, &meta, services) {
            Ok(made) => statements.extend(made.into_iter().map(|s| (name(&meta), s))),
            Err(e) => drop(without.insert(name(&meta), e.to_string())),
        }
    }
    let compared: BTreeSet<_> = statements.iter().map(|(name, _)| name.clone()).collect();
    let asked = asked::places(&logs, &given, &statements);
    let (mut matched, records) = matched::places(&logs, &given, compilation.rules);
    matched.retain(|rule, _| compared.contains(rule));
    let hits: usize = matched.values().map(BTreeSet::len).sum();
    println!(
        "{} rules compared over {records} records, {} of them with {hits} hits; {} without a statement:",
        compared.len(),
        matched.len(),
        without.len()
    );
    for (rule, reason) in &without {
        println!("  {rule}: {reason}");
    }
    let silent: Vec<_> = compared
        .iter()
        .filter(|r| !matched.contains_key(*r))
        .collect();
    println!("without hits: {silent:?}");
    let differing = differences(&matched, &asked);
    assert!(
        differing.is_empty(),
        "{} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    assert!(
        compared.len() >= COMPARED_MIN,
        "{} compared",
        compared.len()
    );
    assert!(
        matched.len() >= WITH_HITS_MIN,
        "{} with hits",
        matched.len()
    );
    // Nothing else is a reason: a loss has to be wanted by somebody.
    without.retain(|_, reason| !reason.contains(SEEN_BEFORE));
    assert!(without.is_empty(), "{without:#?}");
}

/// What one side finds and the other does not.
fn differences(matched: &Found, asked: &Found) -> Vec<String> {
    const SHOWN: usize = 3;
    let nothing = BTreeSet::new();
    let rules: BTreeSet<_> = matched.keys().chain(asked.keys()).collect();
    let mut out = Vec::new();
    for rule in rules {
        let (by_matcher, by_sql) = (
            matched.get(rule).unwrap_or(&nothing),
            asked.get(rule).unwrap_or(&nothing),
        );
        for (who, one, other) in [
            ("the matcher", by_matcher, by_sql),
            ("SQL", by_sql, by_matcher),
        ] {
            let alone: Vec<_> = one.difference(other).collect();
            if !alone.is_empty() {
                let shown = alone.iter().take(SHOWN);
                let shown: Vec<_> = shown.map(|(o, at)| format!("{o}:{at}")).collect();
                out.push(format!(
                    "{rule}: {who} alone finds {} {shown:?}",
                    alone.len()
                ));
            }
        }
    }
    out
}
