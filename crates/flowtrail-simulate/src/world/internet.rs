//! The internet of long histories, in which networks can be told apart.
//!
//! The documentation ranges lie in three networks of sixteen bits. Where it
//! matters from which network somebody comes, addresses are taken from
//! `240.0.0.0/4`, which is reserved and belongs to nobody: the first octet says
//! what stands there, the second is the network.

use crate::random::{Random, hash};
use std::net::Ipv4Addr;

/// What stands in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Sort {
    /// Homes, near the offices.
    Home = 240,
    /// Hotels and trains, anywhere.
    Abroad = 241,
    /// Machines for rent, anywhere.
    Hosting = 242,
    /// Homes that somebody else speaks through, near the offices.
    Proxy = 243,
    /// Customers.
    Customer = 244,
    /// Whoever scans everybody.
    Scanner = 245,
    /// What applications need: deliveries of content, suppliers.
    Supplier = 246,
    /// The company's own lines.
    Office = 247,
}

/// A network of the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Provider(pub(crate) Sort, pub(crate) u8);

impl Provider {
    /// Any network of a sort.
    pub(crate) fn any(sort: Sort, random: &mut Random) -> Self {
        Self(sort, u8::try_from(random.below(250)).unwrap_or(0))
    }

    /// The network of a sort that belongs to these keys.
    pub(crate) fn keyed(sort: Sort, keys: &[u64]) -> Self {
        Self(sort, u8::try_from(hash(keys) % 250).unwrap_or(0))
    }

    /// An address in it.
    pub(crate) const fn address(self, host: u16) -> Ipv4Addr {
        let [c, d] = host.to_be_bytes();
        Ipv4Addr::new(self.0 as u8, self.1, c, d)
    }

    /// Any address in it.
    pub(crate) fn any_address(self, random: &mut Random) -> Ipv4Addr {
        let host = random.between(2, 65_000);
        self.address(u16::try_from(host).unwrap_or(2))
    }

    /// Where it is.
    pub(crate) fn city(self) -> &'static City {
        let near = matches!(self.0, Sort::Home | Sort::Proxy | Sort::Office);
        let cities = if near { &CITIES[..8] } else { &CITIES[..] };
        let n = usize::from(self.1) % cities.len();
        cities.get(n).unwrap_or(&CITIES[0])
    }
}

/// A place on the globe.
#[derive(Debug, PartialEq)]
pub(crate) struct City {
    pub(crate) name: &'static str,
    /// ISO 3166-1.
    pub(crate) country: &'static str,
    /// Degrees.
    pub(crate) latitude: f64,
    /// Degrees.
    pub(crate) longitude: f64,
}

const fn city(name: &'static str, country: &'static str, latitude: f64, longitude: f64) -> City {
    City {
        name,
        country,
        latitude,
        longitude,
    }
}

/// Places; around the first eight people of the company live, those of the
/// second office in every other one.
pub(crate) const CITIES: [City; 24] = [
    city("Frankfurt", "DE", 50.11, 8.68),
    city("New York", "US", 40.71, -74.01),
    city("Mainz", "DE", 49.99, 8.25),
    city("Newark", "US", 40.73, -74.17),
    city("Darmstadt", "DE", 49.87, 8.65),
    city("Stamford", "US", 41.05, -73.54),
    city("Mannheim", "DE", 49.49, 8.47),
    city("Philadelphia", "US", 39.95, -75.17),
    city("Madrid", "ES", 40.42, -3.70),
    city("Oslo", "NO", 59.91, 10.75),
    city("Lisbon", "PT", 38.72, -9.14),
    city("Warsaw", "PL", 52.23, 21.01),
    city("Athens", "GR", 37.98, 23.73),
    city("Toronto", "CA", 43.65, -79.38),
    city("Denver", "US", 39.74, -104.99),
    city("Lima", "PE", -12.05, -77.04),
    city("Santiago", "CL", -33.45, -70.67),
    city("Cape Town", "ZA", -33.92, 18.42),
    city("Nairobi", "KE", -1.29, 36.82),
    city("Mumbai", "IN", 19.08, 72.88),
    city("Singapore", "SG", 1.35, 103.82),
    city("Osaka", "JP", 34.69, 135.50),
    city("Perth", "AU", -31.95, 115.86),
    city("Auckland", "NZ", -36.85, 174.76),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_sixteen_bits_are_told_apart() {
        let a = Provider(Sort::Home, 7).address(0x0102);
        assert_eq!(a, Ipv4Addr::new(240, 7, 1, 2));
        assert!(!a.is_private() && !a.is_broadcast() && !a.is_multicast());
        assert_ne!(
            a.octets()[..2],
            Provider(Sort::Home, 8).address(1).octets()[..2]
        );
    }

    #[test]
    fn people_live_near_their_office() {
        for n in 0..250 {
            let country = Provider(Sort::Home, n).city().country;
            assert_eq!(country, if n % 2 == 0 { "DE" } else { "US" });
        }
        let countries: std::collections::BTreeSet<_> = (0..250)
            .map(|n| Provider(Sort::Hosting, n).city().country)
            .collect();
        assert!(countries.len() > 12);
    }
}
