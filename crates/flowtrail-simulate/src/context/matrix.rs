//! The matrix: who may talk to whom in this organisation, as its operator would
//! write it down. The first entry that fits decides.

use super::place::Place;
use crate::flow::{ICMP, TCP, UDP};
use crate::world::Environment::{self, Development, Production, Shared, Staging};

/// One end of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// `production/database`.
    Segment(Environment, &'static str),
    /// `production`.
    Environment(Environment),
    /// `*/database`.
    Everywhere(&'static str),
    /// `*`.
    Any,
    /// `internet`.
    Internet,
    /// `trusted:office`.
    Trusted(&'static str),
}

/// What an entry opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    Any,
    Icmp,
    Tcp(u16),
    Udp(u16),
}

/// What the matrix says of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    Forbidden,
    Undeclared,
}

impl Verdict {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Forbidden => "forbidden",
            Self::Undeclared => "undeclared",
        }
    }
}

/// One entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) allow: bool,
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) ports: &'static [Port],
    pub(crate) why: &'static str,
}

impl End {
    /// Whether a place is one of those that this end means.
    fn holds(self, place: Place) -> bool {
        match (self, place) {
            (Self::Segment(e, s), Place::Inside(environment, segment)) => {
                e == environment && s == segment
            }
            (Self::Environment(e), Place::Inside(environment, _)) => e == environment,
            (Self::Everywhere(s), Place::Inside(_, segment)) => s == segment,
            (Self::Internet, Place::Internet) | (Self::Any, _) => true,
            (Self::Trusted(a), Place::Trusted(b)) => a == b,
            (
                Self::Segment(..)
                | Self::Environment(_)
                | Self::Everywhere(_)
                | Self::Internet
                | Self::Trusted(_),
                _,
            ) => false,
        }
    }

    /// Whether any network is meant by it; the internet always is.
    fn exists(self, places: &[Place]) -> bool {
        let outside = matches!(self, Self::Any | Self::Internet | Self::Trusted(_));
        outside || places.iter().any(|p| self.holds(*p))
    }
}

impl Port {
    fn holds(self, protocol: u8, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Icmp => protocol == ICMP,
            Self::Tcp(p) => protocol == TCP && p == port,
            Self::Udp(p) => protocol == UDP && p == port,
        }
    }
}

/// What `matrix` says of a connection that `from` opens.
pub(crate) fn verdict(
    matrix: &[Entry],
    ends: (Place, Place),
    (protocol, port): (u8, u16),
) -> Verdict {
    let fits = |e: &&Entry| {
        let ports = e.ports.iter().any(|p| p.holds(protocol, port));
        ports && e.from.holds(ends.0) && e.to.holds(ends.1)
    };
    match matrix.iter().find(fits) {
        Some(entry) if entry.allow => Verdict::Allowed,
        Some(_) => Verdict::Forbidden,
        None => Verdict::Undeclared,
    }
}

type Row = (End, End, &'static [Port], &'static str);

use End::{Any, Everywhere, Internet, Segment, Trusted};
use Port::{Icmp, Tcp, Udp};

const OFFICE: End = Trusted("office");
const BUILD: End = Segment(Shared, "build");

/// What is the same in every environment that customers or developers use.
const WITHIN: [(&str, &str, &[Port], &str); 12] = [
    (
        "load_balancer",
        "application",
        &[Tcp(8080)],
        "requests and health checks",
    ),
    (
        "application",
        "application",
        &[Tcp(8080), Udp(7946)],
        "calls of one service to another, and membership",
    ),
    (
        "application",
        "database",
        &[Tcp(5432), Tcp(27_017)],
        "orders and documents",
    ),
    (
        "application",
        "graph_database",
        &[Tcp(7687), Tcp(8182)],
        "recommendations",
    ),
    (
        "application",
        "search",
        &[Tcp(9200), Tcp(9300)],
        "the catalogue's index; older clients ask for the transport port",
    ),
    (
        "application",
        "ledger",
        &[Tcp(8443), Tcp(50_051)],
        "bookings",
    ),
    ("database", "database", &[Tcp(5432)], "replication"),
    (
        "graph_database",
        "graph_database",
        &[Tcp(7000)],
        "the cluster of the graph",
    ),
    ("search", "search", &[Tcp(9300)], "the cluster of the index"),
    ("ledger", "ledger", &[Tcp(7051)], "the peers of the ledger"),
    ("bastion", "application", &[Tcp(22)], "logins of staff"),
    ("bastion", "build", &[Tcp(22)], "logins of staff"),
];

