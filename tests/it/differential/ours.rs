//! Flowtrail's reader and engine over single records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_context::{DERIVED, Derivation};
use flowtrail_event::{
    Event, Flow, Kind, Limits, Location, Note, Projection, Service, Sink, Skip, SlotId,
};
use flowtrail_flowlog::TextReader;
use flowtrail_sigma::{Matcher, Options, RuleIx, RuleSource, Severity, compile};

/// The rules that match, by number.
pub(crate) type Hits = BTreeSet<usize>;

/// A compiled set with its readers.
pub(crate) struct Ours {
    cloudtrail: Reader,
    flow: TextReader,
    judge: Judge,
}

/// Gathers what the matcher says of each record.
struct Judge {
    matcher: Matcher,
    derivations: [Derivation; 2],
    seen: Vec<(Service, Hits)>,
    skips: Vec<Skip>,
}

impl Sink for Judge {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let derivation = &self.derivations[kind_index(event.service.kind())];
        let hits = self
            .matcher
            .matches(event, |e, slot| derivation.apply_to(e, slot));
        let hits = hits.iter().map(|ix| ix.0 as usize).collect();
        self.seen.push((event.service, hits));
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        self.skips.push(skip);
    }

    fn note(&mut self, _note: Note) {}
}

impl RecordSink for Judge {
    fn log_line(&mut self, _: &[u8], _: Location) -> Flow {
        Flow::Continue
    }
}

const fn kind_index(kind: Kind) -> usize {
    match kind {
        Kind::CloudTrail => 0,
        Kind::Flow => 1,
    }
}

impl Ours {
    /// Compiles `sources`, which must be without fault.
    pub(crate) fn new(sources: &[RuleSource], options: &Options) -> Self {
        let compilation = compile(sources, options);
        let errors: Vec<String> = compilation
            .problems
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
        let rules = Arc::new(compilation.rules);
        let planned = |kind| {
            let mut projection = rules.projection(kind).clone();
            let derivation = Derivation::plan(&mut projection, kind).unwrap();
            (projection, derivation)
        };
        let (cloudtrail, first) = planned(Kind::CloudTrail);
        let (flow, second) = planned(Kind::Flow);
        let limits = Limits::default();
        Self {
            cloudtrail: Reader::new(&cloudtrail, &limits),
            flow: TextReader::new(&flow, &limits, None),
            judge: Judge {
                matcher: Matcher::new(rules),
                derivations: [first, second],
                seen: Vec::new(),
                skips: Vec::new(),
            },
        }
    }

    /// Titles of the rules, by number.
    pub(crate) fn titles(&self) -> Vec<String> {
        let rules = self.judge.matcher.rules().rules();
        rules.iter().map(|r| r.meta.title.clone()).collect()
    }

    /// How many rules were asked so far.
    pub(crate) fn evaluations(&self) -> u64 {
        self.judge.matcher.evaluations()
    }

    /// What the set says of one record, given as JSON.
    pub(crate) fn hits(&mut self, json: &[u8]) -> Hits {
        self.judge.seen.clear();
        self.cloudtrail
            .read_object(json, Service::CloudTrail, &mut self.judge);
        let skips = &self.judge.skips;
        let text = String::from_utf8_lossy(json);
        assert!(skips.is_empty(), "{skips:?} in {text}");
        let [(_, hits)] = &self.judge.seen[..] else {
            panic!("one record is one event: {text}");
        };
        hits.clone()
    }

    /// What the set says of every record of an object, in pieces of `piece`
    /// bytes.
    pub(crate) fn object(&mut self, bytes: &[u8], piece: usize) -> Vec<(Service, Hits)> {
        self.judge.seen.clear();
        self.cloudtrail.reset();
        for part in bytes.chunks(piece) {
            self.cloudtrail.push(part, &mut self.judge);
        }
        self.cloudtrail.finish(&mut self.judge);
        self.judge.skips.clear();
        self.judge.seen.clone()
    }

    /// What the set says of every line of a flow log.
    pub(crate) fn lines(&mut self, text: &[u8]) -> Vec<(Service, Hits)> {
        self.judge.seen.clear();
        self.flow.reset();
        self.flow.push(text, &mut self.judge);
        self.flow.finish(&mut self.judge);
        let skips = std::mem::take(&mut self.judge.skips);
        assert!(skips.is_empty(), "{skips:?}");
        self.judge.seen.clone()
    }

    /// Why a rule says what it says about a record.
    pub(crate) fn explain(&mut self, rule: usize, json: &[u8]) -> String {
        let mut explain = Explain {
            ours: &self.judge,
            rule: RuleIx(u32::try_from(rule).unwrap()),
            text: String::new(),
        };
        self.cloudtrail
            .read_object(json, Service::CloudTrail, &mut explain);
        explain.text
    }
}

struct Explain<'a> {
    ours: &'a Judge,
    rule: RuleIx,
    text: String,
}

impl Sink for Explain<'_> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.ours.derivations[kind_index(event.service.kind())].apply(event);
        let why = self.ours.matcher.rules().explain(self.rule, event);
        self.text = format!("{why:#?}");
        Flow::Continue
    }

    fn skip(&mut self, _skip: Skip) {}

    fn note(&mut self, _note: Note) {}
}

/// Computes every derived field of a record.
pub(crate) struct Derive {
    slots: Vec<(SlotId, &'static str)>,
    derivation: Derivation,
    projection: Projection,
    values: BTreeMap<String, String>,
}

impl Derive {
    pub(crate) fn new(kind: Kind) -> Self {
        let mut projection = Projection::new();
        let slots = DERIVED.iter().map(|f| (projection.slot(f.name), f.name));
        let slots = slots.collect();
        Self {
            slots,
            derivation: Derivation::plan(&mut projection, kind).unwrap(),
            projection,
            values: BTreeMap::new(),
        }
    }

    /// The derived fields of one record, given as JSON.
    pub(crate) fn of(&mut self, json: &[u8]) -> BTreeMap<String, String> {
        let mut reader = Reader::new(&self.projection, &Limits::default());
        reader.read_object(json, Service::CloudTrail, self);
        std::mem::take(&mut self.values)
    }

    /// The derived fields of each line of a flow log.
    pub(crate) fn lines(&mut self, text: &[u8]) -> Vec<BTreeMap<String, String>> {
        let mut reader = TextReader::new(&self.projection, &Limits::default(), None);
        let mut all = Lines(self, Vec::new());
        reader.push(text, &mut all);
        reader.finish(&mut all);
        all.1
    }
}

impl Sink for Derive {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.derivation.apply(event);
        let value = |(slot, name): &(SlotId, &str)| {
            let value = event.str(*slot)?.to_owned();
            Some(((*name).to_owned(), value))
        };
        self.values = self.slots.iter().filter_map(value).collect();
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn note(&mut self, _note: Note) {}
}

struct Lines<'d>(&'d mut Derive, Vec<BTreeMap<String, String>>);

impl Sink for Lines<'_> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let flow = self.0.event(event);
        self.1.push(std::mem::take(&mut self.0.values));
        flow
    }

    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn note(&mut self, _note: Note) {}
}
