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
pub(in super::super) struct Way(Ways);

impl Way {
    /// The name of a field; an empty one leads to the whole text.
    pub(in super::super) fn new(name: &str) -> Self {
        Self(Ways::new([name]))
    }

    /// Shows `see` every value that it leads to. Text that is broken has the
    /// values before its fault.
    pub(in super::super) fn walk<'j>(&self, json: &'j str, see: &mut dyn FnMut(Reached<'j>)) {
        self.0.walk(json, &mut |_, value| see(value));
    }
}

/// The keys of several names, which are gone at once.
pub(in super::super) struct Ways(Vec<Vec<String>>);

/// Names, by their numbers, and what of each is still to be gone.
type Open<'k> = [(usize, &'k [String])];

impl Ways {
    pub(in super::super) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let keys = |name: &str| {
            let keys = name.split('.').filter(|_| !name.is_empty());
            keys.map(str::to_owned).collect()
        };
        Self(names.into_iter().map(keys).collect())
    }

    /// Shows `see` every value that one of the names leads to, with the number
    /// of the name.
    pub(in super::super) fn walk<'j>(
        &self,
        json: &'j str,
        see: &mut dyn FnMut(usize, Reached<'j>),
    ) {
        let all = self.0.iter().map(Vec::as_slice).enumerate();
        let open: Vec<_> = all.collect();
        let mut jiter = Jiter::new(json.as_bytes());
        let mut walk = Walk { json, see };
        if let Ok(peek) = jiter.peek() {
            // A fault ends the walk; there is nobody to tell.
            let _: Option<()> = walk.value(&mut jiter, peek, &open, NESTING_MAX);
        }
    }
}

struct Walk<'j, 's> {
    json: &'j str,
    see: &'s mut dyn FnMut(usize, Reached<'j>),
}

impl<'j> Walk<'j, '_> {
    fn value(
        &mut self,
        jiter: &mut Jiter<'j>,
        peek: Peek,
        open: &Open<'_>,
        depth: u32,
    ) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        if peek == Peek::Array {
            return self.array(jiter, open, depth);
        }
        let start = jiter.current_index();
        if peek == Peek::Object && open.iter().any(|(_, keys)| !keys.is_empty()) {
            self.object(jiter, open, depth)?;
        } else {
            jiter.known_skip(peek).ok()?;
        }
        let text = self.json.get(start..jiter.current_index())?;
        for (name, _) in open.iter().filter(|(_, keys)| keys.is_empty()) {
            let reached = match peek {
                Peek::Null => Reached::Null,
                Peek::Object => Reached::Object(Object { text }),
                _ => Reached::Scalar(Scalar { text }),
            };
            (self.see)(*name, reached);
        }
        Some(())
    }

    fn object(&mut self, jiter: &mut Jiter<'j>, open: &Open<'_>, depth: u32) -> Option<()> {
        let mut key = jiter.known_object().ok()?;
        while let Some(name) = key {
            let inner = open.iter();
            let inner = inner.filter_map(|(n, keys)| Some((*n, behind(keys, name)?)));
            let inner: Vec<_> = inner.collect();
            let peek = jiter.peek().ok()?;
            if inner.is_empty() {
                jiter.known_skip(peek).ok()?;
            } else {
                self.value(jiter, peek, &inner, depth)?;
            }
            key = jiter.next_key().ok()?;
        }
        Some(())
    }

    fn array(&mut self, jiter: &mut Jiter<'j>, open: &Open<'_>, depth: u32) -> Option<()> {
        let mut item = jiter.known_array().ok()?;
        if item.is_none() {
            for (name, _) in open.iter().filter(|(_, keys)| keys.is_empty()) {
                (self.see)(*name, Reached::EmptyArray);
            }
        }
        while let Some(peek) = item {
            self.value(jiter, peek, open, depth)?;
            item = jiter.array_step().ok()?;
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
