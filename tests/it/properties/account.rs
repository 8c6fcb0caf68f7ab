//! Every record is accounted for, against a count that shares no code with the
//! readers; and a sink that loses a record is found out.

use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_event::{Event, Flow, Kind, Limits, Location, Note, Projection, Sink, Skip, Tally};
use flowtrail_flowlog::TextReader;

use super::{OBJECTS, PLAN, SIMULATED, inflated};
use crate::account::{Counted, accounted};
use crate::support::scan;

#[test]
fn the_account_adds_up_for_every_object_and_in_total() {
    let objects = OBJECTS.iter().map(|(n, b)| (n.as_str(), b.as_slice()));
    let seen = scan(&PLAN, objects);
    let (mut total, mut in_all) = (Tally::default(), Counted::default());
    for ((name, bytes), report) in OBJECTS.iter().zip(&seen.reports) {
        let counted = Counted::of(&inflated(bytes));
        accounted(&report.tally, &counted).unwrap_or_else(|e| panic!("{name}: {e}"));
        let failed = u64::from(report.fault.is_some());
        assert_eq!(
            (report.tally.objects, report.tally.objects_failed),
            (1, failed)
        );
        assert_eq!(report.tally.bytes_stored, bytes.len() as u64, "{name}");
        total.add(&report.tally);
        in_all.add(&counted);
    }
    accounted(&total, &in_all).unwrap();
    assert_eq!(total.objects, OBJECTS.len() as u64);
    assert!(total.evaluated > 3000);
    // Simulated objects are sound: but for digests nothing is skipped.
    let simulated = seen.reports.iter().take(SIMULATED.len());
    assert!(
        simulated
            .flat_map(|r| &r.skips)
            .all(|s| s.reason.is_expected())
    );
}

/// Keeps the account as a scan does, but loses each record whose number is a
/// multiple of `loses`.
#[derive(Default)]
struct Careless {
    tally: Tally,
    met: u64,
    loses: Option<u64>,
}

impl Sink for Careless {
    fn event(&mut self, _: &mut Event<'_>) -> Flow {
        self.met += 1;
        if self.loses.is_none_or(|n| !self.met.is_multiple_of(n)) {
            self.tally.count_evaluated();
        }
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        self.tally.count_skip(skip.reason);
    }

    fn note(&mut self, note: Note) {
        self.tally.count_note(note.kind);
    }
}

impl RecordSink for Careless {
    fn log_line(&mut self, _: &[u8], _: Location) -> Flow {
        panic!("no simulated trail has lines in it");
    }
}

/// Reads a simulated object as its key says.
fn read(name: &str, bytes: &[u8], loses: Option<u64>) -> Careless {
    let mut sink = Careless {
        loses,
        ..Careless::default()
    };
    let (projection, limits) = (Projection::new(), Limits::default());
    if name.contains("/CloudTrail") {
        let mut reader = Reader::new(&projection, &limits);
        reader.push(bytes, &mut sink);
        reader.finish(&mut sink);
    } else {
        let mut reader = TextReader::new(&projection, &limits, None);
        reader.push(bytes, &mut sink);
        reader.finish(&mut sink);
    }
    sink
}

#[test]
fn a_sink_that_loses_a_record_is_found_out() {
    let mut found_out = [0, 0];
    for (name, bytes) in SIMULATED.iter() {
        let bytes = inflated(bytes);
        let counted = Counted::of(&bytes);
        let careful = read(name, &bytes, None);
        accounted(&careful.tally, &counted).unwrap_or_else(|e| panic!("{name}: {e}"));
        if careful.met == 0 {
            continue;
        }
        let last = careful.met;
        let careless = read(name, &bytes, Some(last));
        // The sum alone does not tell: what was lost is in neither side of it.
        assert!(careless.tally.adds_up());
        let error = accounted(&careless.tally, &counted).unwrap_err();
        assert!(error.contains("records"), "{error}");
        found_out[usize::from(name.contains("/CloudTrail/"))] += 1;
    }
    assert!(found_out.iter().all(|n| *n > 10), "{found_out:?}");
}

#[test]
fn a_record_that_is_counted_twice_or_nowhere_is_found_out() {
    let (name, bytes) = &SIMULATED[0];
    let bytes = inflated(bytes);
    let counted = Counted::of(&bytes);
    let mut tally = read(name, &bytes, None).tally;
    accounted(&tally, &counted).unwrap();
    tally.count_evaluated();
    assert!(accounted(&tally, &counted).is_err());
    let mut tally = read(name, &bytes, None).tally;
    tally.evaluated -= 1;
    assert!(!tally.adds_up());
    assert!(accounted(&tally, &counted).is_err());
}

/// Projections are for the rules: what is counted does not depend on them.
#[test]
fn the_account_does_not_depend_on_what_is_looked_at() {
    assert!(!PLAN.projection(Kind::CloudTrail).is_empty());
    for (name, bytes) in SIMULATED.iter().step_by(7) {
        let narrow = read(name, &inflated(bytes), None).tally;
        let wide = scan(&PLAN, [(name.as_str(), bytes.as_slice())]);
        let wide = &wide.reports[0].tally;
        assert_eq!(
            (narrow.records, narrow.evaluated),
            (wide.records, wide.evaluated)
        );
    }
}
