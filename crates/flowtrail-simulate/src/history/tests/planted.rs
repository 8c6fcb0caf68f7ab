//! What is planted, and whether it is in the logs.

use crate::attack::Trace;
use crate::history::Anomaly;
use crate::label::{LABELS_KEY, NEGATIVES_KEY};
use crate::places::PLACES_KEY;
use crate::plan::{History, Plan};
use crate::run::{Summary, simulate};
use flate2::read::GzDecoder;
use flowtrail_context::{Places, Spot};
use flowtrail_event::EventTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read as _;
use std::net::IpAddr;

type Files = BTreeMap<String, Vec<u8>>;

/// A short and thin history with everything in it.
fn plan(seed: u64) -> Plan {
    Plan {
        hours: 40 * 24,
        events_per_day: 1500,
        flows_per_day: 3000,
        ..Plan::history(40, seed)
    }
}

fn run(plan: &Plan) -> (Files, Summary) {
    let mut files = Files::new();
    let summary = simulate(plan, &mut files, &mut |_| {}).unwrap();
    (files, summary)
}

fn inflate(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

/// The `eventID` of every record, with its time and its file's.
fn event_ids(files: &Files) -> HashSet<String> {
    let mut ids = HashSet::new();
    for (_, bytes) in files.iter().filter(|(k, _)| k.contains("/CloudTrail/")) {
        let text = inflate(bytes);
        let file: Value = serde_json::from_str(&text).unwrap();
        for record in file["Records"].as_array().unwrap() {
            ids.insert(record["eventID"].as_str().unwrap().to_owned());
        }
    }
    ids
}

/// Interface, source and destination of every line.
fn pairs(files: &Files) -> HashSet<(String, String, String)> {
    let mut pairs = HashSet::new();
    for (_, bytes) in files.iter().filter(|(k, _)| k.contains("/vpcflowlogs/")) {
        let text = inflate(bytes);
        let header: Vec<_> = text.lines().next().unwrap().split(' ').collect();
        let column = |name| header.iter().position(|h| *h == name).unwrap();
        let of = ["interface-id", "srcaddr", "dstaddr"].map(column);
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split(' ').collect();
            let [a, b, c] = of.map(|n| fields[n].to_owned());
            pairs.insert((a, b, c));
        }
    }
    pairs
}

#[test]
fn everything_planted_is_in_the_logs_and_labelled() {
    let (files, summary) = run(&plan(3));
    let (ids, pairs) = (event_ids(&files), pairs(&files));
    assert!(summary.anomalies.len() >= 40, "{}", summary.anomalies.len());
    let kinds: BTreeSet<_> = summary.anomalies.iter().map(|l| l.attack).collect();
    // A key of more than ninety days is in longer histories only.
    assert_eq!(kinds.len(), Anomaly::ALL.len() - 1);
    let first = EventTime::from_secs(plan(3).start.secs() + 14 * 86_400);
    let last = EventTime::from_secs(plan(3).start.secs() + 40 * 86_400);
    for label in &summary.anomalies {
        let traces = &label.traces;
        assert!(!traces.actor.is_empty(), "{}", label.attack);
        assert!(traces.first_time <= traces.last_time, "{}", label.attack);
        assert!(
            traces.first_time > first && traces.last_time < last,
            "{}",
            label.attack
        );
        for id in &traces.event_ids {
            assert!(ids.contains(id), "{}", label.attack);
        }
        let accounts: BTreeSet<_> = traces.flows.iter().map(|f| &f.account).collect();
        let own = accounts.is_empty() || accounts.contains(&traces.account);
        assert!(own, "{}", label.attack);
        for flow in &traces.flows {
            let key = (
                flow.interface.clone(),
                flow.srcaddr.clone(),
                flow.dstaddr.clone(),
            );
            assert!(pairs.contains(&key), "{}: {key:?}", label.attack);
        }
    }
    for label in &summary.lures {
        let there = |id: &String| ids.contains(id);
        assert!(
            label.traces.event_ids.iter().all(there),
            "{}",
            label.negative
        );
    }
    let labels = String::from_utf8(files[LABELS_KEY].clone()).unwrap();
    assert_eq!(labels.lines().count(), summary.anomalies.len());
    for line in labels.lines() {
        let label: Value = serde_json::from_str(line).unwrap();
        assert!(!label["detectors"].as_array().unwrap().is_empty());
        assert!(label["first_time"].is_string() && label["attack"].is_string());
    }
    let negatives = String::from_utf8(files[NEGATIVES_KEY].clone()).unwrap();
    assert_eq!(
        negatives.lines().count(),
        summary.negatives.len() + summary.lures.len()
    );
    assert!(files.contains_key(PLACES_KEY));
}

