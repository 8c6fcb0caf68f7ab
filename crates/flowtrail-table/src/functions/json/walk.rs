//! Walks JSON text to a value without building a tree: what lies beside the
//! path is skipped.

use jiter::{Jiter, Peek};

use super::path::Step;

/// A value in JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'j> {
    /// The value as it is written.
    pub(super) text: &'j str,
    /// What sort of value it is.
    pub(super) sort: Sort,
}

/// The sorts of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Null,
    Boolean,
    Number,
    Text,
    Array,
    Object,
}

impl Sort {
    fn of(peek: Peek) -> Self {
        match peek {
            Peek::Null => Self::Null,
            Peek::True | Peek::False => Self::Boolean,
            Peek::String => Self::Text,
            Peek::Array => Self::Array,
            Peek::Object => Self::Object,
            _ => Self::Number,
        }
    }
}

impl Found<'_> {
    /// Appends the value of a scalar: text without quotes and escapes, other
    /// scalars as they are written. `false` for `null`, arrays and objects.
    pub(super) fn write_scalar(&self, out: &mut String) -> bool {
        match self.sort {
            Sort::Text => self.write_text(out),
            Sort::Boolean | Sort::Number => {
                out.push_str(self.text);
                true
            }
            Sort::Null | Sort::Array | Sort::Object => false,
        }
    }

    /// The same with arrays and objects as they are written.
    pub(super) fn write_value(&self, out: &mut String) -> bool {
        match self.sort {
            Sort::Array | Sort::Object => {
                out.push_str(self.text);
                true
            }
            Sort::Null | Sort::Boolean | Sort::Number | Sort::Text => self.write_scalar(out),
        }
    }

    fn write_text(&self, out: &mut String) -> bool {
        // Nearly no text in a log has an escape.
        let inner = self
            .text
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'));
        if let Some(inner) = inner.filter(|t| !t.contains('\\')) {
            out.push_str(inner);
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

/// The value that a path without [`Step::All`] leads to; the first one, if a
/// path with it leads to several. `None` if it leads nowhere, and if the text
/// is broken before the value ends; what comes behind the value is not read.
pub(super) fn find<'j>(json: &'j str, steps: &[Step]) -> Option<Found<'j>> {
    let mut found = None;
    visit(json, steps, &mut |value| {
        found = Some(value);
        false
    });
    found
}

/// Shows `see` every value that a path leads to, until it says `false`.
/// Answers whether it never did.
pub(super) fn visit<'j>(
    json: &'j str,
    steps: &[Step],
    see: &mut dyn FnMut(Found<'j>) -> bool,
) -> bool {
    let mut jiter = Jiter::new(json.as_bytes());
    let Ok(mut peek) = jiter.peek() else {
        return true;
    };
    let mut steps = steps.iter();
    while let Some(step) = steps.next() {
        let next = match step {
            Step::Key(key) => enter(&mut jiter, peek, key),
            Step::Index(index) => element(&mut jiter, peek, *index),
            Step::All => {
                let rest = steps.as_slice();
                return every(json, &mut jiter, peek, &mut |part| visit(part, rest, see));
            }
        };
        match next {
            Some(next) => peek = next,
            None => return true,
        }
    }
    match skipped(json, &mut jiter, peek) {
        Some(text) => see(Found {
            text,
            sort: Sort::of(peek),
        }),
        None => true,
    }
}

fn enter(jiter: &mut Jiter<'_>, peek: Peek, key: &str) -> Option<Peek> {
    if peek != Peek::Object {
        return None;
    }
    let mut next = jiter.known_object().ok()?? == key;
    while !next {
        jiter.next_skip().ok()?;
        next = jiter.next_key().ok()?? == key;
    }
    jiter.peek().ok()
}

fn element(jiter: &mut Jiter<'_>, peek: Peek, index: i64) -> Option<Peek> {
    if peek != Peek::Array {
        return None;
    }
    let index = match u64::try_from(index) {
        Ok(index) => index,
        Err(_) => count(&mut jiter.clone())?.checked_add_signed(index)?,
    };
    let mut item = jiter.known_array().ok()??;
    for _ in 0..index {
        jiter.known_skip(item).ok()?;
        item = jiter.array_step().ok()??;
    }
    Some(item)
}

fn count(jiter: &mut Jiter<'_>) -> Option<u64> {
    let mut item = jiter.known_array().ok()?;
    let mut n = 0;
    while let Some(peek) = item {
        jiter.known_skip(peek).ok()?;
        n += 1;
        item = jiter.array_step().ok()?;
    }
    Some(n)
}

/// Shows `see` every member or element of the value at hand. Elements before a
/// fault in the text were seen when the fault is met.
fn every<'j>(
    json: &'j str,
    jiter: &mut Jiter<'j>,
    peek: Peek,
    see: &mut dyn FnMut(&'j str) -> bool,
) -> bool {
    match peek {
        Peek::Array => {
            let mut item = jiter.known_array().ok().flatten();
            while let Some(peek) = item {
                match skipped(json, jiter, peek) {
                    Some(part) if see(part) => {}
                    Some(_) => return false,
                    None => return true,
                }
                item = jiter.array_step().ok().flatten();
            }
        }
        Peek::Object => {
            let mut more = jiter.known_object().is_ok_and(|key| key.is_some());
            while more {
                let part = jiter.peek().ok().and_then(|p| skipped(json, jiter, p));
                match part {
                    Some(part) if see(part) => {}
                    Some(_) => return false,
                    None => return true,
                }
                more = jiter.next_key().is_ok_and(|key| key.is_some());
            }
        }
        _ => {}
    }
    true
}

