//! A set of networks.

use std::net::IpAddr;

use datafusion::common::Result;
use ipnet::IpNet;

use super::super::fault;

/// Networks that do not overlap, in the order of their addresses.
#[derive(Debug)]
pub(super) struct Cidrs(Vec<IpNet>);

impl Cidrs {
    /// Reads networks with commas or white space between them. An address alone
    /// is a network of one.
    ///
    /// # Errors
    /// The first that is none.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        let words = words.filter(|word| !word.is_empty());
        let networks: Result<Vec<_>> = words.map(network).collect();
        let mut networks = IpNet::aggregate(&networks?);
        networks.sort_unstable();
        Ok(Self(networks))
    }

    /// Whether the address lies in one of them.
    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        let after = self.0.partition_point(|net| net.network() <= ip);
        let before = after.checked_sub(1).and_then(|ix| self.0.get(ix));
        before.is_some_and(|net| net.contains(&ip))
    }
}

fn network(word: &str) -> Result<IpNet> {
    let parsed = word.parse::<IpNet>().ok();
    let parsed = parsed.or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from));
    parsed.map(plain).ok_or_else(|| {
        let word = word.escape_debug();
        fault(format!(
            "`{word}` is no network\nhint: write it as `10.0.0.0/8` or `2001:db8::/32`"
        ))
    })
}

/// Networks of IPv4 that are written in IPv6 are networks of IPv4.
fn plain(net: IpNet) -> IpNet {
    let bits = net.prefix_len().checked_sub(96);
    match (net.network().to_canonical(), bits) {
        (IpAddr::V4(v4), Some(bits)) if net.network().is_ipv6() => {
            IpNet::new(v4.into(), bits).unwrap_or(net)
        }
        _ => net,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_in(networks: &str, ip: &str) -> bool {
        Cidrs::parse(networks)
            .unwrap()
            .contains(ip.parse().unwrap())
    }

    #[test]
    fn both_versions_and_lists() {
        for (networks, ip, expected) in [
            ("10.0.0.0/8", "10.255.255.255", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3/8", "10.0.0.1", true),
            ("192.168.1.1", "192.168.1.1", true),
            ("2001:db8::/32,10.0.0.0/8", "2001:db8:ffff::1", true),
            ("2001:db8::/32 10.0.0.0/8", "10.0.0.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "10.0.0.1", false),
            ("::ffff:10.0.0.0/104", "10.1.1.1", true),
            ("10.0.0.0/8, 10.1.0.0/16", "10.2.0.1", true),
            ("", "10.2.0.1", false),
        ] {
            assert_eq!(is_in(networks, ip), expected, "{networks} {ip}");
        }
        for bad in ["10.0.0.0/33", "10.0.0", "x", "10.0.0.0/8;11.0.0.0/8"] {
            assert!(Cidrs::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn it_is_as_asking_each(nets in prop::collection::vec((any::<u32>(), 0_u8..=32), 0..12), ip in any::<u32>()) {
            let net = |(bits, len): &(u32, u8)| IpNet::new(IpAddr::V4((*bits).into()), *len).unwrap();
            let each: Vec<IpNet> = nets.iter().map(net).collect();
            let text = each.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(",");
            let ips = [ip.into(), each.first().map_or(ip.into(), |n| match n.broadcast() { IpAddr::V4(v) => v, IpAddr::V6(_) => ip.into() })];
            for ip in ips.map(IpAddr::V4) {
                let expected = each.iter().any(|n| n.contains(&ip));
                prop_assert_eq!(Cidrs::parse(&text).unwrap().contains(ip), expected);
            }
        }

        #[test]
        fn nothing_panics(text in ".{0,30}") {
            let _ = Cidrs::parse(&text);
        }
    }
}
