//! Reads one object: fills the wanted fields and learns what it is.

use flowtrail_event::{EventTime, Record, Service, SlotId, Span};

use crate::cursor::{Cursor, Odd, Quoted, Stop, Walk};
use crate::unescape::unescape;
use crate::wanted::{Mark, Node, NodeId, Wanted};

/// What an object turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A record of this service.
    Record(Service),
    /// A `CloudTrail` digest.
    Digest,
    /// An aggregate of data events.
    Aggregate,
    /// Something else; records may stand inside it.
    Other,
}

/// What was learnt of an object on the way through it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    version: bool,
    name: bool,
    digest: bool,
    has_time: bool,
    pub(crate) time: Option<EventTime>,
    pub(crate) control_message: bool,
    class: Class,
    pub(crate) odd: Odd,
    pub(crate) duplicate_key: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Class {
    #[default]
    Event,
    Insight,
    NetworkActivity,
    Aggregate,
}

impl Seen {
    /// A record says its version, or when what happened. Wrappers of other
    /// tools repeat `eventName` and `eventSource`, so these do not suffice.
    pub(crate) fn what(&self) -> What {
        if self.digest {
            return What::Digest;
        }
        if !(self.version || (self.has_time && self.name)) {
            return What::Other;
        }
        match self.class {
            Class::Event => What::Record(Service::CloudTrail),
            Class::Insight => What::Record(Service::Insight),
            Class::NetworkActivity => What::Record(Service::NetworkActivity),
            Class::Aggregate => What::Aggregate,
        }
    }

    /// Whether no key of a record has been met yet.
    fn is_envelope_so_far(&self) -> bool {
        !self.version && !self.has_time && !self.name
    }
}

/// How the walk over an object ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// Behind its closing brace.
    Object,
    /// Before the first member of a list of records that stands in it.
    List,
}

/// Reads objects into a [`Record`].
pub(crate) struct ObjectReader<'w> {
    pub(crate) wanted: &'w Wanted,
    pub(crate) record: &'w mut Record,
    pub(crate) scratch: &'w mut Vec<u8>,
    pub(crate) nesting_max: u32,
    seen: Seen,
    depth: u32,
    /// Inside an array several values of a field are no doubled keys.
    in_array: bool,
}

impl<'w> ObjectReader<'w> {
    pub(crate) fn new(
        wanted: &'w Wanted,
        record: &'w mut Record,
        scratch: &'w mut Vec<u8>,
        nesting_max: u32,
    ) -> Self {
        record.clear();
        Self {
            wanted,
            record,
            scratch,
            nesting_max,
            seen: Seen::default(),
            depth: 0,
            in_array: false,
        }
    }

    /// Reads the object at `c`. With `lists`, an array under `Records`,
    /// `Events` or `logEvents` ends the walk before its first member, because
    /// it may be larger than memory.
    pub(crate) fn read(&mut self, c: &mut Cursor<'_>, lists: bool) -> Walk<(End, Seen)> {
        let end = self.object(c, Wanted::ROOT, lists)?;
        self.seen.odd = c.odd;
        Ok((end, self.seen))
    }

    fn object(&mut self, c: &mut Cursor<'_>, at: NodeId, lists: bool) -> Walk<End> {
        self.enter()?;
        c.expect(b'{')?;
        if c.peek()? == b'}' {
            c.pos += 1;
        } else {
            loop {
                if let End::List = self.member(c, at, lists)? {
                    return Ok(End::List);
                }
                let next = c.peek()?;
                c.pos += 1;
                match next {
                    b',' => {}
                    b'}' => break,
                    _ => return Err(Stop::Bad),
                }
            }
        }
        self.depth -= 1;
        Ok(End::Object)
    }

    #[inline]
    fn member(&mut self, c: &mut Cursor<'_>, at: NodeId, lists: bool) -> Walk<End> {
        let key = c.string()?;
        c.expect(b':')?;
        let found = if key.escaped {
            self.scratch.clear();
            unescape(bytes(c, key), self.scratch);
            self.wanted.below(at, self.scratch)
        } else {
            self.wanted.below(at, bytes(c, key))
        };
        let Some(id) = found else {
            return self.unwanted(c);
        };
        let wanted = self.wanted;
        let Some(node) = wanted.node(id) else {
            return self.unwanted(c);
        };
        if let Some(mark) = node.mark
            && at == Wanted::ROOT
            && let End::List = self.mark(c, mark, lists)?
        {
            return Ok(End::List);
        }
        self.value(c, id, node, node.slot)?;
        Ok(End::Object)
    }

