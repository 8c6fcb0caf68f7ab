//! One line of a flow log, in the default format and in a custom one.

use super::format::{Column, Format};
use crate::text::number;
use crate::world::{Account, Interface, Region, Vpc, aws_service};
use std::io::Write as _;
use std::net::IpAddr;

/// Whether the network let it through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Accept,
    Reject,
}

impl Action {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
        }
    }
}

/// Where outgoing traffic goes; the numbers are those of `traffic-path`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// Incoming.
    Ingress,
    /// 1.
    SameVpc,
    /// 4.
    Peering,
    /// 7.
    GatewayEndpoint,
    /// 8.
    Internet,
}

impl Path {
    const fn number(self) -> &'static str {
        match self {
            Self::Ingress => "-",
            Self::SameVpc => "1",
            Self::Peering => "4",
            Self::GatewayEndpoint => "7",
            Self::Internet => "8",
        }
    }
}

/// A flow at one interface in one direction.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) source: IpAddr,
    pub(crate) target: IpAddr,
    /// The packet's own addresses, where a gateway stands between.
    pub(crate) packet_source: Option<IpAddr>,
    pub(crate) packet_target: Option<IpAddr>,
    pub(crate) source_port: u16,
    pub(crate) target_port: u16,
    pub(crate) protocol: u8,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    /// Seconds since 1970.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) action: Action,
    /// TCP flags of the interval, OR-ed; ACK alone is 0.
    pub(crate) flags: u8,
    pub(crate) path: Path,
    /// Whether nobody encrypts it where the rest of the VPC is encrypted.
    pub(crate) clear: bool,
}

/// Whose line it is.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) account: &'a Account,
    pub(crate) vpc: &'a Vpc,
    pub(crate) region: Region,
    pub(crate) interface: &'a Interface,
}

/// An interval in which nothing was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// There was nothing.
    NoData,
    /// AWS lost it.
    SkipData,
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn address(out: &mut Vec<u8>, address: IpAddr) {
    if let IpAddr::V4(v4) = address {
        let [a, b, c, d] = v4.octets();
        number(out, u64::from(a));
        for octet in [b, c, d] {
            out.push(b'.');
            number(out, u64::from(octet));
        }
    } else {
        // Writing into memory cannot fail.
        let _ = write!(out, "{address}");
    }
}

fn secs(out: &mut Vec<u8>, secs: i64) {
    number(out, u64::try_from(secs).unwrap_or(0));
}

fn service(out: &mut Vec<u8>, address: IpAddr) {
    let name = match address {
        IpAddr::V4(v4) => aws_service(v4.octets()).map(|s| s.name()),
        IpAddr::V6(_) => None,
    };
    text(out, name.unwrap_or("-"));
}

impl Owner<'_> {
    /// A column that depends on the interface only.
    fn column(&self, column: Column, format: Format, out: &mut Vec<u8>) {
        match column {
            Column::Version => text(out, if format == Format::Default { "2" } else { "10" }),
            Column::AccountId => text(out, &self.account.id),
            Column::InterfaceId => text(out, &self.interface.id),
            Column::VpcId => text(out, &self.vpc.id),
            Column::SubnetId => text(out, &self.interface.subnet),
            Column::InstanceId => text(out, &self.interface.instance),
            Column::Region => text(out, self.region.name),
            Column::AzId => {
                text(out, self.region.zone);
                number(out, u64::from(self.interface.zone));
            }
            Column::SrcAddr
            | Column::DstAddr
            | Column::SrcPort
            | Column::DstPort
            | Column::Protocol
            | Column::Packets
            | Column::Bytes
            | Column::Start
            | Column::End
            | Column::Action
            | Column::LogStatus
            | Column::TcpFlags
            | Column::Type
            | Column::PktSrcAddr
            | Column::PktDstAddr
            | Column::SublocationType
            | Column::SublocationId
            | Column::PktSrcAwsService
            | Column::PktDstAwsService
            | Column::FlowDirection
            | Column::TrafficPath
            | Column::EncryptionStatus => out.push(b'-'),
        }
    }

    /// Appends the line of an interval without data.
    pub(crate) fn write_gap(
        &self,
        gap: Gap,
        (start, end): (i64, i64),
        format: Format,
        out: &mut Vec<u8>,
    ) {
        for (n, (column, _)) in format.columns().enumerate() {
            if n > 0 {
                out.push(b' ');
            }
            if *column == Column::Start {
                secs(out, start);
            } else if *column == Column::End {
                secs(out, end);
            } else if *column == Column::LogStatus {
                text(
                    out,
                    if gap == Gap::NoData {
                        "NODATA"
                    } else {
                        "SKIPDATA"
                    },
                );
            } else {
                self.column(*column, format, out);
            }
        }
        out.push(b'\n');
    }
}

