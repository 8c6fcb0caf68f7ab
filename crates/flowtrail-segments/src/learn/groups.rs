//! Interfaces to networks: which addresses belong together, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::Learner;
use super::calls::{Calls, is_account};
use super::edges::{Home, covering, is_public};
use crate::coarse::Area;

/// The smallest subnet of AWS.
const SUBNET_LEN_MAX: u8 = 28;
/// A network is widened to this, if nothing else lies in it.
const WIDE_LEN: u8 = 24;
/// Every subnet of IPv6 has this length.
const SUBNET_V6_LEN: u8 = 64;

/// A VPC, or an account whose records name none.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    pub(super) home: Home,
    pub(super) environment: String,
    /// What the name rests on.
    pub(super) evidence: String,
}

/// Addresses that belong together: a subnet.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) zone: usize,
    /// Its id, or the network that stands for it.
    pub(super) subnet: String,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) cidrs: Vec<IpNet>,
    /// Whether a prefix was widened.
    pub(super) widened: bool,
    /// Whether other zones have the same addresses.
    pub(super) overlaps: bool,
}

/// Where an end of an edge lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    Group(usize),
    Internet,
    /// Private, and of no interface that reports.
    Unknown,
}

/// Everything that has a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Map {
    pub(super) zones: Vec<Zone>,
    pub(super) groups: Vec<Group>,
    owners: BTreeMap<IpAddr, Vec<usize>>,
}

impl Map {
    pub(super) fn of(learner: &Learner) -> Self {
        let mut map = Self::default();
        let mut groups: BTreeMap<(Home, String), BTreeSet<IpAddr>> = BTreeMap::new();
        for (_, interface) in learner.interfaces.iter() {
            let home = Home {
                account: interface.account.clone(),
                vpc: interface.vpc.clone(),
            };
            for address in interface.addresses() {
                let subnet = interface.subnet.as_deref().map(str::to_owned);
                let subnet = subnet.unwrap_or_else(|| neighbourhood(address));
                groups
                    .entry((home.clone(), subnet))
                    .or_default()
                    .insert(address);
            }
        }
        let homes: BTreeSet<&Home> = groups.keys().map(|(home, _)| home).collect();
        let alone = |home: &Home| homes.iter().filter(|h| h.account == home.account).count() == 1;
        map.zones = homes
            .iter()
            .map(|home| zone(home, alone(home), &learner.calls))
            .collect();
        for ((home, subnet), addresses) in groups {
            let zone = map.zones.iter().position(|z| z.home == home).unwrap_or(0);
            let addresses: Vec<IpAddr> = addresses.into_iter().collect();
            for address in &addresses {
                map.owners
                    .entry(*address)
                    .or_default()
                    .push(map.groups.len());
            }
            map.groups.push(Group {
                zone,
                subnet,
                cidrs: Vec::new(),
                addresses,
                widened: false,
                overlaps: false,
            });
        }
        map.cover();
        map
    }

    /// Finds the prefixes: the smallest that hold all addresses of a group,
    /// widened where nobody else has an address in the wider one.
    fn cover(&mut self) {
        let all: Vec<Vec<(IpNet, bool)>> = self.groups.iter().map(|g| self.prefixes(g)).collect();
        for (group, prefixes) in self.groups.iter_mut().zip(all) {
            group.widened = prefixes.iter().any(|(_, widened)| *widened);
            group.cidrs = prefixes.into_iter().map(|(net, _)| net).collect();
        }
        let zones: Vec<(usize, Vec<IpNet>)> = self
            .groups
            .iter()
            .map(|g| (g.zone, g.cidrs.clone()))
            .collect();
        for group in &mut self.groups {
            let meets = |net: &IpNet| {
                group
                    .cidrs
                    .iter()
                    .any(|c| c.contains(net) || net.contains(c))
            };
            group.overlaps = zones
                .iter()
                .any(|(zone, cidrs)| *zone != group.zone && cidrs.iter().any(meets));
        }
    }

