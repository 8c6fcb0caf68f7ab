//! The table of derived fields. Documentation, rule checker and SQL schema
//! derive from it; a field is added here and in the file that computes it.

use flowtrail_event::Kind;

use super::base::{Base, View};
use super::identity::IdentityClass;
use super::needs::{
    CALLER_ACCOUNT, CLASS, ENDS, ENDS_AND_OPENING, FIRST_SEEN, OPENING, OUTSIDE, PRINCIPAL,
    RESOURCE_ACCOUNT, SEEN_CALLS, SEEN_FLOWS, SOURCE,
};
use super::opening::Side;
use super::text::TextBuf;
use super::{access, agent, api, class, globe, identity, network, opening, origin, owner};
use crate::context::{PARTS, Verdict};

/// Writes the value and returns `Some`, or writes nothing and returns `None`.
type Compute = fn(View<'_>, &mut TextBuf) -> Option<()>;

/// What some fields cannot be derived without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knowledge {
    /// The file in which an operator declares environments, segments and callers.
    Context,
    /// What is usual, learnt from history.
    Baseline,
    /// Files that say where addresses of the internet are.
    Places,
}

impl Knowledge {
    /// Every sort of knowledge.
    pub const ALL: [Self; 3] = [Self::Context, Self::Baseline, Self::Places];

    /// The word for it: `context`, `baseline` or `places`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Baseline => "baseline",
            Self::Places => "places",
        }
    }
}

/// A field that Flowtrail computes from others. Its value is text; a record has
/// one value of it or none, and several only where its description says so.
pub struct DerivedField {
    /// The name that a rule writes: `flowtrail.…`.
    pub name: &'static str,
    /// What it says and when it is absent, in a sentence or two.
    pub doc: &'static str,
    /// Every value that it can have; empty if the set is open.
    pub values: &'static [&'static str],
    /// The fields of a `CloudTrail` record that it is computed from; empty if it
    /// does not apply to `CloudTrail`.
    pub needs_cloudtrail: &'static [&'static str],
    /// The fields of a flow-log record that it is computed from; empty if it
    /// does not apply to flow logs.
    pub needs_flow: &'static [&'static str],
    /// What it waits for; rules that ask for it are inactive until then.
    pub awaits: Option<Knowledge>,
    pub(super) compute: Compute,
}

impl DerivedField {
    /// The fields that it is computed from in logs of `kind`.
    #[must_use]
    pub const fn needs(&self, kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::CloudTrail => self.needs_cloudtrail,
            Kind::Flow => self.needs_flow,
        }
    }

    /// Whether records of `kind` can have it. Asking for it elsewhere is no
    /// error; it is absent there.
    #[must_use]
    pub const fn applies_to(&self, kind: Kind) -> bool {
        !self.needs(kind).is_empty()
    }
}

impl std::fmt::Debug for DerivedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DerivedField")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The derived field called `name`.
#[must_use]
pub fn derived_field(name: &str) -> Option<&'static DerivedField> {
    DERIVED.iter().find(|field| field.name == name)
}

