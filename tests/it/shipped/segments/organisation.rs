//! A simulated organisation, what the rules that need its context say of it, and
//! the flow-log lines on which each finding stands.

use std::collections::BTreeMap;
use std::io::Read as _;

use flowtrail_context::{DERIVED, Knowledge};
use flowtrail_detect::{Evidence, Finding};
use flowtrail_event::Limits;
use flowtrail_sigma::RuleSource;
use flowtrail_simulate::{CONTEXT_KEY, Plan, Summary, simulate};

use crate::shipped::Logs;
use crate::support;

/// A flow-log line, and the record of the interface that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) interface: String,
    /// As the log has them.
    pub(super) logged: (String, String),
    /// As the packets have them: address and port.
    pub(super) source: (String, u16),
    pub(super) target: (String, u16),
    pub(super) protocol: u8,
    pub(super) start: i64,
    pub(super) action: String,
}

/// Everything of one organisation.
pub(super) struct Organisation {
    pub(super) summary: Summary,
    /// What rules found that ask for what the context file tells.
    pub(super) findings: Vec<Finding>,
    /// Flow-log lines in all.
    pub(super) lines: usize,
    logs: Logs,
}

/// The shipped files with a rule that needs a context.
fn sources() -> Vec<RuleSource> {
    let asked = |text: &str| {
        let fields = DERIVED.iter();
        let mut fields = fields.filter(|f| f.awaits == Some(Knowledge::Context));
        fields.any(|f| text.contains(f.name))
    };
    let mut all = support::shipped();
    all.retain(|source| asked(&source.text));
    all
}

fn inflate(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes);
    reader.read_to_end(&mut text).unwrap();
    text
}

impl Organisation {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut store = Logs::new();
        let summary = simulate(plan, &mut store, &mut |_| {}).unwrap();
        let context = String::from_utf8(store[CONTEXT_KEY].clone()).unwrap();
        store.retain(|key, _| key.contains("AWSLogs"));
        // No evidence is left out, so that each line of it can be judged.
        let limits = Limits {
            evidence_values_max: usize::MAX,
            findings_per_object_max: usize::MAX,
            ..Limits::default()
        };
        let rules = support::plan_with(&sources(), &limits, &context);
        let objects = store.iter().map(|(k, v)| (k.as_str(), v.as_slice()));
        let mut scanned = support::scan(&rules, objects);
        assert!(scanned.reports.iter().all(|r| r.fault.is_none()));
        scanned.findings.retain(|f| f.context.is_some());
        assert!(scanned.findings.iter().all(|f| f.evidence_omitted == 0));
        let flows = store.iter().filter(|(k, _)| k.contains("/vpcflowlogs/"));
        let count = |bytes: &Vec<u8>| inflate(bytes).iter().filter(|b| **b == b'\n').count() - 1;
        Self {
            summary,
            findings: scanned.findings,
            lines: flows.map(|(_, bytes)| count(bytes)).sum(),
            logs: store,
        }
    }

    /// The flow-log lines that findings stand on, with the finding. The same
    /// line comes once for each finding.
    pub(super) fn evidence(&self) -> Vec<(&Finding, Line)> {
        let mut by_object: BTreeMap<&str, Vec<(&Finding, &Evidence)>> = BTreeMap::new();
        for finding in &self.findings {
            for evidence in &finding.evidence {
                if evidence.object.contains("/vpcflowlogs/") {
                    let object = by_object.entry(&evidence.object).or_default();
                    object.push((finding, evidence));
                }
            }
        }
        let mut all = Vec::new();
        for (object, evidence) in by_object {
            let text = inflate(&self.logs[object]);
            let header = text.split(|b| *b == b'\n').next().unwrap();
            for (finding, evidence) in evidence {
                let from = usize::try_from(evidence.location.offset).unwrap();
                let to = from + usize::try_from(evidence.location.len).unwrap();
                all.push((finding, Line::parse(header, &text[from..to])));
            }
        }
        all
    }
}

impl Line {
    /// Whether an end is in 172.31.0.0/16, which no context file here declares.
    pub(super) fn is_in_default_network(&self) -> bool {
        let ends = [&self.source.0, &self.target.0];
        ends.iter().any(|a| a.starts_with("172.31."))
    }

    fn parse(header: &[u8], line: &[u8]) -> Self {
        let words = |bytes| std::str::from_utf8(bytes).unwrap().split_whitespace();
        let columns: BTreeMap<&str, &str> = words(header).zip(words(line)).collect();
        let end = |address: &str, packet: &str, port: &str| {
            let address = columns.get(packet).unwrap_or(&columns[address]);
            ((*address).to_owned(), columns[port].parse().unwrap())
        };
        Self {
            interface: columns["interface-id"].to_owned(),
            logged: (columns["srcaddr"].to_owned(), columns["dstaddr"].to_owned()),
            source: end("srcaddr", "pkt-srcaddr", "srcport"),
            target: end("dstaddr", "pkt-dstaddr", "dstport"),
            protocol: columns["protocol"].parse().unwrap(),
            start: columns["start"].parse().unwrap(),
            action: columns["action"].to_owned(),
        }
    }
}
