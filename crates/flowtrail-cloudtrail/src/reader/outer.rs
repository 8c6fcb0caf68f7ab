//! The outermost level of an object: values one after the other, or lines of text.

use flowtrail_event::{EventTime, Note, NoteKind, Skip, SkipReason};

use super::{List, Place, Reader, RecordSink, Step};

/// Longest time stamp before an exported line.
const TIME_STAMP_BYTES_MAX: usize = 40;

impl Reader {
    /// At the outermost level: an object, an array, or a line of text.
    pub(super) fn top(&mut self, sink: &mut impl RecordSink, end: bool) -> Step {
        let (text, pos) = self.window.held();
        let Some(skip) = text
            .get(pos..)
            .and_then(|t| t.iter().position(|b| !b" \t\r\n,".contains(b)))
        else {
            let len = text.len();
            self.window.read_to(len);
            return Step::More;
        };
        let at = pos + skip;
        let first = text.get(at).copied();
        self.window.read_to(at);
        match first {
            Some(b'{') => self.object(None, sink),
            Some(b'[') => {
                self.window.read_to(at + 1);
                self.place = Place::List(List {
                    in_object: false,
                    control: false,
                    begun: false,
                });
                Step::On
            }
            Some(0xEF) if at == 0 && self.window.offset_of(0) == 0 => {
                self.byte_order_mark(sink, end)
            }
            _ => self.line(sink, end),
        }
    }

    pub(super) fn byte_order_mark(&mut self, sink: &mut impl RecordSink, end: bool) -> Step {
        let (text, _) = self.window.held();
        if text.starts_with(b"\xEF\xBB\xBF") {
            self.window.read_to(3);
            sink.note(Note {
                kind: NoteKind::ByteOrderMark,
                offset: 0,
            });
            return Step::On;
        }
        if text.len() < 3 && !end {
            return Step::More;
        }
        self.line(sink, end)
    }

    /// A line that does not begin with JSON: an exported `CloudWatch` Logs line
    /// has a time before its record; anything else is no record.
    pub(super) fn line(&mut self, sink: &mut impl RecordSink, end: bool) -> Step {
        let (text, at) = self.window.held();
        let rest = text.get(at..).unwrap_or(&[]);
        let offset = self.window.offset_of(at);
        let brace = rest
            .iter()
            .take(TIME_STAMP_BYTES_MAX)
            .position(|&b| b == b'{');
        if let Some(brace) = brace
            && is_time_stamp(rest.get(..brace).unwrap_or(&[]))
        {
            self.window.read_to(at + brace);
            return Step::On;
        }
        let len = match memchr::memchr(b'\n', rest) {
            Some(len) => len,
            None if end => rest.len(),
            None if rest.len() <= self.limits.record_bytes_max => return Step::More,
            None => {
                self.place = Place::LongLine { from: offset };
                return Step::On;
            }
        };
        let reason = if len > self.limits.record_bytes_max {
            SkipReason::TooLarge
        } else {
            SkipReason::NotARecord
        };
        self.window.read_to(at + len);
        sink.skip(Skip {
            reason,
            offset,
            len: len as u64,
        });
        Step::On
    }

    pub(super) fn long_line(&mut self, from: u64, sink: &mut impl RecordSink) -> Step {
        let (text, at) = self.window.held();
        let rest = text.get(at..).unwrap_or(&[]);
        let found = memchr::memchr(b'\n', rest);
        let len = found.unwrap_or(rest.len());
        self.window.read_to(at + len);
        if found.is_none() {
            return Step::More;
        }
        let to = self.window.offset_of(at + len);
        self.place = Place::Top;
        sink.skip(Skip {
            reason: SkipReason::TooLarge,
            offset: from,
            len: to - from,
        });
        Step::On
    }
}

/// Whether `head` is the time that `CloudWatch` Logs writes before an exported
/// message: ISO 8601 and a blank.
fn is_time_stamp(head: &[u8]) -> bool {
    EventTime::parse(head.trim_ascii()).is_some()
}
