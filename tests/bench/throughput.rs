//! How fast one core goes from compressed bytes to findings, step by step, and
//! beside it `serde_json` with `rsigma-eval` on the same bytes in the same run.
//!
//! ```text
//! cargo xtask bench                # a simulated organisation, 300 MB before compression
//! cargo xtask bench FOLDER         # every .gz file below FOLDER
//! ```
//! The rules are those that ship and, where the data beside the project is at
//! hand, those of SigmaHQ. Each step computes the same answer in every round,
//! and the matches of both engines are asserted to be equal rule by rule, but
//! for the rules named in [`DIFFERENT`]: a benchmark that computes something
//! else is not faster. Times are CPU times of the thread.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints figures and stops at the first surprise"
)]

mod logs;
mod measure;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_detect::{Detector, Plan};
use flowtrail_event::{Event, Flow, Kind, Limits, Location, Note, Projection, Sink, Skip};
use flowtrail_scan::{ScanOptions, Scanner, rule_options};
use flowtrail_sigma::{Level, Matcher, RuleSet, RuleSource, compile};
use rsigma_eval::{Engine, JsonEvent};

use logs::{are_flows, are_logs};
use measure::{best, processor};

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Each step is run so often; the best time counts.
const ROUNDS: usize = 3;
/// Raw bytes of the simulated logs.
const SIMULATED_BYTES: u64 = 300_000_000;

/// Rules on which the twin is known to differ, and why; the differential test
/// holds each reason.
const DIFFERENT: [(&str, &str); 2] = [
    (
        "flowtrail.",
        "asks for derived fields, which the twin does not have",
    ),
    (
        "requestParameters|",
        "searches in an object as text, which the twin does not do",
    ),
];

struct Count {
    matcher: Option<Matcher>,
    by_rule: Vec<u64>,
    events: u64,
    skips: u64,
}

