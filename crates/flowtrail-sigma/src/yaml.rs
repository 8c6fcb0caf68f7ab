//! What the parser of rules would misread without a word, or not take at all.

use std::borrow::Cow;

use serde::de::{
    Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess as _, Visitor,
};
use serde::{Deserialize, Serialize as _};
use yaml_serde::value::{Tag, TaggedValue};
use yaml_serde::{Mapping, Value};

use crate::beyond::stand_in;
use crate::criterion::blunt;
use crate::layout;
use crate::problem::Reject;

/// Digits from which an integer may need more than 63 bits.
const WIDE_DIGITS: usize = 19;

/// The documents of a text, up to the first that is no YAML: the parser reports
/// it. Integers beyond the parser's 63 bits are texts, which compare the same
/// and stay exact.
pub(crate) fn documents(text: &str) -> impl Iterator<Item = Value> {
    yaml_serde::Deserializer::from_str(text).map_while(|d| Exact::deserialize(d).ok().map(|e| e.0))
}

/// What a document says in the sections that have to be checked, or all of it.
pub(crate) fn written(text: &str) -> Vec<Value> {
    if let Some(part) = layout::sections(text) {
        // Behind an error the library must not be asked for more: it panics.
        let mut parts = yaml_serde::Deserializer::from_str(&part);
        if let Some(Ok(Exact(only))) = parts.next().map(Exact::deserialize)
            && parts.next().is_none()
        {
            return vec![only];
        }
    }
    documents(text).collect()
}

/// Whether there may be a number in the text that the parser cannot take.
pub(crate) fn needs_help(text: &str) -> bool {
    let text = text.as_bytes();
    memchr::memmem::find(text, b"correlation:").is_some() || has_wide_integer(text)
}

/// The text as the parser can take it. `written` is what it says.
pub(crate) fn for_parser<'t>(text: &'t str, written: &[Value]) -> Cow<'t, str> {
    // In a file with actions titles do not tell documents apart, and what is
    // written could not be found again.
    let is_alone = written.len() == 1;
    let help = |d: &mut Value| (is_alone && stand_in(d)) | blunt(d);
    let is_helped = |d: &Value| d.get("correlation").is_some() && help(&mut d.clone());
    if !has_wide_integer(text.as_bytes()) && !written.iter().any(is_helped) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::new();
    for document in yaml_serde::Deserializer::from_str(text) {
        let Ok(Exact(mut document)) = Exact::deserialize(document) else {
            return Cow::Borrowed(text);
        };
        help(&mut document);
        out.extend_from_slice(b"---\n");
        let mut to = yaml_serde::Serializer::new(&mut out);
        if document.serialize(&mut to).is_err() {
            return Cow::Borrowed(text);
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether there is a run of that many digits. It has one at a multiple of its
/// length, so that few bytes are looked at.
fn has_wide_integer(text: &[u8]) -> bool {
    let is_digit = |b: &&u8| b.is_ascii_digit();
    (0..text.len()).step_by(WIDE_DIGITS).any(|at| {
        let (before, after) = text.split_at(at);
        let after = after.iter().take_while(is_digit).count();
        after > 0 && after + before.iter().rev().take_while(is_digit).count() >= WIDE_DIGITS
    })
}

/// A YAML value whose wide integers are texts.
struct Exact(Value);

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ExactVisitor).map(Self)
    }
}

struct ExactVisitor;

impl<'de> Visitor<'de> for ExactVisitor {
    type Value = Value;

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<Value, E> {
        Ok(i64::try_from(n).map_or_else(|_| Value::String(n.to_string()), |n| n.into()))
    }

    fn visit_i128<E: Error>(self, n: i128) -> Result<Value, E> {
        Ok(Value::String(n.to_string()))
    }

    fn visit_u128<E: Error>(self, n: u128) -> Result<Value, E> {
        Ok(Value::String(n.to_string()))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Value, A::Error> {
        let (tag, value) = tagged.variant::<String>()?;
        let Exact(value) = value.newtype_variant()?;
        let tag = Tag::new(tag);
        Ok(Value::Tagged(Box::new(TaggedValue { tag, value })))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Exact(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Mapping::new();
        while let Some((Exact(key), Exact(value))) = map.next_entry()? {
            if entries.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Mapping(entries))
    }
}

/// Whether the value is a name or a list of names.
pub(crate) fn is_names(value: &Value) -> bool {
    let list = value.as_sequence();
    value.is_string() || list.is_some_and(|l| l.iter().all(Value::is_string))
}

/// Checks the shape of detections and filters: the parser takes a map where a
/// value should be as its own debug text, and a key that is no text as none.
pub(crate) fn check_shape(document: &Value) -> Result<(), Reject> {
    for (section, others) in [
        ("detection", ["condition", "timeframe"]),
        ("filter", ["condition", "rules"]),
    ] {
        let Some(parts) = document.get(section).and_then(Value::as_mapping) else {
            continue;
        };
        for (name, part) in parts {
            let name = text_key(name)?;
            if !others.contains(&name) {
                part_shape(name, part).map_err(|r| r.near(format!("{name}:")))?;
            }
        }
    }
    Ok(())
}

fn text_key(key: &Value) -> Result<&str, Reject> {
    key.as_str().ok_or_else(|| {
        let shown = shown(key);
        Reject::new(format!("`{shown}` stands where a name should"))
            .hint("put quotes around a name that is a number, `true`, `false` or `null`")
            .near(format!("{shown}:"))
    })
}

fn part_shape(name: &str, part: &Value) -> Result<(), Reject> {
    match part {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        Value::Mapping(fields) => {
            for (field, values) in fields {
                values_shape(text_key(field)?, values)?;
            }
            Ok(())
        }
        Value::Sequence(items) => {
            for item in items {
                match item {
                    Value::Sequence(_) => {
                        return Err(Reject::new(format!("`{name}` has a list inside a list")));
                    }
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Mapping(_)
                    | Value::Tagged(_) => part_shape(name, item)?,
                }
            }
            Ok(())
        }
        Value::Null => Err(Reject::new(format!("`{name}` has nothing in it"))
            .hint("a selection needs fields with values, or keywords")),
        Value::Tagged(_) => Err(tagged(name)),
    }
}

fn values_shape(field: &str, values: &Value) -> Result<(), Reject> {
    let scalar = |value: &Value| match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        Value::Mapping(_) | Value::Sequence(_) => Err(Reject::new(format!(
            "`{field}` has a map or a list where a value should be"
        ))
        .hint("write a nested field with dots: `outer.inner: value`")),
        Value::Tagged(_) => Err(tagged(field)),
    };
    match values {
        // A selector of Sigma 3; it is named where the rule is compiled.
        Value::Mapping(_) if field.contains('[') => Ok(()),
        Value::Sequence(list) => list.iter().try_for_each(scalar),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Mapping(_)
        | Value::Tagged(_) => scalar(values),
    }
}

fn tagged(name: &str) -> Reject {
    Reject::new(format!("`{name}` has a value with a YAML tag"))
        .hint("put quotes around a value that begins with `!`")
}

fn shown(value: &Value) -> String {
    let text = yaml_serde::to_string(value).unwrap_or_default();
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Cow<'_, str> {
        for_parser(text, &written(text))
    }

