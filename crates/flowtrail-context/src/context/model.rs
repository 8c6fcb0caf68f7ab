//! What a context file declares, with its names resolved to numbers.

use std::net::IpAddr;

use flowtrail_event::EventTime;
use ipnet::IpNet;

/// The number of an environment in [`Declared::environments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentIx(pub(crate) u16);

/// The number of a segment in [`Declared::segments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentIx(pub(crate) u16);

/// The number of an account in [`Declared::accounts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountIx(pub(crate) u32);

/// The number of a VPC in [`Declared::vpcs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VpcIx(pub(crate) u32);

/// The number of a trusted network in [`Declared::trusted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrustedIx(pub(crate) u32);

impl EnvironmentIx {
    /// The number as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl SegmentIx {
    /// The number as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl AccountIx {
    /// An account that the file does not name.
    pub(crate) const OTHER: Self = Self(u32::MAX);

    /// The number as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl VpcIx {
    /// A VPC that the file does not name.
    pub(crate) const OTHER: Self = Self(u32::MAX);

    /// The number as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl TrustedIx {
    /// The number as an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A whole context file.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// The names of the environments.
    pub environments: Vec<String>,
    /// The segments.
    pub segments: Vec<Segment>,
    /// The accounts, those of the organisation before the partners'.
    pub accounts: Vec<Account>,
    /// The networks, in the order of the file.
    pub networks: Vec<Network>,
    /// The VPCs that the file names anywhere.
    pub vpcs: Vec<Vpc>,
    /// Networks outside that are known.
    pub trusted: Vec<Trusted>,
    /// Who may talk to whom; the first entry that fits decides.
    pub matrix: Vec<Entry>,
    /// Callers that have a part.
    pub callers: Vec<Caller>,
    /// The regions in which anything is expected to happen; `None` if the file
    /// does not say.
    pub regions: Option<Vec<String>>,
    /// Days after which an access key has to be a new one; `None` if the file
    /// does not say.
    pub key_rotation_days: Option<u16>,
    /// Findings that nobody is to be notified of.
    pub suppressions: Vec<Suppression>,
}

/// A segment: hosts with one purpose.
#[derive(Debug, Clone)]
pub struct Segment {
    /// Its name, such as `database`.
    pub name: String,
    /// What it is, in a sentence; may be empty.
    pub about: String,
}

/// An account, of the organisation or of a partner.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its 12 digits.
    pub id: String,
    /// Its alias; the name of a partner.
    pub alias: String,
    /// The environment that it is for.
    pub environment: Option<EnvironmentIx>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Whether it is outside of the organisation.
    pub partner: bool,
}

/// What some addresses are.
#[derive(Debug, Clone)]
pub struct Network {
    /// The addresses.
    pub cidrs: Vec<IpNet>,
    /// The environment that they belong to.
    pub environment: Option<EnvironmentIx>,
    /// The segment that they belong to.
    pub segment: Option<SegmentIx>,
    /// The only VPC in which it is so.
    pub vpc: Option<VpcIx>,
    /// The only account in which it is so.
    pub account: Option<AccountIx>,
    /// When it is so.
    pub valid: Validity,
    /// The line of the file.
    pub line: u32,
}

/// A span of event time: from the first instant up to the second, without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    /// The first instant.
    pub from: Option<EventTime>,
    /// The first instant behind it.
    pub until: Option<EventTime>,
}

impl Validity {
    /// Whether it has a beginning or an end.
    #[must_use]
    pub const fn is_limited(self) -> bool {
        self.from.is_some() || self.until.is_some()
    }

    /// Whether `at` lies in it. What has no time lies only in what is not
    /// limited.
    #[must_use]
    pub fn covers(self, at: Option<EventTime>) -> bool {
        match at {
            None => !self.is_limited(),
            Some(at) => {
                self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|end| at < end)
            }
        }
    }

    /// Whether some instant lies in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let before = |end: Option<EventTime>, from: Option<EventTime>| matches!((end, from), (Some(end), Some(from)) if end <= from);
        !before(self.until, other.from) && !before(other.until, self.from)
    }
}

