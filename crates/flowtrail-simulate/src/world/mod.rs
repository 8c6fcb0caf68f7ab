//! The fictitious organisation whose logs are generated: its accounts, its
//! people, its networks and the names of its resources. All of it follows from
//! the plan; nothing is stored.

mod account;
mod internet;
mod moved;
mod network;
mod people;
mod rhythm;
mod services;

pub(crate) use account::{Account, Purpose};
pub(crate) use internet::{CITIES, City, Provider, Sort};
pub(crate) use moved::MovedHost;
pub use network::Environment;
pub(crate) use network::{ANNEX, Interface, Tier, Vpc, address_v6, dotted, is_inside};
pub(crate) use people::{OFFICES, Person};
pub(crate) use rhythm::Lasting;
pub(crate) use services::{AwsService, aws_address, aws_service};

use crate::plan::{FlowFormat, Plan};
use crate::random::Random;
use crate::text::{Alphabet, named};
use serde::Serialize;

/// Where things run, the home region first. IAM, Organizations and the global
/// sign-in endpoint log to the second one, as they do at AWS.
pub(crate) const REGIONS: [Region; 6] = [
    Region {
        name: "eu-central-1",
        zone: "euc1-az",
    },
    Region {
        name: "us-east-1",
        zone: "use1-az",
    },
    Region {
        name: "eu-west-1",
        zone: "euw1-az",
    },
    Region {
        name: "us-west-2",
        zone: "usw2-az",
    },
    Region {
        name: "ap-southeast-2",
        zone: "apse2-az",
    },
    Region {
        name: "ca-central-1",
        zone: "cac1-az",
    },
];

/// A region in which the organisation has nothing, ever.
pub(crate) const UNUSED_REGIONS: [Region; 3] = [
    Region {
        name: "sa-east-1",
        zone: "sae1-az",
    },
    Region {
        name: "ap-northeast-3",
        zone: "apne3-az",
    },
    Region {
        name: "ap-south-1",
        zone: "aps1-az",
    },
];

/// The region that global services log to.
pub(crate) const GLOBAL_REGION: &str = "us-east-1";

/// A region and the beginning of its availability-zone ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    /// `eu-central-1`.
    pub(crate) name: &'static str,
    /// `euc1-az`, to which AWS appends a digit.
    pub(crate) zone: &'static str,
}

/// Everything that does not change while logs are written.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    /// `o-…`, if the trail is one of an organisation.
    pub(crate) organization: Option<String>,
    /// At least one.
    pub(crate) accounts: Vec<Account>,
    /// The home region first, then the global one.
    pub(crate) regions: Vec<Region>,
    pub(crate) people: Vec<Person>,
    /// The bucket that receives the trail.
    pub(crate) log_bucket: String,
    /// An account in which developers try things. Its trail is not delivered.
    pub(crate) sandbox: Account,
    pub(crate) moved: MovedHost,
    /// The format of the flow logs.
    pub(crate) flow_format: FlowFormat,
    /// Whether what is done today was done yesterday.
    pub(crate) lasting: Option<Lasting>,
}

impl World {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut random = Random::keyed(&[plan.seed, 0x006f_7267]);
        let id = named(Alphabet::Hex, 10, &mut random);
        let count = usize::try_from(plan.accounts)
            .unwrap_or(1)
            .clamp(1, Plan::ACCOUNTS_MAX);
        let lasting = plan.history.as_ref().map(|_| Lasting {
            seed: plan.seed,
            start: plan.start.secs(),
            days: i64::from(plan.hours / 24),
        });
        let regions = usize::try_from(plan.regions)
            .unwrap_or(2)
            .clamp(2, REGIONS.len());
        Self {
            seed: plan.seed,
            organization: plan.organization.then(|| format!("o-{id}")),
            accounts: (0..count)
                .map(|i| Account::new(plan.seed, i, count))
                .collect(),
            regions: REGIONS.into_iter().take(regions).collect(),
            people: lasting.map_or_else(people::everyone, people::everyone_lasting),
            sandbox: Account::sandbox(plan.seed),
            moved: MovedHost::new(plan),
            flow_format: plan.flow_format,
            lasting,
            log_bucket: format!("meridian-core-audit-logs-{}", id.get(..6).unwrap_or("")),
        }
    }

    /// The account in which production runs: the only one, or the second.
    pub(crate) fn production(&self) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|a| a.purpose == Purpose::Production)
            .or_else(|| self.accounts.first())
    }

    /// The account of developers that is nearest to production: their own, or
    /// the sandbox where staging and development share one with production.
    pub(crate) fn development(&self) -> &Account {
        self.accounts
            .iter()
            .find(|a| a.purpose == Purpose::NonProduction)
            .unwrap_or(&self.sandbox)
    }

    /// Every VPC with its account.
    pub(crate) fn vpcs(&self) -> impl Iterator<Item = (&Account, &Vpc)> {
        self.accounts
            .iter()
            .flat_map(|a| a.vpcs.iter().map(move |v| (a, v)))
    }

    /// The VPC that an interface is in, with its account.
    pub(crate) fn home_of(&self, interface: &Interface) -> Option<(&Account, &Vpc)> {
        self.vpcs().find(|(_, v)| v.has(&interface.id))
    }

    /// The first VPC of an environment.
    pub(crate) fn vpc(&self, environment: Environment) -> Option<(&Account, &Vpc)> {
        self.vpcs().find(|(_, v)| v.environment == environment)
    }
}

