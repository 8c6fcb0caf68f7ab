//! Each kind of correlation on a few matches, the conformance cases among them.

use flowtrail_event::EventTime;
use flowtrail_sigma::{Condition, Correlation, CorrelationKind, MemberExpr, Op};

use super::super::testing::{by, correlation, of_member, seen, windows, with_value};
use super::super::{Episode, Observation};

const MIN: i64 = 60_000;

fn at_least(n: f64) -> Condition {
    Condition::Threshold(vec![(Op::Gte, n)])
}

fn run(c: Correlation, seen: impl IntoIterator<Item = Observation>) -> Vec<Episode> {
    let mut w = windows(vec![c]);
    for o in seen {
        w.observe(o);
    }
    w.finish()
}

fn count(condition: Condition, times: &[i64]) -> Vec<Episode> {
    let c = correlation(CorrelationKind::EventCount, 1, 5 * MIN, condition);
    run(c, times.iter().map(|t| seen(*t * 1000)))
}

#[test]
fn event_count_slides() {
    assert_eq!(count(at_least(3.0), &[0, 10, 20]).len(), 1);
    assert_eq!(count(at_least(3.0), &[0, 10]), []);
    assert_eq!(count(at_least(3.0), &[0, 200, 400]), []);
    // Not cut into buckets: 298 s and 302 s lie either side of one.
    assert_eq!(count(at_least(3.0), &[290, 298, 302]).len(), 1);
    assert_eq!(
        count(Condition::Threshold(vec![(Op::Gt, 3.0)]), &[0, 1, 2]),
        []
    );
    assert_eq!(
        count(Condition::Threshold(vec![(Op::Gt, 3.0)]), &[0, 1, 2, 3]).len(),
        1
    );
    let range = Condition::Threshold(vec![(Op::Gt, 1.0), (Op::Lte, 3.0)]);
    assert_eq!(count(range, &[0, 1]).len(), 1);
}

#[test]
fn a_window_includes_both_its_ends() {
    assert_eq!(count(at_least(2.0), &[0, 300]).len(), 1);
    assert_eq!(count(at_least(2.0), &[0, 301]), []);
}

#[test]
fn an_episode_says_what_stands_behind_it() {
    // 0 is too early for any window that fires; at 1300 one does not.
    let found = count(at_least(2.0), &[0, 400, 500, 690, 950, 1300, 1310]);
    assert_eq!(found.len(), 2);
    let e = &found[0];
    assert_eq!(
        (e.first, e.fired, e.last),
        (EventTime(400_000), EventTime(500_000), EventTime(950_000))
    );
    assert_eq!(
        (e.count, e.value, e.evidence.len(), e.evidence_omitted),
        (4, 3.0, 4, 0)
    );
    assert_eq!(e.group, ["bob"]);
    assert_eq!(e.evidence[0].time, Some(EventTime(400_000)));
    assert_eq!((found[1].first, found[1].count), (EventTime(1_300_000), 2));
}

#[test]
fn a_window_that_does_not_fire_parts_two_episodes() {
    let c = correlation(
        CorrelationKind::ValueAvg,
        1,
        100,
        Condition::Threshold(vec![(Op::Gt, 5.0)]),
    );
    let found = run(
        c,
        [
            with_value(0, "9"),
            with_value(10, "1"),
            with_value(20, "99"),
        ],
    );
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].count, found[0].value), (1, 9.0));
    // The second stands on all three: they are in the window that fired.
    assert_eq!(
        (found[1].first, found[1].fired, found[1].count),
        (EventTime(0), EventTime(20), 3)
    );
}

#[test]
fn evidence_is_cut_and_counted() {
    let found = count(at_least(2.0), &(0..50).collect::<Vec<_>>());
    assert_eq!(
        (
            found[0].count,
            found[0].evidence.len(),
            found[0].evidence_omitted
        ),
        (50, 20, 30)
    );
    assert_eq!(found[0].evidence[19].time, Some(EventTime(19_000)));
}

