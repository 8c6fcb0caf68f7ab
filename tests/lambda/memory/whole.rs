//! All at once: a baseline, a context and files of places, judged object by
//! object, are judged as a replay judges them, and findings name all three.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_event::EventTime;
use flowtrail_simulate::{
    Anomaly, BESIDE, CONTEXT_KEY, FlowFormat, History, PLACES_KEY, Plan, simulate,
};
use serde_json::Value;

use super::days::{DAY_MS, deliver, timed};
use super::{Beside, Place, Told, build, replay_knowing};
use crate::parity::{Log, merged, split};

/// What is planted, on days of its own.
const PLANTED: [Anomaly; 4] = [
    Anomaly::DormantKey,
    Anomaly::ImpossibleTravel,
    Anomaly::LateralEdge,
    Anomaly::RareAgain,
];

/// Four weeks of an organisation, what it knows of itself, and the days of what
/// was planted.
fn history() -> (Vec<(EventTime, Log)>, Beside, BTreeSet<i64>) {
    let plan = Plan {
        accounts: 1,
        regions: 2,
        events_per_day: 400,
        flows_per_day: 1_200,
        flow_format: FlowFormat::Mixed,
        history: Some(History {
            anomalies: PLANTED.to_vec(),
        }),
        ..Plan::history(Plan::HISTORY_DAYS_MIN, 5)
    };
    let mut store = BTreeMap::new();
    let summary = simulate(&plan, &mut store, &mut |_| {}).unwrap();
    assert_eq!(summary.anomalies.len(), PLANTED.len());
    let first = |l: &flowtrail_simulate::AnomalyLabel| l.traces.first_time.0.div_euclid(DAY_MS);
    let days = summary.anomalies.iter().map(first).collect();
    let beside = Beside {
        context: Some(String::from_utf8(store[CONTEXT_KEY].clone()).unwrap()),
        places: store.remove(PLACES_KEY),
    };
    store.retain(|key, _| !BESIDE.contains(&key.as_str()));
    (timed(store), beside, days)
}

/// The logs of a day in few objects, since moto takes one call at a time: calls
/// put together, some of them also taken apart, and some of the flows.
fn objects(logs: &[Log]) -> Vec<Log> {
    let (calls, flows): (Vec<&Log>, Vec<&Log>) =
        logs.iter().partition(|l| l.key.contains("/CloudTrail/"));
    let mut out: Vec<Log> = flows.into_iter().step_by(12).cloned().collect();
    for (n, group) in calls.chunks(16).enumerate() {
        let whole = merged(group);
        if n % 5 == 1 {
            out.extend(split(&whole));
        }
        out.push(whole);
    }
    out
}

fn of_rule<'t>(told: &'t BTreeMap<String, Told>, rule: &str) -> Vec<&'t Told> {
    let all: Vec<&Told> = told.values().filter(|t| t.rule == rule).collect();
    assert!(!all.is_empty(), "nothing of {rule}");
    all
}

#[tokio::test]
async fn with_all_that_is_known_the_same_is_found() {
    let (all, beside, planted) = history();
    let first = *planted.first().unwrap();
    let day_of = |time: &EventTime| time.0.div_euclid(DAY_MS);
    let past = all.iter().filter(|(last, _)| day_of(last) < first);
    let past: Vec<Log> = past.map(|(_, log)| log.clone()).collect();
    let baseline = build(&past, &beside);
    let of_day = |day: &i64| -> Vec<Log> {
        let these = all.iter().filter(|(last, _)| day_of(last) == *day);
        objects(&these.map(|(_, log)| log.clone()).collect::<Vec<_>>())
    };
    let days: Vec<Vec<Log>> = planted.iter().map(of_day).collect();
    let want = replay_knowing(&beside, &baseline, &days.concat(), true);
    // Each names what it rests on, and nothing else.
    let names = |rule: &str| {
        let all = of_rule(&want, rule);
        let is = |what: fn(&Told) -> &Value| {
            let named: BTreeSet<bool> = all.iter().map(|t| what(t).is_string()).collect();
            assert_eq!(named.len(), 1, "{rule}");
            named.contains(&true)
        };
        (is(|t| &t.baseline), is(|t| &t.context), is(|t| &t.places))
    };
    for (rule, expected) in [
        ("country", (true, false, true)),
        ("travels", (false, false, true)),
        ("declared", (false, true, true)),
        ("undeclared", (true, true, false)),
        ("seldom", (true, false, false)),
        ("edge", (true, false, false)),
    ] {
        assert_eq!(names(rule), expected, "{rule}");
    }
    let places = of_rule(&want, "travels")[0].places.as_str().unwrap();
    assert!(places.contains(" 20") && places.ends_with('Z'), "{places}");

    let Some(place) = Place::knowing(&beside, "whole", &baseline).await else {
        return;
    };
    let known = |name: &str| format!("s3://{}/{name}", place.config);
    let setup = place
        .with_table()
        .with("FLOWTRAIL_CONTEXT", &known("context.yaml"))
        .with("FLOWTRAIL_GEO", &known("places.mmdb"));
    let functions = [setup.start(), setup.start()];
    deliver(&place, &functions, &days).await;
    let found = place.found().await;
    let rules = |told: &BTreeMap<String, Told>| -> BTreeSet<(String, String)> {
        let rules = told.iter().map(|(id, t)| (t.rule.clone(), id.clone()));
        rules.collect()
    };
    assert_eq!(rules(&found), rules(&want));
    assert_eq!(found, want);
    let objects = days.concat().len();
    eprintln!("{objects} objects three times, {} findings", want.len());
}
