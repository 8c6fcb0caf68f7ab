//! What compaction is worth: ten statements over raw logs, over the same logs
//! compacted and read row by row, and by columns.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-cli --bench compacted            # simulated, 300 MB
//! cargo bench --profile dist -p flowtrail-cli --bench compacted -- FOLDER  # a folder of raw logs
//! cargo bench --profile dist -p flowtrail-cli --bench compacted -- FOLDER DEST
//! ```
//! With DEST the compacted files stay there, for other engines to read
//! (`flowtrail export ddl --for duckdb DEST`). All ways must give the same
//! answer, but for counts of raw logs where AWS delivered records twice. The
//! best of several rounds counts.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints figures and stops at the first surprise"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use flowtrail_table::arrow::util::pretty::pretty_format_batches;
use flowtrail_table::{
    CompactOptions, Compactor, Destination, Engine, EngineOptions, ListSettings, Logs, Source,
    Stop, StoredLogs, Wanted, list,
};
use futures_util::TryStreamExt as _;

/// As the binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 3;
const THREADS: usize = 2;
/// What the issue caps memory at.
const MEMORY_BYTES: usize = 2 << 30;
/// Raw bytes of the simulated logs.
const SIMULATED_BYTES: u64 = 300_000_000;

/// What an investigator asks, without functions of ours, so that other engines
/// can be asked the same. Duplicates change no answer but that of the first.
const STATEMENTS: [(&str, &str); 10] = [
    ("count", "SELECT count(*) FROM cloudtrail"),
    (
        "apis",
        "SELECT eventsource, eventname, count(DISTINCT eventid) AS n FROM cloudtrail \
         GROUP BY 1, 2 ORDER BY n DESC, 1, 2 LIMIT 20",
    ),
    (
        "denied",
        "SELECT useridentity.arn AS arn, count(DISTINCT eventid) AS n FROM cloudtrail \
         WHERE errorcode IN ('AccessDenied', 'Client.UnauthorizedOperation') \
         GROUP BY 1 ORDER BY n DESC, 1 LIMIT 20",
    ),
    (
        "principal",
        "SELECT time, eventname, sourceipaddress FROM cloudtrail \
         WHERE useridentity.type = 'IAMUser' AND readonly = 'false' \
         GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3 LIMIT 50",
    ),
    (
        "key",
        "SELECT DISTINCT eventid, time FROM cloudtrail \
         WHERE useridentity.accesskeyid = 'ASIANOSUCHKEY' ORDER BY 2, 1",
    ),
    (
        "days",
        "SELECT account, region, day, count(DISTINCT eventid) AS n FROM cloudtrail \
         GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    (
        "addresses",
        "SELECT sourceipaddress, count(DISTINCT useridentity.arn) AS n, min(time), max(time) \
         FROM cloudtrail GROUP BY 1 ORDER BY n DESC, 1 LIMIT 20",
    ),
    (
        "records",
        "SELECT count(DISTINCT eventid) FROM cloudtrail WHERE record LIKE '%secret%'",
    ),
    (
        "newest",
        "SELECT DISTINCT time, eventid FROM cloudtrail ORDER BY 1 DESC, 2 LIMIT 20",
    ),
    (
        "talkers",
        "SELECT srcaddr, dstaddr, dstport, sum(bytes) AS b FROM vpcflow WHERE action = 'ACCEPT' \
         GROUP BY 1, 2, 3 ORDER BY b DESC, 1, 2, 3 LIMIT 20",
    ),
];

fn main() {
    let mut words = std::env::args().skip(1).filter(|a| !a.starts_with("--"));
    let made = tempfile::tempdir().unwrap();
    let raw = words.next().map(PathBuf::from);
    let raw = raw.unwrap_or_else(|| simulated(&made.path().join("raw")));
    let dest = words.next().map(PathBuf::from);
    let dest = dest.unwrap_or_else(|| made.path().join("compacted"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        compact(&raw, &dest).await;
        let ways = [
            ("raw", engine(&raw, false)),
            ("rows", engine(&dest, true)),
            ("columns", engine(&dest, false)),
        ];
        for (name, sql) in STATEMENTS {
            let mut answers = Vec::new();
            for (way, engine) in &ways {
                let mut best = f64::INFINITY;
                for _ in 0..ROUNDS {
                    let (answer, secs) = asked(engine, sql).await;
                    best = best.min(secs);
                    answers.push(answer);
                }
                println!("{name:10} {way:8} {best:8.3} s");
            }
            let compacted = answers.split_off(ROUNDS);
            let first = compacted.first().unwrap();
            assert!(
                compacted.iter().all(|a| a == first),
                "{name}: rows, columns"
            );
            if name != "count" {
                assert!(answers.iter().all(|a| a == first), "{name}: raw, compacted");
            }
        }
        println!("peak memory of the process: {}", peak_memory());
    });
}

fn simulated(folder: &Path) -> PathBuf {
    let plan = flowtrail_simulate::Plan::sized(SIMULATED_BYTES);
    let mut store = flowtrail_simulate::FolderStore::new(folder).unwrap();
    flowtrail_simulate::simulate(&plan, &mut store, &mut |_| {}).unwrap();
    folder.to_owned()
}

async fn compact(raw: &Path, dest: &Path) {
    let begun = Instant::now();
    let sources: Arc<[Source]> = Arc::new([Source::Local(raw.to_owned())]);
    let (wanted, settings) = (Wanted::default(), ListSettings::default());
    let listing = list(&sources, &wanted, &settings).await.unwrap();
    let raw_bytes: u64 = listing.objects.iter().map(|o| o.size()).sum();
    let runtime = tokio::runtime::Handle::current();
    let (stored, objects) = StoredLogs::new(sources, listing.objects, runtime);
    let compactor = Compactor {
        dest: Destination::folder(dest).unwrap(),
        sources: Arc::new(stored),
        options: CompactOptions {
            jobs: std::num::NonZeroUsize::new(THREADS).unwrap(),
            ..CompactOptions::default()
        },
        stop: Stop::default(),
        progress: Arc::default(),
    };
    let done = compactor.run(&objects).await;
    assert!(done.ended.is_none(), "{:?}", done.ended);
    println!(
        "{} bytes as stored, {} compacted in {} files, {:.1} s",
        raw_bytes,
        done.bytes,
        done.parts,
        begun.elapsed().as_secs_f64()
    );
}

fn engine(folder: &Path, by_rows: bool) -> Engine {
    let engine = Engine::new(EngineOptions {
        logs: Logs {
            sources: vec![Source::Local(folder.to_owned())].into(),
            by_rows,
            ..Logs::default()
        },
        memory_bytes: Some(MEMORY_BYTES),
        threads: Some(THREADS),
        ..EngineOptions::default()
    });
    engine.unwrap()
}

async fn asked(engine: &Engine, sql: &str) -> (String, f64) {
    let begun = Instant::now();
    let query = engine.sql(sql).await.unwrap();
    let stream = query.stream().await.unwrap();
    let batches: Vec<_> = stream.try_collect().await.unwrap();
    let secs = begun.elapsed().as_secs_f64();
    (pretty_format_batches(&batches).unwrap().to_string(), secs)
}

/// The most that the process ever held, as Linux tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not told".to_owned(), |l| l.trim().to_owned())
}
