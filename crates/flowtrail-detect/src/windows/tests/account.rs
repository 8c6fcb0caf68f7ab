//! What the windows do not take is counted, whatever it is.

use flowtrail_event::{EventTime, Limits};
use flowtrail_sigma::{
    Condition, Correlation, CorrelationIx, CorrelationKind, Member, MemberOf, Op,
};

use super::super::testing::{
    by, correlation, field, of_member, seen, windows, windows_within, with_value,
};
use super::super::{Observation, WindowLoss, Windows};

fn at_least(n: f64) -> Condition {
    Condition::Threshold(vec![(Op::Gte, n)])
}

fn pairs() -> Correlation {
    correlation(CorrelationKind::EventCount, 1, 100, at_least(2.0))
}

fn lost(w: &Windows) -> WindowLoss {
    w.lost()
}

#[test]
fn what_comes_too_late_is_counted_and_copies_are_not() {
    let mut w = windows(vec![pairs()]);
    w.observe(seen(1000));
    w.observe(seen(1010));
    assert_eq!(w.advance(EventTime(1050)), []);
    w.observe(seen(1010));
    assert_eq!(lost(&w).late, 0);
    w.observe(seen(1020));
    w.observe(by(1020, "eve"));
    assert_eq!(lost(&w).late, 2);
    w.observe(seen(1050));
    let found = w.finish();
    assert_eq!((found.len(), found[0].count), (1, 3));
}

#[test]
fn lateness_is_waited_for() {
    let limits = Limits {
        lateness_secs_max: 10,
        ..Limits::default()
    };
    let mut w = windows_within(vec![pairs()], &limits);
    w.observe(seen(5000));
    assert_eq!(w.advance(EventTime(14_000)), []);
    w.observe(seen(4950));
    assert_eq!(w.lost(), WindowLoss::default());
    let found = w.advance(EventTime(16_000));
    assert_eq!((found.len(), found[0].count), (1, 2));
    assert_eq!(w.finish(), []);
}

#[test]
fn an_episode_stays_open_while_anything_may_extend_it() {
    let mut w = windows(vec![pairs()]);
    w.observe(seen(0));
    w.observe(seen(50));
    assert_eq!(w.advance(EventTime(60)), []);
    assert_eq!(w.advance(EventTime(150)), []);
    w.observe(seen(150));
    assert_eq!(w.advance(EventTime(250)), []);
    let found = w.advance(EventTime(260));
    assert_eq!((found.len(), found[0].count), (1, 3));
}

#[test]
fn the_number_of_entries_is_bounded() {
    let limits = Limits {
        window_entries_max: 10,
        ..Limits::default()
    };
    let mut w = windows_within(vec![pairs()], &limits);
    for t in 0..20 {
        w.observe(seen(t));
        w.observe(seen(t / 2));
    }
    assert_eq!(lost(&w).over_limit, 10);
    let found = w.finish();
    assert_eq!((found.len(), found[0].count), (1, 10));
    // What is done with makes room.
    w.observe(seen(500));
    w.observe(seen(501));
    assert_eq!(w.finish()[0].count, 2);
    assert_eq!(lost(&w).over_limit, 10);
}

#[test]
fn duplicates_that_hide_give_way_at_the_limit() {
    let limits = Limits {
        window_entries_max: 4,
        ..Limits::default()
    };
    let mut w = windows_within(vec![pairs()], &limits);
    for t in [9, 3, 3, 3, 1, 3, 9] {
        w.observe(seen(t));
    }
    assert_eq!(w.lost(), WindowLoss::default());
    assert_eq!(w.finish()[0].count, 3);
}

#[test]
fn values_of_an_open_episode_are_within_the_limit() {
    let limits = Limits {
        window_entries_max: 30,
        lateness_secs_max: 0,
        ..Limits::default()
    };
    let c = correlation(CorrelationKind::ValueCount, 1, 10, at_least(2.0));
    let mut w = windows_within(vec![c], &limits);
    let mut found = Vec::new();
    for t in 0..100 {
        w.observe(with_value(t, &t.to_string()));
        found.extend(w.advance(EventTime(t)));
    }
    found.extend(w.finish());
    assert!(lost(&w).over_limit > 0);
    let e = &found[0];
    assert!(e.values.len() as u64 + e.values_omitted <= 30);
    // Closed episodes give back what they held.
    let before = lost(&w);
    for t in (1000..3000).step_by(20) {
        w.observe(with_value(t, "a"));
        w.observe(with_value(t + 1, "b"));
        assert_eq!(w.finish()[0].values, ["a", "b"]);
    }
    assert_eq!(lost(&w), before);
}

