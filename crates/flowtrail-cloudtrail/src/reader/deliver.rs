//! From what was read to the sink: records, and the envelopes around them.

use std::ops::Range;

use flowtrail_event::{Event, Flow, Location, Note, NoteKind, RawRecord, Skip, SkipReason};

use super::{Reader, RecordSink, Step};
use crate::cursor::{Cursor, Stop};
use crate::inside::{self, Found};
use crate::record::{ObjectReader, Seen, What};

impl Reader {
    /// Hands on what stands at `range` of the window.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        range: Range<usize>,
        seen: Seen,
        control: bool,
        sink: &mut impl RecordSink,
    ) -> Step {
        let location = self.location(&range);
        let (text, _) = self.window.held();
        let object = text.get(range.clone()).unwrap_or(&[]);
        let skip = |reason| Skip {
            reason,
            offset: location.offset,
            len: location.len,
        };
        if control {
            sink.skip(skip(SkipReason::ControlMessage));
            return Step::On;
        }
        if range.len() > self.limits.record_bytes_max {
            sink.skip(skip(SkipReason::TooLarge));
            return Step::On;
        }
        match seen.what() {
            What::Digest => sink.skip(skip(SkipReason::Digest)),
            What::Aggregate => sink.skip(skip(SkipReason::Aggregate)),
            What::Other => return self.look_inside(range, sink),
            What::Record(_) if std::str::from_utf8(object).is_err() => {
                return self.repaired(range, sink);
            }
            What::Record(service) => {
                note(seen, location.offset, sink);
                let raw = RawJson(object);
                let mut event = Event::new(service, &mut self.record, text, &raw)
                    .at(seen.time)
                    .located(location);
                if sink.event(&mut event) == Flow::Stop {
                    return Step::Stop;
                }
            }
        }
        Step::On
    }

    /// A record with invalid UTF-8 is read from a copy in which U+FFFD stands
    /// for the invalid bytes: a stray byte must not blind a detector.
    pub(super) fn repaired(&mut self, range: Range<usize>, sink: &mut impl RecordSink) -> Step {
        let location = self.location(&range);
        let (text, _) = self.window.held();
        let object = text.get(range).unwrap_or(&[]);
        let copy = String::from_utf8_lossy(object);
        sink.note(Note {
            kind: NoteKind::InvalidUtf8,
            offset: location.offset,
        });
        self.inner.clear();
        self.inner.extend_from_slice(copy.as_bytes());
        self.embedded(location, sink)
    }

    /// Looks for records inside an object that is none itself.
    pub(super) fn look_inside(&mut self, range: Range<usize>, sink: &mut impl RecordSink) -> Step {
        let location = self.location(&range);
        let (text, _) = self.window.held();
        let value = text.get(range).unwrap_or(&[]);
        let found = inside::records_in(value, self.limits.nesting_max);
        if found.is_empty() {
            sink.skip(Skip {
                reason: SkipReason::NotARecord,
                offset: location.offset,
                len: location.len,
            });
            return Step::On;
        }
        for one in found {
            let step = match one {
                Found::Record(json) => {
                    self.inner.clear();
                    self.inner.extend_from_slice(&json);
                    self.embedded(location, sink)
                }
                Found::Line(line) => match sink.log_line(&line, location) {
                    Flow::Stop => Step::Stop,
                    Flow::Continue => Step::On,
                },
            };
            if let Step::Stop = step {
                return step;
            }
        }
        Step::On
    }

    /// Delivers the record in `self.inner`, which came out of another value.
    pub(super) fn embedded(&mut self, location: Location, sink: &mut impl RecordSink) -> Step {
        let skip = |reason| Skip {
            reason,
            offset: location.offset,
            len: location.len,
        };
        let mut c = Cursor::new(&self.inner, 0);
        let mut reader = ObjectReader::new(
            &self.wanted,
            &mut self.record,
            &mut self.scratch,
            self.limits.nesting_max,
        );
        let seen = match reader.read(&mut c, false) {
            Ok((_, seen)) => seen,
            Err(Stop::Deep) => {
                sink.skip(skip(SkipReason::TooDeep));
                return Step::On;
            }
            Err(Stop::More | Stop::Bad) => {
                sink.skip(skip(SkipReason::Malformed));
                return Step::On;
            }
        };
        match seen.what() {
            What::Record(service) => {
                note(seen, location.offset, sink);
                let raw = RawJson(&self.inner);
                let mut event = Event::new(service, &mut self.record, &self.inner, &raw)
                    .at(seen.time)
                    .located(location);
                if sink.event(&mut event) == Flow::Stop {
                    return Step::Stop;
                }
            }
            What::Digest => sink.skip(skip(SkipReason::Digest)),
            What::Aggregate => sink.skip(skip(SkipReason::Aggregate)),
            What::Other => sink.skip(skip(SkipReason::NotARecord)),
        }
        Step::On
    }

    pub(super) fn location(&self, range: &Range<usize>) -> Location {
        Location {
            offset: self.window.offset_of(range.start),
            len: range.len() as u64,
        }
    }
}

fn note(seen: Seen, offset: u64, sink: &mut impl RecordSink) {
    let kinds = [
        (seen.odd.lone_surrogate, NoteKind::LoneSurrogate),
        (seen.odd.number, NoteKind::NumberOutOfRange),
        (seen.duplicate_key, NoteKind::DuplicateKey),
        (seen.time.is_none(), NoteKind::NoTime),
    ];
    for (is, kind) in kinds {
        if is {
            sink.note(Note { kind, offset });
        }
    }
}

/// A record as it was written.
pub(super) struct RawJson<'a>(pub(super) &'a [u8]);

impl RawRecord for RawJson<'_> {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0);
    }
}
