//! Builds events for the unit tests of this module.

use std::sync::Arc;

use flowtrail_event::{Event, Kind, Projection, RawRecord, Record, Service};

use super::Derivation;
use crate::context::Context;

pub(super) struct NoRaw;

impl RawRecord for NoRaw {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{}");
    }
}

/// The field `ask` of a `CloudTrail` record with the given fields. Only what
/// `ask` declares to need has a slot, as in a real run with one rule.
pub(super) fn cloudtrail(ask: &str, fields: &[(&str, &str)]) -> Option<String> {
    derive(Service::CloudTrail, ask, fields)
}

/// The fields of a case that is written as `key=value | key=value`. The keys
/// are short for what tests of identities say often; `role=NAME/SESSION` and
/// `user=NAME` stand for the type and the ARN, `issuer=` for a role's ARN.
pub(super) fn case(text: &str) -> Vec<(&str, String)> {
    const PATHS: [(&str, &str); 18] = [
        ("type", "userIdentity.type"),
        ("id", "userIdentity.principalId"),
        ("arn", "userIdentity.arn"),
        ("account", "userIdentity.accountId"),
        ("name", "userIdentity.userName"),
        ("by", "userIdentity.invokedBy"),
        ("web", "userIdentity.identityProvider"),
        ("for", "userIdentity.onBehalfOf.userId"),
        ("scope", "userIdentity.inScopeOf.issuerType"),
        (
            "mfa",
            "userIdentity.sessionContext.attributes.mfaAuthenticated",
        ),
        (
            "issuername",
            "userIdentity.sessionContext.sessionIssuer.userName",
        ),
        (
            "provider",
            "userIdentity.sessionContext.webIdFederationData.federatedProvider",
        ),
        ("origin", "userIdentity.sessionContext.sourceIdentity"),
        ("ec2", "userIdentity.sessionContext.ec2RoleDelivery"),
        ("console", "sessionCredentialFromConsole"),
        ("from", "sourceIPAddress"),
        ("ua", "userAgent"),
        ("read", "readOnly"),
    ];
    const ISSUER: &str = "userIdentity.sessionContext.sessionIssuer.arn";
    let mut fields = Vec::new();
    for field in text.split(" | ").filter(|field| !field.is_empty()) {
        let (key, value) = field.split_once('=').unwrap();
        let path = PATHS.iter().find(|(short, _)| *short == key).map(|p| p.1);
        let (sts, iam) = ("arn:aws:sts::111122223333", "arn:aws:iam::111122223333");
        match key {
            "role" => {
                fields.push(("userIdentity.type", "AssumedRole".to_owned()));
                fields.push(("userIdentity.arn", format!("{sts}:assumed-role/{value}")));
            }
            "user" => {
                fields.push(("userIdentity.type", "IAMUser".to_owned()));
                fields.push(("userIdentity.arn", format!("{iam}:user/{value}")));
                fields.push(("userIdentity.userName", value.to_owned()));
            }
            "issuer" => fields.push((ISSUER, format!("{iam}:role/{value}"))),
            _ => fields.push((path.unwrap_or(key), value.to_owned())),
        }
    }
    fields
}

/// The field `ask` of a `CloudTrail` record that is written as a [`case`].
pub(super) fn of_case(ask: &str, text: &str) -> Option<String> {
    let fields = case(text);
    let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    cloudtrail(ask, &fields)
}

/// The same for a flow-log record.
pub(super) fn flow(ask: &str, fields: &[(&str, &str)]) -> Option<String> {
    derive(Service::VpcFlow, ask, fields)
}

fn derive(service: Service, ask: &str, fields: &[(&str, &str)]) -> Option<String> {
    let bytes: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
    let [value] = derive_all(service.kind(), service, &[ask], &bytes)
        .try_into()
        .unwrap();
    value
}

/// Several fields of one record.
pub(super) fn derive_all(
    kind: Kind,
    service: Service,
    ask: &[&str],
    fields: &[(&str, &[u8])],
) -> Vec<Option<String>> {
    derive_knowing(None, kind, service, ask, fields)
}

/// The same with a context file.
pub(super) fn derive_knowing(
    context: Option<&Arc<Context>>,
    kind: Kind,
    service: Service,
    ask: &[&str],
    fields: &[(&str, &[u8])],
) -> Vec<Option<String>> {
    let mut projection = Projection::new();
    let asked: Vec<_> = ask.iter().map(|name| projection.slot(name)).collect();
    let derivation = Derivation::plan(&mut projection, kind, context).unwrap();
    let mut record = Record::new(projection.len());
    for (name, value) in fields {
        if let Some(slot) = projection.find(name) {
            record.push_own_text(slot, value);
        }
    }
    let mut event = Event::new(service, &mut record, b"", &NoRaw);
    derivation.apply(&mut event);
    asked
        .into_iter()
        .map(|slot| {
            let values: Vec<_> = event.values(slot).collect();
            assert!(values.len() <= 1, "a derived field has one value");
            let text = values.first().and_then(|v| v.text())?;
            Some(String::from_utf8_lossy(text).into_owned())
        })
        .collect()
}
