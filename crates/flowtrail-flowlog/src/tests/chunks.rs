//! The same bytes, cut anywhere, give the same records.

use flowtrail_event::{Limits, Projection};
use proptest::prelude::*;

use crate::testing::{Said, Witness, projection};
use crate::{DEFAULT_TGW_FORMAT, DEFAULT_VPC_FORMAT, TextReader};

const SIZES: [usize; 8] = [1, 2, 3, 5, 7, 11, 64, usize::MAX];

fn read_in(text: &[u8], size: usize, p: &Projection) -> Vec<Said> {
    let limits = Limits {
        record_bytes_max: 600,
        ..Limits::default()
    };
    let mut reader = TextReader::new(p, &limits, None);
    let mut sink = Witness::new(p);
    for chunk in text.chunks(size.min(text.len().max(1))) {
        reader.push(chunk, &mut sink);
    }
    reader.finish(&mut sink);
    sink.said
}

fn assert_same_everywhere(text: &[u8]) {
    let mut p = projection(&["srcaddr", "dstaddr", "bytes", "instance-tag", "log-status"]);
    p.slot_for_every_value();
    let whole = read_in(text, usize::MAX, &p);
    for size in SIZES {
        assert_eq!(read_in(text, size, &p), whole, "in chunks of {size}");
    }
}

/// One of everything that the reader tells apart.
fn medley() -> Vec<u8> {
    let ok =
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 49152 22 6 15 3500 1700000000 1700000060 ACCEPT OK";
    let mut text = b"\xef\xbb\xbf".to_vec();
    for line in [
        ok,
        "",
        "2 123456789012 eni-1 - - - - - - - 1431280876 1431280934 - NODATA",
        "nonsense",
        DEFAULT_TGW_FORMAT,
        ok,
        DEFAULT_VPC_FORMAT,
        ok,
        "2 123456789012 eni-1 a b c d e f g h i j k",
        "2026-01-01T00:00:00Z 2 unknown - - - - - - - - - - - SKIPDATA",
        "srcaddr instance-tag brand-new end",
        "::1 a%20%zz caf\u{e9} -",
        "\t ",
    ] {
        text.extend_from_slice(line.as_bytes());
        text.extend_from_slice(if line.len() % 2 == 0 { b"\n" } else { b"\r\n" });
    }
    text.extend_from_slice(b"\xff\xfe 1 2 3\n\0\0\0\n");
    text.extend_from_slice(&[b'z'; 601]);
    text.extend_from_slice(b"\n");
    text.extend_from_slice(&[b'z'; 600]);
    text
}

#[test]
fn a_medley_is_read_the_same_in_every_cut() {
    let text = medley();
    assert_same_everywhere(&text);
    let events = read_in(&text, 64, &Projection::new());
    let count = events
        .iter()
        .filter(|s| matches!(s, Said::Event(_)))
        .count();
    assert_eq!(count, 6);
    // Every other cut in two as well.
    let p = projection(&["srcaddr"]);
    let whole = read_in(&text, usize::MAX, &p);
    for at in 0..text.len() {
        let limits = Limits {
            record_bytes_max: 600,
            ..Limits::default()
        };
        let mut reader = TextReader::new(&p, &limits, None);
        let mut sink = Witness::new(&p);
        reader.push(&text[..at], &mut sink);
        reader.push(&[], &mut sink);
        reader.push(&text[at..], &mut sink);
        reader.finish(&mut sink);
        assert_eq!(sink.said, whole, "cut at {at}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_the_same_in_every_cut(
        cuts in proptest::collection::vec(0..usize::MAX, 1..12),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        // Pieces of the medley in any order, with noise in the middle.
        let medley = medley();
        let mut text = Vec::new();
        for (n, cut) in cuts.iter().enumerate() {
            let from = cut % medley.len();
            let to = (from + 1 + cut % 257).min(medley.len());
            text.extend_from_slice(&medley[from..to]);
            if n == cuts.len() / 2 {
                text.extend_from_slice(&noise);
            }
        }
        assert_same_everywhere(&text);
    }

    #[test]
    fn every_line_is_one_event_or_one_skip(lines in proptest::collection::vec("[ -~\t]{0,40}", 0..20)) {
        let text = lines.join("\n");
        let said = read_in(text.as_bytes(), 7, &Projection::new());
        let records = said.iter().filter(|s| !matches!(s, Said::Note(_))).count();
        let is_record = |line: &&String| {
            !line.trim().is_empty() && crate::Format::from_header(line.as_bytes()).is_none()
        };
        prop_assert_eq!(records, lines.iter().filter(is_record).count());
    }
}
