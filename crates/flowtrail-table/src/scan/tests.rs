mod foul;
mod speed;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::physical_plan::displayable;
use flowtrail_event::Service;
use futures_util::StreamExt as _;

use super::*;
use crate::engine::sandbox::{
    Counting, data, direct, number, over, over_sources, plan, rows, rows_and_sums, simulated,
};

fn events(table: LogTable, by_service: [u64; Service::ALL.len()]) -> u64 {
    let both = Service::ALL.into_iter().zip(by_service);
    let mine = both.filter(|(s, _)| LogTable::of(*s) == table);
    mine.map(|(_, n)| n).sum()
}

/// A trail of `count` records, each a second after the other.
fn trail(count: usize) -> String {
    let record = |i: usize| {
        format!(
            r#"{{"eventVersion":"1.11","eventTime":"2026-03-01T{:02}:{:02}:{:02}Z","eventName":"E{}","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","userIdentity":{{"type":"IAMUser","arn":"arn:{i}"}},"eventID":"{i}","recipientAccountId":"111111111111"}}"#,
            i / 3600 % 24,
            i / 60 % 60,
            i % 60,
            i % 7
        )
    };
    let records: Vec<_> = (0..count).map(record).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_has_the_rows_that_the_reader_reads() {
    for folder in ["cloudtrail", "flowlog"] {
        let Some(folder) = data(folder) else { return };
        let engine = over(&[&folder]);
        let expected = direct(&folder);
        for table in LogTable::ALL {
            let count = number(&engine, &format!("SELECT count(*) FROM {table}")).await;
            assert_eq!(count, events(table, expected), "{table} in {folder:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rows_with_and_without_pushing_down() {
    let Some(folder) = data("cloudtrail/stratus") else {
        return;
    };
    let engine = over(&[&folder]);
    // A CASE is nothing that a record can be tested for, nor folders left out by.
    let hidden = |c: &str| format!("CASE WHEN {c} THEN 1 ELSE 0 END = 1");
    for condition in [
        "eventname = 'CreateUser'",
        "eventname IN ('CreateUser', 'AttachUserPolicy') AND errorcode IS NULL",
        "useridentity.type = 'AssumedRole' AND useridentity.arn LIKE '%role%'",
        "useridentity.sessioncontext.sessionissuer.type = 'Role' OR readonly = 'true'",
        "time >= '2023-01-01' AND day < '2030-01-01'",
        "errorcode <> 'AccessDenied'",
        "eventsource LIKE 'iam.%' AND NOT (eventname LIKE 'Get%')",
    ] {
        let select = "SELECT eventid, eventname, useridentity.arn FROM cloudtrail WHERE";
        let pushed = rows(&engine, &format!("{select} {condition}")).await;
        let kept = rows(&engine, &format!("{select} {}", hidden(condition))).await;
        assert_eq!(pushed, kept, "{condition}");
        assert!(!pushed.is_empty(), "{condition}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_are_exact_and_fields_of_structs_are_read_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), trail(10)).unwrap();
    let engine = over(&[folder.path()]);
    let p = plan(
        &engine,
        "SELECT useridentity.arn, count(*) FROM cloudtrail \
         WHERE useridentity.type = 'IAMUser' AND eventname = 'E1' GROUP BY 1",
    )
    .await;
    assert!(
        p.contains("LogScanExec: table=cloudtrail, columns=[useridentity.arn], "),
        "{p}"
    );
    assert!(!p.contains("FilterExec"), "{p}");
    let p = plan(
        &engine,
        "SELECT upper(useridentity.arn), useridentity.sessioncontext.sessionissuer.username AS who, eventname \
         FROM cloudtrail WHERE length(useridentity.type) > 3",
    )
    .await;
    assert!(!p.contains("columns=[useridentity,"), "{p}");
    assert!(p.contains("useridentity.arn"), "{p}");
    assert!(
        p.contains("useridentity.sessioncontext.sessionissuer.username"),
        "{p}"
    );
    assert!(p.contains("useridentity.type"), "{p}");
    let p = plan(&engine, "SELECT count(*) FROM cloudtrail").await;
    assert!(p.contains("columns=[],"), "{p}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_changes_no_value() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), trail(5)).unwrap();
    let engine = over(&[folder.path()]);
    let is = rows(
        &engine,
        "SELECT u.arn || '!', u.type, e, u.type AS again FROM \
         (SELECT useridentity u, eventname e, eventid FROM cloudtrail) t WHERE e = 'E3'",
    )
    .await;
    assert_eq!(is, ["arn:3!|IAMUser|E3|IAMUser"]);
    let is = rows(
        &engine,
        "SELECT a.eventid, b.useridentity.arn, b.log_offset > 0, b.day FROM cloudtrail a \
         JOIN cloudtrail b ON a.useridentity.arn = b.useridentity.arn WHERE a.eventname = 'E2'",
    )
    .await;
    assert_eq!(is, ["2|arn:2|true|2026-03-01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_leave_out_what_cannot_be_in_the_answer() {
    let objects = simulated();
    let bucket = Counting::holding(&objects).await;
    let engine = over_sources(vec![bucket.source("")]);
    let all = number(&engine, "SELECT count(*) FROM cloudtrail").await;
    let (opened, listed) = (bucket.fetched(), bucket.listed());
    assert!(all > 1000 && opened > 100, "{all} in {opened} objects");
    let days = rows(&engine, "SELECT day, count(*) FROM cloudtrail GROUP BY 1").await;
    assert!(days.len() >= 3, "{days:?}");
    bucket.fetched();
    bucket.listed();

    // One day is a third of the whole, and the day after it, for what came late.
    let (is, sums) = rows_and_sums(
        &engine,
        "SELECT day, count(*) FROM cloudtrail WHERE day = '2026-03-01' GROUP BY 1",
    )
    .await;
    assert_eq!(is, days[..1]);
    let (part, part_listed) = (bucket.fetched(), bucket.listed());
    assert!(part < opened * 3 / 4, "{part} of {opened}");
    assert!(part_listed < listed, "{part_listed} of {listed}");
    assert!(sums.pruned_folders > 0);
    assert_eq!(sums.tally.objects, part);

    // A table does not open the folders of another.
    let flows = number(&engine, "SELECT count(*) FROM vpcflow").await;
    let of_flows = bucket.fetched();
    assert!(flows > 1000);
    assert!(
        of_flows + opened <= objects.len() as u64,
        "{of_flows} + {opened}"
    );

    // An account and a region are folders of their own.
    let accounts = rows(
        &engine,
        "SELECT account, count(*) FROM cloudtrail GROUP BY 1",
    )
    .await;
    assert!(accounts.len() >= 2, "{accounts:?}");
    bucket.fetched();
    let (account, _) = accounts[0].split_once('|').unwrap();
    let sql = "SELECT account, count(*) FROM cloudtrail WHERE account = '{}' GROUP BY 1";
    assert_eq!(
        rows(&engine, &sql.replace("{}", account)).await,
        accounts[..1]
    );
    assert!(bucket.fetched() < opened);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_a_statement_share_a_listing() {
    let bucket = Counting::holding(&simulated()).await;
    let engine = over_sources(vec![bucket.source("")]);
    number(&engine, "SELECT count(*) FROM cloudtrail").await;
    let once = bucket.listed();
    number(
        &engine,
        "SELECT count(*) FROM cloudtrail a JOIN cloudtrail b ON a.eventid = b.eventid",
    )
    .await;
    assert_eq!(bucket.listed(), once);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_stops_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..40 {
        fs::write(folder.path().join(format!("{i}.json")), trail(100)).unwrap();
    }
    let engine = over(&[folder.path()]);
    for (sql, count) in [
        ("SELECT eventid FROM cloudtrail LIMIT 3", 3),
        (
            "SELECT eventid FROM cloudtrail WHERE eventname = 'E1' LIMIT 5",
            5,
        ),
        ("SELECT eventid FROM cloudtrail LIMIT 250", 250),
        ("SELECT eventid FROM cloudtrail LIMIT 2 OFFSET 4", 2),
        ("SELECT eventid FROM cloudtrail LIMIT 0", 0),
    ] {
        let (is, sums) = rows_and_sums(&engine, sql).await;
        assert_eq!(is.len(), count, "{sql}");
        assert!(sums.tally.objects < 10, "{sql}: {}", sums.tally.objects);
        assert!(!sums.is_partial(), "{sql}");
    }
    let sql = "SELECT count(*) FROM (SELECT eventid FROM cloudtrail LIMIT 150)";
    assert_eq!(number(&engine, sql).await, 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_end_when_nobody_listens() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..4 {
        fs::write(folder.path().join(format!("{i}.json")), trail(60_000)).unwrap();
    }
    let engine = over(&[folder.path()]);
    let query = engine.sql("SELECT eventid FROM cloudtrail").await.unwrap();
    let run = Arc::clone(query.run());
    let mut stream = query.stream().await.unwrap();
    assert!(stream.next().await.unwrap().unwrap().num_rows() > 0);
    // Nobody takes more: the channels fill and the threads wait.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = run.account().progress().now();
    assert!(before.rows < 200_000, "{before:?}");
    drop(stream);
    // The run is held by the threads, and by this test.
    let begun = Instant::now();
    while Arc::strong_count(&run) > 2 && begun.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let after = run.account().progress().now();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(run.account().progress().now(), after);
    assert!(after.rows < 240_000, "{after:?}");
    let sums = run.account().sums();
    assert!(!sums.is_partial() && sums.tally.objects == 0, "{sums:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vanishes_is_told_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..10 {
        fs::write(folder.path().join(format!("{i}.json")), trail(100)).unwrap();
    }
    let engine = over(&[folder.path()]);
    let query = engine.sql("SELECT eventid FROM cloudtrail").await.unwrap();
    let run = Arc::clone(query.run());
    // Planning lists.
    let plan = query.frame().clone().create_physical_plan().await.unwrap();
    fs::remove_file(folder.path().join("9.json")).unwrap();
    fs::write(folder.path().join("8.json"), "").unwrap();
    let context = Arc::new(query.frame().task_ctx());
    let batches = datafusion::physical_plan::collect(plan, context)
        .await
        .unwrap();
    assert_eq!(batches.iter().map(|b| b.num_rows()).sum::<usize>(), 800);
    let sums = run.account().sums();
    assert_eq!(
        sums.partial().unwrap(),
        "the answer is partial: 1 of 10 objects could not be read to the end (1 cannot_open)"
    );
    let problem = sums.problems().next().unwrap();
    assert!(problem.name.ends_with("9.json"), "{problem:?}");
    assert_eq!(problem.message, "it vanished after it was listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_folder_gives_each_table_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("trail.json", &trail(10));
    write("empty.json", "");
    write("readme.md", "hello world, this is no log\n");
    write(
        "flow.log",
        "version srcaddr dstaddr dstport start end\n2 10.0.0.1 10.0.0.2 443 1772323200 1772323260\n",
    );
    write("cut.json", trail(10).get(..2000).unwrap());
    write("config.json", r#"{"name":"x"}"#);
    let engine = over(&[folder.path()]);
    let (is, sums) = rows_and_sums(&engine, "SELECT count(*) FROM cloudtrail").await;
    let whole: u64 = is[0].parse().unwrap();
    assert!((11..20).contains(&whole), "{is:?}");
    let said = sums.partial().unwrap();
    assert_eq!(
        said,
        "the answer is partial: 1 of 6 objects could not be read to the end (1 ends inside a record)"
    );
    assert_eq!(sums.not_logs, 1);
    assert!(
        sums.skipped().unwrap().contains("1 not_a_record"),
        "{:?}",
        sums.skipped()
    );
    assert_eq!(number(&engine, "SELECT count(*) FROM vpcflow").await, 1);
    assert_eq!(
        number(&engine, "SELECT count(*) FROM cloudtrail_insights").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_bounds_every_table() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), trail(100)).unwrap();
    let at = |t: &str| flowtrail_event::EventTime::parse(t.as_bytes());
    let engine = crate::engine::sandbox::engine(crate::EngineOptions {
        logs: Logs {
            sources: vec![Source::Local(folder.path().into())].into(),
            span: TimeSpan {
                since: at("2026-03-01T00:00:10Z"),
                until: at("2026-03-01T00:00:30Z"),
            },
            ..Logs::default()
        },
        ..crate::EngineOptions::default()
    });
    let (is, sums) = rows_and_sums(&engine, "SELECT count(*) FROM cloudtrail").await;
    assert_eq!(is, ["20"]);
    assert_eq!(
        sums.tally.skipped(flowtrail_event::SkipReason::OutOfTime),
        80
    );
    assert!(sums.skipped().is_none());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_there_is_an_error() {
    let engine = over(&[std::path::Path::new("/nowhere/at/all")]);
    let query = engine.sql("SELECT count(*) FROM cloudtrail").await.unwrap();
    let error = engine.explain(&query.stream().await.err().unwrap());
    assert!(
        error.message.starts_with("cannot open `/nowhere/at/all`"),
        "{error}"
    );
    assert!(error.hint.is_some(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_scan_did_stands_in_its_metrics() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..3 {
        fs::write(folder.path().join(format!("{i}.json")), trail(100)).unwrap();
    }
    let engine = over(&[folder.path()]);
    let query = engine
        .sql("SELECT eventid FROM cloudtrail WHERE eventname = 'E1'")
        .await
        .unwrap();
    let plan = query.frame().clone().create_physical_plan().await.unwrap();
    let context = Arc::new(query.frame().task_ctx());
    let batches = datafusion::physical_plan::collect(Arc::clone(&plan), context)
        .await
        .unwrap();
    let count: usize = batches.iter().map(|b| b.num_rows()).sum();
    assert_eq!(plan.name(), "LogScanExec");
    let metrics = plan.metrics().unwrap();
    let get = |name: &str| metrics.sum_by_name(name).unwrap().as_usize();
    assert_eq!((get("objects_read"), get("records")), (3, 300));
    assert_eq!(metrics.output_rows(), Some(count));
    assert!(get("bytes_stored") == get("bytes_inflated") && get("bytes_stored") > 30_000);
    let text = displayable(plan.as_ref()).indent(false).to_string();
    assert!(text.contains("groups=2, objects=3"), "{text}");
}
