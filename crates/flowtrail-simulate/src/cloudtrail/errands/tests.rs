//! What a month of errands promises.

use super::*;
use crate::clock::first_slot;
use flowtrail_event::EventTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn plan(days: u32, accounts: u32) -> Plan {
    Plan {
        hours: days * 24,
        accounts,
        attacks: vec![],
        ..Plan::default()
    }
}

/// All records of a plan, with the errands in the order in which they began.
fn live(plan: &Plan) -> (Vec<(TrailKey, Value)>, Vec<&'static str>) {
    let world = World::new(plan);
    let catalogue = Catalogue::new();
    let mut diary = Diary::new(&world, &catalogue, plan);
    let (mut records, mut done) = (Vec::new(), Vec::new());
    let first = first_slot(plan.start);
    for slot in first..first + i64::from(plan.hours) * 12 {
        let until = (slot + 1) * SLOT_SECS;
        // The month is planned when its first slot comes.
        for (key, made) in diary.slot(slot) {
            assert!(made.time >= slot * SLOT_SECS, "{slot}");
            let text = std::str::from_utf8(&made.record).unwrap();
            let value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            records.push((key, value));
        }
        assert!(diary.ahead.iter().all(|e| e.time >= until));
        done.extend(diary.ahead.iter().map(|e| e.errand.name));
    }
    (records, done)
}

#[test]
fn names_are_unique_and_every_rhythm_is_possible() {
    let names: BTreeSet<_> = ERRANDS.iter().map(|e| e.name).collect();
    assert_eq!(names.len(), ERRANDS.len());
    assert!(ERRANDS.iter().all(|e| e.monthly > 0));
}

#[test]
fn a_month_of_three_accounts_has_all_of_it() {
    for seed in [1, 2, 3] {
        let plan = Plan {
            seed,
            ..plan(30, 3)
        };
        let world = World::new(&plan);
        let catalogue = Catalogue::new();
        let mut diary = Diary::new(&world, &catalogue, &plan);
        diary.plan_month();
        let done: BTreeSet<_> = diary.ahead.iter().map(|e| e.errand.name).collect();
        let missing: Vec<_> = ERRANDS.iter().filter(|e| !done.contains(e.name)).collect();
        let missing: Vec<_> = missing.iter().map(|e| e.name).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let roots = diary.ahead.iter().filter(|e| e.errand.name == "root");
        assert_eq!(roots.count(), 1);
    }
}

#[test]
fn every_call_is_known_and_every_field_filled() {
    for accounts in [1, 2, 3, 9] {
        let (records, _) = live(&plan(30, accounts));
        for (key, r) in &records {
            assert_ne!(r["eventName"], "Unknown");
            assert_eq!(r["awsRegion"], key.1);
            let text = r.to_string();
            assert!(
                !text.contains("arn:aws:iam:::") && !text.contains(r#"::role""#),
                "{text}"
            );
            for empty in [
                r#""roleName":"""#,
                r#""userName":"","a"#,
                r#""policyArn":"""#,
                r#""groupId":"""#,
                r#""instanceId":"""#,
                r#""imageId":"""#,
                r#""userId":"""#,
                r#""key":"""#,
                r#""target":"""#,
                r#""functionName":"""#,
                r#""sessionId":"""#,
                r#""commandId":"""#,
                r#""modelId":"""#,
                r#""roleSessionName":"""#,
            ] {
                assert!(!text.contains(empty), "{empty}: {text}");
            }
        }
    }
}

#[test]
fn an_ordinary_month_has_what_careless_rules_cry_about() {
    let (records, _) = live(&plan(30, 3));
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, r) in &records {
        *names.entry(r["eventName"].as_str().unwrap()).or_default() += 1;
    }
    for name in [
        "AttachRolePolicy",
        "AuthorizeSecurityGroupIngress",
        "ChangePassword",
        "CreateAccessKey",
        "CreateRole",
        "DeactivateMFADevice",
        "DeleteFlowLogs",
        "DeleteObject",
        "DeregisterImage",
        "EnableRegion",
        "ModifyDBSnapshotAttribute",
        "ModifyImageAttribute",
        "ModifySnapshotAttribute",
        "PutBucketPolicy",
        "PutTargets",
        "ScheduleKeyDeletion",
        "SendCommand",
        "StartSession",
        "UpdateAssumeRolePolicy",
        "UpdateFunctionCode20150331v2",
        "UpdateLoginProfile",
    ] {
        assert!(names.contains_key(name), "{name}");
    }
    let denied = records.iter().filter(|(_, r)| {
        r["errorCode"] == "AccessDenied" || r["errorCode"] == "Client.UnauthorizedOperation"
    });
    assert!(denied.count() > 50);
}

#[test]
fn little_is_done_where_little_happens() {
    let quiet = Plan {
        events_per_day: 60,
        ..plan(30, 3)
    };
    let (records, _) = live(&quiet);
    assert!(records.len() < 60 * 30, "{}", records.len());
    let silent = Plan {
        events_per_day: 0,
        ..plan(30, 3)
    };
    assert!(live(&silent).0.is_empty());
}

#[test]
fn a_second_month_follows_the_first() {
    let start = EventTime::from_secs(Plan::default().start.secs() + 140);
    let plan = Plan {
        start,
        ..plan(65, 3)
    };
    let (records, _) = live(&plan);
    let days: BTreeSet<_> = records
        .iter()
        .map(|(_, r)| {
            r["eventTime"]
                .as_str()
                .unwrap()
                .split('T')
                .next()
                .map(str::to_owned)
        })
        .collect();
    assert!(days.len() > 60, "{}", days.len());
}
