//! What was looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use flowtrail_context::{AccountIx, Network, Place, Scope, VpcIx};
use flowtrail_event::{EventTime, SkipReason};
use ipnet::IpNet;

use super::build::network_place;
use super::{
    Coverage, GapReport, InterfaceReport, LossReport, NetworkReport, Objects, OddAddress,
    OddAddresses, OpenerReport, Reading, Records, SkipCount, SourceReport, UnreadObject,
};
use crate::Counter;
use crate::coarse::{Area, Coarse};
use crate::counter::ODD_MAX;
use crate::interfaces::{GAP_INTERVALS, Interface};
use crate::words::plain;

/// Interfaces, addresses and objects that are named one by one.
const NAMED_MAX: usize = 20;

/// An interface with what the file and its records make of it.
pub(super) struct Known<'c> {
    pub(super) id: &'c str,
    pub(super) interface: &'c Interface,
    pub(super) places: Vec<Place>,
    pub(super) gaps: Vec<(EventTime, EventTime)>,
}

/// A network of the file with what is known of it.
pub(super) struct Watched {
    pub(super) place: Option<Place>,
    pub(super) report: NetworkReport,
}

/// Everything that is needed to say what was looked at.
pub(super) struct Looked<'c> {
    pub(super) counter: &'c Counter,
    pub(super) reading: &'c Reading,
    pub(super) interfaces: Vec<Known<'c>>,
    pub(super) networks: Vec<Watched>,
    pub(super) vpcs: Vec<SourceReport>,
    /// Addresses of declared networks that do not report, with their places.
    pub(super) silent: Vec<(Area, u64, Place)>,
}

impl<'c> Looked<'c> {
    pub(super) fn new(counter: &'c Counter, reading: &'c Reading) -> Self {
        let interfaces: Vec<_> = counter
            .interfaces
            .iter()
            .map(|(id, i)| known(counter, id, i))
            .collect();
        let mut looked = Self {
            counter,
            reading,
            interfaces,
            networks: Vec::new(),
            vpcs: Vec::new(),
            silent: Vec::new(),
        };
        looked.networks = looked.watched();
        looked.vpcs = looked.vpc_reports();
        looked.silent = looked.silent_hosts();
        looked
    }

    pub(super) fn coverage(&self) -> Coverage {
        let counter = self.counter;
        let openers = counter.openers;
        Coverage {
            records: self.records(),
            objects: self.objects(),
            interfaces: self.interface_report(),
            accounts: self.account_reports(),
            vpcs: self.vpcs.clone(),
            networks: self.networks.iter().map(|n| n.report.clone()).collect(),
            silent_hosts: OddAddresses {
                count: self.silent.len() as u64,
                top: top(self.silent.iter().map(|(a, n, _)| (*a, *n)).collect()),
            },
            openers: OpenerReport {
                by_flags: openers.flags,
                by_ports_without_flags: openers.ports_no_flags,
                by_ports_without_syn: openers.ports_no_syn,
                by_neither: openers.neither,
            },
            ambiguous: odd(counter.ambiguous, &counter.ambiguous_at),
            undeclared: odd(counter.undeclared, &counter.undeclared_at),
            doubts: self.doubts(),
        }
    }

    pub(super) fn records(&self) -> Records {
        let (counter, tally) = (self.counter, &self.reading.tally);
        let of_logs = counter.flows + counter.nodata + counter.skipdata;
        let skipped = SkipReason::ALL.into_iter().map(|reason| SkipCount {
            reason: reason.name(),
            records: tally.skipped(reason),
            expected: reason.is_expected(),
        });
        let skipped: Vec<_> = skipped.filter(|s| s.records > 0).collect();
        let damaged = skipped.iter().filter(|s| !s.expected);
        Records {
            read: tally.records,
            flows: counter.flows,
            nodata: counter.nodata,
            skipdata: counter.skipdata,
            skipdata_share: share(counter.skipdata, of_logs),
            other_logs: counter.calls,
            without_ends: counter.bare,
            damaged: damaged.map(|s| s.records).sum(),
            skipped,
        }
    }

    fn objects(&self) -> Objects {
        let named = self.reading.unread.iter().take(NAMED_MAX);
        Objects {
            read: self.reading.tally.objects,
            unread: self.reading.unread_total,
            named: named
                .map(|(object, reason)| UnreadObject {
                    object: plain(object),
                    reason: plain(reason),
                })
                .collect(),
        }
    }

