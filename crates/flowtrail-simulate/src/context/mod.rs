//! What the operator of the organisation knows of it: accounts, networks, who
//! may talk to whom. Written beside the logs as the context file, and asked what
//! ought to be found.

mod matrix;
mod place;
mod yaml;

pub(crate) use matrix::{Entry, Verdict};
pub(crate) use place::{Network, Place};

use crate::cloudtrail::{NEW_REGION, roles};
use crate::flow::{FlowLog, Format};
use crate::world::{ANNEX, Account, Environment, OFFICES, Purpose, Tier, Vpc, World, address_v6};
use std::net::IpAddr;

/// The key under which the context file is stored.
pub const CONTEXT_KEY: &str = "context.yaml";

/// A network as an address and the length of its prefix.
type Cidr = (IpAddr, u8);

/// An account of the context file.
pub(crate) struct Owned {
    pub(crate) id: String,
    pub(crate) alias: String,
    pub(crate) environment: Environment,
}

/// Everything that stands in the context file.
pub(crate) struct Context {
    pub(crate) accounts: Vec<Owned>,
    /// Accounts outside, with what they are.
    pub(crate) partners: Vec<(&'static str, &'static str)>,
    pub(crate) networks: Vec<Network>,
    /// VPC, account and environment.
    pub(crate) vpcs: Vec<(String, String, Environment)>,
    pub(crate) trusted: Vec<(&'static str, Vec<Cidr>)>,
    pub(crate) matrix: Vec<Entry>,
    /// Where something is expected to happen.
    pub(crate) regions: Vec<&'static str>,
}

impl Context {
    pub(crate) fn of(world: &World) -> Self {
        let networks = networks(world);
        let places: Vec<Place> = networks
            .iter()
            .map(|n| Place::Inside(n.environment, n.segment))
            .collect();
        let plain = |a: &Account| FlowLog::format(world, a) == Format::Default;
        let blind = world.vpcs().filter(|(a, _)| plain(a));
        let blind: Vec<Environment> = blind.map(|(_, v)| v.environment).collect();
        let owned = |a: &Account| Owned {
            id: a.id.clone(),
            alias: a.name.clone(),
            environment: match a.purpose {
                Purpose::Core => Environment::Shared,
                Purpose::Production => Environment::Production,
                Purpose::NonProduction => Environment::Development,
            },
        };
        let everybody = world.accounts.iter().chain([&world.sandbox]);
        let vpcs = world.vpcs();
        Self {
            accounts: everybody.map(owned).collect(),
            partners: vec![
                (roles::SUPPLIER_ACCOUNT, "monitoring supplier"),
                (roles::AUDITOR_ACCOUNT, "auditors"),
                (
                    roles::DISK_SCANNER_ACCOUNT,
                    "where AWS scans copies of disks",
                ),
            ],
            vpcs: vpcs
                .map(|(a, v)| (v.id.clone(), a.name.clone(), v.environment))
                .collect(),
            trusted: trusted(world),
            matrix: matrix::entries(&places, &blind),
            networks,
            regions: world
                .regions
                .iter()
                .map(|r| r.name)
                .chain([NEW_REGION])
                .collect(),
        }
    }

    /// Where an address belongs at a time, for somebody in that VPC.
    pub(crate) fn place(&self, address: IpAddr, vpc: Option<&str>, time: i64) -> Place {
        place::place(&self.networks, &self.trusted, (address, vpc, time))
    }

    /// What the matrix says of a connection that the first end opens.
    /// Nothing if one of them lies where nobody declared anything.
    pub(crate) fn verdict(&self, ends: (Place, Place), service: (u8, u16)) -> Option<Verdict> {
        let known = ends.0 != Place::Nowhere && ends.1 != Place::Nowhere;
        known.then(|| matrix::verdict(&self.matrix, ends, service))
    }

    /// The context file.
    pub(crate) fn yaml(&self) -> String {
        yaml::write(self)
    }
}

fn trusted(world: &World) -> Vec<(&'static str, Vec<Cidr>)> {
    let single = |a: IpAddr| (a, 32);
    let runners = roles::RUNNERS.parse::<IpAddr>();
    let ways_out = world.vpcs().filter_map(|(_, v)| v.nat_address());
    let administrators = world
        .people
        .iter()
        .filter(|p| p.permission_set == "PlatformAdmin");
    vec![
        (
            "office",
            OFFICES.into_iter().map(|a| single(a.into())).collect(),
        ),
        ("runners", runners.into_iter().map(single).collect()),
        (
            "egress",
            ways_out
                .map(|a| single(a.into()))
                .filter(|(a, _)| a.to_string() != roles::RUNNERS)
                .collect(),
        ),
        (
            "administrators",
            administrators.map(|p| single(p.home.into())).collect(),
        ),
    ]
}

/// The subnets of a VPC, of both versions.
fn subnets(vpc: &Vpc) -> Vec<Network> {
    let network = |tier: Tier, cidrs, of: Option<&Vpc>| Network {
        cidrs,
        environment: vpc.environment,
        segment: tier.segment(vpc.environment),
        vpc: of.map(|v| v.id.clone()),
        from: None,
        until: None,
    };
    let mut all = Vec::new();
    for tier in vpc.tiers() {
        let octet = tier.subnet_octet();
        let v4 = IpAddr::from([10, vpc.octet, octet, 0]);
        let v6 = IpAddr::from(address_v6(vpc.octet, octet, 0));
        all.push(network(tier, vec![(v4, 24), (v6, 64)], None));
    }
    if let Some(annex) = &vpc.annex {
        let ([a, b], c) = ANNEX;
        let cidr = (IpAddr::from([a, b, c, 0]), 24);
        all.push(network(annex.tier, vec![cidr], Some(vpc)));
    }
    all
}

fn networks(world: &World) -> Vec<Network> {
    let mut all: Vec<Network> = world.vpcs().flat_map(|(_, v)| subnets(v)).collect();
    let outside = |cidr, environment, segment, from, until| Network {
        cidrs: vec![cidr],
        environment,
        segment,
        vpc: None,
        from,
        until,
    };
    if world.vpc(Environment::Shared).is_none() {
        // A lone account is watched and deployed to from elsewhere.
        let cidr = (IpAddr::from([10, 0, Tier::App.subnet_octet(), 0]), 24);
        all.push(outside(cidr, Environment::Shared, "build", None, None));
    }
    let moved = (IpAddr::from(world.moved.address), 32);
    let at = Some(world.moved.at);
    all.push(outside(
        moved,
        Environment::Staging,
        "application",
        None,
        at,
    ));
    all.push(outside(
        moved,
        Environment::Production,
        "application",
        at,
        None,
    ));
    all
}

#[cfg(test)]
mod tests;
