//! `flowtrail.identity.class`: what sort of caller this is.
//!
//! The first line that holds decides:
//!
//! | class | evidence |
//! |---|---|
//! | `aws_service` | type `AWSService`; a service-linked role (path `/aws-service-role/`; the name `AWSServiceRoleFor*` only where the record shows no path); no type, but an invoker or an event of a service about itself; a call that came through a service (`invokedBy`, or a service's name as address), unless that service does what its caller wrote down |
//! | `human` | root; an Identity Center or SAML identity; somebody on whose behalf a service acts; a console sign-in, action or session; an `AWSReservedSSO_` role; a session with MFA; an email address as session, source identity or user name |
//! | `scanner` | the name of a posture scanner, and a call that only reads, and not secrets |
//! | `iac` | the name of a deployer or the identity provider of a pipeline, and either an agent of Terraform, Pulumi, CDK or `CloudFormation` or a call through a service that provisions |
//! | `workload` | credentials that EC2, Lambda, EKS or a pipeline handed out; a role under `/service-role/`; a session name that a program made up; names that only a Lambda function and its role share, and Lambda's agent |
//! | `unknown` | anything else: an IAM user with an access key, another account, nobody |
//!
//! Rules leave out `aws_service`, `scanner` and `iac` to be quiet, so these rest
//! on what a caller with stolen credentials cannot write: the identity that AWS
//! recorded and the name that an administrator gave. The user agent and the
//! session name are the caller's own words. The agent decides nothing alone: it
//! can only confirm a deployer's name, or a function's. The session name only
//! tells `human`, `workload` and `unknown` apart; `human` comes before `iac`
//! and `scanner`, so that a person who borrows such a role is not left out.

use super::super::agent::is_provisioning_tool;
use super::super::base::{Base, View};
use super::super::text::{TextBuf, contains_ignore_case, ends_with_ignore_case, is_service_name};
use super::names::{names_deployer, names_scanner};
use super::session_name::{is_email, is_machine_made};
use super::told::{acts_as_told, is_sign_in, provisions};
use super::{IdentityType, Role, calling_service};

/// The sort of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum IdentityClass {
    AwsService,
    Iac,
    Scanner,
    Workload,
    Human,
    Unknown,
}

impl IdentityClass {
    pub(in super::super) const fn name(self) -> &'static str {
        match self {
            Self::AwsService => "aws_service",
            Self::Iac => "iac",
            Self::Scanner => "scanner",
            Self::Workload => "workload",
            Self::Human => "human",
            Self::Unknown => "unknown",
        }
    }
}

/// See the table of this module. Absent where the record has no identity at
/// all (Insights events).
pub(in super::super) fn identity_class(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let known = [
        Base::IdentityType,
        Base::IdentityArn,
        Base::PrincipalId,
        Base::IdentityAccount,
        Base::InvokedBy,
    ];
    known.into_iter().any(|base| view.has(base)).then_some(())?;
    out.push_all(&[Caller::of(view).class().name().as_bytes()])
}

/// What the lines of the table look at.
struct Caller<'v> {
    view: View<'v>,
    kind: IdentityType,
    role: Option<Role<'v>>,
    /// Name of the role or user.
    name: &'v [u8],
    service: Option<&'v [u8]>,
}

impl<'v> Caller<'v> {
    fn of(view: View<'v>) -> Self {
        let role = Role::of(view);
        let kind = IdentityType::of(view);
        // Of other types the user name is what an identity provider says.
        let named = match kind == IdentityType::IamUser {
            true => Base::UserName,
            false => Base::IssuerName,
        };
        let in_record = || view.text(named);
        Self {
            view,
            kind,
            role,
            name: role.map(|r| r.name).or_else(in_record).unwrap_or_default(),
            service: calling_service(view),
        }
    }

    fn class(&self) -> IdentityClass {
        if self.is_aws_service() {
            IdentityClass::AwsService
        } else if self.is_human() {
            IdentityClass::Human
        } else if self.is_scanner() {
            IdentityClass::Scanner
        } else if self.is_iac() {
            IdentityClass::Iac
        } else if self.is_workload() {
            IdentityClass::Workload
        } else {
            IdentityClass::Unknown
        }
    }

    fn is_aws_service(&self) -> bool {
        self.kind == IdentityType::AwsService
            || self.role.is_some_and(|role| role.is_service_linked())
            || self.is_service_about_itself()
            || self
                .service
                .is_some_and(|s| !acts_as_told(s) && !is_sign_in(s))
    }

    fn is_service_about_itself(&self) -> bool {
        self.kind == IdentityType::Absent
            && !self.view.has(Base::IdentityArn)
            && (self.view.has(Base::InvokedBy)
                || self.view.says(Base::EventType, "AwsServiceEvent"))
    }

    fn is_human(&self) -> bool {
        matches!(
            self.kind,
            IdentityType::Root | IdentityType::IdentityCenterUser | IdentityType::SamlUser
        ) || self.is_in_console()
            || self.view.has(Base::OnBehalfOf)
            || self.view.says(Base::MfaAuthenticated, "true")
            || self.role.is_some_and(|role| role.is_sso())
            || self.bears_email()
    }

    fn is_in_console(&self) -> bool {
        self.view.says(Base::FromConsole, "true")
            || self.view.says(Base::EventType, "AwsConsoleSignIn")
            || self.view.says(Base::EventType, "AwsConsoleAction")
            || self.service.is_some_and(is_sign_in)
    }

