//! `CloudWatch`'s evaluation of alarms, played through.

use flowtrail_sigma::Level;

use crate::alarm::{Alarm, Comparison, Missing, Statistic};
use crate::set::testing;

/// A datum: its own time, when it can be seen, its value.
#[derive(Debug, Clone, Copy)]
struct Datum {
    time: i64,
    seen: i64,
    value: u32,
}

/// What AWS leaves open: where periods lie, how far beyond N it looks, and at which
/// second of a minute it evaluates.
#[derive(Debug, Clone, Copy)]
struct Watch {
    /// Whether periods end at multiples of their length, or at the evaluation.
    aligned: bool,
    further: u32,
    phase: i64,
}

fn watches() -> Vec<Watch> {
    let mut all = Vec::new();
    for aligned in [false, true] {
        for further in [0, 2] {
            for phase in [0, 17, 41] {
                all.push(Watch {
                    aligned,
                    further,
                    phase,
                });
            }
        }
    }
    all
}

impl Watch {
    /// What the alarm is at `now`.
    fn is_up(self, alarm: &Alarm, data: &[Datum], now: i64) -> bool {
        let period = i64::from(alarm.period);
        let end = if self.aligned {
            now.div_euclid(period) * period
        } else {
            now
        };
        let wanted = usize::try_from(alarm.evaluation_periods).unwrap();
        // Newest first. Points that are there count before points that are filled in.
        let range = 0..i64::from(alarm.evaluation_periods + self.further);
        let points: Vec<bool> = range
            .filter_map(|n| {
                let span = end - (n + 1) * period..end - n * period;
                let there = data
                    .iter()
                    .filter(|d| d.seen <= now && span.contains(&d.time));
                let values: Vec<u32> = there.map(|d| d.value).collect();
                let value = match alarm.statistic {
                    Statistic::Sum => values.iter().sum(),
                    Statistic::Maximum | Statistic::P90 => values.iter().copied().max()?,
                };
                (!values.is_empty()).then(|| breaches(alarm, value))
            })
            .take(wanted)
            .collect();
        let filled = match alarm.treat_missing_data {
            Missing::Breaching => wanted - points.len(),
            Missing::NotBreaching => 0,
        };
        let over = points.iter().filter(|p| **p).count() + filled;
        over >= usize::try_from(alarm.datapoints_to_alarm).unwrap()
    }

    /// When the alarm first goes off between two times.
    fn first(self, alarm: &Alarm, data: &[Datum], from: i64, until: i64) -> Option<i64> {
        let begin = from + (self.phase - from).rem_euclid(60);
        let mut minutes = (begin..until).step_by(60);
        minutes.find(|now| self.is_up(alarm, data, *now))
    }
}

fn breaches(alarm: &Alarm, value: u32) -> bool {
    match alarm.comparison {
        Comparison::Greater => value > alarm.threshold,
        Comparison::GreaterOrEqual => value >= alarm.threshold,
        Comparison::Less => value < alarm.threshold,
    }
}

fn secs(of: std::time::Duration) -> i64 {
    i64::try_from(of.as_secs()).unwrap()
}

/// Where within its period a datum may lie.
fn offsets(alarm: &Alarm) -> impl Iterator<Item = i64> {
    let period = i64::from(alarm.period);
    (0..12).map(move |n| period * n / 12)
}

/// As many periods in a row over the threshold as the alarm asks for, each seen
/// `late` after its time. What is there for longer keeps being measured.
fn trouble(alarm: &Alarm, start: i64, late: i64) -> Vec<Datum> {
    let datum = |n: u32| {
        let time = start + i64::from(n * alarm.period);
        Datum {
            time,
            seen: time + late,
            value: alarm.threshold + 1,
        }
    };
    (0..alarm.datapoints_to_alarm).map(datum).collect()
}

