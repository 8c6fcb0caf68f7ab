//! The context file is true: what it says of each line of ordinary traffic is
//! that it is allowed, and of each planted violation that it is one. Read from
//! the files alone, as a detector has to, but the slow way.

use super::{Files, inflate, run};
use crate::attack::Attack;
use crate::context::{Context, Place, Verdict};
use crate::plan::{FlowFormat, Plan};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A line by the names of its columns.
type Row = BTreeMap<String, String>;

fn rows(files: &Files) -> Vec<Row> {
    let mut all = Vec::new();
    for (_, bytes) in files.iter().filter(|(k, _)| k.contains("/vpcflowlogs/")) {
        let text = inflate(bytes);
        let mut lines = text.lines().map(|l| l.split(' ').map(str::to_owned));
        let header: Vec<String> = lines.next().unwrap().collect();
        all.extend(lines.map(|l| header.iter().cloned().zip(l).collect::<Row>()));
    }
    all.retain(|r| r["log-status"] == "OK");
    all
}

/// What a line says of a connection.
struct Judged {
    policy: Option<Verdict>,
    /// Who opened it, and to whom; both where the ports are equal.
    ends: (Place, Place),
    opener: IpAddr,
    service: (IpAddr, u16),
}

fn judge(context: &Context, row: &Row) -> Judged {
    let address = |packet: &str, plain: &str| -> IpAddr {
        row.get(packet).unwrap_or(&row[plain]).parse().unwrap()
    };
    let number = |name: &str| -> u16 { row[name].parse().unwrap() };
    let src = (address("pkt-srcaddr", "srcaddr"), number("srcport"));
    let dst = (address("pkt-dstaddr", "dstaddr"), number("dstport"));
    let protocol = u8::try_from(number("protocol")).unwrap();
    let flags: Option<u16> = row.get("tcp-flags").map(|f| f.parse().unwrap());
    let syn = flags.filter(|f| protocol == 6 && f & 2 != 0);
    let forth = match syn {
        Some(flags) => flags & 16 == 0,
        None => protocol == 1 || src.1 >= dst.1,
    };
    let (opener, service) = if forth { (src, dst) } else { (dst, src) };
    let (vpc, time) = (
        row.get("vpc-id").map(String::as_str),
        row["start"].parse().unwrap(),
    );
    let at = |a: IpAddr| context.place(a, vpc, time);
    let ends = (at(opener.0), at(service.0));
    let mut policy = context.verdict(ends, (protocol, service.1));
    let either = context.verdict((ends.1, ends.0), (protocol, opener.1));
    if syn.is_none() && src.1 == dst.1 && either == Some(Verdict::Allowed) {
        policy = either;
    }
    Judged {
        policy,
        ends,
        opener: opener.0,
        service,
    }
}

fn plan(seed: u64, accounts: u32, flow_format: FlowFormat) -> Plan {
    Plan {
        seed,
        accounts,
        flow_format,
        hours: 30,
        events_per_day: 0,
        flows_per_day: 40_000,
        attacks: vec![],
        gzip_level: 1,
        ..Plan::default()
    }
}

#[test]
fn ordinary_traffic_is_allowed() {
    for (seed, accounts, format) in [
        (1, 1, FlowFormat::Mixed),
        (2, 2, FlowFormat::Custom),
        (3, 3, FlowFormat::Mixed),
        (4, 3, FlowFormat::Default),
        (5, 9, FlowFormat::Mixed),
    ] {
        let plan = plan(seed, accounts, format);
        let context = Context::of(&World::new(&plan));
        let (files, _) = run(&plan);
        let rows = rows(&files);
        let mut allowed = 0;
        for row in &rows {
            let judged = judge(&context, row);
            let knock = row["action"] == "REJECT"
                && [judged.ends.0, judged.ends.1].contains(&Place::Internet);
            match judged.policy {
                Some(Verdict::Allowed) => allowed += 1,
                Some(Verdict::Undeclared) if knock => {}
                // Without the VPC nobody knows which of the two it is.
                None => assert!(
                    row["srcaddr"].starts_with("100.64.") || row["dstaddr"].starts_with("100.64."),
                    "{row:?}"
                ),
                found => panic!("{found:?} {:?}: {row:?}", judged.ends),
            }
        }
        assert!(
            rows.len() > 30_000 && allowed * 10 > rows.len() * 8,
            "{allowed} of {}",
            rows.len()
        );
    }
}

