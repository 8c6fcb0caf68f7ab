//! From sums to the report.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_context::{
    Context, Entry, Network, Place, Ports, Scope, Standing, Transport, Verdict,
};
use flowtrail_event::EventTime;

use super::coverage::Looked;
use super::{
    Connections, ContextName, EntryName, EntryUse, FORMAT, PairReport, PortReport, Reading, Report,
    Span, SumReport, TalkerReport,
};
use crate::Counter;
use crate::cell::{Cell, Hits, Number, Pair, Sum};
use crate::words::plain;

/// Ports and talkers of a pair that are named.
const TOP: usize = 10;

impl Counter {
    /// The report on everything that was counted.
    #[must_use]
    pub fn report(&self, reading: &Reading) -> Report {
        let context = &*self.survey.context;
        let looked = Looked::new(self, reading);
        let pairs = self.pairs();
        let entries = entry_uses(context, &self.cells.iter().collect::<Vec<_>>());
        let statements = looked.statements(&entries);
        let (places, pairs_unseen) = self.places();
        Report {
            format: FORMAT,
            context: ContextName {
                file: plain(context.file()),
                version: context.version().to_owned(),
            },
            span: self.times.map(|(first, last)| Span {
                first: first.to_string(),
                last: last.to_string(),
                secs: last.secs() - first.secs(),
            }),
            since: reading.since.map(|t| t.to_string()),
            until: reading.until.map(|t| t.to_string()),
            places,
            pairs,
            entries,
            pairs_unseen,
            statements,
            coverage: looked.coverage(),
        }
    }

    fn pairs(&self) -> Vec<PairReport> {
        let context = &*self.survey.context;
        let mut all: Vec<_> = self.cells.iter().collect();
        all.sort_by_cached_key(|(pair, cell)| {
            let records = cell.accepted.records + cell.rejected.records + cell.unstated.records;
            let passed = cell.passed().0;
            let entry = pair.decision.and_then(|d| d.1);
            let names = (context.place_name(&pair.from), context.place_name(&pair.to));
            (
                rank(pair),
                passed == 0,
                std::cmp::Reverse(records),
                names,
                entry,
            )
        });
        let report = |(pair, cell): (&Pair, &Cell)| pair_report(context, pair, cell);
        all.into_iter().map(report).collect()
    }

    /// The places that the file declares or that were met, in the order of the
    /// file, and how many pairs of declared ones were not seen.
    fn places(&self) -> (Vec<String>, u64) {
        let context = &*self.survey.context;
        let mut places: BTreeMap<_, Place> = BTreeMap::new();
        let declared = declared_places(context);
        let met = self.cells.keys().flat_map(|p| [p.from, p.to]);
        for place in declared.iter().copied().chain(met) {
            places.insert(order(&place), place);
        }
        let inside: BTreeSet<_> = declared.iter().map(order).collect();
        let seen: BTreeSet<_> = self
            .cells
            .keys()
            .map(|p| (order(&p.from), order(&p.to)))
            .filter(|(a, b)| inside.contains(a) && inside.contains(b))
            .collect();
        let all = inside.len() * inside.len();
        let names = places.values().map(|p| plain(&context.place_name(p)));
        (names.collect(), (all - seen.len()) as u64)
    }
}

/// The order of places: those inside as the file names them, then those outside.
fn order(place: &Place) -> (u8, u32, Option<u32>, Option<u32>) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let environment = place.environment.map(|e| number(e.index()));
    let segment = place.segment.map(|s| number(s.index()));
    let (sort, network) = match place.standing {
        Standing::Inside => (0, 0),
        Standing::Trusted { network, .. } => (1, number(network.index())),
        Standing::Internet => (2, 0),
        Standing::Private => (3, 0),
        Standing::Ambiguous => (4, 0),
    };
    (sort, network, environment, segment)
}

/// The places of the file's networks and VPCs, each once.
pub(super) fn declared_places(context: &Context) -> Vec<Place> {
    let declared = context.declared();
    let networks = declared
        .networks
        .iter()
        .filter_map(|n| network_place(context, n));
    let vpcs = declared.vpcs.iter().filter_map(|v| {
        (v.environment.is_some() || v.segment.is_some()).then_some(Place {
            environment: v.environment,
            segment: v.segment,
            account: None,
            standing: Standing::Inside,
        })
    });
    let mut places: BTreeMap<_, Place> = BTreeMap::new();
    for place in networks.chain(vpcs) {
        places.entry(order(&place)).or_insert(place);
    }
    places.into_values().collect()
}

/// What the addresses of a network of the file are.
pub(super) fn network_place(context: &Context, network: &Network) -> Option<Place> {
    let declared = context.declared();
    let vpc = network.vpc.and_then(|ix| declared.vpcs.get(ix.index()));
    let account = network
        .account
        .and_then(|ix| declared.accounts.get(ix.index()));
    let scope = Scope {
        vpc: vpc.map(|v| v.id.as_bytes()),
        account: account.map(|a| a.id.as_bytes()),
    };
    let before = |t: EventTime| EventTime(t.0.saturating_sub(1));
    let at = network.valid.from.or(network.valid.until.map(before));
    let near = vpc.is_some() || account.is_some();
    let place = context.endpoint(network.cidrs.first()?.addr(), scope, near, at);
    place.is_inside().then_some(Place {
        account: None,
        ..place
    })
}

