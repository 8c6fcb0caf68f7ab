use super::*;
use crate::plan::FlowFormat;
use std::collections::{BTreeMap, BTreeSet};

fn played(seed: u64, hours: u32) -> (World, Played) {
    let plan = Plan {
        seed,
        hours,
        ..Plan::default()
    };
    let world = World::new(&plan);
    let played = play(&plan, &world);
    (world, played)
}

#[test]
fn every_kind_is_played_every_day() {
    for (seed, hours) in [(1, 48), (2, 240), (3, 6)] {
        let (_, played) = played(seed, hours);
        let mut times: BTreeMap<&str, u32> = BTreeMap::new();
        for label in &played.labels {
            *times.entry(label.negative).or_default() += 1;
            assert!(!label.flows.is_empty() && label.first_time <= label.last_time);
        }
        for kind in &KINDS {
            let days = hours.div_ceil(24) + if kind.name == "moved-address" { 2 } else { 0 };
            assert_eq!(times.get(kind.name), Some(&days), "{}", kind.name);
        }
        let labelled: u64 = played
            .labels
            .iter()
            .flat_map(|l| &l.flows)
            .map(|f| f.lines)
            .sum();
        assert_eq!(labelled, u64::try_from(played.lines.len()).unwrap());
    }
}

#[test]
fn all_of_it_lies_within_the_plan() {
    for hours in [1, 6, 25, 72] {
        let (_, played) = played(4, hours);
        let start = Plan::default().start.secs();
        for label in &played.labels {
            assert!(label.first_time.secs() >= start, "{label:?}");
            assert!(
                label.last_time.secs() < start + i64::from(hours) * 3600,
                "{label:?}"
            );
        }
    }
}

#[test]
fn the_moved_address_asks_the_database_of_its_time() {
    let (world, played) = played(5, 96);
    let mut sides = BTreeSet::new();
    for flow in played
        .labels
        .iter()
        .filter(|l| l.negative == "moved-address")
        .flat_map(|l| &l.flows)
    {
        let vpcs = world.vpcs().find(|(_, v)| v.has(&flow.interface));
        let (_, vpc) = vpcs.unwrap();
        assert_eq!(
            vpc.environment,
            world.moved.environment(flow.start),
            "{flow:?}"
        );
        assert_eq!(
            vpc.environment,
            world.moved.environment(flow.end),
            "{flow:?}"
        );
        sides.insert(vpc.environment);
    }
    assert_eq!(sides.len(), 2);
}

#[test]
fn one_address_is_two_hosts() {
    let (world, played) = played(6, 48);
    let mut owners = BTreeSet::new();
    for flow in played
        .labels
        .iter()
        .filter(|l| l.negative == "overlapping-networks")
        .flat_map(|l| &l.flows)
    {
        assert!(
            flow.srcaddr == "100.64.20.10" || flow.dstaddr == "100.64.20.10",
            "{flow:?}"
        );
        let found = world.vpcs().find(|(_, v)| v.has(&flow.interface));
        owners.insert(found.unwrap().1.environment);
    }
    assert_eq!(
        owners,
        BTreeSet::from([Environment::Production, Environment::Development])
    );
}

#[test]
fn a_gateway_stands_between_and_flags_tell() {
    let (_, played) = played(7, 24);
    let text: Vec<String> = played
        .lines
        .iter()
        .map(|(_, l)| String::from_utf8(l.line.clone()).unwrap())
        .collect();
    let fields = |l: &str| -> Vec<String> { l.split_whitespace().map(str::to_owned).collect() };
    let custom: Vec<_> = text
        .iter()
        .map(|l| fields(l))
        .filter(|f| f.len() == 30)
        .collect();
    // srcaddr, dstaddr, pkt-srcaddr and pkt-dstaddr are the 4th, 5th, 20th and 21st.
    assert!(custom.iter().any(|f| f[4] != f[20]) && custom.iter().any(|f| f[3] != f[19]));
    // A service above its client's port, with the flags of who opened it.
    let high = |f: &&Vec<String>| ["27017", "8182", "50051"].contains(&f[6].as_str());
    let high: Vec<_> = custom.iter().filter(high).collect();
    assert!(high.len() >= 4);
    for f in high {
        let (from, to): (u16, u16) = (f[5].parse().unwrap(), f[6].parse().unwrap());
        assert!(from < to && f[17] == "3", "{f:?}");
    }
}

#[test]
fn without_flows_and_without_flags() {
    let none = Plan {
        flows_per_day: 0,
        ..Plan::default()
    };
    assert!(play(&none, &World::new(&none)).labels.is_empty());
    let plain = Plan {
        flow_format: FlowFormat::Default,
        ..Plan::default()
    };
    let played = play(&plain, &World::new(&plain));
    assert!(
        played
            .labels
            .iter()
            .all(|l| l.negative != "high-port-service")
    );
    assert!(
        played
            .lines
            .iter()
            .all(|(_, l)| l.line.split(|b| *b == b' ').count() == 14)
    );
}
