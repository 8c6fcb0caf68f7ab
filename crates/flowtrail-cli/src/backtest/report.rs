//! What is said of one rule, gathered once for both forms.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_detect::{Finding, Rise, Threshold};
use flowtrail_event::{Kind, Service};
use flowtrail_sigma::{Correlation, CorrelationIx, RuleMeta, RuleSet, Services};
use flowtrail_table::services_of;

use super::budget::{self, Bound, Comparison, Of, Rises};
use super::compare::{Difference, Known, Overlap, length};
use super::days::{Daily, Span, number};

/// What a run came to.
pub(super) struct Ran {
    /// Findings of the tested rules, in order.
    pub(super) tested: Vec<Finding>,
    /// Findings of the current rules, from the level on that was asked for.
    pub(super) current: Vec<Finding>,
    pub(super) rises: BTreeMap<CorrelationIx, Vec<Rise>>,
    /// Records judged, by log.
    pub(super) records: [u64; Service::ALL.len()],
    pub(super) span: Span,
    /// Findings that were counted and not kept.
    pub(super) over_limit: u64,
}

impl Ran {
    /// Records of these logs.
    pub(super) fn records_of(&self, services: Services) -> u64 {
        services
            .iter()
            .filter_map(|s| self.records.get(s.index()))
            .sum()
    }
}

/// What was asked for.
pub(super) struct Wishes {
    pub(super) budget: u64,
    pub(super) samples: usize,
    pub(super) top: usize,
}

/// Names and how many findings each has, most first.
pub(super) struct Top {
    pub(super) what: &'static str,
    pub(super) names: Vec<(String, u64)>,
    /// Names that are left out.
    pub(super) more: u64,
    /// Findings without such a name.
    pub(super) without: u64,
}

/// What stands behind a rule's findings.
pub(super) enum Limit {
    /// A correlation, whose number can be moved.
    Moved(Moved),
    /// A rule, or a condition without a number: what a correlation over it
    /// would have to ask for. Empty where it is within the budget as it is.
    Over(Vec<Grouping>),
}

/// Thresholds of a correlation.
pub(super) struct Moved {
    pub(super) own: Comparison,
    /// For the worst day; none where any threshold is within the budget.
    pub(super) worst: Option<Comparison>,
    pub(super) median: Option<Comparison>,
    /// Some thresholds and what each would have found, laxest first.
    pub(super) table: Vec<(Comparison, Daily)>,
}

/// A correlation over a rule that would be within the budget.
pub(super) struct Grouping {
    /// Field to group by; none for all together.
    pub(super) field: Option<&'static str>,
    pub(super) timespan: &'static str,
    /// At least so many; none where any number will do.
    pub(super) least: f64,
    pub(super) daily: Daily,
}

/// Everything about one rule.
pub(super) struct Report<'r> {
    pub(super) meta: &'r RuleMeta,
    pub(super) correlation: Option<&'r Correlation>,
    pub(super) logs: Vec<&'static str>,
    pub(super) findings: Vec<&'r Finding>,
    pub(super) suppressed: u64,
    pub(super) untimed: u64,
    /// Records of the logs that it looks at.
    pub(super) records: u64,
    pub(super) daily: Daily,
    pub(super) tops: Vec<Top>,
    pub(super) samples: Vec<&'r Finding>,
    pub(super) limit: Limit,
    pub(super) overlap: Overlap<'r>,
    /// The current rule whose place it takes, and what that does.
    pub(super) difference: Option<(String, Difference<'r>)>,
}

