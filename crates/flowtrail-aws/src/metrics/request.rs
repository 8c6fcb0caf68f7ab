//! From a board to requests that CloudWatch takes.
//!
//! One datum that CloudWatch refuses makes it refuse the whole request, so its
//! limits are kept here (API reference of `PutMetricData`): names and dimensions
//! of at most 255 and 1,024 ASCII characters and never empty, at most 150 values
//! with as many counts, numbers finite and within ±2^360, times within two weeks
//! back and two hours ahead, at most 1,000 data and 1 MB a request.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension as AwsDimension, MetricDatum, StandardUnit};
use aws_smithy_types::DateTime;

use super::board::{Amount, Board, Series, VALUES_MAX, Value};
use super::catalogue::{Metric, Unit};

/// Data of one request.
pub(super) const DATA_MAX: usize = 1_000;
/// Bytes of one request before compression, with room for its envelope.
const BYTES_MAX: usize = 900_000;
/// What a datum is at most reckoned at besides its values: names, keys, time.
const DATUM_BYTES: usize = 400;
/// Bytes of one number in the request.
const NUMBER_BYTES: usize = 9;
/// Seconds that a datum may lie back.
const BACK_MAX: i64 = 14 * 86_400;
/// Seconds kept from that limit, for the way to CloudWatch.
const BACK_MARGIN: i64 = 3_600;
/// Seconds that a datum may lie ahead.
const AHEAD_MAX: i64 = 2 * 3_600;
/// Characters of a dimension's value.
const VALUE_CHARS_MAX: usize = 1_024;

/// Requests, and what had to be left out of them.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) batches: Vec<Vec<MetricDatum>>,
    pub(super) rejected: BTreeMap<&'static str, u64>,
}

/// The requests for a board, at `now` in seconds since the epoch. What cannot
/// be sent is counted by reason, and the counts are sent.
pub(super) fn requests(board: &Board, now: i64) -> Requests {
    let mut out = Requests {
        rejected: board.rejected.clone(),
        ..Requests::default()
    };
    let mut room = Room::default();
    for (series, amount) in &board.series {
        for datum in data(series, amount, now, &mut out.rejected) {
            room.put(datum, &mut out.batches);
        }
    }
    for (reason, n) in out.rejected.clone() {
        let series = (Metric::MetricsRejected, Value::Fixed(reason));
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let amount = Amount::Sum(n as f64);
        for datum in data(&series, &amount, now, &mut BTreeMap::new()) {
            room.put(datum, &mut out.batches);
        }
    }
    out
}

/// How much of the current request is taken.
#[derive(Debug, Default)]
struct Room {
    bytes: usize,
}

impl Room {
    fn put(&mut self, datum: MetricDatum, batches: &mut Vec<Vec<MetricDatum>>) {
        let numbers = datum.values().len() + datum.counts().len();
        let names: usize = datum
            .dimensions()
            .iter()
            .filter_map(|d| d.value())
            .map(str::len)
            .sum();
        let bytes = DATUM_BYTES + names + numbers * NUMBER_BYTES;
        let full = batches
            .last()
            .is_none_or(|b| b.len() >= DATA_MAX || self.bytes + bytes > BYTES_MAX);
        if full {
            batches.push(Vec::new());
            self.bytes = 0;
        }
        self.bytes += bytes;
        if let Some(batch) = batches.last_mut() {
            batch.push(datum);
        }
    }
}

