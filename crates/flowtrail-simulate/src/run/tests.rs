//! What a whole run promises.

use super::*;
use crate::attack::Attack;
use crate::store::FolderStore;
use flate2::read::GzDecoder;
use flowtrail_event::EventTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read as _};

mod policy;

type Files = BTreeMap<String, Vec<u8>>;

fn run(plan: &Plan) -> (Files, Summary) {
    let mut files = Files::new();
    let summary = simulate(plan, &mut files, &mut |_| {}).unwrap();
    (files, summary)
}

fn small(seed: u64) -> Plan {
    Plan {
        seed,
        hours: 8,
        attacks: Attack::ALL.to_vec(),
        ..Plan::default()
    }
}

fn inflate(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// The records of every CloudTrail file, with the file's key.
fn records(files: &Files) -> Vec<(&str, Value)> {
    let mut all = Vec::new();
    for (key, bytes) in files.iter().filter(|(k, _)| k.contains("/CloudTrail/")) {
        let Value::Object(mut file) = serde_json::from_str(&inflate(bytes)).unwrap() else {
            panic!("{key}")
        };
        let Some(Value::Array(records)) = file.remove("Records") else {
            panic!("{key}")
        };
        assert!(file.is_empty() && !records.is_empty(), "{key}");
        all.extend(records.into_iter().map(|r| (key.as_str(), r)));
    }
    all
}

#[test]
fn the_same_plan_makes_the_same_bytes() {
    let (a, summary) = run(&small(1));
    let (b, again) = run(&small(1));
    assert!(a == b);
    assert_eq!(summary, again);
    let (c, _) = run(&small(2));
    assert!(
        a.values()
            .collect::<BTreeSet<_>>()
            .is_disjoint(&c.values().collect())
    );
}

#[test]
fn the_sample_is_small_and_has_everything_in_it() {
    let (files, summary) = run(&Plan::default());
    let stored: usize = files.values().map(Vec::len).sum();
    assert!(stored < 1_000_000, "{stored}");
    assert!((100..600).contains(&files.len()), "{}", files.len());
    assert_eq!(summary.totals.bytes_stored, u64::try_from(stored).unwrap());
    assert_eq!(summary.totals.objects, u64::try_from(files.len()).unwrap());
    assert_eq!(summary.labels.len(), 10);
    let records = records(&files);
    assert_eq!(summary.totals.events, u64::try_from(records.len()).unwrap());
    assert!(records.len() > 2000, "{}", records.len());
    let accounts: BTreeSet<_> = records
        .iter()
        .map(|(_, r)| r["recipientAccountId"].as_str())
        .collect();
    let regions: BTreeSet<_> = records
        .iter()
        .map(|(_, r)| r["awsRegion"].as_str())
        .collect();
    let names: BTreeSet<_> = records
        .iter()
        .map(|(_, r)| r["eventName"].as_str())
        .collect();
    assert_eq!((accounts.len(), regions.len()), (3, 3));
    assert!(names.len() > 80, "{}", names.len());
    assert!(files.keys().any(|k| k.contains("CloudTrail-Digest")));
}

#[test]
fn every_record_has_the_fields_of_a_record() {
    let (files, _) = run(&small(3));
    for (key, r) in records(&files) {
        for field in [
            "eventVersion",
            "eventTime",
            "eventSource",
            "eventName",
            "awsRegion",
            "sourceIPAddress",
            "userAgent",
            "eventID",
            "eventType",
            "recipientAccountId",
            "eventCategory",
        ] {
            assert!(
                r[field].as_str().is_some_and(|s| !s.is_empty()),
                "{field}: {r}"
            );
        }
        assert!(r["userIdentity"]["type"].is_string(), "{r}");
        assert!(
            r["readOnly"].is_boolean() && r["managementEvent"].is_boolean(),
            "{r}"
        );
        let fields = r.as_object().unwrap();
        assert!(
            fields.contains_key("requestParameters") && fields.contains_key("responseElements")
        );
        let folder = format!(
            "/{}/CloudTrail/{}/",
            r["recipientAccountId"].as_str().unwrap(),
            r["awsRegion"].as_str().unwrap()
        );
        assert!(key.contains(&folder), "{key}");
    }
}

/// The minute in a file's name, in seconds since 1970.
fn delivered(key: &str) -> i64 {
    let stamp = key.rsplit('_').nth(1).unwrap().trim_end_matches('Z');
    EventTime::parse(format!("{stamp}00Z").as_bytes())
        .unwrap()
        .secs()
}

#[test]
fn delivery_is_late_disordered_and_at_least_once() {
    let (files, _) = run(&Plan {
        hours: 72,
        attacks: vec![],
        ..Plan::default()
    });
    let mut ids: HashMap<String, BTreeSet<&str>> = HashMap::new();
    let (mut disordered, mut very_late) = (0, 0);
    let mut before: (&str, String) = ("", String::new());
    for (key, r) in records(&files) {
        let time = r["eventTime"].as_str().unwrap().to_owned();
        let at = EventTime::parse(time.as_bytes()).unwrap().secs();
        let late = delivered(key) - at;
        assert!((0..3 * 3600).contains(&late), "{late}: {key}");
        very_late += i32::from(late > 20 * 60);
        disordered += i32::from(before.0 == key && before.1 > time);
        before = (key, time);
        ids.entry(r["eventID"].as_str().unwrap().to_owned())
            .or_default()
            .insert(key);
    }
    assert!(disordered > 20, "{disordered}");
    assert!(very_late > 0);
    let twice = ids.values().filter(|keys| keys.len() > 1).count();
    assert!((1..40).contains(&twice), "{twice}");
}

#[test]
fn flow_lines_have_as_many_columns_as_their_header() {
    let (files, summary) = run(&Plan {
        flows_per_day: 60_000,
        ..small(4)
    });
    let (mut widths, mut statuses) = (BTreeSet::new(), BTreeSet::new());
    let mut lines = 0;
    for (key, bytes) in files.iter().filter(|(k, _)| k.contains("/vpcflowlogs/")) {
        let text = inflate(bytes);
        let header: Vec<_> = text.lines().next().unwrap().split(' ').collect();
        assert_eq!(header[..2], ["version", "account-id"]);
        let column = |name| header.iter().position(|h| *h == name).unwrap();
        let (start, end, status) = (column("start"), column("end"), column("log-status"));
        widths.insert(header.len());
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split(' ').collect();
            assert_eq!(fields.len(), header.len(), "{line}");
            assert!(fields.iter().all(|f| !f.is_empty()), "{line}");
            let (start, end): (i64, i64) =
                (fields[start].parse().unwrap(), fields[end].parse().unwrap());
            assert!(start <= end && end - start <= 600, "{line}");
            assert!((0..300).contains(&(end - delivered(key))), "{key}: {line}");
            statuses.insert(fields[status].to_owned());
            lines += 1;
        }
    }
    assert_eq!(summary.totals.flows, lines);
    assert_eq!(widths, BTreeSet::from([14, 30]));
    assert!(
        statuses.contains("OK") && statuses.contains("NODATA"),
        "{statuses:?}"
    );
}