impl<'r> Report<'r> {
    pub(super) fn new(
        meta: &'r Arc<RuleMeta>,
        (rules, before): (&'r RuleSet, Option<&str>),
        ran: &'r Ran,
        known: &Known<'r>,
        wishes: &Wishes,
    ) -> Self {
        let findings: Vec<&Finding> = ran.tested.iter().filter(|f| f.rule.id == meta.id).collect();
        let windows = (0..).map(CorrelationIx).zip(rules.correlations().iter());
        let window = windows.into_iter().find(|(_, c)| c.meta.id == meta.id);
        let services = match window {
            Some((_, c)) => services_of(rules, c),
            None => {
                let rule = rules.rules().iter().find(|r| r.meta.id == meta.id);
                rule.map_or(Services::NONE, |r| r.services)
            }
        };
        let mut daily = Daily::new(ran.span);
        findings
            .iter()
            .filter_map(|f| f.first)
            .for_each(|t| daily.add(t));
        let same: Vec<&str> = before.into_iter().chain([meta.id.as_str()]).collect();
        let limit = match window.and_then(|(ix, c)| moved(c, ran.rises.get(&ix)?, ran.span, wishes))
        {
            Some(moved) => Limit::Moved(moved),
            None if daily.most() <= wishes.budget => Limit::Over(Vec::new()),
            None => Limit::Over(groupings(&findings, services, ran.span, wishes.budget)),
        };
        let difference = before.map(|id| {
            let old: Vec<&Finding> = ran.current.iter().filter(|f| f.rule.id == id).collect();
            (id.to_owned(), Difference::new(&old, &findings))
        });
        Self {
            meta,
            correlation: window.map(|(_, c)| c),
            logs: services.iter().map(Service::name).collect(),
            suppressed: count(&findings, |f| f.suppressed.is_some()),
            untimed: count(&findings, |f| f.first.is_none()),
            records: ran.records_of(services),
            tops: tops(&findings, wishes.top),
            samples: spread(&findings, wishes.samples),
            overlap: known.overlap(&findings, &same),
            limit,
            daily,
            difference,
            findings,
        }
    }

    /// Findings for each thousand records of its logs.
    pub(super) fn per_thousand(&self) -> f64 {
        let found = number(length(self.findings.len()));
        if self.records == 0 {
            0.0
        } else {
            found * 1000.0 / number(self.records)
        }
    }
}

fn count(findings: &[&Finding], is: impl Fn(&Finding) -> bool) -> u64 {
    length(findings.iter().filter(|f| is(f)).count())
}

/// Some findings, evenly spread over all.
pub(super) fn spread<'f>(findings: &[&'f Finding], n: usize) -> Vec<&'f Finding> {
    let places: BTreeSet<usize> = (0..n)
        .map(|i| i * findings.len().saturating_sub(1) / n.saturating_sub(1).max(1))
        .collect();
    let places = places.into_iter();
    places.filter_map(|at| findings.get(at).copied()).collect()
}

/// `iam:CreateUser`, or where a flow went.
pub(super) fn api(f: &Finding) -> Option<String> {
    let facts = &f.facts;
    match (&facts.event_source, &facts.event_name, &f.flow) {
        (Some(source), Some(name), _) => Some(format!("{source}:{name}")),
        (None, Some(name), _) => Some(name.clone()),
        (_, None, Some(flow)) => {
            let port = flow.dst_port.map_or_else(String::new, |p| p.to_string());
            Some(format!(
                "{} port {port}",
                flow.action.as_deref().unwrap_or("flow to")
            ))
        }
        (_, None, None) => None,
    }
}

/// `userIdentity.arn=…, sourceIPAddress=…`
pub(super) fn group(f: &Finding) -> Option<String> {
    let pairs: Vec<_> = f.group.iter().map(|(k, v)| format!("{k}={v}")).collect();
    (!pairs.is_empty()).then(|| pairs.join(", "))
}

type Name = fn(&Finding) -> Option<String>;

