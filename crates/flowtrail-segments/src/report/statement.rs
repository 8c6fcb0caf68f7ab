//! Sentences on what was seen and what was not looked at: that nothing was seen
//! never means more than that.

use flowtrail_context::{End, Verdict};
use flowtrail_event::EventTime;

use super::build::connections;
use super::coverage::Looked;
use super::ends::{Blind, is_outside, means};
use super::text::connection_words;
use super::{EntryUse, Statement};
use crate::cell::{Cell, spanning};
use crate::words::{counted, duration, list, minute, number, percent};

/// Networks that are named in one sentence.
const NAMED_MAX: usize = 4;

/// Seconds that the records may begin late, or end early, without a word.
const EDGE_SECS: i64 = 3600;

impl Looked<'_> {
    /// A statement for each entry that forbids.
    pub(super) fn statements(&self, entries: &[EntryUse]) -> Vec<Statement> {
        let matrix = &self.counter.survey.context.declared().matrix;
        let general = self.general();
        let mut blind: Vec<(End, Blind)> = Vec::new();
        let mut statements = Vec::new();
        for (entry, used) in matrix.iter().zip(entries) {
            if entry.verdict != Verdict::Forbidden {
                continue;
            }
            for end in [entry.from, entry.to] {
                if !blind.iter().any(|(known, _)| *known == end) {
                    blind.push((end, self.blind(end)));
                }
            }
            let of = |end| blind.iter().find(|(known, _)| *known == end).map(|b| &b.1);
            let (Some(from), Some(to)) = (of(entry.from), of(entry.to)) else {
                continue;
            };
            let mut not = unlooked(from, to);
            not.extend(general.iter().cloned());
            statements.push(self.statement(used, not));
        }
        statements
    }

    fn statement(&self, used: &EntryUse, not_looked_at: Vec<String>) -> Statement {
        let mut whole = Cell::default();
        for (pair, cell) in &self.counter.cells {
            let ix = pair.decision.and_then(|d| d.1);
            if ix.is_some_and(|ix| ix + 1 == used.entry.number) {
                whole.merge(cell);
            }
        }
        let (passed, refused) = (connections(whole.passed()), connections(whole.refused()));
        let outcome = match (passed.connections, not_looked_at.is_empty()) {
            (0, true) => "not_seen",
            (0, false) => "not_seen_and_not_all_looked_at",
            _ => "seen",
        };
        let mut statement = Statement {
            entry: used.entry.clone(),
            outcome,
            passed,
            refused,
            not_looked_at,
            sentence: String::new(),
        };
        let times = spanning(whole.accepted.times, whole.unstated.times);
        statement.sentence = self.sentence(&statement, times);
        statement
    }

    fn sentence(&self, s: &Statement, times: Option<(EventTime, EventTime)>) -> String {
        let mut name = s.entry.name.replace(" -> ", " \u{2192} ");
        if s.entry.ports != ["any"] {
            let ports = list(&s.entry.ports, NAMED_MAX);
            name = format!("{name} ({ports})");
        }
        let (span, records) = (self.span(), self.extent());
        let refused = match s.refused.connections {
            0 => String::new(),
            _ => format!("; {} refused", connection_words(s.refused)),
        };
        let not = list(&s.not_looked_at, usize::MAX);
        if s.outcome == "seen" {
            let times = times.map_or_else(String::new, |(first, last)| {
                format!(" between {} and {}", minute(first), minute(last))
            });
            let end = if not.is_empty() {
                String::new()
            } else {
                format!(". There may be more: not looked at were {not}")
            };
            return format!(
                "{} {name} went through in {span}{times}{refused}; {records}{end}.",
                connection_words(s.passed)
            );
        }
        if s.outcome == "not_seen" {
            return format!("0 accepted {name} connections in {span}; {records}{refused}.");
        }
        format!(
            "Nothing accepted was seen of {name} in {span} ({records}){refused}, but not everything was looked at: {not}."
        )
    }

    /// `30 days`.
    fn span(&self) -> String {
        self.counter.times.map_or_else(
            || "no time at all".to_owned(),
            |(first, last)| duration(last.secs() - first.secs()),
        )
    }

    /// `12,400,000 records; SKIPDATA 0.01 %`.
    fn extent(&self) -> String {
        let counter = self.counter;
        let of_logs = counter.flows + counter.nodata + counter.skipdata;
        format!(
            "{}; SKIPDATA {}",
            counted(of_logs, "record"),
            percent(counter.skipdata, of_logs)
        )
    }

    /// What was not looked at of the places that an end means.
    fn blind(&self, end: End) -> Blind {
        let mut blind = Blind {
            outside: is_outside(end),
            ..Blind::default()
        };
        if blind.outside {
            return blind;
        }
        for network in &self.networks {
            if network.place.is_some_and(|p| means(end, &p)) {
                blind.declared = true;
                if network.report.interfaces == 0 {
                    let (cidrs, vpc) = (&network.report.cidrs, &network.report.vpc);
                    let vpc = vpc.as_ref().map(|v| format!(" in {v}"));
                    let cidrs = cidrs.join(", ");
                    blind
                        .networks
                        .push(format!("{cidrs}{}", vpc.unwrap_or_default()));
                }
            }
        }
        let declared = &self.counter.survey.context.declared().vpcs;
        for (vpc, report) in declared.iter().zip(&self.vpcs) {
            let place = flowtrail_context::Place {
                environment: vpc.environment,
                segment: vpc.segment,
                account: None,
                standing: flowtrail_context::Standing::Inside,
            };
            if (vpc.environment.is_some() || vpc.segment.is_some()) && means(end, &place) {
                blind.declared = true;
                if report.status == "silent" {
                    blind.networks.push(report.id.clone());
                }
            }
        }
        let of_end = |places: &[flowtrail_context::Place]| places.iter().any(|p| means(end, p));
        for known in self.interfaces.iter().filter(|k| of_end(&k.places)) {
            blind.gaps += u64::from(!known.gaps.is_empty());
            blind.lost += known.interface.skipdata;
        }
        let silent = self.silent.iter().filter(|(_, _, p)| means(end, p));
        blind.hosts = silent.count() as u64;
        blind
    }

    /// What concerns every statement.
    fn general(&self) -> Vec<String> {
        let mut all = Vec::new();
        let counter = self.counter;
        if counter.flows == 0 {
            all.push("anything, for there was no record of a flow".to_owned());
        }
        let unread = self.reading.unread_total;
        if unread > 0 {
            let objects = counted(unread, "object");
            all.push(format!("{objects} that could not be read to the end"));
        }
        let damaged = self.records().damaged;
        if damaged > 0 {
            let records = counted(damaged, "record");
            all.push(format!("{records} that could not be read"));
        }
        if counter.ambiguous > 0 {
            let records = counted(counter.ambiguous, "record");
            all.push(format!("{records} with an ambiguous address"));
        }
        if counter.bare > 0 {
            let records = counted(counter.bare, "record");
            all.push(format!("{records} without addresses or protocol"));
        }
        all.extend(self.edges());
        all
    }

    /// The time that was asked for and of which there is no record.
    fn edges(&self) -> Vec<String> {
        let mut edges = Vec::new();
        let Some((first, last)) = self.counter.times else {
            return edges;
        };
        if let Some(since) = self.reading.since
            && first.secs() - since.secs() > EDGE_SECS
        {
            edges.push(format!(
                "the time from {} to {}",
                minute(since),
                minute(first)
            ));
        }
        if let Some(until) = self.reading.until
            && until.secs() - last.secs() > EDGE_SECS
        {
            edges.push(format!(
                "the time from {} to {}",
                minute(last),
                minute(until)
            ));
        }
        edges
    }

    /// Everything that makes absence doubtful.
    pub(super) fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let counter = self.counter;
        let silent = |of: &[super::SourceReport], status: &str| -> Vec<String> {
            let all = of.iter().filter(|s| s.declared && s.status == status);
            all.map(|s| match &s.alias {
                Some(alias) => format!("{} ({alias})", s.id),
                None => s.id.clone(),
            })
            .collect()
        };
        let mut name = |what: &str, of: Vec<String>| {
            if !of.is_empty() {
                doubts.push(format!("{what}: {}", list(&of, 2 * NAMED_MAX)));
            }
        };
        name(
            "accounts without any record",
            silent(&self.account_reports(), "silent"),
        );
        name("VPCs without any record", silent(&self.vpcs, "silent"));
        name(
            "VPCs of which the format cannot tell, because it names none",
            silent(&self.vpcs, "unknown"),
        );
        for (status, what) in [
            ("not_seen", "networks of which nothing was seen"),
            (
                "seen_from_the_other_end",
                "networks without logs, seen only from the other end",
            ),
        ] {
            let all = self.networks.iter().filter(|n| n.report.status == status);
            let label = |n: &super::coverage::Watched| {
                format!("{} ({})", n.report.cidrs.join(", "), n.report.place)
            };
            name(what, all.map(label).collect());
        }
        doubts.extend(self.general());
        if counter.skipdata > 0 {
            doubts.push(format!(
                "{} of which AWS lost records",
                counted(counter.skipdata, "interval")
            ));
        }
        let ports = counter.openers.ports_no_flags;
        if ports > 0 {
            doubts.push(format!(
                "{} of a format without flags: only the ports told who opened ({} of all flows)",
                counted(ports, "record"),
                percent(ports, counter.flows)
            ));
        }
        if counter.undeclared > 0 {
            doubts.push(format!(
                "{} with a private address of which the file says nothing",
                counted(counter.undeclared, "record")
            ));
        }
        let gaps = self
            .interfaces
            .iter()
            .filter(|k| !k.gaps.is_empty())
            .count() as u64;
        if gaps > 0 {
            doubts.push(format!(
                "{} silent for longer than ten aggregation intervals",
                counted(gaps, "interface")
            ));
        }
        doubts
    }
}

