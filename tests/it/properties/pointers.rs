//! The evidence of a finding points at bytes that are its record.

use std::collections::BTreeMap;

use flowtrail_detect::{Evidence, Finding};
use flowtrail_event::{Kind, Limits};
use flowtrail_sigma::RuleSource;
use serde_json::Value;

use super::{OBJECTS, PLAN, inflated};
use crate::bad_input::WITNESS;
use crate::support::{plan, scan};

/// What stood at a place.
#[derive(Debug, Default, PartialEq, Eq)]
struct Checked {
    records: u64,
    /// Records that stand in an envelope, which is what the place is of.
    enveloped: u64,
    lines: u64,
    rows: u64,
}

/// Whether a record with this id stands somewhere in `value`.
fn has_id(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(o) => {
            o.get("eventID").is_some_and(|v| v == id) || o.values().any(|v| has_id(v, id))
        }
        Value::Array(a) => a.iter().any(|v| has_id(v, id)),
        Value::String(s) => {
            serde_json::from_str(s).is_ok_and(|v: Value| v.is_object() && has_id(&v, id))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn check(finding: &Finding, evidence: &Evidence, object: &[u8], checked: &mut Checked) {
    let place = format!("{} @ {}", evidence.object, evidence.location.offset);
    let start = usize::try_from(evidence.location.offset).unwrap();
    let len = usize::try_from(evidence.location.len).unwrap();
    if len == 0 {
        assert!(object.starts_with(b"PAR1"), "{place}");
        checked.rows += 1;
        return;
    }
    let text = std::str::from_utf8(&object[start..start + len]).unwrap();
    if finding.facts.service.kind() == Kind::CloudTrail {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{place}: {e}"));
        let Some(id) = evidence.event_id.as_deref() else {
            // Records of the oldest versions have none.
            assert!(
                value["eventVersion"].is_string() && value["eventID"].is_null(),
                "{place}"
            );
            checked.records += 1;
            return;
        };
        if value["eventID"] == id {
            checked.records += 1;
        } else {
            assert!(has_id(&value, id), "{place}");
            checked.enveloped += 1;
        }
        return;
    }
    // A line of its own, or the entry of an envelope in which the line stands.
    if text.starts_with('{') {
        let entry: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{place}: {e}"));
        assert!(entry.is_object(), "{place}");
        checked.enveloped += 1;
    } else {
        assert!(!text.contains('\n'), "{place}: {text}");
        checked.lines += 1;
    }
    if let (Some(flow), 1) = (&finding.flow, finding.count) {
        let columns: Vec<_> = text.split([' ', '"']).collect();
        for value in [&flow.src, &flow.dst, &flow.interface]
            .into_iter()
            .flatten()
        {
            assert!(columns.contains(&value.as_str()), "{place}: {text}");
        }
    }
}

fn check_all(findings: &[Finding]) -> Checked {
    let objects: BTreeMap<_, _> = OBJECTS
        .iter()
        .map(|(name, bytes)| (name.as_str(), inflated(bytes)))
        .collect();
    let mut checked = Checked::default();
    for finding in findings {
        assert!(!finding.evidence.is_empty());
        for evidence in &finding.evidence {
            check(finding, evidence, &objects[&*evidence.object], &mut checked);
        }
    }
    println!("{checked:?}");
    checked
}

fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    OBJECTS
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
}

#[test]
fn findings_of_the_rules_point_at_their_records() {
    let seen = scan(&PLAN, all());
    let checked = check_all(&seen.findings);
    assert!(checked.records > 100 && checked.lines > 20, "{checked:?}");
}

/// With rules that match every record: each one is where it is said to be.
#[test]
fn every_record_is_where_it_is_said_to_be() {
    let witness = RuleSource {
        file: "witness.yml".to_owned(),
        text: WITNESS.to_owned(),
    };
    let seen = scan(&plan(&[witness], &Limits::default()), all());
    let checked = check_all(&seen.findings);
    assert!(
        checked.records > 1000 && checked.lines > 1000,
        "{checked:?}"
    );
}
