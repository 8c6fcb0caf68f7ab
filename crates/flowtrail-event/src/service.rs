//! The log sources, named as Sigma's `logsource.service` names them.

/// How a log is written. Each kind has one [`Projection`](crate::Projection):
/// the services of a kind share their fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `CloudTrail` records: JSON objects.
    CloudTrail,
    /// Flow-log records: lines of columns.
    Flow,
}

/// Which log a record belongs to. The text form is Sigma's
/// `logsource.service` under `product: aws`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Management and data events.
    CloudTrail,
    /// Insights events (`CloudTrail-Insight`): no `eventName` of their own.
    Insight,
    /// Network activity events of VPC endpoints (`CloudTrail-NetworkActivity`).
    NetworkActivity,
    /// VPC flow logs, every version.
    VpcFlow,
    /// Transit Gateway flow logs.
    TgwFlow,
}

impl Service {
    /// Every service, in the order of [`Service::index`].
    pub const ALL: [Self; 5] = [
        Self::CloudTrail,
        Self::Insight,
        Self::NetworkActivity,
        Self::VpcFlow,
        Self::TgwFlow,
    ];

    /// The name that a Sigma rule writes in `logsource.service`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::Insight => "cloudtrail-insight",
            Self::NetworkActivity => "cloudtrail-networkactivity",
            Self::VpcFlow => "vpcflow",
            Self::TgwFlow => "tgwflow",
        }
    }

    /// The service that a rule's `logsource.service` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// How records of this service are written.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::CloudTrail | Self::Insight | Self::NetworkActivity => Kind::CloudTrail,
            Self::VpcFlow | Self::TgwFlow => Kind::Flow,
        }
    }

    /// A dense index, 0 to 4, for tables by service.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::CloudTrail => 0,
            Self::Insight => 1,
            Self::NetworkActivity => 2,
            Self::VpcFlow => 3,
            Self::TgwFlow => 4,
        }
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
