//! Where an address belongs: the slow and obvious way, entry after entry.

use crate::world::{Environment, is_inside};
use std::net::IpAddr;

/// Where one end of a connection lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a declared network.
    Inside(Environment, &'static str),
    /// In a trusted one.
    Trusted(&'static str),
    Internet,
    /// In a private range that nobody declared.
    Nowhere,
}

impl Place {
    /// `production/database`, as a label names it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Inside(environment, segment) => format!("{}/{segment}", environment.word()),
            Self::Trusted(name) => format!("trusted:{name}"),
            Self::Internet => "internet".to_owned(),
            Self::Nowhere => "unknown".to_owned(),
        }
    }
}

/// A network of the context file.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// One prefix of each version at most.
    pub(crate) cidrs: Vec<(IpAddr, u8)>,
    pub(crate) environment: Environment,
    pub(crate) segment: &'static str,
    /// Only in this VPC.
    pub(crate) vpc: Option<String>,
    /// Validity in seconds since 1970; the end is not in it.
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// Whether an address lies in a network. Networks of one version hold nothing of
/// the other.
pub(crate) fn within(address: IpAddr, (network, prefix): (IpAddr, u8)) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            let differ = u32::from(a) ^ u32::from(n);
            differ.leading_zeros() >= u32::from(prefix)
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            let differ = u128::from(a) ^ u128::from(n);
            differ.leading_zeros() >= u32::from(prefix)
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// Where an address belongs at a time for somebody in `vpc`. Networks of other
/// VPCs are out of the question: nobody routes to them.
pub(crate) fn place(
    networks: &[Network],
    trusted: &[(&'static str, Vec<(IpAddr, u8)>)],
    (address, vpc, time): (IpAddr, Option<&str>, i64),
) -> Place {
    let valid = |n: &&Network| {
        let here = n.vpc.as_deref().is_none_or(|v| Some(v) == vpc);
        here && n.from.is_none_or(|f| f <= time) && n.until.is_none_or(|u| time < u)
    };
    let longest = |n: &Network| {
        let fitting = n.cidrs.iter().filter(|c| within(address, **c));
        fitting.map(|c| c.1).max()
    };
    let all = networks.iter().filter(valid);
    let all = all.filter_map(|n| longest(n).map(|prefix| (prefix, n)));
    if let Some((_, n)) = all.max_by_key(|(prefix, _)| *prefix) {
        return Place::Inside(n.environment, n.segment);
    }
    let known = trusted
        .iter()
        .find(|(_, c)| c.iter().any(|c| within(address, *c)));
    match (known, address) {
        (Some((name, _)), _) => Place::Trusted(name),
        (None, IpAddr::V4(a)) if is_inside(a) => Place::Nowhere,
        (None, IpAddr::V4(_) | IpAddr::V6(_)) => Place::Internet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(cidr: &str, environment: Environment) -> Network {
        let (address, prefix) = cidr.split_once('/').unwrap();
        Network {
            cidrs: vec![(address.parse().unwrap(), prefix.parse().unwrap())],
            environment,
            segment: "application",
            vpc: None,
            from: None,
            until: None,
        }
    }

    #[test]
    fn the_longest_prefix_of_the_time_and_the_vpc_wins() {
        use Environment::{Development, Production, Staging};
        let mut early = network("10.60.0.20/32", Staging);
        early.until = Some(100);
        let mut late = network("10.60.0.20/32", Production);
        late.from = Some(100);
        let mut own = network("100.64.20.0/24", Development);
        own.vpc = Some("vpc-1".to_owned());
        let all = [network("10.0.0.0/8", Development), early, late, own];
        let trusted = [("office", vec![("192.0.2.5".parse().unwrap(), 32)])];
        let find = |a: &str, vpc, time| place(&all, &trusted, (a.parse().unwrap(), vpc, time));
        let inside = |e| Place::Inside(e, "application");
        assert_eq!(find("10.60.0.20", None, 99), inside(Staging));
        assert_eq!(find("10.60.0.20", None, 100), inside(Production));
        assert_eq!(find("10.60.0.21", None, 100), inside(Development));
        assert_eq!(find("100.64.20.10", Some("vpc-1"), 0), inside(Development));
        assert_eq!(find("100.64.20.10", Some("vpc-2"), 0), Place::Nowhere);
        assert_eq!(find("192.0.2.5", None, 0), Place::Trusted("office"));
        assert_eq!(find("192.0.2.6", None, 0), Place::Internet);
        assert_eq!(find("2001:db8::1", None, 0), Place::Internet);
        assert_eq!(find("172.20.0.1", None, 0), Place::Nowhere);
        assert_eq!(inside(Staging).name(), "staging/application");
    }
}
