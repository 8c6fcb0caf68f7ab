//! Readers beside a compaction.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, collect};

use super::*;
use crate::compact::Manifest;
use crate::scan::Run;

const COUNT: &str = "SELECT count(record), count(DISTINCT eventid) FROM cloudtrail";

fn event(id: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventID":"id-{id}","eventTime":"2026-03-01T10:00:00Z","eventName":"Get","eventSource":"s3.amazonaws.com","awsRegion":"eu-west-1","recipientAccountId":"111122223333"}}"#
    )
}

/// Puts so many more objects of ten records each into the folder.
fn more(folder: &Path, objects: Range<usize>) {
    fs::create_dir_all(folder).unwrap();
    for object in objects {
        let events: Vec<String> = (0..10).map(|n| event(object * 10 + n)).collect();
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        fs::write(folder.join(format!("{object:03}.json")), trail(&events)).unwrap();
    }
}

/// A statement that was planned, and answers later.
struct Planned {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    run: Arc<Run>,
}

async fn planned(engine: &Engine) -> Planned {
    let query = engine.sql(COUNT).await.unwrap();
    let frame = query.frame().clone();
    Planned {
        context: Arc::new(frame.task_ctx()),
        plan: frame.create_physical_plan().await.unwrap(),
        run: Arc::clone(query.run()),
    }
}

async fn ended(planned: &Planned) -> String {
    let batches = collect(Arc::clone(&planned.plan), Arc::clone(&planned.context));
    let batches = batches.await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let row = text.lines().nth(3).unwrap().replace(' ', "");
    row.trim_matches('|').to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_a_state_reads_it_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, to) = (folder.path().join("raw"), folder.path().join("to"));
    let dest = Destination::folder(&to).unwrap();
    more(&raw, 0..1);
    compact(&raw, &dest, |_| {}).await;
    let engines = [over(&[&to]), by_rows(&to)];
    for round in 1..4 {
        let (columns, by_rows) = (planned(&engines[0]).await, planned(&engines[1]).await);
        // Every file that they were planned for is replaced.
        let before = Manifest::load(&dest).await.unwrap();
        more(&raw, round..round + 1);
        compact(&raw, &dest, |_| {}).await;
        assert!(before.parts.iter().all(|p| !to.join(&p.path).exists()));
        let state = format!("{0}|{0}", round * 10);
        assert_eq!(ended(&columns).await, state);
        assert_eq!(ended(&by_rows).await, state);
        let now = format!("{0}|{0}", round * 10 + 10);
        assert_eq!(rows(&engines[0], COUNT).await, [now]);
    }
    // Ten states later nobody keeps what the first ones had.
    let late = planned(&engines[0]).await;
    let first = Manifest::load(&dest).await.unwrap();
    for round in 4..18 {
        more(&raw, round..round + 1);
        compact(&raw, &dest, |_| {}).await;
    }
    let aside = to.join("_flowtrail/replaced").join(&first.parts[0].path);
    assert!(!aside.exists());
    assert_eq!(ended(&late).await, "0|0");
    let said = late.run.account().sums().partial().unwrap();
    assert!(said.contains("1 of 1 object could not be read"), "{said}");
    let (answer, sums) = rows_and_sums(&engines[0], COUNT).await;
    assert_eq!((answer[0].as_str(), sums.is_partial()), ("180|180", false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_beside_a_running_compaction_sees_every_row_once() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, to) = (folder.path().join("raw"), folder.path().join("to"));
    let dest = Destination::folder(&to).unwrap();
    let (done, reads) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let writer = tokio::spawn({
        let (done, reads) = (Arc::clone(&done), Arc::clone(&reads));
        async move {
            for run in 0..10 {
                more(&raw, run * 6..run * 6 + 6);
                compact(&raw, &dest, |o| o.round_objects = 2).await;
                // Who is overtaken by more than ten states says so and has no answer.
                let had = reads.load(Ordering::SeqCst);
                while reads.load(Ordering::SeqCst) == had {
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
            }
            done.store(true, Ordering::SeqCst);
        }
    });
    let mut seen = 0;
    let mut states = std::collections::BTreeSet::new();
    loop {
        let ends = done.load(Ordering::SeqCst);
        for engine in [over(&[&to]), by_rows(&to)] {
            let (answer, sums) = rows_and_sums(&engine, COUNT).await;
            let (rows, ids) = answer[0].split_once('|').unwrap();
            assert_eq!(rows, ids, "none twice");
            let rows: u64 = rows.parse().unwrap();
            assert!(
                rows.is_multiple_of(20) && rows >= seen,
                "{rows} after {seen}"
            );
            let problems: Vec<_> = sums.problems().collect();
            assert!(!sums.is_partial(), "{problems:?}");
            seen = rows;
            states.insert(rows);
            reads.fetch_add(1, Ordering::SeqCst);
        }
        if ends {
            break;
        }
    }
    writer.await.unwrap();
    assert_eq!(seen, 600);
    assert!(states.len() > 5, "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_is_committed_and_not_published_is_read_where_it_is_staged() {
    let folder = tempfile::tempdir().unwrap();
    let (raw, to) = (folder.path().join("raw"), folder.path().join("to"));
    let dest = Destination::folder(&to).unwrap();
    more(&raw, 0..3);
    compact(&raw, &dest, |_| {}).await;
    let state = Manifest::load(&dest).await.unwrap();
    // As a run leaves it that dies behind its commit.
    for part in &state.parts {
        let [path, staged, _] = part.places();
        fs::create_dir_all(to.join(&staged).parent().unwrap()).unwrap();
        fs::rename(to.join(path), to.join(staged)).unwrap();
    }
    let table = to.join("table=cloudtrail");
    for engine in [over(&[&to]), by_rows(&to), over(&[&table])] {
        assert_eq!(rows(&engine, COUNT).await, ["30|30"]);
    }
    fs::remove_dir_all(&table).unwrap();
    assert_eq!(rows(&over(&[folder.path()]), COUNT).await, ["60|30"]);
}