/// Every derived field.
pub static DERIVED: &[DerivedField] = &[
    DerivedField {
        name: "flowtrail.principal",
        doc: "One name for one caller: the ARN of a role without its session, of a user or of a \
              federated user; role ARN, slash and session for Identity Center roles, because \
              there the session is the person; `root:`, `account:`, `svc:`, `saml:`, `web:`, \
              `idc:` or `id:` and an id; `anonymous`. Absent where the record names nobody.",
        values: &[],
        needs_cloudtrail: PRINCIPAL,
        needs_flow: &[],
        awaits: None,
        compute: identity::principal,
    },
    DerivedField {
        name: "flowtrail.session",
        doc: "The access key of the call, else the principal id with its session name. Absent \
              for sign-ins and for services.",
        values: &[],
        needs_cloudtrail: &[
            Base::AccessKey.path(),
            Base::PrincipalId.path(),
            Base::IdentityType.path(),
        ],
        needs_flow: &[],
        awaits: None,
        compute: identity::session,
    },
    DerivedField {
        name: "flowtrail.api",
        doc: "Service and call without the version of the API: `lambda:UpdateFunctionCode` for \
              `UpdateFunctionCode20150331v2`. Absent unless the record has both.",
        values: &[],
        needs_cloudtrail: &[Base::EventSource.path(), Base::EventName.path()],
        needs_flow: &[],
        awaits: None,
        compute: api::api,
    },
    DerivedField {
        name: "flowtrail.api.class",
        doc: "The sort of call: `auth` asks for credentials or signs in, `crypto` uses a key of \
              KMS, `delete` takes something away, the others read or write, as the record or \
              the first word of the call's name says. Absent unless the record has service \
              and name.",
        values: &[
            class::READ,
            class::WRITE,
            class::DELETE,
            class::AUTH,
            class::CRYPTO,
        ],
        needs_cloudtrail: &[
            Base::EventSource.path(),
            Base::EventName.path(),
            Base::ReadOnly.path(),
        ],
        needs_flow: &[],
        awaits: None,
        compute: class::class,
    },
    DerivedField {
        name: "flowtrail.network",
        doc: "Where a call came from, as coarse as an honest caller moves: the /16 of an address \
              (of IPv6 the /32), `vpce:` and the endpoint that it came through, or `svc:` and \
              the service that called. Absent where the source is none of these.",
        values: &[],
        needs_cloudtrail: &[Base::SourceIp.path(), Base::VpcEndpoint.path()],
        needs_flow: &[],
        awaits: None,
        compute: network::network,
    },
    DerivedField {
        name: "flowtrail.identity.class",
        doc: "The sort of caller. The user agent alone never decides it: `aws_service`, `iac` \
              and `scanner` rest on the identity that AWS recorded and on names that \
              administrators gave. Absent where the record has no identity.",
        values: &[
            IdentityClass::AwsService.name(),
            IdentityClass::Iac.name(),
            IdentityClass::Scanner.name(),
            IdentityClass::Workload.name(),
            IdentityClass::Human.name(),
            IdentityClass::Unknown.name(),
        ],
        needs_cloudtrail: CLASS,
        needs_flow: &[],
        awaits: None,
        compute: identity::identity_class,
    },
    DerivedField {
        name: "flowtrail.ua_family",
        doc: "The user agent without versions and systems: `aws-cli`, `boto3`, `terraform`, \
              `aws-sdk-go`, `console`, `browser`, …; `other:` and the first word of an agent \
              that is not known. It is what the caller says of itself. Absent where there is \
              no agent.",
        values: &[],
        needs_cloudtrail: &[Base::UserAgent.path(), Base::FromConsole.path()],
        needs_flow: &[],
        awaits: None,
        compute: agent::ua_family,
    },
    DerivedField {
        name: "flowtrail.source.kind",
        doc: "Where a call or a flow came from. Absent where the source is neither a service \
              nor the address of a host.",
        values: &[
            origin::PUBLIC,
            origin::PRIVATE,
            origin::AWS_SERVICE,
            origin::AWS_INTERNAL,
            origin::VPC_ENDPOINT,
        ],
        needs_cloudtrail: &[Base::SourceIp.path(), Base::VpcEndpoint.path()],
        needs_flow: &[Base::SourceAddress.path()],
        awaits: None,
        compute: origin::source_kind,
    },
    DerivedField {
        name: "flowtrail.destination.kind",
        doc: "Where a flow went. Absent for multicast and broadcast.",
        values: &[origin::PUBLIC, origin::PRIVATE],
        needs_cloudtrail: &[],
        needs_flow: &[Base::DestinationAddress.path()],
        awaits: None,
        compute: origin::destination_kind,
    },
    DerivedField {
        name: "flowtrail.mfa",
        doc: "Whether the session or the sign-in was authenticated with MFA as AWS saw it; an \
              identity provider's own MFA shows as `false`. Absent where the record does not say.",
        values: &[access::TRUE, access::FALSE],
        needs_cloudtrail: &[Base::MfaAuthenticated.path(), Base::MfaUsed.path()],
        needs_flow: &[],
        awaits: None,
        compute: access::mfa,
    },
    DerivedField {
        name: "flowtrail.cross_account",
        doc: "Whether the caller's account is another one than the account that recorded the \
              event. Absent unless both are known.",
        values: &[access::TRUE, access::FALSE],
        needs_cloudtrail: &[Base::IdentityAccount.path(), Base::RecipientAccount.path()],
        needs_flow: &[],
        awaits: None,
        compute: access::cross_account,
    },
    DerivedField {
        name: "flowtrail.outcome",
        doc: "How the call ended: `denied` for a lack of permission or a failed sign-in, `error` \
              for any other error.",
        values: &[access::SUCCESS, access::DENIED, access::ERROR],
        needs_cloudtrail: &[
            Base::ErrorCode.path(),
            Base::ErrorMessage.path(),
            Base::ConsoleLogin.path(),
            Base::SwitchRole.path(),
            Base::CheckMfa.path(),
        ],
        needs_flow: &[],
        awaits: None,
        compute: access::outcome,
    },
    known(
        "flowtrail.src.env",
        "The environment that the source of a flow, or the caller's account, belongs to by the \
         context file. Absent where the file does not say.",
        &[],
        [CALLER_ACCOUNT, ENDS],
        owner::source_environment,
    ),
    known(
        "flowtrail.src.segment",
        "The segment that the source of a flow belongs to by the context file, such as \
         `application` or `bastion`. Absent where the file does not say.",
        &[],
        [&[], ENDS],
        owner::source_segment,
    ),
    known(
        "flowtrail.src.account",
        "The alias of the account that the source of a flow, or the caller, belongs to by the \
         context file. Absent where the file does not say.",
        &[],
        [CALLER_ACCOUNT, ENDS],
        owner::source_account,
    ),
    known(
        "flowtrail.dst.env",
        "The environment that the destination of a flow belongs to by the context file, or the \
         account that a call reaches: that of the role or the resource, else the one that \
         recorded it. Absent where the file does not say.",
        &[],
        [RESOURCE_ACCOUNT, ENDS],
        owner::destination_environment,
    ),
    known(
        "flowtrail.dst.segment",
        "The segment that the destination of a flow belongs to by the context file. Absent \
         where the file does not say.",
        &[],
        [&[], ENDS],
        owner::destination_segment,
    ),
    known(
        "flowtrail.dst.account",
        "The alias of the account that the destination of a flow belongs to by the context \
         file, or that a call reaches: that of the role or the resource, else the one that \
         recorded it. Absent where the file does not say.",
        &[],
        [RESOURCE_ACCOUNT, ENDS],
        owner::destination_account,
    ),
    known(
        "flowtrail.policy",
        "What the matrix of the context file says of a connection, seen from the side that \
         opened it. Absent where the matrix cannot speak of one side: it is private and in no \
         network, or outside and no entry is about the outside.",
        &[
            Verdict::Allowed.name(),
            Verdict::Forbidden.name(),
            Verdict::Undeclared.name(),
        ],
        [&[], ENDS_AND_OPENING],
        opening::policy,
    ),
    DerivedField {
        name: "flowtrail.initiator",
        doc: "The side of a flow record that opened the connection, by the flags of TCP or, \
              where these say nothing, the side with the higher port. Absent where the record \
              does not show it.",
        values: &[Side::Source.name(), Side::Destination.name()],
        needs_cloudtrail: &[],
        needs_flow: OPENING,
        awaits: None,
        compute: opening::initiator,
    },
    known(
        "flowtrail.actor",
        "The part that the context file gives to a caller, which is a principal in a network. \
         Absent where the file does not say.",
        &PARTS,
        [PRINCIPAL, &[]],
        owner::actor,
    ),
    known(
        "flowtrail.region",
        "Whether the context file expects anything to happen in the region. Absent where it \
         names no regions.",
        &[owner::EXPECTED, owner::UNEXPECTED],
        [&[Base::Region.path()], &[]],
        owner::region,
    ),
    located(
        "flowtrail.country",
        "The country of the address on the internet that a call came from, or that is at the \
         other end of a flow, as two letters of ISO 3166. Absent for private addresses, services \
         and endpoints, and where the files do not say.",
        globe::country,
    ),
    located(
        "flowtrail.place",
        "Where that address is: degrees of latitude and longitude with two digits, as \
         `50.11,8.68`. Absent also where the files may be 500 kilometres off by their own word.",
        globe::place,
    ),
    located(
        "flowtrail.asn",
        "The number of the autonomous system that the address is in, without `AS`. Absent where \
         the files do not say.",
        globe::system,
    ),
    located(
        "flowtrail.as_name",
        "Who runs the autonomous system that the address is in, as the files write it. Absent \
         where they do not say.",
        globe::system_name,
    ),
    recalled(
        "flowtrail.first_seen",
        "What was not seen before the day of the record, in the last 90 days: each dimension in \
         which the record is new, as one value. To who is too new to have habits, only what \
         nobody has is new. Countries are new only where files tell them.",
        FIRST_SEEN,
        [SEEN_CALLS, SEEN_FLOWS],
    ),
    recalled(
        "flowtrail.novelty",
        "How much it says that the record is new: for each dimension of `flowtrail.first_seen` \
         one value, `dimension=weight`, but for those that follow from another. The weight is up to six bits, fewer the more others \
         have the same, times 2 for calls about credentials, persistence and evasion, 0.5 for \
         other reads, and 1.",
        &[],
        [SEEN_CALLS, SEEN_FLOWS],
    ),
    recalled(
        "flowtrail.access_key.age_days",
        "Days since the access key of the call was created or, where that was not seen, since \
         it was first seen: it is no younger. Absent for temporary keys.",
        &[],
        [SEEN_CALLS, &[]],
    ),
    recalled(
        "flowtrail.rare_destination",
        "Whether the address outside to which a host opened the connection was first seen in \
         the last 7 days and is known to at most one other host in 50, or to one. Absent for other \
         flows, and before 14 days of connections were seen.",
        &[access::TRUE, access::FALSE],
        [&[], SEEN_FLOWS],
    ),
    recalled(
        "flowtrail.hour.calls",
        "Calls of this sort (`flowtrail.api.class`) that the caller makes in the account in \
         the hour of the record. Absent where fewer than 14 days, or 24 hours with calls, were \
         seen before the day.",
        &[],
        [SEEN_CALLS, &[]],
    ),
    recalled(
        "flowtrail.hour.calls_sigma",
        "By how many standard deviations `flowtrail.hour.calls` is above the mean of the hours \
         before the day; a deviation is one call at least, and a tenth of the mean.",
        &[],
        [SEEN_CALLS, &[]],
    ),
    recalled(
        "flowtrail.hour.bytes_out",
        "Bytes that the interface sends to addresses outside, services of AWS aside, in the \
         hour of the record, which is one of those that send. Absent where too little was \
         seen before the day.",
        &[],
        [&[], SEEN_FLOWS],
    ),
    recalled(
        "flowtrail.hour.bytes_out_sigma",
        "By how many standard deviations `flowtrail.hour.bytes_out` is above the mean of the \
         hours before the day; a deviation is a tenth of the mean at least.",
        &[],
        [&[], SEEN_FLOWS],
    ),
    recalled(
        "flowtrail.hour.rejects",
        "Flows from private addresses that are rejected at the interface in the hour of the \
         record, which is one of them. Absent where too little was seen before the day.",
        &[],
        [&[], SEEN_FLOWS],
    ),
    recalled(
        "flowtrail.hour.rejects_sigma",
        "By how many standard deviations `flowtrail.hour.rejects` is above the mean of the \
         hours before the day; a deviation is one flow at least, and a tenth of the mean. An \
         interface that was seen for 14 days and never rejected anything has a mean of 0.",
        &[],
        [&[], SEEN_FLOWS],
    ),
];

