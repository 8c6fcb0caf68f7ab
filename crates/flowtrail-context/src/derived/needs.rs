//! What groups of derived fields are computed from.

use super::base::Base;

pub(super) const CALLER: &[&str] = &[
    Base::IdentityArn.path(),
    Base::IdentityAccount.path(),
    Base::SourceIp.path(),
];
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
pub(super) const DESTINATION: &[&str] = &[Base::DestinationAddress.path()];
pub(super) const CONNECTION: &[&str] =
    &[Base::SourceAddress.path(), Base::DestinationAddress.path()];

/// The dimensions of what can be new.
pub(super) const FIRST_SEEN: &[&str] = &[
    "principal_api",
    "principal_network",
    "principal_country",
    "principal_region",
    "principal_ua",
    "principal_secret",
    "account_api",
    "account_region",
    "account_caller",
    "role_assumer",
    "key_network",
    "edge",
];

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
