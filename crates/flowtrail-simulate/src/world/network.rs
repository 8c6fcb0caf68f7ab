//! VPCs, their tiers and their network interfaces.

use crate::random::Random;
use crate::text::{Alphabet, named};
use serde::Serialize;

/// An environment. Each has a block of `10.0.0.0/8` for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// CI, jump hosts, monitoring: `10.0.0.0/12`.
    Shared,
    /// `10.16.0.0/12`.
    #[serde(rename = "prod")]
    Production,
    /// `10.32.0.0/12`.
    Staging,
    /// `10.48.0.0/12`.
    #[serde(rename = "dev")]
    Development,
}

impl Environment {
    /// The second octet of the block's first address.
    pub(crate) const fn octet(self) -> u8 {
        match self {
            Self::Shared => 0,
            Self::Production => 16,
            Self::Staging => 32,
            Self::Development => 48,
        }
    }
}

/// What stands behind an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    LoadBalancer,
    Nat,
    Bastion,
    App,
    Database,
    Graph,
    Ledger,
    Search,
}

impl Tier {
    pub(crate) const ALL: [Self; 8] = [
        Self::LoadBalancer,
        Self::Nat,
        Self::Bastion,
        Self::App,
        Self::Database,
        Self::Graph,
        Self::Ledger,
        Self::Search,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LoadBalancer => "load-balancer",
            Self::Nat => "nat",
            Self::Bastion => "bastion",
            Self::App => "app",
            Self::Database => "database",
            Self::Graph => "graph",
            Self::Ledger => "ledger",
            Self::Search => "search",
        }
    }

    /// The third octet of the tier's subnet.
    pub(crate) const fn subnet_octet(self) -> u8 {
        match self {
            Self::LoadBalancer => 1,
            Self::Nat => 2,
            Self::Bastion => 3,
            Self::App => 10,
            Self::Database => 20,
            Self::Graph => 21,
            Self::Ledger => 22,
            Self::Search => 23,
        }
    }

    /// The port that the tier serves (7687 is Neo4j's Bolt protocol).
    pub(crate) const fn port(self) -> u16 {
        match self {
            Self::LoadBalancer | Self::Nat => 443,
            Self::Bastion => 22,
            Self::App => 8080,
            Self::Database => 5432,
            Self::Graph => 7687,
            Self::Ledger => 8443,
            Self::Search => 9200,
        }
    }

    /// Interfaces of this tier in a VPC of that environment.
    const fn count(self, environment: Environment) -> u8 {
        match (self, environment) {
            (Self::Nat | Self::Bastion, _) => 1,
            (Self::App, Environment::Production) => 6,
            (Self::App, _) => 3,
            (_, Environment::Shared) | (Self::Ledger, Environment::Development) => 0,
            (_, Environment::Production) => 2,
            (_, _) => 1,
        }
    }

    /// Whether AWS runs what is behind the interface, so that it has no
    /// instance id.
    const fn managed(self) -> bool {
        matches!(self, Self::LoadBalancer | Self::Nat | Self::Database)
    }
}

/// An elastic network interface.
#[derive(Debug, Clone)]
pub(crate) struct Interface {
    /// `eni-0…`.
    pub(crate) id: String,
    pub(crate) subnet: String,
    /// 1 to 3.
    pub(crate) zone: u8,
    /// `i-0…`, or `-`.
    pub(crate) instance: String,
    pub(crate) address: [u8; 4],
    pub(crate) public: Option<[u8; 4]>,
    pub(crate) tier: Tier,
}

/// A VPC with its interfaces.
#[derive(Debug)]
pub(crate) struct Vpc {
    pub(crate) id: String,
    pub(crate) environment: Environment,
    /// The second octet of its `/16`.
    pub(crate) octet: u8,
    pub(crate) flow_log: String,
    pub(crate) interfaces: Vec<Interface>,
}

impl Vpc {
    pub(crate) fn new(seed: u64, environment: Environment, team: u8) -> Self {
        let octet = environment.octet() + team;
        let mut random = Random::keyed(&[seed, 0x0076_7063, u64::from(octet)]);
        let mut id = |prefix: &str| format!("{prefix}-0{}", named(Alphabet::Hex, 16, &mut random));
        let (vpc, flow_log) = (id("vpc"), id("fl"));
        let mut interfaces = Vec::new();
        for tier in Tier::ALL {
            let subnet = id("subnet");
            for n in 0..tier.count(environment) {
                interfaces.push(Interface {
                    id: id("eni"),
                    subnet: subnet.clone(),
                    zone: n % 3 + 1,
                    instance: if tier.managed() {
                        "-".to_owned()
                    } else {
                        id("i")
                    },
                    address: [10, octet, tier.subnet_octet(), 10 + n],
                    public: public_address(environment, team, tier, n),
                    tier,
                });
            }
        }
        Self {
            id: vpc,
            environment,
            octet,
            flow_log,
            interfaces,
        }
    }

