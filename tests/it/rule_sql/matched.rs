//! What the matcher finds.

use std::sync::Arc;

use flowtrail_context::{Derivation, Given};
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Sink, Skip};
use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
use flowtrail_sigma::{Matcher, RuleSet};
use flowtrail_table::{ListSettings, Source, Wanted, list};

use super::logs::Gathered;
use super::{Found, name};

struct Judge {
    matcher: Matcher,
    cloudtrail: Derivation,
    flow: Derivation,
    object: String,
    found: Found,
    records: usize,
}

impl Sink for Judge {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.records += 1;
        let place = (
            self.object.clone(),
            i64::try_from(event.location.offset).unwrap(),
        );
        let derivation = match event.service.kind() {
            Kind::CloudTrail => &self.cloudtrail,
            Kind::Flow => &self.flow,
        };
        let rules = Arc::clone(self.matcher.rules());
        let hits = self
            .matcher
            .matches(event, |event, slot| derivation.apply_to(event, slot));
        for ix in hits {
            let rule = name(&rules.rule(*ix).unwrap().meta);
            self.found.entry(rule).or_default().insert(place.clone());
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

/// The places of all matches, and how many records there are.
pub(super) fn places(logs: &Gathered, given: &Given, rules: RuleSet) -> (Found, usize) {
    let mut wanted = Projections {
        cloudtrail: rules.projection(Kind::CloudTrail).clone(),
        flow: rules.projection(Kind::Flow).clone(),
    };
    let plan = |projection: &mut _, kind| Derivation::plan_given(projection, kind, given).unwrap();
    let mut judge = Judge {
        cloudtrail: plan(&mut wanted.cloudtrail, Kind::CloudTrail),
        flow: plan(&mut wanted.flow, Kind::Flow),
        matcher: Matcher::new(Arc::new(rules)),
        object: String::new(),
        found: Found::new(),
        records: 0,
    };
    let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
    for object in objects(logs) {
        let Some(file) = object.file() else {
            continue;
        };
        judge.object = object.name();
        reader.read(std::fs::File::open(file).unwrap(), &mut judge);
    }
    (judge.found, judge.records)
}

fn objects(logs: &Gathered) -> Vec<flowtrail_table::LogObject> {
    let sources: Vec<Source> = logs.folders.iter().cloned().map(Source::Local).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (wanted, settings) = (Wanted::default(), ListSettings::default());
    let listing = list(&sources, &wanted, &settings);
    runtime.block_on(listing).unwrap().objects
}
