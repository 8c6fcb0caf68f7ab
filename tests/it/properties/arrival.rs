//! How bytes arrive does not matter: pieces of any size, compressed or plain.

use std::io::{self, Read};
use std::sync::Arc;

use flowtrail_detect::Detector;
use flowtrail_event::ObjectFault;
use flowtrail_scan::{ObjectReport, ScanOptions, Scanner};

use super::{OBJECTS, Object, PLAN, assert_same, inflated, jsonl};
use crate::bad_input::specimens::specimens;
use crate::bad_input::{gz, see};

const SIZES: [usize; 10] = [1, 2, 3, 5, 7, 11, 13, 64, 255, 4096];

/// Gives at most `size` bytes at a time, as a slow connection does.
struct Pieces<'a> {
    rest: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = room.len().min(self.size);
        self.rest.read(&mut room[..len])
    }
}

/// All objects, in pieces of `size`.
fn scan(objects: &[Object], size: usize) -> (Vec<ObjectReport>, String) {
    let mut scanner = Scanner::new(Arc::clone(&PLAN), ScanOptions::default());
    let reports = objects
        .iter()
        .map(|(name, rest)| scanner.scan(name, Pieces { rest, size }))
        .collect();
    let mut detector = Detector::new(Arc::clone(&PLAN));
    detector.merge(scanner.into_detector());
    (reports, jsonl(detector))
}

#[track_caller]
fn assert_equal_reports(got: &ObjectReport, want: &ObjectReport, what: &str) {
    let mut tally = got.tally.clone();
    if let Some(ObjectFault::NotALog | ObjectFault::TooLarge) = got.fault.as_ref().map(|f| f.kind) {
        // Such an object is not read on, and how much was fetched by then is
        // up to the source.
        tally.bytes_stored = want.tally.bytes_stored;
    }
    assert_eq!(tally, want.tally, "{what}");
    assert_eq!(got.fault, want.fault, "{what}");
    assert_eq!(got.skips, want.skips, "{what}");
    assert_eq!(got.notes, want.notes, "{what}");
    assert_eq!(got.times, want.times, "{what}");
}

fn every_size(objects: &[Object]) -> String {
    let (whole, findings) = scan(objects, usize::MAX);
    assert!(findings.lines().count() > 20);
    for size in SIZES {
        let (reports, by_size) = scan(objects, size);
        for ((got, want), (name, _)) in reports.iter().zip(&whole).zip(objects) {
            assert_equal_reports(got, want, &format!("{name} by {size}"));
        }
        assert_same(&by_size, &findings, &format!("pieces of {size}"));
    }
    findings
}

#[test]
fn pieces_of_any_size_give_the_same_findings() {
    let as_stored = every_size(&OBJECTS);
    let plain: Vec<_> = OBJECTS
        .iter()
        .map(|(name, bytes)| (name.clone(), inflated(bytes)))
        .collect();
    // Offsets are those of inflated bytes, so that not even these differ.
    assert_same(&every_size(&plain), &as_stored, "plain");
}

/// The same for whatever is wrong with an object.
#[test]
fn damage_is_told_the_same_in_pieces_of_any_size() {
    for specimen in specimens() {
        for bytes in [specimen.bytes.clone(), gz(&specimen.bytes)] {
            let whole = see(bytes.as_slice());
            for size in SIZES {
                let rest = bytes.as_slice();
                let parts = see(Pieces { rest, size });
                let what = format!("{} by {size}", specimen.name);
                assert_equal_reports(&parts.report, &whole.report, &what);
                assert_eq!(parts.judged(), whole.judged(), "{what}");
            }
        }
    }
}

/// And for streams that are cut or go on behind their end.
#[test]
fn damaged_streams_are_told_the_same_in_pieces_of_any_size() {
    let (name, bytes) = OBJECTS
        .iter()
        .max_by_key(|(_, b)| b.len().min(9000))
        .unwrap();
    let zipped = gz(&inflated(bytes));
    let behind = |tail: &[u8]| [&zipped, tail].concat();
    let mut streams = vec![
        behind(b"\x1F"),
        behind(b"\x1F\x8B"),
        behind(b"garbage"),
        behind(&zipped),
        behind(&gz(b"")),
    ];
    for cut in [
        1,
        2,
        9,
        10,
        11,
        zipped.len() / 2,
        zipped.len() - 8,
        zipped.len() - 1,
    ] {
        streams.push(zipped[..cut].to_vec());
    }
    for (i, stream) in streams.iter().enumerate() {
        let whole = see(stream.as_slice());
        for size in SIZES {
            let rest = stream.as_slice();
            let parts = see(Pieces { rest, size });
            assert_equal_reports(
                &parts.report,
                &whole.report,
                &format!("{name} {i} by {size}"),
            );
        }
    }
}