impl Sink for Count {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.events += 1;
        if let Some(matcher) = &mut self.matcher {
            for ix in matcher.matches(event, |_, _| {}) {
                if let Some(n) = self.by_rule.get_mut(ix.0 as usize) {
                    *n += 1;
                }
            }
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {
        self.skips += 1;
    }

    fn note(&mut self, _: Note) {}
}

impl RecordSink for Count {
    fn log_line(&mut self, _: &[u8], _: Location) -> Flow {
        Flow::Continue
    }
}

fn main() {
    let folder = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let (objects, from) = match &folder {
        Some(folder) => (read_folder(Path::new(folder)), folder.clone()),
        None => (simulated(), "simulated".to_owned()),
    };
    let (flows, trails): (Vec<_>, Vec<_>) = objects.into_iter().partition(|o| are_flows(&o.0));
    let sources = sources();
    let rules = Arc::new(compile(&sources, &rule_options()).rules);
    println!(
        "{from}: {} rules, {} correlations, {} CloudTrail and {} flow-log objects",
        rules.rules().len(),
        rules.correlations().len(),
        trails.len(),
        flows.len()
    );
    cloudtrail(&trails, &rules, &sources);
    if !flows.is_empty() {
        flow_logs(&flows, &rules);
    }
}

type Object = (String, Vec<u8>);

fn cloudtrail(objects: &[Object], rules: &Arc<RuleSet>, sources: &[RuleSource]) {
    let raw: u64 = objects.iter().map(|o| inflate_alone(&o.1)).sum();
    let stored: usize = objects.iter().map(|o| o.1.len()).sum();
    let projection = rules.projection(Kind::CloudTrail);
    let (read_nothing, none) = read(objects, &Projection::new(), None);
    let events = none.events;
    assert_eq!(none.skips, 0, "the bench logs are whole");
    println!(
        "\nCloudTrail: {events} events, {:.1} MB raw, {:.1} MB stored",
        raw as f64 / 1e6,
        stored as f64 / 1e6
    );
    let inflate = inflating(objects);
    row("inflate alone", inflate, raw, events);
    row("inflate, read, keep nothing", read_nothing, raw, events);
    let (projected, same) = read(objects, projection, None);
    assert_eq!(same.events, events);
    row("inflate, read with projection", projected, raw, events);
    let (matched, ours) = read(objects, projection, Some(rules));
    row("inflate, read, match all rules", matched, raw, events);
    for level in [Level::Medium, Level::Low] {
        let (whole, found) = scan(objects, rules, level);
        row(
            &format!("whole path, findings from {level}"),
            whole,
            raw,
            events,
        );
        println!("    ({found} findings)");
    }
    twin(objects, rules, sources, &ours, raw);
}

/// The independent engine on the same bytes.
fn twin(objects: &[Object], rules: &RuleSet, sources: &[RuleSource], ours: &Count, raw: u64) {
    let mut engine = Engine::new();
    let mut titles: Vec<String> = Vec::new();
    for source in sources {
        let parsed = rsigma_parser::parse_sigma_yaml(&source.text).unwrap();
        let for_trails = |s: &rsigma_parser::LogSource| s.service.as_deref() == Some("cloudtrail");
        for rule in parsed.rules.iter().filter(|r| for_trails(&r.logsource)) {
            if engine.add_rule(rule).is_ok() {
                titles.push(rule.title.clone());
            }
        }
    }
    let mut by_title: BTreeMap<String, u64> = BTreeMap::new();
    let (took, events) = best(processor, ROUNDS, || {
        by_title.clear();
        let mut events = 0;
        for (_, object) in objects {
            let mut text = Vec::new();
            let mut gz = flate2::bufread::GzDecoder::new(object.as_slice());
            gz.read_to_end(&mut text).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let records = json.get("Records").and_then(|r| r.as_array());
            for record in records.into_iter().flatten() {
                events += 1;
                for result in engine.evaluate(&JsonEvent::borrow(record)) {
                    *by_title
                        .entry(result.header.rule_title.clone())
                        .or_default() += 1;
                }
            }
        }
        events
    });
    row(
        &format!("serde_json + rsigma-eval, {} rules", titles.len()),
        took,
        raw,
        events,
    );
    assert_eq!(events, ours.events);
    let mut compared = 0;
    for (rule, n) in rules.rules().iter().zip(&ours.by_rule) {
        let theirs = by_title.get(&rule.meta.title).copied().unwrap_or(0);
        if titles.contains(&rule.meta.title) && !is_different(sources, &rule.meta.title) {
            assert_eq!(*n, theirs, "{}", rule.meta.title);
            compared += 1;
        }
    }
    println!("matches of {compared} rules equal in both engines");
}

fn is_different(sources: &[RuleSource], title: &str) -> bool {
    let line = format!("title: {title}");
    let file = sources.iter().find(|s| s.text.lines().any(|l| l == line));
    file.is_none_or(|f| DIFFERENT.iter().any(|(mark, _)| f.text.contains(mark)))
}

fn flow_logs(objects: &[Object], rules: &Arc<RuleSet>) {
    let raw: u64 = objects.iter().map(|o| inflate_alone(&o.1)).sum();
    let plan =
        Arc::new(Plan::new(Arc::clone(rules), &Limits::default(), Level::Low, None).unwrap());
    let (time, records) = best(processor, ROUNDS, || {
        let mut scanner = Scanner::new(Arc::clone(&plan), ScanOptions::default());
        let each = objects
            .iter()
            .map(|(name, bytes)| scanner.scan(name, bytes.as_slice()).tally.records);
        each.sum()
    });
    println!(
        "\nFlow logs: {records} records, {:.1} MB raw",
        raw as f64 / 1e6
    );
    let inflate = inflating(objects);
    row("inflate alone", inflate, raw, records);
    row("whole path to findings", time, raw, records);
}

fn scan(objects: &[Object], rules: &Arc<RuleSet>, level: Level) -> (Duration, u64) {
    let plan = Arc::new(Plan::new(Arc::clone(rules), &Limits::default(), level, None).unwrap());
    best(processor, ROUNDS, || {
        let mut scanner = Scanner::new(Arc::clone(&plan), ScanOptions::default());
        for (name, bytes) in objects {
            assert!(scanner.scan(name, bytes.as_slice()).tally.adds_up());
        }
        let mut detector = Detector::new(Arc::clone(&plan));
        detector.merge(scanner.into_detector());
        detector.finish().0.len() as u64
    })
}

fn read(
    objects: &[Object],
    projection: &Projection,
    rules: Option<&Arc<RuleSet>>,
) -> (Duration, Count) {
    let mut reader = Reader::new(projection, &Limits::default());
    let mut last = None;
    let (time, _) = best(processor, ROUNDS, || {
        let mut sink = Count {
            matcher: rules.map(|r| Matcher::new(Arc::clone(r))),
            by_rule: vec![0; rules.map_or(0, |r| r.rules().len())],
            events: 0,
            skips: 0,
        };
        for (_, object) in objects {
            reader.reset();
            let mut gz = flate2::bufread::GzDecoder::new(object.as_slice());
            while reader
                .fill(|room| gz.read(room), &mut sink)
                .unwrap()
                .is_some()
            {}
            reader.finish(&mut sink);
        }
        let sum = sink.by_rule.iter().sum::<u64>() + sink.events;
        last = Some(sink);
        sum
    });
    (time, last.unwrap())
}

fn inflating(objects: &[Object]) -> Duration {
    let all = || objects.iter().map(|o| inflate_alone(&o.1)).sum::<u64>();
    best(processor, ROUNDS, all).0
}

fn inflate_alone(object: &[u8]) -> u64 {
    let mut room = vec![0; 256 << 10];
    let mut gz = flate2::bufread::GzDecoder::new(object);
    let mut sum = 0;
    loop {
        match gz.read(&mut room).unwrap() {
            0 => return sum,
            n => sum += n as u64,
        }
    }
}

fn row(name: &str, time: Duration, raw: u64, events: u64) {
    let s = time.as_secs_f64();
    println!(
        "  {name:38} {:8.1} MB/s {:10.0} events/s {:7.3} us/event",
        raw as f64 / 1e6 / s,
        events as f64 / s,
        s * 1e6 / events as f64
    );
}

fn simulated() -> Vec<Object> {
    let plan = flowtrail_simulate::Plan {
        attacks: Vec::new(),
        ..flowtrail_simulate::Plan::sized(SIMULATED_BYTES)
    };
    let mut store: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    flowtrail_simulate::simulate(&plan, &mut store, &mut |_| {}).unwrap();
    store.into_iter().filter(|(key, _)| are_logs(key)).collect()
}

fn read_folder(folder: &Path) -> Vec<Object> {
    let mut open = vec![folder.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "gz") {
            files.push(path);
        }
    }
    files.sort();
    files
        .iter()
        .map(|f| (f.display().to_string(), std::fs::read(f).unwrap()))
        .collect()
}

fn sources() -> Vec<RuleSource> {
    let shipped = flowtrail_rules::RULE_FILES.iter().map(|f| RuleSource {
        file: f.path.to_owned(),
        text: f.text.to_owned(),
    });
    let mut sources: Vec<RuleSource> = shipped.collect();
    let beside = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/sigma/sigmahq-aws/cloudtrail");
    match std::fs::read_dir(&beside) {
        Ok(entries) => {
            let mut paths: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).collect();
            paths.sort();
            sources.extend(paths.iter().map(|p| RuleSource {
                file: p.file_name().unwrap_or_default().display().to_string(),
                text: std::fs::read_to_string(p).unwrap(),
            }));
        }
        Err(_) => println!("the rules of SigmaHQ are not at hand: only the shipped ones are run"),
    }
    sources
}
