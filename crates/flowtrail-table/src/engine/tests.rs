use std::fmt::Write as _;
use std::fs;

use datafusion::common::ScalarValue;

use super::sandbox::{engine, number, over, rows, rows_and_sums};
use super::*;
use crate::store::Source;

/// `count` flows of every size, in the form of AWS.
fn flows(count: usize) -> String {
    let mut text = String::from("version srcaddr dstaddr srcport dstport bytes start end\n");
    for i in 0..count {
        let shuffled = i.wrapping_mul(2_654_435_761) % 1_000_003;
        let (a, b) = (i / 251 % 251, i % 251);
        let start = 1_772_323_200 + i % 80_000;
        let end = start + 60;
        let _ = writeln!(
            text,
            "2 10.0.{a}.{b} 10.1.{b}.{a} {} 443 {shuffled} {start} {end}",
            i % 60_000
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sort_larger_than_the_memory_spills() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..4 {
        fs::write(folder.path().join(format!("{i}.log")), flows(75_000)).unwrap();
    }
    let spill = tempfile::tempdir().unwrap();
    let engine = engine(EngineOptions {
        logs: Logs {
            sources: vec![Source::Local(folder.path().into())].into(),
            ..Logs::default()
        },
        memory_bytes: Some(48 << 20),
        spill: Some(spill.path().into()),
        ..EngineOptions::default()
    });
    let sql = "SELECT * FROM vpcflow ORDER BY bytes, srcaddr, dstaddr, srcport, start";
    let query = engine.sql(sql).await.unwrap();
    let plan = query.frame().clone().create_physical_plan().await.unwrap();
    let context = Arc::new(query.frame().task_ctx());
    let mut stream = datafusion::physical_plan::execute_stream(Arc::clone(&plan), context).unwrap();
    let (mut count, mut last, mut held_max) = (0, i64::MIN, 0);
    let pool = Arc::clone(&engine.context().runtime_env().memory_pool);
    while let Some(batch) = futures_util::StreamExt::next(&mut stream).await {
        let batch = batch.unwrap();
        held_max = held_max.max(pool.reserved());
        let bytes = batch.column_by_name("bytes").unwrap();
        let bytes = datafusion::common::cast::as_int64_array(bytes).unwrap();
        for value in bytes.values() {
            assert!(*value >= last);
            last = *value;
        }
        count += batch.num_rows();
    }
    assert_eq!(count, 300_000);
    assert!(held_max <= 48 << 20, "{held_max}");
    let spilled = spills(plan.as_ref());
    assert!(spilled > 0, "nothing was spilled");
}

fn spills(plan: &dyn datafusion::physical_plan::ExecutionPlan) -> usize {
    let mine = plan.metrics().and_then(|m| m.spill_count()).unwrap_or(0);
    let below = plan.children().into_iter().map(|c| spills(c.as_ref()));
    mine + below.sum::<usize>()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_has_an_account_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log"), flows(100)).unwrap();
    let engine = over(&[folder.path()]);
    for _ in 0..2 {
        let (is, sums) = rows_and_sums(&engine, "SELECT count(*) FROM vpcflow").await;
        assert_eq!(
            (is, sums.tally.objects, sums.tally.records),
            (vec!["100".to_owned()], 1, 100)
        );
    }
    let first = engine.sql("SELECT count(*) FROM vpcflow").await.unwrap();
    let second = engine.sql("SELECT count(*) FROM vpcflow").await.unwrap();
    let (one, two) = (Arc::clone(first.run()), Arc::clone(second.run()));
    datafusion::physical_plan::common::collect(first.stream().await.unwrap())
        .await
        .unwrap();
    assert_eq!(one.account().sums().tally.objects, 1);
    assert_eq!(two.account().sums().tally.objects, 0);
    let now = one.account().progress().now();
    assert_eq!((now.objects_listed, now.objects_done), (1, 1));
    assert_eq!(now.bytes_listed, now.bytes_done);
    assert_eq!(now.rows, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_settings_and_parameters_work() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.log"), flows(1000)).unwrap();
    let engine = over(&[folder.path()]);
    let statements = engine
        .statements("CREATE VIEW big AS SELECT * FROM vpcflow WHERE bytes > 500000; SET datafusion.execution.batch_size = 10;")
        .unwrap();
    assert_eq!(statements.len(), 2);
    for statement in statements {
        engine.run(statement).await.unwrap().stream().await.unwrap();
    }
    let big = number(&engine, "SELECT count(*) FROM big").await;
    assert!(big > 300 && big < 700, "{big}");
    let query = engine
        .sql("SELECT count(*) FROM vpcflow WHERE dstaddr = $addr")
        .await
        .unwrap();
    let value = ScalarValue::from("10.1.1.0");
    let query = query.with_params(vec![("addr", value)]).unwrap();
    let batches = datafusion::physical_plan::common::collect(query.stream().await.unwrap()).await;
    assert_eq!(batches.unwrap()[0].num_rows(), 1);
    let size = rows(&engine, "SHOW datafusion.execution.batch_size").await;
    assert_eq!(size, ["datafusion.execution.batch_size|10"]);
    let tables = rows(
        &engine,
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .await;
    assert_eq!(
        tables,
        [
            "big",
            "cloudtrail",
            "cloudtrail_insights",
            "objects",
            "tgwflow",
            "vpcflow"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_writes_nothing_unless_it_may() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out.parquet");
    let sql = format!("COPY (SELECT 1 AS x) TO '{}'", to.display());
    let error = over(&[folder.path()]).sql(&sql).await.unwrap_err();
    assert!(
        error.message.contains("not supported") || error.message.contains("DML"),
        "{error}"
    );
    assert!(!to.exists());
    let allowed = engine(EngineOptions {
        writes: true,
        ..EngineOptions::default()
    });
    rows(&allowed, &sql).await;
    assert!(to.exists());
}

#[tokio::test]
async fn one_statement_at_a_time() {
    let engine = engine(EngineOptions::default());
    assert_eq!(
        engine.sql(" ; ").await.unwrap_err().message,
        "there is no statement to run"
    );
    let error = engine.sql("SELECT 1; SELECT 2").await.unwrap_err();
    assert_eq!(error.message, "this is more than one statement");
    let error = engine
        .sql("SELECT evntname FROM cloudtrail")
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("hint: did you mean `eventname`?"),
        "{error}"
    );
}

#[test]
fn batches_are_smaller_where_there_is_little_memory() {
    assert_eq!(batch_rows(1 << 30), 8192);
    assert_eq!(batch_rows(512 << 20), 8192);
    assert_eq!(batch_rows(64 << 20), 1024);
    assert_eq!(batch_rows(24 << 20), 256);
    assert_eq!(batch_rows(1), 256);
    assert!(default_memory() <= MEMORY_BYTES);
}
