//! The role, as IAM reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use super::need::Need;

const FILE: &str = "../../infra/modules/flowtrail/tests/role.json";

/// Statements by their Sid, all of which allow.
#[derive(Debug, Clone)]
pub(super) struct Role(serde_json::Map<String, Value>);

/// One action on one resource under one choice of each condition's values: the
/// least that a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    sid: String,
    pub(super) action: String,
    resource: String,
    /// Condition keys and the value that is asked for; `None`: that there is one.
    conditions: BTreeMap<String, Option<String>>,
}

impl Role {
    pub(super) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        let text = std::fs::read_to_string(path).unwrap();
        let role: Value = serde_json::from_str(&text).unwrap();
        Self(role.as_object().unwrap().clone())
    }

    /// Every action of any statement.
    pub(super) fn actions(&self) -> BTreeSet<&str> {
        let words = self.0.values().flat_map(|s| list(&s["Action"]));
        words.collect()
    }

    pub(super) fn grants(&self) -> Vec<Grant> {
        let mut out = Vec::new();
        for (sid, statement) in &self.0 {
            assert_eq!(statement["Effect"], "Allow", "{sid}");
            let choices = choices(&statement["Condition"]);
            for action in list(&statement["Action"]) {
                assert!(!action.contains('*'), "{sid} allows {action}");
                for resource in list(&statement["Resource"]) {
                    out.extend(choices.iter().map(|conditions| Grant {
                        sid: sid.clone(),
                        action: action.to_owned(),
                        resource: resource.to_owned(),
                        conditions: conditions.clone(),
                    }));
                }
            }
        }
        out
    }

    /// Everything but one grant, each of the others as a statement of its own.
    pub(super) fn without(&self, grant: &Grant) -> Self {
        let mut left = serde_json::Map::new();
        for (n, other) in self.grants().iter().enumerate() {
            if other != grant {
                left.insert(n.to_string(), other.statement());
            }
        }
        Self(left)
    }

    /// With one more action on everything.
    pub(super) fn with_further(&self, action: &str) -> Self {
        let mut more = self.0.clone();
        let statement = json!({"Effect": "Allow", "Action": [action], "Resource": ["*"]});
        more.insert("Further".to_owned(), statement);
        Self(more)
    }

    /// With another resource in the place of one.
    pub(super) fn widened(&self, from: &str, to: &str) -> Self {
        let text = Value::Object(self.0.clone()).to_string();
        assert!(text.contains(from), "{from}");
        let text: Value = serde_json::from_str(&text.replace(from, to)).unwrap();
        Self(text.as_object().unwrap().clone())
    }
}

impl Grant {
    /// Whether this is what allows a need.
    pub(super) fn meets(&self, need: &Need) -> bool {
        let holds = |(key, wanted): (&String, &Option<String>)| {
            let value = need.keys.get(key.as_str());
            value.is_some_and(|v| wanted.as_ref().is_none_or(|w| w == v))
        };
        self.action == need.action
            && fits(&self.resource, &need.resource)
            && self.conditions.iter().all(holds)
    }

    fn statement(&self) -> Value {
        let mut equal = serde_json::Map::new();
        let mut there = serde_json::Map::new();
        for (key, value) in &self.conditions {
            match value {
                Some(value) => equal.insert(key.clone(), json!([value])),
                None => there.insert(key.clone(), json!("false")),
            };
        }
        json!({"Effect": "Allow", "Action": [self.action], "Resource": [self.resource],
            "Condition": {"StringEquals": equal, "Null": there}})
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sid,
            action,
            resource,
            conditions,
        } = self;
        write!(f, "{sid}: {action} on {resource} where {conditions:?}")
    }
}

/// Each combination of one value for each key (IAM user guide, "Condition
/// operators"); an operator that is not known here would be misread, so it ends
/// the test.
fn choices(condition: &Value) -> Vec<BTreeMap<String, Option<String>>> {
    let mut out = vec![BTreeMap::new()];
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().unwrap() {
            let values: Vec<Option<String>> = match operator.as_str() {
                "StringEquals" | "Bool" => {
                    let values = list(values).into_iter();
                    values.map(|v| Some(v.to_owned())).collect()
                }
                "Null" => {
                    assert_eq!(values, "false", "{key}");
                    vec![None]
                }
                other => panic!("{other} is not known"),
            };
            let with = |so_far: &BTreeMap<String, Option<String>>| {
                let one = |value: &Option<String>| {
                    let mut all = so_far.clone();
                    all.insert(key.clone(), value.clone());
                    all
                };
                values.iter().map(one).collect::<Vec<_>>()
            };
            out = out.iter().flat_map(with).collect();
        }
    }
    out
}

/// One text, or a list of them.
fn list(value: &Value) -> Vec<&str> {
    let Value::Array(all) = value else {
        return vec![value.as_str().unwrap()];
    };
    all.iter().map(|v| v.as_str().unwrap()).collect()
}

/// Whether a name fits a pattern, whose only `*` is its end.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => name.starts_with(head),
        None => pattern == name,
    }
}
