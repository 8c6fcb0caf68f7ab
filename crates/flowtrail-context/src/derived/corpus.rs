//! Derived fields over arbitrary bytes and over the shared logs.

use std::collections::BTreeSet;
use std::path::Path;

use flowtrail_event::{Event, Kind, Projection, Record, Service, SlotId};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::testing::{NoRaw, derive_all};
use super::{DERIVED, Derivation};

fn every_name() -> Vec<&'static str> {
    DERIVED.iter().map(|field| field.name).collect()
}

/// Every base field of both kinds.
fn every_need() -> Vec<&'static str> {
    let both = DERIVED
        .iter()
        .flat_map(|f| f.needs_cloudtrail.iter().chain(f.needs_flow));
    let unique: BTreeSet<_> = both.copied().collect();
    unique.into_iter().collect()
}

/// Whole values that the table of classes and the principals ask about.
const WHOLE: &[&str] = &[
    "AssumedRole",
    "IAMUser",
    "Root",
    "AWSService",
    "AWSAccount",
    "WebIdentityUser",
    "SAMLUser",
    "true",
    "false",
    "Yes",
    "Failure",
    "AwsServiceEvent",
    "111122223333",
    "444455556666",
    "AROAEXAMPLE:ann@example.com",
    "AROAEXAMPLE:i-0123456789abcdef0",
    "arn:aws:iam::111122223333:user/Ann",
    "arn:aws:sts::111122223333:assumed-role/github-deploy/botocore-session-1722375070",
    "arn:aws:iam::111122223333:role/aws-service-role/x/AWSServiceRoleForX",
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB",
    "prowler",
    "ListUsers",
    "CreateFunction20150331",
    "UpdateDistribution2020_05_31",
    "config.amazonaws.com",
    "cloudformation.amazonaws.com",
    "AWS Internal",
    "AccessDenied",
    "10.0.0.1",
    "2600:1f18::1",
    "Terraform/1.5",
    "cn-north-1",
];

/// Pieces that values are made of, to meet the edges between them.
const PIECES: &[&str] = &[
    "arn:aws:sts::111122223333:assumed-role/",
    "arn:aws:iam::111122223333:role/service-role/",
    "AWSReservedSSO_",
    "AROAEXAMPLE:",
    ".amazonaws.com",
    "20150331v2",
    "2020_05_31",
    "/",
    ":",
    "@example.com",
    "-1722375070115",
    "exec-env/AWS_Lambda",
    "[",
    "]",
    "fd00::",
];

/// What a field may hold: nothing, a real value, pieces of some, or any bytes.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let text = |list: &'static [&str]| {
        proptest::sample::select(list).prop_map(|text| text.as_bytes().to_vec())
    };
    let bytes = || proptest::collection::vec(any::<u8>(), 0..12);
    let pieces = proptest::collection::vec(prop_oneof![bytes(), text(PIECES)], 0..4);
    prop_oneof![
        3 => Just(Vec::new()),
        4 => text(WHOLE),
        2 => pieces.prop_map(|pieces| pieces.concat()),
        1 => bytes(),
    ]
}

fn check_values(values: &[Option<String>]) {
    for (field, value) in DERIVED.iter().zip(values) {
        let Some(value) = value else { continue };
        assert!(!value.is_empty(), "{} is empty", field.name);
        let allowed = field.values.is_empty() || field.values.contains(&value.as_str());
        assert!(allowed, "{} is {value:?}", field.name);
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_closed_sets_stay_closed(
        values in proptest::collection::vec(value(), every_need().len()),
    ) {
        let needs = every_need();
        let fields: Vec<_> = needs.iter().copied().zip(values.iter().map(Vec::as_slice)).collect();
        check_values(&derive_all(Kind::CloudTrail, Service::CloudTrail, &every_name(), &fields));
        check_values(&derive_all(Kind::Flow, Service::VpcFlow, &every_name(), &fields));
    }

    #[test]
    fn a_field_alone_equals_the_field_among_all(
        values in proptest::collection::vec(value(), every_need().len()),
    ) {
        let needs = every_need();
        let fields: Vec<_> = needs.iter().copied().zip(values.iter().map(Vec::as_slice)).collect();
        let names = every_name();
        let all = derive_all(Kind::CloudTrail, Service::CloudTrail, &names, &fields);
        for (name, together) in names.iter().zip(all) {
            // A field that reads what it does not declare shows up here.
            let alone = derive_all(Kind::CloudTrail, Service::CloudTrail, &[name], &fields);
            prop_assert_eq!(&alone[0], &together, "{}", name);
        }
    }
}

#[test]
fn planning_adds_what_is_needed_and_no_more() {
    let mut projection = Projection::new();
    projection.slot("eventName");
    let nothing = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap();
    assert!(nothing.is_empty());
    assert_eq!(projection.len(), 1);

    projection.slot("flowtrail.api");
    let api = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap();
    assert!(!api.is_empty());
    let fields: Vec<_> = projection.read_fields().map(|f| f.1.to_owned()).collect();
    assert_eq!(fields, ["eventName", "eventSource"]);

    let mut flow = Projection::new();
    flow.slot("flowtrail.principal");
    assert!(
        Derivation::plan(&mut flow, Kind::Flow, None)
            .unwrap()
            .is_empty()
    );
    flow.slot("flowtrail.source.kind");
    assert!(
        !Derivation::plan(&mut flow, Kind::Flow, None)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        flow.read_fields().map(|f| f.1).collect::<Vec<_>>(),
        ["srcaddr"]
    );
}

#[test]
fn an_unknown_field_leaves_the_projection_as_it_was() {
    let mut projection = Projection::new();
    projection.slot("flowtrail.api");
    projection.slot("flowtrail.identityclass");
    let error = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap_err();
    assert_eq!(error.name, "flowtrail.identityclass");
    assert_eq!(error.hint, Some("flowtrail.identity.class"));
    assert_eq!(projection.len(), 2);
}

/// Every record in a JSON document, whatever it is wrapped in.
fn records<'j>(json: &'j Json, out: &mut Vec<&'j Json>) {
    match json {
        Json::Array(members) => members.iter().for_each(|member| records(member, out)),
        Json::Object(fields) if fields.contains_key("eventVersion") => out.push(json),
        Json::Object(fields) => fields.values().for_each(|value| records(value, out)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn fill(record: &mut Record, fields: &[(SlotId, String)], path: &str, json: &Json) {
    let slot = || {
        fields
            .iter()
            .find(|(_, name)| name == path)
            .map(|(slot, _)| *slot)
    };
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                let dot = if path.is_empty() { "" } else { "." };
                fill(record, fields, &format!("{path}{dot}{key}"), value);
            }
        }
        Json::Array(members) => members.iter().for_each(|m| fill(record, fields, path, m)),
        Json::String(text) => {
            if let Some(slot) = slot() {
                record.push_own_text(slot, text.as_bytes());
            }
        }
        Json::Bool(value) => {
            if let Some(slot) = slot() {
                record.push_bool(slot, *value);
            }
        }
        Json::Number(number) => {
            if let Some(slot) = slot() {
                record.push_own_number(slot, number.to_string().as_bytes());
            }
        }
        Json::Null => {
            if let Some(slot) = slot() {
                record.push_null(slot);
            }
        }
    }
}

