use std::collections::BTreeMap;

use flowtrail_baseline::DIMENSIONS;
use flowtrail_event::{EventTime, Record, Service};

use super::super::testing::{NoRaw, case};
use super::*;

fn shown(service: Service, fields: &[(&str, String)]) -> BTreeMap<&'static str, String> {
    let mut projection = Projection::new();
    let sighter = Sighter::plan(&mut projection, service.kind(), DIMENSIONS);
    let mut record = Record::new(projection.len());
    for (name, value) in fields {
        if let Some(slot) = projection.find(name) {
            record.push_own_text(slot, value.as_bytes());
        }
    }
    let time = EventTime::parse(b"2026-11-24T10:20:30Z");
    let event = Event::new(service, &mut record, b"", &NoRaw).at(time);
    let mut all = BTreeMap::new();
    sighter.sightings(&event, &mut |dimension, key, value| {
        all.insert(dimension.name(), format!("{key} -> {value}"));
    });
    all
}

fn call(text: &str) -> BTreeMap<&'static str, String> {
    shown(Service::CloudTrail, &case(text))
}

fn flow(text: &str) -> BTreeMap<&'static str, String> {
    shown(Service::VpcFlow, &case(text))
}

#[track_caller]
fn assert_shown(all: &BTreeMap<&'static str, String>, expected: &[(&'static str, &str)]) {
    let expected = expected
        .iter()
        .map(|(name, text)| (*name, (*text).to_owned()));
    assert_eq!(*all, expected.collect());
}

const ANN: &str = "user=ann | from=198.51.100.7 | ua=aws-cli/2.15.30 | recipientAccountId=111122223333 \
                   | userIdentity.accountId=111122223333 | awsRegion=eu-west-1";
const ARN: &str = "arn:aws:iam::111122223333:user/ann";

#[test]
fn what_a_call_shows() {
    let all = call(&format!(
        "{ANN} | eventSource=s3.amazonaws.com | eventName=CreateBucket \
                             | userIdentity.accessKeyId=AKIAEXAMPLE"
    ));
    assert_shown(
        &all,
        &[
            ("account_api", "111122223333 -> s3:CreateBucket"),
            ("account_region", "111122223333 -> eu-west-1"),
            ("key_network", "AKIAEXAMPLE -> 198.51.0.0/16"),
            // 2026-11-24 is the day 20781.
            ("key_week", "AKIAEXAMPLE -> 2968"),
            ("principal_api", &format!("{ARN} -> s3:CreateBucket")),
            ("principal_network", &format!("{ARN} -> 198.51.0.0/16")),
            ("principal_region", &format!("{ARN} -> eu-west-1")),
            ("principal_ua", &format!("{ARN} -> aws-cli")),
        ],
    );
}

#[test]
fn what_says_nothing_is_not_shown() {
    // A read has no region that matters, and neither has a service without regions.
    for call_of in [
        "s3.amazonaws.com | eventName=GetObject",
        "iam.amazonaws.com | eventName=CreateUser",
    ] {
        let all = call(&format!("{ANN} | eventSource={call_of}"));
        assert!(
            all.contains_key("principal_api") && !all.contains_key("principal_region"),
            "{all:?}"
        );
        assert!(!all.contains_key("account_region") && !all.contains_key("account_caller"));
    }
    // A service, and a session's key.
    assert_shown(
        &call("type=AWSService | by=config.amazonaws.com | eventName=PutObject"),
        &[],
    );
    assert_shown(&call(""), &[]);
    let all = call(&format!("{ANN} | userIdentity.accessKeyId=ASIAEXAMPLE"));
    assert!(!all.contains_key("key_network"), "{all:?}");
}

#[test]
fn secrets_roles_and_other_accounts() {
    let all = call(&format!(
        "{ANN} | eventSource=secretsmanager.amazonaws.com \
                             | eventName=GetSecretValue | resources.ARN=arn:aws:secretsmanager:x:1:secret:a"
    ));
    assert_eq!(
        all["principal_secret"],
        format!("{ARN} -> arn:aws:secretsmanager:x:1:secret:a")
    );
    let all = call(&format!(
        "{ANN} | eventSource=secretsmanager.amazonaws.com \
                             | eventName=GetSecretValue | requestParameters.secretId=prod/a"
    ));
    assert_eq!(all["principal_secret"], format!("{ARN} -> prod/a"));
    let all = call(
        "user=ann | eventSource=sts.amazonaws.com | eventName=AssumeRole \
                    | requestParameters.roleArn=arn:aws:iam::444455556666:role/admin \
                    | account=111122223333 | recipientAccountId=444455556666",
    );
    assert_eq!(
        all["role_assumer"],
        format!("arn:aws:iam::444455556666:role/admin -> {ARN}")
    );
    assert_eq!(
        all["principal_role"],
        format!("{ARN} -> arn:aws:iam::444455556666:role/admin")
    );
    assert_eq!(all["account_caller"], "444455556666 -> 111122223333");
}

