//! Any text as a rule file: it compiles or is a named problem, never a panic.
#![no_main]

use flowtrail_scan::rule_options;
use flowtrail_sigma::{RuleSource, compile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let source = RuleSource {
        file: "fuzz.yml".into(),
        text: text.into(),
    };
    let compiled = compile(&[source], &rule_options());
    for problem in &compiled.problems {
        assert!(problem.line > 0 && !problem.reason.is_empty());
    }
});
