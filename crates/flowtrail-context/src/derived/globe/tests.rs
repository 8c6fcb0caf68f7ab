use std::sync::Arc;

use flowtrail_baseline::Dimension;
use flowtrail_event::{Event, Kind, Projection, Record, Service};

use super::super::testing::NoRaw;
use super::super::{Derivation, Sighter};
use crate::given::Given;
use crate::mmdb::{Mmdb, city, system};
use crate::places::Places;

const FIELDS: [&str; 4] = [
    "flowtrail.country",
    "flowtrail.place",
    "flowtrail.asn",
    "flowtrail.as_name",
];

fn places() -> Arc<Places> {
    let mut cities = Mmdb::new();
    cities.say("198.51.100.0/24", &city("DE", 50.1109, 8.6821, 20));
    cities.say("203.0.113.0/24", &city("EC", -0.0049, -78.4678, 50));
    cities.say("192.0.2.0/24", &city("US", 37.751, -97.822, 1000));
    cities.say("2001:db8::/32", &city("FR", 48.8582, 2.3387, 20));
    // Nobody on the internet has such an address.
    cities.say("10.0.0.0/8", &city("XX", 1.0, 1.0, 1));
    let mut systems = Mmdb::of_v4();
    systems.say("198.51.100.0/24", &system(64_500, "Example Net"));
    let files = [
        ("city".to_owned(), cities.finish("GeoLite2-City")),
        ("asn".to_owned(), systems.finish("GeoLite2-ASN")),
    ];
    Arc::new(Places::read(files).unwrap())
}

fn derived(kind: Kind, fields: &[(&str, &str)]) -> String {
    let mut projection = Projection::new();
    let slots = FIELDS.map(|f| projection.slot(f));
    let given = Given {
        places: Some(places()),
        ..Given::default()
    };
    let derivation = Derivation::plan_given(&mut projection, kind, &given).unwrap();
    let mut record = Record::new(projection.len());
    for (name, value) in fields {
        record.push_own_text(projection.find(name).unwrap(), value.as_bytes());
    }
    let service = match kind {
        Kind::CloudTrail => Service::CloudTrail,
        Kind::Flow => Service::VpcFlow,
    };
    let mut event = Event::new(service, &mut record, b"", &NoRaw);
    derivation.apply(&mut event);
    let values = slots.map(|slot| event.str(slot).unwrap_or("-").to_owned());
    values.join(" ")
}

#[test]
fn where_calls_come_from() {
    for (source, endpoint, expected) in [
        ("198.51.100.7", "", "DE 50.11,8.68 64500 Example Net"),
        ("::ffff:198.51.100.7", "", "DE 50.11,8.68 64500 Example Net"),
        ("198.51.100.7", "vpce-0a1b", "- - - -"),
        ("203.0.113.9", "", "EC 0.00,-78.47 - -"),
        ("192.0.2.9", "", "US - - -"),
        ("2001:db8::7", "", "FR 48.86,2.34 - -"),
        ("8.8.8.8", "", "- - - -"),
        ("10.1.2.3", "", "- - - -"),
        ("config.amazonaws.com", "", "- - - -"),
        ("AWS Internal", "", "- - - -"),
        ("", "", "- - - -"),
    ] {
        let fields = [("sourceIPAddress", source), ("vpcEndpointId", endpoint)];
        assert_eq!(derived(Kind::CloudTrail, &fields), expected, "{source}");
    }
}

#[test]
fn the_public_end_of_a_flow_or_the_far_one() {
    const GERMANY: &str = "DE 50.11,8.68 64500 Example Net";
    const FRANCE: &str = "FR 48.86,2.34 - -";
    for (source, destination, more, expected) in [
        ("198.51.100.7", "10.0.0.1", None, GERMANY),
        ("10.0.0.1", "198.51.100.7", None, GERMANY),
        ("10.0.0.1", "10.0.0.2", None, "- - - -"),
        ("-", "-", None, "- - - -"),
        ("198.51.100.7", "2001:db8::7", None, "- - - -"),
        (
            "198.51.100.7",
            "2001:db8::7",
            Some(("flow-direction", "ingress")),
            GERMANY,
        ),
        (
            "198.51.100.7",
            "2001:db8::7",
            Some(("flow-direction", "egress")),
            FRANCE,
        ),
        // A gateway's own address is not that of the packet.
        (
            "10.0.0.9",
            "10.0.0.1",
            Some(("pkt-srcaddr", "2001:db8::7")),
            FRANCE,
        ),
        (
            "198.51.100.7",
            "10.0.0.1",
            Some(("pkt-srcaddr", "10.0.0.7")),
            "- - - -",
        ),
        (
            "198.51.100.7",
            "10.0.0.1",
            Some(("pkt-srcaddr", "-")),
            GERMANY,
        ),
    ] {
        let mut fields = vec![("srcaddr", source), ("dstaddr", destination)];
        fields.extend(more);
        assert_eq!(derived(Kind::Flow, &fields), expected, "{fields:?}");
    }
}

#[test]
fn without_files_nothing_is_known_and_no_country_is_remembered() {
    let mut projection = Projection::new();
    let slot = projection.slot("flowtrail.country");
    projection.slot("flowtrail.first_seen");
    let given = Given::default().with_memory("test");
    let without = Derivation::plan_given(&mut projection, Kind::CloudTrail, &given).unwrap();
    assert!(!without.dimensions().contains(&Dimension::PrincipalCountry));
    assert!(without.dimensions().contains(&Dimension::PrincipalNetwork));
    let mut record = Record::new(projection.len());
    let source = projection.find("sourceIPAddress").unwrap();
    record.push_own_text(source, b"198.51.100.7");
    let mut event = Event::new(Service::CloudTrail, &mut record, b"", &NoRaw);
    without.apply(&mut event);
    assert_eq!(event.str(slot), None);
    let given = Given {
        places: Some(places()),
        ..given
    };
    let with = Derivation::plan_given(&mut projection, Kind::CloudTrail, &given).unwrap();
    assert!(with.dimensions().contains(&Dimension::PrincipalCountry));
}

#[test]
fn countries_are_seen_of_principals() {
    let seen = |places: Option<&Arc<Places>>, source: &str| {
        let mut projection = Projection::new();
        let dimensions = [Dimension::PrincipalCountry];
        let sighter = Sighter::plan(&mut projection, Kind::CloudTrail, &dimensions);
        let sighter = sighter.with_places(places);
        let mut record = Record::new(projection.len());
        for (name, value) in [
            ("userIdentity.type", "IAMUser"),
            ("userIdentity.arn", "arn:aws:iam::111122223333:user/ann"),
            ("sourceIPAddress", source),
        ] {
            record.push_own_text(projection.find(name).unwrap(), value.as_bytes());
        }
        let event = Event::new(Service::CloudTrail, &mut record, b"", &NoRaw);
        let mut all = Vec::new();
        sighter.sightings(&event, &mut |_, key, value| {
            all.push(format!("{key} {value}"))
        });
        all
    };
    let places = places();
    let in_germany = ["arn:aws:iam::111122223333:user/ann DE".to_owned()];
    assert_eq!(seen(Some(&places), "198.51.100.7"), in_germany);
    assert!(seen(Some(&places), "10.1.2.3").is_empty());
    assert!(seen(None, "198.51.100.7").is_empty());
}
