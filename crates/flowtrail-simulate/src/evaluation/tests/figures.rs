//! Scans and beacons, which have figures of their own.

use super::*;
use crate::plan::Plan;
use crate::world::{Interface, World, dotted};

/// The first interfaces of the organisation that have an instance.
fn hosts(plan: &Plan) -> Vec<(String, Interface)> {
    let world = World::new(plan);
    let all = world.vpcs().flat_map(|(account, vpc)| {
        let own = vpc.interfaces.iter().filter(|i| i.instance.len() > 1);
        own.map(move |i| (account.id.clone(), i.clone()))
    });
    all.take(3).collect()
}

fn label(what: &str, detector: &str, host: &(String, Interface)) -> String {
    let (account, interface) = host;
    let (id, address) = (&interface.id, dotted(interface.address));
    format!(
        r#"{{{what},"detectors":["{detector}"],"account":"{account}","actor":"{}","first_time":"2026-03-20T10:00:00Z","last_time":"2026-03-20T11:00:00Z","flows":[{{"interface":"{id}","srcaddr":"{address}","dstaddr":"10.0.0.99","start":1774000800,"end":1774004400}}]}}"#,
        interface.instance
    )
}

/// A finding of a rule of scans about a host, on a day of March.
fn scan(id: &str, level: &str, host: &(String, Interface), day: u32) -> String {
    let (account, interface) = host;
    let address = dotted(interface.address);
    let time = format!("2026-03-{day:02}T10:30:00Z");
    let more = format!(
        r#","source":{{"address":"{address}"}},"group":{{"srcaddr":"{address}"}},"account":"{account}""#
    );
    finding(id, (level, "f3"), [&time, &time], &more).replace(r#""account":"111","#, "")
}

fn count(findings: &[String]) -> Scans {
    let plan = Plan::history(90, 7);
    let all = hosts(&plan);
    let labels = label(r#""attack":"port-scan-slow""#, "F3", &all[0]);
    let lures = label(r#""negative":"vulnerability-scan""#, "F3", &all[1]);
    let text = findings.join("\n");
    scans(labels.as_bytes(), lures.as_bytes(), text.as_bytes(), &plan).unwrap()
}

#[test]
fn scanners_are_found_and_nobody_else_is_taken_for_one() {
    let all = hosts(&Plan::history(90, 7));
    let none = count(&[]);
    assert_eq!((none.planted, none.found, none.scanners), (1, 0, 2));
    assert!(none.hosts > 20 && none.host_days == 90 * none.hosts as u64);
    let right = count(&[
        scan("1", "low", &all[0], 20),
        scan("2", "medium", &all[1], 21),
    ]);
    assert_eq!((right.found, right.found_at_medium), (1, 0));
    assert!(right.taken.is_empty());
    let medium = count(&[scan("1", "medium", &all[0], 20)]);
    assert_eq!((medium.found, medium.found_at_medium), (1, 1));
}

#[test]
fn hosts_that_are_taken_for_scanners_are_counted_once_and_by_day() {
    let all = hosts(&Plan::history(90, 7));
    let mut taken = count(&[
        scan("1", "low", &all[2], 20),
        scan("2", "low", &all[2], 20),
        scan("3", "low", &all[2], 21),
    ]);
    assert_eq!((taken.taken.len(), taken.days_taken), (1, 2));
    let text = taken.to_string();
    assert!(text.contains(&dotted(all[2].1.address)), "{text}");
    let hosts = taken.hosts;
    taken.merge(count(&[]));
    assert_eq!((taken.hosts, taken.planted), (2 * hosts, 2));
    // Accounts and addresses are the same in each history, and hosts are not.
    taken.merge(count(&[scan("1", "low", &all[2], 20)]));
    assert_eq!((taken.hosts, taken.taken.len()), (3 * hosts, 2));
}

#[test]
fn others_than_hosts_inside_and_other_rules_do_not_count() {
    let all = hosts(&Plan::history(90, 7));
    let address = dotted(all[2].1.address);
    let outside = scan("1", "low", &all[2], 20).replace(&address, "245.1.2.3");
    let other = scan("2", "low", &all[2], 20).replace("flowtrail.f3", "flowtrail.f8");
    assert!(count(&[outside, other]).taken.is_empty());
}

/// A finding of `examples/beacons.yml`.
fn scored(id: &str, rule: &str, to: &str, score: f64) -> String {
    let more = format!(
        r#","value":{score},"group":{{"srcaddr":"10.0.0.5","dstaddr":"{to}","dstport":"443"}}"#
    );
    let times = ["2026-03-21T00:00:05Z", "2026-03-21T23:00:00Z"];
    let text = finding(id, ("informational", "x"), times, &more);
    text.replace(
        r#""rule":{"id":"r","#,
        &format!(r#""rule":{{"id":"r","name":"{rule}","#),
    )
}

const IMPLANT: &str = "242.1.2.3";

#[test]
fn what_is_not_judged_ranks_below_what_is() {
    let lures = r#"{"negative":"cron-job","detectors":["F5"],"first_time":"2026-03-21T00:00:00Z","last_time":"2026-03-22T00:00:00Z","flows":[{"interface":"eni-1","srcaddr":"10.0.0.5","dstaddr":"203.0.113.7","start":1774051200,"end":1774137600}]}"#;
    let all = [
        scored("1", "records_scored", IMPLANT, 0.9),
        scored("2", "starts_scored", IMPLANT, 0.9),
        scored("3", "rare_starts_scored", IMPLANT, 0.9),
        // Runs like clockwork, to somebody whom all know.
        scored("4", "records_scored", "203.0.113.7", 0.99),
        scored("5", "starts_scored", "203.0.113.7", 0.99),
        // One connection that goes on.
        scored("6", "records_scored", "203.0.113.8", 0.98),
        // The best of its days counts.
        scored("8", "records_scored", "203.0.113.8", 0.5),
        // Nothing of it is in the first rule.
        scored("7", "rare_starts_scored", "203.0.113.9", 1.0),
    ];
    let text = all.join("\n");
    let ranked = beacons(LABELS.as_bytes(), lures.as_bytes(), text.as_bytes()).unwrap();
    let areas: Vec<_> = ranked.rows().iter().map(|r| (r.unit, r.area)).collect();
    let of = |unit| [0.0, 0.5, 1.0].map(|area| (unit, Some(area)));
    // All of it is of one day.
    assert_eq!(areas, [of(Unit::Pair), of(Unit::PairAndDay)].concat());
    let counts = ranked.rows()[0].clone();
    assert_eq!((counts.implants, counts.others, ranked.aside), (1, 2, 0));
    assert_eq!((ranked.planted, ranked.unranked), (1, 0));
    let text = ranked.to_string();
    assert!(
        text.contains("| cron-job | 1 | 0.9900 | 0.9900 | - |"),
        "{text}"
    );
    assert!(
        text.contains("| without a label | 1 | 0.9800 | - | - |"),
        "{text}"
    );
}

#[test]
fn each_day_of_a_pair_has_a_rank_of_its_own() {
    let next_day = |text: String| text.replace("2026-03-21T", "2026-03-22T");
    let all = [
        scored("1", "records_scored", IMPLANT, 0.9),
        scored("2", "records_scored", "203.0.113.7", 0.5),
        next_day(scored("3", "records_scored", "203.0.113.7", 0.95)),
        // No score, no rank: the widest way to judge says who is there.
        next_day(scored("4", "starts_scored", "203.0.113.7", 0.95)),
        next_day(scored("5", "starts_scored", "203.0.113.8", 0.95)),
    ];
    let text = all.join("\n");
    let ranked = beacons(LABELS.as_bytes(), &b""[..], text.as_bytes()).unwrap();
    let rows = ranked.rows();
    assert_eq!((rows[0].area, rows[0].others), (Some(0.0), 1));
    assert_eq!((rows[3].area, rows[3].others), (Some(0.5), 2));
    assert_eq!((rows[3].implants, rows[4].area), (1, Some(0.25)));
}

#[test]
fn an_implant_without_a_rank_is_counted() {
    let text = scored("1", "records_scored", "203.0.113.7", 0.5);
    let ranked = beacons(LABELS.as_bytes(), &b""[..], text.as_bytes()).unwrap();
    assert_eq!((ranked.planted, ranked.unranked), (1, 1));
    assert!(ranked.to_string().contains("in a day: 1"), "{ranked}");
}

#[test]
fn other_attacks_are_left_aside_and_histories_are_added() {
    let labels = LABELS.replace(r#""detectors":["F5"]"#, r#""detectors":["F6"]"#);
    let text = [
        scored("1", "records_scored", IMPLANT, 0.9),
        scored("2", "records_scored", "203.0.113.7", 0.5),
    ]
    .join("\n");
    let ranked = |labels: &str| beacons(labels.as_bytes(), &b""[..], text.as_bytes()).unwrap();
    let mut all = ranked(&labels);
    assert_eq!((all.aside, all.rows()[0].area), (1, None));
    all.merge(ranked(LABELS));
    assert_eq!((all.aside, all.rows()[0].area), (1, Some(1.0)));
    assert_eq!((all.rows()[0].implants, all.rows()[0].others), (1, 2));
}

/// What is measured has to be what ships.
#[test]
fn the_rule_that_is_ranked_asks_what_the_shipped_one_asks() {
    let shipped = flowtrail_rules::RULE_FILES
        .iter()
        .find(|f| f.path.ends_with("vpcflow/beacon.yml"))
        .unwrap();
    let own = include_str!("../../../examples/beacons.yml");
    let of = |text: &str, name: &str, key: &str| {
        use serde::Deserialize as _;
        let documents = yaml_serde::Deserializer::from_str(text);
        documents
            .map(|d| yaml_serde::Value::deserialize(d).unwrap())
            .find(|d| d["name"].as_str() == Some(name))
            .map(|d| d[key].clone())
            .unwrap()
    };
    assert_eq!(
        of(own, "rare_start_of_pair", "detection"),
        of(shipped.text, "rare_connection_opened", "detection")
    );
    let (ours, theirs) = (
        of(own, "rare_starts_scored", "correlation"),
        of(shipped.text, "beacon", "correlation"),
    );
    for key in ["type", "group-by", "timespan"] {
        assert_eq!(ours[key], theirs[key], "{key}");
    }
    for key in ["field", "min"] {
        assert_eq!(ours["condition"][key], theirs["condition"][key], "{key}");
    }
}
