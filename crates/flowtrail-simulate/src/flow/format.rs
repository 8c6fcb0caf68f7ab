//! The formats that flow logs are written in.

/// What a flow log writes of each flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The default: version 2, aggregated over ten minutes.
    Default,
    /// Every field up to version 5 and the state of encryption (version 10),
    /// aggregated over one minute.
    Custom,
}

/// A column. AWS: "Flow log records", VPC User Guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Version,
    AccountId,
    InterfaceId,
    SrcAddr,
    DstAddr,
    SrcPort,
    DstPort,
    Protocol,
    Packets,
    Bytes,
    Start,
    End,
    Action,
    LogStatus,
    VpcId,
    SubnetId,
    InstanceId,
    TcpFlags,
    Type,
    PktSrcAddr,
    PktDstAddr,
    Region,
    AzId,
    SublocationType,
    SublocationId,
    PktSrcAwsService,
    PktDstAwsService,
    FlowDirection,
    TrafficPath,
    EncryptionStatus,
}

/// The columns with their names; the default format is the first fourteen.
const COLUMNS: [(Column, &str); 30] = [
    (Column::Version, "version"),
    (Column::AccountId, "account-id"),
    (Column::InterfaceId, "interface-id"),
    (Column::SrcAddr, "srcaddr"),
    (Column::DstAddr, "dstaddr"),
    (Column::SrcPort, "srcport"),
    (Column::DstPort, "dstport"),
    (Column::Protocol, "protocol"),
    (Column::Packets, "packets"),
    (Column::Bytes, "bytes"),
    (Column::Start, "start"),
    (Column::End, "end"),
    (Column::Action, "action"),
    (Column::LogStatus, "log-status"),
    (Column::VpcId, "vpc-id"),
    (Column::SubnetId, "subnet-id"),
    (Column::InstanceId, "instance-id"),
    (Column::TcpFlags, "tcp-flags"),
    (Column::Type, "type"),
    (Column::PktSrcAddr, "pkt-srcaddr"),
    (Column::PktDstAddr, "pkt-dstaddr"),
    (Column::Region, "region"),
    (Column::AzId, "az-id"),
    (Column::SublocationType, "sublocation-type"),
    (Column::SublocationId, "sublocation-id"),
    (Column::PktSrcAwsService, "pkt-src-aws-service"),
    (Column::PktDstAwsService, "pkt-dst-aws-service"),
    (Column::FlowDirection, "flow-direction"),
    (Column::TrafficPath, "traffic-path"),
    (Column::EncryptionStatus, "encryption-status"),
];

impl Format {
    /// The columns with their names, in the order of the file.
    pub(super) fn columns(self) -> impl Iterator<Item = &'static (Column, &'static str)> {
        COLUMNS.iter().take(match self {
            Self::Default => 14,
            Self::Custom => COLUMNS.len(),
        })
    }

    /// The first line of a file.
    pub(crate) fn header(self) -> String {
        let names: Vec<_> = self.columns().map(|(_, name)| *name).collect();
        names.join(" ") + "\n"
    }

    /// Seconds over which packets are summed up.
    pub(crate) const fn interval_secs(self) -> u64 {
        match self {
            Self::Default => 600,
            Self::Custom => 60,
        }
    }
}
