//! The one table of flow-log fields. The readers, the recognition of headers,
//! the Parquet column names and the docs all derive from it.
//!
//! Sources: "Flow log records" in the Amazon VPC User Guide (versions 2 to 5,
//! 7 to 11; there is no VPC version 6) and "Transit Gateway Flow Log records"
//! in the AWS Transit Gateway guide (version 6).

use Form::{Account, Address, Int, Text, Time};

/// What a field holds. It decides what counts as a bad value and how JSON
/// shows the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Any text without blanks.
    Text,
    /// An account id: twelve digits, or `unknown`.
    Account,
    /// An IPv4 or IPv6 address.
    Address,
    /// A decimal integer.
    Int,
    /// Seconds since the epoch, a decimal integer.
    Time,
}

impl Form {
    /// Whether a value has to be a decimal integer.
    #[must_use]
    pub const fn is_number(self) -> bool {
        match self {
            Self::Int | Self::Time => true,
            Self::Text | Self::Account | Self::Address => false,
        }
    }
}

/// One field of VPC or Transit Gateway flow logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldInfo {
    /// AWS's name, with hyphens: `pkt-srcaddr`.
    pub name: &'static str,
    /// The flow-log version that brought the field.
    pub version: u8,
    /// What it holds.
    pub form: Form,
    /// Whether VPC flow logs have it.
    pub vpc: bool,
    /// Whether Transit Gateway flow logs have it.
    pub tgw: bool,
    /// Whether AWS writes the value percent-encoded.
    pub percent_encoded: bool,
    /// What it means, in a sentence.
    pub doc: &'static str,
}

