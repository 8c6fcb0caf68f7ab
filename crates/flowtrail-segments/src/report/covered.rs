//! The form of what is said of coverage.

use serde::Serialize;

/// What was looked at, and what was not.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// Records.
    pub records: Records,
    /// Objects.
    pub objects: Objects,
    /// Interfaces that report.
    pub interfaces: InterfaceReport,
    /// Accounts, those of the file and those that were seen.
    pub accounts: Vec<SourceReport>,
    /// VPCs, those of the file and those that were seen.
    pub vpcs: Vec<SourceReport>,
    /// The networks of the file.
    pub networks: Vec<NetworkReport>,
    /// Addresses of declared networks that no interface has that reports.
    pub silent_hosts: OddAddresses,
    /// How it was told who opened a connection.
    pub openers: OpenerReport,
    /// Addresses of which networks of the file say different things.
    pub ambiguous: OddAddresses,
    /// Private addresses that the file says nothing of.
    pub undeclared: OddAddresses,
    /// Everything of this that makes absence doubtful, in sentences.
    pub doubts: Vec<String>,
}

/// What became of the records.
#[derive(Debug, Clone, Serialize)]
pub struct Records {
    /// All that were met.
    pub read: u64,
    /// Flows that were counted.
    pub flows: u64,
    /// Intervals in which nothing happened.
    pub nodata: u64,
    /// Intervals of which AWS lost records.
    pub skipdata: u64,
    /// The share of these intervals among records of flow logs, 0 to 1.
    pub skipdata_share: f64,
    /// Records of other logs, which are not counted.
    pub other_logs: u64,
    /// Flows without addresses or without a protocol.
    pub without_ends: u64,
    /// Records that were not counted, by reason.
    pub skipped: Vec<SkipCount>,
    /// Those of them that are a sign of damage.
    pub damaged: u64,
}

/// Records that were skipped for one reason.
#[derive(Debug, Clone, Serialize)]
pub struct SkipCount {
    /// The reason.
    pub reason: &'static str,
    /// How many.
    pub records: u64,
    /// Whether it lies in the nature of the object or was asked for.
    pub expected: bool,
}

/// What became of the objects.
#[derive(Debug, Clone, Serialize)]
pub struct Objects {
    /// All.
    pub read: u64,
    /// Those that could not be read to their end.
    pub unread: u64,
    /// The first of them.
    pub named: Vec<UnreadObject>,
}

/// An object that was not read to its end.
#[derive(Debug, Clone, Serialize)]
pub struct UnreadObject {
    /// Its name.
    pub object: String,
    /// What went wrong.
    pub reason: String,
}

/// The interfaces that report.
#[derive(Debug, Clone, Serialize)]
pub struct InterfaceReport {
    /// How many.
    pub reporting: u64,
    /// Whether there were more, which are counted and not followed.
    pub more: bool,
    /// How many were silent for longer than ten of their aggregation intervals,
    /// between records.
    pub with_gaps: u64,
    /// Those with the longest silence.
    pub gaps: Vec<GapReport>,
    /// Those of which AWS lost most records.
    pub lossy: Vec<LossReport>,
}

/// An interface that fell silent.
#[derive(Debug, Clone, Serialize)]
pub struct GapReport {
    /// Its id.
    pub interface: String,
    /// Its account.
    pub account: Option<String>,
    /// Its VPC.
    pub vpc: Option<String>,
    /// How often it fell silent.
    pub gaps: u64,
    /// The sum of its silences.
    pub silent_secs: i64,
    /// The beginning of the longest, to five minutes.
    pub longest_from: String,
    /// Its end.
    pub longest_to: String,
    /// Its length.
    pub longest_secs: i64,
}

/// An interface of which AWS lost records.
#[derive(Debug, Clone, Serialize)]
pub struct LossReport {
    /// Its id.
    pub interface: String,
    /// Intervals of which records were lost.
    pub skipdata: u64,
}

/// An account or a VPC.
#[derive(Debug, Clone, Serialize)]
pub struct SourceReport {
    /// Its id.
    pub id: String,
    /// Its alias, or the alias of its account.
    pub alias: Option<String>,
    /// Its environment.
    pub environment: Option<String>,
    /// Whether the file names it.
    pub declared: bool,
    /// Records of it.
    pub records: u64,
    /// `reports`, `silent`, or `unknown`: records of its account name no VPC.
    pub status: &'static str,
}

/// A network of the file.
#[derive(Debug, Clone, Serialize)]
pub struct NetworkReport {
    /// Its prefixes.
    pub cidrs: Vec<String>,
    /// What it is.
    pub place: String,
    /// Its VPC.
    pub vpc: Option<String>,
    /// Its line in the file.
    pub line: u32,
    /// Interfaces in it that report.
    pub interfaces: u64,
    /// `reports`, `seen_from_the_other_end`, or `not_seen`.
    pub status: &'static str,
}

/// How it was told who opened a connection, in records.
#[derive(Debug, Clone, Serialize)]
pub struct OpenerReport {
    /// By flags of TCP.
    pub by_flags: u64,
    /// By the ports alone, because the format has no flags.
    pub by_ports_without_flags: u64,
    /// By the ports alone, because the record has no SYN or is not TCP.
    pub by_ports_without_syn: u64,
    /// By neither: protocols without ports, equal ports.
    pub by_neither: u64,
}

/// Addresses in doubt.
#[derive(Debug, Clone, Serialize)]
pub struct OddAddresses {
    /// Records with such an address; for silent hosts, their number.
    pub count: u64,
    /// Those with the most records.
    pub top: Vec<OddAddress>,
}

/// An address in doubt.
#[derive(Debug, Clone, Serialize)]
pub struct OddAddress {
    /// The address, or its network.
    pub address: String,
    /// Its records.
    pub records: u64,
}
