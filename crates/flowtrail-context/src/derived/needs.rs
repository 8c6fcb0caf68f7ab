//! What groups of derived fields are computed from.

use super::base::Base;
use super::recall;

/// Groups as one, which has what each of them has, in that order.
macro_rules! together {
    ($($group:expr),+ $(,)?) => {
        &join::<{ 0 $(+ $group.len())+ }>(&[$($group),+])
    };
}

#[expect(
    clippy::indexing_slicing,
    reason = "only constants are made of it, and one that does not fit is no program"
)]
const fn join<const N: usize>(groups: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut at, mut group) = (0, 0);
    while group < groups.len() {
        let mut field = 0;
        while field < groups[group].len() {
            all[at] = groups[group][field];
            (at, field) = (at + 1, field + 1);
        }
        group += 1;
    }
    all
}

pub(super) const CALLER_ACCOUNT: &[&str] =
    &[Base::IdentityArn.path(), Base::IdentityAccount.path()];
pub(super) const RESOURCE_ACCOUNT: &[&str] = &[
    Base::EventName.path(),
    Base::RecipientAccount.path(),
    Base::RoleToAssume.path(),
    Base::ResourceArn.path(),
    Base::ResourceAccount.path(),
];
pub(super) const ENDS: &[&str] = &[
    Base::SourceAddress.path(),
    Base::DestinationAddress.path(),
    Base::PacketSource.path(),
    Base::PacketDestination.path(),
    Base::Start.path(),
    Base::Direction.path(),
    Base::OwnVpc.path(),
    Base::OwnAccount.path(),
    Base::SourceVpc.path(),
    Base::DestinationVpc.path(),
    Base::SourceVpcAccount.path(),
    Base::DestinationVpcAccount.path(),
];
pub(super) const OPENING: &[&str] = &[
    Base::Protocol.path(),
    Base::SourcePort.path(),
    Base::DestinationPort.path(),
    Base::TcpFlags.path(),
];
pub(super) const ENDS_AND_OPENING: &[&str] = together![ENDS, OPENING];
/// Where on the internet a call came from, or where a flow leads.
pub(super) const SOURCE: &[&str] = &[Base::SourceIp.path(), Base::VpcEndpoint.path()];
pub(super) const OUTSIDE: &[&str] = &[
    Base::SourceAddress.path(),
    Base::DestinationAddress.path(),
    Base::PacketSource.path(),
    Base::PacketDestination.path(),
    Base::Direction.path(),
];
/// The dimensions of what can be new.
#[expect(
    clippy::indexing_slicing,
    reason = "both have one length, and a constant that does not fit is no program"
)]
pub(super) const FIRST_SEEN: &[&str] = &{
    let mut names = [""; recall::FIRST_SEEN.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = recall::FIRST_SEEN[at].name();
        at += 1;
    }
    names
};

/// What tells who calls, and what sort of caller it is.
const CALLER: &[&str] = &[
    Base::IdentityType.path(),
    Base::PrincipalId.path(),
    Base::IdentityArn.path(),
    Base::IdentityAccount.path(),
    Base::UserName.path(),
    Base::InvokedBy.path(),
    Base::IdentityProvider.path(),
    Base::OnBehalfOf.path(),
    Base::IssuerArn.path(),
    Base::EventType.path(),
    Base::SourceIp.path(),
];
pub(super) const PRINCIPAL: &[&str] =
    together![CALLER, &[Base::EventSource.path(), Base::Region.path()]];
pub(super) const CLASS: &[&str] = together![
    CALLER,
    &[
        Base::InScopeOf.path(),
        Base::MfaAuthenticated.path(),
        Base::IssuerName.path(),
        Base::FederatedProvider.path(),
        Base::SourceIdentity.path(),
        Base::Ec2Delivery.path(),
        Base::FromConsole.path(),
        Base::EventName.path(),
        Base::ReadOnly.path(),
        Base::UserAgent.path(),
    ],
];

/// What calls show of whom: of which sort a caller is decides whether it is
/// remembered.
pub(super) const SEEN_CALLS: &[&str] = together![
    CLASS,
    &[
        Base::EventSource.path(),
        Base::Region.path(),
        Base::RecipientAccount.path(),
        Base::VpcEndpoint.path(),
        Base::AccessKey.path(),
        Base::RoleToAssume.path(),
        Base::SecretId.path(),
        Base::ResourceArn.path(),
        Base::CreatedKey.path(),
    ],
];

/// What flows show of whom.
pub(super) const SEEN_FLOWS: &[&str] = &[
    Base::SourceAddress.path(),
    Base::DestinationAddress.path(),
    Base::SourcePort.path(),
    Base::DestinationPort.path(),
    Base::Protocol.path(),
    Base::TcpFlags.path(),
    Base::OwnVpc.path(),
    Base::Action.path(),
    Base::Bytes.path(),
    Base::Direction.path(),
    Base::Interface.path(),
    Base::DestinationService.path(),
    Base::InterfaceType.path(),
    Base::TrafficPath.path(),
    Base::OwnInstance.path(),
    Base::OwnTask.path(),
];
