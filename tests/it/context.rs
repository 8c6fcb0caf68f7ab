//! The context file at work: rules that ask for it, suppressions, and the
//! commands that check and show it.

mod commands;
mod hiding;
mod mistakes;
mod replayed;
mod shaping;

use flowtrail_detect::Finding;
use flowtrail_event::Limits;
use flowtrail_sigma::RuleSource;

use crate::support::{Scanned, plan_with, scan};

/// Single events, and windows over them: by principal, over everything, over
/// windows, and over flows by source and over everything.
const RULES: &str = "
title: A cookie was taken
id: 11111111-1111-4111-8111-111111111111
name: cookie
logsource: { product: aws, service: cloudtrail }
detection: { take: { eventName: TakeCookie }, condition: take }
level: high
---
title: Somebody takes many cookies
id: 22222222-2222-4222-8222-222222222222
name: greedy
correlation: { type: event_count, rules: [cookie], group-by: [flowtrail.principal], timespan: 1h, condition: { gte: 3 }, generate: true }
level: high
---
title: Many cookies are taken
id: 33333333-3333-4333-8333-333333333333
name: famine
correlation: { type: event_count, rules: [cookie], timespan: 1h, condition: { gte: 3 }, generate: true }
level: high
---
title: Somebody is greedy, and that is all there is to say
id: 44444444-4444-4444-8444-444444444444
name: again
correlation: { type: event_count, rules: [greedy], timespan: 1h, condition: { gte: 1 }, generate: true }
level: high
---
title: A jar is emptied
id: 55555555-5555-4555-8555-555555555555
name: jar
correlation: { type: event_count, rules: [cookie], group-by: [requestParameters.jarName], timespan: 1h, condition: { gte: 3 }, generate: true }
level: high
---
title: A connection was refused
id: 66666666-6666-4666-8666-666666666666
name: refused
logsource: { product: aws, service: vpcflow }
detection: { refused: { action: REJECT }, condition: refused }
level: low
---
title: A host knocks at many doors
id: 77777777-7777-4777-8777-777777777777
name: knocking
correlation: { type: event_count, rules: [refused], group-by: [srcaddr], timespan: 1h, condition: { gte: 3 }, generate: true }
level: medium
---
title: There is knocking
id: 88888888-8888-4888-8888-888888888888
name: noise
correlation: { type: event_count, rules: [refused], timespan: 1h, condition: { gte: 3 }, generate: true }
level: medium
---
title: Somebody of another environment took a cookie
id: 99999999-9999-4999-8999-999999999999
name: stranger
logsource: { product: aws, service: cloudtrail }
detection: { take: { eventName: TakeCookie, flowtrail.src.env: development }, condition: take }
level: low
---
title: Strangers take cookies
id: aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa
name: strangers
correlation: { type: event_count, rules: [stranger], timespan: 1h, condition: { gte: 2 }, generate: true }
level: low
---
title: Strangers of strangers
id: bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb
name: stranger_still
correlation: { type: event_count, rules: [strangers], timespan: 1h, condition: { gte: 1 }, generate: true }
level: low
";

/// One taken cookie.
struct Cookie<'c> {
    role: &'c str,
    jar: &'c str,
    from: &'c str,
}

const BAKER: Cookie<'_> = Cookie {
    role: "baker",
    jar: "kitchen",
    from: "198.51.100.7",
};

const MOUSE: Cookie<'_> = Cookie {
    role: "mouse",
    jar: "cellar",
    from: "203.0.113.9",
};

/// A trail with these, one a minute from ten o'clock on.
fn trail(cookies: &[&Cookie<'_>]) -> String {
    let record = |(n, c): (usize, &&Cookie<'_>)| {
        let (role, jar, from) = (c.role, c.jar, c.from);
        format!(
            r#"{{"eventVersion":"1.11","eventID":"cookie-{n}","eventTime":"2026-05-01T10:{n:02}:00Z","eventSource":"jar.amazonaws.com","eventName":"TakeCookie","recipientAccountId":"111122223333","sourceIPAddress":"{from}","requestParameters":{{"jarName":"{jar}"}},"userIdentity":{{"type":"AssumedRole","accountId":"111122224444","arn":"arn:aws:sts::111122224444:assumed-role/{role}/s","sessionContext":{{"sessionIssuer":{{"arn":"arn:aws:iam::111122224444:role/{role}"}}}}}}}}"#
        )
    };
    let records: Vec<_> = cookies.iter().enumerate().map(record).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// Refused flows between these, one a minute.
fn flows(ends: &[(&str, &str)]) -> String {
    let mut text = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n".to_owned();
    for (n, (src, dst)) in ends.iter().enumerate() {
        let start = 1_777_629_600 + n * 60;
        let end = start + 30;
        text += &format!(
            "2 111122223333 eni-0123456789abcdef0 {src} {dst} 40000 23 6 1 40 {start} {end} REJECT OK\n"
        );
    }
    text
}

const BASE: &str = "version: 1
accounts:
  - {id: '111122223333', alias: shop, environment: production}
  - {id: '111122224444', alias: lab, environment: development}
trusted: [{name: office, cidrs: [198.51.100.0/24]}]
networks: [{cidr: 10.9.0.0/16, environment: shared}]
";

/// A suppression with this scope.
fn hiding(scope: &str) -> String {
    format!(
        "{BASE}suppressions: [{{id: drill, {scope}, owner: secops, reason: a drill, expires: 2026-12-31}}]\n"
    )
}

fn rules() -> Vec<RuleSource> {
    vec![RuleSource {
        file: "cookies.yml".to_owned(),
        text: RULES.to_owned(),
    }]
}

/// What the rules find in one object, with a context.
fn found(object: &str, context: &str) -> Scanned {
    let plan = plan_with(&rules(), &Limits::default(), context);
    scan(&plan, [("object", object.as_bytes())])
}

/// How many findings of a rule there are, and how many of them are suppressed.
fn of(findings: &[Finding], rule: &str) -> (usize, usize) {
    let of_rule = findings
        .iter()
        .filter(|f| f.rule.name.as_deref() == Some(rule));
    let hidden = of_rule.clone().filter(|f| f.suppressed.is_some());
    (of_rule.count(), hidden.count())
}
