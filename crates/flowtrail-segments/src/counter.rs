//! Counts flow records by who opened the connection to whom.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use flowtrail_context::{Connection, Context, Derivation, Place, Side, Standing};
use flowtrail_event::{Event, EventTime, Flow, Kind, Note, Projection, Sink, Skip};

use crate::cell::{Cell, Hits, Opened, Pair, spanning};
use crate::coarse::{Area, Coarse, Service, Talk};
use crate::distinct::connection;
use crate::flows::{Action, FlowRecord, FlowSlots, Status};
use crate::interfaces::Interfaces;
use crate::words::id;

/// Addresses of declared networks that are known one by one.
pub(crate) const ADDRESSES_MAX: usize = 65_536;
/// Addresses that the file leaves in doubt and that are counted one by one.
pub(crate) const ODD_MAX: usize = 4096;
/// VPCs, accounts and regions that are kept; of more the first by their ids.
pub(crate) const NAMES_MAX: usize = 10_000;

/// What is asked of each flow record: fields of the log and what a context file
/// makes of them. It is made once and shared by all [`Counter`]s of a run.
#[derive(Debug)]
pub struct Survey {
    pub(crate) slots: FlowSlots,
    pub(crate) derivation: Derivation,
    pub(crate) context: Arc<Context>,
}

impl Survey {
    /// Adds the fields that are needed to a projection over flow logs. It has to
    /// be called before a reader is made for the projection. `None` if the
    /// projection asks for a derived field that does not exist.
    #[must_use]
    pub fn plan(projection: &mut Projection, context: &Arc<Context>) -> Option<Self> {
        let slots = FlowSlots::plan(projection);
        // A connection's places and verdict are known if this one is asked for.
        projection.slot("flowtrail.policy");
        Some(Self {
            slots,
            derivation: Derivation::plan(projection, Kind::Flow, Some(context)).ok()?,
            context: Arc::clone(context),
        })
    }
}

/// What told who opened a connection, in records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Openers {
    /// Flags of TCP.
    pub(crate) flags: u64,
    /// The ports, because the format has no flags.
    pub(crate) ports_no_flags: u64,
    /// The ports, because the record has no SYN or the protocol no flags.
    pub(crate) ports_no_syn: u64,
    /// Neither: protocols without ports, or equal ports.
    pub(crate) neither: u64,
}

/// Counts flow records. Each worker has one; [`Counter::merge`] joins them, in
/// any order, and the sums are the same as if one had read everything.
#[derive(Debug, Clone)]
pub struct Counter {
    pub(crate) survey: Arc<Survey>,
    pub(crate) cells: HashMap<Pair, Cell>,
    pub(crate) interfaces: Interfaces,
    pub(crate) openers: Openers,
    /// Records of flow logs, by what they stand for.
    pub(crate) flows: u64,
    pub(crate) nodata: u64,
    pub(crate) skipdata: u64,
    /// Records of flows without addresses, ports or a protocol.
    pub(crate) bare: u64,
    /// Records of other logs.
    pub(crate) calls: u64,
    /// Records that name no VPC, by their account.
    pub(crate) no_vpc: BTreeMap<Box<str>, u64>,
    pub(crate) vpcs: BTreeMap<Box<str>, u64>,
    pub(crate) accounts: BTreeMap<Box<str>, u64>,
    pub(crate) ambiguous: u64,
    pub(crate) ambiguous_at: Coarse<Area, u64, ODD_MAX>,
    pub(crate) undeclared: u64,
    pub(crate) undeclared_at: Coarse<Area, u64, ODD_MAX>,
    /// Addresses of declared networks.
    pub(crate) inside: Coarse<Area, u64, ADDRESSES_MAX>,
    pub(crate) times: Option<(EventTime, EventTime)>,
}

