//! Writes one record, with its keys in the order in which AWS writes them.

use super::catalogue::{Api, Kind};
use super::identity::{Caller, Channel};
use super::template::{Event, Scope, fill};
use crate::random::{Random, hash_text};
use crate::text::{self, Alphabet};
use crate::world::GLOBAL_REGION;

/// Services that record the parameters of calls that they refuse. The others
/// ask for permission before they look at parameters.
const TELLS_REFUSED: [&str; 7] = [
    "ec2",
    "s3",
    "eks",
    "guardduty",
    "bedrock",
    "securityhub",
    "ce",
];

/// How the call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It worked.
    Success,
    /// The error that the catalogue has for this call; success if it has none.
    Usual,
    /// The caller may not do that.
    Denied,
    /// A sign-in that failed: a message without a code, and an answer.
    Refused,
}

/// A call that is to be recorded.
pub(crate) struct Call<'a> {
    pub(crate) api: &'a Api,
    pub(crate) caller: &'a Caller,
    pub(crate) scope: Scope<'a>,
    pub(crate) outcome: Outcome,
}

fn put(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

impl Call<'_> {
    /// Appends the record and returns its event id.
    pub(crate) fn write(&self, random: &mut Random, out: &mut Vec<u8>) -> [u8; 36] {
        let mut request_id = Vec::with_capacity(36);
        if self.api.source == "s3" {
            text::name(&mut request_id, Alphabet::Base36, 16, random);
        } else {
            request_id.extend_from_slice(&text::uuid(random));
        }
        let event = Event {
            api: self.api,
            request_id,
        };
        self.head(out);
        let failed = self.error(&event, random, out);
        put(out, &[r#","requestParameters":"#]);
        if self.outcome == Outcome::Denied && !TELLS_REFUSED.contains(&self.api.source) {
            put(out, &["null"]);
        } else {
            fill(&self.api.request, &self.scope, &event, random, out);
        }
        put(out, &[r#","responseElements":"#]);
        if failed {
            put(out, &["null"]);
        } else {
            fill(&self.api.response, &self.scope, &event, random, out);
        }
        if !self.api.extra.is_empty() {
            put(out, &[r#","additionalEventData":"#]);
            fill(&self.api.extra, &self.scope, &event, random, out);
        }
        self.tail(&event, failed, random, out)
    }

    /// A service that calls on behalf of the caller, if there is one.
    fn via(&self) -> Option<&str> {
        Some(self.api.via).filter(|v| !v.is_empty())
    }

    fn head(&self, out: &mut Vec<u8>) {
        put(
            out,
            &[
                r#"{"eventVersion":""#,
                self.api.version,
                r#"","userIdentity":"#,
            ],
        );
        let identity = self.caller.identity.as_slice();
        match (self.via(), identity.strip_suffix(b"}")) {
            (Some(service), Some(open)) => {
                out.extend_from_slice(open);
                put(out, &[r#","invokedBy":""#, service, r#""}"#]);
            }
            _ => out.extend_from_slice(identity),
        }
        put(out, &[r#","eventTime":""#]);
        text::iso_time(out, self.scope.time);
        put(
            out,
            &[r#"","eventSource":""#, self.api.source, ".amazonaws.com"],
        );
        put(out, &[r#"","eventName":""#, self.api.name]);
        put(out, &[r#"","awsRegion":""#, self.scope.region]);
        let address = self.via().unwrap_or(&self.caller.address);
        let agent = self.via().unwrap_or(&self.caller.agent);
        put(
            out,
            &[
                r#"","sourceIPAddress":""#,
                address,
                r#"","userAgent":""#,
                agent,
                "\"",
            ],
        );
    }

    fn error(&self, event: &Event<'_>, random: &mut Random, out: &mut Vec<u8>) -> bool {
        match self.outcome {
            Outcome::Success => return false,
            Outcome::Usual => {
                let Some((_, code, message)) = &self.api.fault else {
                    return false;
                };
                if message.is_empty() {
                    put(out, &[r#","errorCode":""#, code, "\""]);
                    return true;
                }
                put(out, &[r#","errorCode":""#, code, r#"","errorMessage":""#]);
                fill(message, &self.scope, event, random, out);
            }
            Outcome::Denied => self.denied(random, out),
            Outcome::Refused => {
                put(out, &[r#","errorMessage":"Failed authentication""#]);
                return false;
            }
        }
        out.push(b'"');
        true
    }

    /// EC2 has its own words for a missing permission.
    fn denied(&self, random: &mut Random, out: &mut Vec<u8>) {
        let (code, opening) = if self.api.source == "ec2" {
            (
                "Client.UnauthorizedOperation",
                "You are not authorized to perform this operation. ",
            )
        } else {
            ("AccessDenied", "")
        };
        let action = self.api.action.as_str();
        put(
            out,
            &[r#","errorCode":""#, code, r#"","errorMessage":""#, opening],
        );
        put(
            out,
            &[
                "User: ",
                &self.caller.arn,
                " is not authorized to perform: ",
                action,
            ],
        );
        let reason = match random.below(10) {
            0 => " with an explicit deny in a service control policy",
            1 => " with an explicit deny in an identity-based policy",
            _ => " because no identity-based policy allows the ",
        };
        put(out, &[reason]);
        if reason.ends_with("the ") {
            put(out, &[action, " action"]);
        }
    }

    fn tail(
        &self,
        event: &Event<'_>,
        failed: bool,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) -> [u8; 36] {
        let api = self.api;
        if !matches!(api.kind, Kind::SignIn | Kind::ServiceEvent) {
            put(out, &[r#","requestID":""#]);
            out.extend_from_slice(&event.request_id);
            out.push(b'"');
        }
        let event_id = text::uuid(random);
        put(out, &[r#","eventID":""#]);
        out.extend_from_slice(&event_id);
        put(
            out,
            &[
                r#"","readOnly":"#,
                if api.read_only { "true" } else { "false" },
            ],
        );
        if !api.resources.is_empty() && !failed {
            put(out, &[r#","resources":"#]);
            fill(&api.resources, &self.scope, event, random, out);
        }
        let (event_type, management, category) = match api.kind {
            Kind::Management => ("AwsApiCall", "true", "Management"),
            Kind::Data => ("AwsApiCall", "false", "Data"),
            Kind::SignIn => ("AwsConsoleSignIn", "true", "Management"),
            Kind::ServiceEvent => ("AwsServiceEvent", "true", "Management"),
        };
        put(out, &[r#","eventType":""#, event_type, "\""]);
        if !api.api_version.is_empty() {
            put(out, &[r#","apiVersion":""#, api.api_version, "\""]);
        }
        put(out, &[r#","managementEvent":"#, management]);
        put(
            out,
            &[r#","recipientAccountId":""#, &self.scope.account.id, "\""],
        );
        if self.caller.arn.is_empty() && api.kind != Kind::ServiceEvent {
            // A call that concerns two accounts: AWS's, or a stranger's, and
            // this one.
            put(out, &[r#","sharedEventID":""#]);
            out.extend_from_slice(&text::uuid(random));
            out.push(b'"');
        }
        if self.caller.channel == Channel::Endpoint && self.via().is_none() {
            // One endpoint for each service in an account.
            let keys = [hash_text(&self.scope.account.id), hash_text(api.source)];
            put(out, &[r#","vpcEndpointId":"vpce-0"#]);
            text::name(out, Alphabet::Hex, 16, &mut Random::keyed(&keys));
            put(
                out,
                &[
                    r#"","vpcEndpointAccountId":""#,
                    &self.scope.account.id,
                    "\"",
                ],
            );
        }
        put(out, &[r#","eventCategory":""#, category, "\""]);
        self.tls(out);
        out.push(b'}');
        event_id
    }

    fn tls(&self, out: &mut Vec<u8>) {
        let (version, suite) = match self.caller.channel {
            _ if self.via().is_some() => return,
            Channel::Internal => return,
            Channel::Tls13 | Channel::Console | Channel::Endpoint => {
                ("TLSv1.3", "TLS_AES_128_GCM_SHA256")
            }
            Channel::Tls12 => ("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"),
        };
        put(
            out,
            &[
                r#","tlsDetails":{"tlsVersion":""#,
                version,
                r#"","cipherSuite":""#,
                suite,
            ],
        );
        put(out, &[r#"","clientProvidedHostHeader":""#]);
        let (source, region) = (self.api.source, self.scope.region);
        match source {
            "signin" if region == GLOBAL_REGION => put(out, &["signin.aws.amazon.com"]),
            "signin" => put(out, &[region, ".signin.aws.amazon.com"]),
            _ if self.api.global => put(out, &[source, ".amazonaws.com"]),
            _ => put(out, &[source, ".", region, ".amazonaws.com"]),
        }
        put(out, &["\"}"]);
        if self.caller.channel == Channel::Console && self.api.kind == Kind::Management {
            put(out, &[r#","sessionCredentialFromConsole":"true""#]);
        }
    }
}

#[cfg(test)]
mod tests {
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
}
