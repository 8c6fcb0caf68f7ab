//! What the text reader makes of single lines and short files.

use flowtrail_event::{EventTime, Flow, Limits, NoteKind, Projection, Skip, SkipReason};
use serde_json::{Value, json};

use crate::testing::{Said, Witness, projection};
use crate::{DEFAULT_TGW_FORMAT, DEFAULT_VPC_FORMAT, Format, TextReader};

const OK: &str =
    "2 123456789012 eni-1 10.0.0.1 10.0.0.2 49152 22 6 15 3500 1700000000 1700000060 ACCEPT OK";

fn read_with(p: &Projection, given: Option<&str>, text: &[u8]) -> Witness {
    let given = given.map(|g| Format::parse(g).unwrap());
    let mut reader = TextReader::new(p, &Limits::default(), given);
    let mut sink = Witness::new(p);
    assert_eq!(reader.push(text, &mut sink), Flow::Continue);
    reader.finish(&mut sink);
    sink
}

fn read(text: impl AsRef<[u8]>) -> Witness {
    read_with(
        &projection(&["srcaddr", "dstport", "action"]),
        None,
        text.as_ref(),
    )
}

fn only_skip(text: impl AsRef<[u8]>) -> SkipReason {
    let sink = read(text);
    assert_eq!(sink.records(), 1, "{:?}", sink.said);
    sink.skips()[0]
}

fn json_of(given: &str, line: &str) -> Value {
    let sink = read_with(&Projection::new(), Some(given), line.as_bytes());
    serde_json::from_str(&sink.events()[0].json).unwrap()
}

#[test]
fn a_file_with_a_header() {
    let sink = read(format!("{DEFAULT_VPC_FORMAT}\n{OK}\n"));
    let e = sink.events()[0];
    assert_eq!(e.service, "vpcflow");
    assert_eq!(e.time, Some(1_700_000_060_000));
    assert_eq!(e.values, [["10.0.0.1"], ["22"], ["ACCEPT"]]);
    let offset = u64::try_from(DEFAULT_VPC_FORMAT.len()).unwrap() + 1;
    assert_eq!(
        (e.offset, e.len),
        (offset, u64::try_from(OK.len()).unwrap())
    );
    assert_eq!(sink.said.len(), 1);
}

#[test]
fn a_header_changes_the_format_from_there_on() {
    let sink = read(format!(
        "{OK}\n{DEFAULT_VPC_FORMAT}\n{OK}\ndstport srcaddr new-thing\n443 ::1 x\nsrcaddr dstport action\n{OK}\n1.1.1.1 - REJECT\n"
    ));
    let values: Vec<_> = sink
        .events()
        .iter()
        .map(|e| e.values.concat().join(" "))
        .collect();
    assert_eq!(
        values,
        [
            "10.0.0.1 22 ACCEPT",
            "10.0.0.1 22 ACCEPT",
            "::1 443",
            "1.1.1.1 REJECT"
        ]
    );
    assert_eq!(sink.skips(), [SkipReason::WrongColumns]);
}

#[test]
fn a_given_format_holds_until_a_header_and_again_after_a_reset() {
    let p = projection(&["srcaddr"]);
    let given = Format::parse("${srcaddr} ${dstaddr}").unwrap();
    let mut reader = TextReader::new(&p, &Limits::default(), Some(given));
    let mut sink = Witness::new(&p);
    reader.push(
        b"1.1.1.1 2.2.2.2\ndstaddr srcaddr\n3.3.3.3 4.4.4.4\n5.5",
        &mut sink,
    );
    reader.reset();
    reader.push(
        b"6.6.6.6 7.7.7.7\ndstaddr srcaddr\n8.8.8.8 9.9.9.9\n",
        &mut sink,
    );
    reader.finish(&mut sink);
    let values: Vec<_> = sink
        .events()
        .iter()
        .map(|e| e.values[0][0].clone())
        .collect();
    assert_eq!(values, ["1.1.1.1", "4.4.4.4", "6.6.6.6", "9.9.9.9"]);
    assert_eq!(sink.events()[2].offset, 0, "a reset begins a new object");
    assert!(sink.skips().is_empty());
}

#[test]
fn the_default_formats_need_no_header() {
    let tgw = "6 TransitGateway 123456789012 tgw-1 tgw-attach-1 1 2 vpc-1 vpc-2 subnet-1 subnet-2 \
        eni-1 eni-2 az1 az2 tgw-attach-2 10.0.0.1 10.0.0.2 1234 443 6 10 1000 1700000000 1700000060 \
        OK IPv4 0 0 0 0 2 us-east-1 ingress - -";
    assert_eq!(
        tgw.split_whitespace().count(),
        DEFAULT_TGW_FORMAT.split(' ').count()
    );
    let sink = read(format!("{OK}\n{tgw}\n{OK}"));
    let services: Vec<_> = sink.events().iter().map(|e| e.service).collect();
    assert_eq!(services, ["vpcflow", "tgwflow", "vpcflow"]);
    assert_eq!(
        sink.events()[1].values,
        [vec!["10.0.0.1"], vec!["443"], vec![]]
    );
}

