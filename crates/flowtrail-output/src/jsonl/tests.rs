use super::*;
use crate::sample;
use serde_json::Value;

fn written(f: &Finding) -> String {
    let mut out = Vec::new();
    write(f, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn parsed(f: &Finding) -> Value {
    serde_json::from_str(&written(f)).unwrap()
}

#[test]
fn the_line_of_one_call() {
    assert_eq!(
        written(&sample::cloudtrail()),
        concat!(
            r#"{"schema":"flowtrail.finding.v1","id":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","#,
            r#""time":"2026-07-31T02:14:09Z","first":"2026-07-31T02:14:09Z","last":"2026-07-31T02:14:09Z","#,
            r#""level":"high","title":"A trail was stopped","#,
            r#""rule":{"id":"5c8f7a1e-trail-stopped","name":"trail_stopped","level":"high","status":"stable","#,
            r#""title":"A trail was stopped","#,
            r#""description":"Without the trail, what follows leaves no trace. Start it again.","#,
            r#""tags":["attack.stealth","attack.t1562.008","aws.trail"],"#,
            r#""techniques":["T1562.008"],"tactics":["stealth"],"#,
            r#""falsepositives":["A trail that is being replaced"],"#,
            r#""references":["https://example.org/trail"],"file":"trail_stopped.yml"},"#,
            r#""service":"cloudtrail","account":"123456789012","region":"eu-west-1","#,
            r#""actor":{"principal":"role/Admin","identity_type":"AssumedRole","class":"human","#,
            r#""session":"alice","access_key_id":"ASIAEXAMPLEEXAMPLE00","account":"999999999999","mfa":"false"},"#,
            r#""api":{"source":"cloudtrail","name":"StopLogging","error_code":null},"#,
            r#""resources":["arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"],"#,
            r#""source":{"address":"203.0.113.7","kind":"public","user_agent":"aws-cli/2.15.0 Python/3.11"},"#,
            r#""flow":null,"count":1,"group":{},"value":null,"values":[],"values_omitted":0,"fields":{},"#,
            r#""evidence":[{"time":"2026-07-31T02:14:09Z","object":"s3://logs/AWSLogs/a.json.gz","#,
            r#""offset":1234,"length":900,"event_id":"4d2f","rule":null}],"evidence_omitted":0}"#,
            "\n"
        )
    );
}

#[test]
fn what_a_context_shaped_says_so_at_the_end() {
    let plain = written(&sample::cloudtrail());
    let ends = concat!(
        r#","context":"0123456789ab","suppressed":{"id":"known-scan","owner":"secops","#,
        r#""reason":"=quarterly; +test","expires":"2027-01-01T00:00:00Z"}}"#,
        "\n"
    );
    let whole = plain.trim_end_matches("}\n");
    assert_eq!(written(&sample::suppressed()), format!("{whole}{ends}"));
}

#[test]
fn what_was_never_seen_stands_at_the_end() {
    let plain = written(&sample::cloudtrail());
    let ends = concat!(
        r#","baseline":"0123456789abcdef","places":"Cities 2026-11-02T00:00:00Z","first_seen":["#,
        r#"{"dimension":"principal_api","key":"role/Admin","value":"cloudtrail:StopLogging"},"#,
        r#"{"dimension":"key_network","key":"AKIAEXAMPLE","value":"203.0.0.0/16"}]}"#,
        "\n"
    );
    let whole = plain.trim_end_matches("}\n");
    assert_eq!(written(&sample::unusual()), format!("{whole}{ends}"));
}

#[test]
fn flows_and_correlations_keep_their_numbers() {
    let flow = parsed(&sample::flow());
    assert_eq!(flow["flow"]["dst_port"], 22);
    assert_eq!(flow["flow"]["bytes"], 8_400);
    let correlation = parsed(&sample::correlation());
    assert_eq!(correlation["count"], 1_200);
    assert_eq!(correlation["value"], 9.0);
    assert_eq!(correlation["group"]["sourceIPAddress"], "203.0.113.7");
    assert_eq!(correlation["evidence"][0]["rule"], "A denied call");
    assert_eq!(correlation["values_omitted"], 7);
}

#[test]
fn every_line_has_every_key_and_the_table_names_them() {
    let source = include_str!("../jsonl.rs");
    let table: String = source.lines().filter(|l| l.starts_with("//! |")).collect();
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let reference = keys(&parsed(&sample::cloudtrail()));
    let suppressed = parsed(&sample::suppressed());
    for key in keys(&suppressed)
        .iter()
        .chain(&keys(&suppressed["suppressed"]))
    {
        assert!(table.contains(&format!("`{key}`")), "{key}");
    }
    for f in [sample::flow(), sample::correlation(), sample::hostile()] {
        let value = parsed(&f);
        assert_eq!(keys(&value), reference);
        for part in [
            &value["rule"],
            &value["actor"],
            &value["api"],
            &value["source"],
            &value["evidence"][0],
        ] {
            for key in keys(part) {
                assert!(
                    table.contains(&format!("`{key}`")) || table.contains(&format!("`{key}[]`")),
                    "{key}"
                );
            }
        }
    }
    assert!(
        reference
            .iter()
            .all(|key| table.contains(&format!("`{key}`")))
    );
}

#[test]
fn hostile_text_comes_back_whole() {
    let f = sample::hostile();
    let value = parsed(&f);
    assert_eq!(
        value["source"]["user_agent"],
        f.facts.user_agent.clone().unwrap()
    );
    assert_eq!(
        value["actor"]["session"],
        f.facts.actor.session.clone().unwrap()
    );
    assert_eq!(value["fields"]["na\u{200b}me"][0], "va\nlue");
}

#[test]
fn a_field_with_several_values_keeps_them_all() {
    let mut f = sample::cloudtrail();
    f.fields = [("a", "1"), ("b", "2"), ("a", "3")]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .to_vec();
    assert!(written(&f).contains(r#""fields":{"a":["1","3"],"b":["2"]}"#));
}

#[test]
fn a_finding_without_facts_is_a_line_too() {
    let mut f = sample::cloudtrail();
    (f.first, f.last, f.value) = (None, None, Some(f64::NAN));
    f.evidence.clear();
    let value = parsed(&f);
    assert_eq!(value["time"], Value::Null);
    assert_eq!(value["value"], Value::Null);
    assert_eq!(value["evidence"], Value::Array(vec![]));
}

fn drilled() -> Finding {
    let mut f = sample::cloudtrail();
    let facts = std::sync::Arc::make_mut(&mut f.facts);
    facts.account = Some(flowtrail_detect::DRILL_ACCOUNT.to_owned());
    f.evidence[0].object = "s3://logs/AWSLogs/flowtrail-drill/x/y.json.gz".into();
    f
}

#[test]
fn a_drill_says_so_and_keeps_its_level() {
    let value = parsed(&drilled());
    assert_eq!(value["drill"], true);
    assert_eq!(value["title"], "DRILL: A trail was stopped");
    assert_eq!(value["rule"]["title"], "A trail was stopped");
    assert_eq!(value["level"], "high");
    let mut ocsf = Vec::new();
    crate::ocsf::write(&drilled(), &mut ocsf).unwrap();
    let ocsf: Value = serde_json::from_slice(&ocsf).unwrap();
    assert_eq!(ocsf["metadata"]["labels"][0], "drill");
    assert_eq!(ocsf["message"], "DRILL: A trail was stopped");
    assert_eq!(ocsf["severity_id"], 4);
    assert_eq!(ocsf["status"], "New");
}

/// An attacker chooses what records say, and where a trail puts its objects; one of
/// both is not enough, and one real record is enough.
#[test]
fn a_real_finding_cannot_pass_for_a_drill() {
    type Change = fn(&mut Finding);
    let real: [Change; 6] = [
        |f| std::sync::Arc::make_mut(&mut f.facts).account = Some("123456789012".into()),
        |f| std::sync::Arc::make_mut(&mut f.facts).account = None,
        |f| f.evidence[0].object = "s3://logs/AWSLogs/a.json.gz".into(),
        |f| f.evidence.push(sample::cloudtrail().evidence[0].clone()),
        |f| f.evidence_omitted = 1,
        |f| f.evidence.clear(),
    ];
    for change in real {
        let mut f = drilled();
        change(&mut f);
        std::sync::Arc::make_mut(&mut f.facts).user_agent = Some("flowtrail-drill/x".into());
        let value = parsed(&f);
        assert_eq!(value.get("drill"), None, "{value}");
        assert_eq!(value["title"], "A trail was stopped");
    }
}
