//! What an object shows that a baseline does not know: to be asked for wherever
//! the days since are remembered, before the object is judged.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use flowtrail_baseline::{
    Baseline, Calendar, Day, Dimension, History, KeyId, SightingId, Span, ValueId,
};
use flowtrail_context::Sighter;
use flowtrail_detect::Plan;
use flowtrail_event::{Event, Flow, Kind, Note, Sink, Skip};

use crate::objects::{ObjectReader, Projections, ScanOptions};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Whose {
    /// Since when a key has had a value.
    Sighting(SightingId, ValueId),
    /// Since when a key has been there.
    Key(Dimension, KeyId),
}

/// Something of which the first day since a baseline has to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    whose: Whose,
    /// The first day on which the object shows it. None: the object does not
    /// show it, and only has to know.
    pub seen: Option<Day>,
}

impl Question {
    /// What it goes by: a hash of 64 bits, seeded with its dimension and key.
    #[must_use]
    pub const fn id(&self) -> u64 {
        match self.whose {
            Whose::Sighting(id, _) => id.0,
            Whose::Key(_, key) => key.0,
        }
    }
}

/// What an object asks for, each once, in the order of ids.
#[derive(Debug, Default)]
pub struct Questions {
    all: BTreeMap<u64, Question>,
    /// Records that showed something more, which is not asked for and so counts
    /// as known.
    pub over_limit: u64,
}

impl Questions {
    /// The questions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Question> {
        self.all.values()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What is remembered, by what each question was answered with: the first
    /// day, if there is one.
    #[must_use]
    pub fn answered(&self, calendar: Calendar, first: impl Fn(u64) -> Option<Day>) -> History {
        let mut history = History::new(calendar, false);
        for (id, question) in &self.all {
            let Some(day) = first(*id) else { continue };
            match question.whose {
                Whose::Sighting(id, value) => history.put(id, value, Span::day(day)),
                Whose::Key(dimension, key) => history.active(dimension, key, day),
            }
        }
        history
    }

    /// Takes one in, if there is room.
    fn ask(&mut self, question: Question, max: usize) {
        let id = question.id();
        if let Some(known) = self.all.get_mut(&id) {
            known.seen = match (known.seen, question.seen) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        } else if self.all.len() < max {
            self.all.insert(id, question);
        } else {
            self.over_limit += 1;
        }
    }
}

/// Reads objects for what a baseline does not know. Built once for each worker.
pub struct Scout {
    reader: ObjectReader,
    baseline: Arc<Baseline>,
    calls: Sighter,
    flows: Sighter,
    /// Whether a rule asks how old access keys are.
    ages: bool,
    questions_max: usize,
}

impl Scout {
    /// A scout for the rules of `plan`, of which each object asks for no more
    /// than `questions_max`. None if no rule asks what was seen before.
    #[must_use]
    pub fn new(
        plan: &Plan,
        baseline: Arc<Baseline>,
        options: ScanOptions,
        questions_max: usize,
    ) -> Option<Self> {
        let mut wanted = Projections::default();
        // Numbers of hours are for whoever reads everything twice.
        let days = |kind| {
            let all = plan.dimensions(kind).iter().copied();
            all.filter(|d| !d.is_number()).collect::<Vec<_>>()
        };
        let (of_calls, of_flows) = (days(Kind::CloudTrail), days(Kind::Flow));
        let calls = Sighter::plan(&mut wanted.cloudtrail, Kind::CloudTrail, &of_calls);
        let calls = calls.with_places(plan.places());
        let flows = Sighter::plan(&mut wanted.flow, Kind::Flow, &of_flows);
        if calls.is_empty() && flows.is_empty() {
            return None;
        }
        Some(Self {
            reader: ObjectReader::new(&wanted, plan.limits(), options),
            baseline,
            calls,
            flows,
            ages: of_calls.contains(&Dimension::KeyCreated),
            questions_max,
        })
    }

    /// What an object asks for. What cannot be read asks for nothing; the scan
    /// will say so.
    pub fn scout(&mut self, input: impl Read) -> Questions {
        let mut watch = Watch {
            baseline: &self.baseline,
            calls: &self.calls,
            flows: &self.flows,
            ages: self.ages,
            max: self.questions_max,
            questions: Questions::default(),
        };
        self.reader.read(input, &mut watch);
        watch.questions
    }
}

/// A sink that asks.
struct Watch<'s> {
    baseline: &'s Baseline,
    calls: &'s Sighter,
    flows: &'s Sighter,
    ages: bool,
    max: usize,
    questions: Questions,
}

impl Watch<'_> {
    fn sighting(&mut self, sighting: (Dimension, &str, &str), judged: Day, seen: Day) {
        let (dimension, key, value) = sighting;
        let key_id = KeyId::new(dimension, key);
        let id = key_id.sighting(value);
        // Known today, and on every later day as far as the file goes.
        let is_known = |day| self.baseline.since(id, day).is_some();
        if !(is_known(judged) && is_known(Day(u16::MAX))) {
            let whose = Whose::Sighting(id, ValueId::new(dimension, value));
            self.ask(whose, Some(seen));
        }
        if self.ages {
            self.age(dimension, key, seen);
        }
    }

    /// How old the key of a call is rests on when it was created or first used,
    /// whoever did that.
    fn age(&mut self, dimension: Dimension, key: &str, seen: Day) {
        const OF_KEYS: [Dimension; 2] = [Dimension::KeyNetwork, Dimension::KeyCreated];
        if !OF_KEYS.contains(&dimension) {
            return;
        }
        let known = |d| self.baseline.first_days(KeyId::new(d, key)).is_some();
        if OF_KEYS.into_iter().any(known) {
            return;
        }
        for of in OF_KEYS {
            let shown = (of == dimension).then_some(seen);
            if shown.is_some() || dimension == Dimension::KeyNetwork {
                self.ask(Whose::Key(of, KeyId::new(of, key)), shown);
            }
        }
    }

    fn ask(&mut self, whose: Whose, seen: Option<Day>) {
        self.questions.ask(Question { whose, seen }, self.max);
    }
}

impl Sink for Watch<'_> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let Some(time) = event.time else {
            return Flow::Continue;
        };
        let calendar = self.baseline.calendar();
        let (judged, seen) = (calendar.judged_on(time), calendar.seen_on(time));
        let sighter = match event.service.kind() {
            Kind::CloudTrail => self.calls,
            Kind::Flow => self.flows,
        };
        sighter.sightings(event, &mut |dimension, key, value| {
            self.sighting((dimension, key, value), judged, seen);
        });
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

#[cfg(test)]
mod tests;
