use super::matrix::{End, Port};
use super::*;
use crate::plan::{FlowFormat, Plan};
use std::collections::BTreeSet;

fn context(accounts: u32) -> Context {
    Context::of(&World::new(&Plan {
        accounts,
        ..Plan::default()
    }))
}

/// Whether everything that `b` means is meant by `a`.
fn holds(a: End, b: End) -> bool {
    match (a, b) {
        (End::Any, _) => true,
        (End::Environment(x), End::Segment(y, _)) => x == y,
        (End::Everywhere(x), End::Segment(_, y)) => x == y,
        _ => a == b,
    }
}

#[test]
fn no_entry_is_hidden_by_an_earlier_one() {
    for accounts in [1, 2, 3, 9] {
        let matrix = context(accounts).matrix;
        for (n, later) in matrix.iter().enumerate() {
            for earlier in &matrix[..n] {
                let ports = later
                    .ports
                    .iter()
                    .all(|p| earlier.ports.contains(p) || earlier.ports == [Port::Any]);
                let hidden =
                    ports && holds(earlier.from, later.from) && holds(earlier.to, later.to);
                assert!(!hidden, "{later:?} after {earlier:?}");
            }
        }
    }
}

#[test]
fn what_must_never_be_is_forbidden() {
    let context = context(3);
    let at = |text: &str| context.place(text.parse().unwrap(), None, 0);
    let says = |from: &str, to: &str, port| context.verdict((at(from), at(to)), (6, port));
    use Verdict::{Allowed, Forbidden, Undeclared};
    for (from, to, port, verdict) in [
        ("10.16.10.10", "10.16.20.10", 5432, Allowed),
        ("10.32.10.10", "10.16.20.10", 5432, Forbidden),
        ("10.48.10.10", "10.16.23.10", 9200, Forbidden),
        ("10.16.22.10", "10.16.23.10", 9200, Forbidden),
        ("10.16.23.10", "10.16.22.10", 8443, Forbidden),
        ("10.16.10.10", "10.16.21.10", 7687, Allowed),
        ("10.16.3.10", "10.16.21.10", 7687, Forbidden),
        ("10.16.3.10", "10.16.10.10", 22, Allowed),
        ("10.0.10.11", "10.16.10.10", 22, Allowed),
        ("10.32.10.10", "10.16.10.10", 22, Forbidden),
        ("203.0.113.9", "10.16.20.10", 5432, Forbidden),
        ("203.0.113.9", "10.16.1.10", 443, Allowed),
        ("203.0.113.9", "10.16.3.10", 22, Undeclared),
        ("192.0.2.5", "10.16.3.10", 22, Allowed),
        ("10.16.10.10", "10.16.20.10", 6379, Undeclared),
        ("2001:db8:10:100a::a", "2001:db8:10:1017::a", 9200, Allowed),
    ] {
        assert_eq!(says(from, to, port), Some(verdict), "{from} -> {to}:{port}");
    }
    assert_eq!(says("10.99.0.1", "10.16.20.10", 5432), None);
}

#[test]
fn the_file_is_yaml_and_says_the_same() {
    for (accounts, organisation) in [(1, 3), (2, 3), (3, 3), (32, 3)] {
        let context = context(accounts);
        let file: yaml_serde::Value = yaml_serde::from_str(&context.yaml()).unwrap();
        let count = |key: &str| file[key].as_sequence().map(Vec::len);
        assert_eq!(file["version"].as_u64(), Some(1));
        assert_eq!(
            count("accounts"),
            Some(usize::try_from(accounts).unwrap() + 1)
        );
        assert_eq!(count("networks"), Some(context.networks.len()));
        assert_eq!(count("matrix"), Some(context.matrix.len()));
        assert_eq!(count("vpcs"), Some(context.vpcs.len()));
        assert_eq!(count("partners"), Some(organisation));
        let segments = file["segments"].as_mapping().unwrap();
        let aliases: BTreeSet<&str> = file["accounts"]
            .as_sequence()
            .unwrap()
            .iter()
            .map(|a| a["alias"].as_str().unwrap())
            .collect();
        for network in file["networks"].as_sequence().unwrap() {
            assert!(segments.contains_key(network["segment"].as_str().unwrap()));
            assert!(
                network["cidrs"]
                    .as_sequence()
                    .is_some_and(|c| !c.is_empty())
            );
        }
        for vpc in file["vpcs"].as_sequence().unwrap() {
            assert!(aliases.contains(vpc["account"].as_str().unwrap()));
        }
        let entries = file["matrix"].as_sequence().unwrap();
        let word = |e: &yaml_serde::Value| {
            e.get("allow")
                .or(e.get("forbid"))
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert!(
            entries
                .iter()
                .all(|e| word(e).contains(" -> ") && e["why"].is_string())
        );
        assert!(
            entries
                .iter()
                .any(|e| e["forbid"].as_str() == Some("* -> */graph_database"))
        );
    }
}

#[test]
fn two_networks_share_their_addresses() {
    let context = context(3);
    let shared: Vec<_> = context
        .networks
        .iter()
        .filter(|n| n.vpc.is_some())
        .collect();
    assert_eq!(shared.len(), 2);
    assert_eq!(shared[0].cidrs, shared[1].cidrs);
    let address = "100.64.20.10".parse().unwrap();
    let at = |n: &Network| context.place(address, n.vpc.as_deref(), 0);
    assert_ne!(at(shared[0]), at(shared[1]));
    assert_eq!(context.place(address, None, 0), Place::Nowhere);
}

#[test]
fn gateways_are_opened_where_logs_do_not_look_behind_them() {
    let opened = |flow_format| {
        let plan = Plan {
            flow_format,
            ..Plan::default()
        };
        let all = Context::of(&World::new(&plan)).matrix;
        all.iter()
            .any(|e| e.to == End::Segment(Environment::Production, "nat"))
    };
    assert!(opened(FlowFormat::Default));
    assert!(!opened(FlowFormat::Mixed));
}
