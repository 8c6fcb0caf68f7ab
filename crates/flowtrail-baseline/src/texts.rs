//! The words behind the names: what a person reads. The detector never does.

use std::collections::HashMap;
use std::sync::Arc;

use crate::hash::{KeyId, SightingId};
use crate::{Dimension, ValueId};

/// A sighting in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) dimension: Dimension,
    pub(crate) key: Arc<str>,
    pub(crate) value: Arc<str>,
    /// Records that showed it. A copy counts again: it is for people.
    pub(crate) records: u64,
}

/// Words by names. A key and a value are held once each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    keys: HashMap<KeyId, Arc<str>, foldhash::fast::FixedState>,
    values: HashMap<ValueId, Arc<str>, foldhash::fast::FixedState>,
    said: HashMap<SightingId, Said, foldhash::fast::FixedState>,
}

impl Texts {
    /// Notes that so many records showed a sighting.
    pub(crate) fn say(&mut self, dimension: Dimension, key: &str, value: &str, records: u64) {
        let key_id = KeyId::new(dimension, key);
        let id = key_id.sighting(value);
        if let Some(said) = self.said.get_mut(&id) {
            said.records = said.records.saturating_add(records);
            return;
        }
        let value_id = ValueId::new(dimension, value);
        let key = self.keys.entry(key_id).or_insert_with(|| key.into());
        let value = self.values.entry(value_id).or_insert_with(|| value.into());
        let said = Said {
            dimension,
            key: Arc::clone(key),
            value: Arc::clone(value),
            records,
        };
        self.said.insert(id, said);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for said in other.said.into_values() {
            self.say(said.dimension, &said.key, &said.value, said.records);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.said.len()
    }

    pub(crate) fn get(&self, id: SightingId) -> Option<&Said> {
        self.said.get(&id)
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(SightingId) -> bool) {
        self.said.retain(|id, _| keep(*id));
    }
}
