//! One account and the names of what is in it.

use super::network::{Environment, Vpc};
use crate::random::{Random, hash_text};
use crate::text::{Alphabet, collected, name, named, uuid_text};

/// What an account is for; it decides who acts in it and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Audit, CI and sign-in for all others.
    Core,
    /// What customers use.
    Production,
    /// Staging and development.
    NonProduction,
}

/// Teams own pairs of accounts; more accounts mean more teams.
const TEAMS: [&str; 16] = [
    "",
    "catalog",
    "logistics",
    "insights",
    "payments",
    "support",
    "media",
    "partner",
    "mobile",
    "search",
    "pricing",
    "fraud",
    "loyalty",
    "returns",
    "supply",
    "finance",
];

const APPS: [&str; 8] = [
    "checkout",
    "orders",
    "inventory",
    "pricing",
    "billing",
    "identity",
    "notify",
    "reports",
];

/// Users of the days before single sign-on; each account still has a few.
pub(crate) const LEGACY_USERS: [&str; 5] = [
    "backup-agent",
    "smtp-relay",
    "report-export",
    "inventory-sync",
    "log-shipper",
];

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) index: u64,
    /// Twelve digits in three groups of four, so that nobody takes it for real.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) purpose: Purpose,
    pub(crate) vpcs: Vec<Vpc>,
    pub(crate) stock: Stock,
}

/// Names of resources. Every list has at least one entry.
#[derive(Debug)]
pub(crate) struct Stock {
    pub(crate) buckets: Vec<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) secrets: Vec<String>,
    pub(crate) parameters: Vec<String>,
    pub(crate) functions: Vec<String>,
    pub(crate) services: Vec<String>,
    pub(crate) databases: Vec<String>,
    pub(crate) tables: Vec<String>,
    pub(crate) queues: Vec<String>,
    /// Roles of functions and containers.
    pub(crate) roles: Vec<String>,
    /// Roles of instances.
    pub(crate) host_roles: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) volumes: Vec<String>,
    pub(crate) snapshots: Vec<String>,
    pub(crate) images: Vec<String>,
    pub(crate) cluster: String,
    pub(crate) trail: String,
    pub(crate) detector: String,
}

impl Account {
    pub(crate) fn new(seed: u64, index: usize, count: usize) -> Self {
        let n = u64::try_from(index).unwrap_or(0);
        let (purpose, team) = place(index, count);
        let team_name = TEAMS.get(team).copied().unwrap_or("");
        let octet = u8::try_from(team).unwrap_or(0);
        let environments = environments(purpose, count);
        let id = account_id(n);
        let vpcs = environments
            .iter()
            .map(|e| Vpc::new(seed, *e, octet))
            .collect();
        let kind = match purpose {
            Purpose::Core => "core",
            Purpose::Production if count == 1 => "workloads",
            Purpose::Production => "prod",
            Purpose::NonProduction => "nonprod",
        };
        let name = if team_name.is_empty() {
            kind.to_owned()
        } else {
            format!("{team_name}-{kind}")
        };
        let stock = Stock::new(&name, &mut Random::keyed(&[seed, hash_text(&id), 1]));
        Self {
            index: n,
            id,
            name,
            purpose,
            vpcs,
            stock,
        }
    }

    /// The account in which developers try things. It has no network.
    pub(crate) fn sandbox(seed: u64) -> Self {
        // Far behind the last one that a plan can have.
        let made = Self::new(seed, 40, 41);
        Self {
            name: "sandbox".to_owned(),
            vpcs: Vec::new(),
            ..made
        }
    }

    /// AWS's unique id of a role or a user: the same for the same name.
    pub(crate) fn unique_id(&self, prefix: &str, of: &str) -> String {
        let mut random = Random::keyed(&[hash_text(&self.id), hash_text(prefix), hash_text(of)]);
        collected(|out| {
            out.extend_from_slice(prefix.as_bytes());
            name(out, Alphabet::Base32, 17, &mut random);
        })
    }

