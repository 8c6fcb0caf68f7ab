//! Every format over the same answer: values of each sort, hostile ones too.

use std::sync::Arc;

use flowtrail_table::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListBuilder, StringArray,
    StringBuilder, StringViewArray, StructArray, TimestampMillisecondArray, UInt64Array,
};
use flowtrail_table::arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Value, json};

use super::*;

/// Moves a cursor, is a formula, begins a line.
const HOSTILE: &str = "=1+1\u{1b}[2J\nx\u{202e}";

fn answer() -> RecordBatch {
    let mut lists = ListBuilder::new(StringBuilder::new());
    lists.append_value([Some("a"), None, Some("=b")]);
    lists.append_null();
    lists.append_value(Vec::<Option<&str>>::new());
    let time = TimestampMillisecondArray::from(vec![Some(1_500), None, Some(-1)]);
    let names = StringArray::from(vec![Some(HOSTILE), None, Some("c")]);
    let fields: Vec<(Arc<Field>, ArrayRef)> = vec![
        (
            Arc::new(Field::new("name", DataType::Utf8, true)),
            Arc::new(names),
        ),
        (
            Arc::new(Field::new("n", DataType::Int64, true)),
            Arc::new(Int64Array::from(vec![1, 2, 3])),
        ),
    ];
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "text",
            Arc::new(StringViewArray::from(vec![Some(HOSTILE), None, Some("")])),
        ),
        (
            "n",
            Arc::new(Int64Array::from(vec![Some(-5), None, Some(i64::MAX)])),
        ),
        ("u", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        (
            "f",
            Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY])),
        ),
        ("b", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("time", Arc::new(time.with_timezone("UTC"))),
        ("day", Arc::new(Date32Array::from(vec![0, 1, 20_000]))),
        ("list", Arc::new(lists.finish())),
        ("struct", Arc::new(StructArray::from(fields))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn written(format: AnswerFormat, batches: &[RecordBatch], style: Style) -> Vec<u8> {
    let schema = batches
        .first()
        .map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let mut writer = format.writer(&schema, style).unwrap();
    let mut out = Vec::new();
    for batch in batches {
        writer.batch(batch, &mut out).unwrap();
    }
    writer.end(&mut out).unwrap();
    out
}

fn text(format: AnswerFormat, batches: &[RecordBatch]) -> String {
    String::from_utf8(written(format, batches, Style::default())).unwrap()
}

#[test]
fn no_format_for_people_lets_a_log_steer_a_terminal() {
    use AnswerFormat::{Csv, Json, Jsonl, List, Table};
    for format in [Table, List, Csv, Json, Jsonl] {
        let text = text(format, &[answer()]);
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(steers), "{format:?}: {text:?}");
    }
}

#[test]
fn json_holds_every_value() {
    let lines = text(AnswerFormat::Jsonl, &[answer()]);
    let rows: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let expected = [
        json!({"text": HOSTILE, "n": -5, "u": u64::MAX, "f": 0.5, "b": true,
               "time": "1970-01-01T00:00:01.500Z", "day": "1970-01-01",
               "list": ["a", null, "=b"], "struct": {"name": HOSTILE, "n": 1}}),
        json!({"text": null, "n": null, "u": 0, "f": null, "b": false, "time": null,
               "day": "1970-01-02", "list": null, "struct": {"name": null, "n": 2}}),
        json!({"text": "", "n": i64::MAX, "u": 1, "f": null, "b": true,
               "time": "1969-12-31T23:59:59.999Z", "day": "2024-10-04",
               "list": [], "struct": {"name": "c", "n": 3}}),
    ];
    assert_eq!(rows, expected);
    let array: Vec<Value> =
        serde_json::from_str(&text(AnswerFormat::Json, &[answer(), answer()])).unwrap();
    assert_eq!(array.len(), 6);
    assert_eq!(array[..3], expected);
    assert_eq!(text(AnswerFormat::Json, &[]), "[]\n");
    assert_eq!(text(AnswerFormat::Jsonl, &[]), "");
}

#[test]
fn csv_is_read_by_others_and_has_no_formula() {
    let text = text(AnswerFormat::Csv, &[answer()]);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let head: Vec<&str> = reader
        .headers()
        .unwrap()
        .iter()
        .collect::<Vec<_>>()
        .to_vec();
    assert_eq!(
        head,
        ["text", "n", "u", "f", "b", "time", "day", "list", "struct"]
    );
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(&rows[0][0], "'=1+1\\x1b[2J\\nx\\u{202e}");
    // A number is ours, so that it stays one.
    assert_eq!((&rows[0][1], &rows[1][1]), ("-5", ""));
    assert_eq!(&rows[0][7], "[\"a\",null,\"=b\"]");
}

#[test]
fn a_table_is_aligned_and_cut_only_on_a_terminal() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "name",
            Arc::new(StringArray::from(vec![Some("a"), None, Some("日本")])),
        ),
        ("n", Arc::new(Int64Array::from(vec![1, 22, 333]))),
        (
            "long",
            Arc::new(StringArray::from(vec![
                "x".repeat(40),
                "y".into(),
                "z".into(),
            ])),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let long = "x".repeat(40);
    let rule = "-".repeat(40);
    assert_eq!(
        text(AnswerFormat::Table, std::slice::from_ref(&batch)),
        format!(
            "name    n  long\n----  ---  {rule}\na       1  {long}\nnull   22  y\n日本  333  z\n"
        )
    );
    let narrow = Style {
        width: Some(30),
        ..Style::default()
    };
    let cut = String::from_utf8(written(
        AnswerFormat::Table,
        std::slice::from_ref(&batch),
        narrow,
    ))
    .unwrap();
    assert_eq!(
        cut.lines().nth(2).unwrap(),
        format!("a       1  {}…", "x".repeat(18))
    );
    assert!(cut.lines().all(|l| textwrap::core::display_width(l) <= 30));
    let tiny = Style {
        width: Some(12),
        ..Style::default()
    };
    let list = String::from_utf8(written(AnswerFormat::Table, &[batch], tiny)).unwrap();
    assert!(
        list.starts_with("-- 1 --\nname  a\nn     1\nlong  xxx"),
        "{list}"
    );
}

