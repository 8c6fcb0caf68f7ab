use super::*;
use crate::sample;
use serde_json::json;

fn parsed(f: &Finding) -> Value {
    let mut out = Vec::new();
    write(f, &mut out).unwrap();
    assert_eq!(out.iter().filter(|&&b| b == b'\n').count(), 1);
    serde_json::from_slice(&out).unwrap()
}

fn all() -> [Finding; 5] {
    [
        sample::suppressed(),
        sample::cloudtrail(),
        sample::flow(),
        sample::correlation(),
        sample::hostile(),
    ]
}

/// Whether an object has at least one of the attributes that its schema wants.
fn has_any(value: &Value, keys: &[&str]) -> bool {
    keys.iter().any(|k| value.get(k).is_some())
}

#[test]
fn the_class_is_detection_finding_created() {
    for f in all() {
        let e = parsed(&f);
        assert_eq!(
            (&e["class_uid"], &e["category_uid"]),
            (&json!(2004), &json!(2))
        );
        let type_uid = e["class_uid"].as_u64().unwrap() * 100 + e["activity_id"].as_u64().unwrap();
        assert_eq!(e["type_uid"], json!(type_uid));
        assert_eq!(e["metadata"]["version"], "1.8.0");
        assert_eq!(e["metadata"]["profiles"], json!(["cloud"]));
    }
}

#[test]
fn what_the_schema_requires_is_there() {
    for f in all() {
        let e = parsed(&f);
        for pointer in [
            "/activity_id",
            "/category_uid",
            "/class_uid",
            "/type_uid",
            "/time",
            "/severity_id",
            "/metadata/version",
            "/metadata/product/name",
            "/finding_info/uid",
            "/finding_info/analytic/type_id",
            "/cloud/provider",
        ] {
            assert!(
                e.pointer(pointer).is_some_and(|v| !v.is_null()),
                "{pointer}"
            );
        }
        for evidence in e["evidences"].as_array().unwrap() {
            assert!(has_any(
                evidence,
                &["actor", "api", "src_endpoint", "connection_info", "data"]
            ));
        }
        for attack in e["finding_info"]["attacks"].as_array().unwrap() {
            assert!(has_any(attack, &["tactic", "technique", "sub_technique"]));
        }
        for resource in e["resources"].as_array().map_or(&[][..], Vec::as_slice) {
            assert!(has_any(resource, &["uid", "name"]));
        }
        for observable in e["observables"].as_array().unwrap() {
            assert!(observable["type_id"].is_u64());
        }
    }
}