/// The data of one series; several where it has more values or times than one
/// datum can hold.
fn data(
    (metric, value): &Series,
    amount: &Amount,
    now: i64,
    rejected: &mut BTreeMap<&'static str, u64>,
) -> Vec<MetricDatum> {
    let mut reject = |why: &'static str| *rejected.entry(why).or_default() += 1;
    let Some(dimension) = dimension(*metric, value) else {
        reject("dimension");
        return Vec::new();
    };
    let datum = |time: i64| {
        MetricDatum::builder()
            .metric_name(metric.name())
            .unit(unit(metric.unit()))
            .storage_resolution(60)
            .timestamp(DateTime::from_secs(time))
            .set_dimensions(dimension.clone().map(|d| vec![d]))
    };
    match amount {
        Amount::Sum(sum) if fits(*sum) => vec![datum(now).value(*sum).build()],
        Amount::Sum(_) => {
            reject("value");
            Vec::new()
        }
        Amount::ByMinute(minutes) => {
            let mut out = Vec::new();
            for (time, sum) in minutes {
                if *time < now - BACK_MAX + BACK_MARGIN {
                    reject("too_old");
                } else if *time > now + AHEAD_MAX {
                    reject("timestamp");
                } else if fits(*sum) {
                    out.push(datum(*time).value(*sum).build());
                } else {
                    reject("value");
                }
            }
            out
        }
        Amount::Values(values) => {
            #[expect(clippy::cast_precision_loss, reason = "rounded to two digits")]
            let pairs: Vec<(f64, f64)> = values.iter().map(|(v, n)| (*v as f64, *n)).collect();
            let good: Vec<(f64, f64)> = pairs
                .into_iter()
                .filter(|(v, n)| fits(*v) && fits(*n))
                .collect();
            let chunk = |part: &[(f64, f64)]| {
                let (values, counts) = part.iter().copied().unzip();
                datum(now)
                    .set_values(Some(values))
                    .set_counts(Some(counts))
                    .build()
            };
            good.chunks(VALUES_MAX).map(chunk).collect()
        }
    }
}

/// A number that CloudWatch takes.
fn fits(number: f64) -> bool {
    number.is_finite() && number.abs() <= 2_f64.powi(360)
}

/// `None` if the value of the dimension is one that CloudWatch refuses.
fn dimension(metric: Metric, value: &Value) -> Option<Option<AwsDimension>> {
    let text = match value {
        Value::None => return Some(None),
        Value::Fixed(text) => text,
        Value::Rule(text) => &**text,
    };
    let good = !text.trim().is_empty()
        && text.len() <= VALUE_CHARS_MAX
        && text.bytes().all(|b| (0x20..0x7F).contains(&b))
        && !text.starts_with(':');
    let name = metric.dimension().name()?;
    good.then(|| Some(AwsDimension::builder().name(name).value(text).build()))
}

const fn unit(unit: Unit) -> StandardUnit {
    match unit {
        Unit::Count => StandardUnit::Count,
        Unit::Bytes => StandardUnit::Bytes,
        Unit::Seconds => StandardUnit::Seconds,
    }
}

#[cfg(test)]
mod tests {
    use flowtrail_event::{Service, SkipReason};
    use flowtrail_sigma::Level;

    use super::super::Dimension;
    use super::*;

    const NOW: i64 = 1_795_000_000;

    /// What CloudWatch would say to a request.
    fn refused(batch: &[MetricDatum]) -> Option<String> {
        if batch.len() > 1_000 {
            return Some("too many data".into());
        }
        batch.iter().find_map(|d| {
            let name = d.metric_name().unwrap_or("");
            if name.is_empty() || name.len() > 255 {
                return Some("name".to_owned());
            }
            for dimension in d.dimensions() {
                let value = dimension.value().unwrap_or("");
                if value.trim().is_empty() || value.len() > 1_024 || !value.is_ascii() {
                    return Some(format!("dimension {value:?}"));
                }
            }
            if d.values().len() > 150 || d.values().len() != d.counts().len() {
                return Some(format!("{} values", d.values().len()));
            }
            let numbers = d
                .values()
                .iter()
                .chain(d.counts())
                .copied()
                .chain(d.value());
            if numbers.clone().count() == 0 || !numbers.clone().all(fits) {
                return Some("number".to_owned());
            }
            let time = d.timestamp().map_or(0, DateTime::secs);
            let back = NOW - time;
            (!(-7_200..=14 * 86_400).contains(&back)).then(|| format!("time {back}"))
        })
    }