impl Line {
    /// Appends the line.
    pub(crate) fn write(&self, owner: &Owner<'_>, format: Format, out: &mut Vec<u8>) {
        for (n, (column, _)) in format.columns().enumerate() {
            if n > 0 {
                out.push(b' ');
            }
            self.column(*column, owner, format, out);
        }
        out.push(b'\n');
    }

    /// What encryption controls say: 1 where the hardware encrypts, 2 where a
    /// service of AWS is spoken to over TLS, 0 where neither; of the internet
    /// they know nothing.
    fn encryption(&self, source: IpAddr, target: IpAddr) -> &'static str {
        let inside = |a: IpAddr| matches!(a, IpAddr::V4(a) if a.is_private());
        let of_aws = |a: IpAddr| matches!(a, IpAddr::V4(a) if aws_service(a.octets()).is_some());
        let tls = self.source_port == 443 || self.target_port == 443;
        if self.action == Action::Reject {
            "-"
        } else if inside(source) && inside(target) {
            if self.clear { "0" } else { "1" }
        } else if tls && (of_aws(source) || of_aws(target)) {
            "2"
        } else {
            "-"
        }
    }

    fn column(&self, column: Column, owner: &Owner<'_>, format: Format, out: &mut Vec<u8>) {
        let packet_source = self.packet_source.unwrap_or(self.source);
        let packet_target = self.packet_target.unwrap_or(self.target);
        match column {
            Column::SrcAddr => address(out, self.source),
            Column::DstAddr => address(out, self.target),
            Column::SrcPort => number(out, u64::from(self.source_port)),
            Column::DstPort => number(out, u64::from(self.target_port)),
            Column::Protocol => number(out, u64::from(self.protocol)),
            Column::Packets => number(out, self.packets),
            Column::Bytes => number(out, self.bytes),
            Column::Start => secs(out, self.start),
            Column::End => secs(out, self.end),
            Column::Action => text(out, self.action.name()),
            Column::LogStatus => text(out, "OK"),
            Column::TcpFlags => number(out, u64::from(self.flags)),
            Column::Type => text(
                out,
                if self.source.is_ipv4() {
                    "IPv4"
                } else {
                    "IPv6"
                },
            ),
            Column::PktSrcAddr => address(out, packet_source),
            Column::PktDstAddr => address(out, packet_target),
            Column::PktSrcAwsService => service(out, packet_source),
            Column::PktDstAwsService => service(out, packet_target),
            Column::FlowDirection => {
                text(
                    out,
                    if self.path == Path::Ingress {
                        "ingress"
                    } else {
                        "egress"
                    },
                );
            }
            Column::TrafficPath => text(out, self.path.number()),
            Column::EncryptionStatus => text(out, self.encryption(packet_source, packet_target)),
            Column::Version
            | Column::AccountId
            | Column::InterfaceId
            | Column::VpcId
            | Column::SubnetId
            | Column::InstanceId
            | Column::Region
            | Column::AzId
            | Column::SublocationType
            | Column::SublocationId => owner.column(column, format, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Environment, REGIONS, Tier};

    fn with_owner(test: impl Fn(&Owner<'_>)) {
        let account = Account::new(1, 1, 3);
        let vpc = Vpc::new(1, Environment::Production, 0);
        let interface = vpc.of(Tier::App).next().unwrap();
        test(&Owner {
            account: &account,
            vpc: &vpc,
            region: REGIONS[0],
            interface,
        });
    }

    fn line() -> Line {
        Line {
            source: "10.16.10.10".parse().unwrap(),
            target: "192.0.2.245".parse().unwrap(),
            packet_source: None,
            packet_target: Some("203.0.113.9".parse().unwrap()),
            source_port: 40_000,
            target_port: 443,
            protocol: 6,
            packets: 10,
            bytes: 840,
            start: 1_772_409_600,
            end: 1_772_409_650,
            action: Action::Accept,
            flags: 3,
            path: Path::GatewayEndpoint,
            clear: false,
        }
    }

    #[test]
    fn the_default_format_is_that_of_aws() {
        assert_eq!(
            Format::Default.header(),
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets \
             bytes start end action log-status\n"
        );
        with_owner(|owner| {
            let mut out = Vec::new();
            line().write(owner, Format::Default, &mut out);
            let text = String::from_utf8(out).unwrap();
            let eni = &owner.interface.id;
            let want = format!(
                "2 222233334444 {eni} 10.16.10.10 192.0.2.245 40000 443 6 10 840 1772409600 1772409650 ACCEPT OK\n"
            );
            assert_eq!(text, want);
        });
    }

    #[test]
    fn the_custom_format_has_every_column() {
        with_owner(|owner| {
            let mut out = Vec::new();
            line().write(owner, Format::Custom, &mut out);
            let text = String::from_utf8(out).unwrap();
            let header = Format::Custom.header();
            let column = |name: &str| {
                let at = header.split_whitespace().position(|h| h == name).unwrap();
                text.split_whitespace().nth(at).unwrap()
            };
            assert_eq!(column("version"), "10");
            assert_eq!(column("pkt-srcaddr"), "10.16.10.10");
            assert_eq!(column("pkt-dstaddr"), "203.0.113.9");
            assert_eq!(column("pkt-dst-aws-service"), "-");
            assert_eq!(column("tcp-flags"), "3");
            assert_eq!(column("az-id"), "euc1-az1");
            assert_eq!(
                (column("flow-direction"), column("traffic-path")),
                ("egress", "7")
            );
            assert_eq!(column("encryption-status"), "-");
            assert!(column("instance-id").starts_with("i-0"));
        });
    }

    #[test]
    fn encryption_is_known_inside_and_at_services() {
        let status = |source: &str, target: &str, clear: bool| {
            let line = Line {
                source: source.parse().unwrap(),
                target: target.parse().unwrap(),
                packet_target: None,
                clear,
                ..line()
            };
            line.encryption(line.source, line.target)
        };
        assert_eq!(status("10.16.10.10", "10.16.20.10", false), "1");
        assert_eq!(status("10.16.10.10", "10.16.20.10", true), "0");
        assert_eq!(status("10.16.10.10", "192.0.2.245", false), "2");
        assert_eq!(status("10.16.10.10", "203.0.113.9", true), "-");
        let refused = Line {
            action: Action::Reject,
            target: "10.16.20.10".parse().unwrap(),
            ..line()
        };
        assert_eq!(refused.encryption(refused.source, refused.target), "-");
    }

    #[test]
    fn a_gap_has_no_packet_fields() {
        with_owner(|owner| {
            for (gap, name) in [(Gap::NoData, "NODATA"), (Gap::SkipData, "SKIPDATA")] {
                let mut out = Vec::new();
                owner.write_gap(gap, (100, 159), Format::Default, &mut out);
                let eni = &owner.interface.id;
                let want = format!("2 222233334444 {eni} - - - - - - - 100 159 - {name}\n");
                assert_eq!(String::from_utf8(out).unwrap(), want);
            }
        });
    }
}
