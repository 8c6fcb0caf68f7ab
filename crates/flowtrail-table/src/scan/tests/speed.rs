//! How fast a scan is, measured by hand.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use flowtrail_scan::Projections;

use super::super::Logs;
use crate::engine::sandbox::{Counting, Nobody, batches, data, over, over_sources};

/// Counting, grouping and projecting the bulk, against the direct reader over
/// the same files in the same run. By hand, in release:
/// `cargo test --release -p flowtrail-table --lib -- --ignored --nocapture speed`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn speed_against_the_direct_reader() {
    let Some(folder) = data("cloudtrail/synthetic-bulk") else {
        return;
    };
    let engine = over(&[&folder]);
    let files: BTreeSet<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    for round in 0..3 {
        let begun = Instant::now();
        let records: u64 = std::thread::scope(|scope| {
            let halves: Vec<Vec<_>> = (0..2)
                .map(|i| files.iter().skip(i).step_by(2).cloned().collect())
                .collect();
            let threads: Vec<_> = halves
                .into_iter()
                .map(|half| scope.spawn(move || half.iter().map(|f| count(f)).sum::<u64>()))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        report(round, "direct reader, 2 threads", records, begun);
        for sql in [
            "SELECT count(*) FROM cloudtrail",
            "SELECT count(*) FROM cloudtrail WHERE eventname = 'AssumeRole'",
            "SELECT eventname, count(*) AS n FROM cloudtrail GROUP BY 1 ORDER BY 2 DESC",
            "SELECT useridentity.arn, eventname, sourceipaddress, count(*) FROM cloudtrail GROUP BY 1, 2, 3",
            "SELECT time, eventname, useridentity.arn FROM cloudtrail ORDER BY time DESC LIMIT 20",
        ] {
            let begun = Instant::now();
            batches(&engine, sql).await;
            report(round, sql, records, begun);
        }
    }
}

fn count(file: &Path) -> u64 {
    let mut reader = Logs::default().reader(&Projections::default());
    let report = reader.read(fs::File::open(file).unwrap(), &mut Nobody);
    report.tally.records
}

fn report(round: usize, what: &str, records: u64, begun: Instant) {
    let secs = begun.elapsed().as_secs_f64();
    let rate = records as f64 / secs;
    eprintln!("{round} {secs:7.3} s {rate:12.0} records/s  {what}");
}

/// Listing keys of small objects in a store in memory, all of them and a day of
/// them: the time for each key should not grow with their number. By hand.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn speed_of_listing_many_keys() {
    for days in [1, 5, 25] {
        let mut keys = std::collections::BTreeMap::new();
        for (account, day, n) in (0..20)
            .flat_map(|a| (1..=days).map(move |d| (a, d)))
            .flat_map(|(a, d)| (0..200).map(move |n| (a, d, n)))
        {
            let account = 111_122_220_000_u64 + account;
            let key = format!(
                "AWSLogs/{account}/CloudTrail/us-east-1/2026/03/{day:02}/{account}_CloudTrail_us-east-1_202603{day:02}T{:02}{:02}Z_{n:016x}.json",
                n / 10 % 24,
                n % 60
            );
            keys.insert(key, b"{\"Records\":[]}".to_vec());
        }
        let bucket = Counting::holding(&keys).await;
        let engine = over_sources(vec![bucket.source("")]);
        for sql in [
            "SELECT count(*) FROM objects",
            "SELECT count(*) FROM cloudtrail WHERE day = DATE '2026-02-28'",
        ] {
            let begun = Instant::now();
            let (batches, _) = batches(&engine, sql).await;
            assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
            report(
                0,
                &format!("{} keys: {sql}", keys.len()),
                keys.len() as u64,
                begun,
            );
        }
    }
}
