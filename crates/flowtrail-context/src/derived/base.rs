//! The fields of the logs that derived fields are computed from.

use flowtrail_event::{Event, Projection, SlotId, Value};

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
    // Flow logs: "Flow log records" of the Amazon VPC User Guide.
    SourceAddress = "srcaddr",
    DestinationAddress = "dstaddr",
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

/// The base fields of one event.
#[derive(Clone, Copy)]
pub(crate) struct View<'v> {
    event: &'v Event<'v>,
    slots: &'v BaseSlots,
}

impl<'v> View<'v> {
    pub(crate) const fn new(event: &'v Event<'v>, slots: &'v BaseSlots) -> Self {
        Self { event, slots }
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
