//! A sink that writes down what it receives.

use flowtrail_event::{Event, Flow, Note, NoteKind, Projection, Sink, Skip, SkipReason};

/// One event, with its projected values as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) service: &'static str,
    pub(crate) time: Option<i64>,
    pub(crate) offset: u64,
    pub(crate) len: u64,
    /// For each field of the projection its values.
    pub(crate) values: Vec<Vec<String>>,
    pub(crate) json: String,
}

/// Everything that a reader said, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Event(Seen),
    Skip(Skip),
    Note(Note),
}

pub(crate) struct Witness {
    projection: Projection,
    pub(crate) said: Vec<Said>,
    pub(crate) stop_after: usize,
    pub(crate) with_json: bool,
}

impl Witness {
    pub(crate) fn new(projection: &Projection) -> Self {
        Self {
            projection: projection.clone(),
            said: Vec::new(),
            stop_after: usize::MAX,
            with_json: true,
        }
    }

    pub(crate) fn events(&self) -> Vec<&Seen> {
        let events = self.said.iter().filter_map(|s| match s {
            Said::Event(e) => Some(e),
            Said::Skip(_) | Said::Note(_) => None,
        });
        events.collect()
    }

    pub(crate) fn skips(&self) -> Vec<SkipReason> {
        let skip = |s: &Said| match s {
            Said::Skip(s) => Some(s.reason),
            Said::Event(_) | Said::Note(_) => None,
        };
        self.said.iter().filter_map(skip).collect()
    }

    pub(crate) fn notes(&self) -> Vec<NoteKind> {
        let note = |s: &Said| match s {
            Said::Note(n) => Some(n.kind),
            Said::Event(_) | Said::Skip(_) => None,
        };
        self.said.iter().filter_map(note).collect()
    }

    /// Events and skips.
    pub(crate) fn records(&self) -> usize {
        self.events().len() + self.skips().len()
    }
}

impl Sink for Witness {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let fields = self.projection.read_fields().map(|(slot, _)| slot);
        let values = fields
            .chain(self.projection.every_value())
            .map(|slot| {
                let text = event
                    .values(slot)
                    .map(|v| v.as_str().expect("UTF-8 text").to_owned());
                text.collect()
            })
            .collect();
        let json = if self.with_json {
            event.json()
        } else {
            Vec::new()
        };
        self.said.push(Said::Event(Seen {
            service: event.service.name(),
            time: event.time.map(|t| t.0),
            offset: event.location.offset,
            len: event.location.len,
            values,
            json: String::from_utf8(json).expect("JSON is UTF-8"),
        }));
        if self.events().len() >= self.stop_after {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    fn skip(&mut self, skip: Skip) {
        self.said.push(Said::Skip(skip));
    }

    fn note(&mut self, note: Note) {
        self.said.push(Said::Note(note));
    }
}

/// A projection of these fields.
pub(crate) fn projection(names: &[&str]) -> Projection {
    let mut p = Projection::new();
    for name in names {
        p.slot(name);
    }
    p
}