/// The worst first.
fn rank(pair: &Pair) -> u8 {
    match pair.decision.map(|d| d.0) {
        Some(Verdict::Forbidden) => 0,
        Some(Verdict::Undeclared) => 1,
        Some(Verdict::Allowed) => 2,
        None => 3,
    }
}

fn pair_report(context: &Context, pair: &Pair, cell: &Cell) -> PairReport {
    let entry = pair.decision.and_then(|d| d.1);
    let ports = cell.ports.top(TOP, Hits::records);
    let talkers = cell.talkers.top(TOP, Hits::records);
    PairReport {
        from: plain(&context.place_name(&pair.from)),
        to: plain(&context.place_name(&pair.to)),
        verdict: pair.decision.map_or("unspoken", |d| d.0.name()),
        entry: entry.and_then(|ix| entry_name(context, ix)),
        passed: connections(cell.passed()),
        refused: connections(cell.refused()),
        accepted: sum_report(&cell.accepted),
        rejected: sum_report(&cell.rejected),
        unstated: sum_report(&cell.unstated),
        opener_by_ports: cell.by_ports,
        ports: ports
            .iter()
            .map(|(port, hits)| PortReport {
                port: port.to_string(),
                accepted: hits.accepted,
                rejected: hits.rejected,
                unstated: hits.unstated,
            })
            .collect(),
        ports_seen: cell.ports.len() as u64,
        ports_grouped: cell.ports.level() > 0,
        talkers: talkers
            .iter()
            .map(|(talk, hits)| TalkerReport {
                from: talk.from.to_string(),
                to: talk.to.to_string(),
                accepted: hits.accepted,
                rejected: hits.rejected,
                unstated: hits.unstated,
                bytes: hits.bytes,
            })
            .collect(),
        talkers_seen: cell.talkers.len() as u64,
        talkers_grouped: cell.talkers.level() > 0,
    }
}

pub(super) const fn connections((connections, exact): Number) -> Connections {
    Connections { connections, exact }
}

fn sum_report(sum: &Sum) -> SumReport {
    SumReport {
        records: sum.records,
        packets_from_opener: sum.packets_up,
        packets_to_opener: sum.packets_down,
        bytes_from_opener: sum.bytes_up,
        bytes_to_opener: sum.bytes_down,
        first: sum.times.map(|t| t.0.to_string()),
        last: sum.times.map(|t| t.1.to_string()),
    }
}

/// The entry with this number in the matrix.
fn entry_name(context: &Context, ix: u32) -> Option<EntryName> {
    let entry: &Entry = context.declared().matrix.get(ix as usize)?;
    Some(EntryName {
        number: ix + 1,
        line: entry.line,
        verdict: match entry.verdict {
            Verdict::Allowed => "allow",
            Verdict::Forbidden => "forbid",
            Verdict::Undeclared => "undeclared",
        },
        name: plain(&context.entry_name(entry)),
        ports: entry.ports.iter().map(|p| ports(*p)).collect(),
    })
}

fn entry_uses(context: &Context, cells: &[(&Pair, &Cell)]) -> Vec<EntryUse> {
    let mut hits: BTreeMap<u32, Hits> = BTreeMap::new();
    for (pair, cell) in cells {
        let Some(ix) = pair.decision.and_then(|d| d.1) else {
            continue;
        };
        let sum = hits.entry(ix).or_default();
        sum.accepted += cell.accepted.records;
        sum.rejected += cell.rejected.records;
        sum.unstated += cell.unstated.records;
    }
    let uses = (0..).zip(&context.declared().matrix).filter_map(|(ix, _)| {
        let hits = hits.get(&ix).cloned().unwrap_or_default();
        Some(EntryUse {
            entry: entry_name(context, ix)?,
            unused: hits.records() == 0,
            accepted: hits.accepted,
            rejected: hits.rejected,
            unstated: hits.unstated,
        })
    });
    uses.collect()
}

/// Ports as the file writes them.
fn ports(ports: Ports) -> String {
    match ports {
        Ports::Any => "any".to_owned(),
        Ports::Icmp => "icmp".to_owned(),
        Ports::Protocol(n) => format!("protocol/{n}"),
        Ports::Range(transport, first, last) => {
            let name = match transport {
                Some(Transport::Tcp) => "tcp/",
                Some(Transport::Udp) => "udp/",
                None => "",
            };
            match (first, last) {
                (0, u16::MAX) if transport.is_some() => name.trim_end_matches('/').to_owned(),
                (first, last) if first == last => format!("{name}{first}"),
                (first, last) => format!("{name}{first}-{last}"),
            }
        }
    }
}
