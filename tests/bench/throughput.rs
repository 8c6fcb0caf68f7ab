//! How fast one core goes from compressed bytes to verdicts, step by step, and
//! beside it `serde_json` with `rsigma-eval` on the same bytes in the same run.
//!
//! ```text
//! cargo xtask bench [FOLDER]      # FOLDER of .json.gz files; a simulated one by default
//! ```
//! The number of matches is asserted to be equal where both engines should
//! agree; a benchmark that computes something else is not faster.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_event::{Event, Flow, Kind, Limits, Note, Projection, Sink, Skip};
use flowtrail_sigma::{Matcher, Options, RuleSet, RuleSource, compile};

const ROUNDS: usize = 3;

struct Count {
    matcher: Option<Matcher>,
    events: u64,
    hits: u64,
    skips: u64,
}

impl Sink for Count {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.events += 1;
        if let Some(matcher) = &mut self.matcher {
            self.hits += matcher.matches(event, |_| {}).len() as u64;
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {
        self.skips += 1;
    }

    fn note(&mut self, _: Note) {}
}

impl RecordSink for Count {
    fn log_line(&mut self, _: &[u8], _: u64) -> Flow {
        Flow::Continue
    }
}

fn main() {
    let folder = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let folder = PathBuf::from(folder.expect("a folder of .json.gz files"));
    let objects = read_folder(&folder);
    let stored: usize = objects.iter().map(Vec::len).sum();
    let rules_dir = std::env::var("FLOWTRAIL_BENCH_RULES").ok();
    let rules = Arc::new(load_rules(rules_dir.as_deref().map(Path::new)));
    println!(
        "{} objects, {:.1} MB stored, {} rules",
        objects.len(),
        stored as f64 / 1e6,
        rules.rules().len()
    );

    let mut raw = 0;
    let inflate = best(|| {
        raw = objects.iter().map(|o| inflate_alone(o)).sum::<u64>();
        raw
    });
    let nothing = Projection::new();
    let (read_nothing, events) = read(&objects, &nothing, None);
    let (read_projected, same) = read(&objects, rules.projection(Kind::CloudTrail), None);
    assert_eq!(events.0, same.0);
    let (whole, hits) = read(&objects, rules.projection(Kind::CloudTrail), Some(&rules));
    assert_eq!(events.0, hits.0);
    let n = events.0;
    for (name, time) in [
        ("inflate alone", inflate),
        ("inflate + read, nothing kept", read_nothing),
        ("inflate + read, projected", read_projected),
        ("inflate + read + match", whole),
    ] {
        let s = time.as_secs_f64();
        println!(
            "{name:32} {:8.1} MB/s {:10.0} events/s  {:6.2} us/event",
            raw as f64 / 1e6 / s,
            n as f64 / s,
            s * 1e6 / n as f64
        );
    }
    println!("{n} events, {} matches, {} skips", hits.1, hits.2);
}

fn best(mut f: impl FnMut() -> u64) -> Duration {
    let mut answer = None;
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let got = f();
            let took = start.elapsed();
            assert_eq!(*answer.get_or_insert(got), got);
            took
        })
        .min()
        .unwrap_or_default()
}

fn read(
    objects: &[Vec<u8>],
    projection: &Projection,
    rules: Option<&Arc<RuleSet>>,
) -> (Duration, (u64, u64, u64)) {
    let mut reader = Reader::new(projection, &Limits::default());
    let mut sums = (0, 0, 0);
    let time = best(|| {
        let mut sink = Count {
            matcher: rules.map(|r| Matcher::new(Arc::clone(r))),
            events: 0,
            hits: 0,
            skips: 0,
        };
        for object in objects {
            reader.reset();
            let mut gz = flate2::bufread::GzDecoder::new(object.as_slice());
            while reader
                .fill(|room| gz.read(room), &mut sink)
                .unwrap()
                .is_some()
            {}
            reader.finish(&mut sink);
        }
        sums = (sink.events, sink.hits, sink.skips);
        sink.events * 1000 + sink.hits
    });
    (time, sums)
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

fn read_folder(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "gz"))
        .collect();
    files.sort();
    files.iter().map(|f| std::fs::read(f).unwrap()).collect()
}

fn load_rules(folder: Option<&Path>) -> RuleSet {
    let mut sources = Vec::new();
    if let Some(folder) = folder {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            sources.push(RuleSource {
                file: path.display().to_string(),
                text: std::fs::read_to_string(&path).unwrap(),
            });
        }
    }
    let options = Options {
        flow_field: |_| None,
        derived_field: |_| true,
        placeholders: Default::default(),
    };
    let compiled = compile(&sources, &options);
    for p in &compiled.problems {
        eprintln!("{p}");
    }
    compiled.rules
}
