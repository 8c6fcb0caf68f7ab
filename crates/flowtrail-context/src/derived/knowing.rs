//! The fields that rest on a context file, and the side that opened a
//! connection.

use std::sync::Arc;

use flowtrail_event::{Event, EventTime, Kind, Projection, Record, Service};

use super::testing::{NoRaw, derive_knowing, flow};
use super::{Derivation, Side};
use crate::context::tests::context;
use crate::context::{Context, Verdict};

const FILE: &str = "version: 1
segments: {application: a, database: b, search: c, bastion: d, nat: e}
accounts:
  - {id: 111122223333, alias: shop-prod, environment: production}
  - {id: 111122225555, alias: shop-dev, environment: development}
partners: [{id: 999900001111, name: backup provider}]
networks:
  - {cidr: 10.16.0.0/16, environment: production}
  - {cidr: 10.16.1.0/24, segment: application}
  - {cidr: 10.16.4.0/24, segment: database}
  - {cidr: 10.16.7.0/24, segment: search}
  - {cidr: 10.16.9.0/24, segment: bastion}
  - {cidr: 10.17.0.0/16, environment: development}
  - {cidr: 10.20.0.0/16, environment: production, segment: application, vpc: vpc-1}
  - {cidr: 10.20.0.0/16, environment: development, segment: application, vpc: vpc-2}
  - {cidr: 10.30.0.0/24, environment: development, until: '2026-06-01T00:00:00Z'}
  - {cidr: 10.30.0.0/24, environment: production, from: '2026-06-01T00:00:00Z'}
vpcs:
  - {id: vpc-1, account: shop-prod}
  - {id: vpc-2, account: shop-dev}
trusted: [{name: office, cidrs: [198.51.100.0/24]}]
matrix:
  - {allow: production/application -> production/database, ports: [tcp/5432, tcp/50051, udp/53, icmp]}
  - {allow: production/bastion -> production/application, ports: any}
  - {forbid: development -> production, ports: any}
  - {allow: 'trusted:office -> production/bastion', ports: 22}
callers:
  - {name: deploy, part: pipeline, principals: ['arn:aws:iam::*:role/deploy-*'], networks: [office, 10.0.0.0/8]}
  - {name: cfn, part: build, principals: ['arn:aws:iam::*:role/cfn'], networks: [aws]}
regions: [eu-central-1]
";

pub(super) fn knowing() -> Arc<Context> {
    Arc::new(context(FILE))
}

/// Fields of a flow record that is written as `src:port>dst:port key=value …`.
fn record(text: &str) -> Vec<(String, String)> {
    let mut words = text.split(' ');
    let (from, to) = words.next().unwrap().split_once('>').unwrap();
    let (from, source_port) = from.rsplit_once(':').unwrap();
    let (to, destination_port) = to.rsplit_once(':').unwrap();
    let mut fields = vec![("srcaddr", from), ("srcport", source_port)];
    fields.extend([("dstaddr", to), ("dstport", destination_port)]);
    let more: Vec<_> = words.map(|word| word.split_once('=').unwrap()).collect();
    let short = |name| match name {
        "flags" => "tcp-flags",
        "way" => "flow-direction",
        "vpc" => "vpc-id",
        "own" => "account-id",
        other => other,
    };
    if !more.iter().any(|(name, _)| *name == "protocol") {
        fields.push(("protocol", "6"));
    }
    fields.extend(more.iter().map(|(name, value)| (short(*name), *value)));
    let owned = fields.into_iter();
    owned.map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn flows(service: Service, ask: &[&str], text: &str) -> Vec<Option<String>> {
    let fields = record(text);
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_bytes()))
        .collect();
    derive_knowing(Some(&knowing()), Kind::Flow, service, ask, &fields)
}

