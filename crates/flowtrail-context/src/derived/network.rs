//! `flowtrail.network`: where a call came from, as coarse as a person moves.

use std::net::IpAddr;

use super::base::{Base, View};
use super::origin::is_aws_internal;
use super::text::{TextBuf, is_service_name};

/// The network of a source: the service that called, the endpoint that the call
/// came through, or the /16 (of IPv6 the /32) of its address. Absent where the
/// source is none of these.
pub(super) fn network(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let source = view.text(Base::SourceIp).unwrap_or_default();
    if is_service_name(source) {
        return out.push_all(&[b"svc:", source]);
    }
    if is_aws_internal(source) {
        return out.push_all(&[b"svc:AWS Internal"]);
    }
    if let Some(endpoint) = view.text(Base::VpcEndpoint).filter(|e| !e.is_empty()) {
        return out.push_all(&[b"vpce:", endpoint]);
    }
    let address: IpAddr = std::str::from_utf8(source).ok()?.parse().ok()?;
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, _, _] = v4.octets();
            let mut digits = itoa::Buffer::new();
            out.push_all(&[digits.format(a).as_bytes(), b"."])?;
            out.push_all(&[digits.format(b).as_bytes(), b".0.0/16"])
        }
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            // Two groups need no shortening: the rest is zeros.
            let text = format!("{a:x}:{b:x}::/32");
            out.push_all(&[text.as_bytes()])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::cloudtrail;

    #[test]
    fn networks_of_sources() {
        for (source, endpoint, expected) in [
            ("198.51.100.7", "", Some("198.51.0.0/16")),
            ("::ffff:198.51.100.7", "", Some("198.51.0.0/16")),
            ("10.20.30.40", "", Some("10.20.0.0/16")),
            ("10.20.30.40", "vpce-0a1b", Some("vpce:vpce-0a1b")),
            ("2001:db8:7::1", "", Some("2001:db8::/32")),
            ("config.amazonaws.com", "", Some("svc:config.amazonaws.com")),
            ("AWS Internal", "", Some("svc:AWS Internal")),
            ("somewhere", "", None),
            ("", "", None),
        ] {
            let fields = [("sourceIPAddress", source), ("vpcEndpointId", endpoint)];
            let network = cloudtrail("flowtrail.network", &fields);
            assert_eq!(network.as_deref(), expected, "{source}");
        }
    }
}
