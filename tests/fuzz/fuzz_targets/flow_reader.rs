//! Any bytes at any split through the flow-log reader: no panic, the same records.
#![no_main]

use flowtrail_event::{Event, Flow, Limits, Note, Projection, Sink, Skip};
use flowtrail_flowlog::TextReader;
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

fn read(bytes: &[u8], piece: usize) -> Seen {
    let mut projection = Projection::new();
    for field in ["srcaddr", "dstport", "instance-tag", "action"] {
        projection.slot(field);
    }
    let limits = Limits {
        record_bytes_max: 2048,
        ..Limits::default()
    };
    let mut reader = TextReader::new(&projection, &limits, None);
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
});