#[rustfmt::skip] // One case, one line: it is read as a table.
const OPENERS: &[(&str, Option<&str>)] = &[
    ("10.0.0.1:40000>10.0.0.2:5432", Some("src")),
    ("10.0.0.2:5432>10.0.0.1:40000", Some("dst")),
    // Flags say more than ports.
    ("10.0.0.1:20000>10.0.0.2:27017 tcp-flags=2", Some("src")),
    ("10.0.0.1:20000>10.0.0.2:27017 tcp-flags=3", Some("src")),
    ("10.0.0.2:27017>10.0.0.1:20000 tcp-flags=18", Some("dst")),
    ("10.0.0.2:27017>10.0.0.1:20000 tcp-flags=19", Some("dst")),
    ("10.0.0.1:443>10.0.0.2:443 tcp-flags=2", Some("src")),
    // Without SYN they say nothing.
    ("10.0.0.1:40000>10.0.0.2:5432 tcp-flags=0", Some("src")),
    ("10.0.0.1:40000>10.0.0.2:5432 tcp-flags=1", Some("src")),
    ("10.0.0.2:5432>10.0.0.1:40000 tcp-flags=4", Some("dst")),
    ("10.0.0.2:5432>10.0.0.1:40000 tcp-flags=x", Some("dst")),
    ("10.0.0.1:443>10.0.0.2:443", None),
    // Flags are those of TCP.
    ("10.0.0.1:53>10.0.0.2:40000 protocol=17 tcp-flags=2", Some("dst")),
    ("10.0.0.1:0>10.0.0.2:0 protocol=1", Some("src")),
    ("10.0.0.1:0>10.0.0.2:0 protocol=58", Some("src")),
    ("10.0.0.1:0>10.0.0.2:0 protocol=47", None),
    ("10.0.0.1:->10.0.0.2:443", None),
    ("10.0.0.1:->10.0.0.2:443 tcp-flags=2", Some("src")),
    ("10.0.0.1:99999999999999999999999>10.0.0.2:443", None),
];

#[test]
fn who_opened_a_connection() {
    for (text, expected) in OPENERS {
        let fields = record(text);
        let fields: Vec<_> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            flow("flowtrail.initiator", &fields).as_deref(),
            *expected,
            "{text}"
        );
    }
}

#[test]
fn a_transit_gateway_logs_every_ack() {
    let initiator = |text| flows(Service::TgwFlow, &["flowtrail.initiator"], text).remove(0);
    let first = initiator("10.0.0.1:40000>10.0.0.2:5432 tcp-flags=27");
    assert_eq!(first.as_deref(), Some("src"), "the ports say it");
    let first = initiator("10.0.0.1:20000>10.0.0.2:27017 tcp-flags=2");
    assert_eq!(first.as_deref(), Some("src"));
}

#[rustfmt::skip] // One case, one line: it is read as a table.
const ENDS: &[(&str, &str, &str)] = &[
    ("10.16.1.5:1>10.16.4.5:2", "production application -", "production database -"),
    ("10.16.1.5:1>8.8.8.8:2", "production application -", "- - -"),
    ("10.99.0.1:1>198.51.100.5:2", "- - -", "- - -"),
    // The near end is in the VPC of the interface; so is the far one, where
    // the VPC has its address.
    ("10.20.1.1:1>10.20.1.2:2 way=egress vpc=vpc-1", "production application shop-prod", "production application shop-prod"),
    ("10.20.1.1:1>10.20.1.2:2 way=ingress vpc=vpc-2", "development application shop-dev", "development application shop-dev"),
    ("10.16.4.5:1>10.20.1.2:2 way=egress vpc=vpc-9", "production database -", "- - -"),
    ("10.99.0.1:1>10.16.4.5:2 way=egress vpc=vpc-1", "production - shop-prod", "production database -"),
    ("10.99.0.1:1>10.16.4.5:2 way=ingress vpc=vpc-1", "- - -", "production database shop-prod"),
    ("10.99.0.1:1>10.16.4.5:2 vpc=vpc-1", "- - -", "production database -"),
    // Without a VPC the account stands for it.
    ("10.20.1.1:1>10.20.1.2:2 own=111122225555", "development application shop-dev", "development application shop-dev"),
    ("10.20.1.1:1>10.20.1.2:2 own=unknown", "- - -", "- - -"),
    // A NAT gateway's own address is not that of the packet.
    ("10.16.9.1:1>10.16.4.5:2 way=egress pkt-srcaddr=10.17.0.5", "development - -", "production database -"),
    ("10.99.9.1:1>8.8.8.8:2 way=egress vpc=vpc-1 pkt-srcaddr=10.99.0.5", "- - -", "- - -"),
    // The address moved; the record's own time counts.
    ("10.30.0.5:1>10.16.4.5:2 start=1780271999", "development - -", "production database -"),
    ("10.30.0.5:1>10.16.4.5:2 start=1780272000", "production - -", "production database -"),
    ("10.30.0.5:1>10.16.4.5:2", "- - -", "production database -"),
    ("-:1>10.16.4.5:2", "- - -", "production database -"),
    ("-:1>-:2", "- - -", "- - -"),
];

