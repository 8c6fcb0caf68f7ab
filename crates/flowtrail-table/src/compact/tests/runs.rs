//! Runs one after the other and side by side.

use super::super::{CompactError, Manifest, Stop};
use super::support::*;

const FLOWS: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n";
const FLOW: &str =
    "2 111122223333 eni-1 10.0.0.1 10.0.0.2 40000 443 6 10 840 1772323200 1772323260 ACCEPT OK\n";
const NO_DATA: &str = "2 111122223333 eni-1 - - - - - - - 1772323200 1772323260 - NODATA\n";

fn logs() -> Logs {
    Logs::of(&[
        (
            "a.json",
            trail(&[
                event(1, "2026-03-01T23:59:59Z", ""),
                event(2, "2026-03-02T00:00:01Z", ""),
                event(2, "2026-03-02T00:00:01Z", r#","readOnly":true"#),
            ]),
        ),
        (
            // A copy of one, one in another account, one without a time.
            "b.json",
            trail(&[
                event(1, "2026-03-01T23:59:59Z", ""),
                event(3, "2026-03-01T10:00:00Z", "").replace("111122223333", "444455556666"),
                event(4, "no time", ""),
            ]),
        ),
        ("c.log", format!("{FLOWS}{FLOW}{FLOW}{NO_DATA}")),
        ("d.log", format!("{FLOWS}{FLOW}{NO_DATA}{FLOW}{FLOW}")),
        (
            "e.log",
            "srcaddr dstaddr end\n10.0.0.1 10.0.0.2 1772323260\n10.0.0.1 10.0.0.2 1772323260\n"
                .to_owned(),
        ),
        (
            "f.log",
            "srcaddr dstaddr end\n10.0.0.1 10.0.0.2 1772323260\n".to_owned(),
        ),
        (
            "g.json",
            r#"{"digestS3Object":"x","digestStartTime":"y"}"#.to_owned(),
        ),
        ("h.txt", "no log".to_owned()),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_a_row_once_and_where_it_belongs() {
    let (logs, dest) = (logs(), in_memory());
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_holds(&dest, &logs).await;
    assert_eq!(
        (done.tally.records, done.rows, done.duplicates),
        (17, 12, 4)
    );
    assert_eq!((done.not_logs, done.problems.total), (1, 0), "h.txt");
    let manifest = Manifest::load(&dest).await.unwrap();
    let mut folders: Vec<String> = manifest
        .parts
        .iter()
        .map(|p| p.partition().unwrap().to_string())
        .collect();
    folders.sort();
    assert_eq!(
        folders,
        [
            "table=cloudtrail/account=111122223333/region=eu-west-1/day=2026-03-01",
            "table=cloudtrail/account=111122223333/region=eu-west-1/day=2026-03-02",
            "table=cloudtrail/account=111122223333/region=eu-west-1/day=__HIVE_DEFAULT_PARTITION__",
            "table=cloudtrail/account=444455556666/region=eu-west-1/day=2026-03-01",
            "table=vpcflow/account=111122223333/region=unknown/day=2026-03-01",
            "table=vpcflow/account=unknown/region=unknown/day=2026-03-01",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_news_changes_nothing() {
    let (logs, dest) = (logs(), in_memory());
    compact(&logs, &dest, options()).await.unwrap();
    let before = Manifest::load(&dest).await.unwrap();
    let again = compact(&logs, &dest, options()).await.unwrap();
    assert_eq!((again.known, again.tally.objects, again.rows), (8, 0, 0));
    assert_eq!(Manifest::load(&dest).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_may_come_in_any_portions() {
    let logs = logs();
    for seed in 0..6_usize {
        let dest = in_memory();
        let mut so_far = Logs::default();
        let mut names: Vec<&String> = logs.0.keys().collect();
        let len = names.len();
        names.rotate_left(seed % len);
        if seed % 2 == 1 {
            names.reverse();
        }
        for portion in names.chunks(1 + seed % 3) {
            so_far
                .0
                .extend(portion.iter().map(|n| ((*n).clone(), logs.0[*n].clone())));
            compact(&so_far, &dest, options()).await.unwrap();
        }
        let (rows, all) = (rows(&dest).await, expected(&logs));
        // Which copy of a flow stays may differ; how many do not.
        let texts = |rows: &[Seen]| rows.iter().map(|r| r.json.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&rows), texts(&all), "{seed}");
        assert_eq!(foreign_rows(&dest).await, rows);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_and_small_files_add_up() {
    let (logs, dest) = (logs(), in_memory());
    let mut options = options();
    options.round_objects = 1;
    options.part_bytes = 1;
    compact(&logs, &dest, options).await.unwrap();
    let texts = |rows: &[Seen]| rows.iter().map(|r| r.json.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&rows(&dest).await), texts(&expected(&logs)));
    let manifest = Manifest::load(&dest).await.unwrap();
    assert_eq!(manifest.generation, 8);
    assert!(manifest.totals.adds_up());
}

#[tokio::test(flavor = "multi_thread")]
async fn small_files_are_joined_when_they_are_many() {
    let dest = in_memory();
    let mut logs = Logs::default();
    for hour in 0..12 {
        let time = format!("2026-03-01T{hour:02}:00:00Z");
        let text = trail(&[event(hour, &time, "")]);
        logs.0
            .insert(format!("{hour:02}.json"), Some(text.into_bytes()));
        compact(&logs, &dest, options()).await.unwrap();
        let parts = Manifest::load(&dest).await.unwrap().parts.len();
        assert!(parts <= 4, "{parts}");
    }
    assert_holds(&dest, &logs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_grows_is_read_again() {
    let (mut logs, dest) = (logs(), in_memory());
    compact(&logs, &dest, options()).await.unwrap();
    let longer = format!("{FLOWS}{FLOW}{FLOW}{NO_DATA}{FLOW}");
    logs.0.insert("c.log".to_owned(), Some(longer.into_bytes()));
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_eq!((done.tally.objects, done.rows), (1, 0), "d.log has as many");
    let late = trail(&[
        event(9, "2026-02-01T00:00:00Z", ""),
        event(1, "2026-03-01T23:59:59Z", ""),
    ]);
    logs.0.insert("z.json".to_owned(), Some(late.into_bytes()));
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_eq!((done.rows, done.duplicates), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_could_not_be_opened_is_tried_again() {
    let (mut logs, dest) = (logs(), in_memory());
    let there = logs.0.insert("a.json".to_owned(), None).unwrap();
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_eq!((done.tally.objects_failed, done.problems.total), (2, 1));
    assert_eq!(done.problems.listed[0].name, "a.json");
    logs.0.insert("a.json".to_owned(), there);
    compact(&logs, &dest, options()).await.unwrap();
    assert_eq!(rows(&dest).await.len(), expected(&logs).len());
    logs.0.insert("a.json".to_owned(), None);
    let before = Manifest::load(&dest).await.unwrap().generation;
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_eq!((done.tally.objects_failed, done.generation), (1, before));
}

/// What `aws logs get-log-events` prints: the place of a line is that of all.
#[tokio::test(flavor = "multi_thread")]
async fn equal_lines_in_one_envelope_are_several_rows() {
    let message = |line: &str| format!(r#"{{"timestamp":1,"message":"{}"}}"#, line.trim_end());
    let envelope = |lines: &[&str]| {
        let all: Vec<String> = lines.iter().map(|l| message(l)).collect();
        format!(
            r#"{{"events":[{}],"nextForwardToken":"f/1"}}"#,
            all.join(",")
        )
    };
    let two = envelope(&[FLOW, NO_DATA, FLOW]);
    let mut logs = Logs::of(&[("a.json", two.clone()), ("b.json", two)]);
    let dest = in_memory();
    let done = compact(&logs, &dest, options()).await.unwrap();
    assert_eq!((done.tally.records, done.rows, done.duplicates), (6, 3, 3));
    // Read again, and with another one behind.
    let three = envelope(&[FLOW, NO_DATA, FLOW, FLOW]);
    logs.0.insert("a.json".to_owned(), Some(three.into_bytes()));
    let mut small = options();
    small.part_bytes = 1;
    for (name, rows) in [("a.json", 1), ("c.json", 0)] {
        let again = logs.0["a.json"].clone();
        logs.0.insert(name.to_owned(), again);
        let done = compact(&logs, &dest, small.clone()).await.unwrap();
        assert_eq!((done.tally.objects, done.rows), (1, rows), "{name}");
        assert_eq!(done.duplicates, 4 - rows, "{name}");
        assert_eq!(super::super::verify(&dest).await.unwrap().problems.len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_named_itself_has_to_be_a_log() {
    let (logs, dest) = (logs(), in_memory());
    let mut listed = logs.listed();
    for object in &mut listed {
        object.given = object.name == "h.txt";
    }
    let compactor = super::super::Compactor {
        dest,
        sources: std::sync::Arc::new(logs),
        options: options(),
        stop: Stop::default(),
        progress: std::sync::Arc::default(),
    };
    let done = compactor.run(&listed).await;
    assert_eq!((done.not_logs, done.problems.total), (0, 1));
    assert_eq!(done.problems.listed[0].name, "h.txt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_of_time_leaves_the_rest_for_later() {
    let (logs, dest) = (logs(), in_memory());
    let mut some = options();
    some.scan.span.until = flowtrail_event::EventTime::parse(b"2026-03-02T00:00:00Z");
    let done = compact(&logs, &dest, some).await.unwrap();
    assert_eq!(
        done.tally.skipped(flowtrail_event::SkipReason::OutOfTime),
        2
    );
    compact(&logs, &dest, options()).await.unwrap();
    assert_eq!(rows(&dest).await, expected(&logs));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runs_at_once_nothing_is_lost_and_nothing_doubled() {
    let logs = logs();
    for _ in 0..10 {
        let dest = in_memory();
        let mut options = options();
        options.round_objects = 3;
        // One sweeps only what is old, as between machines it must.
        options.leftovers_after = std::time::Duration::from_secs(60);
        let (a, b) = tokio::join!(
            compact(&logs, &dest, options.clone()),
            compact(&logs, &dest, options)
        );
        let [a, b] = [a.unwrap(), b.unwrap()];
        assert_eq!(a.rows + b.rows, expected(&logs).len() as u64);
        let texts = |rows: &[Seen]| rows.iter().map(|r| r.json.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&rows(&dest).await), texts(&expected(&logs)));
        assert_eq!(foreign_rows(&dest).await, rows(&dest).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_to_stop_leaves_what_was_there() {
    let (logs, dest) = (logs(), in_memory());
    let stop = Stop::default();
    stop.ask();
    let compactor = super::super::Compactor {
        dest: dest.clone(),
        sources: std::sync::Arc::new(logs.clone()),
        options: options(),
        stop,
        progress: std::sync::Arc::default(),
    };
    let done = compactor.run(&logs.listed()).await;
    assert!(matches!(done.ended, Some(CompactError::Stopped)));
    assert_eq!(foreign_rows(&dest).await, []);
    compact(&logs, &dest, options()).await.unwrap();
    assert_holds(&dest, &logs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_stops_a_run_before_it_loses_anything() {
    let (mut logs, dest) = (logs(), in_memory());
    compact(&logs, &dest, options()).await.unwrap();
    let manifest = Manifest::load(&dest).await.unwrap();
    let part = manifest
        .parts
        .iter()
        .find(|p| p.path.contains("03-02"))
        .unwrap();
    let bytes = dest.read(&part.path).await.unwrap().unwrap();
    dest.delete(std::slice::from_ref(&part.path)).await.unwrap();
    dest.create(&part.path, bytes.slice(..bytes.len() / 2))
        .await
        .unwrap();
    let late = trail(&[event(9, "2026-03-02T00:00:01Z", "")]);
    logs.0.insert("z.json".to_owned(), Some(late.into_bytes()));
    let failed = compact(&logs, &dest, options()).await.unwrap_err();
    assert!(matches!(failed, CompactError::Damaged { .. }), "{failed}");
    let after = Manifest::load(&dest).await.unwrap();
    assert_eq!(after.generation, manifest.generation);
    let problems = super::super::verify(&dest).await.unwrap().problems;
    assert!(
        problems.iter().any(|p| p.contains("damaged")),
        "{problems:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_memory_is_sorted_on_disk() {
    let events = |object: u32| -> Vec<String> {
        let event = |n: u32| {
            let time = format!("2026-03-01T{:02}:{:02}:00Z", n * 7 % 24, n % 60);
            event(
                object * 3000 + n,
                &time,
                &format!(r#","userAgent":"{}""#, "x".repeat(900)),
            )
        };
        (0..3000).map(event).collect()
    };
    let objects: Vec<(String, String)> = (0..20)
        .map(|n| (format!("{n:02}.json"), trail(&events(n))))
        .collect();
    let named: Vec<(&str, String)> = objects
        .iter()
        .map(|(n, t)| (n.as_str(), t.clone()))
        .collect();
    let (logs, dest) = (Logs::of(&named), in_memory());
    let spill = tempfile::tempdir().unwrap();
    let mut options = options();
    options.memory_bytes = 24 << 20;
    options.spill = spill.path().to_owned();
    options.part_bytes = 256 << 10;
    let done = compact(&logs, &dest, options).await.unwrap();
    assert_eq!(done.rows, 60_000);
    assert!(done.parts > 1, "{}", done.parts);
    assert_holds(&dest, &logs).await;
}