    fn interface_report(&self) -> InterfaceReport {
        let mut gaps: Vec<GapReport> = self.interfaces.iter().filter_map(gap_report).collect();
        gaps.sort_by_key(|g| std::cmp::Reverse(g.longest_secs));
        let lossy = self.interfaces.iter().filter(|k| k.interface.skipdata > 0);
        let mut lossy: Vec<LossReport> = lossy
            .map(|k| LossReport {
                interface: k.id.to_owned(),
                skipdata: k.interface.skipdata,
            })
            .collect();
        lossy.sort_by_key(|l| std::cmp::Reverse(l.skipdata));
        lossy.truncate(NAMED_MAX);
        let with_gaps = gaps.len() as u64;
        gaps.truncate(NAMED_MAX);
        InterfaceReport {
            reporting: self.counter.interfaces.len() as u64,
            more: self.counter.interfaces.more,
            with_gaps,
            gaps,
            lossy,
        }
    }

    fn alias(&self, account: Option<AccountIx>) -> Option<String> {
        let accounts = &self.counter.survey.context.declared().accounts;
        let account = accounts.get(account?.index())?;
        Some(plain(&account.alias))
    }

    fn environment(&self, ix: Option<flowtrail_context::EnvironmentIx>) -> Option<String> {
        let environments = &self.counter.survey.context.declared().environments;
        Some(plain(environments.get(ix?.index())?))
    }

    pub(super) fn account_reports(&self) -> Vec<SourceReport> {
        let declared = self.counter.survey.context.declared();
        let own = declared.accounts.iter().filter(|a| !a.partner);
        let records = |id: &str| self.counter.accounts.get(id).copied().unwrap_or(0);
        let mut all: Vec<SourceReport> = own
            .map(|a| SourceReport {
                id: a.id.clone(),
                alias: Some(plain(&a.alias)),
                environment: self.environment(a.environment),
                declared: true,
                records: records(&a.id),
                status: status(records(&a.id)),
            })
            .collect();
        let named: BTreeSet<&str> = declared.accounts.iter().map(|a| a.id.as_str()).collect();
        all.extend(others(&self.counter.accounts, &named));
        all
    }

    fn vpc_reports(&self) -> Vec<SourceReport> {
        let declared = self.counter.survey.context.declared();
        let mut all: Vec<SourceReport> = Vec::new();
        for vpc in &declared.vpcs {
            let records = self.counter.vpcs.get(&*vpc.id).copied().unwrap_or(0);
            let account = vpc.account.and_then(|ix| declared.accounts.get(ix.index()));
            // Its account writes a format without the VPC, or somebody does.
            let unnamed = match account {
                Some(account) => self.counter.no_vpc.contains_key(&*account.id),
                None => !self.counter.no_vpc.is_empty(),
            };
            let environment = vpc.environment.or(account.and_then(|a| a.environment));
            all.push(SourceReport {
                id: vpc.id.clone(),
                alias: self.alias(vpc.account),
                environment: self.environment(environment),
                declared: true,
                records,
                status: if records == 0 && unnamed {
                    "unknown"
                } else {
                    status(records)
                },
            });
        }
        let named: BTreeSet<&str> = declared.vpcs.iter().map(|v| v.id.as_str()).collect();
        all.extend(others(&self.counter.vpcs, &named));
        all
    }

    /// The networks of the file that were valid at some time of the records.
    fn watched(&self) -> Vec<Watched> {
        let context = &*self.counter.survey.context;
        let valid = |n: &&Network| match self.counter.times {
            Some((first, last)) => {
                n.valid.from.is_none_or(|from| from <= last)
                    && n.valid.until.is_none_or(|until| first < until)
            }
            None => true,
        };
        let met: Vec<IpNet> = {
            let all = self.counter.inside.sorted();
            all.into_iter().map(|(area, _)| area.0).collect()
        };
        let networks = context.declared().networks.iter().filter(valid);
        let watched = networks.map(|network| {
            let interfaces = self.interfaces.iter();
            let interfaces = interfaces.filter(|k| self.lies_in(k, network)).count() as u64;
            let place = network_place(context, network);
            let vpc = network.vpc.and_then(|ix| self.vpc_id(ix));
            let met = network.cidrs.iter().any(|cidr| meets(&met, cidr));
            let report = NetworkReport {
                cidrs: network.cidrs.iter().map(ToString::to_string).collect(),
                place: place.map_or_else(String::new, |p| plain(&context.place_name(&p))),
                vpc: vpc.map(str::to_owned),
                line: network.line,
                interfaces,
                status: match (interfaces, met) {
                    (0, false) => "not_seen",
                    (0, true) => "seen_from_the_other_end",
                    (_, _) => "reports",
                },
            };
            Watched { place, report }
        });
        watched.collect()
    }

    fn vpc_id(&self, ix: VpcIx) -> Option<&str> {
        let vpcs = &self.counter.survey.context.declared().vpcs;
        vpcs.get(ix.index()).map(|v| v.id.as_str())
    }