    #[inline]
    fn unwanted(&mut self, c: &mut Cursor<'_>) -> Walk<End> {
        if self.wanted.every_value.is_none() {
            c.skip_value(self.nesting_max - self.depth.min(self.nesting_max))?;
        } else {
            self.every_value(c)?;
        }
        Ok(End::Object)
    }

    /// Looks ahead at a value that tells what the object is.
    #[inline]
    fn mark(&mut self, c: &mut Cursor<'_>, mark: Mark, lists: bool) -> Walk<End> {
        let first = c.peek()?;
        match mark {
            Mark::Version => self.seen.version = true,
            Mark::Name => self.seen.name = true,
            Mark::Digest => self.seen.digest = true,
            Mark::List => {
                if lists && first == b'[' && self.seen.is_envelope_so_far() {
                    c.pos += 1;
                    return Ok(End::List);
                }
            }
            Mark::Time => {
                // Every rule with a window looks at it.
                self.seen.duplicate_key |= self.seen.has_time;
                self.seen.has_time = true;
                self.seen.time = ahead(c)?.and_then(EventTime::parse);
            }
            Mark::Type => self.class_of_type(ahead(c)?),
            Mark::Category => self.class_of_category(ahead(c)?),
            Mark::MessageType => {
                self.seen.control_message = ahead(c)? == Some(b"CONTROL_MESSAGE");
            }
        }
        Ok(End::Object)
    }

    fn class_of_type(&mut self, value: Option<&[u8]>) {
        match value {
            Some(b"AwsCloudTrailInsight") => self.seen.class = Class::Insight,
            Some(b"AwsVpceEvents") => self.seen.class = Class::NetworkActivity,
            Some(b"AwsAggregatedEvent") => self.seen.class = Class::Aggregate,
            _ => {}
        }
    }

    fn class_of_category(&mut self, value: Option<&[u8]>) {
        match value {
            Some(b"Insight") => self.seen.class = Class::Insight,
            Some(b"NetworkActivity") => self.seen.class = Class::NetworkActivity,
            Some(b"Aggregated") => self.seen.class = Class::Aggregate,
            _ => {}
        }
    }

    /// Reads the value of a wanted key into `slot`, and what is wanted below it.
    fn value(
        &mut self,
        c: &mut Cursor<'_>,
        id: NodeId,
        node: &Node,
        slot: Option<SlotId>,
    ) -> Walk<()> {
        let first = c.peek()?;
        match first {
            b'{' => self.wanted_object(c, id, node, slot),
            b'[' => self.wanted_array(c, id, node, slot),
            _ => {
                let Some(slot) = slot else {
                    return self.unwanted(c).map(|_| ());
                };
                let doubled = !self.in_array && self.has(slot);
                self.seen.duplicate_key |= doubled;
                self.scalar(c, first, slot)
            }
        }
    }

    fn wanted_object(
        &mut self,
        c: &mut Cursor<'_>,
        id: NodeId,
        node: &Node,
        slot: Option<SlotId>,
    ) -> Walk<()> {
        let start = c.pos;
        if node.has_children() || self.wanted.every_value.is_some() {
            self.object(c, id, false)?;
        } else {
            c.skip_value(self.nesting_max - self.depth.min(self.nesting_max))?;
        }
        if let Some(slot) = slot {
            self.record.push_object(slot, span(start, c.pos));
        }
        Ok(())
    }

    /// An array is transparent: each member is a value of the field, but where
    /// its slot keeps arrays.
    fn wanted_array(
        &mut self,
        c: &mut Cursor<'_>,
        id: NodeId,
        node: &Node,
        slot: Option<SlotId>,
    ) -> Walk<()> {
        if node.keeps_arrays {
            let start = c.pos;
            self.members(c, id, node, None)?;
            if let Some(slot) = slot {
                self.record.push_object(slot, span(start, c.pos));
            }
            return Ok(());
        }
        self.members(c, id, node, slot)
    }

