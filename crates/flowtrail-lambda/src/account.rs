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
    if finding.suppressed.is_some() {
        board.add_level(Metric::FindingsSuppressed, level, 1);
        return;
    }
    board.add_level(metric, level, 1);
    // What may have been counted is counted again here: an alarm stands on it, and a
    // rule has no second metric for what is uncertain.
    if measured.contains(&finding.rule.id) {
        board.add_rule(&finding.rule.id, 1);
    }
    if let Some(time) = finding.last.filter(|_| metric == Metric::Findings) {
        board.add_at(level, time.secs(), 1);
    }
}

/// Adds what was counted and not kept.
pub fn add_loss(board: &mut Board, loss: &DetectLoss) {
    let reasons = [
        ("findings", loss.findings_over_limit),
        ("below_level", loss.below_level),
        ("no_time", loss.no_time),
        ("no_group", loss.no_group),
        ("observations", loss.observations_over_limit),
    ];
    for (reason, n) in reasons {
        board.add_reason(Metric::StateReduced, reason, n);
    }
    add_window_loss(board, &loss.windows);
}

/// Adds what windows did not take. A match without the value that its rule
/// counts is none: that is in the nature of its record.
pub fn add_window_loss(board: &mut Board, loss: &WindowLoss) {
    let reasons = [
        ("window_late", loss.late),
        ("window_full", loss.over_limit),
        ("window_groups", loss.groups_over_limit),
        ("no_group", loss.ungrouped),
        ("window_left_out", loss.unknown),
    ];
    for (reason, n) in reasons {
        board.add_reason(Metric::StateReduced, reason, n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_has_a_reason() {
        let windows = WindowLoss {
            late: 1,
            over_limit: 2,
            groups_over_limit: 4,
            ungrouped: 8,
            valueless: 1_000,
            unknown: 16,
        };
        let loss = DetectLoss {
            findings_over_limit: 32,
            below_level: 64,
            no_time: 128,
            no_group: 256,
            observations_over_limit: 512,
            windows,
        };
        let mut board = Board::new(0);
        add_loss(&mut board, &loss);
        assert!((board.total(Metric::StateReduced) - 1_023.0).abs() < 1e-9);
        let text = format!("{board:?}");
        let words = [
            "findings",
            "below_level",
            "no_time",
            "no_group",
            "observations",
            "window_late",
            "window_full",
            "window_groups",
            "window_left_out",
        ];
        for word in words {
            assert!(text.contains(&format!("\"{word}\"")), "{word}: {text}");
        }
        assert!(!text.contains("other"), "{text}");
    }
}