#[test]
fn hours_of_people() {
    let all = call("role=AWSReservedSSO_Admin_0a1b/ann@example.com | console=true | eventName=X");
    // A Tuesday, between ten and eleven.
    assert!(all["person_hours"].ends_with(" -> workday 8"), "{all:?}");
    assert!(!call(ANN).contains_key("person_hours"));
}

const FLOW: &str = "srcaddr=10.1.2.3 | dstaddr=10.9.9.9 | srcport=40000 | dstport=5432 \
                    | protocol=6 | action=ACCEPT | vpc-id=vpc-1";

#[test]
fn who_talks_to_whom() {
    assert_shown(&flow(FLOW), &[("edge", "vpc-1/10.1.2.3 -> 10.9.9.9:5432")]);
    // The answer shows the same connection.
    let answer = "srcaddr=10.9.9.9 | dstaddr=10.1.2.3 | srcport=5432 | dstport=40000 \
                  | protocol=6 | action=ACCEPT | vpc-id=vpc-1";
    assert_shown(
        &flow(answer),
        &[("edge", "vpc-1/10.1.2.3 -> 10.9.9.9:5432")],
    );
    let out = FLOW.replace("10.9.9.9", "203.0.113.9");
    assert_shown(
        &flow(&out),
        &[
            ("destination", "* -> 203.0.113.9"),
            ("host_destination", "vpc-1/10.1.2.3 -> 203.0.113.9"),
        ],
    );
    // What a gateway passes on is told by the record of the host behind it.
    assert_shown(&flow(&format!("{out} | interface-type=nat_gateway")), &[]);
    let way = format!("{out} | flow-direction=egress | traffic-path=8");
    assert_shown(&flow(&way), &[]);
    let hosts = [
        format!("{way} | instance-id=i-1"),
        way.replace("path=8", "path=1"),
        out.clone() + " | interface-type=interface",
    ];
    for host in hosts {
        assert_eq!(flow(&host).len(), 2, "{host}");
    }
    assert_shown(&flow(&FLOW.replace("ACCEPT", "REJECT")), &[]);
    assert_shown(&flow(&FLOW.replace("10.1.2.3", "203.0.113.9")), &[]);
}

fn numbers(service: Service, text: &str) -> Vec<String> {
    let mut projection = Projection::new();
    let sighter = Sighter::plan(&mut projection, service.kind(), DIMENSIONS);
    let mut record = Record::new(projection.len());
    for (name, value) in case(text) {
        if let Some(slot) = projection.find(name) {
            record.push_own_text(slot, value.as_bytes());
        }
    }
    let event = Event::new(service, &mut record, b"", &NoRaw);
    let mut all = Vec::new();
    sighter.numbers(&event, &mut |dimension, key, number| {
        all.push(format!("{} {key}: {number}", dimension.name()));
    });
    all
}

#[test]
fn what_is_added_up() {
    let call = format!("{ANN} | eventSource=s3.amazonaws.com | eventName=ListBuckets");
    assert_eq!(
        numbers(Service::CloudTrail, &call),
        [format!("principal_calls 111122223333 {ARN} read: 1")]
    );
    let flow = format!("{FLOW} | bytes=700 | interface-id=eni-1");
    let of_flow = |text: &str| numbers(Service::VpcFlow, text);
    assert!(of_flow(&flow).is_empty(), "it stays inside");
    let out = flow.replace("10.9.9.9", "203.0.113.9");
    assert_eq!(of_flow(&out), ["interface_bytes_out eni-1: 700"]);
    assert!(of_flow(&format!("{out} | pkt-dst-aws-service=S3")).is_empty());
    assert!(of_flow(&format!("{out} | flow-direction=ingress")).is_empty());
    let rejected = flow.replace("ACCEPT", "REJECT");
    assert_eq!(of_flow(&rejected), ["interface_rejects eni-1: 1"]);
    // The whole internet knocks.
    assert!(of_flow(&rejected.replace("10.1.2.3", "203.0.113.9")).is_empty());
}

#[test]
fn keys_are_created() {
    let all = call(&format!(
        "{ANN} | eventSource=iam.amazonaws.com | eventName=CreateAccessKey \
         | responseElements.accessKey.accessKeyId=AKIANEW"
    ));
    assert_eq!(all["key_created"], format!("AKIANEW -> {ARN}"));
}