    #[test]
    fn whatever_is_on_the_board_is_taken() {
        let mut board = Board::new(3_000);
        for n in 0..2_500 {
            board.add_rule(&format!("rule-{n}"), n);
        }
        for bad in ["", " ", "ü", "\n", ":colon", &"x".repeat(2_000)] {
            board.add_rule(bad, 1);
        }
        for n in 0..50_000 {
            board.record(Metric::IngestLag, n);
        }
        for offset in [-20 * 86_400, -13 * 86_400, -60, 0, 7_000, 90_000] {
            board.add_at(Level::High, NOW + offset, 1);
        }
        board
            .series
            .insert((Metric::Objects, Value::None), Amount::Sum(f64::NAN));
        board
            .series
            .insert((Metric::Duplicates, Value::None), Amount::Sum(1e300));
        let made = requests(&board, NOW);
        for batch in &made.batches {
            assert_eq!(refused(batch), None);
        }
        assert!(made.batches.len() >= 3);
        let want = [
            ("dimension", 6),
            ("timestamp", 1),
            ("too_old", 1),
            ("value", 2),
        ];
        assert_eq!(made.rejected, want.into_iter().collect());
        let all: Vec<&MetricDatum> = made.batches.iter().flatten().collect();
        let told = all
            .iter()
            .filter(|d| d.metric_name() == Some("MetricsRejected"));
        assert_eq!(told.count(), 4);
        let lag = all
            .iter()
            .filter(|d| d.metric_name() == Some("IngestLagSeconds"));
        let counted: f64 = lag.flat_map(|d| d.counts()).sum();
        assert!((counted - 50_000.0).abs() < 1e-9, "no value is lost");
    }

    #[test]
    fn alarms_have_the_time_of_processing_and_charts_that_of_the_event() {
        let mut board = Board::new(0);
        board.add_level(Metric::Findings, Level::High, 2);
        board.add_at(Level::High, NOW - 3_600, 2);
        let made = requests(&board, NOW);
        let time = |name: &str| {
            let found = made.batches.iter().flatten();
            let mut found = found.filter(|d| d.metric_name() == Some(name));
            found.next().and_then(|d| d.timestamp()).map(DateTime::secs)
        };
        assert_eq!(time("Findings"), Some(NOW));
        let minute = (NOW - 3_600).div_euclid(60) * 60;
        assert_eq!(time("FindingsByEventTime"), Some(minute));
    }

    #[test]
    fn what_an_invocation_says_fits_into_one_request() {
        let mut board = Board::new(250);
        for n in 0..250 {
            board.add_rule(&format!("00000000-0000-4000-8000-{n:012}"), 1);
        }
        for metric in Metric::ALL {
            board.add(metric, 1);
            for service in Service::ALL {
                board.add_service(metric, service, 1);
            }
            for level in Level::ALL {
                board.add_level(metric, level, 1);
            }
            for reason in SkipReason::ALL {
                board.add_reason(metric, reason.name(), 1);
            }
        }
        board.series.retain(|(m, v), _| match m.dimension() {
            Dimension::None => *v == Value::None,
            Dimension::Rule => matches!(v, Value::Rule(_)),
            Dimension::Level => *m != Metric::FindingsByEventTime && *v != Value::None,
            Dimension::LogSource | Dimension::Reason => *v != Value::None,
        });
        // Two weeks of findings in one invocation.
        for minute in 0..20_000 {
            board.add_at(Level::High, NOW - minute * 60, 1);
        }
        let made = requests(&board, NOW);
        assert_eq!(made.batches.len(), 1, "{}", made.batches.concat().len());
        assert_eq!(refused(&made.batches[0]), None);
        assert_eq!(made.rejected, [("minutes", 19_500)].into());
    }

    #[test]
    fn large_requests_are_split_by_their_size() {
        let mut board = Board::new(1_000);
        for n in 0..1_000 {
            board.add_rule(&format!("{n}{}", "x".repeat(1_000)), 1);
        }
        let made = requests(&board, NOW);
        let bytes = |b: &Vec<MetricDatum>| b.len() * 1_400;
        assert!(made.batches.len() >= 2);
        assert!(made.batches.iter().all(|b| bytes(b) <= 1_000_000));
    }
}