    /// An access key id: the same for the same holder and the same `epoch`.
    pub(crate) fn access_key(&self, prefix: &str, holder: &str, epoch: u64) -> String {
        let keys = [
            hash_text(&self.id),
            hash_text(prefix),
            hash_text(holder),
            epoch,
        ];
        let mut random = Random::keyed(&keys);
        collected(|out| {
            out.extend_from_slice(prefix.as_bytes());
            name(out, Alphabet::Base32, 16, &mut random);
        })
    }

    /// The users that this account has.
    pub(crate) fn legacy_users(&self) -> impl Iterator<Item = &'static str> {
        let first = usize::try_from(self.index % 3).unwrap_or(0);
        LEGACY_USERS.into_iter().skip(first).take(3)
    }

    /// The first address from which the account's workloads reach the
    /// internet, hence AWS's endpoints too.
    pub(crate) fn egress(&self) -> Option<[u8; 4]> {
        self.vpcs.iter().find_map(Vpc::nat_address)
    }
}

/// Purpose and team of the account at `index` of `count`.
const fn place(index: usize, count: usize) -> (Purpose, usize) {
    match (index, count) {
        (0, 1) | (1, 2) => (Purpose::Production, 0),
        (0, _) => (Purpose::Core, 0),
        (i, _) if i % 2 == 1 => (Purpose::Production, (i - 1) / 2),
        (i, _) => (Purpose::NonProduction, (i - 1) / 2),
    }
}

fn environments(purpose: Purpose, count: usize) -> &'static [Environment] {
    match purpose {
        Purpose::Core => &[Environment::Shared],
        Purpose::Production if count <= 2 => &[
            Environment::Production,
            Environment::Staging,
            Environment::Development,
        ],
        Purpose::Production => &[Environment::Production],
        Purpose::NonProduction => &[Environment::Staging, Environment::Development],
    }
}

/// `111122223333`, `222233334444`, … then with larger steps: the style of AWS's
/// own documentation.
fn account_id(n: u64) -> String {
    let (base, step) = (n % 9 + 1, n / 9 + 1);
    (0..12)
        .map(|i| char::from(b'0' + u8::try_from((base + i / 4 * step) % 10).unwrap_or(0)))
        .collect()
}

impl Stock {
    fn new(account: &str, random: &mut Random) -> Self {
        let env = account.rsplit('-').next().unwrap_or(account);
        let each = |prefix: &str, suffix: &str| -> Vec<String> {
            APPS.iter()
                .map(|a| format!("{prefix}{a}{suffix}"))
                .collect()
        };
        let secrets = APPS
            .iter()
            .flat_map(|a| ["database", "api-token", "signing-key"].map(|kind| (a, kind)))
            .map(|(a, kind)| format!("{env}/{a}/{kind}-{}", named(Alphabet::Base62, 6, random)))
            .collect();
        let mut ids = |prefix: &str, n: usize| -> Vec<String> {
            (0..n)
                .map(|_| format!("{prefix}0{}", named(Alphabet::Hex, 16, random)))
                .collect()
        };
        let (groups, volumes) = (ids("sg-", 6), ids("vol-", 8));
        let (snapshots, images) = (ids("snap-", 6), ids("ami-", 4));
        Self {
            buckets: each(&format!("meridian-{account}-"), "-data"),
            keys: (0..5).map(|_| uuid_text(random)).collect(),
            secrets,
            parameters: each(&format!("/{env}/"), "/settings"),
            functions: each("", "-worker"),
            services: each("", "-api"),
            databases: each(&format!("{env}-"), "-db")
                .into_iter()
                .take(4)
                .collect(),
            tables: each(&format!("{env}-"), ""),
            queues: each(&format!("{env}-"), "-events"),
            roles: each("svc-", "-role"),
            host_roles: each("", "-host-role"),
            groups,
            volumes,
            snapshots,
            images,
            cluster: format!("{env}-services"),
            trail: format!("{account}-audit-trail"),
            detector: named(Alphabet::Hex, 32, random),
        }
    }
}
