use flowtrail_event::{Event, Flow, Note, Skip};

use super::*;
use crate::store::Source;

/// Counts records; at one of them it may break.
#[derive(Default)]
struct Counter {
    records: u64,
    breaks: bool,
}

impl Sink for Counter {
    fn event(&mut self, _: &mut Event<'_>) -> Flow {
        assert!(!self.breaks, "a bug");
        self.records += 1;
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

fn folder(objects: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..objects {
        let line = "2 111122223333 eni-0a 10.0.0.1 10.0.0.2 999 443 6 1 40 1793491200 1793491260 ACCEPT OK\n";
        std::fs::write(folder.path().join(format!("{n}.log")), line.repeat(n + 1)).unwrap();
    }
    folder
}

fn over(path: &std::path::Path) -> Arc<Logs> {
    Arc::new(Logs {
        sources: vec![Source::Local(path.to_owned())].into(),
        ..Logs::default()
    })
}

async fn counted(logs: &Arc<Logs>, sinks: Vec<Counter>) -> (Result<u64, QueryError>, Arc<Run>) {
    let run = Arc::new(Run::default());
    let filled = gather(logs, &run, &Projections::default(), sinks).await;
    let sum = |sinks: Vec<Counter>| sinks.iter().map(|s| s.records).sum();
    (filled.map(sum), run)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_reaches_one_sink() {
    let folder = folder(30);
    std::fs::write(folder.path().join("notes.txt"), "buy milk\n").unwrap();
    std::fs::write(folder.path().join("context.yaml"), "version: 1\n").unwrap();
    let logs = Arc::new(Logs {
        aside: vec![folder.path().join("context.yaml")].into(),
        ..Logs::clone(&over(folder.path()))
    });
    for sinks in [1, 2, 7] {
        let sinks = (0..sinks).map(|_| Counter::default()).collect();
        let (records, run) = counted(&logs, sinks).await;
        assert_eq!(records, Ok(30 * 31 / 2));
        let sums = run.account().sums();
        assert_eq!((sums.tally.objects, sums.tally.evaluated), (31, 465));
        assert_eq!((sums.not_logs, sums.is_partial()), (1, false));
        let now = run.account().progress().now();
        assert_eq!((now.objects_done, now.objects_listed), (31, 31));
        assert_eq!(now.bytes_done, now.bytes_listed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_and_a_missing_folder_are_errors() {
    let folder = folder(3);
    let breaks = Counter {
        breaks: true,
        ..Counter::default()
    };
    let (records, _) = counted(&over(folder.path()), vec![breaks]).await;
    assert!(records.unwrap_err().message.contains("internal error"));
    let nowhere = folder.path().join("nowhere");
    let (records, _) = counted(&over(&nowhere), vec![Counter::default()]).await;
    let error = records.unwrap_err();
    assert!(error.message.starts_with("cannot open `"), "{error}");
    assert!(error.hint.is_some());
}