#[test]
fn groups_are_apart() {
    let c = || correlation(CorrelationKind::EventCount, 1, 5 * MIN, at_least(3.0));
    assert_eq!(run(c(), [by(0, "a"), by(1, "b"), by(2, "c")]), []);
    let found = run(
        c(),
        [
            by(0, "b"),
            by(0, "a"),
            by(1, "b"),
            by(1, "a"),
            by(2, "a"),
            by(2, "b"),
        ],
    );
    let groups: Vec<_> = found.iter().map(|e| e.group.concat()).collect();
    assert_eq!(groups, ["a", "b"]);
    let nobody = |t| Observation {
        group: [].into(),
        ..seen(t)
    };
    assert_eq!(
        run(c(), [nobody(0), nobody(1), nobody(2)])[0].group.len(),
        0
    );
}

#[test]
fn a_record_that_matches_two_members_is_one_record_and_two_matches() {
    let c = correlation(CorrelationKind::EventCount, 2, MIN, at_least(2.0));
    let found = run(c, [of_member(5, 0), of_member(5, 1)]);
    assert_eq!(
        (found[0].count, found[0].value, found[0].evidence.len()),
        (1, 2.0, 2)
    );
}

#[test]
fn matches_of_all_members_are_counted_together() {
    let c = correlation(CorrelationKind::EventCount, 2, 5 * MIN, at_least(3.0));
    let found = run(c, [of_member(0, 0), of_member(1, 1), of_member(2, 0)]);
    assert_eq!((found.len(), found[0].value), (1, 3.0));
}

#[test]
fn several_group_fields_are_one_group() {
    let c = correlation(CorrelationKind::EventCount, 1, 5 * MIN, at_least(3.0));
    let of = |t, user: &str| Observation {
        group: ["1.1.1.1".into(), user.into()].into(),
        ..seen(t)
    };
    assert_eq!(run(c.clone(), [of(0, "a"), of(1, "b"), of(2, "a")]), []);
    assert_eq!(
        run(c, [of(0, "a"), of(1, "a"), of(2, "a")])[0].group,
        ["1.1.1.1", "a"]
    );
}

#[test]
fn timespans_of_seconds_and_days() {
    let of = |timespan, apart| {
        let c = correlation(CorrelationKind::EventCount, 1, timespan, at_least(2.0));
        run(c, [seen(0), seen(apart)]).len()
    };
    assert_eq!(of(86_400_000, 86_000_000), 1);
    assert_eq!(of(30_000, 31_000), 0);
}