#[test]
fn both_ends_of_a_flow() {
    let ask = [
        "flowtrail.src.env",
        "flowtrail.src.segment",
        "flowtrail.src.account",
        "flowtrail.dst.env",
        "flowtrail.dst.segment",
        "flowtrail.dst.account",
    ];
    for (text, source, destination) in ENDS {
        let got = flows(Service::VpcFlow, &ask, text);
        let words: Vec<_> = got.iter().map(|v| v.as_deref().unwrap_or("-")).collect();
        assert_eq!(words[..3].join(" "), *source, "{text}");
        assert_eq!(words[3..].join(" "), *destination, "{text}");
    }
}

#[test]
fn a_transit_gateway_knows_both_vpcs() {
    let ask = ["flowtrail.src.account", "flowtrail.dst.env"];
    let text =
        "10.20.1.1:1>10.20.1.2:2 tgw-src-vpc-id=vpc-1 tgw-dst-vpc-id=vpc-2 account-id=999999999999";
    let got = flows(Service::TgwFlow, &ask, text);
    assert_eq!(
        got,
        [Some("shop-prod".to_owned()), Some("development".to_owned())]
    );
    let text = "10.99.1.1:1>10.20.1.2:2 tgw-src-vpc-account-id=111122223333 tgw-src-vpc-id=vpc-7";
    let got = flows(Service::TgwFlow, &ask, text);
    assert_eq!(
        got,
        [Some("shop-prod".to_owned()), None],
        "an end without VPC may be anywhere"
    );
}

#[rustfmt::skip] // One case, one line: it is read as a table.
const POLICIES: &[(&str, Option<&str>)] = &[
    ("10.16.1.5:40000>10.16.4.5:5432 tcp-flags=2", Some("allowed")),
    ("10.16.4.5:5432>10.16.1.5:40000 tcp-flags=18", Some("allowed")),
    ("10.16.1.5:40000>10.16.4.5:5432", Some("allowed")),
    ("10.16.4.5:5432>10.16.1.5:40000", Some("allowed")),
    ("10.16.1.5:40000>10.16.4.5:5433", Some("undeclared")),
    ("10.17.0.5:40000>10.16.4.5:5432", Some("forbidden")),
    ("10.16.4.5:5432>10.17.0.5:40000", Some("forbidden")),
    ("10.16.4.5:5432>10.17.0.5:40000 tcp-flags=2", Some("undeclared")),
    // A service may have a higher port than its client; a port that the
    // matrix names is the service's.
    ("10.16.1.5:40000>10.16.4.5:50051 tcp-flags=2", Some("allowed")),
    ("10.16.1.5:40000>10.16.4.5:50051", Some("allowed")),
    ("10.16.4.5:50051>10.16.1.5:40000", Some("allowed")),
    ("10.16.1.5:22>10.16.4.5:50051", Some("undeclared")),
    // One that allows anything names no port.
    ("10.16.1.5:40000>10.16.9.5:3389", Some("undeclared")),
    ("10.16.9.5:40000>10.16.1.5:3389", Some("allowed")),
    ("10.16.1.5:443>10.16.9.5:443", Some("allowed")),
    // An answer to a ping is no ping.
    ("10.16.1.5:0>10.16.4.5:0 protocol=1", Some("allowed")),
    ("10.16.4.5:0>10.16.1.5:0 protocol=1", Some("allowed")),
    ("10.17.0.5:0>10.16.4.5:0 protocol=1", Some("forbidden")),
    ("10.16.4.5:0>10.17.0.5:0 protocol=1", Some("forbidden")),
    ("10.16.1.5:0>10.16.4.5:0 protocol=47", Some("undeclared")),
    ("10.16.1.5:40000>10.16.4.5:53 protocol=17", Some("allowed")),
    ("198.51.100.5:40000>10.16.9.5:22 tcp-flags=2", Some("allowed")),
    ("198.51.100.5:40000>10.16.9.5:23 tcp-flags=2", Some("undeclared")),
    ("8.8.8.8:40000>10.16.9.5:22 tcp-flags=2", None),
    ("10.99.0.1:40000>10.16.9.5:22 tcp-flags=2", None),
    ("10.20.0.1:40000>10.16.9.5:22 tcp-flags=2", None),
    ("10.16.1.5:->10.16.4.5:5432", None),
    ("-:1>10.16.4.5:5432", None),
    ("10.16.1.5:40000>10.16.4.5:5432 protocol=256", None),
];

