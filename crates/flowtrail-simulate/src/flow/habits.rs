//! Who usually talks to whom: the habits of a network, as a table.

use super::talk::{ICMP, TCP, UDP};
use crate::world::{AwsService, Environment, Tier};

/// Where an end of a conversation lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A host of this VPC.
    Tier(Tier),
    /// Another host of the client's tier.
    Peer,
    /// Whatever has a public address.
    Front,
    /// The internet: the last octet of two documentation networks lies between
    /// these. Partners and suppliers are below 20, staff at home 20 to 33,
    /// crawlers up to 39, customers up to 127, noise up to 199; intruders come
    /// from above.
    Internet(u64, u64),
    /// A customer, and the load balancer, over IPv6.
    CustomerV6,
    BalancerV6,
    Office,
    Aws(AwsService),
    /// A host of the shared network: 10 watches, 11 deploys.
    Shared(u8),
    /// The first host of a tier in another environment.
    Elsewhere(Environment, Tier),
    /// An address of that tier at which there is nobody any more.
    Gone(Tier),
}

/// The server's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Is(u16),
    /// One of those that the internet tries everywhere.
    Tried,
    /// One of the client's range: a late packet of a conversation that is over.
    Late,
}

/// Packets and bytes of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Exact(u64, u64),
    /// Usually about so many bytes, now and then far more.
    About(u64),
}

/// One habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Habit {
    pub(super) weight: u64,
    pub(super) client: End,
    pub(super) server: End,
    pub(super) port: Port,
    /// The client's port, if it is not one of the usual range.
    pub(super) client_port: Option<u16>,
    pub(super) protocol: u8,
    pub(super) up: Size,
    pub(super) down: Size,
    pub(super) refused: bool,
    /// In how many of a thousand cases the connection is one that stays.
    pub(super) kept_per_mille: u64,
    /// How many conversations it is at a time.
    pub(super) burst: (u64, u64),
    /// Whether people do it: by day, and no more often in a busier network.
    pub(super) staff: bool,
    /// The only environment in which it is done.
    pub(super) only: Option<Environment>,
}

const fn habit(weight: u64, client: End, server: End, port: u16) -> Habit {
    Habit {
        weight,
        client,
        server,
        port: Port::Is(port),
        client_port: None,
        protocol: TCP,
        up: Size::About(1800),
        down: Size::About(9000),
        refused: false,
        kept_per_mille: 0,
        burst: (1, 1),
        staff: false,
        only: None,
    }
}

impl Habit {
    const fn sizes(mut self, up: Size, down: Size) -> Self {
        self.up = up;
        self.down = down;
        self
    }

    const fn over(mut self, protocol: u8) -> Self {
        self.protocol = protocol;
        self
    }

    /// Refused, or not even that: one packet without an answer.
    const fn knocks(mut self, port: Port) -> Self {
        self.port = port;
        self.up = Size::Exact(1, 44);
        self.down = Size::Exact(0, 0);
        self.refused = true;
        self
    }

    const fn unanswered(mut self) -> Self {
        self.up = Size::Exact(2, 120);
        self.down = Size::Exact(0, 0);
        self
    }

    const fn kept(mut self, per_mille: u64) -> Self {
        self.kept_per_mille = per_mille;
        self
    }

    const fn burst(mut self, low: u64, high: u64) -> Self {
        self.burst = (low, high);
        self
    }

    const fn staff(mut self) -> Self {
        self.staff = true;
        self
    }

    const fn only(mut self, environment: Environment) -> Self {
        self.only = Some(environment);
        self
    }

    const fn out_of(mut self, port: u16) -> Self {
        self.client_port = Some(port);
        self
    }
}

/// What the internet does when nothing else happens.
pub(super) const NOISE: Habit = habit(95, SCANNERS, End::Front, 0).knocks(Port::Tried);

const APP: End = End::Tier(Tier::App);
const BALANCER: End = End::Tier(Tier::LoadBalancer);
const CUSTOMERS: End = End::Internet(40, 127);
const SCANNERS: End = End::Internet(128, 199);
const SUPPLIERS: End = End::Internet(1, 12);
const WATCHER: End = End::Shared(10);
const DEPLOYER: End = End::Shared(11);