impl Sink for Counter {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        if event.service.kind() != Kind::Flow {
            self.calls += 1;
            return Flow::Continue;
        }
        let survey = Arc::clone(&self.survey);
        let seen = survey.derivation.connection(event);
        let record = survey.slots.read(event);
        self.times = spanning(self.times, record.start.zip(record.end));
        self.source(&record);
        match record.status {
            Status::NoData => self.nodata += 1,
            Status::SkipData => self.skipdata += 1,
            Status::Flow => {
                self.flows += 1;
                match seen {
                    Some(seen) => self.flow(&record, &seen),
                    None => self.bare += 1,
                }
            }
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

impl Counter {
    /// A counter that has seen nothing.
    #[must_use]
    pub fn new(survey: &Arc<Survey>) -> Self {
        Self {
            survey: Arc::clone(survey),
            cells: HashMap::new(),
            interfaces: Interfaces::default(),
            openers: Openers::default(),
            flows: 0,
            nodata: 0,
            skipdata: 0,
            bare: 0,
            calls: 0,
            no_vpc: BTreeMap::new(),
            vpcs: BTreeMap::new(),
            accounts: BTreeMap::new(),
            ambiguous: 0,
            ambiguous_at: Coarse::default(),
            undeclared: 0,
            undeclared_at: Coarse::default(),
            inside: Coarse::default(),
            times: None,
        }
    }

    /// Adds what another counter of the same survey has counted.
    pub fn merge(&mut self, other: Self) {
        for (pair, cell) in other.cells {
            self.cells.entry(pair).or_default().merge(&cell);
        }
        self.interfaces.merge(other.interfaces);
        self.openers.flags += other.openers.flags;
        self.openers.ports_no_flags += other.openers.ports_no_flags;
        self.openers.ports_no_syn += other.openers.ports_no_syn;
        self.openers.neither += other.openers.neither;
        self.flows += other.flows;
        self.nodata += other.nodata;
        self.skipdata += other.skipdata;
        self.bare += other.bare;
        self.calls += other.calls;
        for (own, others) in [
            (&mut self.no_vpc, other.no_vpc),
            (&mut self.vpcs, other.vpcs),
            (&mut self.accounts, other.accounts),
        ] {
            for (name, n) in others {
                *own.entry(name).or_default() += n;
            }
            bound(own);
        }
        self.ambiguous += other.ambiguous;
        self.ambiguous_at.merge(&other.ambiguous_at);
        self.undeclared += other.undeclared;
        self.undeclared_at.merge(&other.undeclared_at);
        self.inside.merge(&other.inside);
        self.times = spanning(self.times, other.times);
    }

    /// Who reported it.
    fn source(&mut self, record: &FlowRecord<'_>) {
        self.interfaces.add(record);
        let account = record.account.unwrap_or(b"unknown");
        tick(&mut self.accounts, account);
        let vpcs = [record.vpc, record.far_vpcs[0], record.far_vpcs[1]];
        vpcs.into_iter()
            .flatten()
            .for_each(|v| tick(&mut self.vpcs, v));
        if vpcs.iter().all(Option::is_none) {
            tick(&mut self.no_vpc, account);
        }
    }

    fn flow(&mut self, record: &FlowRecord<'_>, seen: &Connection) {
        let ends = [
            (record.true_source, seen.source),
            (record.true_destination, seen.destination),
        ];
        let standing = |is: fn(Standing) -> bool| ends.iter().any(|(_, p)| is(p.standing));
        let ambiguous = |s| matches!(s, Standing::Ambiguous);
        let private = |s| matches!(s, Standing::Private);
        self.ambiguous += u64::from(standing(ambiguous));
        self.undeclared += u64::from(standing(private));
        for (address, place) in ends {
            let Some(address) = address.map(Area::of) else {
                continue;
            };
            match place.standing {
                Standing::Inside => self.inside.add(address, &1),
                Standing::Ambiguous => self.ambiguous_at.add(address, &1),
                Standing::Private => self.undeclared_at.add(address, &1),
                Standing::Internet | Standing::Trusted { .. } => {}
            }
        }
        let Some(opened) = self.opened(record, seen) else {
            self.bare += 1;
            return;
        };
        self.count(record, seen, &opened);
    }

    fn count(&mut self, record: &FlowRecord<'_>, seen: &Connection, opened: &Opened) {
        let (from, to) = match opened.by {
            Side::Source => (seen.source, seen.destination),
            Side::Destination => (seen.destination, seen.source),
        };
        let pair = Pair {
            from: place(from),
            to: place(to),
            decision: seen.decision.map(|d| (d.verdict, d.entry)),
        };
        let cell = self.cells.entry(pair).or_default();
        match record.action {
            Action::Accepted => cell.accepted.count(record, opened),
            Action::Rejected => cell.rejected.count(record, opened),
            Action::Unstated => cell.unstated.count(record, opened),
        }
        if let (Some(from), Some(to)) = (opened.from, opened.to)
            && record.action != Action::Rejected
            && opened.by == Side::Destination
        {
            cell.answered
                .add(connection(from, to, opened.service.protocol));
        }
        cell.by_ports += u64::from(opened.by_ports);
        let hits = Hits::of(record.action, record.bytes);
        cell.ports.add(opened.service, &hits);
        if let (Some(from), Some(to)) = (opened.from, opened.to) {
            let (from, to) = (Area::of(from.0), Area::of(to.0));
            cell.talkers.add(Talk { from, to }, &hits);
        }
    }

    /// Who opened the connection, as the verdict has it: the verdict may have
    /// found that the higher port is the service's.
    fn opened(&mut self, record: &FlowRecord<'_>, seen: &Connection) -> Option<Opened> {
        let protocol = record.protocol?;
        let has_ports = matches!(protocol, 6 | 17);
        let flagged = protocol == 6 && record.is_flagged();
        let equal = record.source_port == record.destination_port;
        let by_ports = has_ports && !flagged && !equal;
        match (flagged, by_ports, record.flags) {
            (true, ..) => self.openers.flags += 1,
            (false, true, None) if protocol == 6 => self.openers.ports_no_flags += 1,
            (false, true, _) => self.openers.ports_no_syn += 1,
            (false, false, _) => self.openers.neither += 1,
        }
        let likely = seen.initiator.unwrap_or(Side::Source);
        let by = match seen.decision {
            Some(decision) if !flagged && self.verdict(record, seen, likely) != Some(decision) => {
                other(likely)
            }
            Some(_) | None => likely,
        };
        let source = record.true_source.map(|a| (a, record.source_port));
        let destination = record
            .true_destination
            .map(|a| (a, record.destination_port));
        let (from, to) = match by {
            Side::Source => (source, destination),
            Side::Destination => (destination, source),
        };
        let port = match by {
            Side::Source => record.destination_port,
            Side::Destination => record.source_port,
        };
        Some(Opened {
            by,
            from,
            to,
            service: Service::new(protocol, if has_ports { port } else { 0 }),
            by_ports,
        })
    }

    /// What the matrix says if that side opened it.
    fn verdict(
        &self,
        record: &FlowRecord<'_>,
        seen: &Connection,
        by: Side,
    ) -> Option<flowtrail_context::Decision> {
        let (from, to, port) = match by {
            Side::Source => (&seen.source, &seen.destination, record.destination_port),
            Side::Destination => (&seen.destination, &seen.source, record.source_port),
        };
        self.survey
            .context
            .verdict(from, to, record.protocol?, port)
    }
}

const fn other(side: Side) -> Side {
    match side {
        Side::Source => Side::Destination,
        Side::Destination => Side::Source,
    }
}

/// A place without its account, and without what does not tell it from others.
const fn place(place: Place) -> Place {
    let standing = match place.standing {
        Standing::Trusted { network, .. } => Standing::Trusted {
            network,
            public: true,
        },
        same
        @ (Standing::Inside | Standing::Internet | Standing::Private | Standing::Ambiguous) => same,
    };
    Place {
        account: None,
        standing,
        ..place
    }
}

fn tick(names: &mut BTreeMap<Box<str>, u64>, name: &[u8]) {
    if let Some(n) = std::str::from_utf8(name)
        .ok()
        .and_then(|t| names.get_mut(t))
    {
        *n += 1;
        return;
    }
    *names.entry(id(name)).or_default() += 1;
    bound(names);
}

fn bound(names: &mut BTreeMap<Box<str>, u64>) {
    while names.len() > NAMES_MAX {
        names.pop_last();
    }
}
