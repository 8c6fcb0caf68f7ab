//! Findings and planted violations held against each other, line by line.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_detect::Finding;
use flowtrail_simulate::{Label, Violation};

use super::organisation::{Line, Organisation};

/// From this port on services have ports that clients have, too: in a log
/// without flags nobody can tell which of two such ports is the service's.
const CLIENT_PORTS_FROM: u16 = 32_768;

/// What a rule says of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    Accepted(&'static str),
    Tried(&'static str),
}

/// The rules that decide by the matrix alone.
pub(super) const SAYS: [(&str, Said); 10] = [
    ("forbidden_traffic_accepted", Said::Accepted("forbidden")),
    ("forbidden_host_reached", Said::Accepted("forbidden")),
    ("forbidden_destination_reached", Said::Accepted("forbidden")),
    ("undeclared_traffic_accepted", Said::Accepted("undeclared")),
    ("undeclared_host_reached", Said::Accepted("undeclared")),
    (
        "undeclared_destination_reached",
        Said::Accepted("undeclared"),
    ),
    ("forbidden_traffic_refused", Said::Tried("forbidden")),
    ("forbidden_attempts_of_host", Said::Tried("forbidden")),
    ("forbidden_traffic_insisted", Said::Tried("forbidden")),
    ("undeclared_traffic_unanswered", Said::Tried("undeclared")),
];

/// Rules on particular ways: what they see was let through.
pub(super) const PARTICULAR: [&str; 6] = [
    "production_store_reached",
    "production_reached",
    "database_reached_outside_application",
    "graph_database_reached",
    "ssh_around_bastion",
    "isolated_tiers_talk",
];

pub(super) fn name(finding: &Finding) -> &str {
    finding.rule.name.as_deref().unwrap()
}

pub(super) fn said(finding: &Finding) -> Option<Said> {
    let of_matrix = SAYS.iter().find(|(rule, _)| *rule == name(finding));
    of_matrix.map(|(_, said)| *said)
}

/// Whether the line is one of the violation, in one direction or the other.
pub(super) fn is_of(line: &Line, v: &Violation) -> bool {
    let opened = |opener: &(String, u16), server: &(String, u16)| {
        opener.0 == v.srcaddr && *server == (v.dstaddr.clone(), v.dstport)
    };
    let ends = opened(&line.source, &line.target) || opened(&line.target, &line.source);
    ends && line.protocol == v.protocol && (v.start..=v.end).contains(&line.start)
}

/// Whether a finding over segments names those of the violation.
pub(super) fn names_the_ends(finding: &Finding, v: &Violation) -> bool {
    let value = |key: &str| finding.group.iter().find(|(k, _)| k == key).map(|g| &g.1);
    let place = |end: &str, short: &str| {
        let environment = value(&format!("{end}_environment"));
        let environment = environment.or(value(&format!("flowtrail.{short}.env")))?;
        let segment = value(&format!("{end}_segment"));
        let segment = segment.or(value(&format!("flowtrail.{short}.segment")))?;
        Some(format!("{environment}/{segment}"))
    };
    let same = |end, short, label: &str| place(end, short).is_none_or(|p| p == label);
    same("source", "src", &v.source) && same("target", "dst", &v.target)
}

/// What has to be said of a violation: one of these.
pub(super) fn due(v: &Violation) -> Vec<Said> {
    match v.outcome {
        "accepted" => vec![Said::Accepted(v.policy)],
        "refused" => vec![Said::Tried(v.policy)],
        // Let through to where nobody was: the target's log says that it came
        // in, that of the source only that it was tried.
        "unanswered" => vec![Said::Accepted(v.policy), Said::Tried(v.policy)],
        other => panic!("{other}"),
    }
}

/// How many were planted and how many of them were found, by policy and outcome.
pub(super) type Counts = BTreeMap<(&'static str, &'static str), (u32, u32)>;

/// What came of the search.
#[derive(Default)]
pub(super) struct Search {
    pub(super) counts: Counts,
    /// Planted, not found, and not to be told apart from its answer.
    pub(super) untold: BTreeSet<(&'static str, u16)>,
    pub(super) missed: Vec<String>,
}

pub(super) fn search(labels: &[Label], evidence: &[(&Finding, Line)], flags: bool) -> Search {
    let mut result = Search::default();
    for label in labels {
        for v in &label.violations {
            let due = due(v);
            let found = evidence.iter().any(|(finding, line)| {
                let right = said(finding).is_some_and(|s| due.contains(&s));
                let refused = v.outcome != "refused" || line.action == "REJECT";
                right && refused && is_of(line, v) && names_the_ends(finding, v)
            });
            let count = result.counts.entry((v.policy, v.outcome)).or_default();
            count.0 += 1;
            if found {
                count.1 += 1;
            } else if !flags && v.dstport >= CLIENT_PORTS_FROM {
                result.untold.insert((label.attack.name(), v.dstport));
            } else {
                result.missed.push(format!("{}: {v:?}", label.attack));
            }
        }
    }
    result
}

/// Whether the line is one of an attack.
pub(super) fn is_planted(line: &Line, labels: &[Label]) -> bool {
    let mut flows = labels.iter().flat_map(|l| &l.traces.flows);
    let (source, target) = &line.logged;
    flows.any(|f| {
        let ends = (&f.srcaddr, &f.dstaddr) == (source, target);
        ends && f.interface == line.interface && (f.start..=f.end).contains(&line.start)
    })
}

/// Whether a line of a finding is there for a reason: what is said to have been
/// let through was, and what is said to have been tried was not answered.
pub(super) fn has_reason(finding: &Finding, line: &Line, labels: &[Label], flags: bool) -> bool {
    let violations = labels.iter().flat_map(|l| &l.violations);
    let mut of_line = violations.filter(|v| is_of(line, v));
    match said(finding) {
        Some(Said::Accepted(policy)) => {
            of_line.any(|v| v.policy == policy && v.outcome != "refused")
                // In the network that AWS makes the file knows the account alone.
                || (policy == "undeclared" && line.is_in_default_network() && is_planted(line, labels))
        }
        // What the matrix leaves undeclared and a filter refused is no
        // violation; the log of its source shows a try all the same.
        Some(Said::Tried("undeclared")) => is_planted(line, labels),
        // Without flags a short piece of a connection looks like a try.
        Some(Said::Tried(policy)) => {
            of_line.any(|v| v.policy == policy && (v.outcome != "accepted" || !flags))
        }
        None => of_line.any(|v| v.outcome == "accepted"),
    }
}

/// Lines that findings have and a negative has, too. A negative has no ports, so
/// that the lines of a violation between the same two at that time are let off.
pub(super) fn negatives_hit(
    organisation: &Organisation,
    evidence: &[(&Finding, Line)],
) -> Vec<String> {
    let negatives = organisation.summary.negatives.iter();
    let flows = negatives.flat_map(|n| n.flows.iter().map(move |f| (n.negative, f)));
    let flows: Vec<_> = flows.collect();
    assert!(flows.len() > 20);
    let labels = &organisation.summary.labels;
    let mut hit = Vec::new();
    for (finding, line) in evidence {
        let mut violations = labels.iter().flat_map(|l| &l.violations);
        if violations.any(|v| is_of(line, v)) {
            continue;
        }
        for (negative, f) in &flows {
            let ends = (&f.srcaddr, &f.dstaddr) == (&line.logged.0, &line.logged.1);
            let time = (f.start..=f.end).contains(&line.start);
            if ends && time && f.interface == line.interface {
                hit.push(format!("{negative}: {} {line:?}", name(finding)));
            }
        }
    }
    hit
}