#[test]
fn an_answer_without_rows_has_a_head_and_one_without_columns_has_nothing() {
    let none = answer().slice(0, 0);
    assert_eq!(
        text(AnswerFormat::Csv, std::slice::from_ref(&none))
            .lines()
            .count(),
        1
    );
    assert_eq!(text(AnswerFormat::Table, &[none]).lines().count(), 2);
    for format in [AnswerFormat::Csv, AnswerFormat::Table, AnswerFormat::List] {
        assert_eq!(text(format, &[]), "", "{format:?}");
    }
}

#[test]
fn many_rows_are_written_as_they_come() {
    let batch = |from: i64| {
        let n: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + 600));
        RecordBatch::try_from_iter([("n", n)]).unwrap()
    };
    let schema = batch(0).schema();
    let mut writer = AnswerFormat::Table
        .writer(&schema, Style::default())
        .unwrap();
    let mut out = Vec::new();
    writer.batch(&batch(0), &mut out).unwrap();
    assert!(out.is_empty(), "widths are not known yet");
    writer.batch(&batch(600), &mut out).unwrap();
    assert_eq!(out.split(|b| *b == b'\n').count(), 1203);
    writer.batch(&batch(1200), &mut out).unwrap();
    writer.end(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 1802);
    assert_eq!(text.lines().last(), Some("1799"));
}

#[test]
fn plans_keep_their_lines() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "plan_type",
            Arc::new(StringArray::from(vec!["logical_plan", "physical_plan"])),
        ),
        (
            "plan",
            Arc::new(StringArray::from(vec!["A\n  B\u{1b}", "C"])),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    assert_eq!(
        text(AnswerFormat::Table, &[batch]),
        "logical_plan:\nA\n  B\\x1b\n\nphysical_plan:\nC\n"
    );
}

#[test]
fn parquet_holds_the_values_as_they_are() {
    use flowtrail_table::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
    let bytes = written(
        AnswerFormat::Parquet,
        &[answer(), answer()],
        Style::default(),
    );
    let reader = ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 1024).unwrap();
    let read: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 6);
    assert_eq!(
        text(AnswerFormat::Jsonl, &read),
        text(AnswerFormat::Jsonl, &[answer(), answer()])
    );
}

#[test]
fn endings_tell_the_format() {
    assert_eq!(AnswerFormat::of_ending("ndjson"), Some(AnswerFormat::Jsonl));
    assert_eq!(AnswerFormat::of_ending("exe"), None);
}
