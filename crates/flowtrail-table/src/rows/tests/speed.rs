//! How fast rows are made. Run by hand, in release:
//! `cargo test --release -p flowtrail-table rows::tests::speed -- --ignored --nocapture`

use std::fs;
use std::time::{Duration, Instant};

use datafusion::prelude::{col, lit};

use super::*;

/// CPU time of this thread, where the kernel tells it.
fn cpu() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

#[test]
#[ignore = "takes seconds and says something only in release"]
fn events_per_cpu_second() {
    let Some(folder) = data("cloudtrail/synthetic-bulk") else {
        return;
    };
    let objects: Vec<_> = files_below(&folder)
        .iter()
        .map(|p| fs::read(p).unwrap())
        .collect();
    let table = LogTable::CloudTrail;
    let arn = || ColumnPath::new(["useridentity", "arn"]);
    let wide = table
        .columns()
        .iter()
        .filter(|c| c.name != "record" && c.name != "unknown_fields");
    let (one, _) = Predicate::compile(table, [&col("eventname").eq(lit("AssumeRole"))]);
    let cases: [(&str, Vec<ColumnPath>, Option<Predicate>); 7] = [
        ("count(*)", vec![], None),
        ("count(*), one event name", vec![], one.clone()),
        ("eventname, arn", vec!["eventname".into(), arn()], None),
        (
            "eventname, arn, eventsource, time",
            vec![
                "eventname".into(),
                arn(),
                "eventsource".into(),
                "time".into(),
            ],
            None,
        ),
        ("useridentity", vec!["useridentity".into()], None),
        (
            "all but record",
            wide.map(|c| c.name.as_ref().into()).collect(),
            None,
        ),
        ("record, one event name", vec!["record".into()], one),
    ];
    for (what, columns, predicate) in cases {
        let plan = RowPlan::new(table, &columns, predicate).unwrap();
        let mut best = f64::MAX;
        let (mut rows, mut events, mut bytes) = (0, 0, 0);
        for _ in 0..3 {
            let mut reader = ObjectReader::new(
                plan.projections(),
                &Limits::default(),
                ScanOptions::default(),
            );
            let mut sink = RowSink::new(&plan, 8192, |batch| {
                bytes = batch.get_array_memory_size();
                Flow::Continue
            });
            events = 0;
            let (begin, wall) = (cpu(), Instant::now());
            for object in &objects {
                sink.begin_object(&facts("object"));
                events += reader.read(object.as_slice(), &mut sink).tally.evaluated;
            }
            sink.finish().unwrap();
            let spent = cpu()
                .zip(begin)
                .map_or(wall.elapsed(), |(end, begin)| end - begin);
            best = best.min(spent.as_secs_f64());
            rows = sink.rows();
        }
        let rate = events as f64 / best;
        println!(
            "{what:36} {rows:7} rows of {events}  {rate:9.0} events/CPU s  last batch {bytes} bytes"
        );
        assert!(rate > 0.0);
    }
}
