//! Flow logs that others published, where they are at hand.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flowtrail_event::{Limits, NoteKind, SkipReason};
use serde_json::{Value, json};

use super::twin::{naive, real};
use crate::testing::{Witness, projection};
use crate::{Format, TextReader, looks_like_flow_text, looks_like_parquet, read_parquet};

fn sample(name: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/flowlog");
    let bytes = fs::read(root.join(name)).ok();
    if bytes.is_none() {
        // Not through `println!`, which the test harness would swallow.
        writeln!(std::io::stderr(), "skipped: no sample {name}").unwrap();
    }
    bytes
}

const WANTED: [&str; 6] = [
    "version",
    "srcaddr",
    "dstport",
    "bytes",
    "action",
    "ecs-service-name",
];

fn read(bytes: &[u8]) -> Witness {
    let p = projection(&WANTED);
    let mut reader = TextReader::new(&p, &Limits::default(), None);
    let mut sink = Witness::new(&p);
    reader.push(bytes, &mut sink);
    reader.finish(&mut sink);
    sink
}

#[test]
fn text_samples_are_read_whole_and_as_the_naive_reader_does() {
    for (name, service, records) in [
        ("text/valid_vpc_flow_log.log", "vpcflow", 1),
        ("text/valid_vpc_flow_log_ecs.log", "vpcflow", 1),
        ("text/valid_tgw_flow_log.log", "tgwflow", 1),
    ] {
        let Some(bytes) = sample(name) else { return };
        assert!(looks_like_flow_text(&bytes), "{name}");
        assert!(looks_like_flow_text(&bytes[..60]), "{name}");
        let sink = read(&bytes);
        assert_eq!(sink.events().len(), records, "{name}");
        assert_eq!(sink.records(), records, "{name}");
        assert!(sink.events().iter().all(|e| e.service == service), "{name}");
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(real(&text, &WANTED), naive(&text, &WANTED), "{name}");
    }
}

#[test]
fn the_details_of_text_samples() {
    let Some(bytes) = sample("text/valid_vpc_flow_log.log") else {
        return;
    };
    let sink = read(&bytes);
    assert_eq!(sink.notes(), [NoteKind::NoData]);
    let got: Value = serde_json::from_str(&sink.events()[0].json).unwrap();
    let expected = json!({
        "version": 2, "account-id": "12345678910", "interface-id": "eni-0eb1e4178af74336c",
        "start": 1_742_570_089, "end": 1_742_570_142, "log-status": "NODATA",
    });
    assert_eq!(got, expected);
    let Some(bytes) = sample("text/valid_vpc_flow_log_ecs.log") else {
        return;
    };
    assert_eq!(
        read(&bytes).events()[0].values.concat(),
        ["5", "10.0.1.100", "22", "3500", "ACCEPT", "my-service"]
    );
}

#[test]
fn real_lines_out_of_another_tools_envelope() {
    let Some(bytes) = sample("text/cribl-v2-real-lines.json") else {
        return;
    };
    let envelope: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let lines: Vec<&str> = envelope
        .iter()
        .map(|e| e["_raw"].as_str().unwrap())
        .collect();
    let p = projection(&WANTED);
    let mut reader = TextReader::new(&p, &Limits::default(), None);
    let mut sink = Witness::new(&p);
    for line in &lines {
        reader.line(line.as_bytes(), 0, &mut sink);
    }
    assert_eq!((sink.events().len(), sink.records()), (99, 99));
    let text = lines.join("\n");
    assert_eq!(real(&text, &WANTED), naive(&text, &WANTED));
    let without_header = lines[1..].join("\n");
    assert_eq!(
        read(without_header.as_bytes()).events().len(),
        99,
        "each line shows its format"
    );
}

#[test]
fn a_custom_format_in_cloudwatch_messages_has_to_be_given() {
    let Some(bytes) = sample("text/valid_vpc_flow_cw_custom.json") else {
        return;
    };
    let envelope: Value = serde_json::from_slice(&bytes).unwrap();
    let p = projection(&["srcaddr", "dstaddr"]);
    let given = Format::parse("${version} ${interface-id} ${srcaddr} ${dstaddr}").unwrap();
    for (format, events) in [(Some(given), 2), (None, 0)] {
        let mut reader = TextReader::new(&p, &Limits::default(), format);
        let mut sink = Witness::new(&p);
        for event in envelope["logEvents"].as_array().unwrap() {
            reader.line(event["message"].as_str().unwrap().as_bytes(), 9, &mut sink);
        }
        assert_eq!((sink.events().len(), sink.records()), (events, 2));
        if events == 0 {
            assert_eq!(sink.skips(), [SkipReason::UnknownFormat; 2]);
        } else {
            assert_eq!(sink.events()[1].values, [["172.31.9.69"], ["172.31.9.12"]]);
        }
    }
}

#[test]
fn parquet_samples_of_two_tools() {
    let names = [
        "parquet/flowlogs-reader.parquet",
        "parquet/security-lake-raw/vpc_flow-input0.json.parquet",
        "parquet/security-lake-raw/vpc_flow-input1.json.parquet",
        "parquet/security-lake-raw/vpc_flow-input2.json.parquet",
        "parquet/security-lake-raw/vpc_flow-input3.parquet",
    ];
    let p = projection(&["srcaddr", "dstport", "action", "account-id", "tcp-flags"]);
    let mut all = Vec::new();
    for name in names {
        let Some(file) = sample(name) else { return };
        assert!(looks_like_parquet(&file));
        let mut sink = Witness::new(&p);
        assert_eq!(
            read_parquet(bytes::Bytes::from(file), &p, &Limits::default(), &mut sink),
            Ok(()),
            "{name}"
        );
        assert!(sink.skips().is_empty(), "{name}");
        all.push(sink);
    }
    let [reader, raw, _, _, nodata] = all.as_slice() else {
        panic!("five files")
    };
    assert_eq!(reader.events().len(), 3);
    assert_eq!(
        reader.events()[0].values,
        [
            vec!["198.51.100.1"],
            vec!["49152"],
            vec!["ACCEPT"],
            vec!["123456789010"],
            vec![]
        ]
    );
    assert_eq!(reader.events()[0].time, Some(1_439_387_264_000));
    assert_eq!(reader.notes()[0], NoteKind::NoData);
    assert_eq!(
        raw.events()[0].values.concat(),
        ["1.2.3.4", "39938", "REJECT", "123456789012", "2"]
    );
    let json: Value = serde_json::from_str(&raw.events()[0].json).unwrap();
    assert_eq!(
        (&json["end"], &json["pkt-srcaddr"]),
        (&json!(1_649_721_788), &json!("1.2.3.4"))
    );
    assert_eq!(json.get("traffic-path"), None, "`-` is left out");
    assert_eq!(nodata.notes(), [NoteKind::NoData]);
    assert_eq!(nodata.events()[0].values.concat(), ["374946600775"]);
}