    /// The network that every region has from the beginning, with one host that
    /// somebody put there.
    pub(crate) fn outpost(random: &mut Random) -> Self {
        let mut id = |prefix: &str| format!("{prefix}-0{}", named(Alphabet::Hex, 16, random));
        let host = Interface {
            id: id("eni"),
            subnet: id("subnet"),
            zone: 1,
            instance: id("i"),
            address: [172, 31, 16, 21],
            public: Some([192, 0, 2, 240]),
            tier: Tier::App,
        };
        Self {
            id: id("vpc"),
            environment: Environment::Shared,
            octet: 31,
            flow_log: id("fl"),
            interfaces: vec![host],
        }
    }

    /// The interfaces of a tier.
    pub(crate) fn of(&self, tier: Tier) -> impl Iterator<Item = &Interface> {
        self.interfaces.iter().filter(move |i| i.tier == tier)
    }

    /// A random interface of a tier, if it has any.
    pub(crate) fn any(&self, tier: Tier, random: &mut Random) -> Option<&Interface> {
        let n = self.of(tier).count();
        let at = random.below(u64::try_from(n).unwrap_or(0));
        self.of(tier).nth(usize::try_from(at).unwrap_or(0))
    }

    /// The tiers that it has.
    pub(crate) fn tiers(&self) -> impl Iterator<Item = Tier> {
        Tier::ALL
            .into_iter()
            .filter(|t| self.of(*t).next().is_some())
    }

    /// The public address of its NAT gateway.
    pub(crate) fn nat_address(&self) -> Option<[u8; 4]> {
        self.of(Tier::Nat).find_map(|i| i.public)
    }
}

/// Public addresses lie in `192.0.2.16` to `192.0.2.239`, four for each VPC.
fn public_address(environment: Environment, team: u8, tier: Tier, n: u8) -> Option<[u8; 4]> {
    let slot = match tier {
        Tier::LoadBalancer => n,
        Tier::Nat => 2,
        Tier::Bastion => 3,
        Tier::App | Tier::Database | Tier::Graph | Tier::Ledger | Tier::Search => return None,
    };
    let vpc = match environment {
        Environment::Shared => 0,
        Environment::Production => 1 + team * 3,
        Environment::Staging => 2 + team * 3,
        Environment::Development => 3 + team * 3,
    };
    Some([
        192,
        0,
        2,
        16_u8
            .saturating_add(vpc.saturating_mul(4))
            .saturating_add(slot),
    ])
}

/// A service that has a name in `pkt-dst-aws-service`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AwsService {
    S3,
    DynamoDb,
    Ec2,
    /// Everything that has no name of its own: time, mail, logs.
    Amazon,
}

impl AwsService {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::DynamoDb => "DYNAMODB",
            Self::Ec2 => "EC2",
            Self::Amazon => "AMAZON",
        }
    }
}

/// The service that a public address belongs to in this world.
pub(crate) fn aws_service(address: [u8; 4]) -> Option<AwsService> {
    match address {
        [192, 0, 2, 244..=246] => Some(AwsService::S3),
        [192, 0, 2, 247..=248] => Some(AwsService::DynamoDb),
        [192, 0, 2, 249..=253] => Some(AwsService::Ec2),
        [192, 0, 2, 254] => Some(AwsService::Amazon),
        _ => None,
    }
}

/// An address of a service.
pub(crate) fn aws_address(service: AwsService, random: &mut Random) -> [u8; 4] {
    let (low, high) = match service {
        AwsService::S3 => (244, 246),
        AwsService::DynamoDb => (247, 248),
        AwsService::Ec2 => (249, 253),
        AwsService::Amazon => (254, 254),
    };
    [
        192,
        0,
        2,
        u8::try_from(random.between(low, high)).unwrap_or(253),
    ]
}

/// `10.16.20.10`.
pub(crate) fn dotted(address: [u8; 4]) -> String {
    std::net::Ipv4Addr::from(address).to_string()
}
