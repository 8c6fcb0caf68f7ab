//! Finds records inside objects that are none themselves: envelopes of
//! `EventBridge`, `LookupEvents`, `CloudWatch` Logs, and wrappers of other tools.
//! This is off the hot path: each record found is copied once.

use crate::cursor::{Cursor, Stop, Walk};
use crate::unescape::unescape;

/// What an envelope carried.
pub(crate) enum Found {
    /// An object that looks like a record.
    Record(Vec<u8>),
    /// A line of text: a flow-log record, perhaps.
    Line(Vec<u8>),
}

/// Envelopes in envelopes end here.
const LEVELS_MAX: u32 = 4;

/// Keys under which a string holds a record or a log line.
const TEXT_KEYS: [&[u8]; 5] = [
    b"CloudTrailEvent",
    b"message",
    b"@message",
    b"_raw",
    b"Message",
];

/// Whether a list of records stands under `key`.
pub(crate) fn is_list_key(key: &[u8]) -> bool {
    matches!(key, b"Records" | b"Events" | b"logEvents")
}

/// The records and log lines inside `value`; empty if there are none.
pub(crate) fn records_in(value: &[u8], nesting_max: u32) -> Vec<Found> {
    let mut search = Search {
        found: Vec::new(),
        nesting_max,
    };
    let mut c = Cursor::new(value, 0);
    // The grammar of `value` was checked; a stop means that nothing more is found.
    let _: Walk<()> = search.value(&mut c, LEVELS_MAX, false);
    search.found
}

struct Search {
    found: Vec<Found>,
    nesting_max: u32,
}

impl Search {
    /// `is_text`: a string here is a record or a line.
    fn value(&mut self, c: &mut Cursor<'_>, levels: u32, is_text: bool) -> Walk<()> {
        let start = match c.peek()? {
            b'{' if levels > 0 => return self.object(c, levels),
            b'[' if levels > 0 => return self.array(c, levels),
            b'"' => c.pos,
            _ => return c.skip_value(self.nesting_max),
        };
        let q = c.string()?;
        let text = c.text.get(q.start..q.end).unwrap_or(&[]);
        let mut plain = Vec::with_capacity(text.len());
        unescape(text, &mut plain);
        if plain.first() == Some(&b'{') || start == 0 {
            self.embedded(plain, levels);
        } else if is_text {
            self.found.push(Found::Line(plain));
        }
        Ok(())
    }

    /// JSON that was written into a string.
    fn embedded(&mut self, plain: Vec<u8>, levels: u32) {
        let trimmed = plain.trim_ascii();
        let mut check = Cursor::new(trimmed, 0);
        let whole = trimmed.first() == Some(&b'{')
            && check.skip_value(self.nesting_max).is_ok()
            && check.pos == trimmed.len();
        if !whole {
            self.found.push(Found::Line(plain));
        } else if is_record(trimmed) {
            self.found.push(Found::Record(trimmed.to_vec()));
        } else if levels > 0 {
            let mut c = Cursor::new(trimmed, 0);
            let _: Walk<()> = self.object(&mut c, levels - 1);
        }
    }

    fn object(&mut self, c: &mut Cursor<'_>, levels: u32) -> Walk<()> {
        let start = c.pos;
        let mut ahead = Cursor::new(c.text, c.pos);
        ahead.skip_value(self.nesting_max)?;
        let object = c.text.get(start..ahead.pos).unwrap_or(&[]);
        if is_record(object) {
            self.found.push(Found::Record(object.to_vec()));
            c.pos = ahead.pos;
            return Ok(());
        }
        c.expect(b'{')?;
        if c.peek()? == b'}' {
            c.pos += 1;
            return Ok(());
        }
        loop {
            let key = c.string()?;
            c.expect(b':')?;
            let name = c.text.get(key.start..key.end).unwrap_or(&[]);
            let is_text = TEXT_KEYS.contains(&name);
            if is_text || matches!(c.peek()?, b'{' | b'[') {
                self.value(c, levels.saturating_sub(1), is_text)?;
            } else {
                c.skip_value(self.nesting_max)?;
            }
            if ended(c, b'}')? {
                return Ok(());
            }
        }
    }

    fn array(&mut self, c: &mut Cursor<'_>, levels: u32) -> Walk<()> {
        c.expect(b'[')?;
        if c.peek()? == b']' {
            c.pos += 1;
            return Ok(());
        }
        loop {
            if c.peek()? == b'{' {
                self.value(c, levels, false)?;
            } else {
                c.skip_value(self.nesting_max)?;
            }
            if ended(c, b']')? {
                return Ok(());
            }
        }
    }
}

fn ended(c: &mut Cursor<'_>, close: u8) -> Walk<bool> {
    let next = c.peek()?;
    c.pos += 1;
    if next == close {
        Ok(true)
    } else if next == b',' {
        Ok(false)
    } else {
        Err(Stop::Bad)
    }
}

/// Whether the object has the keys of a record at its top.
fn is_record(object: &[u8]) -> bool {
    let (mut version, mut time, mut name) = (false, false, false);
    let mut c = Cursor::new(object, 0);
    let _: Walk<()> = (|| {
        c.expect(b'{')?;
        loop {
            let key = c.string()?;
            match c.text.get(key.start..key.end) {
                Some(b"eventVersion") => version = true,
                Some(b"eventTime") => time = true,
                Some(b"eventName" | b"insightDetails") => name = true,
                _ => {}
            }
            c.expect(b':')?;
            c.skip_value(127)?;
            if ended(&mut c, b'}')? {
                return Ok(());
            }
        }
    })();
    version || (time && name)
}
