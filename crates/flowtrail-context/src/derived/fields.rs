//! The table of derived fields. Documentation, rule checker and SQL schema
//! derive from it; a field is added here and in the file that computes it.

use super::base::Base;
use super::field::{Compute, DerivedField, Knowledge};
use super::identity::IdentityClass;
use super::needs::{
    CALLER_ACCOUNT, CLASS, ENDS, ENDS_AND_OPENING, FIRST_SEEN, OPENING, OUTSIDE, PRINCIPAL,
    RESOURCE_ACCOUNT, SEEN_CALLS, SEEN_FLOWS, SOURCE,
};
use super::opening::Side;
use super::{access, agent, api, class, globe, identity, network, opening, origin, owner};
use crate::context::{PARTS, Verdict};

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
        Knowledge::Countries,
        globe::country,
    ),
    located(
        "flowtrail.place",
        "Where that address is: degrees of latitude and longitude with two digits, as \
         `50.11,8.68`. Absent also where the files may be 500 kilometres off by their own word.",
        Knowledge::Places,
        globe::place,
    ),
    located(
        "flowtrail.asn",
        "The number of the autonomous system that the address is in, without `AS`. Absent where \
         the files do not say.",
        Knowledge::Systems,
        globe::system,
    ),
    located(
        "flowtrail.as_name",
        "Who runs the autonomous system that the address is in, as the files write it. Absent \
         where they do not say.",
        Knowledge::Systems,
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
        "flowtrail.access_key.idle_weeks",
        "For how many weeks, of seven days since 1970-01-01, the lasting access key of the call \
         was not used before the week of the call, having been used before, in the last 90 \
         days. Absent for others, and once it was used on an earlier day of the week. What a \
         baseline does not cover does not count.",
        &[],
        [SEEN_CALLS, &[]],
    ),
    recalled(
        "flowtrail.rare_call.age_days",
        "How many days ago the caller made this call, if that was on one day only in the last \
         90 days, and 14 days and 100 calls of the caller in the account were seen before. \
         Absent for calls that are new, or were made on two days. With a baseline, by what \
         that has alone.",
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
        "flowtrail.hour.calls_peak",
        "How many times the largest of the hours before the day `flowtrail.hour.calls` is, with \
         two digits; an hour counts as one call at least.",
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

/// A field that is computed from files that tell where addresses are.
const fn located(
    name: &'static str,
    doc: &'static str,
    awaits: Knowledge,
    compute: Compute,
) -> DerivedField {
    DerivedField {
        name,
        doc,
        values: &[],
        needs_cloudtrail: SOURCE,
        needs_flow: OUTSIDE,
        awaits: Some(awaits),
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