    fn bears_email(&self) -> bool {
        let view = self.view;
        is_email(self.name)
            || self.session().is_some_and(is_email)
            || view.text(Base::SourceIdentity).is_some_and(is_email)
    }

    fn session(&self) -> Option<&'v [u8]> {
        self.role.and_then(|role| role.session)
    }

    fn is_scanner(&self) -> bool {
        names_scanner(self.name) && only_reads(self.view)
    }

    fn is_iac(&self) -> bool {
        (names_deployer(self.name) || self.provider().is_some_and(is_pipeline))
            && (is_provisioning_tool(self.view) || self.service.is_some_and(provisions))
    }

    fn is_workload(&self) -> bool {
        self.view.has(Base::Ec2Delivery)
            || self.view.has(Base::InScopeOf)
            || self
                .provider()
                .is_some_and(|p| is_pipeline(p) || is_cluster(p))
            || self.role.is_some_and(|role| role.is_for_service())
            || self.session().is_some_and(is_machine_made)
            || self.is_function()
    }

    /// The host of the identity provider that vouched for the caller.
    fn provider(&self) -> Option<&'v [u8]> {
        let provider = self.view.text(Base::FederatedProvider);
        let of_user = || match self.kind {
            IdentityType::WebIdentityUser => self.view.text(Base::IdentityProvider),
            IdentityType::Root
            | IdentityType::IamUser
            | IdentityType::Role
            | IdentityType::FederatedUser
            | IdentityType::AwsAccount
            | IdentityType::AwsService
            | IdentityType::SamlUser
            | IdentityType::IdentityCenterUser
            | IdentityType::Other
            | IdentityType::Absent => None,
        };
        provider.or_else(of_user).map(provider_host)
    }

    /// A Lambda function's session has the function's name. The console calls
    /// the role `FUNCTION-role-…`; templates give both the stack's name.
    fn is_function(&self) -> bool {
        /// Shorter common beginnings are chance.
        const COMMON_BYTES_MIN: usize = 8;
        let Some(session) = self.session() else {
            return false;
        };
        let rest = self.name.strip_prefix(session).unwrap_or_default();
        let agent = self.view.text(Base::UserAgent).unwrap_or_default();
        let pairs = self.name.iter().zip(session).take_while(|(a, b)| a == b);
        rest.starts_with(b"-role-")
            || (pairs.count() >= COMMON_BYTES_MIN
                && contains_ignore_case(agent, b"exec-env/AWS_Lambda"))
    }
}

/// Whether the call reads configuration. AWS marks more as reading than that:
/// to assume a role, to decrypt, to invoke a model, to hand out a secret.
fn only_reads(view: View<'_>) -> bool {
    const READING: [&[u8]; 9] = [
        b"Get",
        b"List",
        b"Describe",
        b"Head",
        b"Lookup",
        b"BatchGet",
        b"Simulate",
        b"GenerateCredentialReport",
        b"GenerateServiceLastAccessedDetails",
    ];
    const HAND_OUT: [&[u8]; 15] = [
        b"BatchGetItem",
        b"BatchGetSecretValue",
        b"GetAuthorizationToken",
        b"GetClusterCredentials",
        b"GetCredentialsForIdentity",
        b"GetFederationToken",
        b"GetItem",
        b"GetObject",
        b"GetParameter",
        b"GetParameters",
        b"GetParametersByPath",
        b"GetPasswordData",
        b"GetRoleCredentials",
        b"GetSecretValue",
        b"GetSessionToken",
    ];
    let call = view.text(Base::EventName).unwrap_or_default();
    READING.iter().any(|verb| call.starts_with(verb))
        && !HAND_OUT.contains(&call)
        && !view.says(Base::ReadOnly, "false")
}

/// `arn:…:oidc-provider/HOST/path`, `https://HOST` or `HOST`.
fn provider_host(provider: &[u8]) -> &[u8] {
    const ARN: &[u8] = b":oidc-provider/";
    const URL: &[u8] = b"https://";
    let after_arn = provider
        .windows(ARN.len())
        .position(|w| w == ARN)
        .and_then(|at| provider.get(at + ARN.len()..));
    let host = after_arn
        .or_else(|| provider.strip_prefix(URL))
        .unwrap_or(provider);
    host.split(|b| *b == b'/').next().unwrap_or_default()
}

/// The identity providers of hosted pipelines.
fn is_pipeline(host: &[u8]) -> bool {
    const HOSTS: [&[u8]; 9] = [
        b"token.actions.githubusercontent.com",
        b"gitlab.com",
        b"app.terraform.io",
        b"api.pulumi.com",
        b"oidc.circleci.com",
        b"api.bitbucket.org",
        b"agent.buildkite.com",
        b"vstoken.dev.azure.com",
        b"app.spacelift.io",
    ];
    let is = |wanted: &[u8]| {
        let before = host.len().checked_sub(wanted.len() + 1);
        let at_dot = before.and_then(|at| host.get(at)) == Some(&b'.');
        host.eq_ignore_ascii_case(wanted) || (at_dot && ends_with_ignore_case(host, wanted))
    };
    HOSTS.into_iter().any(is)
}

/// The identity provider of an EKS cluster.
fn is_cluster(host: &[u8]) -> bool {
    let old = host.starts_with(b"oidc.eks.") && is_service_name(host);
    let dual_stack = host.starts_with(b"oidc-eks.") && ends_with_ignore_case(host, b".api.aws");
    old || dual_stack
}

#[cfg(test)]
#[path = "class_tests.rs"]
mod tests;
