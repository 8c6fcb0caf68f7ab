//! Who makes a call: the `userIdentity` of a record and what goes with it.

use super::session::provider_arn;
use crate::random::{Random, hash_text};
use crate::text::{iso_time, uuid_text};
use crate::world::Account;

/// How the caller reaches AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// With TLS 1.3, as current clients do.
    Tls13,
    /// With TLS 1.2, as older agents do.
    Tls12,
    /// From the browser console.
    Console,
    /// From within AWS: no TLS details are recorded.
    Internal,
    /// Through an endpoint in the caller's own network.
    Endpoint,
}

/// A caller, ready to be written into records.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The JSON of `userIdentity`.
    pub(crate) identity: Vec<u8>,
    pub(crate) arn: String,
    /// The role session's name, the user's name or the service's.
    pub(crate) session: String,
    /// `sourceIPAddress`.
    pub(crate) address: String,
    /// `userAgent`.
    pub(crate) agent: String,
    pub(crate) channel: Channel,
}

impl Caller {
    /// Whether the call is one of AWS's or of a stranger's account in this one.
    pub(crate) fn is_of_another_account(&self) -> bool {
        [r#"{"type":"AWSService""#, r#"{"type":"AWSAccount""#]
            .iter()
            .any(|t| self.identity.starts_with(t.as_bytes()))
    }
}

pub(crate) use super::session::{RoleSession, SessionExtra, cluster_issuer};

/// Appends one after another.
pub(super) fn put(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

/// `userIdentity` of an AWS service.
pub(crate) fn service(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put(
        &mut out,
        &[r#"{"type":"AWSService","invokedBy":""#, name, r#""}"#],
    );
    out
}

/// `userIdentity` of an IAM user; without a key for sign-in.
pub(crate) fn user(account: &Account, name: &str, access_key: Option<&str>) -> Vec<u8> {
    let mut out = Vec::new();
    let o = &mut out;
    put(
        o,
        &[
            r#"{"type":"IAMUser","principalId":""#,
            &account.unique_id("AIDA", name),
        ],
    );
    put(
        o,
        &[
            r#"","arn":""#,
            &user_arn(account, name),
            r#"","accountId":""#,
            &account.id,
        ],
    );
    if let Some(key) = access_key {
        put(o, &[r#"","accessKeyId":""#, key]);
    }
    put(o, &[r#"","userName":""#, name, r#""}"#]);
    out
}

/// `userIdentity` of an IAM user's session, with or without a second factor.
pub(crate) fn user_session(account: &Account, name: &str, created: i64, mfa: bool) -> Vec<u8> {
    let epoch = u64::try_from(created).unwrap_or(0);
    let key = account.access_key("ASIA", name, epoch);
    let mut out = user(account, name, Some(&key));
    out.pop();
    put(
        &mut out,
        &[r#","sessionContext":{"attributes":{"creationDate":""#],
    );
    iso_time(&mut out, created);
    let mfa = if mfa { "true" } else { "false" };
    put(&mut out, &[r#"","mfaAuthenticated":""#, mfa, r#""}}}"#]);
    out
}

/// `userIdentity` of someone who comes with the word of an identity provider.
pub(crate) fn web(account: &Account, issuer: &str, subject: &str) -> Vec<u8> {
    let provider = provider_arn(account, issuer);
    let mut out = Vec::new();
    let o = &mut out;
    put(
        o,
        &[r#"{"type":"WebIdentityUser","principalId":""#, &provider],
    );
    put(
        o,
        &[":sts.amazonaws.com:", subject, r#"","userName":""#, subject],
    );
    put(o, &[r#"","identityProvider":""#, &provider, r#""}"#]);
    out
}

/// `userIdentity` of a federation token that a user asked for.
pub(crate) fn federated(account: &Account, name: &str, key: &str, created: i64) -> Vec<u8> {
    let id = account.id.as_str();
    let mut out = Vec::new();
    let o = &mut out;
    put(
        o,
        &[r#"{"type":"FederatedUser","principalId":""#, id, ":", name],
    );
    put(
        o,
        &[r#"","arn":"arn:aws:sts::"#, id, ":federated-user/", name],
    );
    put(o, &[r#"","accountId":""#, id, r#"","accessKeyId":""#, key]);
    put(
        o,
        &[r#"","sessionContext":{"attributes":{"creationDate":""#],
    );
    iso_time(o, created);
    put(o, &[r#"","mfaAuthenticated":"false"}}}"#]);
    out
}

/// `userIdentity` of nobody: a request without a signature.
pub(crate) fn anonymous() -> Vec<u8> {
    br#"{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}"#.to_vec()
}

/// `userIdentity` where a service tells what it did by itself.
pub(crate) fn itself(account: &Account, service: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, &[r#"{"accountId":""#, &account.id]);
    put(&mut out, &[r#"","invokedBy":""#, service, r#""}"#]);
    out
}

/// `userIdentity` of someone at the portal of single sign-on.
pub(crate) fn portal(account: &Account, user: &str) -> Vec<u8> {
    let user_id = uuid_text(&mut Random::keyed(&[hash_text(user)]));
    let mut out = Vec::new();
    let o = &mut out;
    let id = account.id.as_str();
    put(o, &[r#"{"type":"IdentityCenterUser","accountId":""#, id]);
    put(o, &[r#"","onBehalfOf":{"userId":""#, &user_id]);
    put(o, &[r#"","identityStoreArn":"arn:aws:identitystore::"#, id]);
    put(o, &[r#":identitystore/d-99671f2c4b"},"credentialId":""#]);
    put(o, &[&user_id, r#""}"#]);
    out
}

/// `userIdentity` of a sign-in that failed: AWS records no principal then.
pub(crate) fn failed_login(account: &Account, name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let o = &mut out;
    put(o, &[r#"{"type":"IAMUser","accountId":""#, &account.id]);
    put(o, &[r#"","accessKeyId":"","userName":""#, name, r#""}"#]);
    out
}

/// `userIdentity` of an account's root user; with a key once signed in.
pub(crate) fn root(account: &Account, access_key: Option<(&str, i64)>, mfa: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let o = &mut out;
    let id = account.id.as_str();
    put(
        o,
        &[
            r#"{"type":"Root","principalId":""#,
            id,
            r#"","arn":"arn:aws:iam::"#,
            id,
        ],
    );
    put(o, &[r#":root","accountId":""#, id]);
    let Some((key, created)) = access_key else {
        put(o, &[r#"","accessKeyId":""}"#]);
        return out;
    };
    put(o, &[r#"","accessKeyId":""#, key]);
    put(
        o,
        &[r#"","sessionContext":{"attributes":{"creationDate":""#],
    );
    iso_time(o, created);
    let mfa = if mfa { "true" } else { "false" };
    put(o, &[r#"","mfaAuthenticated":""#, mfa, r#""}}}"#]);
    out
}

/// `userIdentity` of a caller from another account.
pub(crate) fn foreign(account_id: &str, principal_id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put(
        &mut out,
        &[r#"{"type":"AWSAccount","principalId":""#, principal_id],
    );
    put(&mut out, &[r#"","accountId":""#, account_id, r#""}"#]);
    out
}

/// `userIdentity` of someone who comes with a SAML assertion.
pub(crate) fn saml(user: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put(
        &mut out,
        &[r#"{"type":"SAMLUser","principalId":"meridian:"#, user],
    );
    put(
        &mut out,
        &[
            r#"","userName":""#,
            user,
            r#"","identityProvider":"meridian"}"#,
        ],
    );
    out
}

/// `arn:aws:iam::…:user/…`.
pub(crate) fn user_arn(account: &Account, name: &str) -> String {
    format!("arn:aws:iam::{}:user/{name}", account.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn account() -> Account {
        Account::new(1, 1, 3)
    }

    fn json(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn the_other_identities_are_json() {
        let a = account();
        assert_eq!(json(&service("ec2.amazonaws.com"))["type"], "AWSService");
        assert_eq!(
            json(&user(&a, "smtp-relay", Some("AKIAX")))["accessKeyId"],
            "AKIAX"
        );
        assert!(
            json(&user(&a, "smtp-relay", None))
                .get("accessKeyId")
                .is_none()
        );
        assert!(
            json(&failed_login(&a, "smtp-relay"))
                .get("principalId")
                .is_none()
        );
        assert_eq!(json(&root(&a, None, false))["accessKeyId"], "");
        let signed_in = json(&root(&a, Some(("ASIAX", 0)), false));
        assert_eq!(
            signed_in["sessionContext"]["attributes"]["mfaAuthenticated"],
            "false"
        );
        let session = json(&user_session(&a, "jules", 0, true));
        assert_eq!(
            session["sessionContext"]["attributes"]["mfaAuthenticated"],
            "true"
        );
        assert!(session["accessKeyId"].as_str().unwrap().starts_with("ASIA"));
        let pod = json(&web(&a, &cluster_issuer(&a), "system:serviceaccount:a:b"));
        assert_eq!(pod["userName"], "system:serviceaccount:a:b");
        assert_eq!(json(&anonymous())["accountId"], "ANONYMOUS_PRINCIPAL");
        let own = json(&itself(&a, "secretsmanager.amazonaws.com"));
        assert!(own.get("type").is_none());
        let portal = json(&portal(&a, "noor@example.com"));
        assert!(portal["onBehalfOf"]["userId"].is_string());
        assert_eq!(json(&foreign("999", "AIDAX"))["accountId"], "999");
        assert_eq!(
            json(&saml("noor@example.com"))["userName"],
            "noor@example.com"
        );
    }
}
