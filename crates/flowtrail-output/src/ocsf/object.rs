//! A JSON object whose unknown attributes are absent: OCSF knows no `null`.

use serde_json::{Map, Value};

/// An object under construction, in the order in which it is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// The same object with an attribute.
    #[must_use]
    pub(super) fn put(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// The same object with an attribute, where it is known.
    #[must_use]
    pub(super) fn maybe(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.put(key, value),
            None => self,
        }
    }

    /// The same object with a list, unless it is empty.
    #[must_use]
    pub(super) fn list(self, key: &str, values: Vec<Value>) -> Self {
        self.maybe(key, (!values.is_empty()).then_some(values))
    }

    /// The same object with a list of strings, unless it is empty.
    #[must_use]
    pub(super) fn strings(self, key: &str, values: &[String]) -> Self {
        self.list(key, values.iter().map(|v| v.as_str().into()).collect())
    }

    /// The object as a value, unless it is empty.
    pub(super) fn filled(self) -> Option<Value> {
        (!self.0.is_empty()).then(|| self.into())
    }

    /// The value at a path of object keys.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter()
            .try_fold(self.0.get(*first)?, |value, key| value.get(key))
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}