/// Whether every way of looking sees it.
fn always_seen(alarm: &Alarm, late: i64) -> bool {
    offsets(alarm).all(|offset| {
        let data = trouble(alarm, 86_400 + offset, late);
        let period = i64::from(alarm.period);
        let periods = i64::from(alarm.evaluation_periods + 4);
        let end = 86_400 + late + period * periods + period * 4;
        let seen = |w: Watch| w.first(alarm, &data, 86_400, end).is_some();
        watches().into_iter().all(seen)
    })
}

/// Whether no way of looking sees it.
fn never_seen(alarm: &Alarm, late: i64) -> bool {
    offsets(alarm).all(|offset| {
        let data = trouble(alarm, 86_400 + offset, late);
        let seen = |w: Watch| w.first(alarm, &data, 86_400, 90_000 + late).is_some();
        !watches().into_iter().any(seen)
    })
}

fn is_silence(alarm: &Alarm) -> bool {
    alarm.treat_missing_data == Missing::Breaching
}

#[test]
fn every_alarm_goes_off_however_late_its_data_may_come() {
    let set = testing::set(Level::Informational);
    let alarms: Vec<&Alarm> = set.alarms.iter().filter(|a| !is_silence(a)).collect();
    assert!(alarms.len() > 25);
    for alarm in alarms {
        let most = secs(alarm.publisher.delay());
        for late in [0, 30, 59, 60, most / 2, most] {
            assert!(always_seen(alarm, late), "{} misses {late} s", alarm.name);
        }
    }
}

/// The test can fail: what an alarm looks back is needed.
#[test]
fn an_alarm_that_looks_back_less_misses_it() {
    let set = testing::set(Level::Critical);
    for alarm in set.alarms.iter().filter(|a| !is_silence(a)) {
        let mut short = alarm.clone();
        short.evaluation_periods = alarm.datapoints_to_alarm;
        let most = secs(alarm.publisher.delay());
        if i64::from(alarm.period) > most {
            continue;
        }
        assert!(!always_seen(&short, most), "{}", alarm.name);
    }
}

/// A log that is hours late is still found at the time at which it is found, but an
/// alarm on the time of events never hears of it.
#[test]
fn on_the_time_of_events_it_would_be_silent() {
    let set = testing::set(Level::Critical);
    let found = set.alarms.iter().find(|a| a.name == "findings-critical");
    let mut alarm = found.unwrap().clone();
    alarm.metric = "FindingsByEventTime";
    // CloudTrail's five minutes and more, flow logs' twenty, an hour of retries.
    for minutes in [8, 20, 60] {
        assert!(never_seen(&alarm, minutes * 60), "{minutes}");
    }
    // Even one that is made for flow logs misses what is tried again.
    alarm.evaluation_periods = 22;
    assert!(always_seen(&alarm, 20 * 60));
    assert!(never_seen(&alarm, 30 * 60));
}

#[test]
fn silence_is_heard_and_late_data_are_no_silence() {
    let set = testing::set(Level::High);
    let silences: Vec<&Alarm> = set.alarms.iter().filter(|a| is_silence(a)).collect();
    assert_eq!(silences.len(), 2);
    for alarm in silences {
        let late = secs(alarm.publisher.delay());
        let start = 10 * 86_400;
        // Something every five minutes for two days, and then nothing.
        let data: Vec<Datum> = (0..576)
            .map(|n| start + n * 300)
            .map(|time| Datum {
                time,
                seen: time + late,
                value: 1,
            })
            .collect();
        let last = start + 575 * 300;
        let period = i64::from(alarm.period);
        for watch in watches() {
            let live = watch.first(alarm, &data, start + 3 * period, last + 300);
            assert_eq!(live, None, "{} {watch:?}", alarm.name);
            let dead = watch.first(alarm, &data, last, last + 5 * period);
            let dead = dead.unwrap_or_else(|| panic!("{} {watch:?}", alarm.name));
            let most = i64::from(watch.further + 2) * period + 60;
            assert!(dead - last <= most, "{} after {}", alarm.name, dead - last);
        }
    }
}