fn tops(findings: &[&Finding], max: usize) -> Vec<Top> {
    let all: [(&'static str, Name); 5] = [
        ("group", group),
        ("principal", |f| f.facts.actor.principal.clone()),
        ("account", |f| f.facts.account.clone()),
        ("source", |f| f.facts.source.clone()),
        ("api", api),
    ];
    let top = |(what, name): (&'static str, Name)| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut without = 0;
        for finding in findings {
            match name(finding) {
                Some(name) => *counts.entry(name).or_insert(0) += 1,
                None => without += 1,
            }
        }
        let mut names: Vec<_> = counts.into_iter().collect();
        names.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
        let more = length(names.len().saturating_sub(max));
        names.truncate(max);
        Top {
            what,
            names,
            more,
            without,
        }
    };
    let all = all.into_iter().map(top);
    all.filter(|t| !t.names.is_empty()).collect()
}

/// The thresholds of a correlation, if its condition has one to move.
fn moved(c: &Correlation, rises: &[Rise], span: Span, wishes: &Wishes) -> Option<Moved> {
    let like = Threshold::of(c)?;
    let counts = budget::counts(c);
    let rises = Rises { rises, span };
    let within = |of| Comparison::within(rises.bound(wishes.budget, of), like, counts);
    let (worst, median) = (within(Of::Worst), within(Of::Median));
    let own = Comparison {
        op: like.op,
        number: like.number,
    };
    let strict = |c: &Comparison| c.op != like.op;
    // Rows with the rule's own operator, and those that need another one.
    let found = [Some(own), worst, median].into_iter().flatten();
    let (other, same): (Vec<_>, Vec<_>) = found.partition(strict);
    let shown: Vec<f64> = same.iter().map(|c| like.signed(c.number)).collect();
    let mut rows: Vec<Comparison> = rises
        .ladder(&shown)
        .into_iter()
        .map(|at| Comparison {
            op: like.op,
            number: like.signed(at),
        })
        .collect();
    rows.extend(other);
    rows.sort_by(|a, b| like.signed(a.number).total_cmp(&like.signed(b.number)));
    rows.dedup();
    let table = rows.into_iter().map(|row| (row, row.daily(&rises, like)));
    Some(Moved {
        own,
        worst,
        median,
        table: table.collect(),
    })
}

/// Timespans that a correlation over a rule may have.
const TIMESPANS: [(&str, i64); 3] = [("10m", 600_000), ("1h", 3_600_000), ("1d", 86_400_000)];

/// What a count over the findings of a rule would have to ask for.
fn groupings(findings: &[&Finding], services: Services, span: Span, budget: u64) -> Vec<Grouping> {
    let is_flow = services.of_kind(Kind::CloudTrail).is_empty();
    let fields: [(Option<&'static str>, Name); 4] = if is_flow {
        [
            (Some("srcaddr"), |f| f.facts.source.clone()),
            (Some("interface-id"), |f| f.flow.as_ref()?.interface.clone()),
            (Some("account-id"), |f| f.facts.account.clone()),
            (None, |_| Some(String::new())),
        ]
    } else {
        [
            (Some("flowtrail.principal"), |f| {
                f.facts.actor.principal.clone()
            }),
            (Some("sourceIPAddress"), |f| f.facts.source.clone()),
            (Some("recipientAccountId"), |f| f.facts.account.clone()),
            (None, |_| Some(String::new())),
        ]
    };
    let mut all = Vec::new();
    for (field, name) in fields {
        let mut groups: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for finding in findings {
            if let (Some(name), Some(time)) = (name(finding), finding.first) {
                groups.entry(name).or_default().push(time.0);
            }
        }
        if groups.is_empty() {
            continue;
        }
        for (timespan, ms) in TIMESPANS {
            let mut rises = Vec::new();
            for times in groups.values_mut() {
                budget::of_times(times, ms, &mut rises);
            }
            let rises = Rises {
                rises: &rises,
                span,
            };
            let least = match rises.bound(budget, Of::Worst) {
                Bound::Any => 1.0,
                Bound::Above(at) => at.floor() + 1.0,
            };
            let daily = rises.daily(least, false);
            all.push(Grouping {
                field,
                timespan,
                least,
                daily,
            });
        }
    }
    all
}
