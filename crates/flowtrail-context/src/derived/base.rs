//! The fields of the logs that derived fields are computed from.

use std::net::IpAddr;

use flowtrail_event::{Event, EventTime, Projection, Service, SlotId, Value};

use super::ends::Ends;
use crate::context::Context;
use crate::places::Places;

/// One line a field: the name in code and the path as a rule would write it.
/// Everything else here follows from this list.
macro_rules! base_fields {
    ($($name:ident = $path:literal,)+) => {
        /// A field of a log that some derived field needs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Base { $(
            #[doc = $path]
            $name,
        )+ }

        impl Base {
            /// Every base field, in the order of the declaration.
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// The field as a [`Projection`] names it.
            pub(crate) const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)+ }
            }
        }
    };
}

base_fields! {
    // CloudTrail: "CloudTrail record contents" and "userIdentity element" of
    // the AWS CloudTrail User Guide.
    EventSource = "eventSource",
    EventName = "eventName",
    EventType = "eventType",
    Region = "awsRegion",
    SourceIp = "sourceIPAddress",
    UserAgent = "userAgent",
    ErrorCode = "errorCode",
    ErrorMessage = "errorMessage",
    ReadOnly = "readOnly",
    RecipientAccount = "recipientAccountId",
    VpcEndpoint = "vpcEndpointId",
    FromConsole = "sessionCredentialFromConsole",
    MfaUsed = "additionalEventData.MFAUsed",
    ConsoleLogin = "responseElements.ConsoleLogin",
    SwitchRole = "responseElements.SwitchRole",
    CheckMfa = "responseElements.CheckMfa",
    IdentityType = "userIdentity.type",
    PrincipalId = "userIdentity.principalId",
    IdentityArn = "userIdentity.arn",
    IdentityAccount = "userIdentity.accountId",
    AccessKey = "userIdentity.accessKeyId",
    UserName = "userIdentity.userName",
    InvokedBy = "userIdentity.invokedBy",
    IdentityProvider = "userIdentity.identityProvider",
    OnBehalfOf = "userIdentity.onBehalfOf.userId",
    InScopeOf = "userIdentity.inScopeOf.issuerType",
    MfaAuthenticated = "userIdentity.sessionContext.attributes.mfaAuthenticated",
    IssuerArn = "userIdentity.sessionContext.sessionIssuer.arn",
    IssuerName = "userIdentity.sessionContext.sessionIssuer.userName",
    FederatedProvider = "userIdentity.sessionContext.webIdFederationData.federatedProvider",
    SourceIdentity = "userIdentity.sessionContext.sourceIdentity",
    Ec2Delivery = "userIdentity.sessionContext.ec2RoleDelivery",
    RoleToAssume = "requestParameters.roleArn",
    SecretId = "requestParameters.secretId",
    ResourceArn = "resources.ARN",
    ResourceAccount = "resources.accountId",
    CreatedKey = "responseElements.accessKey.accessKeyId",
    // Flow logs: "Flow log records" of the Amazon VPC User Guide.
    SourceAddress = "srcaddr",
    DestinationAddress = "dstaddr",
    PacketSource = "pkt-srcaddr",
    PacketDestination = "pkt-dstaddr",
    SourcePort = "srcport",
    DestinationPort = "dstport",
    Protocol = "protocol",
    TcpFlags = "tcp-flags",
    Action = "action",
    Bytes = "bytes",
    Interface = "interface-id",
    DestinationService = "pkt-dst-aws-service",
    Start = "start",
    Direction = "flow-direction",
    InterfaceType = "interface-type",
    TrafficPath = "traffic-path",
    OwnInstance = "instance-id",
    OwnTask = "ecs-task-arn",
    OwnVpc = "vpc-id",
    OwnAccount = "account-id",
    SourceVpc = "tgw-src-vpc-id",
    DestinationVpc = "tgw-dst-vpc-id",
    SourceVpcAccount = "tgw-src-vpc-account-id",
    DestinationVpcAccount = "tgw-dst-vpc-account-id",
}