#[test]
fn value_count_counts_distinct_values() {
    let c = || correlation(CorrelationKind::ValueCount, 1, 5 * MIN, at_least(3.0));
    let of = |values: &[&str]| run(c(), (0..).zip(values).map(|(t, v)| with_value(t * 1000, v)));
    let found = of(&["c", "a", "b", "a"]);
    assert_eq!((found[0].value, found[0].count), (3.0, 4));
    assert_eq!(found[0].values, ["a", "b", "c"]);
    assert_eq!(of(&["a", "b", "a", "b"]), []);
    assert_eq!(of(&["a", "b", ""]), []);
    assert_eq!(
        run(c(), [with_value(0, "a"), with_value(1, "b"), seen(2)]),
        []
    );
    let spread = [
        with_value(0, "a"),
        with_value(200_000, "b"),
        with_value(400_000, "c"),
    ];
    assert_eq!(run(c(), spread), []);
    let many: Vec<String> = (0..33).map(|n| format!("{n:02}")).collect();
    let found = of(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((found[0].values.len(), found[0].values_omitted), (20, 13));
    assert_eq!(found[0].values[19], "19");
}

#[test]
fn temporal_in_any_order() {
    let c =
        |members, condition| correlation(CorrelationKind::Temporal, members, 10 * MIN, condition);
    let pair = |a, b| {
        run(
            c(2, Condition::AllMembers),
            [of_member(0, a), of_member(b, 1 - a)],
        )
    };
    assert_eq!(pair(1, 10_000)[0].value, 2.0);
    assert_eq!(pair(0, 10_000).len(), 1);
    assert_eq!(pair(0, 700_000), []);
    assert_eq!(
        run(
            c(2, Condition::AllMembers),
            [of_member(0, 0), of_member(1, 0)]
        ),
        []
    );
    assert_eq!(
        run(c(3, at_least(2.0)), [of_member(0, 0), of_member(1, 1)]).len(),
        1
    );
    let but_not = MemberExpr::And(vec![
        MemberExpr::Member(0),
        MemberExpr::Not(Box::new(MemberExpr::Member(1))),
    ]);
    let found = run(
        c(2, Condition::Members(but_not)),
        [of_member(0, 0), of_member(5, 1), of_member(9, 0)],
    );
    assert_eq!((found.len(), found[0].last), (1, EventTime(0)));
}

#[test]
fn temporal_in_order() {
    let c = |members, condition| {
        correlation(
            CorrelationKind::TemporalOrdered,
            members,
            10 * MIN,
            condition,
        )
    };
    let of = |members: u32, order: &[u32]| {
        let seen = (0..).zip(order).map(|(t, m)| of_member(t * 10_000, *m));
        run(c(members, Condition::AllMembers), seen).len()
    };
    assert_eq!(of(2, &[0, 1]), 1);
    assert_eq!(of(2, &[1, 0]), 0);
    assert_eq!(of(2, &[1, 0, 1]), 1);
    assert_eq!(of(3, &[0, 1, 2]), 1);
    assert_eq!(of(3, &[0, 2, 1]), 0);
    let at_once = [of_member(5, 2), of_member(5, 0), of_member(5, 1)];
    assert_eq!(run(c(3, Condition::AllMembers), at_once).len(), 1);
    let found = run(
        c(3, at_least(2.0)),
        [of_member(0, 2), of_member(1, 0), of_member(2, 1)],
    );
    assert_eq!((found.len(), found[0].value), (1, 2.0));
}

#[test]
fn temporal_in_order_takes_any_way_to_fulfil_an_expression() {
    let either = MemberExpr::Or(vec![MemberExpr::Member(0), MemberExpr::Member(1)]);
    let expr = Condition::Members(MemberExpr::And(vec![either, MemberExpr::Member(2)]));
    let of = |order: &[u32]| {
        let c = correlation(CorrelationKind::TemporalOrdered, 3, MIN, expr.clone());
        run(c, (0..).zip(order).map(|(t, m)| of_member(t, *m))).len()
    };
    assert_eq!(of(&[0, 2]), 1);
    assert_eq!(of(&[1, 2]), 1);
    assert_eq!(of(&[1, 0, 2]), 1);
    assert_eq!(of(&[2, 0]), 0);
}

#[test]
fn sums_averages_and_percentiles() {
    let of = |kind, condition: Condition, values: &[&str]| {
        let c = correlation(kind, 1, 60 * MIN, condition);
        run(c, (0..).zip(values).map(|(t, v)| with_value(t * 1000, v)))
    };
    let above = |x| Condition::Threshold(vec![(Op::Gt, x)]);
    let sum = of(
        CorrelationKind::ValueSum,
        above(1000.0),
        &["400", "400", "300"],
    );
    assert_eq!((sum.len(), sum[0].value, sum[0].count), (1, 1100.0, 3));
    assert_eq!(
        of(
            CorrelationKind::ValueSum,
            above(1000.0),
            &["400", "400", "200"]
        ),
        []
    );
    assert_eq!(
        of(
            CorrelationKind::ValueSum,
            above(1000.0),
            &["600.0", "-", "600"]
        )[0]
        .count,
        2
    );
    assert_eq!(
        of(CorrelationKind::ValueAvg, above(500.0), &["400", "500"]),
        []
    );
    let median = CorrelationKind::ValuePercentile(50.0);
    assert_eq!(
        of(median, above(100.0), &["1", "200", "300"])[0].value,
        200.0
    );
    let low = Condition::Threshold(vec![(Op::Lt, 10.0)]);
    assert_eq!(
        of(CorrelationKind::ValueAvg, low, &["8", "2", "80"])[0].value,
        5.0
    );
}
