//! Plans on their way: written by who asks, divided, read by who executes.

use std::path::Path;
use std::sync::Arc;

use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::common::collect;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _, displayable};
use datafusion_proto::physical_plan::AsExecutionPlan as _;
use datafusion_proto::protobuf::PhysicalPlanNode;

use super::codec::{Codec, Part, Reader};
use super::fit::Fit;
use super::message::SentScan;
use super::*;
use crate::engine::sandbox::{over, over_sources};
use crate::functions::{Knowledge, register};
use crate::scan::LogScanExec;
use crate::store::Source;
use crate::{Engine, EngineOptions};

fn logs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/queries/logs")
}

/// An engine that plans for a cluster.
fn asking() -> Engine {
    let engine = Engine::new(EngineOptions {
        logs: crate::Logs {
            sources: vec![Source::Local(logs())].into(),
            ..crate::Logs::default()
        },
        threads: Some(3),
        cluster: Some(Cluster::at("127.0.0.1:1")),
        ..EngineOptions::default()
    });
    let engine = engine.unwrap();
    register(&mut engine.context().clone(), Knowledge::default()).unwrap();
    engine
}

async fn planned(engine: &Engine, sql: &str) -> Arc<dyn ExecutionPlan> {
    let frame = engine.sql(sql).await.unwrap().frame().clone();
    frame.create_physical_plan().await.unwrap()
}

fn reader() -> Part {
    let open: OpenBucket = Arc::new(|_| Err("there are no buckets".to_owned()));
    Part::Executor(Reader::new("x".to_owned(), Arc::default(), open))
}

fn written(plan: &Arc<dyn ExecutionPlan>, codec: &Codec) -> PhysicalPlanNode {
    PhysicalPlanNode::try_from_physical_plan(Arc::clone(plan), codec).unwrap()
}

fn shown(plan: &Arc<dyn ExecutionPlan>) -> String {
    displayable(plan.as_ref()).indent(false).to_string()
}

fn leaf(plan: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match plan.children().first() {
        Some(child) => leaf(child),
        None => Arc::clone(plan),
    }
}

#[tokio::test]
async fn a_plan_comes_through_a_scheduler_as_it_was_sent() {
    let engine = asking();
    let context = engine.context().task_ctx();
    let sql = "SELECT eventname AS what, useridentity.arn, split_part(sourceipaddress, '.', 1) \
               FROM cloudtrail WHERE eventname LIKE 'Put%' AND time < TIMESTAMP '2026-05-01'";
    let plan = planned(&engine, sql).await;
    let sent = written(&plan, &Codec::new(Part::Query));
    let scheduler = Codec::new(Part::Scheduler);
    let held = sent.try_into_physical_plan(&context, &scheduler).unwrap();
    let passed_on = written(&held, &scheduler);
    let executor = Codec::new(reader());
    let came = passed_on
        .try_into_physical_plan(&context, &executor)
        .unwrap();
    assert_eq!(shown(&came), shown(&plan));
    assert_eq!(came.schema(), plan.schema());
    let rows = |plan: Arc<dyn ExecutionPlan>| async {
        let stream = datafusion::physical_plan::execute_stream(plan, Arc::clone(&context));
        let batches = collect(stream.unwrap()).await.unwrap();
        let mut rows = crate::engine::sandbox::texts(batches);
        rows.sort();
        rows
    };
    let here = rows(plan).await;
    assert_eq!(here.len(), 3);
    assert_eq!(rows(came).await, here);
}

#[tokio::test]
async fn a_scheduler_gives_a_task_its_groups_and_no_others() {
    let engine = asking();
    let context = engine.context().task_ctx();
    let plan = leaf(&planned(&engine, "SELECT eventname FROM cloudtrail").await);
    let scan = plan.downcast_ref::<LogScanExec>().unwrap();
    assert_eq!(scan.groups().len(), 3);
    let scheduler = Codec::new(Part::Scheduler);
    let held = written(&plan, &Codec::new(Part::Query));
    let held = held.try_into_physical_plan(&context, &scheduler).unwrap();
    assert_eq!(held.output_partitioning().partition_count(), 3);
    // What a scheduler of Ballista does with the files of a scan.
    let files = held.downcast_ref::<DataSourceExec>().unwrap();
    let files = files
        .data_source()
        .downcast_ref::<FileScanConfig>()
        .unwrap();
    let mut files = files.clone();
    files.file_groups.remove(1);
    let task = DataSourceExec::from_data_source(files) as Arc<dyn ExecutionPlan>;
    let task = written(&task, &scheduler);
    let came = task.try_into_physical_plan(&context, &Codec::new(reader()));
    let came = came.unwrap();
    let came = came.downcast_ref::<LogScanExec>().unwrap();
    let names = |scan: &LogScanExec| -> Vec<Vec<String>> {
        let names = scan
            .groups()
            .iter()
            .map(|g| g.iter().map(|o| o.name()).collect());
        names.collect()
    };
    let mut left = names(scan);
    left.remove(1);
    assert_eq!(names(came), left);
}