/// Every habit with its weight.
pub(super) const HABITS: [Habit; 44] = [
    // Customers and others who visit what is public.
    habit(240, CUSTOMERS, BALANCER, 443).sizes(Size::About(1800), Size::About(14_000)),
    habit(20, End::CustomerV6, End::BalancerV6, 443).sizes(Size::About(1800), Size::About(14_000)),
    habit(20, CUSTOMERS, BALANCER, 80).sizes(Size::Exact(5, 520), Size::Exact(5, 690)),
    habit(3, End::Internet(34, 39), BALANCER, 443)
        .sizes(Size::About(2500), Size::About(60_000))
        .burst(8, 30),
    // Scanners of the internet: refused almost everywhere, all day.
    NOISE,
    habit(5, SCANNERS, End::Front, 0)
        .knocks(Port::Tried)
        .burst(5, 12),
    habit(14, SCANNERS, BALANCER, 443).sizes(Size::Exact(6, 610), Size::Exact(5, 3900)),
    habit(10, SUPPLIERS, End::Tier(Tier::Nat), 0)
        .knocks(Port::Late)
        .out_of(443)
        .kept(1000),
    habit(4, CUSTOMERS, BALANCER, 443)
        .knocks(Port::Is(443))
        .kept(1000),
    // The application and its stores.
    habit(200, BALANCER, APP, 8080).sizes(Size::About(1800), Size::About(14_000)),
    habit(90, BALANCER, APP, 8080).sizes(Size::Exact(6, 432), Size::Exact(5, 610)),
    query(130, Tier::Database),
    query(45, Tier::Graph),
    query(55, Tier::Search),
    query(30, Tier::Ledger),
    habit(12, End::Tier(Tier::Database), End::Peer, 5432)
        .sizes(Size::About(90_000), Size::About(4000))
        .kept(1000),
    habit(8, End::Tier(Tier::Graph), End::Peer, 7000)
        .sizes(Size::About(20_000), Size::About(20_000))
        .kept(1000),
    habit(10, End::Tier(Tier::Search), End::Peer, 9300)
        .sizes(Size::About(60_000), Size::About(60_000))
        .kept(1000),
    habit(6, End::Tier(Tier::Ledger), End::Peer, 7051)
        .sizes(Size::About(9000), Size::About(9000))
        .kept(1000),
    habit(20, APP, End::Peer, 7946)
        .sizes(Size::About(400), Size::About(400))
        .out_of(7946)
        .over(UDP),
    // Hosts that were replaced, and a port that nobody opened for them.
    habit(2, APP, End::Gone(Tier::App), 8080)
        .unanswered()
        .burst(2, 5),
    habit(3, APP, End::Tier(Tier::Search), 9300)
        .knocks(Port::Is(9300))
        .burst(1, 3),
    // An agent without its rule for the way out, and a supplier that is down.
    habit(2, APP, SUPPLIERS, 8200)
        .knocks(Port::Is(8200))
        .burst(2, 5),
    habit(2, APP, SUPPLIERS, 443).unanswered().burst(3, 8),
    // What applications need of the world.
    habit(55, APP, End::Aws(AwsService::S3), 443).sizes(Size::About(30_000), Size::About(9000)),
    habit(25, APP, End::Aws(AwsService::DynamoDb), 443).sizes(Size::About(8000), Size::About(9000)),
    habit(40, APP, SUPPLIERS, 443).sizes(Size::About(2500), Size::About(7000)),
    habit(18, APP, End::Aws(AwsService::Ec2), 443).sizes(Size::About(2500), Size::About(7000)),
    habit(35, APP, End::Internet(14, 14), 443)
        .sizes(Size::About(40_000), Size::About(2500))
        .kept(900),
    habit(5, APP, End::Internet(15, 16), 443).sizes(Size::About(30_000), Size::About(9_000_000)),
    habit(3, APP, End::Internet(15, 16), 80).sizes(Size::About(9000), Size::About(2_000_000)),
    habit(8, APP, End::Aws(AwsService::Amazon), 123)
        .sizes(Size::Exact(1, 76), Size::Exact(1, 76))
        .over(UDP),
    habit(4, APP, End::Aws(AwsService::Amazon), 587).sizes(Size::About(20_000), Size::About(1500)),
    habit(20, APP, End::Internet(13, 13), 22)
        .sizes(Size::About(60_000), Size::About(90_000_000))
        .only(Environment::Shared),
    habit(60, APP, End::Internet(13, 13), 443)
        .sizes(Size::About(40_000), Size::About(30_000_000))
        .only(Environment::Shared),
    // Those who operate it.
    habit(1, End::Office, End::Tier(Tier::Bastion), 22)
        .sizes(Size::About(300_000), Size::About(20_000_000))
        .staff(),
    habit(12, End::Office, End::Tier(Tier::Bastion), 22)
        .sizes(Size::About(9000), Size::About(40_000))
        .kept(700)
        .staff(),
    habit(10, End::Tier(Tier::Bastion), APP, 22)
        .sizes(Size::About(9000), Size::About(40_000))
        .kept(600)
        .staff(),
    habit(3, DEPLOYER, APP, 22)
        .sizes(Size::Exact(34, 7400), Size::Exact(31, 9600))
        .burst(3, 8)
        .staff(),
    habit(
        30,
        APP,
        End::Elsewhere(Environment::Production, Tier::App),
        9100,
    )
    .sizes(Size::Exact(5, 410), Size::About(22_000))
    .only(Environment::Shared),
    habit(6, APP, End::Elsewhere(Environment::Staging, Tier::App), 22)
        .sizes(Size::Exact(34, 7400), Size::Exact(31, 9600))
        .staff()
        .only(Environment::Shared),
    habit(40, WATCHER, APP, 9100).sizes(Size::Exact(5, 410), Size::About(22_000)),
    habit(6, WATCHER, APP, 0)
        .sizes(Size::Exact(4, 336), Size::Exact(4, 336))
        .over(ICMP),
    habit(8, End::Office, BALANCER, 0)
        .sizes(Size::Exact(4, 336), Size::Exact(4, 336))
        .over(ICMP),
];

/// The application asks a store; pools keep their connections.
const fn query(weight: u64, tier: Tier) -> Habit {
    habit(weight, APP, End::Tier(tier), tier.port())
        .sizes(Size::About(3000), Size::About(16_000))
        .kept(700)
}

/// Ports that the internet tries everywhere, all the time.
pub(super) const TRIED: [u16; 24] = [
    22, 23, 2323, 445, 3389, 8080, 6379, 5900, 1433, 3306, 5432, 5555, 8443, 9200, 11_211, 27_017,
    81, 5060, 2375, 8888, 10_250, 7547, 21, 25,
];
