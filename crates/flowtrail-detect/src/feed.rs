//! How the matches of a rule enter correlations.

use flowtrail_event::{Event, Kind, SlotId, Value};
use flowtrail_sigma::{
    Correlation, CorrelationIx, CorrelationKind, Member, MemberField, MemberOf, RuleIx, RuleSet,
};

use crate::windows::value_together;

/// A place at which a rule's matches enter a correlation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Feed {
    pub(crate) correlation: CorrelationIx,
    pub(crate) member: u32,
}

impl Feed {
    /// The correlation, and which of its members.
    pub(crate) fn of(self, rules: &RuleSet) -> Option<(&Correlation, &Member)> {
        let correlation = rules.correlations().get(self.correlation.0 as usize)?;
        let member = correlation.members.get(self.member as usize)?;
        Some((correlation, member))
    }
}

/// Where the matches of each rule enter.
pub(crate) fn feeds(rules: &RuleSet) -> Vec<Vec<Feed>> {
    let mut feeds = vec![Vec::new(); rules.rules().len()];
    for (c, correlation) in (0..).zip(rules.correlations().iter()) {
        for (m, member) in (0..).zip(&correlation.members) {
            if let MemberOf::Rule(RuleIx(ix)) = member.of
                && let Some(feeds) = feeds.get_mut(ix as usize)
            {
                feeds.push(Feed {
                    correlation: CorrelationIx(c),
                    member: m,
                });
            }
        }
    }
    feeds
}

/// Where the records of `kind` have a field.
pub(crate) const fn slot_of(field: &MemberField, kind: Kind) -> Option<SlotId> {
    match kind {
        Kind::CloudTrail => field.cloudtrail,
        Kind::Flow => field.flow,
    }
}

/// What an event says in the fields that a correlation groups by; `None` if one
/// is absent.
pub(crate) fn group(event: &Event<'_>, member: &Member) -> Option<Box<[Box<str>]>> {
    let texts = texts(event, &member.group_by)?;
    Some(texts.into_iter().map(String::into_boxed_str).collect())
}

/// What an event says in the fields that a correlation counts or adds up.
pub(crate) fn value(event: &Event<'_>, of: &Correlation, member: &Member) -> Option<Box<str>> {
    // What a record has several of, such as the ways in which it is new.
    let values = if matches!(of.kind, CorrelationKind::Score { .. }) {
        all_texts(event, &member.value)
    } else {
        texts(event, &member.value).unwrap_or_default()
    };
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    value_together(&values)
}

/// The first value that is a text.
pub(crate) fn first_text<'e>(event: &'e Event<'_>, slot: SlotId) -> Option<&'e [u8]> {
    event.values(slot).find_map(Value::text)
}

/// The first value of each field, as text; `None` if one is absent.
fn texts(event: &Event<'_>, fields: &[MemberField]) -> Option<Vec<String>> {
    let text = |f: &MemberField| {
        let slot = slot_of(f, event.service.kind())?;
        let value = first_text(event, slot)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    fields.iter().map(text).collect()
}

/// All values of the fields, as text.
fn all_texts(event: &Event<'_>, fields: &[MemberField]) -> Vec<String> {
    let kind = event.service.kind();
    let slots = fields.iter().filter_map(|f| slot_of(f, kind));
    let texts = slots.flat_map(|slot| event.values(slot).filter_map(Value::text));
    texts
        .map(|text| String::from_utf8_lossy(text).into_owned())
        .collect()
}
