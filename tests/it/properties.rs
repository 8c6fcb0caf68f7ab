//! What must not matter does not: how bytes arrive, in which order objects are
//! read and how often, and who reads them. And what must hold does: every
//! record is accounted for, and a finding points at its record.

mod account;
mod arrival;
mod order;
mod pointers;
mod stream;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use flowtrail_context::Context;
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::Limits;
use flowtrail_output::{Format, Style};
use flowtrail_scan::rule_options_with_context;
use flowtrail_sigma::{Level, RuleSource, compile};
use flowtrail_simulate::{Attack, CONTEXT_KEY, Plan as SimulationPlan, simulate};

use crate::{at_hand, support};

/// An object: its name and its bytes as stored.
pub(crate) type Object = (String, Vec<u8>);

/// Every attack in ten hours of a small organisation.
pub(crate) fn simulation() -> SimulationPlan {
    SimulationPlan {
        seed: 23,
        hours: 10,
        attacks: Attack::ALL.to_vec(),
        ..SimulationPlan::default()
    }
}

pub(crate) static SIMULATED: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let mut store = BTreeMap::new();
    simulate(&simulation(), &mut store, &mut |_| {}).unwrap();
    let logs = store.into_iter().filter(|(key, _)| key.ends_with(".gz"));
    let logs: Vec<_> = logs.collect();
    assert!(logs.len() > 50, "{}", logs.len());
    logs
});

/// Simulated logs, and the real ones where they are at hand, but for the bulk.
pub(crate) static OBJECTS: LazyLock<Vec<Object>> = LazyLock::new(|| {
    let mut all = SIMULATED.clone();
    for set in ["cloudtrail", "flowlog"] {
        let Some(folder) = at_hand::folder(set) else {
            continue;
        };
        for path in files_below(&folder) {
            if path.components().all(|c| c.as_os_str() != "synthetic-bulk") {
                let name = path.strip_prefix(&folder).unwrap();
                let name = format!("{set}/{}", name.display());
                all.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    all
});

/// The files below a folder, in the order of their names.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Suppressions that hide many findings of the simulated organisation, and not
/// all of any rule.
pub(crate) const SUPPRESSIONS: &str = "
suppressions:
  - {id: inside, networks: [10.16.0.0/12], owner: network, reason: a drill, expires: 2027-12-31}
  - {id: calls, principals: ['arn:aws:iam::*:role/*'], rules: ['*a*'], owner: cloud, reason: a drill, expires: 2027-12-31}
  - {id: gone, rules: ['*e*'], owner: nobody, reason: it was, expires: 2020-01-01}
";

/// The context of the simulated organisation, with suppressions.
pub(crate) static CONTEXT: LazyLock<String> = LazyLock::new(|| {
    let mut store = BTreeMap::new();
    simulate(&simulation(), &mut store, &mut |_| {}).unwrap();
    let yaml = store.remove(CONTEXT_KEY).unwrap();
    String::from_utf8(yaml).unwrap() + SUPPRESSIONS
});

/// The shipped rules, and SigmaHQ's as far as they compile, with a context: what
/// holds for rules that ask for it, and for suppressions, holds without it.
pub(crate) static PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| {
    let mut sources = support::shipped();
    if let Some(folder) = at_hand::folder("sigma/sigmahq-aws") {
        for path in files_below(&folder) {
            if path.extension().is_some_and(|e| e == "yml") {
                sources.push(RuleSource {
                    file: path.file_name().unwrap().to_string_lossy().into_owned(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let rules = Arc::new(compile(&sources, &rule_options_with_context()).rules);
    let (context, _) = Context::parse("context.yaml", &CONTEXT).unwrap();
    let context = Some(Arc::new(context));
    Arc::new(Plan::new(rules, &Limits::default(), Level::Informational, context).unwrap())
});

/// The findings of a detector as JSON lines: every fact of them, byte for byte.
pub(crate) fn jsonl(detector: Detector) -> String {
    let (findings, loss) = detector.finish();
    assert_eq!(loss.findings_over_limit, 0);
    let mut out = Vec::new();
    Format::Jsonl
        .write_all(&findings, &Style::default(), &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

/// What `bytes` inflate to; themselves if they are not compressed.
pub(crate) fn inflated(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"\x1F\x8B") {
        return bytes.to_vec();
    }
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .read_to_end(&mut out)
        .unwrap();
    out
}

/// Says where two texts differ, which is more use than both of them.
#[track_caller]
pub(crate) fn assert_same(got: &str, want: &str, what: &str) {
    if got == want {
        return;
    }
    let (mut g, mut w) = (got.lines(), want.lines());
    loop {
        match (g.next(), w.next()) {
            (a, b) if a == b && a.is_some() => {}
            (a, b) => panic!(
                "{what}:\n  {}\n  {}",
                a.unwrap_or("(end)"),
                b.unwrap_or("(end)")
            ),
        }
    }
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % n
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
