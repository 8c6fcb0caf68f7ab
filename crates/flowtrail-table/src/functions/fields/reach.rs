//! Where the name of a field leads in JSON text, as rules read names: arrays
//! are transparent, and a key with dots in it is the path that it spells.

use jiter::{Jiter, Peek};

/// Values are nested less deeply than this; a reader of logs refuses more.
const NESTING_MAX: u32 = 128;

/// A value that a name leads to.
pub(in super::super) enum Reached<'j> {
    Null,
    EmptyArray,
    Scalar(Scalar<'j>),
    Object(Object<'j>),
}

/// Text, a number or a boolean, as it is written.
pub(in super::super) struct Scalar<'j> {
    text: &'j str,
}

/// An object as it is written.
pub(in super::super) struct Object<'j> {
    text: &'j str,
}

impl Scalar<'_> {
    /// Appends its value: text without quotes and escapes, others as they are
    /// written. `false` for text that is none, with half a character in it.
    pub(in super::super) fn write(&self, out: &mut String) -> bool {
        if !self.text.starts_with('"') {
            out.push_str(self.text);
            return true;
        }
        let mut jiter = Jiter::new(self.text.as_bytes());
        match jiter.next_str() {
            Ok(text) => {
                out.push_str(text);
                true
            }
            Err(_) => false,
        }
    }
}

impl Object<'_> {
    /// Appends it without blanks and with the escapes of its texts resolved.
    pub(in super::super) fn write(&self, out: &mut String) {
        let mut rest = self.text;
        while let Some(next) = rest.chars().next() {
            let len = if next == '"' {
                let text = string(rest);
                out.push('"');
                if !(Scalar { text }).write(out) {
                    let inner = text.get(1..text.len().saturating_sub(1));
                    out.push_str(inner.unwrap_or_default());
                }
                out.push('"');
                text.len()
            } else {
                if !next.is_ascii_whitespace() {
                    out.push(next);
                }
                next.len_utf8()
            };
            rest = rest.get(len..).unwrap_or_default();
        }
    }
}

/// The string that `text` begins with, quotes included.
fn string(text: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => return text.get(..=at).unwrap_or(text),
            _ => escaped = false,
        }
    }
    text
}

/// The keys of a name.
pub(in super::super) struct Way(Vec<String>);

impl Way {
    /// The name of a field; an empty one leads to the whole text.
    pub(in super::super) fn new(name: &str) -> Self {
        let keys = name.split('.').filter(|_| !name.is_empty());
        Self(keys.map(str::to_owned).collect())
    }

    /// Shows `see` every value that it leads to. Text that is broken has the
    /// values before its fault.
    pub(in super::super) fn walk<'j>(&self, json: &'j str, see: &mut dyn FnMut(Reached<'j>)) {
        let mut walk = Walk {
            json,
            jiter: Jiter::new(json.as_bytes()),
            see,
        };
        if let Ok(peek) = walk.jiter.peek() {
            // A fault ends the walk; there is nobody to tell.
            let _: Option<()> = walk.value(peek, &self.0, NESTING_MAX);
        }
    }
}

/// A walk through one text.
struct Walk<'j, 's> {
    json: &'j str,
    jiter: Jiter<'j>,
    see: &'s mut dyn FnMut(Reached<'j>),
}

impl Walk<'_, '_> {
    /// The value at hand, of which `keys` are still to be gone.
    fn value(&mut self, peek: Peek, keys: &[String], depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        if peek == Peek::Array {
            return self.array(keys, depth);
        }
        if keys.is_empty() {
            let start = self.jiter.current_index();
            self.jiter.known_skip(peek).ok()?;
            let text = self.json.get(start..self.jiter.current_index())?;
            (self.see)(match peek {
                Peek::Null => Reached::Null,
                Peek::Object => Reached::Object(Object { text }),
                _ => Reached::Scalar(Scalar { text }),
            });
            return Some(());
        }
        if peek != Peek::Object {
            self.jiter.known_skip(peek).ok()?;
            return Some(());
        }
        let mut key = self.jiter.known_object().ok()?.map(str::to_owned);
        while let Some(name) = key {
            let peek = self.jiter.peek().ok()?;
            match behind(keys, &name) {
                Some(rest) => self.value(peek, rest, depth)?,
                None => self.jiter.known_skip(peek).ok()?,
            }
            key = self.jiter.next_key().ok()?.map(str::to_owned);
        }
        Some(())
    }

    fn array(&mut self, keys: &[String], depth: u32) -> Option<()> {
        let mut item = self.jiter.known_array().ok()?;
        if item.is_none() && keys.is_empty() {
            (self.see)(Reached::EmptyArray);
        }
        while let Some(peek) = item {
            self.value(peek, keys, depth)?;
            item = self.jiter.array_step().ok()?;
        }
        Some(())
    }
}

/// What is still to be gone behind a key; none if it is not on the way.
fn behind<'k>(keys: &'k [String], name: &str) -> Option<&'k [String]> {
    let mut rest = keys;
    for part in name.split('.') {
        let (first, others) = rest.split_first()?;
        if first != part {
            return None;
        }
        rest = others;
    }
    Some(rest)
}

/// Shows `see` every scalar at any depth.
pub(super) fn leaves<'j>(json: &'j str, see: &mut dyn FnMut(Scalar<'j>)) {
    let mut jiter = Jiter::new(json.as_bytes());
    if let Ok(peek) = jiter.peek() {
        // As above.
        let _: Option<()> = leaf(json, &mut jiter, peek, see, NESTING_MAX);
    }
}

fn leaf<'j>(
    json: &'j str,
    jiter: &mut Jiter<'j>,
    peek: Peek,
    see: &mut dyn FnMut(Scalar<'j>),
    depth: u32,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match peek {
        Peek::Array => {
            let mut item = jiter.known_array().ok()?;
            while let Some(peek) = item {
                leaf(json, jiter, peek, see, depth)?;
                item = jiter.array_step().ok()?;
            }
        }
        Peek::Object => {
            let mut more = jiter.known_object().ok()?.is_some();
            while more {
                let peek = jiter.peek().ok()?;
                leaf(json, jiter, peek, see, depth)?;
                more = jiter.next_key().ok()?.is_some();
            }
        }
        _ => {
            let start = jiter.current_index();
            jiter.known_skip(peek).ok()?;
            if peek != Peek::Null {
                let text = json.get(start..jiter.current_index())?;
                see(Scalar { text });
            }
        }
    }
    Some(())
}
