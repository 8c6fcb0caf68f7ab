//! Whether everything that came in was looked at.

use std::time::Duration;

use flowtrail_event::{NoteKind, SkipReason, Tally};
use serde_json::{Map, Value, json};

use crate::phrase;

/// Reasons and kinds that occurred, with their counts.
pub(super) fn skips(tally: &Tally) -> Vec<(SkipReason, u64)> {
    let all = SkipReason::ALL.into_iter().map(|r| (r, tally.skipped(r)));
    all.filter(|(_, n)| *n > 0).collect()
}

/// Kinds of notes that occurred, with their counts.
pub(super) fn notes(tally: &Tally) -> Vec<(NoteKind, u64)> {
    let all = NoteKind::ALL.into_iter().map(|k| (k, tally.notes(k)));
    all.filter(|(_, n)| *n > 0).collect()
}

/// Records skipped for any reason. A sum that is wrong on purpose must not
/// overflow here, so it is kept in the wider type.
pub(super) fn skipped(tally: &Tally) -> u128 {
    SkipReason::ALL
        .into_iter()
        .map(|r| u128::from(tally.skipped(r)))
        .sum()
}

/// What does not add up, in plain sentences.
pub(super) fn discrepancies(tally: &Tally) -> Vec<String> {
    let mut found = Vec::new();
    let accounted = u128::from(tally.evaluated) + skipped(tally);
    let records = u128::from(tally.records);
    if accounted != records {
        let (difference, what) = match records.checked_sub(accounted) {
            Some(missing) => (missing, "neither evaluated nor skipped"),
            None => (accounted - records, "accounted for twice"),
        };
        let difference = u64::try_from(difference).unwrap_or(u64::MAX);
        found.push(format!(
            "the numbers do not add up: {} came in, {} evaluated, {} skipped; {} {what}",
            phrase::plural(tally.records, "record"),
            phrase::count(tally.evaluated),
            phrase::count(u64::try_from(skipped(tally)).unwrap_or(u64::MAX)),
            phrase::count(difference),
        ));
    }
    if tally.objects_failed > tally.objects {
        found.push(format!(
            "the numbers do not add up: {} failed of {} begun",
            phrase::plural(tally.objects_failed, "object"),
            phrase::count(tally.objects),
        ));
    }
    found
}

/// `n` each second, where the time is long enough to tell.
pub(super) fn per_sec(n: u64, elapsed: Duration) -> Option<u64> {
    let micros = elapsed.as_micros();
    let rate = (u128::from(n) * 1_000_000).checked_div(micros)?;
    u64::try_from(rate).ok()
}

/// The accounting for machines.
pub(super) fn to_json(tally: &Tally, elapsed: Option<Duration>) -> Value {
    let named = |pairs: Vec<(&str, u64)>| -> Map<String, Value> {
        pairs
            .into_iter()
            .map(|(name, n)| (name.to_owned(), n.into()))
            .collect()
    };
    let skip_counts = named(
        SkipReason::ALL
            .into_iter()
            .map(|r| (r.name(), tally.skipped(r)))
            .collect(),
    );
    let note_counts = named(
        NoteKind::ALL
            .into_iter()
            .map(|k| (k.name(), tally.notes(k)))
            .collect(),
    );
    let discrepancies = discrepancies(tally);
    json!({
        "adds_up": discrepancies.is_empty(),
        "discrepancies": discrepancies,
        "objects": {
            "begun": tally.objects,
            "read": tally.objects.saturating_sub(tally.objects_failed),
            "failed": tally.objects_failed,
        },
        "records": {
            "in": tally.records,
            "evaluated": tally.evaluated,
            "skipped": u64::try_from(skipped(tally)).unwrap_or(u64::MAX),
        },
        "skipped": skip_counts,
        "notes": note_counts,
        "bytes": {"stored": tally.bytes_stored, "inflated": tally.bytes_inflated},
        "elapsed_ms": elapsed.map(|e| u64::try_from(e.as_millis()).unwrap_or(u64::MAX)),
        "records_per_sec": elapsed.and_then(|e| per_sec(tally.records, e)),
        "inflated_bytes_per_sec": elapsed.and_then(|e| per_sec(tally.bytes_inflated, e)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        let mut t = Tally::default();
        (t.objects, t.bytes_inflated) = (2, 3_000);
        t.count_evaluated();
        t.count_skip(SkipReason::Digest);
        t
    }

    #[test]
    fn a_lost_record_is_said_plainly() {
        let mut t = tally();
        assert_eq!(discrepancies(&t), Vec::<String>::new());
        t.records += 1;
        assert_eq!(
            discrepancies(&t),
            [
                "the numbers do not add up: 3 records came in, 1 evaluated, 1 skipped; 1 neither evaluated nor skipped"
            ]
        );
        t.records = 1;
        assert!(
            discrepancies(&t)
                .concat()
                .ends_with("1 accounted for twice")
        );
        assert_eq!(to_json(&t, None)["adds_up"], false);
    }

    #[test]
    fn more_failures_than_objects_is_said_too() {
        let mut t = tally();
        t.objects_failed = 3;
        assert_eq!(
            discrepancies(&t),
            ["the numbers do not add up: 3 objects failed of 2 begun"]
        );
        assert_eq!(to_json(&t, None)["objects"]["read"], 0);
    }

    #[test]
    fn absurd_sums_do_not_overflow() {
        let mut t = tally();
        (t.records, t.evaluated) = (u64::MAX, u64::MAX);
        assert_eq!(discrepancies(&t).len(), 1);
    }

    #[test]
    fn rates() {
        let value = to_json(&tally(), Some(Duration::from_millis(500)));
        assert_eq!(value["records_per_sec"], 4);
        assert_eq!(value["inflated_bytes_per_sec"], 6_000);
        assert_eq!(
            to_json(&tally(), Some(Duration::ZERO))["records_per_sec"],
            Value::Null
        );
    }
}