/// What an operator of this organisation would declare: its accounts and the
/// segments of its networks. Samples write it beside the logs, so that rules
/// which compare environments have something to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organisation {
    /// `o-…`, if the plan has an organisation trail.
    pub organization_id: Option<String>,
    /// The accounts.
    pub accounts: Vec<OrganisationAccount>,
    /// The segments, one for each subnet.
    pub networks: Vec<OrganisationNetwork>,
    /// Public ranges from which staff work, as CIDRs.
    pub offices: Vec<String>,
}

/// One account of an [`Organisation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganisationAccount {
    /// Twelve digits.
    pub id: String,
    /// A short name, `catalog-prod`.
    pub name: String,
    /// The environments that run in it.
    pub environments: Vec<Environment>,
}

/// One subnet of an [`Organisation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganisationNetwork {
    /// `10.16.20.0/24`.
    pub cidr: String,
    /// The environment that it belongs to.
    pub environment: Environment,
    /// The tier: `app`, `database`, `graph`, …
    pub segment: &'static str,
    /// The account that owns it.
    pub account_id: String,
    /// The VPC that it lies in.
    pub vpc_id: String,
}

impl Organisation {
    /// The organisation that [`simulate`](crate::simulate) writes the logs of.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self::describe(&World::new(plan))
    }

    pub(crate) fn describe(world: &World) -> Self {
        let accounts = world.accounts.iter().map(|a| OrganisationAccount {
            id: a.id.clone(),
            name: a.name.clone(),
            environments: a.vpcs.iter().map(|v| v.environment).collect(),
        });
        let networks = world.vpcs().flat_map(|(account, vpc)| {
            vpc.tiers().map(|tier| OrganisationNetwork {
                cidr: format!("10.{}.{}.0/24", vpc.octet, tier.subnet_octet()),
                environment: vpc.environment,
                segment: tier.name(),
                account_id: account.id.clone(),
                vpc_id: vpc.id.clone(),
            })
        });
        Self {
            organization_id: world.organization.clone(),
            accounts: accounts.collect(),
            networks: networks.collect(),
            offices: OFFICES.iter().map(|ip| format!("{ip}/32")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn accounts_are_twelve_digits_and_distinct() {
        let plan = Plan {
            accounts: 32,
            ..Plan::default()
        };
        let o = Organisation::of(&plan);
        let ids: BTreeSet<_> = o.accounts.iter().map(|a| a.id.as_str()).collect();
        assert_eq!(ids.len(), 32);
        assert!(
            ids.iter()
                .all(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()))
        );
        let names: BTreeSet<_> = o.accounts.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names.len(), 32);
    }

    #[test]
    fn subnets_do_not_overlap() {
        let plan = Plan {
            accounts: 32,
            ..Plan::default()
        };
        let o = Organisation::of(&plan);
        let cidrs: BTreeSet<_> = o.networks.iter().map(|n| n.cidr.as_str()).collect();
        assert_eq!(cidrs.len(), o.networks.len());
    }

    #[test]
    fn every_size_has_staging_and_production() {
        for accounts in [1, 2, 3, 7] {
            let w = World::new(&Plan {
                accounts,
                ..Plan::default()
            });
            assert!(w.production().is_some());
            assert!(w.vpc(Environment::Production).is_some(), "{accounts}");
            assert!(w.vpc(Environment::Staging).is_some(), "{accounts}");
        }
    }

    #[test]
    fn public_addresses_are_unique() {
        let w = World::new(&Plan {
            accounts: 32,
            ..Plan::default()
        });
        let all: Vec<_> = w
            .vpcs()
            .flat_map(|(_, v)| v.interfaces.iter().filter_map(|i| i.public))
            .collect();
        let distinct: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), distinct.len());
    }
}
