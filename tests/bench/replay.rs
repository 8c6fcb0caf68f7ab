//! What the engine costs a replay: the rules over a folder of logs as a plan of
//! `DataFusion`, as `flowtrail replay` runs them, against the direct path, by
//! turns in one process.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-cli --bench replay            # simulated, 300 MB
//! cargo bench --profile dist -p flowtrail-cli --bench replay -- FOLDER
//! ```
//! The direct path is what the engine replaced: threads with a scanner each take
//! files from one list, and their detectors are merged. Both list the folder,
//! both must find the same. The best of several rounds counts, in processor time
//! of the whole process and in time on the clock; the first says what the work
//! costs on a machine that does other things too.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints figures and stops at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use flowtrail_detect::{Detector, Finding, Plan};
use flowtrail_event::Limits;
use flowtrail_scan::{ScanOptions, Scanner, rule_options};
use flowtrail_sigma::{Level, RuleSource, compile};
use flowtrail_table::{Engine, EngineOptions, Kept, Logs, Pick, RuleRow, Rulebook, Ruling, Source};
use futures_util::StreamExt as _;

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 7;
const THREADS: usize = 2;
/// Raw bytes of the simulated logs.
const SIMULATED_BYTES: u64 = 300_000_000;
/// How much the plan may cost above the direct path.
const ABOVE_MAX: f64 = 1.05;
/// Ticks of the kernel's clock in a second, as `/proc` counts them.
const TICKS: f64 = 100.0;

/// One of the two ways, and the best of its rounds.
struct Way {
    name: &'static str,
    processors_secs: f64,
    clock_secs: f64,
}

impl Way {
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            processors_secs: f64::INFINITY,
            clock_secs: f64::INFINITY,
        }
    }

    fn round(&mut self, run: impl FnOnce() -> (Vec<String>, u64)) -> (Vec<String>, u64) {
        let (clock, processors) = (Instant::now(), processor_secs());
        let (ids, records) = run();
        let (processors, clock) = (processor_secs() - processors, clock.elapsed().as_secs_f64());
        self.processors_secs = self.processors_secs.min(processors);
        self.clock_secs = self.clock_secs.min(clock);
        println!(
            "{:7}  {processors:6.2} s of processors, {clock:6.2} s  {records} records, {} findings",
            self.name,
            ids.len()
        );
        (ids, records)
    }
}

fn main() {
    let folder = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let made = tempfile::tempdir().unwrap();
    let folder = folder.map_or_else(|| simulated(made.path()), PathBuf::from);
    let ruling = ruling();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut straight, mut planned) = (Way::new("direct"), Way::new("plan"));
    for round in 0..ROUNDS {
        let mut found = Vec::new();
        // Whoever goes first has the colder caches.
        for is_plan in [round % 2 == 0, round % 2 == 1] {
            found.push(if is_plan {
                planned.round(|| runtime.block_on(plan(&folder, &ruling)))
            } else {
                straight.round(|| direct(&folder, &ruling.plan))
            });
        }
        assert_eq!(found.first(), found.last(), "both find the same");
    }
    let processors = planned.processors_secs / straight.processors_secs;
    let clock = planned.clock_secs / straight.clock_secs;
    println!("plan/direct: {processors:.3} in time of processors, {clock:.3} on the clock");
    assert!(
        processors.min(clock) <= ABOVE_MAX,
        "the plan is more than 5 % slower than the direct path"
    );
}

fn simulated(folder: &Path) -> PathBuf {
    let plan = flowtrail_simulate::Plan::sized(SIMULATED_BYTES);
    let mut store = flowtrail_simulate::FolderStore::new(folder).unwrap();
    flowtrail_simulate::simulate(&plan, &mut store, &mut |_| {}).unwrap();
    folder.to_owned()
}

fn ruling() -> Ruling {
    let shipped = flowtrail_rules::RULE_FILES.iter().map(|f| RuleSource {
        file: f.path.to_owned(),
        text: f.text.to_owned(),
    });
    let compiled = compile(&shipped.collect::<Vec<_>>(), &rule_options());
    let rows = RuleRow::all(&compiled).into();
    let rules = Arc::new(compiled.rules);
    let plan = Plan::new(rules, &Limits::default(), Level::Low, None).unwrap();
    Ruling {
        plan: Arc::new(plan),
        rows,
        memory: None,
    }
}

fn ids(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|f| f.id.to_string()).collect()
}

/// What `flowtrail replay` was before it had an engine.
fn direct(folder: &Path, plan: &Arc<Plan>) -> (Vec<String>, u64) {
    let files = files(folder);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut scanner = Scanner::new(Arc::clone(plan), ScanOptions::default());
        let mut records = 0;
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let input = std::fs::File::open(file).unwrap();
            records += scanner.scan(&file.to_string_lossy(), input).tally.records;
        }
        (scanner.into_detector(), records)
    };
    let parts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..THREADS).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        parts.extend(threads.into_iter().map(|t| t.join().unwrap()));
        parts
    });
    let mut detector = Detector::new(Arc::clone(plan));
    let mut records = 0;
    for (part, n) in parts {
        detector.merge(part);
        records += n;
    }
    (ids(&detector.finish().0), records)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .add_custom_ignore_filename(flowtrail_table::IGNORE_FILE)
        .follow_links(true)
        .build();
    let entries = walk.map(Result::unwrap);
    let files = entries.filter(|e| e.file_type().is_some_and(|t| t.is_file()));
    let mut files: Vec<_> = files.map(ignore::DirEntry::into_path).collect();
    files.retain(|f| {
        f.file_name()
            .is_none_or(|n| n != flowtrail_table::IGNORE_FILE)
    });
    files.sort();
    files
}

/// What it is now.
async fn plan(folder: &Path, ruling: &Ruling) -> (Vec<String>, u64) {
    let engine = Engine::new(EngineOptions {
        logs: Logs {
            sources: vec![Source::Local(folder.to_owned())].into(),
            ..Logs::default()
        },
        threads: Some(THREADS),
        ..EngineOptions::default()
    });
    let engine = engine.unwrap();
    let kept = Arc::new(Kept::default());
    let rules = Arc::new(Rulebook::of(ruling.clone()));
    engine.add_rules(&rules, Some(Arc::clone(&kept))).unwrap();
    let statement = Pick::default().statement().unwrap().into_parsed();
    let query = engine.run(statement).await.unwrap();
    let run = Arc::clone(query.run());
    let mut rows = query.stream().await.unwrap();
    let mut count = 0;
    while let Some(batch) = rows.next().await {
        count += batch.unwrap().num_rows();
    }
    let found = kept.take().unwrap();
    assert_eq!(found.findings.len(), count);
    (ids(&found.findings), run.account().sums().tally.records)
}

/// Time that the processors spent on this process. Linux alone tells; elsewhere
/// it is 0, and the ratio of it is no number that the assertion looks at.
fn processor_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program stands in parentheses and may hold blanks.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks = fields.split(' ').skip(11).take(2);
    ticks.filter_map(|t| t.parse::<u64>().ok()).sum::<u64>() as f64 / TICKS
}