#[test]
fn labels_can_be_found_in_the_files() {
    for accounts in [1, 3, 8] {
        let plan = Plan {
            accounts,
            ..small(5)
        };
        let (files, summary) = run(&plan);
        let mut at: HashMap<String, String> = HashMap::new();
        for (_, r) in records(&files) {
            let text = |f: &str| r[f].as_str().unwrap().to_owned();
            at.insert(text("eventID"), text("eventTime"));
        }
        let mut flows = 0;
        let all: Vec<String> = files
            .iter()
            .filter(|(k, _)| k.contains("/vpcflowlogs/"))
            .map(|(_, b)| inflate(b))
            .collect();
        for label in &summary.labels {
            for id in &label.traces.event_ids {
                let time = EventTime::parse(at[id].as_bytes()).unwrap();
                assert!(label.traces.first_time <= time && time <= label.traces.last_time);
            }
            for flow in &label.traces.flows {
                let lines = all.iter().flat_map(|t| t.lines()).filter(|l| {
                    l.contains(&format!(
                        " {} {} {} ",
                        flow.interface, flow.srcaddr, flow.dstaddr
                    )) && l.contains(flow.action)
                });
                assert!(
                    u64::try_from(lines.count()).unwrap() >= flow.lines,
                    "{flow:?}"
                );
                flows += 1;
            }
        }
        assert!(flows > 20);
        let text = String::from_utf8(files[LABELS_KEY].clone()).unwrap();
        let written: Vec<Value> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(written.len(), Attack::ALL.len());
        assert_eq!(written[0]["attack"], "internet-scan");
    }
}

