//! Who calls: what the `userIdentity` of a record says, read once for the
//! fields that name and sort callers.
//!
//! The element is described in "`CloudTrail` userIdentity element" of the
//! `CloudTrail` User Guide.

mod class;
mod names;
mod principal;
mod session_name;
mod told;

use super::arn::Arn;
use super::base::{Base, View};
use super::text::{is_service_name, split_once};

pub(super) use class::{IdentityClass, identity_class};
pub(super) use principal::{principal, session};

/// `userIdentity.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IdentityType {
    Root,
    IamUser,
    /// `AssumedRole`, and `Role` where a service writes that.
    Role,
    FederatedUser,
    AwsAccount,
    AwsService,
    SamlUser,
    WebIdentityUser,
    IdentityCenterUser,
    /// `Directory`, `Unknown`, and what AWS may add.
    Other,
    /// The element has no type, or the record has no such element.
    Absent,
}

impl IdentityType {
    fn of(view: View<'_>) -> Self {
        match view.text(Base::IdentityType) {
            Some(b"Root") => Self::Root,
            Some(b"IAMUser") => Self::IamUser,
            Some(b"AssumedRole" | b"Role") => Self::Role,
            Some(b"FederatedUser") => Self::FederatedUser,
            Some(b"AWSAccount") => Self::AwsAccount,
            Some(b"AWSService") => Self::AwsService,
            Some(b"SAMLUser") => Self::SamlUser,
            Some(b"WebIdentityUser") => Self::WebIdentityUser,
            Some(b"IdentityCenterUser") => Self::IdentityCenterUser,
            Some(_) => Self::Other,
            None => Self::Absent,
        }
    }
}

/// The role behind a session.
#[derive(Debug, Clone, Copy)]
struct Role<'v> {
    partition: &'v [u8],
    account: &'v [u8],
    /// With a slash at its end, empty for the root of IAM; `None` where the
    /// record does not show it: the ARN of a session has no path.
    path: Option<&'v [u8]>,
    /// Without path.
    name: &'v [u8],
    /// The session's name, which whoever assumes the role chooses.
    session: Option<&'v [u8]>,
}

impl<'v> Role<'v> {
    /// The role of a role session. `sessionIssuer` is preferred, because it has
    /// the path; old records and some tools leave it empty.
    fn of(view: View<'v>) -> Option<Self> {
        let own = view.text(Base::IdentityArn).and_then(Arn::parse);
        let issuer = view.text(Base::IssuerArn).and_then(Arn::parse);
        let assumed = own.and_then(|arn| arn.assumed_role());
        let in_iam = [issuer, own].into_iter().flatten().find_map(|arn| {
            let (name, path) = arn.role()?;
            Some((arn, name, Some(path)))
        });
        let (arn, name, path) = match in_iam {
            Some(role) => role,
            None => (own?, assumed?.0, None),
        };
        let session = assumed.and_then(|(_, session)| session);
        Some(Self {
            partition: arn.partition,
            account: arn.account,
            path,
            name,
            session: session.or_else(|| principal_session(view)),
        })
    }

    /// A role that IAM Identity Center makes for a permission set. Many people
    /// share it; the session is the person.
    fn is_sso(&self) -> bool {
        self.name.starts_with(b"AWSReservedSSO_")
    }

    /// A role that only its service can assume. IAM keeps the path for itself,
    /// while anybody who may create roles can choose such a name, so the name
    /// counts only where the record does not show the path.
    fn is_service_linked(&self) -> bool {
        match self.path {
            Some(path) => path.starts_with(b"aws-service-role/"),
            None => self.name.starts_with(b"AWSServiceRoleFor"),
        }
    }

    /// A role that the console, or its owner, made for a service to assume.
    fn is_for_service(&self) -> bool {
        self.path.is_some_and(|p| p.starts_with(b"service-role/"))
    }
}

/// The part of `AROA…:session` behind the colon.
fn principal_session(view: View<'_>) -> Option<&[u8]> {
    let (_, session) = split_once(view.text(Base::PrincipalId)?, b':')?;
    (!session.is_empty()).then_some(session)
}

/// The service through which a call came: `invokedBy`, or a service's name in
/// place of the address. The caller cannot write either.
fn calling_service(view: View<'_>) -> Option<&[u8]> {
    [Base::InvokedBy, Base::SourceIp]
        .into_iter()
        .filter_map(|base| view.text(base))
        .find(|text| is_service_name(text))
}

/// A caller without credentials: public buckets, queues and the like. AWS has
/// written it in several ways and in two places.
fn is_anonymous(view: View<'_>) -> bool {
    [Base::PrincipalId, Base::IdentityAccount]
        .into_iter()
        .any(|base| view.says(base, "anonymous") || view.says(base, "ANONYMOUS_PRINCIPAL"))
}
