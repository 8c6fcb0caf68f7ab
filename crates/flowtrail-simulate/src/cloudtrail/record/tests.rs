//! How records look.

use super::*;
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::identity::{self, user_arn};
use crate::world::Account;
use serde_json::Value;

/// The order of keys in real records of 2024 and later.
const ORDER: [&str; 26] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "apiVersion",
    "managementEvent",
    "recipientAccountId",
    "sharedEventID",
    "vpcEndpointId",
    "vpcEndpointAccountId",
    "eventCategory",
    "tlsDetails",
];

fn check(api: &Api, outcome: Outcome, channel: Channel) -> Value {
    let account = Account::new(1, 1, 3);
    let caller = Caller {
        identity: identity::user(&account, "smtp-relay", Some("AKIAX")),
        arn: user_arn(&account, "smtp-relay"),
        session: "smtp-relay".to_owned(),
        address: "192.0.2.5".to_owned(),
        agent: "aws-cli/2".to_owned(),
        channel,
    };
    let mut out = Vec::new();
    let mut random = Random::keyed(&[3]);
    for choice in 0..20 {
        let scope = Scope {
            account: &account,
            region: "eu-central-1",
            time: 1_772_409_600,
            choice,
            arn: &caller.arn,
            session: &caller.session,
            given: &[],
        };
        out.clear();
        let id = Call {
            api,
            caller: &caller,
            scope,
            outcome,
        }
        .write(&mut random, &mut out);
        let text = std::str::from_utf8(&out).unwrap();
        let v: Value =
            serde_json::from_str(text).unwrap_or_else(|e| panic!("{}: {e}\n{text}", api.id));
        assert_eq!(v["eventID"].as_str().unwrap().as_bytes(), id);
        assert!(v["requestParameters"].is_object() || v["requestParameters"].is_null());
        let places: Vec<usize> = v
            .as_object()
            .unwrap()
            .keys()
            .filter_map(|k| ORDER.iter().position(|o| o == k))
            .collect();
        assert!(places.is_sorted(), "{text}");
        assert_eq!(
            v.get("errorCode").is_some(),
            v["responseElements"].is_null() && v.get("errorCode").is_some()
        );
    }
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn every_call_is_json_in_the_right_order_however_it_ends() {
    for api in Catalogue::new().all() {
        for channel in [
            Channel::Tls13,
            Channel::Tls12,
            Channel::Console,
            Channel::Internal,
            Channel::Endpoint,
        ] {
            check(api, Outcome::Success, channel);
        }
        for outcome in [Outcome::Usual, Outcome::Denied] {
            let v = check(api, outcome, Channel::Tls13);
            if outcome != Outcome::Usual {
                assert!(v["responseElements"].is_null());
                assert!(v["errorCode"].is_string());
            }
        }
    }
}

#[test]
fn a_call_on_behalf_hides_the_caller_address() {
    let c = Catalogue::new();
    let v = check(
        c.named("Decrypt.secretsmanager"),
        Outcome::Success,
        Channel::Tls13,
    );
    assert_eq!(
        v["userIdentity"]["invokedBy"],
        "secretsmanager.amazonaws.com"
    );
    assert_eq!(v["sourceIPAddress"], "secretsmanager.amazonaws.com");
    assert!(v.get("tlsDetails").is_none());
}

#[test]
fn denials_name_the_action() {
    let c = Catalogue::new();
    let v = check(
        c.named("ListFunctions20150331"),
        Outcome::Denied,
        Channel::Tls13,
    );
    assert_eq!(v["errorCode"], "AccessDenied");
    assert!(
        v["errorMessage"]
            .as_str()
            .unwrap()
            .contains("lambda:ListFunctions")
    );
    let v = check(c.named("DescribeVolumes"), Outcome::Denied, Channel::Tls13);
    assert_eq!(v["errorCode"], "Client.UnauthorizedOperation");
}
