//! The sorts of logs that folders tell apart.

/// A sort of log, as a folder names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// Management and data events.
    CloudTrail,
    /// Insights.
    Insight,
    /// Events of VPC endpoints.
    NetworkActivity,
    /// Data events summed up over five minutes, since November 2025.
    Aggregated,
    /// Digests: the chain of signatures, not events.
    Digest,
    /// Flow logs of either sort. AWS writes those of networks and those of
    /// transit gateways into folders of one name.
    Flow,
    /// Flow logs of networks, in a compacted copy.
    VpcFlow,
    /// Flow logs of transit gateways, in a compacted copy.
    TgwFlow,
    /// A log of AWS that is not one of ours: load balancers, `Config`, …
    Foreign,
}

/// What AWS calls the folder below an account, in its order here.
const FOLDERS: [(&str, LogKind); 14] = [
    ("CloudTrail", LogKind::CloudTrail),
    ("CloudTrail-Insight", LogKind::Insight),
    ("CloudTrail-NetworkActivity", LogKind::NetworkActivity),
    ("CloudTrail-Aggregated", LogKind::Aggregated),
    ("CloudTrail-Digest", LogKind::Digest),
    ("vpcflowlogs", LogKind::Flow),
    // From the guides of these services. One that is missing here is looked
    // into, which costs time and loses nothing.
    ("Config", LogKind::Foreign),
    ("elasticloadbalancing", LogKind::Foreign),
    ("GuardDuty", LogKind::Foreign),
    ("WAFLogs", LogKind::Foreign),
    ("vpcdnsquerylogs", LogKind::Foreign),
    ("network-firewall", LogKind::Foreign),
    ("globalaccelerator", LogKind::Foreign),
    ("redshift", LogKind::Foreign),
];

/// What a compacted copy calls its tables.
const TABLES: [(&str, LogKind); 4] = [
    ("cloudtrail", LogKind::CloudTrail),
    ("cloudtrail_insights", LogKind::Insight),
    ("vpcflow", LogKind::VpcFlow),
    ("tgwflow", LogKind::TgwFlow),
];

impl LogKind {
    /// The sorts that Flowtrail reads.
    pub const OURS: [Self; 8] = [
        Self::CloudTrail,
        Self::Insight,
        Self::NetworkActivity,
        Self::Aggregated,
        Self::Digest,
        Self::Flow,
        Self::VpcFlow,
        Self::TgwFlow,
    ];

    /// The sort that AWS names a folder by, if it is a known one.
    #[must_use]
    pub fn of_folder(name: &str) -> Option<Self> {
        FOLDERS.iter().find(|f| f.0 == name).map(|f| f.1)
    }

    /// The sort that a table of a compacted copy holds.
    #[must_use]
    pub fn of_table(name: &str) -> Option<Self> {
        TABLES.iter().find(|t| t.0 == name).map(|t| t.1)
    }

    /// Whether it is one of flow logs.
    #[must_use]
    pub const fn is_flow(self) -> bool {
        matches!(self, Self::Flow | Self::VpcFlow | Self::TgwFlow)
    }

    /// Whether a folder of the sort `self` may hold what `wanted` asks for.
    #[must_use]
    pub fn may_hold(self, wanted: Self) -> bool {
        self == wanted || (self.is_flow() && wanted.is_flow() && self.meets_flow(wanted))
    }

    fn meets_flow(self, other: Self) -> bool {
        self == Self::Flow || other == Self::Flow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_flow_logs_may_hold_either_sort() {
        assert_eq!(LogKind::of_folder("vpcflowlogs"), Some(LogKind::Flow));
        assert!(LogKind::Flow.may_hold(LogKind::TgwFlow));
        assert!(LogKind::VpcFlow.may_hold(LogKind::Flow));
        assert!(!LogKind::VpcFlow.may_hold(LogKind::TgwFlow));
        assert!(!LogKind::Flow.may_hold(LogKind::CloudTrail));
        assert!(!LogKind::Digest.may_hold(LogKind::CloudTrail));
    }

    #[test]
    fn names_of_folders_and_tables_are_exact() {
        assert_eq!(LogKind::of_folder("cloudtrail"), None);
        assert_eq!(LogKind::of_folder("CloudTrail-Insights"), None);
        assert_eq!(LogKind::of_table("cloudtrail"), Some(LogKind::CloudTrail));
        assert_eq!(LogKind::of_table("findings"), None);
    }
}
