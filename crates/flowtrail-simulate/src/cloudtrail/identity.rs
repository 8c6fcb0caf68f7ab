//! Who makes a call: the `userIdentity` of a record and what goes with it.

use crate::random::{Random, hash_text};
use crate::text::{Alphabet, iso_time, named, uuid_text};
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

/// A session of a role.
pub(crate) struct RoleSession<'a> {
    pub(crate) account: &'a Account,
    /// With a leading and a trailing slash.
    pub(crate) path: &'a str,
    pub(crate) role: &'a str,
    pub(crate) session: &'a str,
    /// Seconds since 1970; the key changes with it.
    pub(crate) created: i64,
    pub(crate) extra: SessionExtra,
}

/// What else stands in a session's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionExtra {
    Nothing,
    /// The credentials came from an instance's metadata service.
    Instance,
    /// They were handed to the function of the session's name.
    Function,
    /// A cluster vouched for the caller.
    Cluster,
    /// The place where pipelines run vouched for the caller.
    Pipeline,
    /// A linked role, used by this service.
    InvokedBy(&'static str),
}

impl SessionExtra {
    /// The ARN of the identity provider that vouched for the caller, if one did.
    fn provider(self, account: &Account) -> Option<String> {
        match self {
            Self::Nothing | Self::Instance | Self::Function | Self::InvokedBy(_) => None,
            Self::Cluster => Some(provider_arn(account, &cluster_issuer(account))),
            Self::Pipeline => Some(provider_arn(account, PIPELINE_ISSUER)),
        }
    }
}

/// Who vouches for pipelines.
pub(crate) const PIPELINE_ISSUER: &str = "token.actions.githubusercontent.com";

/// Who vouches for the containers of an account's cluster.
pub(crate) fn cluster_issuer(account: &Account) -> String {
    let mut random = Random::keyed(&[hash_text(&account.id), 0x006f_6964_6300]);
    let id = named(Alphabet::Hex, 32, &mut random).to_uppercase();
    format!("oidc.eks.eu-central-1.amazonaws.com/id/{id}")
}

fn provider_arn(account: &Account, issuer: &str) -> String {
    format!("arn:aws:iam::{}:oidc-provider/{issuer}", account.id)
}

fn put(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
}

impl RoleSession<'_> {
    /// The session's ARN.
    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:sts::{}:assumed-role/{}/{}",
            self.account.id, self.role, self.session
        )
    }

    /// The JSON of `userIdentity`.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let id = self.account.id.as_str();
        let role_id = self.account.unique_id("AROA", self.role);
        let epoch = u64::try_from(self.created).unwrap_or(0);
        let holder = format!("{}/{}", self.role, self.session);
        let access_key = self.account.access_key("ASIA", &holder, epoch);
        let mut out = Vec::with_capacity(700);
        let o = &mut out;
        put(
            o,
            &[
                r#"{"type":"AssumedRole","principalId":""#,
                &role_id,
                ":",
                self.session,
            ],
        );
        put(o, &[r#"","arn":""#, &self.arn(), r#"","accountId":""#, id]);
        put(o, &[r#"","accessKeyId":""#, &access_key]);
        put(
            o,
            &[
                r#"","sessionContext":{"sessionIssuer":{"type":"Role","principalId":""#,
                &role_id,
            ],
        );
        put(
            o,
            &[
                r#"","arn":"arn:aws:iam::"#,
                id,
                ":role",
                self.path,
                self.role,
            ],
        );
        put(
            o,
            &[r#"","accountId":""#, id, r#"","userName":""#, self.role],
        );
        put(o, &[r#""},"#]);
        if let Some(provider) = self.extra.provider(self.account) {
            put(
                o,
                &[
                    r#""webIdFederationData":{"federatedProvider":""#,
                    &provider,
                    r#"","attributes":{}},"#,
                ],
            );
        }
        put(o, &[r#""attributes":{"creationDate":""#]);
        iso_time(o, self.created);
        put(o, &[r#"","mfaAuthenticated":"false"}"#]);
        match self.extra {
            SessionExtra::Nothing | SessionExtra::Cluster | SessionExtra::Pipeline => {
                put(o, &["}}"]);
            }
            SessionExtra::Function => {
                let of = [":function:", self.session].concat();
                let issued = [
                    r#"},"inScopeOf":{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-central-1:"#,
                    id,
                    &of,
                    r#""}}"#,
                ];
                put(o, &issued);
            }
            SessionExtra::Instance => put(o, &[r#","ec2RoleDelivery":"2.0"}}"#]),
            SessionExtra::InvokedBy(service) => put(o, &[r#"},"invokedBy":""#, service, r#""}"#]),
        }
        out
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
    fn a_role_session_names_its_issuer() {
        let account = account();
        let mut session = RoleSession {
            account: &account,
            path: "/service/",
            role: "svc-orders-role",
            session: "i-0abc",
            created: 1_772_409_600,
            extra: SessionExtra::Instance,
        };
        let v = json(&session.identity());
        assert_eq!(v["type"], "AssumedRole");
        assert_eq!(v["sessionContext"]["ec2RoleDelivery"], "2.0");
        let role = &v["sessionContext"]["sessionIssuer"];
        assert_eq!(
            role["arn"],
            "arn:aws:iam::222233334444:role/service/svc-orders-role"
        );
        let prefix = format!("{}:", role["principalId"].as_str().unwrap());
        assert!(v["principalId"].as_str().unwrap().starts_with(&prefix));
        assert_eq!(v["accessKeyId"].as_str().unwrap().len(), 20);
        session.extra = SessionExtra::InvokedBy("config.amazonaws.com");
        assert_eq!(
            json(&session.identity())["invokedBy"],
            "config.amazonaws.com"
        );
        session.extra = SessionExtra::Cluster;
        let pod = json(&session.identity());
        let web = &pod["sessionContext"]["webIdFederationData"];
        assert!(
            web["federatedProvider"]
                .as_str()
                .unwrap()
                .contains(":oidc-provider/oidc.eks.")
        );
        session.extra = SessionExtra::Function;
        let issued = &json(&session.identity())["inScopeOf"]["credentialsIssuedTo"];
        assert!(issued.as_str().unwrap().ends_with(":function:i-0abc"));
        session.extra = SessionExtra::Nothing;
        let before = json(&session.identity())["accessKeyId"].clone();
        session.created += 3600;
        assert_ne!(json(&session.identity())["accessKeyId"], before);
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
