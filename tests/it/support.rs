//! What several tests need: the shipped rules, a scan in memory, the binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use flowtrail_context::Context;
use flowtrail_detect::{DetectLoss, Detector, Finding, Plan};
use flowtrail_event::Limits;
use flowtrail_output::{Format, Style};
use flowtrail_scan::{ObjectReport, ScanOptions, Scanner, rule_options, rule_options_with_context};
use flowtrail_sigma::{Compilation, Level, Options, RuleSource, Severity, compile};

/// The rules that ship, as sources.
pub(crate) fn shipped() -> Vec<RuleSource> {
    flowtrail_rules::RULE_FILES
        .iter()
        .map(|f| RuleSource {
            file: f.path.into(),
            text: f.text.into(),
        })
        .collect()
}

/// Compiles `sources`, which must not have an error.
pub(crate) fn compiled(sources: &[RuleSource]) -> Compilation {
    compiled_with(sources, &rule_options())
}

fn compiled_with(sources: &[RuleSource], options: &Options) -> Compilation {
    let compilation = compile(sources, options);
    let errors: Vec<_> = compilation
        .problems
        .iter()
        .filter(|p| p.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    compilation
}

/// A plan over `sources` that keeps every finding.
pub(crate) fn plan(sources: &[RuleSource], limits: &Limits) -> Arc<Plan> {
    let rules = Arc::new(compiled(sources).rules);
    Arc::new(Plan::new(rules, limits, Level::Informational, None).unwrap())
}

/// The same with a context file, which must not have an error.
pub(crate) fn plan_with(sources: &[RuleSource], limits: &Limits, context: &str) -> Arc<Plan> {
    let rules = compiled_with(sources, &rule_options_with_context()).rules;
    let (context, _) = Context::parse("context.yaml", context).unwrap();
    let context = Some(Arc::new(context));
    Arc::new(Plan::new(Arc::new(rules), limits, Level::Informational, context).unwrap())
}

/// What scanning some objects came to.
pub(crate) struct Scanned {
    pub(crate) reports: Vec<ObjectReport>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) loss: DetectLoss,
}

impl Scanned {
    /// The findings as JSON lines: every fact of them, byte for byte.
    pub(crate) fn jsonl(&self) -> String {
        as_jsonl(&self.findings)
    }
}

/// Findings as JSON lines.
pub(crate) fn as_jsonl(findings: &[Finding]) -> String {
    let mut out = Vec::new();
    Format::Jsonl
        .write_all(findings, &Style::default(), &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

/// Scans objects one after the other in one worker.
pub(crate) fn scan<'a>(
    plan: &Arc<Plan>,
    objects: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Scanned {
    let mut scanner = Scanner::new(Arc::clone(plan), ScanOptions::default());
    let reports = objects
        .into_iter()
        .map(|(name, bytes)| scanner.scan(name, bytes))
        .collect();
    let mut detector = Detector::new(Arc::clone(plan));
    detector.merge(scanner.into_detector());
    let (findings, loss) = detector.finish();
    Scanned {
        reports,
        findings,
        loss,
    }
}

/// Runs the binary in `folder`.
pub(crate) fn flowtrail(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(args)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

/// The top of the checkout.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
