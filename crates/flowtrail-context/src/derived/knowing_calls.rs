//! The fields of calls that rest on a context file.

use flowtrail_event::Service;

use super::knowing::knowing;
use super::testing::derive_knowing;

/// A field of a call that is written as `key=value | key=value`.
fn call(ask: &str, text: &str) -> Option<String> {
    let fields = super::testing::case(text);
    let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
    let knowing = knowing();
    let service = Service::CloudTrail;
    derive_knowing(Some(&knowing), service.kind(), service, &[ask], &fields).remove(0)
}

/// A call of the development account that it recorded itself, and what more it
/// says; then whose account it reaches.
#[rustfmt::skip] // One case, one line: it is read as a table.
const REACHED: &[(&str, &str)] = &[
    ("eventName=ListBuckets", "development shop-dev"),
    ("eventName=AssumeRole | requestParameters.roleArn=arn:aws:iam::111122223333:role/admin", "production shop-prod"),
    ("eventName=AssumeRoleWithSAML | requestParameters.roleArn=arn:aws:iam::111122223333:role/admin", "production shop-prod"),
    ("eventName=AssumeRole | requestParameters.roleArn=arn:aws:iam::123456789012:role/admin", "- -"),
    ("eventName=PassRole | requestParameters.roleArn=arn:aws:iam::111122223333:role/admin", "development shop-dev"),
    ("eventName=Decrypt | resources.ARN=arn:aws:kms:eu-central-1:111122223333:key/1", "production shop-prod"),
    ("resources.ARN=arn:aws:s3:::b | resources.accountId=111122223333", "production shop-prod"),
    ("resources.ARN=arn:aws:s3:::b | resources.accountId=111122225555", "development shop-dev"),
    ("resources.accountId=111122225555 | resources.accountId=111122223333", "production shop-prod"),
];

/// The environment and the account of one end of a call.
fn end(end: &str, text: &str) -> String {
    let field = |name: &str| {
        let value = call(&format!("flowtrail.{end}.{name}"), text);
        value.unwrap_or_else(|| "-".to_owned())
    };
    format!("{} {}", field("env"), field("account"))
}

#[test]
fn the_account_that_a_call_reaches() {
    for (text, expected) in REACHED {
        let text = format!("account=111122225555 | recipientAccountId=111122225555 | {text}");
        assert_eq!(end("src", &text), "development shop-dev", "{text}");
        assert_eq!(end("dst", &text), *expected, "{text}");
    }
}

#[test]
fn the_account_of_a_caller() {
    for (text, source, destination) in [
        ("account=999900001111", "- backup provider", "- -"),
        ("account=123456789012", "- -", "- -"),
        (
            "arn=arn:aws:sts::111122225555:assumed-role/a/b",
            "development shop-dev",
            "- -",
        ),
        (
            "by=config.amazonaws.com | recipientAccountId=111122223333",
            "- -",
            "production shop-prod",
        ),
        ("account=x | recipientAccountId=x", "- -", "- -"),
    ] {
        assert_eq!(end("src", text), source, "{text}");
        assert_eq!(end("dst", text), destination, "{text}");
    }
}

#[test]
fn an_actor_is_a_principal_in_a_network() {
    for (text, expected) in [
        ("role=deploy-shop/x | from=10.1.2.3", Some("pipeline")),
        ("role=deploy-shop/x | from=198.51.100.7", Some("pipeline")),
        (
            "role=deploy-shop/x | from=::ffff:10.1.2.3",
            Some("pipeline"),
        ),
        ("role=deploy-shop/x | from=203.0.113.7", None),
        (
            "role=deploy-shop/x | from=cloudformation.amazonaws.com",
            None,
        ),
        ("role=deploy-shop/x", None),
        ("role=undeploy/x | from=10.1.2.3", None),
        (
            "role=cfn/x | from=cloudformation.amazonaws.com",
            Some("build"),
        ),
        ("role=cfn/x | from=AWS Internal", Some("build")),
        ("role=cfn/x | from=10.1.2.3", None),
        ("from=10.1.2.3", None),
    ] {
        assert_eq!(call("flowtrail.actor", text).as_deref(), expected, "{text}");
    }
}

#[test]
fn regions_of_calls() {
    let region = |name| call("flowtrail.region", &format!("awsRegion={name}"));
    assert_eq!(region("eu-central-1").as_deref(), Some("expected"));
    assert_eq!(region("sa-east-1").as_deref(), Some("unexpected"));
    assert_eq!(call("flowtrail.region", "eventName=x"), None);
}
