//! `flowtrail.principal` and `flowtrail.session`: one name for one caller.
//!
//! | caller | `flowtrail.principal` |
//! |---|---|
//! | role session | ARN of the role, without the session |
//! | session of an `AWSReservedSSO_` role | the same, `/`, the session: the person |
//! | IAM user | ARN of the user |
//! | root | `root:ACCOUNT` |
//! | AWS service, or nothing but `invokedBy` | `svc:SERVICE` |
//! | another account | `account:ACCOUNT` |
//! | federated user | ARN |
//! | SAML or web identity | `saml:` or `web:` and the principal id |
//! | Identity Center user | `idc:USERID` |
//! | nobody | `anonymous` |
//! | known by an id only | `id:PRINCIPALID`, without its session |

use super::super::arn::Arn;
use super::super::base::{Base, View};
use super::super::text::{TextBuf, is_account_id, is_service_name, split_once};
use super::{IdentityType, Role, calling_service, is_anonymous, principal_session};

/// The longest user name that IAM allows.
const USER_NAME_BYTES_MAX: usize = 64;

/// See the table of this module. Absent where the record names nobody.
pub(in super::super) fn principal(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    if is_anonymous(view) {
        return out.push_all(&[b"anonymous"]);
    }
    by_type(view, out)
        .or_else(|| by_arn(view, out))
        .or_else(|| by_identity_center(view, out))
        .or_else(|| by_id(view, out))
        .or_else(|| by_service(view, out))
        .or_else(|| by_account(view, out))
}

/// The name that the type calls for. Nothing is written when it is not there.
fn by_type(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    match IdentityType::of(view) {
        IdentityType::Root => out.push_all(&[b"root:", account(view)?]),
        IdentityType::Role => by_role(view, out),
        IdentityType::IamUser => by_arn(view, out).or_else(|| by_user_name(view, out)),
        IdentityType::FederatedUser => by_arn(view, out),
        IdentityType::AwsAccount => by_account(view, out),
        IdentityType::AwsService => by_service(view, out),
        IdentityType::SamlUser => by_provider(b"saml:", view, out),
        IdentityType::WebIdentityUser => by_provider(b"web:", view, out),
        IdentityType::IdentityCenterUser => by_identity_center(view, out),
        IdentityType::Other => None,
        IdentityType::Absent => by_arn(view, out).or_else(|| by_service(view, out)),
    }
}

fn by_role(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let role = Role::of(view)?;
    out.push_all(&[
        b"arn:",
        role.partition,
        b":iam::",
        role.account,
        b":role/",
        role.path.unwrap_or_default(),
        role.name,
    ])?;
    if let Some(session) = role.session.filter(|_| role.is_sso()) {
        out.push_all(&[b"/", session])?;
    }
    Some(())
}

/// The ARN as it stands, or the role of an assumed one.
fn by_arn(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let text = view.text(Base::IdentityArn)?;
    if Arn::parse(text).is_some_and(|arn| arn.assumed_role().is_some()) {
        return by_role(view, out);
    }
    out.push_all(&[text])
}

/// A failed sign-in names the user without an ARN. The one that is put together
/// here is right for users without a path, so that failures and the success
/// that follows them meet under one principal.
fn by_user_name(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let name = view.text(Base::UserName).filter(|n| is_user_name(n))?;
    let account = account(view)?;
    let partition = partition(view.text(Base::Region).unwrap_or_default());
    out.push_all(&[b"arn:", partition, b":iam::", account, b":user/", name])
}

/// Letters, digits and `+=,.@_-`, as IAM allows. This leaves out the words that
/// `CloudTrail` writes in place of a name that it hides.
fn is_user_name(name: &[u8]) -> bool {
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(b);
    name.len() <= USER_NAME_BYTES_MAX && name.iter().all(allowed) && !name.starts_with(b"HIDDEN_")
}

/// The partition that a region belongs to.
fn partition(region: &[u8]) -> &'static [u8] {
    const PREFIXES: [(&[u8], &[u8]); 4] = [
        (b"cn-", b"aws-cn"),
        (b"us-gov-", b"aws-us-gov"),
        (b"us-isob-", b"aws-iso-b"),
        (b"us-iso-", b"aws-iso"),
    ];
    let found = PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    found.map_or(b"aws", |(_, partition)| partition)
}

/// The principal id names provider and subject; without it provider and user do.
fn by_provider(scheme: &[u8], view: View<'_>, out: &mut TextBuf) -> Option<()> {
    if let Some(id) = view.text(Base::PrincipalId) {
        return out.push_all(&[scheme, id]);
    }
    let user = view.text(Base::UserName)?;
    match view.text(Base::IdentityProvider) {
        Some(provider) => out.push_all(&[scheme, provider, b":", user]),
        None => out.push_all(&[scheme, user]),
    }
}

fn by_identity_center(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    out.push_all(&[b"idc:", view.text(Base::OnBehalfOf)?])
}

/// The service that calls. An event of a service about itself has no caller but
/// the service whose event it is.
fn by_service(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let invoked_by = view.text(Base::InvokedBy);
    let own_event = view.says(Base::EventType, "AwsServiceEvent");
    let service = invoked_by
        .filter(|text| is_service_name(text))
        .or_else(|| view.text(Base::EventSource).filter(|_| own_event))
        .or_else(|| calling_service(view))
        .or(invoked_by)?;
    out.push_all(&[b"svc:", service])
}

/// `AIDA…` and `AROA…` name one user or role for ever, where there is no ARN.
fn by_id(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let id = view.text(Base::PrincipalId)?;
    let unique = split_once(id, b':').map_or(id, |(unique, _)| unique);
    if unique.is_empty() || is_account_id(unique) {
        return None;
    }
    out.push_all(&[b"id:", unique])
}

fn by_account(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    out.push_all(&[b"account:", account(view)?])
}

/// The caller's account: as such, in its ARN, or as the id of a root user.
fn account(view: View<'_>) -> Option<&[u8]> {
    let in_arn = || view.text(Base::IdentityArn).and_then(Arn::parse);
    view.text(Base::IdentityAccount)
        .or_else(|| in_arn().map(|arn| arn.account).filter(|a| !a.is_empty()))
        .or_else(|| view.text(Base::PrincipalId).filter(|id| is_account_id(id)))
}

/// `flowtrail.session`: the access key, which is new for every temporary
/// session; else the principal id with its session. Of a web or SAML identity
/// the id has a colon as well, but no session yet.
pub(in super::super) fn session(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    if let Some(key) = view.text(Base::AccessKey) {
        return out.push_all(&[key]);
    }
    match IdentityType::of(view) {
        IdentityType::SamlUser | IdentityType::WebIdentityUser => None,
        IdentityType::Root
        | IdentityType::IamUser
        | IdentityType::Role
        | IdentityType::FederatedUser
        | IdentityType::AwsAccount
        | IdentityType::AwsService
        | IdentityType::IdentityCenterUser
        | IdentityType::Other
        | IdentityType::Absent => {
            principal_session(view)?;
            out.push_all(&[view.text(Base::PrincipalId)?])
        }
    }
}

#[cfg(test)]
#[path = "principal_tests.rs"]
mod tests;