#[test]
fn a_digest_vouches_for_what_was_delivered() {
    let (files, _) = run(&Plan {
        hours: 14,
        attacks: vec![],
        events_per_day: 20_000,
        ..Plan::default()
    });
    let mut vouched = 0;
    for (key, bytes) in files
        .iter()
        .filter(|(k, _)| k.contains("/CloudTrail-Digest/"))
    {
        let digest: Value = serde_json::from_str(&inflate(bytes)).unwrap();
        assert_eq!(digest["digestS3Object"], key.as_str());
        for file in digest["logFiles"].as_array().unwrap() {
            use sha2::Digest as _;
            let raw = inflate(&files[file["s3Object"].as_str().unwrap()]);
            let hash: String = sha2::Sha256::digest(raw.as_bytes())
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            assert_eq!(file["hashValue"], hash.as_str());
            vouched += 1;
        }
    }
    assert!(vouched > 3, "{vouched}");
}

#[test]
fn sizes_are_about_what_was_asked_for() {
    for bytes in [2_000_000_u64, 25_000_000] {
        let plan = Plan {
            attacks: vec![],
            ..Plan::sized(bytes)
        };
        let (_, summary) = run(&plan);
        let off = summary.totals.bytes_raw.abs_diff(bytes) * 100 / bytes;
        assert!(off < 15, "{} instead of {bytes}", summary.totals.bytes_raw);
    }
}

#[test]
fn progress_is_told_and_ends() {
    let mut last = Progress::default();
    let mut files = Files::new();
    let plan = Plan {
        hours: 6,
        organization: false,
        ..Plan::default()
    };
    simulate(&plan, &mut files, &mut |p| {
        assert!(p.slots >= last.slots && p.objects >= last.objects);
        last = p;
    })
    .unwrap();
    assert_eq!((last.slots, last.slots_total), (72, 72));
    assert!(files.keys().all(|k| !k.contains("o-")));
}

#[test]
fn a_folder_holds_the_same_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = FolderStore::new(dir.path()).unwrap();
    let plan = Plan {
        hours: 6,
        ..Plan::default()
    };
    simulate(&plan, &mut store, &mut |_| {}).unwrap();
    let (files, _) = run(&plan);
    for (key, bytes) in &files {
        assert_eq!(&std::fs::read(store.root().join(key)).unwrap(), bytes);
    }
}

#[test]
fn a_store_that_fails_is_an_error_with_the_key() {
    struct Full;
    impl Store for Full {
        fn put(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
            Err(io::Error::other("no space"))
        }
    }
    let error = simulate(&Plan::default(), &mut Full, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("AWSLogs/") && error.to_string().contains("no space"));
    let error = simulate(
        &Plan {
            regions: 9,
            ..Plan::default()
        },
        &mut Full,
        &mut |_| {},
    )
    .unwrap_err();
    assert!(matches!(
        error,
        SimulateError::Plan {
            what: "regions",
            ..
        }
    ));
}