/// What everything in a VPC is, where no network says more.
#[derive(Debug, Clone)]
pub struct Vpc {
    /// Its id.
    pub id: String,
    /// The account that it belongs to.
    pub account: Option<AccountIx>,
    /// The environment that it is for.
    pub environment: Option<EnvironmentIx>,
    /// The segment that everything in it belongs to.
    pub segment: Option<SegmentIx>,
}

/// A network outside that is known.
#[derive(Debug, Clone)]
pub struct Trusted {
    /// Its name, such as `office`.
    pub name: String,
    /// Its addresses.
    pub cidrs: Vec<IpNet>,
}

/// What the matrix says of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// An entry allows it.
    Allowed,
    /// An entry forbids it.
    Forbidden,
    /// No entry fits.
    Undeclared,
}

impl Verdict {
    /// The word for it, as `flowtrail.policy` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Forbidden => "forbidden",
            Self::Undeclared => "undeclared",
        }
    }
}

/// An entry of the matrix.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Allowed or forbidden.
    pub verdict: Verdict,
    /// The side that opens the connection.
    pub from: End,
    /// The side that serves it.
    pub to: End,
    /// What is served.
    pub ports: Vec<Ports>,
    /// Why it is so.
    pub why: Option<String>,
    /// The line of the file.
    pub line: u32,
}

/// One end of an entry of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// `*`: anything that the matrix can speak of.
    Any,
    /// `internet`: public addresses in no network.
    Internet,
    /// `trusted`, or `trusted:NAME`.
    Trusted(Option<TrustedIx>),
    /// `environment`, `environment/segment` or `*/segment`.
    Inside(Option<EnvironmentIx>, Option<SegmentIx>),
}

/// What an entry of the matrix speaks of: protocols and ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ports {
    /// `any`: every protocol and port.
    Any,
    /// `icmp`, of IPv4 and of IPv6.
    Icmp,
    /// `protocol/47`: a protocol by its IANA number.
    Protocol(u8),
    /// `tcp/5432`, `udp/8000-8010`, or the same of both without a protocol.
    Range(Option<Transport>, u16, u16),
}

/// A protocol with ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP, 6.
    Tcp,
    /// UDP, 17.
    Udp,
}

impl Transport {
    /// The IANA number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
        }
    }
}

/// A caller that has a part: a principal in a network.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its name.
    pub name: String,
    /// Its part, one of [`PARTS`].
    pub part: String,
    /// Globs over `flowtrail.principal`.
    pub principals: Vec<String>,
    /// Where it calls from.
    pub networks: Vec<NetworkRef>,
}

/// The parts that callers can have.
pub const PARTS: [&str; 6] = [
    "pipeline",
    "build",
    "scanner",
    "backup",
    "administrator",
    "break_glass",
];

/// Where a caller calls from, or where a suppression applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetworkRef {
    /// A service of AWS on behalf of the caller.
    Aws,
    /// A trusted network.
    Trusted(TrustedIx),
    /// Some addresses.
    Cidr(IpNet),
}

/// Findings that nobody is to be notified of. They are counted all the same.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// Its id.
    pub id: String,
    /// Globs over ids, names and titles of rules.
    pub rules: Vec<String>,
    /// Globs over principals.
    pub principals: Vec<String>,
    /// Networks of which one has an address of every record.
    pub networks: Vec<NetworkRef>,
    /// Globs over resources.
    pub resources: Vec<String>,
    /// Accounts in which it happened.
    pub accounts: Vec<AccountIx>,
    /// The time of the events that it is for.
    pub valid: Validity,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// From when on it no longer holds. A day in the file means its end.
    pub expires: EventTime,
    /// The line of the file.
    pub line: u32,
}

/// Whether an address lies in one of `cidrs`.
pub(crate) fn within(address: IpAddr, cidrs: &[IpNet]) -> bool {
    let address = address.to_canonical();
    cidrs.iter().any(|cidr| cidr.contains(&address))
}
