//! The builder of a column that is an array of objects.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::builder::NullBufferBuilder;
use datafusion::arrow::array::{ArrayBuilder, ArrayRef, ListArray, StringViewBuilder, StructArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{FieldRef, Fields};
use datafusion::arrow::error::ArrowError;
use flowtrail_event::{SlotId, Value};
use serde_json::value::RawValue;

use super::build::Shared;
use super::cell::Row;
use super::rest::{elements, members};

/// A list of structs of text that is being built. Lists are rare and short, so
/// they are read from the array as it was written.
#[derive(Debug)]
pub(super) struct ListColumn {
    slot: SlotId,
    member: FieldRef,
    fields: Fields,
    keys: Vec<String>,
    values: Vec<StringViewBuilder>,
    /// Whether each member is an object.
    objects: NullBufferBuilder,
    /// Members of each row.
    lengths: Vec<usize>,
    valid: NullBufferBuilder,
}

impl ListColumn {
    pub(super) fn new(slot: SlotId, member: FieldRef, fields: Fields, keys: &[String]) -> Self {
        Self {
            slot,
            member,
            fields,
            keys: keys.to_vec(),
            values: keys.iter().map(|_| StringViewBuilder::new()).collect(),
            objects: NullBufferBuilder::new(0),
            lengths: Vec::new(),
            valid: NullBufferBuilder::new(0),
        }
    }

    pub(super) fn append(&mut self, row: Row<'_>, shared: &mut Shared) {
        let array = match row.event.first(self.slot) {
            Some(Value::Object(json)) if json.first() == Some(&b'[') => json,
            value => {
                shared.unfit += u64::from(!matches!(value, None | Some(Value::Null)));
                self.lengths.push(0);
                self.valid.append_null();
                return;
            }
        };
        shared.bytes += array.len();
        let text = String::from_utf8_lossy(array);
        let elements = elements(&text);
        for element in &elements {
            self.append_member(element.get(), shared);
        }
        self.lengths.push(elements.len());
        self.valid.append_non_null();
    }

    fn append_member(&mut self, json: &str, shared: &mut Shared) {
        let before = self.objects.len();
        let is_object = json.starts_with('{');
        shared.unfit += u64::from(!is_object && json != "null");
        self.objects.append(is_object);
        for (key, value) in members(json) {
            let Some(at) = self.keys.iter().position(|k| *k == key) else {
                continue;
            };
            // A key that stands twice has its first value, as in any column.
            if let Some(builder) = self.values.get_mut(at).filter(|b| b.len() == before) {
                builder.append_option(shown(value));
            }
        }
        for builder in self.values.iter_mut().filter(|b| b.len() == before) {
            builder.append_null();
        }
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = self
            .values
            .iter_mut()
            .map(|b| Arc::new(b.finish()) as ArrayRef);
        let objects =
            StructArray::try_new(self.fields.clone(), values.collect(), self.objects.finish())?;
        let offsets = OffsetBuffer::from_lengths(self.lengths.drain(..));
        Ok(Arc::new(ListArray::try_new(
            Arc::clone(&self.member),
            offsets,
            Arc::new(objects),
            self.valid.finish(),
        )?))
    }
}

/// A value as a text column shows it.
fn shown(value: &RawValue) -> Option<Cow<'_, str>> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<Text<'_>>(json) {
            Ok(text) => Some(text.0),
            // Half of a surrogate pair: no text, so it is shown as it stands.
            Err(_) => Some(Cow::Borrowed(json)),
        },
        Some(b'n') => None,
        Some(_) | None => Some(Cow::Borrowed(json)),
    }
}

/// Text, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'j>(#[serde(borrow)] Cow<'j, str>);