#[test]
fn there_is_no_null_anywhere() {
    fn nulls(value: &Value) -> usize {
        match value {
            Value::Null => 1,
            Value::Array(values) => values.iter().map(nulls).sum(),
            Value::Object(map) => map.values().map(nulls).sum(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
        }
    }
    for f in all() {
        assert_eq!(nulls(&parsed(&f)), 0);
    }
}

#[test]
fn one_call() {
    let e = parsed(&sample::cloudtrail());
    assert_eq!(e["time"], json!(1_785_464_049_000_i64));
    assert_eq!(e["severity_id"], 4);
    assert_eq!(
        e["evidences"],
        json!([{
            "actor": {
                "user": {
                    "name": "role/Admin",
                    "account": {"uid": "999999999999", "type_id": 10, "type": "AWS Account"},
                    "type_id": 99, "type": "AssumedRole",
                },
                "session": {"uid": "alice", "credential_uid": "ASIAEXAMPLEEXAMPLE00", "is_mfa": false},
            },
            "api": {"operation": "StopLogging", "service": {"name": "cloudtrail"}},
            "src_endpoint": {"ip": "203.0.113.7"},
            "http_request": {"user_agent": "aws-cli/2.15.0 Python/3.11"},
            "uid": "4d2f",
            "data": {"object": "s3://logs/AWSLogs/a.json.gz", "offset": 1234, "length": 900,
                     "time": 1_785_464_049_000_i64},
        }])
    );
    assert_eq!(e["api"], e["evidences"][0]["api"]);
    assert_eq!(e["cloud"]["account"]["uid"], "123456789012");
    assert_eq!(
        e["resources"][0]["uid"],
        "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"
    );
    assert_eq!(
        e["finding_info"]["attacks"][0]["sub_technique"]["uid"],
        "T1562.008"
    );
    assert_eq!(e["unmapped"]["rule"]["file"], "trail_stopped.yml");
}

#[test]
fn what_is_suppressed_has_that_status() {
    let e = parsed(&sample::suppressed());
    assert_eq!(
        (&e["status_id"], &e["status"]),
        (&json!(3), &json!("Suppressed"))
    );
    assert_eq!(
        e["comment"],
        "suppressed by known-scan until 2027-01-01T00:00:00Z: =quarterly; +test (secops)"
    );
    assert_eq!(e["unmapped"]["context"], "0123456789ab");
    assert_eq!(
        e["unmapped"]["suppressed"]["expires"],
        1_798_761_600_000_i64
    );
    let e = parsed(&sample::cloudtrail());
    assert_eq!((&e["status_id"], &e["status"]), (&json!(1), &json!("New")));
    assert!(e.get("comment").is_none());
    assert!(e["unmapped"].get("suppressed").is_none());
}

#[test]
fn one_flow() {
    let e = parsed(&sample::flow());
    let evidence = &e["evidences"][0];
    assert_eq!(
        evidence["dst_endpoint"],
        json!({"ip": "2001:db8::22", "port": 22})
    );
    assert_eq!(
        evidence["connection_info"],
        json!({"direction_id": 0, "protocol_num": 6, "protocol_name": "tcp", "protocol_ver_id": 6})
    );
    assert_eq!(e["metadata"]["log_provider"], "Amazon VPC");
    assert_eq!(e["unmapped"]["flow"]["action"], "REJECT");
    assert!(e.get("api").is_none());
}

#[test]
fn a_correlation_has_its_activity_and_its_records() {
    let e = parsed(&sample::correlation());
    assert_eq!(e["count"], 1_200);
    assert_eq!(e["evidences"].as_array().unwrap().len(), 3);
    assert_eq!(
        e["evidences"][0]["api"]["response"]["error"],
        "AccessDenied"
    );
    assert_eq!(e["evidences"][1]["name"], "A denied call");
    assert_eq!(e["evidences"][2]["data"]["offset"], 20);
    assert_eq!(e["unmapped"]["group"]["sourceIPAddress"], "203.0.113.7");
    assert_eq!(e["unmapped"]["evidence_omitted"], 1_198);
}

#[test]
fn observables_point_at_what_they_say() {
    for f in all() {
        let e = parsed(&f);
        for o in e["observables"].as_array().unwrap() {
            let path = o["name"]
                .as_str()
                .unwrap()
                .replace(['.', '['], "/")
                .replace(']', "");
            let value = e
                .pointer(&format!("/{path}"))
                .unwrap_or_else(|| panic!("{path}"));
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(o["value"], text, "{path}");
        }
    }
}

#[test]
fn sources_that_are_no_address_are_services() {
    let mut f = sample::cloudtrail();
    std::sync::Arc::make_mut(&mut f.facts).source = Some("AWS Internal".to_owned());
    assert_eq!(
        parsed(&f)["evidences"][0]["src_endpoint"],
        json!({"svc_name": "AWS Internal"})
    );
}

#[test]
fn a_finding_without_facts_or_times_is_still_valid() {
    let mut f = sample::cloudtrail();
    std::sync::Arc::make_mut(&mut f.facts).actor = flowtrail_detect::Actor::default();
    (f.first, f.last, f.value) = (None, None, Some(f64::NAN));
    let facts = std::sync::Arc::make_mut(&mut f.facts);
    (facts.event_name, facts.source) = (None, None);
    f.evidence.clear();
    let e = parsed(&f);
    assert_eq!(e["time"], 0);
    assert!(e.get("start_time").is_none());
    assert!(
        e.get("evidences").is_none(),
        "a user agent alone is no evidence"
    );
    assert!(e["unmapped"].get("value").is_none());
    assert_eq!(e["unmapped"]["user_agent"], "aws-cli/2.15.0 Python/3.11");
    assert_eq!(e["unmapped"]["event_source"], "cloudtrail");
}

#[test]
fn ports_without_a_place_are_kept() {
    let mut f = sample::flow();
    let flow = f.flow.as_mut().unwrap();
    (flow.src, flow.dst_port) = (None, Some(70_000));
    let e = parsed(&f);
    assert_eq!(e["unmapped"]["flow"]["src_port"], 44_321);
    assert_eq!(e["unmapped"]["flow"]["dst_port"], 70_000);
    assert!(e["evidences"][0]["dst_endpoint"].get("port").is_none());
}

#[test]
fn a_field_with_several_values_keeps_them_all() {
    let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let fields = [
        pair("a", "1"),
        pair("a", "2"),
        pair("b", "3"),
        pair("a", "4"),
    ];
    assert_eq!(
        pairs(&fields),
        Some(json!({"a": ["1", "2", "4"], "b": "3"}))
    );
}