/// A field that a memory fills, in `recall`.
const fn recalled(
    name: &'static str,
    doc: &'static str,
    values: &'static [&'static str],
    [needs_cloudtrail, needs_flow]: [&'static [&'static str]; 2],
) -> DerivedField {
    DerivedField {
        name,
        doc,
        values,
        needs_cloudtrail,
        needs_flow,
        awaits: Some(Knowledge::Baseline),
        compute: |_, _| None,
    }
}

/// A field that is computed from files of places.
const fn located(name: &'static str, doc: &'static str, compute: Compute) -> DerivedField {
    DerivedField {
        name,
        doc,
        values: &[],
        needs_cloudtrail: SOURCE,
        needs_flow: OUTSIDE,
        awaits: Some(Knowledge::Places),
        compute,
    }
}

/// A field that is computed from what the context file says.
const fn known(
    name: &'static str,
    doc: &'static str,
    values: &'static [&'static str],
    [needs_cloudtrail, needs_flow]: [&'static [&'static str]; 2],
    compute: Compute,
) -> DerivedField {
    DerivedField {
        name,
        doc,
        values,
        needs_cloudtrail,
        needs_flow,
        awaits: Some(Knowledge::Context),
        compute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described_and_named_once() {
        for field in DERIVED {
            assert!(field.name.starts_with("flowtrail."), "{}", field.name);
            assert!(
                field.doc.ends_with('.') && field.doc.len() > 20,
                "{}",
                field.name
            );
            assert_eq!(derived_field(field.name).map(|f| f.name), Some(field.name));
            let same = DERIVED.iter().filter(|f| f.name == field.name).count();
            assert_eq!(same, 1, "{}", field.name);
            assert!(
                field.applies_to(Kind::CloudTrail) || field.applies_to(Kind::Flow),
                "{}",
                field.name
            );
        }
        assert!(derived_field("flowtrail.nothing").is_none());
    }

    #[test]
    fn every_field_of_a_memory_is_filled_by_one() {
        for field in DERIVED {
            let of_memory = field.awaits == Some(Knowledge::Baseline);
            let recalled = super::super::recall::Recalled::of(field.name);
            assert_eq!(recalled.is_some(), of_memory, "{}", field.name);
        }
    }

    #[test]
    fn no_field_needs_a_derived_one() {
        for field in DERIVED {
            for need in field.needs_cloudtrail.iter().chain(field.needs_flow) {
                assert!(
                    !need.starts_with("flowtrail."),
                    "{} needs {need}",
                    field.name
                );
            }
        }
    }
}
