//! What of a record no column holds.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::schema::{Column, Holds, LogTable};

/// The keys of an object for which a table has columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(BTreeMap<String, Part>);

#[derive(Debug, Clone)]
enum Part {
    /// The column holds whatever stands there.
    Whole,
    /// The column holds an object's known keys.
    Struct(Known),
    /// The column holds the known keys of the objects in an array.
    List(Known),
}

impl Known {
    /// What the columns of `table` hold.
    pub(super) fn of(table: LogTable) -> Self {
        // The column `region` of flow logs stands in for their field.
        let region = (table.kind() == flowtrail_event::Kind::Flow).then_some("region");
        let mut known = Self::below("", table.columns());
        known
            .0
            .extend(region.map(|key| (key.to_owned(), Part::Whole)));
        known
    }

    /// The keys of `columns`, which lie below `parent`.
    fn below(parent: &str, columns: &[Column]) -> Self {
        let parts = columns.iter().filter_map(|column| {
            let path = column.path()?;
            let key = path.strip_prefix(parent)?;
            let part = match &column.holds {
                Holds::Struct(fields) => Part::Struct(Self::below(&format!("{path}."), fields)),
                Holds::List(fields) => Part::List(Self::below("", fields)),
                Holds::Text
                | Holds::Json
                | Holds::Int
                | Holds::BigInt
                | Holds::Double
                | Holds::Time
                | Holds::Day => Part::Whole,
            };
            Some((key.to_owned(), part))
        });
        Self(parts.collect())
    }

    /// The rest of `record` as JSON text in `room`; none if nothing is left.
    pub(super) fn rest<'a>(&self, record: &[u8], room: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        room.clear();
        let text = String::from_utf8_lossy(record);
        if !self.write_rest(&text, room) {
            return None;
        }
        Some(room)
    }

    /// Appends what is left of the object `json`, as an object, if anything is.
    fn write_rest(&self, json: &str, out: &mut Vec<u8>) -> bool {
        let begin = out.len();
        for (key, value) in members(json) {
            let before = out.len();
            out.push(if before == begin { b'{' } else { b',' });
            write_text(&key, out);
            out.push(b':');
            if !self.write_member(&key, value.get(), out) {
                out.truncate(before);
            }
        }
        if out.len() == begin {
            return false;
        }
        out.push(b'}');
        true
    }

    fn write_member(&self, key: &str, value: &str, out: &mut Vec<u8>) -> bool {
        let left = match self.0.get(key) {
            None => true,
            Some(Part::Whole) => false,
            Some(Part::Struct(known)) if value.starts_with('{') => {
                return known.write_rest(value, out);
            }
            Some(Part::List(known)) if value.starts_with('[') => {
                elements(value).iter().any(|e| !known.holds_all(e.get()))
            }
            // Something else where an object or an array should be.
            Some(Part::Struct(_) | Part::List(_)) => value != "null",
        };
        if left {
            out.extend_from_slice(value.as_bytes());
        }
        left
    }

    fn holds_all(&self, member: &str) -> bool {
        member == "null"
            || (member.starts_with('{')
                && members(member)
                    .iter()
                    .all(|(key, _)| self.0.contains_key(key.as_ref())))
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    let begin = out.len();
    if serde_json::to_writer(&mut *out, text).is_err() {
        out.truncate(begin); // Text can always be written, and so can a vector.
    }
}

/// The members of a JSON object, none of anything else.
pub(super) fn members(json: &str) -> Vec<(Cow<'_, str>, &RawValue)> {
    let mut found = Members(Vec::new());
    // What was found before an error counts; readers hand on no broken JSON.
    let _: Result<(), serde_json::Error> =
        serde_json::Deserializer::from_str(json).deserialize_map(&mut found);
    found.0
}

/// The elements of a JSON array, none of anything else.
pub(super) fn elements(json: &str) -> Vec<&RawValue> {
    let mut found = Elements(Vec::new());
    // As above.
    let _: Result<(), serde_json::Error> =
        serde_json::Deserializer::from_str(json).deserialize_seq(&mut found);
    found.0
}

struct Members<'j>(Vec<(Cow<'j, str>, &'j RawValue)>);

impl<'j> Visitor<'j> for &mut Members<'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key<'j>>()? {
            self.0.push((key.0, map.next_value()?));
        }
        Ok(())
    }
}

struct Elements<'j>(Vec<&'j RawValue>);

impl<'j> Visitor<'j> for &mut Elements<'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element()? {
            self.0.push(element);
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'j>(#[serde(borrow)] Cow<'j, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(table: LogTable, record: &str) -> Option<String> {
        let mut room = b"left over".to_vec();
        let rest = Known::of(table).rest(record.as_bytes(), &mut room)?;
        Some(String::from_utf8(rest.to_vec()).unwrap())
    }

    #[test]
    fn what_has_a_column_is_not_left() {
        let record = r#"{"eventName":"A","userIdentity":{"type":"Root","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}},
            "requestParameters":{"x":[1]},"resources":[{"ARN":"a","type":"b"},null],"tlsDetails":null}"#;
        assert_eq!(rest(LogTable::CloudTrail, record), None);
        assert_eq!(
            rest(
                LogTable::VpcFlow,
                r#"{"srcaddr":"10.0.0.1","region":"x","instance-tag-2":"y"}"#
            ),
            None
        );
    }

    #[test]
    fn what_has_none_is_kept_at_its_place_as_written() {
        for (record, left) in [
            (
                r#"{"new":{"a": [1]},"eventName":"A","n\"":1}"#,
                r#"{"new":{"a": [1]},"n\"":1}"#,
            ),
            (
                r#"{"userIdentity":{"arn":"a","new":1,"sessionContext":{"x":{},"sourceIdentity":"s"}}}"#,
                r#"{"userIdentity":{"new":1,"sessionContext":{"x":{}}}}"#,
            ),
            (
                r#"{"userIdentity":"somebody"}"#,
                r#"{"userIdentity":"somebody"}"#,
            ),
            (
                r#"{"userIdentity":[{"arn":"a"}]}"#,
                r#"{"userIdentity":[{"arn":"a"}]}"#,
            ),
            (
                r#"{"resources":[{"ARN":"a"},{"ARNPrefix":"b"}]}"#,
                r#"{"resources":[{"ARN":"a"},{"ARNPrefix":"b"}]}"#,
            ),
            (r#"{"resources":["a"]}"#, r#"{"resources":["a"]}"#),
        ] {
            assert_eq!(rest(LogTable::CloudTrail, record).as_deref(), Some(left));
        }
        assert_eq!(
            rest(
                LogTable::VpcFlow,
                r#"{"srcaddr":"10.0.0.1","tgw-id":"t","brand-new":"1"}"#
            )
            .as_deref(),
            Some(r#"{"tgw-id":"t","brand-new":"1"}"#)
        );
    }

    #[test]
    fn what_is_no_object_leaves_nothing() {
        for text in ["", "null", "[1]", "{", "7"] {
            assert_eq!(rest(LogTable::CloudTrail, text), None, "{text}");
        }
    }
}
