//! Bad input: each kind gives a counted skip, a note or a fault that names the
//! object and the offset; what is good beside it is judged; nothing panics.

mod binary;
mod gzip;
mod memory;
pub(crate) mod specimens;
mod terminal;
mod unusual_files;

use std::io::Read;
use std::sync::{Arc, LazyLock};

use flowtrail_detect::{Detector, Finding, Plan};
use flowtrail_event::{Limits, SkipReason, Tally};
use flowtrail_scan::{ObjectReport, ScanOptions, Scanner};
use flowtrail_sigma::RuleSource;

use crate::support;
use specimens::{Specimen, specimens};

/// Rules that match every record, so that the findings tell which were judged.
pub(crate) const WITNESS: &str = "\
title: A record of CloudTrail
id: witness-cloudtrail
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventSource|exists: true}, condition: selection}
level: high
---
title: A record of a flow log
id: witness-flow
logsource: {product: aws, service: vpcflow}
detection: {selection: {srcaddr|exists: true}, condition: selection}
level: high
";

fn witness_plan(limits: &Limits) -> Arc<Plan> {
    let source = RuleSource {
        file: "witness.yml".to_owned(),
        text: WITNESS.to_owned(),
    };
    support::plan(&[source], limits)
}

/// What became of one object.
pub(crate) struct Seen {
    pub(crate) report: ObjectReport,
    pub(crate) findings: Vec<Finding>,
}

impl Seen {
    /// Of the records that were judged: `eventID`, or the source address.
    pub(crate) fn judged(&self) -> Vec<String> {
        let name = |f: &Finding| {
            let id = f.evidence.first().and_then(|e| e.event_id.clone());
            id.or_else(|| f.facts.source.clone()).unwrap_or_default()
        };
        let mut all: Vec<_> = self.findings.iter().map(name).collect();
        all.sort();
        all
    }
}

/// Scans one object under the witness rules.
pub(crate) fn see_within(limits: &Limits, input: impl Read) -> Seen {
    let plan = witness_plan(limits);
    see_by(&plan, input)
}

/// As [`see_within`], with the usual limits.
pub(crate) fn see(input: impl Read) -> Seen {
    static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| witness_plan(&Limits::default()));
    see_by(&PLAN, input)
}

fn see_by(plan: &Arc<Plan>, input: impl Read) -> Seen {
    let mut scanner = Scanner::new(Arc::clone(plan), ScanOptions::default());
    let report = scanner.scan("object", input);
    let mut detector = Detector::new(Arc::clone(plan));
    detector.merge(scanner.into_detector());
    let (findings, _) = detector.finish();
    Seen { report, findings }
}

/// One gzip member.
pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::fast())
        .read_to_end(&mut out)
        .unwrap();
    out
}

/// Skips by reason, as `reason x count`.
fn skips(tally: &Tally) -> Vec<(SkipReason, u64)> {
    SkipReason::ALL
        .into_iter()
        .map(|r| (r, tally.skipped(r)))
        .filter(|(_, n)| *n > 0)
        .collect()
}

/// Every way in which `seen` differs from what the specimen says.
fn differences(specimen: &Specimen, seen: &Seen) -> Vec<String> {
    let report = &seen.report;
    let mut wrong = Vec::new();
    let mut compare = |what: &str, got: String, want: String| {
        if got != want {
            wrong.push(format!("{}: {what} {got}, expected {want}", specimen.name));
        }
    };
    let fault = report.fault.as_ref().map(|f| f.kind);
    compare(
        "fault",
        format!("{fault:?}"),
        format!("{:?}", specimen.fault),
    );
    compare(
        "judged",
        format!("{:?}", seen.judged()),
        format!("{:?}", specimen.judged),
    );
    let skips: Vec<_> = report.skips.iter().map(|s| (s.reason, s.offset)).collect();
    compare(
        "skips",
        format!("{skips:?}"),
        format!("{:?}", specimen.skips),
    );
    let notes: Vec<_> = report.notes.iter().map(|n| (n.kind, n.offset)).collect();
    compare(
        "notes",
        format!("{notes:?}"),
        format!("{:?}", specimen.notes),
    );
    let records = specimen.judged.len() + specimen.skips.len();
    compare(
        "records",
        report.tally.records.to_string(),
        records.to_string(),
    );
    compare("adds up", report.tally.adds_up().to_string(), "true".into());
    compare(
        "inflated",
        report.tally.bytes_inflated.to_string(),
        specimen.bytes_read().to_string(),
    );
    wrong
}

#[test]
fn every_specimen_is_told_for_what_it_is() {
    let mut wrong = Vec::new();
    let all = specimens();
    for specimen in &all {
        wrong.extend(differences(specimen, &see(specimen.bytes.as_slice())));
        let zipped = gz(&specimen.bytes);
        for line in differences(specimen, &see(zipped.as_slice())) {
            wrong.push(format!("compressed, {line}"));
        }
    }
    println!("{} specimens, plain and compressed", all.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A log that ends anywhere: what came whole is judged, the rest is one skip.
#[test]
fn a_plain_log_may_end_at_any_byte() {
    let whole = specimens::records(&["a", "b", "c"]);
    let mut judged_before = 0;
    for cut in 0..whole.len() {
        let seen = see(&whole[..cut]);
        let judged = seen.judged().len();
        assert!(judged >= judged_before, "cut at {cut}");
        judged_before = judged;
        assert_eq!(seen.judged(), ["a", "b", "c"][..judged]);
        let tally = &seen.report.tally;
        assert!(tally.adds_up());
        assert_eq!(seen.report.fault, None, "cut at {cut}");
        let expected = if cut == 0 {
            vec![]
        } else {
            vec![(SkipReason::Truncated, 1)]
        };
        assert_eq!(skips(tally), expected, "cut at {cut}");
    }
    assert_eq!(judged_before, 3);
}