#[test]
fn the_number_of_groups_is_bounded() {
    let limits = Limits {
        window_groups_max: 2,
        ..Limits::default()
    };
    let mut w = windows_within(vec![pairs(), pairs()], &limits);
    for who in ["a", "b", "c", "a", "d"] {
        w.observe(by(1, who));
    }
    w.observe(Observation {
        correlation: CorrelationIx(1),
        ..by(1, "a")
    });
    assert_eq!(lost(&w).groups_over_limit, 3);
    assert_eq!(w.finish(), []);
    w.observe(by(1, "c"));
    assert_eq!(lost(&w).groups_over_limit, 3);
}

#[test]
fn a_merge_keeps_the_limits_and_the_account() {
    let limits = Limits {
        window_entries_max: 5,
        window_groups_max: 2,
        ..Limits::default()
    };
    let mut a = windows_within(vec![pairs()], &limits);
    let mut b = a.fresh();
    (0..4).for_each(|t| a.observe(seen(t)));
    (0..5).for_each(|t| b.observe(seen(t + 2)));
    b.observe(seen(99));
    assert_eq!(b.lost().over_limit, 1);
    a.merge(b);
    // 4, and of 5 the two that are duplicates, and one that there is room for.
    assert_eq!(lost(&a).over_limit, 3);
    assert_eq!(a.finish()[0].count, 5);

    let mut c = a.fresh();
    let mut d = a.fresh();
    c.observe(by(1, "a"));
    c.observe(by(1, "b"));
    d.observe(by(1, "c"));
    c.merge(d);
    assert_eq!(lost(&c).groups_over_limit, 1);
}

#[test]
fn windows_that_have_advanced_can_be_merged() {
    let mut a = windows(vec![pairs()]);
    let mut b = a.fresh();
    a.observe(seen(1000));
    assert_eq!(a.advance(EventTime(1050)), []);
    b.observe(seen(1060));
    b.observe(seen(900));
    // The one that is further on decides, whichever is merged into which.
    b.merge(a);
    assert_eq!(lost(&b).late, 1);
    let found = b.finish();
    assert_eq!(
        (found.len(), found[0].count, found[0].first),
        (1, 2, EventTime(1000))
    );
}

#[test]
fn what_came_before_a_merge_stands_in_the_windows_after_it() {
    let three = correlation(CorrelationKind::EventCount, 1, 100, at_least(3.0));
    let mut a = windows(vec![three]);
    let mut b = a.fresh();
    a.observe(seen(1000));
    b.observe(seen(1010));
    assert_eq!(a.advance(EventTime(1050)), []);
    assert_eq!(b.advance(EventTime(1050)), []);
    a.merge(b);
    a.observe(seen(1060));
    assert_eq!(a.lost(), WindowLoss::default());
    assert_eq!(a.finish()[0].count, 3);
}

#[test]
fn an_open_episode_is_taken_over_with_what_it_holds() {
    let c = correlation(CorrelationKind::ValueCount, 1, 100, at_least(2.0));
    let mut a = windows(vec![c]);
    let mut b = a.fresh();
    a.observe(with_value(1000, "x"));
    b.observe(with_value(1001, "y"));
    b.observe(with_value(1002, "z"));
    assert_eq!(a.advance(EventTime(1050)), []);
    assert_eq!(b.advance(EventTime(1050)), []);
    a.merge(b);
    a.observe(with_value(1060, "w"));
    let found = a.finish();
    assert_eq!((found.len(), found[0].count), (1, 3));
    assert_eq!(found[0].values, ["w", "y", "z"]);
    assert_eq!((a.store.budget.held, a.store.budget.groups), (0, 0));
}

#[test]
fn episodes_open_on_both_sides_are_both_told() {
    let mut a = windows(vec![pairs()]);
    let mut b = a.fresh();
    for w in [&mut a, &mut b] {
        w.observe(seen(1000));
        w.observe(seen(1010));
        assert_eq!(w.advance(EventTime(1050)), []);
    }
    a.merge(b);
    assert_eq!(a.finish().len(), 2);
    assert_eq!(a.lost(), WindowLoss::default());
}

