//! Correlations of correlations: how an episode becomes a match of its parent.

use std::sync::Arc;

use flowtrail_event::EventTime;
use flowtrail_sigma::{Correlation, CorrelationIx, MemberField, MemberOf};
use sha2::{Digest, Sha256};

use super::entry::Entry;
use super::store::GroupKey;
use super::value::Value;
use super::walk::Fired;
use crate::finding::Evidence;

/// A place in a correlation at which the firings of another are a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parent {
    pub(super) correlation: CorrelationIx,
    pub(super) member: u32,
}

/// Who takes the firings of `child`. A correlation that refers to itself or to
/// a later one, which a ruleset rules out, is not one of them: it would never end.
pub(super) fn parents(correlations: &[Correlation], child: CorrelationIx) -> Vec<Parent> {
    let mut found = Vec::new();
    for (correlation, parent) in (0..).map(CorrelationIx).zip(correlations) {
        for (member, m) in (0..).zip(&parent.members) {
            if m.of == MemberOf::Correlation(child) && child < correlation {
                found.push(Parent {
                    correlation,
                    member,
                });
            }
        }
    }
    found
}

/// Why a firing is no match of its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It has not all of the parent's group fields.
    Group,
    /// It has not the field that the parent counts or sums.
    Value,
}

/// The way from a correlation to a parent.
#[derive(Debug)]
pub(super) struct Link<'a> {
    pub(super) from: CorrelationIx,
    pub(super) child: &'a Correlation,
    /// The child's title, which stands as the rule in the parent's evidence.
    pub(super) title: &'a Arc<str>,
    pub(super) to: Parent,
    pub(super) parent: &'a Correlation,
}

impl Link<'_> {
    /// The match that the beginning of an episode is to the parent.
    pub(super) fn entry(
        &self,
        group: &[Box<str>],
        fired: &Fired,
    ) -> Result<(GroupKey, Entry), Missing> {
        let member = self
            .parent
            .members
            .get(self.to.member as usize)
            .ok_or(Missing::Group)?;
        let key = values(&member.group_by, self.child, group).ok_or(Missing::Group)?;
        let text = values(&member.value, self.child, group).and_then(|v| value_together(&v));
        let value = Value::read(self.parent.kind, text).ok_or(Missing::Value)?;
        let evidence = Evidence {
            rule: Some(Arc::clone(self.title)),
            ..fired.evidence.clone()
        };
        let id = identity(self.from, group, fired.time);
        let entry = Entry::new(EventTime(fired.time), id, self.to.member, value, evidence);
        Ok((key.into_iter().map(Box::from).collect(), entry))
    }
}

/// The values of `fields` in a firing of `child`, which has no fields but those
/// that it groups by. `None` if it does not have all of them.
fn values<'g>(
    fields: &[MemberField],
    child: &Correlation,
    group: &'g [Box<str>],
) -> Option<Vec<&'g str>> {
    let value = |field: &MemberField| {
        let at = child.group_by.iter().position(|name| *name == field.name)?;
        group.get(at).map(|v| &**v)
    };
    fields.iter().map(value).collect()
}

/// Several values taken together as one: a JSON array, so that different
/// values stay different. A single value stands for itself.
#[must_use]
pub fn value_together(values: &[&str]) -> Option<Box<str>> {
    match values {
        [] => None,
        [one] => Some((*one).into()),
        several => serde_json::to_string(several)
            .ok()
            .map(String::into_boxed_str),
    }
}

/// The identity of an episode: known when it begins, and the same however it goes on.
pub(super) fn identity(correlation: CorrelationIx, group: &[Box<str>], fired: i64) -> u128 {
    let mut hash = Sha256::new();
    hash.update(correlation.0.to_le_bytes());
    hash.update(fired.to_le_bytes());
    for value in group {
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(value.as_bytes());
    }
    hash.finalize()
        .iter()
        .take(16)
        .fold(0, |id, byte| id << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_stay_apart() {
        assert_eq!(value_together(&[]), None);
        assert_eq!(value_together(&["a"]).as_deref(), Some("a"));
        assert_eq!(value_together(&["a", "b"]).as_deref(), Some(r#"["a","b"]"#));
        assert_ne!(
            value_together(&["a\",\"b", "c"]),
            value_together(&["a", "b\",\"c"])
        );
    }

    #[test]
    fn identities_differ_in_every_part() {
        let group =
            |parts: &[&str]| -> Vec<Box<str>> { parts.iter().map(|p| (*p).into()).collect() };
        let of = |c, g: &[&str], t| identity(CorrelationIx(c), &group(g), t);
        let one = of(1, &["a", "bc"], 5);
        assert_eq!(one, of(1, &["a", "bc"], 5));
        for other in [
            of(2, &["a", "bc"], 5),
            of(1, &["ab", "c"], 5),
            of(1, &["a", "bc"], 6),
            of(1, &["abc"], 5),
        ] {
            assert_ne!(one, other);
        }
    }
}
