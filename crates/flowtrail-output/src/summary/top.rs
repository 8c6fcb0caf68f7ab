//! How often each name occurs, most frequent first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Counts by name.
#[derive(Debug, Clone)]
pub(super) struct Top<K>(BTreeMap<K, u64>);

impl<K> Default for Top<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Top<K> {
    /// Counts one more of `name`.
    pub(super) fn add(&mut self, name: K) {
        *self.0.entry(name).or_insert(0) += 1;
    }

    /// Different names.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The `n` most frequent names, equals in the order of their names.
    pub(super) fn first(&self, n: usize) -> Vec<(&K, u64)> {
        let mut all: Vec<(&K, u64)> = self.0.iter().map(|(name, count)| (name, *count)).collect();
        all.sort_by_key(|(_, count)| Reverse(*count)); // stable: names stay in order
        all.truncate(n);
        all
    }

    /// The `n` most frequent names, each as `entry` shows it with its count, and
    /// how many names were left out.
    pub(super) fn to_json(&self, n: usize, entry: impl Fn(&K) -> Value) -> Value {
        let listed = self.first(n).into_iter().map(|(name, count)| {
            let mut value = entry(name);
            if let Some(object) = value.as_object_mut() {
                object.insert("count".to_owned(), count.into());
            }
            value
        });
        json!({
            "listed": listed.collect::<Vec<_>>(),
            "omitted": self.len().saturating_sub(n),
        })
    }
}

impl Top<String> {
    /// Counts a name, where there is one. Only a new name is copied.
    pub(super) fn add_some(&mut self, name: Option<&String>) {
        let Some(name) = name else { return };
        match self.0.get_mut(name) {
            Some(count) => *count += 1,
            None => self.add(name.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_counts_stand_in_the_order_of_names() {
        let mut top = Top::default();
        for name in ["b", "c", "a", "c", "d"] {
            top.add_some(Some(&name.to_owned()));
        }
        top.add_some(None);
        let names: Vec<_> = top
            .first(3)
            .into_iter()
            .map(|(k, n)| (k.as_str(), n))
            .collect();
        assert_eq!(names, [("c", 2), ("a", 1), ("b", 1)]);
        let value = top.to_json(1, |name| json!({"name": name}));
        assert_eq!(
            value,
            json!({"listed": [{"name": "c", "count": 2}], "omitted": 3})
        );
    }
}
