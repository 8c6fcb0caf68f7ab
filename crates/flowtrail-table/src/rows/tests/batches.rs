//! How rows come out: batches, objects, damage, size.

use datafusion::arrow::array::{Array, AsArray, Int64Array, StringViewArray};
use datafusion::prelude::{col, lit};

use super::*;

fn record(name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"{name}","userIdentity":{{"arn":"arn:aws:iam::123456789012:user/{name}"}}}}"#
    )
}

fn log(names: &[&str]) -> Vec<u8> {
    let records: Vec<_> = names.iter().map(|n| record(n)).collect();
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

fn plan(columns: &[ColumnPath]) -> RowPlan {
    RowPlan::new(LogTable::CloudTrail, columns, None).unwrap()
}

fn texts(batches: &[RecordBatch], column: usize) -> Vec<Option<String>> {
    let mut all = Vec::new();
    for batch in batches {
        let array = batch.column(column);
        let array = array.as_any().downcast_ref::<StringViewArray>().unwrap();
        all.extend(array.iter().map(|t| t.map(str::to_owned)));
    }
    all
}

#[test]
fn batches_span_objects_and_are_full() {
    let (a, b) = (log(&["A", "B", "C"]), log(&["D", "E"]));
    let plan = plan(&[
        "eventname".into(),
        "log_object".into(),
        "log_offset".into(),
        "record".into(),
    ]);
    let batches = read(
        &plan,
        2,
        &[("one.json", &a), ("two.json", &b), ("none", b"")],
    );
    let sizes: Vec<_> = batches.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(sizes, [2, 2, 1]);
    let names: Vec<_> = texts(&batches, 0).into_iter().flatten().collect();
    assert_eq!(names, ["A", "B", "C", "D", "E"]);
    let objects: Vec<_> = texts(&batches, 1).into_iter().flatten().collect();
    assert_eq!(
        objects,
        ["one.json", "one.json", "one.json", "two.json", "two.json"]
    );
    let mut row = 0;
    for batch in &batches {
        let offsets = batch
            .column(2)
            .as_any()
            .downcast_ref::<Int64Array>()
            .unwrap();
        let records = batch.column(3).as_string_view();
        for i in 0..batch.num_rows() {
            let object = if row < 3 { &a } else { &b };
            let at = usize::try_from(offsets.value(i)).unwrap();
            assert!(
                object[at..].starts_with(records.value(i).as_bytes()),
                "{row}"
            );
            row += 1;
        }
    }
}

#[test]
fn without_columns_rows_are_counted_and_nothing_is_read() {
    let plan = plan(&[]);
    assert!(plan.projections().cloudtrail.is_empty() && plan.projections().flow.is_empty());
    let batches = read(&plan, 2, &[("x", &log(&["A", "B", "C"]))]);
    let sizes: Vec<_> = batches
        .iter()
        .map(|b| (b.num_rows(), b.num_columns()))
        .collect();
    assert_eq!(sizes, [(2, 0), (1, 0)]);
}

#[test]
fn a_leaf_reads_itself_alone_and_columns_come_in_the_order_asked_for() {
    let arn = ColumnPath::new(["useridentity", "arn"]);
    let plan = plan(&[arn.clone(), "eventname".into(), arn]).renamed(&["who".into()]);
    let read_fields: Vec<_> = plan
        .projections()
        .cloudtrail
        .read_fields()
        .map(|f| f.1)
        .collect();
    assert_eq!(read_fields, ["userIdentity.arn", "eventName"]);
    let names: Vec<_> = plan
        .schema()
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    assert_eq!(names, ["who", "eventname", "useridentity.arn"]);
    let batches = read(&plan, 10, &[("x", &log(&["A"]))]);
    let arn = Some("arn:aws:iam::123456789012:user/A".to_owned());
    assert_eq!(texts(&batches, 1), [Some("A".to_owned())]);
    assert_eq!(texts(&batches, 2), [arn]);
    assert_eq!(texts(&batches, 0), texts(&batches, 2));
}

#[test]
fn a_wrong_path_is_an_error_that_names_it() {
    for path in [
        ColumnPath::from("eventName"),
        ColumnPath::new(["useridentity", "nobody"]),
        ColumnPath::new(["eventname", "x"]),
        ColumnPath::new(["resources", "arn"]),
        ColumnPath::new(Vec::<String>::new()),
    ] {
        let error =
            RowPlan::new(LogTable::CloudTrail, std::slice::from_ref(&path), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("table `cloudtrail` has no column `{path}`")
        );
    }
}

#[test]
fn damage_costs_its_record_and_other_logs_are_other_tables() {
    let text = format!(
        "{}\n{{\"eventVersion\":\"1.11\",\"eventName\":\"cut\n{}\n{{\"digestS3Object\":\"x\"}}\n[1,2]\n{}\n",
        record("A"),
        record("B"),
        r#"{"eventVersion":"1.11","eventTime":"2026-03-01T10:00:00Z","eventCategory":"Insight","eventType":"AwsCloudTrailInsight"}"#
    );
    let flows = "version srcaddr end\n2 10.0.0.1 1700000000\n";
    let objects: [(&str, &[u8]); 3] = [
        ("bad", text.as_bytes()),
        ("flows", flows.as_bytes()),
        ("junk", b"\x00\x01\x02"),
    ];
    let plan = plan(&["eventname".into()]);
    let (batches, reports) = read_and_report(&plan, 10, &objects);
    let names: Vec<_> = texts(&batches, 0).into_iter().flatten().collect();
    assert_eq!(names, ["A", "B"]);
    assert!(reports[0].tally.skipped_total() > 0 && reports[0].tally.adds_up());
    assert!(reports[2].fault.is_some());
    for (table, rows) in [
        (LogTable::CloudTrailInsights, 1),
        (LogTable::VpcFlow, 1),
        (LogTable::TgwFlow, 0),
    ] {
        let plan = RowPlan::new(table, &["log_object".into()], None).unwrap();
        let batches = read(&plan, 10, &objects);
        assert_eq!(
            batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
            rows,
            "{table}"
        );
    }
}

#[test]
fn large_records_make_small_batches() {
    let large = "x".repeat(3 << 20);
    let records: Vec<_> = (0..20).map(|_| record(&large)).collect();
    let text = records.join("\n");
    let plan = plan(&["eventname".into(), "record".into()]);
    let batches = read(&plan, 8192, &[("large", text.as_bytes())]);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 20);
    for batch in &batches {
        assert!(batch.num_rows() <= 2, "{}", batch.num_rows());
        assert_eq!(batch.column(0).as_string_view().value(0).len(), large.len());
    }
    let limits = Limits {
        record_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let mut rows = 0;
    let mut reader = ObjectReader::new(plan.projections(), &limits, ScanOptions::default());
    let mut sink = RowSink::new(&plan, 10, |b| {
        rows += b.num_rows();
        Flow::Continue
    });
    let text = format!("{}\n{}\n", record("A"), record(&large));
    let report = reader.read(text.as_bytes(), &mut sink);
    sink.finish().unwrap();
    drop(sink);
    assert_eq!((rows, report.tally.skipped_total()), (1, 1));
}

#[test]
fn who_wants_no_more_gets_no_more() {
    let names = ["A"; 100];
    let plan = plan(&["eventname".into()]);
    let mut rows = 0;
    let mut reader = ObjectReader::new(
        plan.projections(),
        &Limits::default(),
        ScanOptions::default(),
    );
    let mut sink = RowSink::new(&plan, 10, |b| {
        rows += b.num_rows();
        if rows >= 30 {
            Flow::Stop
        } else {
            Flow::Continue
        }
    });
    let bytes = log(&names);
    let report = reader.read(bytes.as_slice(), &mut sink);
    assert_eq!(report.tally.evaluated, 30, "the reader stops");
    let report = reader.read(bytes.as_slice(), &mut sink);
    assert_eq!(
        report.tally.evaluated, 1,
        "and with the next object at once"
    );
    assert_eq!(sink.finish().unwrap(), Flow::Stop);
    assert_eq!(sink.rows(), 30);
    drop(sink);
    assert_eq!(rows, 30);
}

#[test]
fn memory_of_a_small_batch_is_small() {
    let plan = RowPlan::new(
        LogTable::CloudTrail,
        &all_columns(LogTable::CloudTrail),
        None,
    )
    .unwrap();
    let bytes = log(&["A"; 5000]);
    for batch in read(&plan, 1000, &[("x", &bytes)]) {
        let size = batch.get_array_memory_size();
        assert!(size < 3 << 20, "{size}");
    }
}

#[test]
fn the_account_is_that_of_the_record_or_of_the_key_or_of_the_caller() {
    let with = |more: &str| {
        format!(
            r#"{{"eventVersion":"1.0","eventName":"A","userIdentity":{{"accountId":"111111111111"}}{more}}}"#
        )
    };
    let text = format!(
        "{}\n{}\n",
        with(r#","recipientAccountId":"222222222222""#),
        with("")
    );
    let plan = plan(&["account".into()]);
    let accounts = |account: Option<&str>| {
        let mut batches = Vec::new();
        let mut reader = ObjectReader::new(
            plan.projections(),
            &Limits::default(),
            ScanOptions::default(),
        );
        let mut sink = RowSink::new(&plan, 10, |b| {
            batches.push(b);
            Flow::Continue
        });
        sink.begin_object(&ObjectFacts {
            name: "x",
            account,
            region: None,
        });
        reader.read(text.as_bytes(), &mut sink);
        sink.finish().unwrap();
        drop(sink);
        texts(&batches, 0).into_iter().flatten().collect::<Vec<_>>()
    };
    assert_eq!(
        accounts(Some("333333333333")),
        ["222222222222", "333333333333"]
    );
    assert_eq!(accounts(None), ["222222222222", "111111111111"]);
}

#[test]
fn a_predicate_is_evaluated_before_anything_is_built() {
    let filter = [col("eventname").eq(lit("B"))];
    let (predicate, exactness) = Predicate::compile(LogTable::CloudTrail, &filter);
    assert_eq!(exactness, [Exactness::Exact]);
    let plan = RowPlan::new(LogTable::CloudTrail, &[], predicate).unwrap();
    let batches = read(&plan, 10, &[("x", &log(&["A", "B", "C", "B"]))]);
    assert_eq!(
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>(),
        [2]
    );
}

#[test]
fn a_chain_of_thousands_exhausts_no_stack() {
    let each = |i: u32| col("eventname").like(lit(format!("{i}%x")));
    let chain = (1..20_000).fold(each(0), |chain, i| chain.or(each(i)));
    let (predicate, exactness) = Predicate::compile(LogTable::CloudTrail, [&chain]);
    // Dropping so long a chain would exhaust the stack as well.
    std::mem::forget(chain);
    assert_eq!(exactness, [Exactness::Exact]);
    let plan = RowPlan::new(LogTable::CloudTrail, &["eventname".into()], predicate).unwrap();
    let batches = read(&plan, 10, &[("x", &log(&["19999-x", "other"]))]);
    assert_eq!(texts(&batches, 0), [Some("19999-x".to_owned())]);
}
