//! What a [`Counter`](crate::Counter) came to, ready to be written.
//!
//! [`Report`] is the JSON form: its fields, in their order, are the interface.
//! Times are ISO 8601 in UTC, counts are of records unless they say otherwise,
//! and nothing in it can steer a terminal.

mod build;
mod coverage;
mod covered;
mod ends;
mod facts;
mod heat;
mod html;
mod page;
mod statement;
mod text;

use flowtrail_event::{EventTime, Tally};
use serde::Serialize;

pub use covered::{
    Coverage, GapReport, InterfaceReport, LossReport, NetworkReport, Objects, OddAddress,
    OddAddresses, OpenerReport, Records, SkipCount, SourceReport, UnreadObject,
};
pub use text::TextStyle;

/// The number of the form of [`Report`]; a change that breaks readers raises it.
const FORMAT: u32 = 1;

/// How the records were read, for the statement of coverage.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The account of all objects.
    pub tally: Tally,
    /// Objects that were not read to their end, with what went wrong.
    pub unread: Vec<(String, String)>,
    /// The span of time that was asked for.
    pub since: Option<EventTime>,
    /// Its end.
    pub until: Option<EventTime>,
}

/// The whole report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// 1.
    pub format: u32,
    /// The context file.
    pub context: ContextName,
    /// The time that the records cover; none without records.
    pub span: Option<Span>,
    /// The start of the span that was asked for.
    pub since: Option<String>,
    /// Its end.
    pub until: Option<String>,
    /// Places in the order of rows and columns: those that the file declares,
    /// and those that were met.
    pub places: Vec<String>,
    /// Who opened connections to whom: one for each pair of places and deciding
    /// entry of the matrix, worst verdict first, most records first.
    pub pairs: Vec<PairReport>,
    /// Entries of the matrix in the order of the file, with their use.
    pub entries: Vec<EntryUse>,
    /// Pairs of places of which nothing was seen, in either direction of opening.
    pub pairs_unseen: u64,
    /// A statement for each entry that forbids.
    pub statements: Vec<Statement>,
    /// What was looked at, and what was not.
    pub coverage: Coverage,
}

/// A context file.
#[derive(Debug, Clone, Serialize)]
pub struct ContextName {
    /// Its name.
    pub file: String,
    /// The beginning of the hash of its text.
    pub version: String,
}

/// A stretch of time.
#[derive(Debug, Clone, Serialize)]
pub struct Span {
    /// The first `start` of a record.
    pub first: String,
    /// The last `end`.
    pub last: String,
    /// Between them.
    pub secs: i64,
}

/// What was seen of one pair.
#[derive(Debug, Clone, Serialize)]
pub struct PairReport {
    /// The place that opened.
    pub from: String,
    /// The place that served.
    pub to: String,
    /// `allowed`, `forbidden`, `undeclared`, or `unspoken` where the matrix
    /// cannot speak of one of the ends.
    pub verdict: &'static str,
    /// The entry that decided.
    pub entry: Option<EntryName>,
    /// Connections that were let through: with a record that was accepted or
    /// has no action, unless another one was refused and nothing answered.
    pub passed: Connections,
    /// Connections that were refused and had no answer.
    pub refused: Connections,
    /// Records with the action `ACCEPT`.
    pub accepted: SumReport,
    /// Records with the action `REJECT`.
    pub rejected: SumReport,
    /// Records without an action, as those of transit gateways.
    pub unstated: SumReport,
    /// Records of these in which only the ports told who opened.
    pub opener_by_ports: u64,
    /// The ports with the most records.
    pub ports: Vec<PortReport>,
    /// How many ports, or groups of ports, there were.
    pub ports_seen: u64,
    /// Whether there were so many that they are counted in groups.
    pub ports_grouped: bool,
    /// Who talked most, by records.
    pub talkers: Vec<TalkerReport>,
    /// How many pairs of addresses, or of networks, there were.
    pub talkers_seen: u64,
    /// Whether there were so many that addresses are counted in networks.
    pub talkers_grouped: bool,
}

