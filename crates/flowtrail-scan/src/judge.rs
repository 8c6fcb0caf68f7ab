//! The account of an object: counts every record and hands those in the span of
//! time on.

use flowtrail_cloudtrail::RecordSink;
use flowtrail_event::{
    Event, EventTime, Flow, Location, Note, Service, Sink, Skip, SkipReason, Tally,
};
use flowtrail_flowlog::TextReader;

/// A span of event time. An event without a time lies in every span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeSpan {
    /// Events before it are left out.
    pub since: Option<EventTime>,
    /// Events at or after it are left out.
    pub until: Option<EventTime>,
}

impl TimeSpan {
    fn contains(&self, time: Option<EventTime>) -> bool {
        let Some(time) = time else { return true };
        self.since.is_none_or(|s| time >= s) && self.until.is_none_or(|u| time < u)
    }
}

/// Accounts for the records of one object and hands them on.
pub(crate) struct Judge<'a, S> {
    pub(crate) sink: &'a mut S,
    pub(crate) tally: Tally,
    pub(crate) skips: Vec<Skip>,
    pub(crate) notes: Vec<Note>,
    pub(crate) listed_max: usize,
    pub(crate) span: TimeSpan,
    pub(crate) times: Option<(EventTime, EventTime)>,
    /// Records evaluated, by [`Service::index`].
    pub(crate) by_service: [u64; Service::ALL.len()],
}

impl<S: Sink> Sink for Judge<'_, S> {
    #[inline]
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        if !self.span.contains(event.time) {
            self.tally.count_skip(SkipReason::OutOfTime);
            return Flow::Continue;
        }
        self.tally.count_evaluated();
        if let Some(n) = self.by_service.get_mut(event.service.index()) {
            *n += 1;
        }
        if let Some(t) = event.time {
            let (first, last) = self.times.unwrap_or((t, t));
            self.times = Some((first.min(t), last.max(t)));
        }
        self.sink.event(event)
    }

    fn skip(&mut self, skip: Skip) {
        self.tally.count_skip(skip.reason);
        if self.skips.len() < self.listed_max {
            self.skips.push(skip);
        }
        self.sink.skip(skip);
    }

    fn note(&mut self, note: Note) {
        self.tally.count_note(note.kind);
        if self.notes.len() < self.listed_max {
            self.notes.push(note);
        }
        self.sink.note(note);
    }
}

/// A [`Judge`] that reads the lines inside JSON envelopes as flow logs.
pub(crate) struct WithLines<'j, 'a, S> {
    pub(crate) judge: &'j mut Judge<'a, S>,
    pub(crate) lines: &'j mut TextReader,
}

impl<S: Sink> Sink for WithLines<'_, '_, S> {
    #[inline]
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.judge.event(event)
    }

    fn skip(&mut self, skip: Skip) {
        self.judge.skip(skip);
    }

    fn note(&mut self, note: Note) {
        self.judge.note(note);
    }
}

impl<S: Sink> RecordSink for WithLines<'_, '_, S> {
    fn log_line(&mut self, line: &[u8], location: Location) -> Flow {
        let mut placed = Placed {
            judge: self.judge,
            location,
        };
        self.lines.line(line, location.offset, &mut placed)
    }
}

/// Says of a line that stood in an envelope where the envelope's entry lies,
/// because the line as it was read stands nowhere in the object.
struct Placed<'p, 'a, S> {
    judge: &'p mut Judge<'a, S>,
    location: Location,
}

impl<S: Sink> Sink for Placed<'_, '_, S> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        event.location = self.location;
        self.judge.event(event)
    }

    fn skip(&mut self, skip: Skip) {
        self.judge.skip(Skip {
            offset: self.location.offset,
            len: self.location.len,
            ..skip
        });
    }

    fn note(&mut self, note: Note) {
        self.judge.note(note);
    }
}
