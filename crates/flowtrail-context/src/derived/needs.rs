//! What groups of derived fields are computed from.

use super::base::Base;
use super::recall;

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
pub(super) const ENDS_AND_OPENING: &[&str] = &[
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
    Base::Protocol.path(),
    Base::SourcePort.path(),
    Base::DestinationPort.path(),
    Base::TcpFlags.path(),
];
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

pub(super) const PRINCIPAL: &[&str] = &[
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
    Base::EventSource.path(),
    Base::SourceIp.path(),
    Base::Region.path(),
];

pub(super) const CLASS: &[&str] = &[
    Base::IdentityType.path(),
    Base::PrincipalId.path(),
    Base::IdentityArn.path(),
    Base::IdentityAccount.path(),
    Base::UserName.path(),
    Base::InvokedBy.path(),
    Base::IdentityProvider.path(),
    Base::OnBehalfOf.path(),
    Base::InScopeOf.path(),
    Base::MfaAuthenticated.path(),
    Base::IssuerArn.path(),
    Base::IssuerName.path(),
    Base::FederatedProvider.path(),
    Base::SourceIdentity.path(),
    Base::Ec2Delivery.path(),
    Base::FromConsole.path(),
    Base::EventType.path(),
    Base::EventName.path(),
    Base::ReadOnly.path(),
    Base::SourceIp.path(),
    Base::UserAgent.path(),
];

/// What calls show of whom.
pub(super) const SEEN_CALLS: &[&str] = &[
    Base::EventSource.path(),
    Base::EventName.path(),
    Base::EventType.path(),
    Base::Region.path(),
    Base::SourceIp.path(),
    Base::UserAgent.path(),
    Base::ReadOnly.path(),
    Base::RecipientAccount.path(),
    Base::VpcEndpoint.path(),
    Base::FromConsole.path(),
    Base::IdentityType.path(),
    Base::PrincipalId.path(),
    Base::IdentityArn.path(),
    Base::IdentityAccount.path(),
    Base::AccessKey.path(),
    Base::UserName.path(),
    Base::InvokedBy.path(),
    Base::IdentityProvider.path(),
    Base::OnBehalfOf.path(),
    Base::InScopeOf.path(),
    Base::MfaAuthenticated.path(),
    Base::IssuerArn.path(),
    Base::IssuerName.path(),
    Base::FederatedProvider.path(),
    Base::SourceIdentity.path(),
    Base::Ec2Delivery.path(),
    Base::RoleToAssume.path(),
    Base::SecretId.path(),
    Base::ResourceArn.path(),
    Base::CreatedKey.path(),
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
