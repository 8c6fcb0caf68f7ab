//! Networks as sorted ranges: one binary search, whatever their number.

use std::net::IpAddr;

use ipnet::IpNet;

/// A set of IPv4 and IPv6 networks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct CidrSet {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl CidrSet {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        let mut set = Self::default();
        for net in networks {
            match net {
                IpNet::V4(n) => set.v4.push((n.network().into(), n.broadcast().into())),
                IpNet::V6(n) => set.v6.push((n.network().into(), n.broadcast().into())),
            }
        }
        merge(&mut set.v4);
        merge(&mut set.v6);
        set
    }

    /// An IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) is both.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(a) => within(&self.v4, a.into()),
            IpAddr::V6(a) => {
                let mapped = a.to_ipv4_mapped();
                within(&self.v6, a.into()) || mapped.is_some_and(|a| within(&self.v4, a.into()))
            }
        }
    }
}

fn merge<T: Ord + Copy>(ranges: &mut Vec<(T, T)>) {
    ranges.sort_unstable();
    ranges.dedup_by(|next, kept| {
        let joins = next.0 <= kept.1;
        if joins {
            kept.1 = kept.1.max(next.1);
        }
        joins
    });
}

fn within<T: Ord + Copy>(ranges: &[(T, T)], address: T) -> bool {
    let after = ranges.partition_point(|r| r.0 <= address);
    after
        .checked_sub(1)
        .and_then(|i| ranges.get(i))
        .is_some_and(|r| address <= r.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_networks_are_one() {
        let nets: Vec<IpNet> = [
            "10.0.0.0/8",
            "10.1.0.0/16",
            "192.168.1.128/25",
            "fe80::/10",
            "0.0.0.0/32",
            "::ffff:12.0.0.0/104",
        ]
        .iter()
        .map(|n| n.parse().unwrap())
        .collect();
        let set = CidrSet::new(&nets);
        for (a, want) in [
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("192.168.1.127", false),
            ("192.168.1.128", true),
            ("fe80::1", true),
            ("::1", false),
            ("0.0.0.0", true),
            ("::ffff:10.0.0.1", true),
            ("::ffff:12.0.0.1", true),
            ("12.0.0.1", false),
            ("::10.0.0.1", false),
        ] {
            assert_eq!(set.contains(a.parse().unwrap()), want, "{a}");
        }
    }
}
