//! What the tests of this module build their input from.

use std::sync::Arc;

use flowtrail_event::{EventTime, Limits, Location};
use flowtrail_sigma::{
    Condition, Correlation, CorrelationIx, CorrelationKind, Level, Member, MemberField, MemberOf,
    RuleIx, RuleMeta,
};

use super::entry::Entry;
use super::value::Value;
use super::{Observation, Windows};
use crate::finding::Evidence;

pub(super) fn evidence(object: &str) -> Evidence {
    Evidence {
        time: None,
        object: object.into(),
        location: Location::default(),
        event_id: None,
        rule: None,
        facts: None,
    }
}

pub(super) fn entry(time: i64, key: u128) -> Entry {
    Entry::new(EventTime(time), key, 0, Value::None, evidence("o"))
}

pub(crate) fn meta(title: &str) -> Arc<RuleMeta> {
    Arc::new(RuleMeta {
        id: title.to_owned(),
        name: None,
        title: title.to_owned(),
        level: Level::High,
        description: String::new(),
        status: None,
        tags: Vec::new(),
        falsepositives: Vec::new(),
        references: Vec::new(),
        fields: Vec::new(),
        custom: serde_json::Map::new(),
        file: "test.yml".to_owned(),
        line: 1,
    })
}

pub(super) fn field(name: &str) -> MemberField {
    MemberField {
        name: name.to_owned(),
        cloudtrail: None,
        flow: None,
    }
}

/// A correlation of so many rules, grouped by `who`.
pub(super) fn correlation(
    kind: CorrelationKind,
    members: u32,
    timespan_ms: i64,
    condition: Condition,
) -> Correlation {
    let member = |i| Member {
        of: MemberOf::Rule(RuleIx(i)),
        group_by: vec![field("who")],
        value: vec![field("what")],
    };
    Correlation {
        meta: meta("correlation"),
        kind,
        members: (0..members).map(member).collect(),
        group_by: vec!["who".to_owned()],
        timespan_ms,
        condition,
        generate: false,
        emits: true,
    }
}

/// A match of member 0 of correlation 0 by `bob`. Its key follows from its time.
pub(super) fn seen(time: i64) -> Observation {
    Observation {
        correlation: CorrelationIx(0),
        member: 0,
        time: EventTime(time),
        key: time.unsigned_abs().into(),
        group: ["bob".into()].into(),
        value: None,
        evidence: evidence("o"),
    }
}

pub(super) fn by(time: i64, who: &str) -> Observation {
    Observation {
        group: [who.into()].into(),
        ..seen(time)
    }
}

pub(super) fn of_member(time: i64, member: u32) -> Observation {
    Observation {
        member,
        ..seen(time)
    }
}

pub(super) fn with_value(time: i64, value: &str) -> Observation {
    Observation {
        value: Some(value.into()),
        ..seen(time)
    }
}

pub(super) fn windows(correlations: Vec<Correlation>) -> Windows {
    windows_within(
        correlations,
        &Limits {
            lateness_secs_max: 0,
            ..Limits::default()
        },
    )
}

pub(super) fn windows_within(correlations: Vec<Correlation>, limits: &Limits) -> Windows {
    Windows::new(correlations.into(), limits)
}

/// Small, seeded, and the same everywhere (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.roll(from.len() as u64)).unwrap()]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = usize::try_from(self.roll(i as u64 + 1)).unwrap();
            items.swap(i, j);
        }
    }
}