#[test]
fn what_the_matrix_says_of_flows() {
    for (text, expected) in POLICIES {
        let got = flows(Service::VpcFlow, &["flowtrail.policy"], text);
        assert_eq!(got[0].as_deref(), *expected, "{text}");
    }
}

#[test]
fn an_ambiguous_record_is_counted_once() {
    let mut projection = Projection::new();
    let fields = ["flowtrail.src.env", "flowtrail.dst.env", "flowtrail.policy"];
    let slots = fields.map(|name| projection.slot(name));
    let context = knowing();
    let derivation = Derivation::plan(&mut projection, Kind::Flow, Some(&context)).unwrap();
    let mut record = Record::new(projection.len());
    let mut judge = |source: &[u8]| {
        record.clear();
        record.push_own_text(projection.find("srcaddr").unwrap(), source);
        record.push_own_text(projection.find("dstaddr").unwrap(), b"10.16.4.5");
        let mut event = Event::new(Service::VpcFlow, &mut record, b"", &NoRaw);
        event.time = Some(EventTime(0));
        for slot in slots {
            derivation.apply_to(&mut event, slot);
        }
        let connection = derivation.connection(&mut event).unwrap();
        let source = derivation.context().unwrap().place_name(&connection.source);
        (
            source,
            event.str(slots[1]).map(str::to_owned),
            derivation.ambiguous(),
        )
    };
    let production = || Some("production".to_owned());
    assert_eq!(
        judge(b"10.20.0.1"),
        ("ambiguous".to_owned(), production(), 1)
    );
    assert_eq!(
        judge(b"10.16.1.1"),
        ("production/application".to_owned(), production(), 1)
    );
    assert_eq!(judge(b"10.20.0.2").2, 2);
}

#[test]
fn a_connection_as_a_report_wants_it() {
    let mut projection = Projection::new();
    projection.slot("flowtrail.policy");
    projection.slot("flowtrail.initiator");
    let context = knowing();
    let derivation = Derivation::plan(&mut projection, Kind::Flow, Some(&context)).unwrap();
    let mut store = Record::new(projection.len());
    for (name, value) in record("10.16.4.5:5432>10.17.0.5:40000") {
        if let Some(slot) = projection.find(&name) {
            store.push_own_text(slot, value.as_bytes());
        }
    }
    let mut event = Event::new(Service::VpcFlow, &mut store, b"", &NoRaw);
    let connection = derivation.connection(&mut event).unwrap();
    assert_eq!(connection.initiator, Some(Side::Destination));
    let decision = connection.decision.unwrap();
    assert_eq!(
        (decision.verdict, decision.entry),
        (Verdict::Forbidden, Some(2))
    );
    let entry = &context.declared().matrix[2];
    assert_eq!(context.entry_name(entry), "development -> production");
    let none = Derivation::plan(&mut projection, Kind::Flow, None).unwrap();
    assert_eq!(none.connection(&mut event), None);
}

#[test]
fn without_a_context_only_the_initiator_is_filled() {
    let fields = record("10.16.1.5:40000>10.16.4.5:5432");
    let fields: Vec<_> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    for (field, expected) in [
        ("flowtrail.policy", None),
        ("flowtrail.src.env", None),
        ("flowtrail.initiator", Some("src")),
    ] {
        assert_eq!(flow(field, &fields).as_deref(), expected, "{field}");
    }
}
