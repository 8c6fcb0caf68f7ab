//! Sessions of roles, which most calls are made with.

use super::identity::put;
use crate::random::{Random, hash_text};
use crate::text::{Alphabet, iso_time, named};
use crate::world::Account;

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
        self.context(o);
        out
    }

    /// The rest of the session's context, with what goes with it.
    fn context(&self, o: &mut Vec<u8>) {
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
            SessionExtra::Function => put(
                o,
                &[
                    r#"},"inScopeOf":{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:aws:lambda:eu-central-1:"#,
                    &self.account.id,
                    ":function:",
                    self.session,
                    r#""}}"#,
                ],
            ),
            SessionExtra::Instance => put(o, &[r#","ec2RoleDelivery":"2.0"}}"#]),
            SessionExtra::InvokedBy(service) => put(o, &[r#"},"invokedBy":""#, service, r#""}"#]),
        }
    }
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
const PIPELINE_ISSUER: &str = "token.actions.githubusercontent.com";

/// Who vouches for the containers of an account's cluster.
pub(crate) fn cluster_issuer(account: &Account) -> String {
    let mut random = Random::keyed(&[hash_text(&account.id), 0x006f_6964_6300]);
    let id = named(Alphabet::Hex, 32, &mut random).to_uppercase();
    format!("oidc.eks.eu-central-1.amazonaws.com/id/{id}")
}

/// The ARN of an account's identity provider.
pub(super) fn provider_arn(account: &Account, issuer: &str) -> String {
    format!("arn:aws:iam::{}:oidc-provider/{issuer}", account.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn json(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn a_role_session_names_its_issuer() {
        let account = Account::new(1, 1, 3);
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
}