/// Reads `.json` and `.jsonl` files below `dir`, in the order of their names.
fn documents(dir: &Path, out: &mut Vec<Json>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            documents(&path, out);
            continue;
        }
        match path.extension().and_then(|e| e.to_str()) {
            Some("json") => {
                let text = std::fs::read_to_string(&path).unwrap();
                // Some files are broken on purpose; the readers' tests hold them.
                out.extend(serde_json::from_str::<Json>(&text));
            }
            Some("jsonl") => {
                let text = std::fs::read_to_string(&path).unwrap();
                out.extend(
                    text.lines()
                        .filter_map(|l| serde_json::from_str::<Json>(l).ok()),
                );
            }
            Some(_) | None => {}
        }
    }
}

/// The asked fields of every shared record.
fn over_shared_logs(ask: &[&str]) -> Option<Vec<Vec<Option<String>>>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cloudtrail");
    if !dir.is_dir() {
        println!("skipped: the shared logs are not here");
        return None;
    }
    let mut json = Vec::new();
    documents(&dir, &mut json);
    let mut found = Vec::new();
    json.iter()
        .for_each(|document| records(document, &mut found));
    assert!(found.len() > 3000, "only {} records", found.len());

    let mut projection = Projection::new();
    let slots: Vec<_> = ask.iter().map(|name| projection.slot(name)).collect();
    let derivation = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap();
    let fields: Vec<_> = projection
        .read_fields()
        .map(|(slot, name)| (slot, name.to_owned()))
        .collect();
    let mut record = Record::new(projection.len());
    let rows = found.into_iter().map(|json| {
        record.clear();
        fill(&mut record, &fields, "", json);
        let mut event = Event::new(Service::CloudTrail, &mut record, b"", &NoRaw);
        derivation.apply(&mut event);
        slots
            .iter()
            .map(|slot| event.str(*slot).map(str::to_owned))
            .collect()
    });
    Some(rows.collect())
}

fn distinct(rows: &[Vec<Option<String>>], column: usize) -> BTreeSet<&str> {
    rows.iter()
        .filter_map(|row| row[column].as_deref())
        .collect()
}

#[test]
fn whoever_has_an_arn_has_a_principal() {
    let Some(rows) = over_shared_logs(&["userIdentity.arn", "flowtrail.principal"]) else {
        return;
    };
    let with_arn: Vec<_> = rows.iter().filter(|row| row[0].is_some()).collect();
    assert!(with_arn.len() > 1500, "only {} with an ARN", with_arn.len());
    for row in with_arn {
        assert!(row[1].is_some(), "no principal for {:?}", row[0]);
    }
    // Sessions fold into their roles, so there are far fewer principals.
    let (arns, principals) = (distinct(&rows, 0), distinct(&rows, 1));
    let of_arns = principals.iter().filter(|p| p.starts_with("arn:")).count();
    assert!(
        of_arns * 3 < arns.len() * 2,
        "{of_arns} principals of {} ARNs",
        arns.len()
    );
    assert!(
        !principals.iter().any(|p| p.contains(":assumed-role/")),
        "a session is left"
    );
}

#[test]
fn user_agents_fold_into_a_handful() {
    let Some(rows) = over_shared_logs(&["userAgent", "flowtrail.ua_family"]) else {
        return;
    };
    let (agents, families) = (distinct(&rows, 0), distinct(&rows, 1));
    assert!(agents.len() > 300, "only {} agents", agents.len());
    assert!(
        families.len() * 15 < agents.len(),
        "{} -> {families:?}",
        agents.len()
    );
    for row in &rows {
        assert_eq!(row[0].is_some(), row[1].is_some(), "{row:?}");
    }
}

#[test]
fn real_logs_stay_within_the_table() {
    let Some(rows) = over_shared_logs(&every_name()) else {
        return;
    };
    for row in &rows {
        check_values(row);
    }
    let class_at = every_name()
        .iter()
        .position(|n| *n == "flowtrail.identity.class")
        .unwrap();
    let classes = distinct(&rows, class_at);
    for class in ["aws_service", "human", "workload", "unknown"] {
        assert!(classes.contains(class), "{class} is not in {classes:?}");
    }
}
