//! Parquet files that are damaged, hostile or something else.

use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::file::properties::WriterProperties;
use arrow_array::{ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray};
use bytes::Bytes;
use flowtrail_event::{Limits, NoteKind, Projection, SkipReason};

use super::parquet_files::{read, strings, write};
use crate::testing::{Witness, projection};
use crate::{ParquetFault, read_parquet};

#[test]
fn one_stray_byte_does_not_blind() {
    let text = StringArray::from(vec!["eni-AAAA-BBBB", "eni-2"]);
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .build();
    let batch =
        RecordBatch::try_from_iter(vec![("interface_id", Arc::new(text) as ArrayRef)]).unwrap();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let at = out.windows(5).position(|w| w == b"AAAA-").unwrap();
    out[at] = 0xff;
    let (sink, result) = read(Bytes::from(out), &projection(&["interface-id"]));
    assert_eq!(result, Ok(()));
    assert_eq!(sink.events()[0].values[0], ["eni-\u{fffd}AAA-BBBB"]);
    assert_eq!(sink.events()[1].values[0], ["eni-2"]);
    assert_eq!(sink.notes()[0], NoteKind::InvalidUtf8);
}

#[test]
fn what_is_no_flow_log_is_said() {
    let p = Projection::new();
    let (sink, result) = read(
        write(vec![
            ("version", strings(&["1"])),
            ("name", strings(&["x"])),
        ]),
        &p,
    );
    assert_eq!(
        (sink.records(), result),
        (0, Err(ParquetFault::NotAFlowLog(2)))
    );
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    let (_, result) = read(
        write(vec![("srcaddr", strings(&["x"])), ("dstport", flags)]),
        &p,
    );
    let fault = result.unwrap_err();
    assert!(
        fault
            .to_string()
            .starts_with("column `dstport` is of type Boolean"),
        "{fault}"
    );
    for bytes in [&b""[..], b"PAR1", b"PAR1PAR1", b"2 123 eni-1", &[0; 64]] {
        let (_, result) = read(Bytes::copy_from_slice(bytes), &p);
        assert!(matches!(result, Err(ParquetFault::Footer(_))), "{result:?}");
    }
}

#[test]
fn limits_hold() {
    let file = write(vec![
        ("srcaddr", strings(&["10.0.0.1", "x"])),
        ("dstaddr", strings(&["y", "z"])),
    ]);
    let p = projection(&["srcaddr", "dstaddr"]);
    let mut sink = Witness::new(&p);
    let limits = Limits {
        record_bytes_max: 8,
        ..Limits::default()
    };
    assert_eq!(read_parquet(file.clone(), &p, &limits, &mut sink), Ok(()));
    assert_eq!(
        (sink.skips(), sink.events().len()),
        (vec![SkipReason::TooLarge], 1)
    );
    let limits = Limits {
        inflated_bytes_max: 10,
        ..Limits::default()
    };
    let result = read_parquet(file, &p, &limits, &mut sink);
    assert!(
        matches!(result, Err(ParquetFault::TooLarge { max: 10, .. })),
        "{result:?}"
    );
}

/// Nothing is asked for, so only the footer would have to lie for endless rows.
#[test]
fn rows_are_counted_by_data_and_not_by_the_footer() {
    let file = write(vec![
        ("srcaddr", strings(&["::1"; 50])),
        ("bytes", Arc::new(Int32Array::from(vec![1; 50]))),
    ]);
    let (sink, result) = read(file.clone(), &Projection::new());
    assert_eq!((sink.events().len(), result), (50, Ok(())));
    let mut lies = 0;
    for at in 0..file.len() {
        for flip in [0x02, 0x04] {
            let mut damaged = file.to_vec();
            damaged[at] ^= flip;
            let mut sink = Witness::new(&Projection::new());
            sink.with_json = false;
            let bytes = Bytes::from(damaged);
            let result = read_parquet(bytes, &Projection::new(), &Limits::default(), &mut sink);
            assert!(sink.records() <= 50, "byte {at}");
            assert!(result.is_err() || sink.records() == 50, "byte {at}");
            lies += usize::from(matches!(
                result,
                Err(ParquetFault::Damaged { rows: 51, .. })
            ));
        }
    }
    assert_eq!(lies, 2, "once for the file and once for its row group");
}

/// Damage anywhere is an error or odd values; a panic of the decoder does not
/// get through, and whatever is said to be read was read.
#[test]
fn damage_anywhere_is_survived() {
    let rows = 50;
    let addresses: Vec<String> = (0..rows).map(|n| format!("10.0.0.{n}")).collect();
    let file = write(vec![
        ("srcaddr", Arc::new(StringArray::from(addresses))),
        ("dstport", Arc::new(Int32Array::from_iter_values(0..rows))),
        ("bytes", strings(&["1"; 50])),
        (
            "end",
            Arc::new(Int64Array::from_iter_values(0..i64::from(rows))),
        ),
    ]);
    let p = projection(&["srcaddr", "dstport"]);
    let mut failed = 0;
    for at in 0..file.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = file.to_vec();
            damaged[at] ^= flip;
            let (sink, result) = read(Bytes::from(damaged), &p);
            failed += usize::from(result.is_err());
            if let Err(ParquetFault::Damaged { rows_read, .. }) = result {
                assert_eq!(
                    u64::try_from(sink.records()).unwrap(),
                    rows_read,
                    "byte {at}"
                );
            }
        }
        let (_, result) = read(file.slice(..at), &p);
        assert!(result.is_err(), "cut at {at}");
    }
    assert!(failed > file.len() / 4, "{failed} of {}", 3 * file.len());
}
