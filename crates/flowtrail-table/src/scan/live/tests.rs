use std::sync::Arc;

use crate::engine::sandbox::{Counting, engine, rows_as_they_come, simulated};
use crate::engine::{Engine, EngineOptions};
use crate::scan::Logs;
use crate::store::ReadAhead;

/// Simulated logs in a bucket that counts, asked for one object at a time.
async fn bucket() -> (Arc<Counting>, Engine) {
    let bucket = Counting::holding(&simulated()).await;
    let read_ahead = ReadAhead {
        objects: 1,
        ..ReadAhead::default()
    };
    let engine = engine(EngineOptions {
        logs: Logs {
            sources: [bucket.source("")].into(),
            read_ahead,
            ..Logs::default()
        },
        // Batches that fill, so that something is learnt before the end.
        batch_rows: Some(256),
        ..EngineOptions::default()
    });
    (bucket, engine)
}

/// A number in the metrics of a plan, over all lines that have it: `name=12` or
/// `name=1.20 K`.
fn metric(plan: &str, name: &str) -> u64 {
    let name = format!("{name}=");
    let numbers = plan.split(&name).skip(1).map(|rest| {
        let text = rest.split([',', ']']).next().unwrap();
        let (number, thousands) = match text.strip_suffix(" K") {
            Some(number) => (number, true),
            None => (text, false),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let (whole, part): (u64, u64) = (whole.parse().unwrap(), part.parse().unwrap());
        // Of thousands the plan has two decimals.
        if thousands {
            whole * 1000 + part * 10
        } else {
            whole
        }
    });
    numbers.sum()
}

/// What the scans of a statement did: objects read, passed over, rows made.
async fn work(engine: &Engine, sql: &str) -> (u64, u64, u64) {
    let plan = rows_as_they_come(engine, &format!("EXPLAIN ANALYZE {sql}")).await;
    let plan = plan.join("\n");
    let scans: Vec<&str> = plan.lines().filter(|l| l.contains("LogScanExec")).collect();
    let scans = scans.join("\n");
    (
        metric(&scans, "objects_read"),
        metric(&scans, "objects_passed_over"),
        metric(&scans, "output_rows"),
    )
}

const BY_TIME: [&str; 6] = [
    "SELECT eventid, time, record FROM cloudtrail ORDER BY time DESC, eventid LIMIT 5",
    "SELECT eventid, eventtime FROM cloudtrail ORDER BY eventtime DESC, eventid LIMIT 5",
    "SELECT eventid, eventtime FROM cloudtrail ORDER BY eventtime, eventid LIMIT 5",
    "SELECT eventid, time FROM cloudtrail WHERE readonly = 'false' ORDER BY time DESC, eventid LIMIT 3",
    "SELECT eventid, upper(eventname) FROM cloudtrail ORDER BY day DESC, eventid LIMIT 5",
    "SELECT * FROM vpcflow ORDER BY \"end\" DESC, interface_id, srcaddr, dstaddr, srcport, dstport, start LIMIT 4",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_learnt_changes_no_answer() {
    let (_, learning) = bucket().await;
    let (_, plain) = bucket().await;
    for option in ["enable_dynamic_filter_pushdown", "enable_sort_pushdown"] {
        let set = format!("SET datafusion.optimizer.{option} = false");
        rows_as_they_come(&plain, &set).await;
    }
    let others = [
        "SELECT eventid, eventname FROM cloudtrail ORDER BY eventname, eventid LIMIT 7",
        "SELECT eventid FROM cloudtrail ORDER BY useridentity.arn DESC NULLS FIRST, eventid LIMIT 7",
        "SELECT c.eventid FROM cloudtrail c JOIN (SELECT max(eventid) AS id FROM cloudtrail) m ON c.eventid = m.id",
        "SELECT count(*) FROM vpcflow f JOIN (SELECT min(srcaddr) AS a FROM vpcflow) t ON f.dstaddr = t.a",
    ];
    for sql in BY_TIME.iter().chain(&others) {
        let expected = rows_as_they_come(&plain, sql).await;
        assert!(!expected.is_empty(), "{sql}");
        assert_eq!(rows_as_they_come(&learning, sql).await, expected, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_are_found_without_reading_all() {
    let (bucket, engine) = bucket().await;
    let (all, _, rows) = work(&engine, "SELECT count(eventid) FROM cloudtrail").await;
    bucket.fetched();
    for sql in BY_TIME
        .iter()
        .filter(|sql| sql.contains("DESC") && sql.contains("cloudtrail"))
    {
        let (read, passed, made) = work(&engine, sql).await;
        assert_eq!(read + passed, all, "{sql}");
        assert!(bucket.fetched() <= read + 4, "{sql}");
        // A text may be of another zone, and a day is one: both are three days here.
        let parts = if sql.contains("ORDER BY time") { 10 } else { 1 };
        assert!(read * parts < all, "{sql}: {read} of {all}");
        assert!(made * 2 < rows, "{sql}: {made} of {rows}");
    }
}

/// An object may be delivered late, so those of the first days are all read;
/// but rows are no longer made.
#[tokio::test(flavor = "multi_thread")]
async fn of_the_earliest_only_rows_are_saved() {
    let (_, engine) = bucket().await;
    let (all, _, rows) = work(&engine, "SELECT count(eventid) FROM cloudtrail").await;
    let (read, passed, made) = work(&engine, BY_TIME[2]).await;
    assert_eq!((read, passed), (all, 0));
    assert!(made * 4 < rows, "{made} of {rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_tells_its_keys() {
    let (_, engine) = bucket().await;
    let sql = "SELECT c.record FROM cloudtrail c JOIN \
               (SELECT max(eventid) AS id FROM cloudtrail WHERE eventname = 'ConsoleLogin') m ON c.eventid = m.id";
    let plan = rows_as_they_come(&engine, &format!("EXPLAIN ANALYZE {sql}"))
        .await
        .join("\n");
    let wide = plan
        .lines()
        .find(|l| l.contains("record, eventid]") || l.contains("eventid, record]"));
    let wide = wide.unwrap_or_else(|| panic!("{plan}"));
    assert!(wide.contains("learns=["), "{wide}");
    assert_eq!(metric(wide, "output_rows"), 1, "{wide}");
}