    fn prefixes(&self, group: &Group) -> Vec<(IpNet, bool)> {
        let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) =
            group.addresses.iter().partition(|a| a.is_ipv4());
        let mut prefixes = Vec::new();
        if let Some(narrow) = covering(&v4, SUBNET_LEN_MAX) {
            let len = narrow.prefix_len().min(WIDE_LEN);
            let wide = IpNet::new(narrow.addr(), len).map_or(narrow, |n| n.trunc());
            let others = self.owners.range(wide.network()..=wide.broadcast());
            let alone = others
                .flat_map(|(_, owners)| owners)
                .filter_map(|ix| self.groups.get(*ix))
                .all(|other| other.zone != group.zone || other.subnet == group.subnet);
            let net = if alone { wide } else { narrow };
            prefixes.push((net, net != narrow));
        }
        // Each /64 for itself: the addresses of one group may lie in several.
        let nets: BTreeSet<IpNet> = v6
            .iter()
            .filter_map(|a| covering(&[*a], SUBNET_V6_LEN))
            .collect();
        prefixes.extend(nets.into_iter().map(|net| (net, false)));
        prefixes
    }

    /// Where an address lies, as an interface of `home` saw it.
    pub(super) fn spot(&self, area: Area, home: Option<&Home>) -> Spot {
        let address = area.0.addr();
        let owners = self.owners.get(&address).map_or(&[][..], Vec::as_slice);
        if let Some(spot) = self.choose(owners.iter().copied(), home) {
            return spot;
        }
        let around = self.groups.iter().enumerate();
        let around = around.filter(|(_, g)| g.cidrs.iter().any(|c| c.contains(&area.0)));
        if let Some(spot) = self.choose(around.map(|(ix, _)| ix), home) {
            return spot;
        }
        if is_public(address) {
            Spot::Internet
        } else {
            Spot::Unknown
        }
    }

    /// Of several groups that of the same home; without one the only one.
    fn choose(&self, groups: impl Iterator<Item = usize>, home: Option<&Home>) -> Option<Spot> {
        let groups: Vec<usize> = groups.collect();
        let here = |ix: &&usize| {
            let zone = self.groups.get(**ix).and_then(|g| self.zones.get(g.zone));
            zone.map(|z| &z.home) == home
        };
        match (groups.iter().find(here), groups.as_slice()) {
            (Some(ix), _) => Some(Spot::Group(*ix)),
            (None, [only]) => Some(Spot::Group(*only)),
            (None, []) => None,
            (None, _) => Some(Spot::Unknown),
        }
    }
}

/// The network that stands for the subnet of an address.
fn neighbourhood(address: IpAddr) -> String {
    let len = if address.is_ipv4() {
        WIDE_LEN
    } else {
        SUBNET_V6_LEN
    };
    covering(&[address], len).map_or_else(|| address.to_string(), |net| net.to_string())
}

/// The word for an environment that the names in an account or in a VPC nearly
/// all have, with the evidence.
pub(super) fn said(of: &str, calls: &Calls) -> Option<(&'static str, String)> {
    const NAMES_MIN: u64 = 3;
    let words = calls.words.get(of)?;
    let (word, (n, name)) = words.iter().max_by_key(|(_, (n, _))| *n)?;
    let all: u64 = words.values().map(|(n, _)| n).sum();
    let sure = *n >= NAMES_MIN && n * 10 >= all * 9;
    let evidence = format!("{n} of {all} names with such a word, as {name}");
    sure.then_some((word, evidence))
}

/// A VPC, or an account. What the names in an account say is true of a VPC only
/// if it is the only one there: two of one name would be one environment.
fn zone(home: &Home, alone: bool, calls: &Calls) -> Zone {
    let made = |environment: String, evidence: String| Zone {
        home: home.clone(),
        environment,
        evidence,
    };
    let (vpc, account) = (home.vpc.as_deref(), home.account.as_deref());
    if let Some((word, evidence)) = vpc.and_then(|vpc| said(vpc, calls)) {
        return made(word.to_owned(), evidence);
    }
    let of_account = account.and_then(|account| said(account, calls));
    if let Some((word, evidence)) = of_account.as_ref().filter(|_| alone) {
        return made((*word).to_owned(), evidence.clone());
    }
    let name = match (vpc, account) {
        (Some(vpc), _) => name(vpc),
        (None, Some(account)) if is_account(account.as_bytes()) => format!("account-{account}"),
        (None, _) => "unknown".to_owned(),
    };
    let evidence = of_account.map_or_else(
        || "nothing says which environment it is: give it its name".to_owned(),
        |(word, _)| format!("its account is {word} and has other VPCs: give it its name"),
    );
    made(name, evidence)
}

/// A name that the file takes.
pub(super) fn name(text: &str) -> String {
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
            c
        } else {
            '_'
        }
    };
    let name: String = text.chars().map(keep).collect();
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        name
    } else {
        format!("x{name}")
    }
}
