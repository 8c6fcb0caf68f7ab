//! The sorts of addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ranges of IPv4 by their first address and the length of their prefix, the
/// narrower ones first (IANA's registry of special-purpose addresses).
const V4: &[(Ipv4Addr, u8, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 32, "unspecified"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, "broadcast"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "rfc1918"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link_local"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "rfc1918"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "carrier_nat"),
    (Ipv4Addr::new(0, 0, 0, 0), 8, "reserved"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "rfc1918"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

/// The same for IPv6.
const V6: &[(Ipv6Addr, u8, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96, "nat64"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "reserved"),
    (
        Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0),
        48,
        "benchmarking",
    ),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "nat64"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, "teredo"),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "documentation",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "documentation",
    ),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link_local"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
    (
        Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
        7,
        "unique_local",
    ),
];

/// The special range that an address lies in, or `global`.
pub(super) fn range(text: &str) -> Option<&'static str> {
    let found = match super::address(text)? {
        IpAddr::V4(ip) => V4
            .iter()
            .find(|(first, len, _)| {
                let shift = 32_u32.saturating_sub(u32::from(*len));
                ip.to_bits() >> shift == first.to_bits() >> shift
            })
            .map(|(_, _, word)| *word),
        IpAddr::V6(ip) => V6
            .iter()
            .find(|(first, len, _)| {
                let shift = 128_u32.saturating_sub(u32::from(*len));
                ip.to_bits() >> shift == first.to_bits() >> shift
            })
            .map(|(_, _, word)| *word),
    };
    Some(found.unwrap_or("global"))
}

/// The word for an address for which rules have none.
pub(in super::super) fn class_beside_rules(text: &str) -> Option<&'static str> {
    range(text).filter(|word| ["multicast", "broadcast", "unspecified"].contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_of_the_registry() {
        for (ip, expected) in [
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "reserved"),
            ("10.0.0.1", "rfc1918"),
            ("100.127.255.255", "carrier_nat"),
            ("100.128.0.0", "global"),
            ("127.9.9.9", "loopback"),
            ("169.254.169.254", "link_local"),
            ("172.31.0.1", "rfc1918"),
            ("172.32.0.1", "global"),
            ("192.0.0.9", "reserved"),
            ("192.0.2.1", "documentation"),
            ("198.19.255.255", "benchmarking"),
            ("224.0.0.251", "multicast"),
            ("250.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("8.8.8.8", "global"),
            ("::ffff:10.1.1.1", "rfc1918"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("64:ff9b::808:808", "nat64"),
            ("2001::1", "teredo"),
            ("2001:db8::1", "documentation"),
            ("2002:a00::1", "6to4"),
            ("fd00:ec2::254", "unique_local"),
            ("fe80::1", "link_local"),
            ("ff02::fb", "multicast"),
            ("2600:1f18::1", "global"),
        ] {
            assert_eq!(range(ip), Some(expected), "{ip}");
        }
        assert_eq!(range("config.amazonaws.com"), None);
        assert_eq!(class_beside_rules("10.0.0.1"), None);
    }
}