impl FieldInfo {
    /// The name of the column in Parquet files and SQL: `pkt_srcaddr`.
    #[must_use]
    pub fn column_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

const fn vpc(name: &'static str, version: u8, form: Form, doc: &'static str) -> FieldInfo {
    FieldInfo {
        name,
        version,
        form,
        vpc: true,
        tgw: false,
        percent_encoded: false,
        doc,
    }
}

const fn both(name: &'static str, version: u8, form: Form, doc: &'static str) -> FieldInfo {
    FieldInfo {
        tgw: true,
        ..vpc(name, version, form, doc)
    }
}

const fn tgw(name: &'static str, form: Form, doc: &'static str) -> FieldInfo {
    FieldInfo {
        vpc: false,
        tgw: true,
        ..vpc(name, 6, form, doc)
    }
}

const fn tag(name: &'static str, doc: &'static str) -> FieldInfo {
    FieldInfo {
        percent_encoded: true,
        ..vpc(name, 11, Form::Text, doc)
    }
}

/// Every field: those of VPC flow logs in AWS's order, then those that only
/// Transit Gateway flow logs have.
#[rustfmt::skip] // One field, one line: it is read as a table.
pub static FIELDS: &[FieldInfo] = &[
    both("version", 2, Int, "Version of the record: the highest among its fields"),
    both("account-id", 2, Account, "Owner of the network interface; `unknown` for some interfaces of AWS services"),
    vpc("interface-id", 2, Text, "Network interface; absent for a regional NAT gateway"),
    both("srcaddr", 2, Address, "Source address; on the side of the interface its primary private address"),
    both("dstaddr", 2, Address, "Destination address; on the side of the interface its primary private address"),
    both("srcport", 2, Int, "Source port; 0 for ICMP"),
    both("dstport", 2, Int, "Destination port; 0 for ICMP"),
    both("protocol", 2, Int, "IANA protocol number: 6 is TCP, 17 UDP, 1 ICMP"),
    both("packets", 2, Int, "Packets of the flow in the interval"),
    both("bytes", 2, Int, "Bytes of the flow in the interval; absent for rejects by Block Public Access"),
    both("start", 2, Time, "First packet in the interval, up to 60 seconds late"),
    both("end", 2, Time, "Last packet in the interval, up to 60 seconds late"),
    vpc("action", 2, Text, "ACCEPT or REJECT"),
    both("log-status", 2, Text, "OK, NODATA (nothing happened) or SKIPDATA (AWS lost records)"),
    vpc("vpc-id", 3, Text, "VPC of the interface"),
    vpc("subnet-id", 3, Text, "Subnet of the interface"),
    vpc("instance-id", 3, Text, "Instance of the interface; absent if a service manages it"),
    both("tcp-flags", 3, Int, "TCP flags joined by or: FIN 1, SYN 2, RST 4, SYN-ACK 18; Transit Gateway also PSH 8, ACK 16, URG 32"),
    both("type", 3, Text, "IPv4, IPv6 or EFA"),
    vpc("pkt-srcaddr", 3, Address, "Source address in the packet itself, behind a NAT gateway or a pod"),
    vpc("pkt-dstaddr", 3, Address, "Destination address in the packet itself"),
    both("region", 4, Text, "Region of the interface"),
    vpc("az-id", 4, Text, "Availability zone id of the interface"),
    vpc("sublocation-type", 4, Text, "wavelength, outpost or localzone"),
    vpc("sublocation-id", 4, Text, "Id of the sublocation"),
    both("pkt-src-aws-service", 5, Text, "AWS service that owns the packet's source address"),
    both("pkt-dst-aws-service", 5, Text, "AWS service that owns the packet's destination address"),
    both("flow-direction", 5, Text, "ingress or egress, seen from the interface"),
    vpc("traffic-path", 5, Int, "Way of egress: 1 VPC, 2 internet or gateway endpoint, 3 VPN, 4 and 5 peering, 6 local gateway, 7 gateway endpoint, 8 internet"),
    vpc("ecs-cluster-arn", 7, Text, "ECS cluster of the task"),
    vpc("ecs-cluster-name", 7, Text, "Name of the ECS cluster"),
    vpc("ecs-container-instance-arn", 7, Text, "ECS container instance; absent on Fargate"),
    vpc("ecs-container-instance-id", 7, Text, "Id of the ECS container instance; absent on Fargate"),
    vpc("ecs-container-id", 7, Text, "Runtime id of the task's first container"),
    vpc("ecs-second-container-id", 7, Text, "Runtime id of the task's second container"),
    vpc("ecs-service-name", 7, Text, "ECS service that started the task"),
    vpc("ecs-task-definition-arn", 7, Text, "Definition of the ECS task"),
    vpc("ecs-task-arn", 7, Text, "ECS task"),
    vpc("ecs-task-id", 7, Text, "Id of the ECS task"),
    vpc("reject-reason", 8, Text, "BPA (Block Public Access) or EC (encryption controls)"),
    vpc("resource-id", 9, Text, "Regional NAT gateway that the record is about"),
    vpc("encryption-status", 10, Int, "0 clear, 1 encrypted by Nitro, 2 by the application, 3 by both"),
    tag("instance-tag", "Value of the first chosen tag of the instance"),
    tag("instance-tag-2", "Value of the second chosen tag of the instance"),
    tag("interface-tag", "Value of the first chosen tag of the interface"),
    tag("interface-tag-2", "Value of the second chosen tag of the interface"),
    tag("asg-tag", "Value of the first chosen tag of the Auto Scaling group"),
    tag("asg-tag-2", "Value of the second chosen tag of the Auto Scaling group"),
    vpc("interface-type", 11, Text, "nat_gateway, network_load_balancer, regional_nat_gateway, transit_gateway or vpc_endpoint"),
    vpc("next-hop-interface-id", 11, Text, "Interface at the other end: the receiver on egress, the sender on ingress"),
    vpc("next-hop-subnet-id", 11, Text, "Subnet of the next hop"),
    vpc("next-hop-az-id", 11, Text, "Availability zone id of the next hop"),
    vpc("next-hop-vpc-id", 11, Text, "VPC of the next hop"),
    vpc("next-hop-interface-type", 11, Text, "Type of the next hop's interface"),
    tgw("resource-type", Text, "TransitGateway or TransitGatewayAttachment"),
    tgw("tgw-id", Text, "Transit gateway"),
    tgw("tgw-attachment-id", Text, "Attachment on which the flow was seen"),
    tgw("tgw-src-vpc-account-id", Account, "Owner of the source VPC"),
    tgw("tgw-dst-vpc-account-id", Account, "Owner of the destination VPC"),
    tgw("tgw-src-vpc-id", Text, "Source VPC"),
    tgw("tgw-dst-vpc-id", Text, "Destination VPC"),
    tgw("tgw-src-subnet-id", Text, "Source subnet"),
    tgw("tgw-dst-subnet-id", Text, "Destination subnet"),
    tgw("tgw-src-eni", Text, "Source network interface of the attachment"),
    tgw("tgw-dst-eni", Text, "Destination network interface of the attachment"),
    tgw("tgw-src-az-id", Text, "Source availability zone id"),
    tgw("tgw-dst-az-id", Text, "Destination availability zone id"),
    tgw("tgw-pair-attachment-id", Text, "Attachment at the other end of the flow"),
    tgw("packets-lost-no-route", Int, "Packets lost because there was no route"),
    tgw("packets-lost-blackhole", Int, "Packets lost in a black-hole route"),
    tgw("packets-lost-mtu-exceeded", Int, "Packets lost because they were larger than the MTU"),
    tgw("packets-lost-ttl-expired", Int, "Packets lost because their time to live ran out"),
];

/// The default format of VPC flow logs: the fields of version 2, in order.
pub const DEFAULT_VPC_FORMAT: &str = "version account-id interface-id srcaddr dstaddr srcport \
    dstport protocol packets bytes start end action log-status";

/// The default format of Transit Gateway flow logs: all 36 fields.
pub const DEFAULT_TGW_FORMAT: &str = "version resource-type account-id tgw-id tgw-attachment-id \
    tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id \
    tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id \
    tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
    log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded \
    packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service \
    pkt-dst-aws-service";

/// The field of this name, written with hyphens as in text files or with
/// underscores as in Parquet files.
#[must_use]
pub fn field(name: &str) -> Option<&'static FieldInfo> {
    FIELDS.iter().find(|f| same_name(f.name, name))
}

