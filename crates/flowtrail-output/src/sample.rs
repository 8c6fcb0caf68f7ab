//! Findings that the tests of this crate write.

use std::sync::Arc;

use flowtrail_baseline::Dimension;
use flowtrail_detect::{
    Actor, Evidence, Facts, Finding, FindingId, FirstSeen, FlowFacts, Suppressed,
};
use flowtrail_event::{EventTime, Location, Service};
use flowtrail_sigma::{Level, RuleMeta};

fn text(s: &str) -> Option<String> {
    Some(s.to_owned())
}

fn at(time: &str) -> Option<EventTime> {
    EventTime::parse(time.as_bytes())
}

/// A rule about a stopped trail.
pub(crate) fn rule() -> RuleMeta {
    RuleMeta {
        id: "5c8f7a1e-trail-stopped".to_owned(),
        name: text("trail_stopped"),
        title: "A trail was stopped".to_owned(),
        level: Level::High,
        description: "Without the trail, what follows leaves no trace. Start it again.".to_owned(),
        status: text("stable"),
        tags: ["attack.stealth", "attack.t1562.008", "aws.trail"]
            .map(str::to_owned)
            .to_vec(),
        falsepositives: vec!["A trail that is being replaced".to_owned()],
        references: vec!["https://example.org/trail".to_owned()],
        fields: vec![],
        custom: serde_json::Map::new(),
        file: "/srv/rules/trail_stopped.yml".to_owned(),
        line: 1,
    }
}

fn facts() -> Facts {
    Facts {
        service: Service::CloudTrail,
        account: text("123456789012"),
        region: text("eu-west-1"),
        actor: Actor {
            principal: text("role/Admin"),
            identity_type: text("AssumedRole"),
            class: text("human"),
            session: text("alice"),
            access_key_id: text("ASIAEXAMPLEEXAMPLE00"),
            account: text("999999999999"),
            mfa: text("false"),
        },
        event_source: text("cloudtrail"),
        event_name: text("StopLogging"),
        error_code: None,
        source: text("203.0.113.7"),
        destination: None,
        source_kind: text("public"),
        user_agent: text("aws-cli/2.15.0 Python/3.11"),
        first_seen: Vec::new(),
    }
}

/// One call, by one role.
pub(crate) fn cloudtrail() -> Finding {
    let time = at("2026-07-31T02:14:09Z");
    Finding {
        id: FindingId([0x0a; 16]),
        rule: Arc::new(rule()),
        facts: Arc::new(facts()),
        first: time,
        last: time,
        count: 1,
        resources: vec!["arn:aws:cloudtrail:eu-west-1:123456789012:trail/main".to_owned()],
        flow: None,
        group: vec![],
        value: None,
        values: vec![],
        values_omitted: 0,
        fields: vec![],
        evidence: vec![evidence(
            "a.json.gz",
            1234,
            "2026-07-31T02:14:09Z",
            Some("4d2f"),
        )],
        evidence_omitted: 0,
        context: None,
        baseline: None,
        places: None,
        first_seen: Vec::new(),
        suppressed: None,
    }
}

/// The same call, of which nobody is to be notified.
pub(crate) fn suppressed() -> Finding {
    Finding {
        context: Some("0123456789ab".into()),
        suppressed: Some(Suppressed {
            id: "known-scan".to_owned(),
            owner: "secops".to_owned(),
            reason: "=quarterly; +test".to_owned(),
            expires: EventTime(1_798_761_600_000),
        }),
        ..cloudtrail()
    }
}

/// One that rests on what was seen before.
pub(crate) fn unusual() -> Finding {
    let new = |dimension, key: &str, value: &str| FirstSeen {
        dimension,
        key: key.to_owned(),
        value: value.to_owned(),
    };
    Finding {
        baseline: Some("0123456789abcdef".into()),
        places: Some("Cities 2026-11-02T00:00:00Z".into()),
        first_seen: vec![
            new(
                Dimension::PrincipalApi,
                "role/Admin",
                "cloudtrail:StopLogging",
            ),
            new(Dimension::KeyNetwork, "AKIAEXAMPLE", "203.0.0.0/16"),
        ],
        ..cloudtrail()
    }
}

