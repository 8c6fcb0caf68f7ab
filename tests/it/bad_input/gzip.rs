//! Compressed objects that are damaged, go on too long, or inflate too far.

use std::io::{self, Read};

use flowtrail_event::{Limits, NoteKind, ObjectFault, SkipReason};

use super::specimens::{record, records};
use super::{gz, see, see_within, skips};

/// Enough records, different enough, that the compressed object has several
/// kilobytes.
fn sample() -> (Vec<String>, Vec<u8>) {
    let ids: Vec<String> = (0..400_u64)
        .map(|n| format!("{n:03}-{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
        .collect();
    let text = records(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    (ids, text)
}

#[test]
fn a_cut_stream_gives_what_came_before_the_cut() {
    let (ids, text) = sample();
    let whole = gz(&text);
    let mut judged_before = 0;
    let cuts = (0..whole.len())
        .step_by(37)
        .chain(whole.len() - 9..whole.len());
    for cut in cuts {
        let seen = see(&whole[..cut]);
        let (report, judged) = (&seen.report, seen.judged());
        assert!(report.tally.adds_up(), "cut at {cut}");
        assert_eq!(judged, ids[..judged.len()], "cut at {cut}");
        assert!(judged.len() >= judged_before, "cut at {cut}");
        judged_before = judged.len();
        let fault = report.fault.as_ref();
        let expected = match cut {
            0 => None,
            1 => Some(ObjectFault::NotALog),
            _ => Some(ObjectFault::CutOff),
        };
        assert_eq!(fault.map(|f| f.kind), expected, "cut at {cut}");
        if cut > 1 {
            assert_eq!(fault.unwrap().offset, report.tally.bytes_inflated);
        }
        // The record in which the stream ended is one skip; its beginning and
        // its length reach to the end of what came.
        for skip in &report.skips {
            assert_eq!(skip.reason, SkipReason::Truncated, "cut at {cut}");
            assert_eq!(skip.offset + skip.len, report.tally.bytes_inflated);
        }
        assert!(report.skips.len() <= 1);
    }
    // Without the checksum every record is there, and the fault still is told.
    assert_eq!(judged_before, ids.len());
}

#[test]
fn a_changed_byte_is_always_told() {
    let (ids, text) = sample();
    let whole = gz(&text);
    for at in (0..whole.len()).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let seen = see(bytes.as_slice());
        assert!(seen.report.tally.adds_up(), "changed at {at}");
        // Bytes 4 to 9 of the header are a time and hints: nothing is lost.
        if (4..10).contains(&at) {
            assert_eq!((seen.report.fault, seen.findings.len()), (None, ids.len()));
            continue;
        }
        let fault = seen.report.fault.as_ref();
        let kind = fault.unwrap_or_else(|| panic!("changed at {at}")).kind;
        let told = [
            ObjectFault::Corrupt,
            ObjectFault::CutOff,
            ObjectFault::NotALog,
        ];
        assert!(told.contains(&kind), "changed at {at}: {kind:?}");
        assert!(kind != ObjectFault::NotALog || at < 200, "changed at {at}");
    }
}

#[test]
fn garbage_behind_the_stream_is_one_skip() {
    let text = records(&["a", "b"]);
    for garbage in [
        &b"\0"[..],
        b"\x1F",
        b"\x1F\x8A\x08",
        b"trailing",
        &[0; 100_000],
    ] {
        let seen = see([gz(&text), garbage.to_vec()].concat().as_slice());
        assert_eq!(seen.judged(), ["a", "b"]);
        assert_eq!(seen.report.fault, None);
        let [skip] = seen.report.skips[..] else {
            panic!("{:?}", seen.report.skips);
        };
        assert_eq!(skip.reason, SkipReason::Garbage);
        assert_eq!(skip.offset, text.len() as u64);
        assert_eq!(skip.len, garbage.len() as u64);
        assert_eq!(seen.report.tally.records, 3);
    }
}

#[test]
fn further_members_are_read_and_noted() {
    let (one, two) = (records(&["a"]), records(&["b", "c"]));
    let seen = see([gz(&one), gz(&two)].concat().as_slice());
    assert_eq!(seen.judged(), ["a", "b", "c"]);
    let [note] = seen.report.notes[..] else {
        panic!("{:?}", seen.report.notes);
    };
    assert_eq!(
        (note.kind, note.offset),
        (NoteKind::GzipMember, one.len() as u64)
    );
    assert_eq!((seen.report.fault, seen.report.skips.len()), (None, 0));

    // A record that is spread over two members is one record.
    let (head, tail) = two.split_at(two.len() / 2);
    let seen = see([gz(head), gz(tail)].concat().as_slice());
    assert_eq!(seen.judged(), ["b", "c"]);
    assert_eq!(seen.report.tally.notes(NoteKind::GzipMember), 1);

    // Ten thousand empty ones cost neither depth nor memory.
    let many = [gz(&one), gz(b"").repeat(10_000), gz(&two)].concat();
    let seen = see(many.as_slice());
    assert_eq!(seen.judged(), ["a", "b", "c"]);
    assert_eq!(seen.report.tally.notes(NoteKind::GzipMember), 10_001);
    assert!(seen.report.notes.len() <= Limits::default().skips_listed_max);

    let cut = [gz(&one), gz(&two)].concat();
    let seen = see(&cut[..cut.len() - 12]);
    assert_eq!(seen.judged().first().map(String::as_str), Some("a"));
    let fault = seen.report.fault.unwrap();
    assert_eq!(fault.kind, ObjectFault::CutOff);
    assert!(fault.offset >= one.len() as u64);
}

/// A gzip stream of about `bytes` blanks behind two sound records.
fn bomb(bytes: u64) -> Vec<u8> {
    let head = format!("{{\"Records\":[{},{}", record("a"), record("b")).into_bytes();
    let blanks = io::repeat(b' ').take(bytes);
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(head.as_slice().chain(blanks), flate2::Compression::best())
        .read_to_end(&mut out)
        .unwrap();
    out
}

#[test]
fn a_bomb_is_read_up_to_the_limit() {
    let max = 100_000;
    let limits = Limits {
        inflated_bytes_max: max,
        ..Limits::default()
    };
    let bytes = bomb(64 << 20);
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let seen = see_within(&limits, bytes.as_slice());
    assert_eq!(seen.judged(), ["a", "b"]);
    let fault = seen.report.fault.as_ref().unwrap();
    assert_eq!((fault.kind, fault.offset), (ObjectFault::TooLarge, max + 1));
    assert!(fault.message.contains("100000 bytes"), "{}", fault.message);
    let tally = &seen.report.tally;
    assert_eq!(tally.bytes_inflated, max + 1);
    assert_eq!(tally.skipped(SkipReason::OverLimit), 1);
    assert!(tally.adds_up());

    // The same for lines of a flow log, and for blanks alone.
    let lines = "version srcaddr dstaddr end\n2 10.0.0.1 10.0.0.2 1772445600\n".to_owned();
    let flow = lines + &"2 10.0.0.1 10.0.0.2 1772445600\n".repeat(10_000);
    let seen = see_within(&limits, gz(flow.as_bytes()).as_slice());
    let fault = seen.report.fault.as_ref().unwrap();
    assert_eq!((fault.kind, fault.offset), (ObjectFault::TooLarge, max + 1));
    assert!(seen.report.tally.evaluated > 3000 && seen.report.tally.adds_up());
    let seen = see_within(&limits, gz(&vec![b' '; 200_000]).as_slice());
    assert_eq!(seen.report.fault.unwrap().kind, ObjectFault::TooLarge);
    assert_eq!(skips(&seen.report.tally), [(SkipReason::OverLimit, 1)]);
}

#[test]
fn what_is_compressed_twice_is_named() {
    let twice = gz(&gz(&records(&["a"])));
    let fault = see(twice.as_slice()).report.fault.unwrap();
    assert_eq!(fault.kind, ObjectFault::NotALog);
    assert!(
        fault.message.ends_with("gzip inside gzip"),
        "{}",
        fault.message
    );
}

/// An input that fails half-way, as a network disk does.
struct Breaks<'a>(&'a [u8]);

impl Read for Breaks<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self.0.read(room)? {
            0 => Err(io::Error::other("the disk is gone")),
            len => Ok(len),
        }
    }
}

#[test]
fn an_input_that_fails_is_told_with_its_offset() {
    let text = records(&["a", "b"]);
    let zipped = gz(&text);
    for (bytes, ids) in [
        (&text[..], &["a", "b"][..]),
        (&text[..300], &["a"]),
        (&zipped[..], &["a", "b"]),
        (&b"\x1F"[..], &[]),
        (&b""[..], &[]),
    ] {
        let seen = see(Breaks(bytes));
        assert_eq!(seen.judged(), ids);
        let fault = seen.report.fault.unwrap();
        assert_eq!(fault.kind, ObjectFault::Read);
        assert_eq!(fault.message, "the disk is gone");
        assert_eq!(fault.offset, seen.report.tally.bytes_inflated);
        assert!(seen.report.tally.adds_up());
    }
}
