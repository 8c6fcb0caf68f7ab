//! `flowtrail.source.kind` and `flowtrail.destination.kind`: what sort of place
//! an address is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::base::{Base, View};
use super::text::{TextBuf, is_service_name};

pub(super) const PUBLIC: &str = "public";
pub(super) const PRIVATE: &str = "private";
pub(super) const AWS_SERVICE: &str = "aws_service";
pub(super) const AWS_INTERNAL: &str = "aws_internal";
pub(super) const VPC_ENDPOINT: &str = "vpc_endpoint";

/// The source of a call or of a flow. A service's name and `AWS Internal` say
/// more than the endpoint that they came through, the endpoint says more than
/// the address behind it.
pub(super) fn source_kind(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let kind = match view.text(Base::SourceAddress) {
        Some(address) => address_kind(address)?,
        None => call_source(view)?,
    };
    out.push_all(&[kind.as_bytes()])
}

/// The destination of a flow.
pub(super) fn destination_kind(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let kind = address_kind(view.text(Base::DestinationAddress)?)?;
    out.push_all(&[kind.as_bytes()])
}

fn call_source(view: View<'_>) -> Option<&'static str> {
    let source = view.text(Base::SourceIp).unwrap_or_default();
    if is_service_name(source) {
        return Some(AWS_SERVICE);
    }
    if is_aws_internal(source) {
        return Some(AWS_INTERNAL);
    }
    if view.has(Base::VpcEndpoint) {
        return Some(VPC_ENDPOINT);
    }
    address_kind(source)
}

/// `AWS Internal` and `AWS Internal/3`, in place of an address or an agent.
pub(super) fn is_aws_internal(text: &[u8]) -> bool {
    const NAME: &[u8] = b"AWS Internal";
    let head = text.get(..NAME.len()).unwrap_or_default();
    let rest = text.get(NAME.len()..).unwrap_or_default();
    head.eq_ignore_ascii_case(NAME) && (rest.is_empty() || rest.starts_with(b"/"))
}

/// `None` for what is no address, and for addresses that are neither a host on
/// the internet nor one in a network of one's own: unspecified, multicast,
/// broadcast.
pub(super) fn address_kind(text: &[u8]) -> Option<&'static str> {
    kind_of(std::str::from_utf8(text).ok()?.parse().ok()?)
}

/// Whether an address is that of a host on the internet.
pub(crate) fn is_internet(address: IpAddr) -> bool {
    kind_of(address) == Some(PUBLIC)
}

fn kind_of(address: IpAddr) -> Option<&'static str> {
    let private = match address.to_canonical() {
        IpAddr::V4(v4) if is_nobody_v4(v4) => return None,
        IpAddr::V6(v6) if v6.is_unspecified() || v6.is_multicast() => return None,
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    };
    Some(if private { PRIVATE } else { PUBLIC })
}

const fn is_nobody_v4(v4: Ipv4Addr) -> bool {
    v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast()
}

/// RFC 1918, loopback, link-local, and 100.64.0.0/10 (RFC 6598), which AWS uses
/// for pods and for endpoints.
const fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, _, _] = v4.octets();
    let shared = a == 100 && b & 0b1100_0000 == 64;
    v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared
}

/// fc00::/7, fe80::/10 and ::1.
const fn is_private_v6(v6: Ipv6Addr) -> bool {
    v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cloudtrail, flow};

    const ADDRESSES: [(&str, Option<&str>); 29] = [
        ("198.51.100.7", Some("public")),
        ("8.8.8.8", Some("public")),
        ("10.0.0.1", Some("private")),
        ("172.16.0.1", Some("private")),
        ("172.31.255.255", Some("private")),
        ("172.32.0.1", Some("public")),
        ("192.168.0.1", Some("private")),
        ("192.169.0.1", Some("public")),
        ("100.63.255.255", Some("public")),
        ("100.64.0.0", Some("private")),
        ("100.127.255.255", Some("private")),
        ("100.128.0.0", Some("public")),
        ("169.254.169.254", Some("private")),
        ("127.0.0.1", Some("private")),
        ("::1", Some("private")),
        ("fd00:ec2::254", Some("private")),
        ("fe80::1", Some("private")),
        ("2600:1f18::1", Some("public")),
        ("::ffff:10.1.2.3", Some("private")),
        ("::ffff:8.8.8.8", Some("public")),
        ("0.0.0.0", None),
        ("224.0.0.251", None),
        ("255.255.255.255", None),
        ("ff02::fb", None),
        ("::", None),
        ("255.090.254.5", None),
        ("-", None),
        ("10.0.0.1:443", None),
        ("somewhere", None),
    ];

    #[test]
    fn addresses_of_flows_and_of_calls_are_judged_alike() {
        for (address, expected) in ADDRESSES {
            let source = flow("flowtrail.source.kind", &[("srcaddr", address)]);
            let target = flow("flowtrail.destination.kind", &[("dstaddr", address)]);
            let call = cloudtrail("flowtrail.source.kind", &[("sourceIPAddress", address)]);
            assert_eq!(source.as_deref(), expected, "{address}");
            assert_eq!(target.as_deref(), expected, "{address}");
            assert_eq!(call.as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn sources_that_are_no_address() {
        let kind = |source: &str, endpoint: &str| {
            cloudtrail(
                "flowtrail.source.kind",
                &[("sourceIPAddress", source), ("vpcEndpointId", endpoint)],
            )
        };
        for (source, endpoint, expected) in [
            ("config.amazonaws.com", "", Some("aws_service")),
            ("config.amazonaws.com", "vpce-0a1b", Some("aws_service")),
            ("AWS Internal", "", Some("aws_internal")),
            ("AWS Internal/3", "", Some("aws_internal")),
            ("AWS Internals", "", None),
            ("10.0.0.1", "vpce-0a1b", Some("vpc_endpoint")),
            ("", "vpce-0a1b", Some("vpc_endpoint")),
            ("10.0.0.1", "", Some("private")),
            ("config.amazonaws.com.example.net", "", None),
            ("", "", None),
        ] {
            assert_eq!(
                kind(source, endpoint).as_deref(),
                expected,
                "{source} {endpoint}"
            );
        }
    }

    #[test]
    fn a_call_has_no_destination_and_a_flow_no_principal() {
        let call = [("sourceIPAddress", "8.8.8.8"), ("dstaddr", "8.8.8.8")];
        assert_eq!(cloudtrail("flowtrail.destination.kind", &call), None);
        let record = [
            ("srcaddr", "8.8.8.8"),
            ("userIdentity.arn", "arn:aws:iam::1:user/x"),
        ];
        assert_eq!(flow("flowtrail.principal", &record), None);
    }
}
