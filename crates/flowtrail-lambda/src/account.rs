//! What an object came to, as metrics and as the document beside its findings.

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_detect::{DetectLoss, Finding, WindowLoss};
use flowtrail_event::{NoteKind, Service, SkipReason};
use flowtrail_output::{Format, Style};
use flowtrail_scan::ObjectReport;
use serde_json::{Map, Value, json};

/// The layout of the document; it changes when a reader would notice.
const SCHEMA: &str = "flowtrail.object/1";

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

/// Adds a finding, once.
pub fn add_finding(board: &mut Board, metric: Metric, finding: &Finding) {
    let level = finding.rule.level;
    board.add_level(metric, level, 1);
    if metric == Metric::Findings {
        board.add_rule(&finding.rule.id, 1);
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

/// The document of one object: where it is from, its account, its findings.
/// It says nothing of when it was made, so that a retry writes the same bytes.
#[must_use]
pub fn document(source: &str, content: &str, report: &ObjectReport, findings: &[Finding]) -> Value {
    let tally = &report.tally;
    let reasons = SkipReason::ALL.into_iter();
    let skipped: Map<String, Value> = reasons
        .map(|r| (r.name().to_owned(), tally.skipped(r)))
        .filter(|(_, n)| *n > 0)
        .map(|(r, n)| (r, n.into()))
        .collect();
    let notes: Map<String, Value> = NoteKind::ALL
        .into_iter()
        .map(|k| (k.name().to_owned(), tally.notes(k)))
        .filter(|(_, n)| *n > 0)
        .map(|(k, n)| (k, n.into()))
        .collect();
    let fault = report
        .fault
        .as_ref()
        .map(|f| json!({"kind": f.kind.name(), "offset": f.offset, "message": f.message}));
    json!({
        "schema": SCHEMA,
        "source": source,
        "content": content,
        "records": tally.records,
        "evaluated": tally.evaluated,
        "skipped": skipped,
        "notes": notes,
        "bytes_stored": tally.bytes_stored,
        "bytes_inflated": tally.bytes_inflated,
        "fault": fault,
        "first_event": report.times.map(|t| t.0.to_string()),
        "last_event": report.times.map(|t| t.1.to_string()),
        "findings": findings.iter().map(native).collect::<Vec<Value>>(),
    })
}

/// A finding in our own JSON.
#[must_use]
pub fn native(finding: &Finding) -> Value {
    rendered(finding, Format::Jsonl)
}

/// A finding as an OCSF 1.8 Detection Finding.
#[must_use]
pub fn ocsf(finding: &Finding) -> Value {
    rendered(finding, Format::Ocsf)
}

fn rendered(finding: &Finding, format: Format) -> Value {
    let mut line = Vec::new();
    // Writing to memory cannot fail, and what is written is JSON.
    let _ = format.write(finding, &Style::default(), &mut line);
    serde_json::from_slice(&line).unwrap_or(Value::Null)
}
