//! Lists of records and their members.

use super::{List, Place, Reader, RecordSink, Step};
use crate::cursor::{Cursor, Stop};
use crate::inside;
use crate::record::{End, ObjectReader};
use flowtrail_event::{Skip, SkipReason};

impl Reader {
    pub(super) fn list(&mut self, list: List, sink: &mut impl RecordSink) -> Step {
        let (text, pos) = self.window.held();
        let mut c = Cursor::new(text, pos);
        let Ok(next) = c.peek() else {
            // Blanks are not held: there may be gigabytes of them.
            let at = c.pos;
            self.window.read_to(at);
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
    pub(super) fn odd_member(&mut self, list: List, at: usize, sink: &mut impl RecordSink) -> Step {
        // Blanks before it belong to no skip, wherever the input was split.
        self.window.read_to(at);
        let (text, _) = self.window.held();
        let mut c = Cursor::new(text, at);
        match c.skip_value(self.limits.nesting_max) {
            Ok(()) => {
                let end = c.pos;
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
    pub(super) fn tail(&mut self) -> Step {
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
    pub(super) fn object(&mut self, list: Option<List>, sink: &mut impl RecordSink) -> Step {
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
    pub(super) fn not_read(
        &mut self,
        stop: Stop,
        at: usize,
        read: usize,
        list: Option<List>,
    ) -> Step {
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
}
