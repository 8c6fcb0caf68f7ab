use super::*;
use flowtrail_event::{Event, Location, SlotId};

/// Keeps what it is given, and stops after some records.
struct Keep {
    slots: [SlotId; 2],
    records: Vec<(String, Location)>,
    skips: Vec<SkipReason>,
    notes: Vec<NoteKind>,
    records_max: usize,
}

impl Sink for Keep {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let slot = match event.service.kind() {
            Kind::CloudTrail => self.slots[0],
            Kind::Flow => self.slots[1],
        };
        let text = event.str(slot).unwrap_or("-").to_owned();
        self.records.push((text, event.location));
        if self.records.len() < self.records_max {
            Flow::Continue
        } else {
            Flow::Stop
        }
    }

    fn skip(&mut self, skip: Skip) {
        self.skips.push(skip.reason);
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note.kind);
    }
}

fn read(text: &str, span: TimeSpan, records_max: usize) -> (Keep, ObjectReport) {
    let mut wanted = Projections::default();
    let mut keep = Keep {
        slots: [
            wanted.cloudtrail.slot("eventName"),
            wanted.flow.slot("srcaddr"),
        ],
        records: Vec::new(),
        skips: Vec::new(),
        notes: Vec::new(),
        records_max,
    };
    let options = ScanOptions {
        span,
        ..ScanOptions::default()
    };
    let mut reader = ObjectReader::new(&wanted, &Limits::default(), options);
    let report = reader.read(text.as_bytes(), &mut keep);
    (keep, report)
}

fn names(keep: &Keep) -> Vec<&str> {
    keep.records.iter().map(|r| r.0.as_str()).collect()
}

const LINES: &str = "version srcaddr end log-status
2 10.0.0.1 1700000000 OK
2 - 1700000060 NODATA
2 10.0.0.2 x OK
2 10.0.0.3 1700000120 OK
";

#[test]
fn a_sink_of_ones_own_receives_everything() {
    let (keep, report) = read(LINES, TimeSpan::default(), usize::MAX);
    assert_eq!(names(&keep), ["10.0.0.1", "-", "10.0.0.3"]);
    assert_eq!(keep.skips, [SkipReason::BadNumber]);
    assert_eq!(keep.notes, [NoteKind::NoData]);
    assert_eq!((report.tally.records, report.tally.evaluated), (4, 3));
    assert!(report.tally.adds_up());

    let calls = r#"{"Records":[{"eventVersion":"1.08","eventName":"A","eventTime":"2026-01-01T00:00:00Z"}]}"#;
    let (keep, report) = read(calls, TimeSpan::default(), usize::MAX);
    assert_eq!((names(&keep), report.tally.evaluated), (vec!["A"], 1));
}

#[test]
fn what_is_out_of_time_is_counted_and_not_handed_on() {
    let span = TimeSpan {
        since: Some(EventTime::from_secs(1_700_000_100)),
        until: None,
    };
    let (keep, report) = read(LINES, span, usize::MAX);
    assert_eq!(names(&keep), ["10.0.0.3"]);
    assert_eq!(report.tally.skipped(SkipReason::OutOfTime), 2);
    assert!(report.tally.adds_up());
}

#[test]
fn a_sink_that_stops_is_given_no_more() {
    let (keep, report) = read(LINES, TimeSpan::default(), 1);
    assert_eq!(names(&keep), ["10.0.0.1"]);
    assert_eq!((report.tally.records, report.fault), (1, None));
}

/// A line in an envelope lies where the envelope's entry lies.
#[test]
fn lines_in_an_envelope_have_its_place() {
    let envelope = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1,"message":"2 123456789012 eni-1 10.0.0.9 10.0.0.2 1 2 6 1 40 1700000000 1700000060 ACCEPT OK"}]}"#;
    let (keep, report) = read(envelope, TimeSpan::default(), usize::MAX);
    assert_eq!(names(&keep), ["10.0.0.9"]);
    assert_eq!(report.tally.evaluated, 1);
    assert!(keep.records[0].1.offset > 0);
}