#[test]
fn traces_are_in_the_logs_that_are_promised() {
    for seed in [1, 2, 5] {
        let (_, summary) = run(&plan(seed));
        for label in &summary.anomalies {
            let anomaly = Anomaly::from_name(label.attack).unwrap();
            let traces = &label.traces;
            let found = (!traces.event_ids.is_empty(), !traces.flows.is_empty());
            let promised = match anomaly.trace() {
                // What falls silent leaves nothing.
                _ if [Anomaly::TrailSilence, Anomaly::FlowSilence].contains(&anomaly) => continue,
                Trace::CloudTrail => (true, false),
                Trace::Flow => (false, true),
                Trace::Both => (true, true),
            };
            assert_eq!(found, promised, "{anomaly} of {seed}");
        }
        let lures: BTreeSet<_> = summary.lures.iter().map(|l| l.negative).collect();
        assert!(lures.len() >= 24, "{lures:?}");
    }
}

/// Kilometres between two points on the globe.
fn km(a: Spot, b: Spot) -> f64 {
    let [north, other_north] = [a.latitude, b.latitude].map(f64::to_radians);
    let east = (a.longitude - b.longitude).to_radians();
    let half = ((north - other_north) / 2.0).sin().powi(2)
        + north.cos() * other_north.cos() * (east / 2.0).sin().powi(2);
    2.0 * 6371.0 * half.sqrt().asin()
}

#[test]
fn only_thieves_are_faster_than_an_airliner() {
    let mut hotels = 0;
    for seed in [1, 7, 8] {
        let (files, summary) = run(&plan(seed));
        let places = ("places".to_owned(), files[PLACES_KEY].clone());
        let places = Places::read([places]).unwrap();
        let stolen: HashSet<&String> = summary
            .anomalies
            .iter()
            .flat_map(|l| &l.traces.event_ids)
            .collect();
        let mut of_person: BTreeMap<String, Vec<(i64, IpAddr)>> = BTreeMap::new();
        for (_, bytes) in files.iter().filter(|(k, _)| k.contains("/CloudTrail/")) {
            let file: Value = serde_json::from_str(&inflate(bytes)).unwrap();
            for record in file["Records"].as_array().unwrap() {
                let id = record["eventID"].as_str().unwrap().to_owned();
                let name = record["userIdentity"]["arn"].as_str().unwrap_or("");
                let person = name.rsplit('/').next().unwrap();
                if record["eventName"] != "ConsoleLogin"
                    || stolen.contains(&id)
                    || !person.ends_with("@example.com")
                {
                    continue;
                }
                let time = record["eventTime"].as_str().unwrap();
                let time = EventTime::parse(time.as_bytes()).unwrap().secs();
                let from = record["sourceIPAddress"].as_str().unwrap().parse().unwrap();
                let all = of_person.entry(person.to_owned()).or_default();
                all.push((time, from));
            }
        }
        for (person, mut all) in of_person {
            all.sort_unstable();
            all.retain(|(_, from)| places.spot(*from).is_some());
            for pair in all.windows(2) {
                let [(left, a), (arrived, b)] = pair else {
                    continue;
                };
                let way = km(places.spot(*a).unwrap(), places.spot(*b).unwrap());
                let hours = f64::from(i32::try_from(arrived - left).unwrap()) / 3600.0;
                assert!(way < 500.0 || way / hours <= 900.0, "{person}: {a} to {b}");
                hotels += u32::from(way > 900.0);
            }
        }
    }
    assert!(hotels > 3, "{hotels} long journeys");
}

