//! One record, as a reader hands it on.

use crate::projection::SlotId;
use crate::record::{Record, Values};
use crate::service::Service;
use crate::time::EventTime;
use crate::value::Value;

/// Where a record lies in its object, counted in inflated bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Location {
    /// First byte of the record; the row for columnar files.
    pub offset: u64,
    /// Length in bytes; 0 for columnar files.
    pub len: u64,
}

/// The whole record, for the rare moment in which it is wanted: a finding, an
/// explanation, a keyword that has to be looked for everywhere.
pub trait RawRecord {
    /// Appends the record as one JSON object. Flow-log fields stand under
    /// AWS's hyphenated names; numbers are numbers, `-` is left out.
    fn write_json(&self, out: &mut Vec<u8>);
}

/// One record: its service, its time, its projected values and where it lies.
pub struct Event<'a> {
    /// Which log it belongs to.
    pub service: Service,
    /// When it happened: `eventTime`, or the flow's `end`. `None` where the
    /// record has none that can be read; such a record takes no part in windows.
    pub time: Option<EventTime>,
    /// Where it lies in its object.
    pub location: Location,
    /// The object that it was first written to, where that is not the one being
    /// read: records of many objects lie together in a compacted file, and
    /// `location` is then the place in that first object.
    pub origin: Option<&'a str>,
    record: &'a mut Record,
    input: &'a [u8],
    raw: &'a dyn RawRecord,
}

impl<'a> Event<'a> {
    /// An event over the values in `record`, which point into `input`.
    pub fn new(
        service: Service,
        record: &'a mut Record,
        input: &'a [u8],
        raw: &'a dyn RawRecord,
    ) -> Self {
        Self {
            service,
            time: None,
            location: Location::default(),
            origin: None,
            record,
            input,
            raw,
        }
    }

    /// The same event at `time`.
    #[must_use]
    pub const fn at(mut self, time: Option<EventTime>) -> Self {
        self.time = time;
        self
    }

    /// The same event, lying at `location`.
    #[must_use]
    pub const fn located(mut self, location: Location) -> Self {
        self.location = location;
        self
    }

    /// The same event, first written to the object called `origin`.
    #[must_use]
    pub const fn from_object(mut self, origin: Option<&'a str>) -> Self {
        self.origin = origin;
        self
    }

    /// The same event for a shorter time, for whoever knows more about it than
    /// the reader that made it.
    pub fn reborrow(&mut self) -> Event<'_> {
        Event {
            service: self.service,
            time: self.time,
            location: self.location,
            origin: self.origin,
            record: self.record,
            input: self.input,
            raw: self.raw,
        }
    }

    /// The values of a field; none if it is absent.
    #[inline]
    #[must_use]
    pub fn values(&self, slot: SlotId) -> Values<'_> {
        self.record.values(slot, self.input)
    }

    /// The first value of a field.
    #[inline]
    #[must_use]
    pub fn first(&self, slot: SlotId) -> Option<Value<'_>> {
        self.values(slot).next()
    }

    /// The first value of a field as text, if it is a scalar and UTF-8.
    #[must_use]
    pub fn str(&self, slot: SlotId) -> Option<&str> {
        self.first(slot).and_then(Value::as_str)
    }

    /// Sets a derived field to `text`.
    pub fn derive(&mut self, slot: SlotId, text: &[u8]) {
        self.record.push_own_text(slot, text);
    }

    /// Makes the derived field `to` equal to the field `from`.
    pub fn derive_copy(&mut self, to: SlotId, from: SlotId) {
        self.record.push_copy(to, from);
    }

    /// The whole record as one JSON object.
    #[must_use]
    pub fn json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.raw.write_json(&mut out);
        out
    }
}
