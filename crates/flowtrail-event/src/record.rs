//! The reused store of one record's values.

use crate::projection::SlotId;
use crate::value::{Span, Value};

const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    True,
    False,
    Number,
    Text,
    Object,
    EmptyArray,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the bytes that the reader holds.
    Input,
    /// In [`Record::own`]: unescaped or computed text.
    Own,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    span: Span,
    next: u32,
    form: Form,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    head: u32,
    tail: u32,
}

const EMPTY_SLOT: Slot = Slot {
    head: NONE,
    tail: NONE,
};

/// The values of one record in the slots of a projection. Made once for each
/// reader and cleared for each record; in the steady state nothing is allocated.
///
/// A slot holds any number of values, because a path through an array meets
/// several. No value at all means that the field is absent.
#[derive(Debug)]
pub struct Record {
    slots: Vec<Slot>,
    entries: Vec<Entry>,
    own: Vec<u8>,
}

impl Record {
    /// A store with `slots` slots ([`Projection::len`](crate::Projection::len)).
    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            slots: vec![EMPTY_SLOT; slots],
            entries: Vec::with_capacity(64),
            own: Vec::with_capacity(1024),
        }
    }

    /// Forgets every value.
    #[inline]
    pub fn clear(&mut self) {
        if !self.entries.is_empty() {
            self.slots.fill(EMPTY_SLOT);
            self.entries.clear();
            self.own.clear();
        }
    }

    /// Number of values held.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no field has a value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds JSON `null`.
    #[inline]
    pub fn push_null(&mut self, slot: SlotId) {
        self.push(slot, Form::Null, Span { start: 0, len: 0 }, Place::Input);
    }

    /// Adds a boolean.
    #[inline]
    pub fn push_bool(&mut self, slot: SlotId, value: bool) {
        let form = if value { Form::True } else { Form::False };
        self.push(slot, form, Span { start: 0, len: 0 }, Place::Input);
    }

    /// Adds an array without members.
    #[inline]
    pub fn push_empty_array(&mut self, slot: SlotId) {
        self.push(
            slot,
            Form::EmptyArray,
            Span { start: 0, len: 0 },
            Place::Input,
        );
    }

    /// Adds a number that stands in the input.
    #[inline]
    pub fn push_number(&mut self, slot: SlotId, span: Span) {
        self.push(slot, Form::Number, span, Place::Input);
    }

    /// Adds text that stands in the input as it is.
    #[inline]
    pub fn push_text(&mut self, slot: SlotId, span: Span) {
        self.push(slot, Form::Text, span, Place::Input);
    }

    /// Adds an object that stands in the input.
    #[inline]
    pub fn push_object(&mut self, slot: SlotId, span: Span) {
        self.push(slot, Form::Object, span, Place::Input);
    }

    /// Adds text that does not stand in the input: unescaped or derived. It is
    /// copied into the record.
    pub fn push_own_text(&mut self, slot: SlotId, text: &[u8]) {
        let span = self.keep(text);
        self.push(slot, Form::Text, span, Place::Own);
    }

    /// Adds a number that does not stand in the input. It is copied.
    pub fn push_own_number(&mut self, slot: SlotId, digits: &[u8]) {
        let span = self.keep(digits);
        self.push(slot, Form::Number, span, Place::Own);
    }

    /// Adds to `to` the values that `from` holds.
    pub fn push_copy(&mut self, to: SlotId, from: SlotId) {
        let mut at = self.head(from);
        while let Some(entry) = self.entries.get(at as usize).copied() {
            self.push(to, entry.form, entry.span, entry.place);
            at = entry.next;
        }
    }

    /// Whether `slot` has any value.
    #[inline]
    #[must_use]
    pub fn has(&self, slot: SlotId) -> bool {
        self.head(slot) != NONE
    }

    /// Adds to `to` the value that `from` received last.
    #[inline]
    pub fn push_last_of(&mut self, to: SlotId, from: SlotId) {
        let tail = self.slots.get(from.index()).map_or(NONE, |s| s.tail);
        if let Some(entry) = self.entries.get(tail as usize).copied() {
            self.push(to, entry.form, entry.span, entry.place);
        }
    }

    /// The values of `slot`, in the order in which the record wrote them.
    #[inline]
    #[must_use]
    pub fn values<'a>(&'a self, slot: SlotId, input: &'a [u8]) -> Values<'a> {
        Values {
            record: self,
            input,
            at: self.head(slot),
        }
    }

    fn head(&self, slot: SlotId) -> u32 {
        self.slots.get(slot.index()).map_or(NONE, |s| s.head)
    }

    fn keep(&mut self, text: &[u8]) -> Span {
        let span = Span {
            start: u32::try_from(self.own.len()).unwrap_or(u32::MAX),
            len: u32::try_from(text.len()).unwrap_or(0),
        };
        self.own.extend_from_slice(text);
        span
    }

    #[inline]
    fn push(&mut self, slot: SlotId, form: Form, span: Span, place: Place) {
        let Some(s) = self.slots.get_mut(slot.index()) else {
            return;
        };
        let at = u32::try_from(self.entries.len()).unwrap_or(NONE);
        if s.head == NONE {
            s.head = at;
        } else if let Some(tail) = self.entries.get_mut(s.tail as usize) {
            tail.next = at;
        }
        s.tail = at;
        self.entries.push(Entry {
            span,
            next: NONE,
            form,
            place,
        });
    }
}

/// The values of one slot. See [`Record::values`].
#[derive(Debug, Clone)]
pub struct Values<'a> {
    record: &'a Record,
    input: &'a [u8],
    at: u32,
}

impl<'a> Iterator for Values<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        let entry = self.record.entries.get(self.at as usize)?;
        self.at = entry.next;
        let bytes = match entry.place {
            Place::Input => entry.span.of(self.input),
            Place::Own => entry.span.of(&self.record.own),
        };
        Some(match entry.form {
            Form::Null => Value::Null,
            Form::True => Value::Bool(true),
            Form::False => Value::Bool(false),
            Form::Number => Value::Number(bytes),
            Form::Text => Value::Text(bytes),
            Form::Object => Value::Object(bytes),
            Form::EmptyArray => Value::EmptyArray,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Projection;

    #[test]
    fn a_slot_holds_several_values_in_order() {
        let mut p = Projection::new();
        let (a, b) = (p.slot("a"), p.slot("b"));
        let input = b"one two 3";
        let mut r = Record::new(p.len());
        r.push_text(a, Span { start: 0, len: 3 });
        r.push_number(b, Span { start: 8, len: 1 });
        r.push_text(a, Span { start: 4, len: 3 });
        r.push_own_text(a, b"own");
        let values: Vec<_> = r.values(a, input).collect();
        assert_eq!(
            values,
            [
                Value::Text(b"one"),
                Value::Text(b"two"),
                Value::Text(b"own")
            ]
        );
        assert_eq!(r.values(b, input).next(), Some(Value::Number(b"3")));
        r.clear();
        assert_eq!(r.values(a, input).next(), None);
        assert!(r.is_empty());
    }
}