#[test]
fn each_planted_violation_can_be_seen() {
    for (seed, format) in [
        (1, FlowFormat::Mixed),
        (2, FlowFormat::Custom),
        (3, FlowFormat::Default),
    ] {
        let plan = Plan {
            hours: 24,
            attacks: Attack::ALL.to_vec(),
            flows_per_day: 600,
            ..plan(seed, 3, format)
        };
        let context = Context::of(&World::new(&plan));
        let (files, summary) = run(&plan);
        let mut seen = BTreeSet::new();
        for row in rows(&files) {
            let judged = judge(&context, &row);
            if let Some(policy @ (Verdict::Forbidden | Verdict::Undeclared)) = judged.policy {
                let key = (
                    judged.opener.to_string(),
                    judged.service.0.to_string(),
                    judged.service.1,
                );
                seen.insert((policy.name(), row["action"].clone(), key));
            }
        }
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for label in &summary.labels {
            for v in &label.violations {
                // Without flags the higher port is the one that opens.
                let told = format != FlowFormat::Default || v.dstport < 32_768;
                let action = if v.outcome == "refused" {
                    "REJECT"
                } else {
                    "ACCEPT"
                };
                let key = (v.srcaddr.clone(), v.dstaddr.clone(), v.dstport);
                let found = seen.contains(&(v.policy, action.to_owned(), key));
                assert!(found || !told, "{}: {v:?}", label.attack);
                *counts.entry((v.policy, v.outcome)).or_default() += 1;
            }
        }
        for expected in [
            ("forbidden", "accepted"),
            ("forbidden", "refused"),
            ("undeclared", "accepted"),
        ] {
            assert!(counts.contains_key(&expected), "{counts:?}");
        }
    }
}

/// The attacks on the matrix, again and again.
fn segments(seed: u64) -> Plan {
    Plan {
        attacks: [
            Attack::SshAroundBastion,
            Attack::CrossEnvTraffic,
            Attack::DevReadsProduction,
            Attack::ForbiddenTrafficRefused,
            Attack::ForbiddenTrafficBurst,
            Attack::UndeclaredEdge,
            Attack::GraphDatabaseAccess,
            Attack::LedgerSearchTraffic,
        ]
        .repeat(6),
        hours: 72,
        flows_per_day: 600,
        ..plan(seed, 3, FlowFormat::Mixed)
    }
}

#[test]
fn the_same_violation_comes_in_several_places() {
    let (_, summary) = run(&segments(6));
    let mut places: BTreeMap<Attack, BTreeSet<(String, String)>> = BTreeMap::new();
    for label in &summary.labels {
        assert!(!label.violations.is_empty(), "{}", label.attack);
        for v in &label.violations {
            let refused = [
                Attack::ForbiddenTrafficRefused,
                Attack::ForbiddenTrafficBurst,
            ];
            let (policy, outcome) = if refused.contains(&label.attack) {
                ("forbidden", "refused")
            } else if label.attack == Attack::UndeclaredEdge {
                ("undeclared", "accepted")
            } else {
                ("forbidden", "accepted")
            };
            assert_eq!((v.policy, v.outcome), (policy, outcome), "{}", label.attack);
            let ends = (v.srcaddr.clone(), v.dstaddr.clone());
            places.entry(label.attack).or_default().insert(ends);
        }
    }
    for (attack, places) in &places {
        assert!(places.len() >= 3, "{attack}: {places:?}");
    }
    let burst = summary
        .labels
        .iter()
        .find(|l| l.attack == Attack::ForbiddenTrafficBurst);
    let burst = &burst.unwrap().violations[0];
    assert!(
        burst.connections >= 80 && burst.end - burst.start < 600,
        "{burst:?}"
    );
}
