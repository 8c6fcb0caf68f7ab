//! Any bytes at any split: no panic, the same records, and offsets that only
//! go up.
#![no_main]

use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_event::{Event, Flow, Limits, Location, Note, Projection, Sink, Skip};
use libfuzzer_sys::fuzz_target;

#[derive(Default, PartialEq, Debug)]
struct Seen(Vec<(bool, u64, u64)>);

impl Sink for Seen {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.0.push((true, event.location.offset, event.location.len));
        Flow::Continue
    }
    fn skip(&mut self, skip: Skip) {
        self.0.push((false, skip.offset, skip.len));
    }
    fn note(&mut self, _: Note) {}
}

impl RecordSink for Seen {
    fn log_line(&mut self, _: &[u8], location: Location) -> Flow {
        self.0.push((true, location.offset, location.len));
        Flow::Continue
    }
}

fn read(bytes: &[u8], piece: usize) -> Seen {
    let mut projection = Projection::new();
    for field in ["eventName", "userIdentity.arn", "requestParameters", "requestParameters.a.b"] {
        projection.slot(field);
    }
    projection.slot_for_every_value();
    let limits = Limits {
        record_bytes_max: 4096,
        nesting_max: 30,
        ..Limits::default()
    };
    let mut reader = Reader::new(&projection, &limits);
    let mut seen = Seen::default();
    for part in bytes.chunks(piece) {
        reader.push(part, &mut seen);
    }
    reader.finish(&mut seen);
    seen
}

fuzz_target!(|data: (u8, &[u8])| {
    let (piece, bytes) = data;
    let whole = read(bytes, bytes.len().max(1));
    assert_eq!(read(bytes, usize::from(piece).max(1)), whole);
    assert!(whole.0.is_sorted_by(|a, b| a.1 <= b.1));
});
