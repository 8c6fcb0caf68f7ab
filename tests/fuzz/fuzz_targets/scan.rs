//! Any bytes as an object, through sniffing, inflating, readers, rules and
//! findings: no panic, and the account adds up.
#![no_main]

use std::sync::{Arc, LazyLock};

use flowtrail_detect::{Detector, Plan};
use flowtrail_event::Limits;
use flowtrail_scan::{ScanOptions, Scanner, rule_options};
use flowtrail_sigma::{Level, RuleSource, compile};
use libfuzzer_sys::fuzz_target;

static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| {
    let sources: Vec<RuleSource> = flowtrail_rules::RULE_FILES
        .iter()
        .map(|f| RuleSource {
            file: f.path.into(),
            text: f.text.into(),
        })
        .collect();
    let limits = Limits {
        inflated_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let rules = compile(&sources, &rule_options()).rules;
    Arc::new(Plan::new(Arc::new(rules), &limits, Level::Informational, None).unwrap())
});

fuzz_target!(|bytes: &[u8]| {
    let mut scanner = Scanner::new(Arc::clone(&PLAN), ScanOptions::default());
    let report = scanner.scan("object", bytes);
    assert!(report.tally.adds_up());
    let mut detector = Detector::new(Arc::clone(&PLAN));
    detector.merge(scanner.into_detector());
    let _ = detector.finish();
});