#[test]
fn the_service_follows_columns_and_version() {
    let service = |given: &str, line: &str| {
        read_with(&Projection::new(), Some(given), line.as_bytes()).events()[0].service
    };
    assert_eq!(service("version srcaddr end", "6 10.0.0.1 5"), "tgwflow");
    assert_eq!(service("version srcaddr end", "7 10.0.0.1 5"), "vpcflow");
    assert_eq!(service("tgw-id srcaddr end", "tgw-1 10.0.0.1 5"), "tgwflow");
}

#[test]
fn bad_lines_are_skips_with_their_reasons() {
    assert_eq!(only_skip("hello world\n"), SkipReason::UnknownFormat);
    assert_eq!(
        only_skip(OK.replace("ACCEPT OK", "OK")),
        SkipReason::UnknownFormat
    );
    let header = |line: &str| format!("{DEFAULT_VPC_FORMAT}\n{line}\n");
    assert_eq!(
        only_skip(header(&format!("{OK} x"))),
        SkipReason::WrongColumns
    );
    assert_eq!(only_skip(header("2 3")), SkipReason::WrongColumns);
    assert_eq!(
        only_skip(header(&OK.replace(" 22 ", " ssh "))),
        SkipReason::BadNumber
    );
    assert_eq!(
        only_skip(header(&OK.replace("3500", "18446744073709551616"))),
        SkipReason::BadNumber
    );
    assert_eq!(
        only_skip(header(&OK.replace("eni-1", "eni\0"))),
        SkipReason::Garbage
    );
    assert_eq!(only_skip(b"\x1f\x8b\x08\x00\xff\xfe"), SkipReason::Garbage);
    assert_eq!(only_skip(b"\xff\xfe\xfd words"), SkipReason::Garbage);
    assert_eq!(only_skip("\u{b}"), SkipReason::Garbage);
}

#[test]
fn a_bad_number_is_one_whoever_looks() {
    let line = OK.replace(" 15 ", " many ");
    for p in [
        Projection::new(),
        projection(&["srcaddr"]),
        projection(&["packets"]),
    ] {
        assert_eq!(
            read_with(&p, None, line.as_bytes()).skips(),
            [SkipReason::BadNumber]
        );
    }
}

#[test]
fn skips_say_where() {
    let sink = read(format!("{OK}\r\n\r\n  bad line \r\n"));
    let offset = u64::try_from(OK.len()).unwrap() + 4;
    let skip = Skip {
        reason: SkipReason::UnknownFormat,
        offset,
        len: 11,
    };
    assert_eq!(sink.said.last(), Some(&Said::Skip(skip)));
}

#[test]
fn line_ends_marks_blanks_and_export_times_do_not_matter() {
    let plain = read(format!("{OK}\n"));
    let values = &plain.events()[0].values;
    for text in [
        OK.to_owned(),
        format!("{OK}\r\n"),
        format!("\n\r\n \t \n{OK}\r\r\n\n"),
        format!(" {}\t\n", OK.replace(' ', " \t ")),
        format!("2026-01-01T00:00:00.000Z {OK}\n"),
        format!("2026-01-01T00:00:00.000Z {DEFAULT_VPC_FORMAT}\n2026-01-01T00:00:00Z {OK}\n"),
    ] {
        let sink = read(&text);
        assert_eq!(sink.said.len(), 1, "{text:?}");
        assert_eq!(&sink.events()[0].values, values, "{text:?}");
    }
    let marked = read(format!("\u{feff}{DEFAULT_VPC_FORMAT}\n{OK}"));
    assert_eq!(marked.notes(), [NoteKind::ByteOrderMark]);
    assert_eq!(&marked.events()[0].values, values);
    let at_once = read(format!("\u{feff}{OK}"));
    assert_eq!((at_once.events()[0].offset, at_once.records()), (3, 1));
}

#[test]
fn odd_records_are_evaluated_with_notes() {
    let nodata = read("2 123456789012 eni-1 - - - - - - - 1431280876 1431280934 - NODATA");
    assert_eq!(nodata.notes(), [NoteKind::NoData]);
    assert_eq!(nodata.events()[0].values, [[""; 0]; 3]);
    let skipdata = read("2 123456789012 eni-1 - - - - - - - 1431280876 - - SKIPDATA");
    assert_eq!(skipdata.notes(), [NoteKind::SkipData]);
    assert_eq!(
        skipdata.events()[0].time,
        Some(1_431_280_876_000),
        "the start stands in"
    );
    let timeless = read("2 123456789012 eni-1 - - - - - - - - - - NODATA");
    assert_eq!(timeless.notes(), [NoteKind::NoData, NoteKind::NoTime]);
    assert_eq!(timeless.events()[0].time, None);
    let without = read_with(&Projection::new(), Some("srcaddr"), b"10.0.0.1");
    assert_eq!(without.notes(), [NoteKind::NoTime]);
    let stray = read([OK.replace("10.0.0.1", "10.0.0.").as_bytes(), b""].concat());
    assert_eq!(stray.events()[0].values[0], ["10.0.0."]);
    let bytes: Vec<u8> = OK
        .bytes()
        .map(|b| if b == b'e' { 0xff } else { b })
        .collect();
    let p = projection(&["interface-id", "srcaddr"]);
    let stray = read_with(&p, Some(DEFAULT_VPC_FORMAT), &bytes);
    assert_eq!(stray.notes(), [NoteKind::InvalidUtf8]);
    assert_eq!(stray.events()[0].values, [["\u{fffd}ni-1"], ["10.0.0.1"]]);
    assert!(stray.events()[0].json.contains("\u{fffd}ni-1"));
}

