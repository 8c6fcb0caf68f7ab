//! What an object came to, as metrics.

use std::collections::BTreeSet;

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_detect::{DetectLoss, Finding, WindowLoss};
use flowtrail_event::{Service, SkipReason};
use flowtrail_scan::ObjectReport;

/// Adds the account of one object at `now`, in seconds since the epoch.
pub fn add_report(board: &mut Board, report: &ObjectReport, now: i64) {
    let tally = &report.tally;
    board.add(Metric::Objects, 1);
    board.add(Metric::Records, tally.records);
    board.add(Metric::InflatedBytes, tally.bytes_inflated);
    for (service, n) in Service::ALL.into_iter().zip(report.by_service) {
        board.add_service(Metric::Evaluated, service, n);
    }
    for reason in SkipReason::ALL {
        board.add_reason(Metric::Skipped, reason.name(), tally.skipped(reason));
    }
    if let Some(fault) = &report.fault {
        board.add_reason(Metric::ObjectsFailed, fault.kind.name(), 1);
    }
    if let Some((first, last)) = report.times {
        // A clock that runs ahead of ours is no lag.
        let age = |secs: i64| u64::try_from(now - secs).unwrap_or(0);
        board.record(Metric::IngestLag, age(last.secs()));
        board.record(Metric::OldestEventAge, age(first.secs()));
    }
}

/// Adds a finding, once; of those rules that are `measured` also by its rule.
pub fn add_finding(
    board: &mut Board,
    metric: Metric,
    finding: &Finding,
    measured: &BTreeSet<String>,
) {
    let level = finding.rule.level;
    board.add_level(metric, level, 1);
    if metric == Metric::Findings {
        if measured.contains(&finding.rule.id) {
            board.add_rule(&finding.rule.id, 1);
        }
        if let Some(time) = finding.last {
            board.add_at(level, time.secs(), 1);
        }
    }
}

/// Adds what was counted and not kept.
pub fn add_loss(board: &mut Board, loss: &DetectLoss) {
    let reduced = |board: &mut Board, reason, n| {
        board.add_reason(Metric::StateReduced, reason, n);
    };
    reduced(board, "findings", loss.findings_over_limit);
    reduced(board, "observations", loss.observations_over_limit);
    add_window_loss(board, &loss.windows);
}

/// Adds what windows did not take.
pub fn add_window_loss(board: &mut Board, loss: &WindowLoss) {
    board.add_reason(Metric::StateReduced, "window_late", loss.late);
    board.add_reason(Metric::StateReduced, "window_full", loss.over_limit);
    board.add_reason(
        Metric::StateReduced,
        "window_groups",
        loss.groups_over_limit,
    );
}
