//! One flow record in the fields that are counted.

use std::net::IpAddr;

use flowtrail_event::{Event, EventTime, Projection, Service, SlotId, Value};

/// One line a field: the name in code and AWS's name.
macro_rules! fields {
    ($($name:ident = $path:literal,)+) => {
        #[derive(Debug, Clone)]
        pub(crate) struct FlowSlots { $($name: SlotId,)+ }

        impl FlowSlots {
            /// Adds the fields to a projection over flow logs.
            pub(crate) fn plan(projection: &mut Projection) -> Self {
                Self { $($name: projection.slot($path),)+ }
            }
        }
    };
}

fields! {
    account = "account-id",
    interface = "interface-id",
    resource = "resource-id",
    attachment = "tgw-attachment-id",
    vpc = "vpc-id",
    subnet = "subnet-id",
    source = "srcaddr",
    destination = "dstaddr",
    packet_source = "pkt-srcaddr",
    packet_destination = "pkt-dstaddr",
    source_port = "srcport",
    destination_port = "dstport",
    protocol = "protocol",
    packets = "packets",
    bytes = "bytes",
    start = "start",
    end = "end",
    action = "action",
    status = "log-status",
    flags = "tcp-flags",
    direction = "flow-direction",
    source_vpc = "tgw-src-vpc-id",
    destination_vpc = "tgw-dst-vpc-id",
}

/// What the network did with a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    Accepted,
    Rejected,
    /// The record does not say: transit gateways log no action.
    Unstated,
}

/// What a record stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// A flow.
    Flow,
    /// An interval in which nothing happened.
    NoData,
    /// An interval of which AWS lost records.
    SkipData,
}

/// The end that is the interface's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Near {
    Source,
    Destination,
    Unknown,
}

/// A flow record. What is absent or no number is `None`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlowRecord<'e> {
    pub(crate) service: Service,
    pub(crate) account: Option<&'e [u8]>,
    /// The interface, else the gateway or the attachment that logs.
    pub(crate) interface: Option<&'e [u8]>,
    pub(crate) vpc: Option<&'e [u8]>,
    pub(crate) subnet: Option<&'e [u8]>,
    /// VPCs that a transit gateway names.
    pub(crate) far_vpcs: [Option<&'e [u8]>; 2],
    /// The addresses as the interface has them.
    pub(crate) source: Option<IpAddr>,
    pub(crate) destination: Option<IpAddr>,
    /// The addresses in the packet, where they are logged; else the same.
    pub(crate) true_source: Option<IpAddr>,
    pub(crate) true_destination: Option<IpAddr>,
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) protocol: Option<u8>,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) start: Option<EventTime>,
    pub(crate) end: Option<EventTime>,
    pub(crate) action: Action,
    pub(crate) status: Status,
    pub(crate) flags: Option<u64>,
    pub(crate) near: Near,
}

impl FlowSlots {
    /// Reads the fields of an event.
    pub(crate) fn read<'e>(&self, event: &'e Event<'_>) -> FlowRecord<'e> {
        let text = |slot| text(event, slot);
        let count = |slot| number(event, slot);
        let port = |slot| count(slot).and_then(|n| u16::try_from(n).ok()).unwrap_or(0);
        let time = |slot| {
            let secs = i64::try_from(count(slot)?).ok()?;
            Some(EventTime::from_secs(secs))
        };
        let (source, destination) = (
            address(event, self.source),
            address(event, self.destination),
        );
        let id = text(self.interface);
        FlowRecord {
            service: event.service,
            account: text(self.account),
            interface: id
                .or_else(|| text(self.resource))
                .or_else(|| text(self.attachment)),
            vpc: text(self.vpc),
            subnet: text(self.subnet),
            far_vpcs: [text(self.source_vpc), text(self.destination_vpc)],
            source,
            destination,
            true_source: address(event, self.packet_source).or(source),
            true_destination: address(event, self.packet_destination).or(destination),
            source_port: port(self.source_port),
            destination_port: port(self.destination_port),
            protocol: count(self.protocol).and_then(|n| u8::try_from(n).ok()),
            packets: count(self.packets).unwrap_or(0),
            bytes: count(self.bytes).unwrap_or(0),
            start: time(self.start).or(event.time),
            end: time(self.end).or(event.time),
            action: match text(self.action) {
                Some(b"ACCEPT") => Action::Accepted,
                Some(b"REJECT") => Action::Rejected,
                Some(_) | None => Action::Unstated,
            },
            status: match text(self.status) {
                Some(b"NODATA") => Status::NoData,
                Some(b"SKIPDATA") => Status::SkipData,
                Some(_) | None => Status::Flow,
            },
            flags: count(self.flags),
            near: match text(self.direction) {
                Some(b"egress") => Near::Source,
                Some(b"ingress") => Near::Destination,
                Some(_) | None => Near::Unknown,
            },
        }
    }
}

impl FlowRecord<'_> {
    /// Whether the flags tell who opened the connection: SYN, alone or in a
    /// VPC's log together with ACK.
    pub(crate) fn is_flagged(&self) -> bool {
        const SYN: u64 = 2;
        const ACK: u64 = 16;
        let transit = self.service == Service::TgwFlow;
        self.flags
            .is_some_and(|f| f & SYN != 0 && (f & ACK == 0 || !transit))
    }
}

fn text<'e>(event: &'e Event<'_>, slot: SlotId) -> Option<&'e [u8]> {
    event
        .first(slot)
        .and_then(Value::text)
        .filter(|t| !t.is_empty())
}

fn number(event: &Event<'_>, slot: SlotId) -> Option<u64> {
    std::str::from_utf8(text(event, slot)?).ok()?.parse().ok()
}

fn address(event: &Event<'_>, slot: SlotId) -> Option<IpAddr> {
    let text = std::str::from_utf8(text(event, slot)?).ok()?;
    Some(text.parse::<IpAddr>().ok()?.to_canonical())
}
