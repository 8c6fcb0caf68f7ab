//! Findings for the tests.

use std::sync::Arc;

use flowtrail_detect::{Actor, Facts, Finding, FindingId};
use flowtrail_event::{EventTime, Service};
use flowtrail_sigma::{Level, RuleMeta};

use super::Rendered;

pub(super) const ACCOUNT: &str = "111122223333";

/// The finding number `n` of a rule about an actor.
pub(super) fn finding(n: u32, rule: &str, actor: &str) -> Finding {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&n.to_be_bytes());
    let time = EventTime::from_secs(1_795_000_000);
    Finding {
        id: FindingId(id),
        rule: Arc::new(meta(rule)),
        facts: Arc::new(Facts {
            service: Service::CloudTrail,
            account: Some(ACCOUNT.into()),
            region: None,
            actor: Actor {
                principal: Some(actor.to_owned()),
                ..Actor::default()
            },
            event_source: None,
            event_name: None,
            error_code: None,
            source: Some("203.0.113.7".into()),
            destination: None,
            source_kind: None,
            user_agent: None,
            first_seen: Vec::new(),
        }),
        first: Some(time),
        last: Some(time),
        count: 1,
        resources: Vec::new(),
        flow: None,
        group: Vec::new(),
        value: None,
        values: Vec::new(),
        values_omitted: 0,
        fields: Vec::new(),
        evidence: Vec::new(),
        evidence_omitted: 0,
        context: None,
        baseline: None,
        places: None,
        first_seen: Vec::new(),
        suppressed: None,
    }
}

fn meta(rule: &str) -> RuleMeta {
    RuleMeta {
        id: rule.to_owned(),
        name: None,
        title: format!("Title of {rule}"),
        level: Level::High,
        description: String::new(),
        status: None,
        tags: Vec::new(),
        falsepositives: Vec::new(),
        references: Vec::new(),
        fields: Vec::new(),
        custom: serde_json::Map::new(),
        file: "r.yml".to_owned(),
        line: 1,
    }
}

/// The same, rendered, with a text of `bytes` in it.
pub(super) fn rendered(n: u32, rule: &str, actor: &str, bytes: usize) -> Rendered {
    let finding = finding(n, rule, actor);
    let text = "x".repeat(bytes);
    let json = format!(r#"{{"id":"{}","text":"{text}"}}"#, finding.id);
    let ocsf = format!(r#"{{"class_uid":2004,"text":"{text}"}}"#);
    Rendered::new(&finding, json.as_bytes(), Some(ocsf.as_bytes())).unwrap()
}

/// Later than any test.
pub(super) fn later() -> std::time::Instant {
    std::time::Instant::now() + std::time::Duration::from_secs(3_600)
}

/// A client of a service crate that rules answer instead of AWS.
macro_rules! mocked {
    ($sdk:ident, $($rule:expr),+) => {{
        let interceptor = aws_smithy_mocks::MockResponseInterceptor::new()
            .rule_mode(aws_smithy_mocks::RuleMode::MatchAny)
            $(.with_rule($rule))+;
        let credentials = $sdk::config::Credentials::new("id", "secret", None, None, "test");
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .credentials_provider(credentials)
            .region($sdk::config::Region::new("eu-central-1"))
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .http_client(aws_smithy_mocks::create_mock_http_client())
            .interceptor(interceptor)
            .build();
        $sdk::Client::from_conf(config)
    }};
}
pub(crate) use mocked;