#[test]
fn equal_plans_make_equal_bytes_and_other_seeds_other_attacks() {
    let (a, one) = run(&plan(1));
    let (b, again) = run(&plan(1));
    assert!(a == b);
    assert_eq!(one, again);
    let (_, other) = run(&plan(2));
    let times = |s: &Summary| -> BTreeMap<&'static str, EventTime> {
        s.anomalies
            .iter()
            .map(|l| (l.attack, l.traces.first_time))
            .collect()
    };
    let (one, other) = (times(&one), times(&other));
    let same = one.iter().filter(|(k, t)| other.get(*k) == Some(t)).count();
    assert!(same < 3, "{same}");
}

#[test]
fn what_is_silent_is_silent_and_what_is_late_comes() {
    let plan = Plan {
        events_per_day: 6000,
        history: Some(History {
            anomalies: vec![Anomaly::TrailSilence, Anomaly::FlowSilence],
        }),
        ..plan(4)
    };
    let (files, summary) = run(&plan);
    let of = |name: &str| summary.anomalies.iter().find(|l| l.attack == name).unwrap();
    let (trail, flow) = (&of("trail-silence").traces, &of("flow-silence").traces);
    // Whole slots that lie within.
    let (from, until) = (trail.first_time.secs() + 600, trail.last_time.secs() - 600);
    let home = format!("/{}/CloudTrail/eu-central-1/", trail.account);
    let mut around = 0;
    for (_, bytes) in files.iter().filter(|(k, _)| k.contains(&home)) {
        let file: Value = serde_json::from_str(&inflate(bytes)).unwrap();
        for record in file["Records"].as_array().unwrap() {
            let time = EventTime::parse(record["eventTime"].as_str().unwrap().as_bytes());
            let at = time.unwrap().secs();
            assert!(!(from..until).contains(&at), "{record}");
            around += u32::from((from - 7200..until + 7200).contains(&at));
        }
    }
    assert!(around > 50, "{around}");
    let stamp = |secs: i64| EventTime::from_secs(secs).to_string();
    let stamps: Vec<String> = (flow.first_time.secs() + 300..flow.last_time.secs() - 300)
        .step_by(300)
        .map(|t| stamp(t - t % 300))
        .map(|t| t.get(..16).unwrap().replace(['-', ':'], "") + "Z")
        .collect();
    let log = files.keys().filter(|k| k.contains(&flow.actor));
    for key in log {
        assert!(!stamps.iter().any(|s| key.contains(s.as_str())), "{key}");
    }
    let late = summary
        .lures
        .iter()
        .filter(|l| l.negative == "late-delivery");
    let late = late.map(|l| &l.traces).next().unwrap();
    let home = format!("/{}/CloudTrail/eu-central-1/", late.account);
    let within = |key: &&String| {
        let stamp = key.rsplit('_').nth(1).unwrap().trim_end_matches('Z');
        let at = EventTime::parse(format!("{stamp}00Z").as_bytes())
            .unwrap()
            .secs();
        (late.first_time.secs() + 900..late.last_time.secs() - 300).contains(&at)
    };
    let early = files
        .keys()
        .filter(|k| k.contains(&home))
        .filter(within)
        .count();
    assert!(early < 3, "{early}");
}

#[test]
fn nothing_gives_the_game_away() {
    let (files, _) = run(&plan(6));
    for (key, bytes) in files.iter().filter(|(k, _)| k.ends_with(".gz")) {
        let text = inflate(bytes).to_lowercase();
        assert!(!text.contains(r#""eventname":"unknown""#), "{key}");
        // Shorter words stand in random names, too.
        for word in ["stratus", "attacker", "malicious", "victim", "intruder"] {
            assert!(!text.contains(word), "{word}: {key}");
        }
    }
}

#[test]
fn a_plan_without_a_history_has_none() {
    let summary = run(&Plan::default()).1;
    assert!(summary.anomalies.is_empty() && summary.lures.is_empty());
    let short = Plan {
        hours: 48,
        ..Plan::history(90, 1)
    };
    assert!(short.check().is_err());
}