    fn members(
        &mut self,
        c: &mut Cursor<'_>,
        id: NodeId,
        node: &Node,
        slot: Option<SlotId>,
    ) -> Walk<()> {
        self.enter()?;
        let outer = std::mem::replace(&mut self.in_array, true);
        c.expect(b'[')?;
        if c.peek()? == b']' {
            c.pos += 1;
            if let Some(slot) = slot {
                self.record.push_empty_array(slot);
            }
        } else {
            loop {
                self.value(c, id, node, slot)?;
                let next = c.peek()?;
                c.pos += 1;
                match next {
                    b',' => {}
                    b']' => break,
                    _ => return Err(Stop::Bad),
                }
            }
        }
        self.in_array = outer;
        self.depth -= 1;
        Ok(())
    }

    #[inline]
    fn scalar(&mut self, c: &mut Cursor<'_>, first: u8, slot: SlotId) -> Walk<()> {
        match first {
            b'"' => {
                let q = c.string()?;
                self.text(c, q, slot);
            }
            b't' => {
                c.literal(b"true")?;
                self.record.push_bool(slot, true);
            }
            b'f' => {
                c.literal(b"false")?;
                self.record.push_bool(slot, false);
            }
            b'n' => {
                c.literal(b"null")?;
                self.record.push_null(slot);
                // No value to search in, whether its field is wanted or not.
                return Ok(());
            }
            b'-' | b'0'..=b'9' => {
                let start = c.pos;
                let end = c.number()?;
                self.record.push_number(slot, span(start, end));
            }
            _ => return Err(Stop::Bad),
        }
        self.also_everywhere(slot);
        Ok(())
    }

    #[inline]
    fn text(&mut self, c: &Cursor<'_>, q: Quoted, slot: SlotId) {
        if q.escaped {
            self.scratch.clear();
            unescape(bytes(c, q), self.scratch);
            self.record.push_own_text(slot, self.scratch);
        } else {
            self.record.push_text(slot, span(q.start, q.end));
        }
    }

    /// A wanted value is one of every value, too.
    #[inline]
    fn also_everywhere(&mut self, slot: SlotId) {
        if let Some(every) = self.wanted.every_value
            && every != slot
        {
            self.record.push_last_of(every, slot);
        }
    }

    /// Walks a value that no field wants, for the keyword slot.
    fn every_value(&mut self, c: &mut Cursor<'_>) -> Walk<()> {
        let Some(every) = self.wanted.every_value else {
            return Ok(());
        };
        let first = c.peek()?;
        let close = match first {
            b'{' => b'}',
            b'[' => b']',
            b'n' => return c.literal(b"null"),
            _ => return self.scalar(c, first, every),
        };
        self.enter()?;
        c.pos += 1;
        if c.peek()? == close {
            c.pos += 1;
        } else {
            loop {
                if first == b'{' {
                    c.string()?;
                    c.expect(b':')?;
                }
                self.every_value(c)?;
                let next = c.peek()?;
                c.pos += 1;
                if next == close {
                    break;
                }
                if next != b',' {
                    return Err(Stop::Bad);
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self) -> Walk<()> {
        if self.depth >= self.nesting_max {
            return Err(Stop::Deep);
        }
        self.depth += 1;
        Ok(())
    }

    fn has(&self, slot: SlotId) -> bool {
        self.record.has(slot)
    }
}

/// The next value if it is a string without escapes, without passing it.
#[inline]
fn ahead<'a>(c: &mut Cursor<'a>) -> Walk<Option<&'a [u8]>> {
    if c.peek()? != b'"' {
        return Ok(None);
    }
    let at = c.pos;
    let q = c.string()?;
    c.pos = at;
    Ok((!q.escaped).then(|| bytes(c, q)))
}

#[inline]
fn bytes<'a>(c: &Cursor<'a>, q: Quoted) -> &'a [u8] {
    c.text.get(q.start..q.end).unwrap_or(&[])
}

/// The reader's window is far below 4 GiB, see `Limits::record_bytes_max`.
#[inline]
fn span(start: usize, end: usize) -> Span {
    Span {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        len: u32::try_from(end - start).unwrap_or(0),
    }
}