/// The slots of the base fields in one projection.
#[derive(Debug, Clone)]
pub(crate) struct BaseSlots([Option<SlotId>; Base::ALL.len()]);

impl BaseSlots {
    /// Looks the base fields up; those that nobody needs have no slot.
    pub(crate) fn of(projection: &Projection) -> Self {
        let mut slots = [None; Base::ALL.len()];
        for (slot, base) in slots.iter_mut().zip(Base::ALL) {
            *slot = projection.find(base.path());
        }
        Self(slots)
    }
}

/// The base fields of one event, and what is known beside it.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    event: &'v Event<'v>,
    slots: &'v BaseSlots,
    context: Option<&'v Context>,
    places: Option<&'v Places>,
    ends: Option<Ends>,
}

impl<'v> View<'v> {
    pub(crate) const fn new(event: &'v Event<'v>, slots: &'v BaseSlots) -> Self {
        Self {
            event,
            slots,
            context: None,
            places: None,
            ends: None,
        }
    }

    /// The same with a context file.
    pub(crate) const fn knowing(mut self, context: Option<&'v Context>) -> Self {
        self.context = context;
        self
    }

    /// The same with files of places.
    pub(crate) const fn on_globe(mut self, places: Option<&'v Places>) -> Self {
        self.places = places;
        self
    }

    /// The same with the places of both addresses.
    pub(crate) const fn between(mut self, ends: Option<Ends>) -> Self {
        self.ends = ends;
        self
    }

    /// The context file, if there is one.
    pub(crate) const fn context(self) -> Option<&'v Context> {
        self.context
    }

    /// Where addresses are, if there are files that tell.
    pub(crate) const fn places(self) -> Option<&'v Places> {
        self.places
    }

    /// The places of both addresses of a flow, if a context says anything.
    pub(crate) const fn ends(self) -> Option<Ends> {
        self.ends
    }

    /// Which log the event belongs to.
    pub(crate) const fn service(self) -> Service {
        self.event.service
    }

    /// When the event happened.
    pub(crate) const fn time(self) -> Option<EventTime> {
        self.event.time
    }

    /// All values of a field that are scalars and not empty.
    pub(crate) fn texts(self, base: Base) -> impl Iterator<Item = &'v [u8]> {
        let slot = self.slots.0.get(base as usize).copied().flatten();
        let values = slot.map(|slot| self.event.values(slot));
        let texts = values.into_iter().flatten().filter_map(Value::text);
        texts.filter(|text| !text.is_empty())
    }

    /// The first value of a field as a number.
    pub(crate) fn number(self, base: Base) -> Option<u64> {
        let text = self.text(base)?;
        let digit = |n: u64, b: &u8| {
            let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
            n.checked_mul(10)?.checked_add(digit)
        };
        text.iter().try_fold(0, digit)
    }

    /// The first value of a field as an address.
    pub(crate) fn address(self, base: Base) -> Option<IpAddr> {
        std::str::from_utf8(self.text(base)?).ok()?.parse().ok()
    }

    /// The first value of a field that is a scalar and not empty. AWS writes
    /// an empty string where it has no value (`accessKeyId` of a sign-in), so
    /// empty and absent are the same.
    pub(crate) fn text(self, base: Base) -> Option<&'v [u8]> {
        let slot = (*self.slots.0.get(base as usize)?)?;
        self.event
            .values(slot)
            .filter_map(Value::text)
            .find(|text| !text.is_empty())
    }

    /// Whether a field says `expected`, ASCII case aside.
    pub(crate) fn says(self, base: Base, expected: &str) -> bool {
        self.text(base)
            .is_some_and(|text| text.eq_ignore_ascii_case(expected.as_bytes()))
    }

    /// Whether a field has a value.
    pub(crate) fn has(self, base: Base) -> bool {
        self.text(base).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indices_are_dense_and_the_paths_differ() {
        for (i, base) in Base::ALL.iter().enumerate() {
            assert_eq!(*base as usize, i);
            let same = Base::ALL.iter().filter(|b| b.path() == base.path()).count();
            assert_eq!(same, 1, "{}", base.path());
        }
    }
}
