//! How often a correlation would fire with another threshold, against a run
//! with that threshold.

use flowtrail_event::{EventTime, Limits};
use flowtrail_sigma::{Condition, Correlation, CorrelationIx, CorrelationKind, Op};

use super::super::testing::{Dice, correlation, evidence, windows_within};
use super::super::{Observation, Rise, Threshold};

fn value(dice: &mut Dice, kind: CorrelationKind) -> Box<str> {
    let number = dice.roll(9);
    if matches!(kind, CorrelationKind::Score { .. }) {
        format!("n{}={number}", dice.roll(3)).into()
    } else if matches!(kind, CorrelationKind::Travel { .. }) {
        format!("0,0.00000{number}").into()
    } else {
        number.to_string().into()
    }
}

fn observations(dice: &mut Dice, kind: CorrelationKind) -> Vec<Observation> {
    let count = 1 + dice.roll(60);
    let spread = *dice.pick(&[20, 200, 4000]);
    let one = |dice: &mut Dice| {
        let time = i64::try_from(dice.roll(spread)).unwrap();
        Observation {
            correlation: CorrelationIx(0),
            member: u32::try_from(dice.roll(2)).unwrap(),
            time: EventTime(time),
            key: u128::from(dice.roll(40)),
            group: [dice.pick(&["ann", "bob"]).to_string().into()].into(),
            value: Some(value(dice, kind)),
            evidence: evidence("o"),
        }
    };
    (0..count).map(|_| one(dice)).collect()
}

/// Beginnings of the episodes of a run.
fn run(rule: &Correlation, seen: &[Observation]) -> Vec<EventTime> {
    let mut windows = windows_within(vec![rule.clone()], &Limits::default());
    seen.iter().for_each(|o| windows.observe(o.clone()));
    let mut firsts: Vec<_> = windows.finish().iter().map(|e| e.first).collect();
    firsts.sort();
    firsts
}

fn told(rises: &[Rise], threshold: Threshold) -> Vec<EventTime> {
    let at = threshold.signed(threshold.number);
    let strict = matches!(threshold.op, Op::Gt | Op::Lt);
    let in_it = |r: &&Rise| {
        if strict {
            r.above <= at && at < r.up_to
        } else {
            r.above < at && at <= r.up_to
        }
    };
    let mut firsts: Vec<_> = rises.iter().filter(in_it).map(|r| r.first).collect();
    firsts.sort();
    firsts
}

#[test]
fn every_threshold_is_told_as_a_run_with_it_would() {
    let mut fired = 0;
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let kind = *dice.pick(&[
            CorrelationKind::EventCount,
            CorrelationKind::ValueCount,
            CorrelationKind::Temporal,
            CorrelationKind::TemporalOrdered,
            CorrelationKind::ValueSum,
            CorrelationKind::ValueAvg,
            CorrelationKind::ValuePercentile(50.0),
            CorrelationKind::Score { names: 2 },
            CorrelationKind::Ratio { min: 2 },
            CorrelationKind::Scan { min: 2 },
            CorrelationKind::Beacon { min: 4 },
            CorrelationKind::Travel { km_min: 0.0 },
        ]);
        let timespan = *dice.pick(&[0, 5, 40, 500]);
        let op = *dice.pick(&[Op::Gte, Op::Gt, Op::Lt, Op::Lte]);
        let mut all = vec![(op, 3.0)];
        match dice.roll(3) {
            0 => all.push((Op::Neq, 4.0)),
            1 if matches!(op, Op::Gt | Op::Gte) => all.push((Op::Lte, 6.0)),
            _ => {}
        }
        let of = |number: f64| {
            let mut all = all.clone();
            all[0].1 = number;
            correlation(kind, 2, timespan, Condition::Threshold(all))
        };
        let seen = observations(&mut dice, kind);
        let mut windows = windows_within(vec![of(3.0)], &Limits::default());
        seen.iter().for_each(|o| windows.observe(o.clone()));
        let (episodes, rises) = windows.finish_with_rises(|_| true);
        let mut firsts: Vec<_> = episodes.iter().map(|e| e.first).collect();
        firsts.sort();
        assert_eq!(firsts, run(&of(3.0), &seen), "{seed}");
        for number in [-1.0, 0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 9.0, 20.0] {
            let threshold = Threshold { op, number };
            let by_run = run(&of(number), &seen);
            fired += by_run.len();
            assert_eq!(
                told(&rises[0].1, threshold),
                by_run,
                "{seed} {kind:?} {op:?} {number}"
            );
        }
    }
    assert!(fired > 10_000, "{fired}");
}

#[test]
fn only_a_number_that_can_be_moved_is_a_threshold() {
    let of = |ops: &[(Op, f64)]| {
        let condition = Condition::Threshold(ops.to_vec());
        Threshold::of(&correlation(CorrelationKind::EventCount, 1, 10, condition))
    };
    let is = |op, number| Some(Threshold { op, number });
    assert_eq!(of(&[(Op::Gte, 5.0)]), is(Op::Gte, 5.0));
    assert_eq!(of(&[(Op::Lte, 9.0), (Op::Gt, 5.0)]), is(Op::Gt, 5.0));
    assert_eq!(of(&[(Op::Lt, 9.0), (Op::Neq, 5.0)]), is(Op::Lt, 9.0));
    assert_eq!(of(&[(Op::Eq, 9.0)]), None);
    assert_eq!(of(&[(Op::Gte, 9.0), (Op::Gt, 5.0)]), None);
    let all = correlation(CorrelationKind::Temporal, 2, 10, Condition::AllMembers);
    assert_eq!(Threshold::of(&all), None);
}
