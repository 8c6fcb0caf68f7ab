//! Parquet files of every shape, written here.

use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::Compression;
use ::parquet::file::properties::WriterProperties;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray,
    ListArray, RecordBatch, StringArray, StringViewArray, TimestampMillisecondArray, UInt16Array,
};
use bytes::Bytes;
use flowtrail_event::{Limits, NoteKind, Projection, SkipReason};
use serde_json::{Value, json};

use crate::testing::{Witness, projection};
use crate::{DEFAULT_VPC_FORMAT, ParquetFault, TextReader, read_parquet};

pub(super) type Columns = Vec<(&'static str, ArrayRef)>;

pub(super) fn write(columns: Columns) -> Bytes {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(3000))
        .build();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    Bytes::from(out)
}

pub(super) fn read(file: Bytes, p: &Projection) -> (Witness, Result<(), ParquetFault>) {
    let mut sink = Witness::new(p);
    let result = read_parquet(file, p, &Limits::default(), &mut sink);
    (sink, result)
}

pub(super) fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn text_of_every_arrow_type_and_names_of_both_spellings() {
    let dictionary: DictionaryArray<Int32Type> = vec!["10.0.0.1", "-"].into_iter().collect();
    let file = write(vec![
        ("srcaddr", Arc::new(dictionary)),
        (
            "dstaddr",
            Arc::new(LargeStringArray::from(vec!["10.0.0.2", ""])),
        ),
        (
            "pkt-srcaddr",
            Arc::new(StringViewArray::from(vec!["10.0.0.3", "-"])),
        ),
        (
            "log_status",
            Arc::new(BinaryArray::from(vec![&b"OK"[..], b"SKIPDATA"])),
        ),
        (
            "dstport",
            Arc::new(UInt16Array::from(vec![Some(65535), None])),
        ),
        (
            "end",
            Arc::new(TimestampMillisecondArray::from(vec![
                1_700_000_060_000,
                1_000,
            ])),
        ),
    ]);
    let p = projection(&[
        "srcaddr",
        "dstaddr",
        "pkt-srcaddr",
        "dstport",
        "end",
        "nowhere",
    ]);
    let (sink, result) = read(file, &p);
    assert_eq!(result, Ok(()));
    let first = sink.events()[0];
    assert_eq!(
        first.values.concat(),
        ["10.0.0.1", "10.0.0.2", "10.0.0.3", "65535", "1700000060"]
    );
    assert_eq!(
        (first.time, first.offset, first.len),
        (Some(1_700_000_060_000), 0, 0)
    );
    assert_eq!(sink.events()[1].values.concat(), ["1"]);
    assert_eq!(sink.events()[1].offset, 1);
    assert_eq!(sink.notes(), [NoteKind::SkipData]);
}

#[test]
fn a_whole_row_is_shown_whatever_was_projected() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let file = write(vec![
        ("year", strings(&["2026"])),
        ("aws-account-id", strings(&["1"])),
        ("srcaddr", strings(&["10.0.0.1"])),
        ("bytes", Arc::new(Int64Array::from(vec![840]))),
        (
            "account_id",
            Arc::new(Int64Array::from(vec![12_345_678_901])),
        ),
        ("instance_tag", strings(&["web%20tier"])),
        ("brand_new", strings(&["x\"y"])),
        ("brand_new_count", Arc::new(Int32Array::from(vec![7]))),
        ("brand_new_list", Arc::new(lists)),
        ("tcp_flags", Arc::new(Float64Array::from(vec![2.0]))),
        ("action", strings(&["-"])),
    ]);
    let expected = json!({
        "srcaddr": "10.0.0.1", "bytes": 840, "account-id": "012345678901",
        "instance-tag": "web tier", "brand_new": "x\"y", "brand_new_count": 7, "tcp-flags": 2,
    });
    let mut every = Projection::new();
    every.slot_for_every_value();
    for p in [
        Projection::new(),
        projection(&["bytes", "instance_tag"]),
        every.clone(),
    ] {
        let (sink, result) = read(file.clone(), &p);
        assert_eq!(result, Ok(()));
        assert_eq!(
            serde_json::from_str::<Value>(&sink.events()[0].json).unwrap(),
            expected
        );
        assert_eq!(sink.notes(), [NoteKind::NoTime]);
    }
    let (sink, _) = read(file.clone(), &every);
    assert_eq!(
        sink.events()[0].values[0],
        [
            "10.0.0.1",
            "840",
            "012345678901",
            "web tier",
            "x\"y",
            "7",
            "2"
        ]
    );
    let (sink, _) = read(file, &projection(&["instance-tag", "brand_new"]));
    assert_eq!(sink.events()[0].values.concat(), ["web tier", "x\"y"]);
}

