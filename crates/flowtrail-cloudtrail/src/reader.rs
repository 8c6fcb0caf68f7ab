//! The reader: bytes in at any split, records out one at a time.

use std::io;
use std::ops::Range;

use flowtrail_event::{
    Event, EventTime, Flow, Limits, Location, Note, NoteKind, Projection, RawRecord, Record,
    Service, Sink, Skip, SkipReason,
};

use crate::cursor::{Cursor, Stop};
use crate::inside::{self, Found};
use crate::record::{End, ObjectReader, Seen, What};
use crate::resync;
use crate::wanted::Wanted;
use crate::window::Window;

/// A [`Sink`] that also takes the lines of other logs that an envelope carries.
pub trait RecordSink: Sink {
    /// A message of a `CloudWatch` Logs envelope that is not JSON; `offset` is
    /// that of the envelope's entry. Whoever takes it accounts for it.
    fn log_line(&mut self, line: &[u8], offset: u64) -> Flow;
}

/// Where in the object the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before a value of the outermost level.
    Top,
    /// In a list of records, before a member or its end.
    List(List),
    /// Behind a list, in the rest of the object that holds it.
    Tail,
    /// Inside something too large or too deep; braces are counted.
    Discard(Discard),
    /// Inside a line of text that is too long to hold.
    LongLine { from: u64 },
    /// Behind damage, looking for the next record.
    Lost(Lost),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lost {
    from: u64,
    back_to: Option<List>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct List {
    /// The list stands in an object (`{"Records":[…]}`), not by itself.
    in_object: bool,
    /// Its members are control messages.
    control: bool,
    /// A member has been read: a comma or the end comes next.
    begun: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Discard {
    from: u64,
    depth: u64,
    in_string: bool,
    escape: bool,
    reason: SkipReason,
    back_to: Option<List>,
}

/// Longest time stamp before an exported line.
const TIME_STAMP_BYTES_MAX: usize = 40;

/// What one step of reading came to.
enum Step {
    /// Go on.
    On,
    /// More bytes are needed.
    More,
    /// The sink wants no more.
    Stop,
}

/// Reads the bytes of one object after the other. Build it once for a
/// projection and [`Reader::reset`] it for each object.
///
/// The result does not depend on how the bytes are split.
pub struct Reader {
    wanted: Wanted,
    record: Record,
    scratch: Vec<u8>,
    inner: Vec<u8>,
    window: Window,
    place: Place,
    limits: Limits,
    /// Bytes that must be held before the same record is tried again, so that
    /// tiny pieces do not make reading quadratic.
    try_at_len: usize,
    stopped: bool,
}

impl Reader {
    /// A reader that fills the fields of `projection`.
    #[must_use]
    pub fn new(projection: &Projection, limits: &Limits) -> Self {
        Self {
            wanted: Wanted::new(projection),
            record: Record::new(projection.len()),
            scratch: Vec::new(),
            inner: Vec::new(),
            window: Window::new(),
            place: Place::Top,
            limits: limits.clone(),
            try_at_len: 0,
            stopped: false,
        }
    }

    /// Begins a new object.
    pub fn reset(&mut self) {
        self.window.reset();
        self.place = Place::Top;
        self.try_at_len = 0;
        self.stopped = false;
    }

    /// Takes the next bytes of the object.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut impl RecordSink) -> Flow {
        while !bytes.is_empty() && !self.stopped {
            let room = self.window.room();
            let len = room.len().min(bytes.len());
            let (now, later) = bytes.split_at(len);
            if let Some(room) = room.get_mut(..len) {
                room.copy_from_slice(now);
            }
            self.window.filled(len);
            bytes = later;
            self.run(sink, false);
        }
        self.flow()
    }

    /// Lets `read` fill the reader's own room, which saves a copy, and reads
    /// what came. `Ok(None)` means that `read` gave no bytes: the end.
    ///
    /// # Errors
    /// Whatever `read` returns.
    pub fn fill(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
        sink: &mut impl RecordSink,
    ) -> io::Result<Option<Flow>> {
        let len = read(self.window.room())?;
        if len == 0 {
            return Ok(None);
        }
        self.window.filled(len);
        self.run(sink, false);
        Ok(Some(self.flow()))
    }

    /// The object ends here. What is incomplete is skipped as truncated.
    pub fn finish(&mut self, sink: &mut impl RecordSink) -> Flow {
        self.try_at_len = 0;
        self.run(sink, true);
        self.flow()
    }

    /// Reads one whole JSON object as a record of `service`, whatever keys it
    /// has: for the cases of rules, which give only the fields that matter.
    pub fn read_object(&mut self, json: &[u8], service: Service, sink: &mut impl Sink) -> Flow {
        let skip = |reason| Skip {
            reason,
            offset: 0,
            len: json.len() as u64,
        };
        let mut c = Cursor::new(json, 0);
        let mut reader = ObjectReader::new(
            &self.wanted,
            &mut self.record,
            &mut self.scratch,
            self.limits.nesting_max,
        );
        match reader.read(&mut c, false) {
            Ok((_, seen)) => {
                let raw = RawJson(json);
                let mut event = Event::new(service, &mut self.record, json, &raw)
                    .at(seen.time)
                    .located(Location {
                        offset: 0,
                        len: json.len() as u64,
                    });
                sink.event(&mut event)
            }
            Err(stop) => {
                sink.skip(skip(match stop {
                    Stop::Deep => SkipReason::TooDeep,
                    Stop::More => SkipReason::Truncated,
                    Stop::Bad => SkipReason::Malformed,
                }));
                Flow::Continue
            }
        }
    }

    fn flow(&self) -> Flow {
        if self.stopped {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    fn run(&mut self, sink: &mut impl RecordSink, end: bool) {
        if self.stopped || (!end && self.window.len() < self.try_at_len) {
            return;
        }
        self.try_at_len = 0;
        loop {
            let step = match self.place {
                Place::Top => self.top(sink, end),
                Place::List(list) => self.list(list, sink),
                Place::Tail => self.tail(),
                Place::Discard(discard) => self.discard(discard, sink),
                Place::LongLine { from } => self.long_line(from, sink),
                Place::Lost(lost) => self.lost(lost, sink),
            };
            match step {
                Step::On => {}
                Step::Stop => {
                    self.stopped = true;
                    return;
                }
                Step::More if end => {
                    self.cut_off(sink);
                    return;
                }
                Step::More => {
                    let held = self.window.len();
                    self.try_at_len = held + held / 2;
                    return;
                }
            }
        }
    }

    /// The object ended while something was expected.
    fn cut_off(&mut self, sink: &mut impl RecordSink) {
        let (text, pos) = self.window.held();
        let end = self.window.offset_of(text.len());
        let blank = text
            .get(pos..)
            .unwrap_or(&[])
            .iter()
            .all(u8::is_ascii_whitespace);
        let from = match self.place {
            Place::Top if blank => return,
            Place::Top | Place::List(_) | Place::Tail => self.window.offset_of(pos),
            Place::Discard(Discard { from, .. })
            | Place::LongLine { from }
            | Place::Lost(Lost { from, .. }) => from,
        };
        let reason = match self.place {
            Place::Lost(_) => SkipReason::Malformed,
            Place::Discard(d) => d.reason,
            Place::LongLine { .. } => SkipReason::TooLarge,
            Place::Top | Place::List(_) | Place::Tail => SkipReason::Truncated,
        };
        let len = text.len();
        self.window.read_to(len);
        self.place = Place::Top;
        sink.skip(Skip {
            reason,
            offset: from,
            len: end - from,
        });
    }

    /// At the outermost level: an object, an array, or a line of text.
    fn top(&mut self, sink: &mut impl RecordSink, end: bool) -> Step {
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

    fn byte_order_mark(&mut self, sink: &mut impl RecordSink, end: bool) -> Step {
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
    fn line(&mut self, sink: &mut impl RecordSink, end: bool) -> Step {
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

    fn long_line(&mut self, from: u64, sink: &mut impl RecordSink) -> Step {
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

    fn list(&mut self, list: List, sink: &mut impl RecordSink) -> Step {
        let (text, pos) = self.window.held();
        let mut c = Cursor::new(text, pos);
        let Ok(next) = c.peek() else {
            return Step::More;
        };
        let at = c.pos;
        match next {
            b']' => {
                self.window.read_to(at + 1);
                self.place = if list.in_object {
                    Place::Tail
                } else {
                    Place::Top
                };
                Step::On
            }
            b',' if list.begun => {
                self.window.read_to(at + 1);
                self.place = Place::List(List {
                    begun: false,
                    ..list
                });
                Step::On
            }
            b'{' if !list.begun => {
                self.window.read_to(at);
                self.object(Some(list), sink)
            }
            // A comma is missing. What follows is read all the same, and the
            // place is told.
            b'{' => {
                self.window.read_to(at);
                self.place = Place::List(List {
                    begun: false,
                    ..list
                });
                sink.skip(Skip {
                    reason: SkipReason::Malformed,
                    offset: self.window.offset_of(at),
                    len: 0,
                });
                Step::On
            }
            _ if !list.begun => self.odd_member(list, at, sink),
            _ => self.damaged(
                at,
                Some(List {
                    begun: true,
                    ..list
                }),
            ),
        }
    }

    /// A member of a list that is no object: a record as a string, or no record.
    fn odd_member(&mut self, list: List, at: usize, sink: &mut impl RecordSink) -> Step {
        let (text, _) = self.window.held();
        let mut c = Cursor::new(text, at);
        match c.skip_value(self.limits.nesting_max) {
            Ok(()) => {
                let end = c.pos;
                self.window.read_to(at);
                self.place = Place::List(List {
                    begun: true,
                    ..list
                });
                let step = self.look_inside(at..end, sink);
                self.window.read_to(end);
                step
            }
            Err(stop) => {
                let read = c.pos - at;
                self.not_read(stop, at, read, Some(list))
            }
        }
    }

    /// Behind a list: the other keys of the object, perhaps another list.
    fn tail(&mut self) -> Step {
        let (text, pos) = self.window.held();
        let mut c = Cursor::new(text, pos);
        let walk = (|| {
            let next = c.peek()?;
            c.pos += 1;
            if next == b'}' {
                return Ok(Some(Place::Top));
            }
            if next != b',' {
                return Err(Stop::Bad);
            }
            let key = c.string()?;
            c.expect(b':')?;
            let name = c.text.get(key.start..key.end).unwrap_or(&[]);
            if inside::is_list_key(name) && c.peek()? == b'[' {
                c.pos += 1;
                return Ok(Some(Place::List(List {
                    in_object: true,
                    control: false,
                    begun: false,
                })));
            }
            c.skip_value(self.limits.nesting_max)?;
            Ok(None)
        })();
        match walk {
            Ok(place) => {
                let end = c.pos;
                self.window.read_to(end);
                if let Some(place) = place {
                    self.place = place;
                }
                Step::On
            }
            Err(Stop::More) if self.window.len() <= self.limits.record_bytes_max => Step::More,
            Err(_) => self.damaged(pos, None),
        }
    }

    /// An object: a record, or something that holds records.
    fn object(&mut self, list: Option<List>, sink: &mut impl RecordSink) -> Step {
        let (text, at) = self.window.held();
        let mut c = Cursor::new(text, at);
        let mut reader = ObjectReader::new(
            &self.wanted,
            &mut self.record,
            &mut self.scratch,
            self.limits.nesting_max,
        );
        match reader.read(&mut c, list.is_none()) {
            Ok((End::Object, seen)) => {
                let end = c.pos;
                self.place = list.map_or(Place::Top, |l| Place::List(List { begun: true, ..l }));
                let control = list.is_some_and(|l| l.control);
                let step = self.deliver(at..end, seen, control, sink);
                self.window.read_to(end);
                step
            }
            Ok((End::List, seen)) => {
                let end = c.pos;
                self.window.read_to(end);
                self.place = Place::List(List {
                    in_object: true,
                    control: seen.control_message,
                    begun: false,
                });
                Step::On
            }
            Err(stop) => {
                let read = c.pos - at;
                self.not_read(stop, at, read, list)
            }
        }
    }

    /// The value at `at` could not be read; `read` bytes of it were. The verdict
    /// must be the same whatever part of the value is held.
    fn not_read(&mut self, stop: Stop, at: usize, read: usize, list: Option<List>) -> Step {
        let max = self.limits.record_bytes_max;
        match stop {
            Stop::More if self.window.len() <= max => Step::More,
            Stop::Deep if read <= max => self.discard_from(at, SkipReason::TooDeep, list),
            Stop::Bad if read <= max => self.damaged(at, list),
            Stop::More | Stop::Deep | Stop::Bad => {
                self.discard_from(at, SkipReason::TooLarge, list)
            }
        }
    }

    /// Hands on what stands at `range` of the window.
    #[inline]
    fn deliver(
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
    fn repaired(&mut self, range: Range<usize>, sink: &mut impl RecordSink) -> Step {
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
    fn look_inside(&mut self, range: Range<usize>, sink: &mut impl RecordSink) -> Step {
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
                Found::Line(line) => match sink.log_line(&line, location.offset) {
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
    fn embedded(&mut self, location: Location, sink: &mut impl RecordSink) -> Step {
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

    fn discard_from(&mut self, at: usize, reason: SkipReason, back_to: Option<List>) -> Step {
        self.window.read_to(at);
        self.place = Place::Discard(Discard {
            from: self.window.offset_of(at),
            depth: 0,
            in_string: false,
            escape: false,
            reason,
            back_to,
        });
        Step::On
    }

    /// Counts braces to the end of what cannot be held.
    fn discard(&mut self, mut d: Discard, sink: &mut impl RecordSink) -> Step {
        let (text, pos) = self.window.held();
        let mut at = pos;
        let mut done = false;
        for &b in text.get(pos..).unwrap_or(&[]) {
            at += 1;
            if d.escape {
                d.escape = false;
            } else if d.in_string {
                match b {
                    b'\\' => d.escape = true,
                    b'"' => d.in_string = false,
                    _ => {}
                }
                done = d.depth == 0 && !d.in_string;
            } else {
                match b {
                    b'"' => d.in_string = true,
                    b'{' | b'[' => d.depth += 1,
                    b'}' | b']' => {
                        d.depth = d.depth.saturating_sub(1);
                        done = d.depth == 0;
                    }
                    _ => {}
                }
            }
            if done {
                break;
            }
        }
        let end = self.window.offset_of(at);
        self.window.read_to(at);
        if !done {
            self.place = Place::Discard(d);
            return Step::More;
        }
        self.place = d
            .back_to
            .map_or(Place::Top, |l| Place::List(List { begun: true, ..l }));
        sink.skip(Skip {
            reason: d.reason,
            offset: d.from,
            len: end - d.from,
        });
        Step::On
    }

    /// What begins at `at` is not JSON. Reading goes on at the next record.
    fn damaged(&mut self, at: usize, back_to: Option<List>) -> Step {
        self.window.read_to(at);
        self.place = Place::Lost(Lost {
            from: self.window.offset_of(at),
            back_to,
        });
        Step::On
    }

    /// Looks for the next record. What is held begins with a byte that was
    /// looked at already, because what stands before a brace matters.
    fn lost(&mut self, lost: Lost, sink: &mut impl RecordSink) -> Step {
        let (text, pos) = self.window.held();
        let Some(found) = resync::next_record(text, pos) else {
            let keep = text.len().saturating_sub(resync::KEEP_BYTES).max(pos);
            self.window.read_to(keep);
            return Step::More;
        };
        let to = self.window.offset_of(found);
        self.window.read_to(found);
        self.place = lost
            .back_to
            .map_or(Place::Top, |l| Place::List(List { begun: false, ..l }));
        sink.skip(Skip {
            reason: SkipReason::Malformed,
            offset: lost.from,
            len: to - lost.from,
        });
        Step::On
    }

    fn location(&self, range: &Range<usize>) -> Location {
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

/// Whether `head` is the time that `CloudWatch` Logs writes before an exported
/// message: ISO 8601 and a blank.
fn is_time_stamp(head: &[u8]) -> bool {
    EventTime::parse(head.trim_ascii()).is_some()
}

struct RawJson<'a>(&'a [u8]);

impl RawRecord for RawJson<'_> {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0);
    }
}