#[test]
fn what_cannot_be_placed_is_counted() {
    let mut sum = correlation(CorrelationKind::ValueSum, 1, 100, at_least(1.0));
    sum.group_by = vec!["who".into()];
    let mut w = windows(vec![pairs(), sum]);
    w.observe(Observation {
        correlation: CorrelationIx(2),
        ..seen(1)
    });
    w.observe(of_member(1, 1));
    w.observe(Observation {
        correlation: CorrelationIx(1),
        ..with_value(1, "none")
    });
    w.observe(Observation {
        correlation: CorrelationIx(1),
        ..seen(1)
    });
    let want = WindowLoss {
        unknown: 2,
        valueless: 2,
        ..WindowLoss::default()
    };
    assert_eq!(w.lost(), want);
    assert_eq!(w.finish(), []);
}

#[test]
fn a_firing_without_the_parents_fields_is_counted() {
    let member = |by: &str, value: Option<&str>| Member {
        of: MemberOf::Correlation(CorrelationIx(0)),
        group_by: vec![field(by)],
        value: value.map(field).into_iter().collect(),
    };
    let mut other = correlation(CorrelationKind::EventCount, 1, 100, at_least(1.0));
    other.members = vec![member("where", None)];
    let mut values = correlation(CorrelationKind::ValueCount, 1, 100, at_least(1.0));
    values.members = vec![member("who", Some("what")), member("who", Some("who"))];
    let mut w = windows(vec![pairs(), other, values]);
    w.observe(seen(1));
    w.observe(seen(2));
    let found = w.finish();
    let want = WindowLoss {
        ungrouped: 1,
        valueless: 1,
        ..WindowLoss::default()
    };
    assert_eq!(w.lost(), want);
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[1].correlation, &*found[1].values[0]),
        (CorrelationIx(2), "bob")
    );
}

#[test]
fn a_correlation_that_refers_to_itself_ends() {
    let mut own = correlation(CorrelationKind::EventCount, 1, 100, at_least(1.0));
    own.members[0].of = MemberOf::Correlation(CorrelationIx(0));
    let mut w = windows(vec![own]);
    w.observe(seen(1));
    w.observe(seen(2));
    assert_eq!(w.finish().len(), 1);
    assert_eq!(w.finish(), []);
}

#[test]
fn what_a_limit_leaves_out_does_not_depend_on_chance() {
    let member = |group_by: &[&str]| Member {
        of: MemberOf::Correlation(CorrelationIx(0)),
        group_by: group_by.iter().map(|f| field(f)).collect(),
        value: vec![],
    };
    let over = |group_by: &[&str]| {
        let mut c = correlation(CorrelationKind::EventCount, 1, 100, at_least(1.0));
        c.members = vec![member(group_by)];
        c
    };
    // Three groups fire. They make one group of the second correlation, which
    // leaves room for two of theirs in the third beside `z`.
    let single = correlation(CorrelationKind::EventCount, 1, 100, at_least(1.0));
    let rules = vec![single, over(&[]), over(&["who"])];
    let limits = Limits {
        window_groups_max: 4,
        ..Limits::default()
    };
    for _ in 0..50 {
        let mut w = windows_within(rules.clone(), &limits);
        for who in ["e", "c", "d"] {
            w.observe(by(1, who));
        }
        w.observe(Observation {
            correlation: CorrelationIx(2),
            ..by(1, "z")
        });
        let found = w.finish();
        let third = found.iter().filter(|e| e.correlation == CorrelationIx(2));
        let groups: Vec<_> = third.map(|e| e.group.concat()).collect();
        assert_eq!(groups, ["c", "d", "z"]);
        assert_eq!(w.lost().groups_over_limit, 1);
    }
}

#[test]
fn the_ends_of_time_do_no_harm() {
    for timespan in [i64::MIN, -5, 0, 1, i64::MAX] {
        let c = correlation(CorrelationKind::EventCount, 1, timespan, at_least(2.0));
        let mut w = windows(vec![c]);
        for t in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
            w.observe(seen(t));
            w.observe(Observation { key: 9, ..seen(t) });
        }
        let mut found = w.advance(EventTime(i64::MIN));
        found.extend(w.advance(EventTime(5)));
        found.extend(w.advance(EventTime(i64::MAX)));
        found.extend(w.finish());
        let records: u64 = found.iter().map(|e| e.count).sum();
        assert_eq!(records, 14, "{timespan}");
    }
}