#[test]
fn many_rows_over_row_groups_and_batches() {
    let rows = 10_000_i64;
    let addresses: Vec<String> = (0..rows)
        .map(|n| format!("10.0.{}.{}", n / 256, n % 256))
        .collect();
    let file = write(vec![
        ("srcaddr", Arc::new(StringArray::from(addresses.clone()))),
        ("bytes", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("end", Arc::new(Int64Array::from_iter_values(0..rows))),
    ]);
    let p = projection(&["srcaddr"]);
    let (sink, result) = read(file.clone(), &p);
    assert_eq!(result, Ok(()));
    assert_eq!(sink.events().len(), addresses.len());
    for (n, (event, address)) in sink.events().iter().zip(&addresses).enumerate() {
        assert_eq!(event.values[0][0], *address);
        assert_eq!(event.offset, u64::try_from(n).unwrap());
        assert_eq!(
            event.json,
            format!(r#"{{"srcaddr":"{address}","bytes":{n},"end":{n}}}"#)
        );
    }
    let mut sink = Witness::new(&p);
    sink.stop_after = 5000;
    assert_eq!(
        read_parquet(file, &p, &Limits::default(), &mut sink),
        Ok(())
    );
    assert_eq!(sink.records(), 5000);
}

/// Asks for the whole record of single rows, as findings do.
#[test]
fn whole_rows_are_found_after_gaps() {
    struct Some1(Vec<String>, Vec<u64>);
    impl flowtrail_event::Sink for Some1 {
        fn event(&mut self, e: &mut flowtrail_event::Event<'_>) -> flowtrail_event::Flow {
            if self.1.contains(&e.location.offset) {
                self.0.push(String::from_utf8(e.json()).unwrap());
            }
            flowtrail_event::Flow::Continue
        }
        fn skip(&mut self, _: flowtrail_event::Skip) {}
        fn note(&mut self, _: flowtrail_event::Note) {}
    }
    let file = write(vec![
        ("srcaddr", Arc::new(StringArray::from(vec!["::1"; 20_000]))),
        ("bytes", Arc::new(Int64Array::from_iter_values(0..20_000))),
    ]);
    let mut sink = Some1(Vec::new(), vec![5, 4095, 4096, 13_000, 13_001, 19_999]);
    let asked = sink.1.clone();
    let p = projection(&["srcaddr"]);
    assert_eq!(
        read_parquet(file, &p, &Limits::default(), &mut sink),
        Ok(())
    );
    let expected: Vec<_> = asked
        .iter()
        .map(|n| format!(r#"{{"srcaddr":"::1","bytes":{n}}}"#))
        .collect();
    assert_eq!(sink.0, expected);
}

#[test]
fn bad_values_skip_their_row_whoever_looks() {
    let file = write(vec![
        ("srcaddr", strings(&["a", "b", "c", "d"])),
        ("dstport", strings(&["22", "ssh", "None", "-"])),
        (
            "bytes",
            Arc::new(Float64Array::from(vec![1.0, 1.0, 1.5, f64::NAN])),
        ),
        ("end", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
    ]);
    for p in [
        Projection::new(),
        projection(&["dstport"]),
        projection(&["srcaddr"]),
    ] {
        let (sink, result) = read(file.clone(), &p);
        assert_eq!(result, Ok(()));
        assert_eq!(sink.skips(), [SkipReason::BadNumber; 2]);
        assert_eq!(
            sink.events().iter().map(|e| e.offset).collect::<Vec<_>>(),
            [0, 3]
        );
    }
}

#[test]
fn a_transit_gateway_file_is_known_by_columns_or_version() {
    let p = Projection::new();
    let by_column = write(vec![
        ("tgw_id", strings(&["tgw-1"])),
        ("srcaddr", strings(&["::1"])),
    ]);
    assert_eq!(read(by_column, &p).0.events()[0].service, "tgwflow");
    let by_version = write(vec![
        ("version", Arc::new(Int32Array::from(vec![6, 5]))),
        ("srcaddr", strings(&["::1", "::2"])),
    ]);
    let (sink, _) = read(by_version, &p);
    let services: Vec<_> = sink.events().iter().map(|e| e.service).collect();
    assert_eq!(services, ["tgwflow", "vpcflow"]);
}

#[test]
fn text_and_parquet_agree() {
    let lines = [
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 49152 22 6 15 3500 1700000000 1700000060 ACCEPT OK",
        "2 unknown - 2001:db8::1 ::1 0 0 58 1 64 1700000001 1700000002 REJECT OK",
        "2 123456789012 eni-2 - - - - - - - 1700000003 1700000004 - NODATA",
    ];
    let names: Vec<_> = DEFAULT_VPC_FORMAT.split(' ').collect();
    let column = |n: usize| lines.map(|l| l.split(' ').nth(n).unwrap());
    let typed = names.iter().enumerate().map(|(n, name)| {
        let info = crate::field(name).unwrap();
        let array: ArrayRef = if info.form.is_number() {
            Arc::new(
                column(n)
                    .iter()
                    .map(|t| t.parse().ok())
                    .collect::<Int64Array>(),
            )
        } else {
            strings(&column(n))
        };
        (info.name, array)
    });
    let file = write(typed.collect());
    let p = projection(&names);
    let (columnar, result) = read(file, &p);
    assert_eq!(result, Ok(()));
    let mut reader = TextReader::new(&p, &Limits::default(), None);
    let mut text = Witness::new(&p);
    reader.push(lines.join("\n").as_bytes(), &mut text);
    reader.finish(&mut text);
    assert_eq!(columnar.events().len(), 3);
    for (a, b) in columnar.events().iter().zip(text.events()) {
        assert_eq!(
            (a.service, a.time, &a.values, &a.json),
            (b.service, b.time, &b.values, &b.json)
        );
    }
    assert_eq!(columnar.notes(), text.notes());
}