/// An entry of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryName {
    /// Its number in the matrix, from 1.
    pub number: u32,
    /// Its line in the file.
    pub line: u32,
    /// `allow` or `forbid`.
    pub verdict: &'static str,
    /// `development -> production`.
    pub name: String,
    /// `any`, or `tcp/5432`, `udp/8000-8010`, `icmp`, `protocol/47`.
    pub ports: Vec<String>,
}

/// Different connections: addresses, ports and protocol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Connections {
    /// How many.
    pub connections: u64,
    /// Whether that is exact; else it is within a few percent.
    pub exact: bool,
}

/// Sums of records.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SumReport {
    /// Records of flow logs. A connection has one for each direction, interval
    /// and interface that logs it.
    pub records: u64,
    /// Packets from the opener.
    pub packets_from_opener: u64,
    /// Packets to it.
    pub packets_to_opener: u64,
    /// Bytes from the opener. Where both ends log, each byte is in it twice.
    pub bytes_from_opener: u64,
    /// Bytes to it.
    pub bytes_to_opener: u64,
    /// The first `start`.
    pub first: Option<String>,
    /// The last `end`.
    pub last: Option<String>,
}

/// A port of the serving side.
#[derive(Debug, Clone, Serialize)]
pub struct PortReport {
    /// `tcp/443`, `icmp`, `protocol/47`, `tcp/8192-8207`.
    pub port: String,
    /// Records that were let through.
    pub accepted: u64,
    /// Records that were refused.
    pub rejected: u64,
    /// Records without an action.
    pub unstated: u64,
}

/// Two addresses that talked.
#[derive(Debug, Clone, Serialize)]
pub struct TalkerReport {
    /// The address that opened, or its network.
    pub from: String,
    /// The address that served, or its network.
    pub to: String,
    /// Records that were let through.
    pub accepted: u64,
    /// Records that were refused.
    pub rejected: u64,
    /// Records without an action.
    pub unstated: u64,
    /// Bytes in both directions.
    pub bytes: u64,
}

/// How an entry of the matrix was used.
#[derive(Debug, Clone, Serialize)]
pub struct EntryUse {
    /// Which.
    #[serde(flatten)]
    pub entry: EntryName,
    /// Records that were let through.
    pub accepted: u64,
    /// Records that were refused.
    pub rejected: u64,
    /// Records without an action.
    pub unstated: u64,
    /// Whether nothing used it.
    pub unused: bool,
}

/// What can be said of one entry that forbids.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    /// Which.
    #[serde(flatten)]
    pub entry: EntryName,
    /// `seen`, `not_seen`, or `not_seen_and_not_all_looked_at`.
    pub outcome: &'static str,
    /// Connections that were let through.
    pub passed: Connections,
    /// Connections that were refused.
    pub refused: Connections,
    /// What was not looked at, each as a phrase.
    pub not_looked_at: Vec<String>,
    /// All of it in a sentence.
    pub sentence: String,
}

impl Report {
    /// The pairs that the matrix does not allow and that were not refused.
    pub fn violations(&self) -> impl Iterator<Item = &PairReport> {
        self.pairs.iter().filter(|p| p.is_violation())
    }

    /// The pairs that the matrix forbids, or leaves undeclared, of which all was
    /// refused.
    pub fn attempts(&self) -> impl Iterator<Item = &PairReport> {
        let refused = |p: &&PairReport| p.is_against() && !p.is_violation();
        self.pairs.iter().filter(refused)
    }

    /// The report as one JSON object, with a line feed behind it.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists cannot fail to be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl PairReport {
    fn is_against(&self) -> bool {
        matches!(self.verdict, "forbidden" | "undeclared")
    }

    fn is_violation(&self) -> bool {
        self.is_against() && self.passed.connections > 0
    }

    /// All records.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.accepted.records + self.rejected.records + self.unstated.records
    }
}
