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
        if self.caller.is_of_another_account() && api.kind != Kind::ServiceEvent {
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
            _ if self.via().is_some() || self.api.kind == Kind::ServiceEvent => return,
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
mod tests;
