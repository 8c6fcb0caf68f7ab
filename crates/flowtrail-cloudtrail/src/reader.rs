//! The reader: bytes in at any split, records out one at a time.

mod damage;
mod deliver;
mod list;
mod outer;

use std::io;

use flowtrail_event::{
    Event, Flow, Limits, Location, Projection, Record, Service, Sink, Skip, SkipReason,
};

use crate::cursor::{Cursor, Stop};
use crate::record::ObjectReader;
use crate::wanted::Wanted;
use crate::window::Window;
use deliver::RawJson;

/// A [`Sink`] that also takes the lines of other logs that an envelope carries.
pub trait RecordSink: Sink {
    /// A message of a `CloudWatch` Logs envelope that is not JSON; `location` is
    /// that of the envelope's entry. Whoever takes it accounts for it.
    fn log_line(&mut self, line: &[u8], location: Location) -> Flow;
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

    /// Reads one record that is kept by itself and that once lay at `location` of
    /// an object. What is pushed is what reading that object pushed.
    pub fn read_record(
        &mut self,
        json: &[u8],
        location: Location,
        sink: &mut impl RecordSink,
    ) -> Flow {
        self.inner.clear();
        self.inner.extend_from_slice(json);
        match self.embedded(location, sink) {
            Step::Stop => Flow::Stop,
            Step::On | Step::More => Flow::Continue,
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
}

#[cfg(test)]
mod tests {
    use flowtrail_event::{Event, Note, Sink, Skip};

    use super::*;

    #[derive(Default)]
    struct Count(u64);

    impl Sink for Count {
        fn event(&mut self, _: &mut Event<'_>) -> Flow {
            self.0 += 1;
            Flow::Continue
        }
        fn skip(&mut self, _: Skip) {}
        fn note(&mut self, _: Note) {}
    }

    impl RecordSink for Count {
        fn log_line(&mut self, _: &[u8], _: Location) -> Flow {
            Flow::Continue
        }
    }

    #[test]
    fn a_record_by_itself_is_read_and_accounted_for() {
        let mut reader = Reader::new(&Projection::new(), &Limits::default());
        let mut count = Count::default();
        let at = Location { offset: 7, len: 3 };
        for (json, events) in [
            ("{\"eventVersion\":\"1.1\"}", 1),
            ("{\"Records\":[{\"eventVersion\":\"1.1\"}]}", 0),
            ("{\"eventVersion\":", 0),
            ("7", 0),
            ("", 0),
        ] {
            count.0 = 0;
            assert_eq!(
                reader.read_record(json.as_bytes(), at, &mut count),
                Flow::Continue
            );
            assert_eq!(count.0, events, "{json}");
        }
    }

    #[test]
    fn blanks_between_records_are_not_held() {
        let mut reader = Reader::new(&Projection::new(), &Limits::default());
        let mut count = Count::default();
        let record = "{\"eventVersion\":\"1.1\",\"eventName\":\"A\",\"eventSource\":\"x\"}";
        reader.push(format!("{{\"Records\":[{record},").as_bytes(), &mut count);
        let blanks = vec![b' '; 1 << 20];
        for _ in 0..32 {
            reader.push(&blanks, &mut count);
        }
        assert!(
            reader.window.held().0.len() < 2 << 20,
            "{}",
            reader.window.held().0.len()
        );
        reader.push(format!("{record}]}}").as_bytes(), &mut count);
        reader.finish(&mut count);
        assert_eq!(count.0, 2);
    }
}