    /// Whether an interface has an address of a network, as far as VPC and
    /// account are known.
    fn lies_in(&self, known: &Known<'_>, network: &Network) -> bool {
        let interface = known.interface;
        let agrees = |own: Option<&str>, other: Option<&str>| match (own, other) {
            (Some(own), Some(other)) => own == other,
            (None, _) | (_, None) => true,
        };
        let accounts = &self.counter.survey.context.declared().accounts;
        let account = network.account.and_then(|ix| accounts.get(ix.index()));
        agrees(
            interface.vpc.as_deref(),
            network.vpc.and_then(|ix| self.vpc_id(ix)),
        ) && agrees(interface.account.as_deref(), account.map(|a| a.id.as_str()))
            && interface
                .addresses()
                .any(|a| network.cidrs.iter().any(|cidr| cidr.contains(&a)))
    }

    fn silent_hosts(&self) -> Vec<(Area, u64, Place)> {
        let context = &*self.counter.survey.context;
        let own: BTreeSet<IpAddr> = self
            .interfaces
            .iter()
            .flat_map(|k| k.interface.addresses())
            .collect();
        let met = self.counter.inside.sorted().into_iter();
        let reports = |area: &Area| {
            let (first, last) = (area.0.network(), area.0.broadcast());
            own.range(first..=last).next().is_some()
        };
        let silent = met.filter(|(area, _)| !reports(area));
        let at = self.counter.times.map(|t| t.1);
        silent
            .map(|(area, n)| {
                let place = context.endpoint(area.0.addr(), Scope::default(), false, at);
                (area, *n, place)
            })
            .collect()
    }
}

fn known<'c>(counter: &'c Counter, id: &'c str, interface: &'c Interface) -> Known<'c> {
    let scope = Scope {
        vpc: interface.vpc.as_deref().map(str::as_bytes),
        account: interface.account.as_deref().map(str::as_bytes),
    };
    let context = &counter.survey.context;
    let at = counter.times.map(|t| t.1);
    let places = interface
        .addresses()
        .map(|a| context.endpoint(a, scope, true, at));
    let min_secs = GAP_INTERVALS * interface.interval_secs();
    Known {
        id,
        interface,
        places: places.collect(),
        gaps: interface.active.gaps(min_secs),
    }
}

fn gap_report(known: &Known<'_>) -> Option<GapReport> {
    let secs = |gap: &(EventTime, EventTime)| gap.1.secs() - gap.0.secs();
    // Of equal ones the first.
    let longest = known.gaps.iter().rev().max_by_key(|gap| secs(gap))?;
    Some(GapReport {
        interface: known.id.to_owned(),
        account: known.interface.account.as_deref().map(str::to_owned),
        vpc: known.interface.vpc.as_deref().map(str::to_owned),
        gaps: known.gaps.len() as u64,
        silent_secs: known.gaps.iter().map(secs).sum(),
        longest_from: longest.0.to_string(),
        longest_to: longest.1.to_string(),
        longest_secs: secs(longest),
    })
}

const fn status(records: u64) -> &'static str {
    if records == 0 { "silent" } else { "reports" }
}

/// Accounts or VPCs that were seen and that the file does not name.
fn others(seen: &BTreeMap<Box<str>, u64>, named: &BTreeSet<&str>) -> Vec<SourceReport> {
    let others = seen.iter().filter(|(id, _)| !named.contains(&***id));
    others
        .map(|(id, records)| SourceReport {
            id: id.to_string(),
            alias: None,
            environment: None,
            declared: false,
            records: *records,
            status: "reports",
        })
        .collect()
}

/// Whether one of the networks, which are in order, overlaps a prefix.
fn meets(met: &[IpNet], cidr: &IpNet) -> bool {
    // Networks that do not overlap each other are in the order of addresses.
    let behind = met.partition_point(|m| m.network() < cidr.network());
    let next = met.get(behind).is_some_and(|m| cidr.contains(m));
    let around = behind.checked_sub(1).and_then(|n| met.get(n));
    next || met.get(behind).is_some_and(|m| m.contains(cidr))
        || around.is_some_and(|m| m.contains(cidr))
}

fn odd(count: u64, at: &Coarse<Area, u64, ODD_MAX>) -> OddAddresses {
    let all = at.sorted().into_iter().map(|(a, n)| (a, *n)).collect();
    OddAddresses {
        count,
        top: top(all),
    }
}

fn top(mut all: Vec<(Area, u64)>) -> Vec<OddAddress> {
    all.sort_by_key(|(area, n)| (std::cmp::Reverse(*n), *area));
    all.truncate(NAMED_MAX);
    let address = |(area, records): (Area, u64)| OddAddress {
        address: area.to_string(),
        records,
    };
    all.into_iter().map(address).collect()
}

/// A share from 0 to 1; 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