/// One rejected connection.
pub(crate) fn flow() -> Finding {
    let time = at("2026-07-31T02:20:00Z");
    Finding {
        facts: Arc::new(Facts {
            service: Service::VpcFlow,
            region: None,
            actor: Actor::default(),
            event_source: None,
            event_name: None,
            source: text("2001:db8::7"),
            user_agent: None,
            first_seen: Vec::new(),
            ..facts()
        }),
        first: time,
        last: time,
        resources: vec![],
        flow: Some(FlowFacts {
            src: text("2001:db8::7"),
            src_port: Some(44_321),
            dst: text("2001:db8::22"),
            dst_port: Some(22),
            protocol: Some(6),
            action: text("REJECT"),
            bytes: Some(8_400),
            packets: Some(140),
            interface: text("eni-0abc"),
        }),
        evidence: vec![evidence("flow.log.gz", 99, "2026-07-31T02:20:00Z", None)],
        ..cloudtrail()
    }
}

/// Many denied calls, from one address.
pub(crate) fn correlation() -> Finding {
    let mut member = evidence("a.json.gz", 10, "2026-07-31T02:10:00Z", Some("e1"));
    member.rule = Some("A denied call".into());
    Finding {
        id: FindingId([0xc0; 16]),
        rule: Arc::new(RuleMeta {
            id: "denied-calls".to_owned(),
            title: "Many different calls were denied".to_owned(),
            level: Level::Critical,
            tags: ["attack.discovery", "attack.stealth", "attack.t1580"]
                .map(str::to_owned)
                .to_vec(),
            ..rule()
        }),
        first: at("2026-07-31T02:10:00Z"),
        last: at("2026-07-31T02:14:10Z"),
        count: 1_200,
        facts: Arc::new(Facts {
            error_code: text("AccessDenied"),
            ..facts()
        }),
        group: vec![("sourceIPAddress".to_owned(), "203.0.113.7".to_owned())],
        value: Some(9.0),
        values: vec!["GetObject".to_owned(), "ListBuckets".to_owned()],
        values_omitted: 7,
        fields: vec![("requestParameters.name".to_owned(), "main".to_owned())],
        evidence: vec![
            member,
            evidence("b.json.gz", 20, "2026-07-31T02:14:10Z", Some("e2")),
        ],
        evidence_omitted: 1_198,
        ..cloudtrail()
    }
}

/// What an attacker would like to have printed.
pub(crate) fn hostile() -> Finding {
    let mut f = cloudtrail();
    std::sync::Arc::make_mut(&mut f.facts).actor.principal = text("=cmd|' /C calc'!A0");
    std::sync::Arc::make_mut(&mut f.facts).actor.session = text("admin\u{202e}txt.exe");
    std::sync::Arc::make_mut(&mut f.facts).user_agent =
        text("x\u{1b}[2J\u{9b}31m\n2026-07-31 03:00:00Z  CRITICAL  forged\r\n");
    f.resources = vec!["@SUM(1+1)".to_owned(), "a,\"b\"\tc;=2+2".to_owned()];
    std::sync::Arc::make_mut(&mut f.facts).source = text("\u{7f}\u{2066}1.2.3.4");
    f.fields = vec![("na\u{200b}me".to_owned(), "va\nlue".to_owned())];
    f
}

fn evidence(object: &str, offset: u64, time: &str, event_id: Option<&str>) -> Evidence {
    Evidence {
        time: at(time),
        object: format!("s3://logs/AWSLogs/{object}").into(),
        location: Location { offset, len: 900 },
        event_id: event_id.map(str::to_owned),
        rule: None,
        facts: None,
    }
}