    #[test]
    fn wide_integers_stay_exact() {
        let text = "a: 18446744073709551616\nb: [1, -9223372036854775809, x, 1.5, null, true]\n";
        let all: Vec<Value> = documents(&quoted(text)).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["a"].as_str(), Some("18446744073709551616"));
        assert_eq!(all[0]["b"][0].as_i64(), Some(1));
        assert_eq!(all[0]["b"][1].as_str(), Some("-9223372036854775809"));
        assert_eq!(all[0]["b"][3].as_f64(), Some(1.5));
        assert!(all[0]["b"][4].is_null() && all[0]["b"][5].as_bool() == Some(true));
        let max: Vec<Value> = documents(&quoted("9223372036854775807")).collect();
        assert_eq!(max[0].as_i64(), Some(i64::MAX));
    }

    #[test]
    fn text_without_them_is_left_alone() {
        for text in [
            "a: 123456789012345678",
            "a: '1",
            "",
            "a: 18446744073709551616\na: 2",
        ] {
            assert_eq!(quoted(text), text);
        }
    }

    #[test]
    fn a_wide_integer_is_found_wherever_it_stands() {
        for before in 0..2 * WIDE_DIGITS {
            let text = |digits| format!("{}{}x", "a".repeat(before), "7".repeat(digits));
            assert!(has_wide_integer(text(WIDE_DIGITS).as_bytes()), "{before}");
            assert!(
                !has_wide_integer(text(WIDE_DIGITS - 1).as_bytes()),
                "{before}"
            );
        }
    }

    #[test]
    fn sections_are_read_as_in_the_whole() {
        let shown =
            |text: &str| -> Vec<String> { written(text).iter().map(super::shown).collect() };
        assert_eq!(shown("title: t\nlevel: low\n"), ["title: t"]);
        // An anchor of another section, and a quote that is open at a line's
        // beginning: these are read as a whole.
        let whole = "title: t\nfields: &f [a]\ndetection: {s: *f}\n";
        assert_eq!(
            shown(whole),
            ["title: t\nfields:\n- a\ndetection:\n  s:\n  - a"]
        );
        let open = "title: t\ndetection:\n  s: \"a\nlevel: b\"\n";
        assert_eq!(shown(open), ["title: t\ndetection:\n  s: 'a level: b'"]);
        let inside = "title: \"t\ndetection: b\"\ndetection: c\n";
        assert_eq!(shown(inside), ["title: 't detection: b'\ndetection: c"]);
        assert!(written("title: t\ntitle: u\n").is_empty());
        assert_eq!(shown("a: 1\n---\nb: 2\n"), ["a: 1", "b: 2"]);
    }

    #[test]
    fn every_document_is_kept() {
        let text = "a: 12345678901234567890\n---\nb: no\n---\nc: '12345678901234567890'\n";
        let all: Vec<Value> = documents(&quoted(text)).collect();
        assert_eq!(all[0]["a"], all[2]["c"]);
        assert_eq!(all[1]["b"].as_str(), Some("no"));
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn shapes_that_mean_nothing_are_named() {
        let reason = |detection: &str| {
            let text = format!("detection: {detection}");
            let document = documents(&text).next().unwrap();
            check_shape(&document).map_err(|r| r.reason)
        };
        for good in [
            "{s: {f: x}, condition: s}",
            "{s: {f: [1, null, true, 1.5]}}",
            "{s: [a, {f: x}]}",
            "{s: word}",
            "{s: {'f[any]': {g: x}}}",
            "[]",
        ] {
            assert_eq!(reason(good), Ok(()), "{good}");
        }
        for (bad, part) in [
            ("{s: null}", "`s` has nothing"),
            ("{s: [null]}", "`s` has nothing"),
            ("{s: [[a]]}", "list inside a list"),
            ("{s: {f: {g: x}}}", "`f` has a map"),
            ("{s: {f: [{g: x}]}}", "`f` has a map"),
            ("{s: [{f: [[x]]}]}", "`f` has a map"),
            ("{s: {443: x}}", "`443`"),
            ("{true: {f: x}}", "`true`"),
            ("{s: {f: !tag x}}", "tag"),
        ] {
            let reason = reason(bad).unwrap_err();
            assert!(reason.contains(part), "{bad}: {reason}");
        }
    }
}
