use std::io;

use super::*;
use crate::sniff::SNIFF_BYTES;
use flowtrail_event::{Limits, ObjectFault, SkipReason};
use flowtrail_sigma::{Level, RuleSource, compile};

const RULE: &str = "title: any\nid: any\nlogsource: {product: aws, service: cloudtrail}\n\
    detection: {sel: {eventName: X}, condition: sel}\nlevel: high\n";

fn scanner(inflated_bytes_max: u64) -> Scanner {
    let source = RuleSource {
        file: "any.yml".to_owned(),
        text: RULE.to_owned(),
    };
    let rules = compile(&[source], &crate::rule_options()).rules;
    let limits = Limits {
        inflated_bytes_max,
        ..Limits::default()
    };
    let plan = Plan::new(Arc::new(rules), &limits, Level::Informational, None).unwrap();
    Scanner::new(Arc::new(plan), ScanOptions::default())
}

fn record(id: usize) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventName":"X","eventID":"{id}","eventTime":"2026-01-01T00:00:00Z"}}"#
    )
}

fn records(n: usize) -> String {
    let all: Vec<_> = (0..n).map(record).collect();
    format!("{{\"Records\":[{}]}}", all.join(",\n"))
}

fn gz(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(text, flate2::Compression::fast())
        .read_to_end(&mut out)
        .unwrap();
    out
}

/// Gives `size` bytes at a time, and before each piece an interruption.
struct Stutter<'a> {
    rest: &'a [u8],
    size: usize,
    interrupted: bool,
}

impl Read for Stutter<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let room_len = room.len().min(self.size);
        self.rest.read(&mut room[..room_len])
    }
}

fn stuttered(bytes: &[u8], inflated_bytes_max: u64, size: usize) -> ObjectReport {
    scanner(inflated_bytes_max).scan(
        "o",
        Stutter {
            rest: bytes,
            size,
            interrupted: false,
        },
    )
}

#[test]
fn how_bytes_arrive_does_not_matter() {
    let plain = records(300).into_bytes();
    let zipped = gz(&plain);
    let two = [zipped.clone(), zipped.clone(), b"\x1Fx".to_vec()].concat();
    let cut = zipped[..zipped.len() - 20].to_vec();
    for bytes in [plain, zipped, two, cut] {
        let whole = scanner(1 << 30).scan("o", bytes.as_slice());
        assert!(whole.tally.evaluated > 200 && whole.tally.adds_up());
        for size in [1, 2, 3, 1000] {
            let parts = stuttered(&bytes, 1 << 30, size);
            assert_eq!(parts.tally, whole.tally, "by {size}");
            assert_eq!(
                (parts.fault, parts.skips),
                (whole.fault.clone(), whole.skips.clone())
            );
        }
    }
}

#[test]
fn the_limit_cuts_at_the_same_byte_however_bytes_arrive() {
    let plain = records(300).into_bytes();
    for bytes in [plain.clone(), gz(&plain)] {
        for max in [0, 1, 500, 9_000, plain.len() as u64 - 1] {
            let whole = scanner(max).scan("o", bytes.as_slice());
            assert_eq!(whole.fault.as_ref().unwrap().kind, ObjectFault::TooLarge);
            assert_eq!(whole.tally.bytes_inflated, max + 1);
            assert_eq!(whole.tally.skipped(SkipReason::OverLimit), 1);
            let parts = stuttered(&bytes, max, 1);
            assert_eq!(parts.tally.evaluated, whole.tally.evaluated, "{max}");
            assert_eq!(parts.skips, whole.skips);
        }
        let max = plain.len() as u64;
        assert_eq!(scanner(max).scan("o", bytes.as_slice()).fault, None);
    }
}

#[test]
fn blanks_in_front_do_not_hide_a_log() {
    let log = "version srcaddr dstaddr end\n2 10.0.0.1 10.0.0.2 1700000000\n";
    for blanks in [1, SNIFF_BYTES - 1, SNIFF_BYTES, 5 * SNIFF_BYTES + 3] {
        for text in [records(1), log.to_owned()] {
            let padded = "\n".repeat(blanks) + &text;
            for bytes in [padded.clone().into_bytes(), gz(padded.as_bytes())] {
                let report = scanner(1 << 30).scan("o", bytes.as_slice());
                assert_eq!(report.fault, None, "{blanks}");
                assert_eq!((report.tally.records, report.tally.evaluated), (1, 1));
                assert_eq!(report.tally.bytes_inflated, padded.len() as u64);
            }
        }
        let empty = " ".repeat(blanks);
        let report = scanner(1 << 30).scan("o", empty.as_bytes());
        assert_eq!(
            (report.fault, report.tally.bytes_inflated),
            (None, blanks as u64)
        );
        let report = scanner(blanks as u64 - 1).scan("o", empty.as_bytes());
        assert_eq!(report.fault.unwrap().kind, ObjectFault::TooLarge);
    }
}