/// Skips the value at hand and answers how it is written.
fn skipped<'j>(json: &'j str, jiter: &mut Jiter<'j>, peek: Peek) -> Option<&'j str> {
    let start = jiter.current_index();
    jiter.known_skip(peek).ok()?;
    json.get(start..jiter.current_index())
}

/// Whether the text is one JSON value and nothing else.
pub(super) fn is_json(text: &str) -> bool {
    let mut jiter = Jiter::new(text.as_bytes());
    jiter.next_skip().is_ok() && jiter.finish().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::path::Path;
    use super::*;

    const TEXT: &str = r#" {"a": {"b": [1, -2.5e3, "drei\n\u00e9"], "b2": null},
        "it's": true, "items": [{"id": "x"}, {"no": 1}, {"id": "y"}, 7], "big": 12345678901234567890} "#;

    fn at(path: &str) -> Option<(&'static str, Sort)> {
        let found = find(TEXT, &Path::parse(path).unwrap().steps)?;
        Some((found.text, found.sort))
    }

    #[test]
    fn values_are_found_as_they_are_written() {
        assert_eq!(at("$.a.b[0]"), Some(("1", Sort::Number)));
        assert_eq!(at("$.a.b[1]"), Some(("-2.5e3", Sort::Number)));
        assert_eq!(at("$.a.b[-1]"), Some((r#""drei\n\u00e9""#, Sort::Text)));
        assert_eq!(at("$.a.b2"), Some(("null", Sort::Null)));
        assert_eq!(at("$[\"it's\"]"), Some(("true", Sort::Boolean)));
        assert_eq!(at("$.big"), Some(("12345678901234567890", Sort::Number)));
        assert_eq!(at("$.items[0]"), Some((r#"{"id": "x"}"#, Sort::Object)));
        for nowhere in [
            "$.b",
            "$.a[0]",
            "$.a.b.c",
            "$.a.b[3]",
            "$.a.b[-4]",
            "$.big.x",
        ] {
            assert_eq!(at(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn several_values_in_their_order() {
        let all = |path: &str| {
            let mut seen = Vec::new();
            visit(TEXT, &Path::parse(path).unwrap().steps, &mut |found| {
                seen.push(found.text);
                true
            });
            seen.join(" ")
        };
        assert_eq!(all("$.items[*].id"), r#""x" "y""#);
        assert_eq!(all("$.a.*[0]"), "1");
        assert_eq!(all("$.big[*]"), "");
        assert_eq!(all("$.a.b[*]"), r#"1 -2.5e3 "drei\n\u00e9""#);
    }

    #[test]
    fn broken_text_has_no_value_behind_the_fault() {
        for (text, expected) in [
            (r#"{"a": 1, "b": }"#, Some("1")),
            (r#"{"a": 1"#, Some("1")),
            (r#"{"a": "#, None),
            (r#"{"b": }, "a": 1}"#, None),
            ("", None),
            ("nonsense", None),
            (&format!("{}\"a\"", "[".repeat(5000)), None),
        ] {
            let found = find(text, &Path::parse("$.a").unwrap().steps);
            assert_eq!(found.map(|f| f.text), expected, "{text}");
        }
        assert!(is_json(" [1] ") && !is_json("[1] 2") && !is_json("[1") && !is_json(""));
    }

    fn trees() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c\"\\\\é\n]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_finds_what_a_tree_has(
            tree in trees(),
            steps in prop::collection::vec(prop_oneof![
                "[a-c]".prop_map(Step::Key), (-2_i64..3).prop_map(Step::Index)], 0..4)
        ) {
            let text = tree.to_string();
            let expected = steps.iter().try_fold(&tree, |at, step| match step {
                Step::Key(key) => at.as_object()?.get(key),
                Step::Index(n) => {
                    let array = at.as_array()?;
                    let n = if *n < 0 { array.len() as i64 + n } else { *n };
                    array.get(usize::try_from(n).ok()?)
                }
                Step::All => None,
            });
            let found = find(&text, &steps);
            let value = found.map(|f| serde_json::from_str::<Value>(f.text).unwrap());
            prop_assert_eq!(value.as_ref(), expected);
            if let (Some(found), Some(Value::String(text))) = (found, expected) {
                let mut out = String::new();
                prop_assert!(found.write_scalar(&mut out));
                prop_assert_eq!(&out, text);
            }
        }

        #[test]
        fn nothing_panics(text in "[\\[\\]{}:,\"a-c0-9\\\\ ]{0,40}", steps in prop::collection::vec(
            prop_oneof![Just(Step::All), "[a-c]".prop_map(Step::Key), any::<i64>().prop_map(Step::Index)], 0..4)) {
            visit(&text, &steps, &mut |found| {
                found.write_value(&mut String::new());
                true
            });
        }
    }
}