/// What crosses environments or leaves them.
const ACROSS: [Row; 11] = [
    (
        Internet,
        Everywhere("load_balancer"),
        &[Tcp(443), Tcp(80)],
        "customers",
    ),
    (
        OFFICE,
        Everywhere("load_balancer"),
        &[Tcp(443), Tcp(80), Icmp],
        "staff, and a ping now and then",
    ),
    (
        Everywhere("load_balancer"),
        OFFICE,
        &[Icmp],
        "answers to a ping: a flow log does not tell them apart",
    ),
    (OFFICE, Everywhere("bastion"), &[Tcp(22)], "logins of staff"),
    (
        BUILD,
        Everywhere("application"),
        &[Tcp(22), Tcp(9100), Icmp],
        "deployments and monitoring",
    ),
    (
        Everywhere("application"),
        BUILD,
        &[Icmp],
        "answers to a ping",
    ),
    (
        Everywhere("application"),
        Internet,
        &[Tcp(443), Tcp(80), Tcp(587), Tcp(8200), Udp(123)],
        "services of AWS and of suppliers",
    ),
    (
        Segment(Production, "application"),
        Internet,
        &[Tcp(22)],
        "nightly deliveries to a partner by SFTP",
    ),
    (
        Segment(Production, "graph_database"),
        Internet,
        &[Tcp(443)],
        "nightly dumps to a bucket",
    ),
    (
        BUILD,
        Internet,
        &[Tcp(22), Tcp(443), Tcp(80), Tcp(587), Tcp(8200), Udp(123)],
        "sources, packages and suppliers",
    ),
    (
        BUILD,
        BUILD,
        &[Tcp(8080), Udp(7946)],
        "membership of the build hosts",
    ),
];

const STORES: [&str; 4] = ["database", "graph_database", "ledger", "search"];

const fn entry(allow: bool, (from, to, ports, why): Row) -> Entry {
    Entry {
        allow,
        from,
        to,
        ports,
        why,
    }
}

/// The matrix of an organisation that has these places. `blind` are the
/// environments with a flow log that names the gateway where it should name who
/// is behind it.
pub(super) fn entries(places: &[Place], blind: &[Environment]) -> Vec<Entry> {
    let mut rows: Vec<Entry> = ACROSS.into_iter().map(|r| entry(true, r)).collect();
    for environment in Environment::ALL {
        for (from, to, ports, why) in WITHIN {
            let ends = (Segment(environment, from), Segment(environment, to));
            rows.push(entry(true, (ends.0, ends.1, ports, why)));
        }
        let hosts = if environment == Shared {
            BUILD
        } else {
            Segment(environment, "application")
        };
        if blind.contains(&environment) {
            let why = "the way out, in logs without the address behind the gateway";
            let nat = Segment(environment, "nat");
            rows.push(entry(true, (hosts, nat, &[Port::Any], why)));
        }
    }
    let why = "everybody's way out";
    rows.push(entry(
        true,
        (Everywhere("nat"), Internet, &[Port::Any], why),
    ));
    rows.extend(forbidden());
    rows.retain(|e| e.from.exists(places) && e.to.exists(places));
    rows
}

/// What must never be, whatever the filters say.
fn forbidden() -> Vec<Entry> {
    let mut rows = Vec::new();
    let mut forbid = |from, to, ports, why| rows.push(entry(false, (from, to, ports, why)));
    for environment in [Development, Staging] {
        for store in STORES {
            let why = "data of customers stays in production";
            forbid(
                End::Environment(environment),
                Segment(Production, store),
                &[Port::Any],
                why,
            );
        }
    }
    let why = "whoever takes the one over must not be in the other";
    forbid(
        Everywhere("ledger"),
        Everywhere("search"),
        &[Port::Any],
        why,
    );
    forbid(
        Everywhere("search"),
        Everywhere("ledger"),
        &[Port::Any],
        why,
    );
    let why = "only the application asks the graph";
    forbid(Any, Everywhere("graph_database"), &[Port::Any], why);
    for store in ["database", "ledger", "search"] {
        let why = "stores are not for the internet";
        forbid(Internet, Everywhere(store), &[Port::Any], why);
    }
    for from in Environment::ALL {
        for to in Environment::ALL {
            let why = "logins come through the bastion";
            forbid(
                End::Environment(from),
                End::Environment(to),
                &[Tcp(22)],
                why,
            );
        }
    }
    rows
}