/// What is not looked at between two ends: a connection is seen if one of its
/// ends reports.
fn unlooked(from: &Blind, to: &Blind) -> Vec<String> {
    let mut all = Vec::new();
    let unnamed = |b: &Blind| !b.outside && !b.declared;
    if unnamed(from) || unnamed(to) {
        all.push("an end for which the file has no network".to_owned());
    }
    let both =
        |what: fn(&Blind) -> bool| !(from.outside && to.outside) && from.is(what) && to.is(what);
    if both(|b| !b.networks.is_empty()) {
        let mut networks = from.networks.clone();
        networks.extend(to.networks.iter().cloned());
        networks.dedup();
        let networks = list(&networks, NAMED_MAX);
        all.push(format!("{networks}, where no interface reports"));
    }
    if both(|b| b.hosts > 0) {
        let hosts = number(from.hosts + to.hosts);
        all.push(format!("interfaces without logs: {hosts}"));
    }
    if both(|b| b.gaps > 0) {
        let gaps = counted(from.gaps + to.gaps, "interface");
        all.push(format!("gaps in the logs of {gaps}"));
    }
    if both(|b| b.lost > 0) {
        let lost = counted(from.lost + to.lost, "interval");
        all.push(format!("{lost} of which AWS lost records"));
    }
    all
}
