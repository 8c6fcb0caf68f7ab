//! The fields that somebody will look at, numbered.

use std::collections::{BTreeSet, HashMap};

/// The number of a field in a [`Projection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotId(u16);

impl SlotId {
    /// The slot as an index into per-slot tables.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The prefix of fields that Flowtrail computes; readers do not fill them.
const DERIVED_PREFIX: &str = "flowtrail.";

/// The fields of one [`Kind`](crate::Kind) that rules or a query will ever look
/// at. A reader built with it fills these and skips everything else.
///
/// Field names are Sigma's: dotted paths for `CloudTrail`
/// (`userIdentity.sessionContext.sessionIssuer.arn`), AWS's hyphenated names for
/// flow logs (`pkt-srcaddr`), and `flowtrail.…` for fields that are derived.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    names: Vec<String>,
    /// The slots by name.
    slots: HashMap<String, SlotId>,
    every_value: Option<SlotId>,
    /// Slots that keep arrays whole.
    whole: BTreeSet<SlotId>,
}

impl Projection {
    /// A projection without fields: records are counted, nothing is kept.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The slot of field `name`, added if it was not there. At most 65,535
    /// fields fit, which is far above what any rule set names; the last slot is
    /// shared beyond that.
    pub fn slot(&mut self, name: &str) -> SlotId {
        if let Some(slot) = self.find(name) {
            return slot;
        }
        let slot = self.next_slot();
        self.names.push(name.to_owned());
        self.slots.insert(name.to_owned(), slot);
        slot
    }

    /// Makes an array in `slot` one value, [`Value::Object`](crate::Value::Object)
    /// as written, instead of a value for each member: for whoever shows a field
    /// and does not look for something in it.
    pub fn keep_arrays(&mut self, slot: SlotId) {
        self.whole.insert(slot);
    }

    /// Whether `slot` keeps arrays whole.
    #[must_use]
    pub fn keeps_arrays(&self, slot: SlotId) -> bool {
        self.whole.contains(&slot)
    }

    /// The slot of field `name`, if somebody asked for it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<SlotId> {
        self.slots.get(name).copied()
    }

    /// The name of the field in `slot`; none for the slot of every value.
    #[must_use]
    pub fn name(&self, slot: SlotId) -> Option<&str> {
        let name = self.names.get(slot.index())?;
        (Some(slot) != self.every_value).then_some(name)
    }

    /// Whether the field in `slot` is one that Flowtrail derives.
    #[must_use]
    pub fn is_derived(&self, slot: SlotId) -> bool {
        self.name(slot).is_some_and(is_derived)
    }

    /// The slot that receives every scalar value of a record, for keyword
    /// searches. Asking for it makes reading slower: use it only when a rule
    /// has keywords.
    pub fn slot_for_every_value(&mut self) -> SlotId {
        if let Some(slot) = self.every_value {
            return slot;
        }
        let slot = self.next_slot();
        // It has no name by which `find` could meet it.
        self.names.push(String::new());
        self.every_value = Some(slot);
        slot
    }

    /// The slot for every scalar value, if it was asked for.
    #[must_use]
    pub const fn every_value(&self) -> Option<SlotId> {
        self.every_value
    }

    /// The fields that a reader has to fill: all but the derived ones.
    pub fn read_fields(&self) -> impl Iterator<Item = (SlotId, &str)> {
        self.fields()
            .filter(|(slot, name)| !is_derived(name) && Some(*slot) != self.every_value)
    }

    /// The fields that Flowtrail derives (`flowtrail.…`).
    pub fn derived_fields(&self) -> impl Iterator<Item = (SlotId, &str)> {
        self.fields().filter(|(_, name)| is_derived(name))
    }

    /// Number of slots, the one for every value included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn fields(&self) -> impl Iterator<Item = (SlotId, &str)> {
        self.names.iter().enumerate().filter_map(|(i, name)| {
            let slot = u16::try_from(i).ok().map(SlotId)?;
            Some((slot, name.as_str()))
        })
    }

    fn next_slot(&self) -> SlotId {
        SlotId(u16::try_from(self.names.len()).unwrap_or(u16::MAX))
    }
}

fn is_derived(name: &str) -> bool {
    name.starts_with(DERIVED_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_one_slot() {
        let mut p = Projection::new();
        let a = p.slot("eventName");
        let b = p.slot("flowtrail.principal");
        assert_eq!(p.slot("eventName"), a);
        assert_ne!(a, b);
        let all = p.slot_for_every_value();
        assert_eq!(p.slot_for_every_value(), all);
        assert_eq!(p.len(), 3);
        assert_eq!((p.name(a), p.name(all)), (Some("eventName"), None));
        assert!(p.is_derived(b) && !p.is_derived(a) && !p.is_derived(all));
        p.keep_arrays(a);
        assert!(p.keeps_arrays(a) && !p.keeps_arrays(b));
        assert_eq!(
            p.read_fields().map(|f| f.1).collect::<Vec<_>>(),
            ["eventName"]
        );
        assert_eq!(
            p.derived_fields().map(|f| f.1).collect::<Vec<_>>(),
            ["flowtrail.principal"]
        );
    }
}
