//! What is left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::*;
use crate::compact::Manifest;
use crate::engine::sandbox::{Counting, over_sources};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_what_is_left_out() {
    let both = both(once()).await;
    let engine = over(&[&both.to()]);
    let all = plan(&engine, "SELECT eventname FROM cloudtrail").await;
    assert!(all.contains("DataSourceExec: file_groups="), "{all}");
    assert!(all.contains("projection=[eventname]"), "{all}");
    let day = plan(
        &engine,
        "SELECT eventname FROM cloudtrail WHERE day = '2026-03-02' AND eventname = 'ConsoleLogin'",
    )
    .await;
    assert!(
        !day.contains("day=2026-03-01") && day.contains("day=2026-03-02"),
        "{day}"
    );
    assert!(
        day.contains("pruning_predicate=") && !day.contains("FilterExec"),
        "{day}"
    );
    assert!(day.contains("eventname in (ConsoleLogin)]"), "{day}");
    let leaf = plan(
        &engine,
        "SELECT useridentity.arn, count(*) FROM cloudtrail WHERE useridentity.type = 'Root' GROUP BY 1",
    )
    .await;
    assert!(
        leaf.contains("projection=[get_field(useridentity"),
        "{leaf}"
    );
    assert!(!leaf.contains("FilterExec"), "{leaf}");
    let top = plan(
        &engine,
        "SELECT eventid FROM cloudtrail ORDER BY time DESC LIMIT 5",
    )
    .await;
    assert!(top.contains("DynamicFilter"), "{top}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_groups_are_left_out_by_their_statistics_and_filters() {
    let both = both(once()).await;
    let engine = over(&[&both.to()]);
    let sql = "EXPLAIN ANALYZE SELECT eventname FROM cloudtrail WHERE eventid = 'no such id'";
    let told = rows(&engine, sql).await.join("\n");
    assert!(told.contains("row_groups_pruned_bloom_filter="), "{told}");
    assert!(told.contains("bytes_scanned="), "{told}");
    assert!(told.contains("output_rows=0"), "{told}");
    assert!(told.contains("pushdown_rows_matched=0,"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_and_compacted_logs_side_by_side() {
    let both = both(once()).await;
    let late = br#"{"Records":[{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventName":"Late","recipientAccountId":"111111111111","awsRegion":"eu-west-1","userIdentity":{"arn":"late"}}]}"#;
    let folder = both.folder.path().join("late");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("late.json"), late).unwrap();
    let engine = over(&[&both.to(), &folder]);
    let p = plan(
        &engine,
        "SELECT eventname FROM cloudtrail WHERE eventname LIKE 'L%'",
    )
    .await;
    assert!(
        p.contains("UnionExec") && p.contains("LogScanExec") && p.contains("DataSourceExec"),
        "{p}"
    );
    for sql in [
        "SELECT eventname, count(*) FROM cloudtrail WHERE eventname LIKE 'L%' GROUP BY 1",
        "SELECT useridentity.arn, min(time) FROM cloudtrail WHERE length(eventname) < 6 GROUP BY 1",
        "SELECT eventname FROM cloudtrail ORDER BY time, eventname LIMIT 9",
        "SELECT count(*) FROM cloudtrail",
    ] {
        let raw = rows(&over(&[&both.raw(), &folder]), sql).await;
        assert_eq!(rows(&engine, sql).await, raw, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_read_by_its_manifest_and_its_tables_are_not_listed() {
    let both = both(once()).await;
    let store = Counting::holding(&BTreeMap::new()).await;
    let as_store = Arc::clone(&store) as Arc<dyn ObjectStore>;
    let dest = Destination::bucket(as_store, Location::from("lake"), "s3://logs/lake");
    compact(&both.raw(), &dest, |_| {}).await;
    let sql =
        "SELECT account, day, count(*), count(DISTINCT eventid) FROM cloudtrail GROUP BY 1, 2";
    let expected = rows(&over(&[&both.raw()]), sql).await;
    let parts = Manifest::load(&dest).await.unwrap().parts;
    assert!(parts.len() > 10, "{}", parts.len());
    // A file that a listing would take for rows.
    let first = parts.iter().find(|p| p.table == "cloudtrail").unwrap();
    let stray = format!("{}-again.parquet", first.path.trim_end_matches(".parquet"));
    let copied = store.copy(&dest.at(&first.path), &dest.at(&stray)).await;
    copied.unwrap();
    store.listed();
    for (prefix, lists) in [("", 3), ("lake", 2), ("lake/table=cloudtrail", 1)] {
        let engine = over_sources(vec![store.source(prefix)]);
        assert_eq!(rows(&engine, sql).await, expected, "{prefix}");
        assert_eq!(store.listed(), lists, "{prefix}");
        let sql = "SELECT name FROM objects WHERE fault = 'not_in_manifest'";
        let strays = rows(&engine, sql).await;
        assert_eq!(strays, [format!("s3://logs/lake/{stray}")], "{prefix}");
        store.listed();
    }
    // Of a day only its files are opened.
    store.fetched();
    let engine = over_sources(vec![store.source("lake")]);
    let sql = "SELECT count(*) FROM cloudtrail WHERE day = '2026-03-02' AND region = 'eu-west-1'";
    assert_eq!(
        rows(&engine, sql).await,
        rows(&over(&[&both.raw()]), sql).await
    );
    let is_wanted = |p: &&crate::compact::Part| {
        p.table == "cloudtrail" && p.region == "eu-west-1" && p.path.contains("day=2026-03-02")
    };
    let wanted = u64::try_from(parts.iter().filter(is_wanted).count()).unwrap();
    // The state, and one footer for each file.
    assert_eq!(store.fetched(), 1 + wanted);
}