/// Equal but for hyphens and underscores. The length decides almost always.
fn same_name(known: &str, name: &str) -> bool {
    known.len() == name.len()
        && known
            .bytes()
            .zip(name.bytes())
            .all(|(k, n)| k == n || (k == b'-' && n == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_distinct_and_documented() {
        let names: BTreeSet<_> = FIELDS.iter().map(|f| f.name).collect();
        assert_eq!(names.len(), FIELDS.len());
        for f in FIELDS {
            assert!(f.vpc || f.tgw, "{}", f.name);
            assert!(!f.doc.is_empty() && !f.doc.ends_with('.'), "{}", f.name);
            assert!(
                f.name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            );
        }
    }

    #[test]
    fn each_version_has_as_many_fields_as_aws_says() {
        let up_to = |v: u8| FIELDS.iter().filter(|f| f.vpc && f.version <= v).count();
        let counts: Vec<_> = [2, 3, 4, 5, 7, 8, 9, 10, 11].map(up_to).to_vec();
        assert_eq!(counts, [14, 21, 25, 29, 39, 40, 41, 42, 54]);
        assert_eq!(FIELDS.iter().filter(|f| f.tgw).count(), 36);
    }

    #[test]
    fn the_default_formats_agree_with_the_table() {
        let second: Vec<_> = FIELDS
            .iter()
            .filter(|f| f.version == 2)
            .map(|f| f.name)
            .collect();
        assert_eq!(DEFAULT_VPC_FORMAT.split(' ').collect::<Vec<_>>(), second);
        let tgw: BTreeSet<_> = FIELDS.iter().filter(|f| f.tgw).map(|f| f.name).collect();
        let default: Vec<_> = DEFAULT_TGW_FORMAT.split(' ').collect();
        assert_eq!(default.len(), 36);
        assert_eq!(default.into_iter().collect::<BTreeSet<_>>(), tgw);
    }

    #[test]
    fn a_field_is_found_by_either_name() {
        for f in FIELDS {
            assert_eq!(field(f.name), Some(f));
            assert_eq!(field(&f.column_name()), Some(f));
        }
        for unknown in [
            "",
            "srcaddr ",
            "SRCADDR",
            "pkt+srcaddr",
            "eni-0050644426037aa0f",
        ] {
            assert_eq!(field(unknown), None, "{unknown}");
        }
    }
}