#[test]
fn tags_are_decoded_and_every_value_is_every_value() {
    let mut p = projection(&["instance-tag", "srcaddr", "brand-new"]);
    p.slot_for_every_value();
    let given = "srcaddr instance-tag interface-tag brand-new end";
    let sink = read_with(&p, Some(given), b"a%20b web%20tier %zz - 5");
    let e = sink.events()[0];
    assert_eq!(e.values[0], ["web tier"]);
    assert_eq!(e.values[1], ["a%20b"], "only tags are encoded");
    assert!(e.values[2].is_empty());
    assert_eq!(e.values[3], ["a%20b", "web tier", "%zz", "5"]);
}

#[test]
fn a_whole_record_is_json_with_aws_names() {
    let given = "version account_id pkt_srcaddr tcp-flags brand-new instance-tag bytes end srcport";
    assert_eq!(
        json_of(
            given,
            r#"5 012345678901 10.0.0.1 - quote"back\ a%22b 18446744073709551615 0099 -"#
        ),
        json!({
            "version": 5, "account-id": "012345678901", "pkt-srcaddr": "10.0.0.1",
            "brand-new": "quote\"back\\", "instance-tag": "a\"b",
            "bytes": u64::MAX, "end": 99,
        })
    );
}

#[test]
fn a_long_line_is_one_skip_and_needs_no_room() {
    let p = Projection::new();
    let limits = Limits {
        record_bytes_max: 100,
        ..Limits::default()
    };
    let long = "x".repeat(5000);
    let text = format!("{OK}\n{long}\n{OK}\n{long}");
    for size in [1, 7, 100, 101, 4096, 20_000] {
        let mut reader = TextReader::new(&p, &limits, None);
        let mut sink = Witness::new(&p);
        for chunk in text.as_bytes().chunks(size) {
            reader.push(chunk, &mut sink);
        }
        reader.finish(&mut sink);
        assert_eq!(sink.events().len(), 2, "{size}");
        let skips: Vec<_> = sink
            .said
            .iter()
            .filter_map(|s| match s {
                Said::Skip(s) => Some((s.reason, s.offset, s.len)),
                Said::Event(_) | Said::Note(_) => None,
            })
            .collect();
        let line = u64::try_from(OK.len()).unwrap() + 1;
        let expected = [
            (SkipReason::TooLarge, line, 5000),
            (SkipReason::TooLarge, 2 * line + 5001, 5000),
        ];
        assert_eq!(skips, expected, "{size}");
    }
}

#[test]
fn the_sink_can_stop_anywhere() {
    let p = Projection::new();
    let text = format!("{OK}\n").repeat(5);
    for size in [1, 50, 97, 1000] {
        let mut reader = TextReader::new(&p, &Limits::default(), None);
        let mut sink = Witness::new(&p);
        sink.stop_after = 2;
        let flows: Vec<_> = text
            .as_bytes()
            .chunks(size)
            .map(|c| reader.push(c, &mut sink))
            .collect();
        assert_eq!(flows.last(), Some(&Flow::Stop), "{size}");
        assert_eq!(reader.finish(&mut sink), Flow::Stop);
        assert_eq!(reader.line(OK.as_bytes(), 0, &mut sink), Flow::Stop);
        assert_eq!(sink.records(), 2, "{size}");
        reader.reset();
        assert_eq!(
            reader.line(OK.as_bytes(), 0, &mut sink),
            Flow::Stop,
            "the sink still says so"
        );
        assert_eq!(sink.records(), 3, "{size}");
    }
}

#[test]
fn lines_of_other_envelopes() {
    let p = projection(&["srcaddr"]);
    let limits = Limits {
        record_bytes_max: 200,
        ..Limits::default()
    };
    let mut reader = TextReader::new(&p, &limits, None);
    let mut sink = Witness::new(&p);
    reader.line(format!("{OK}\n").as_bytes(), 77, &mut sink);
    reader.line(format!("{OK}\n{OK}").as_bytes(), 500, &mut sink);
    reader.line("y".repeat(201).as_bytes(), 900, &mut sink);
    reader.line(b"", 901, &mut sink);
    assert_eq!(sink.events()[0].offset, 77);
    assert_eq!(sink.skips(), [SkipReason::Garbage, SkipReason::TooLarge]);
    assert_eq!(
        EventTime(sink.events()[0].time.unwrap()).secs(),
        1_700_000_060
    );
}