#[tokio::test]
async fn a_group_reports_what_it_read_also_when_few_rows_are_wanted() {
    let engine = asking();
    let context = engine.context().task_ctx();
    for (sql, objects) in [
        ("SELECT eventname FROM cloudtrail", 3),
        ("SELECT eventname FROM cloudtrail LIMIT 1", 0),
    ] {
        let plan = leaf(&planned(&engine, sql).await);
        let Fit::Cluster(scans) = Fit::of(&plan).unwrap() else {
            panic!("{sql} reads logs");
        };
        let sent = written(&plan, &Codec::new(Part::Query));
        let came = sent.try_into_physical_plan(&context, &Codec::new(reader()));
        let came = came.unwrap();
        let stream = datafusion::physical_plan::execute_stream(Arc::clone(&came), context.clone());
        drop(collect(stream.unwrap()).await.unwrap());
        let mut reports = report::Reports::default();
        for metric in came.metrics().unwrap().iter() {
            reports.take(metric.value().name());
        }
        let account = crate::Account::default();
        reports.settle(&scans, &account);
        let sums = account.sums();
        assert_eq!(sums.unknown, None, "{sql}");
        assert!(
            sums.tally.objects >= objects,
            "{sql}: {}",
            sums.tally.objects
        );
        assert!(sums.tally.objects <= 3, "{sql}: {}", sums.tally.objects);
    }
}

async fn scan_of(engine: &Engine, sql: &str) -> Result<SentScan, String> {
    let plan = leaf(&planned(engine, sql).await);
    SentScan::of(plan.downcast_ref::<LogScanExec>().unwrap())
}

#[tokio::test]
async fn another_version_is_refused_by_name() {
    let scan = scan_of(&asking(), "SELECT eventname FROM cloudtrail")
        .await
        .unwrap();
    let bytes = scan.write().unwrap();
    assert_eq!(SentScan::read(&bytes).unwrap(), scan);
    let text = String::from_utf8(bytes).unwrap();
    let other = text.replacen(env!("CARGO_PKG_VERSION"), "99.0.0", 1);
    // What else another version writes is not looked at.
    for message in [other.as_str(), r#"{"flowtrail":"99.0.0","other":1}"#] {
        let error = SentScan::read(message.as_bytes()).unwrap_err();
        assert!(error.contains("asked by Flowtrail 99.0.0"), "{error}");
        assert!(error.contains("hint: use one version"), "{error}");
    }
    assert!(SentScan::read(b"").is_err());
    assert!(SentScan::read(br#"{"flowtrail":1}"#).is_err());
}

#[tokio::test]
async fn a_filter_that_means_something_else_is_refused() {
    let sql = "SELECT eventname FROM cloudtrail WHERE eventname = 'PutBucketAcl'";
    let scan = scan_of(&asking(), sql).await.unwrap();
    let open = |_: &str| Err("no".to_owned());
    let context = TaskContext::default();
    assert!(scan.scan(&context, "x", open).is_ok());
    // As if a filter that was decided in full were one that is not decided.
    let vague = "SELECT eventname FROM cloudtrail WHERE day > DATE '2026-01-01'";
    let text = |scan: &SentScan| String::from_utf8(scan.write().unwrap()).unwrap();
    let filter = |text: &str| -> String {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        value["filters"].to_string()
    };
    let text = text(&scan);
    let damaged = text.replace(&filter(&text), r#"[["AAAA",true]]"#);
    let damaged = SentScan::read(damaged.as_bytes()).unwrap();
    let error = damaged.scan(&context, "x", open).unwrap_err();
    assert!(error.contains("cannot read a filter"), "{error}");
    // A filter that the scan does not decide stays with whoever asked.
    let scan = scan_of(&asking(), vague).await.unwrap();
    assert!(scan.scan(&context, "x", open).is_ok());
}

#[tokio::test]
async fn what_cannot_be_sent_says_so() {
    let stdin = over_sources(vec![Source::Stdin]);
    let error = scan_of(&stdin, "SELECT eventname FROM cloudtrail")
        .await
        .unwrap_err();
    assert!(error.contains("standard input"), "{error}");
    let engine = over(&[&logs()]);
    let plan = planned(&engine, "SELECT count(*), max(records) FROM objects").await;
    let error = Fit::of(&plan).unwrap_err().to_string();
    assert!(
        error.contains("`objects`") && error.contains("hint: "),
        "{error}"
    );
    let plan = planned(&engine, "EXPLAIN ANALYZE SELECT 1 FROM cloudtrail").await;
    assert!(Fit::of(&plan).is_err());
    for sql in [
        "SELECT 1",
        "EXPLAIN SELECT 1 FROM cloudtrail",
        "SHOW TABLES",
    ] {
        let plan = planned(&engine, sql).await;
        assert!(matches!(Fit::of(&plan).unwrap(), Fit::Here), "{sql}");
    }
}
