//! Each kind that is not Sigma's on a few matches.

use flowtrail_event::{EventTime, Limits};
use flowtrail_sigma::{Condition, Correlation, CorrelationKind, Op};

use super::super::testing::{correlation, of_member, seen, windows, windows_within, with_value};
use super::super::{Episode, Observation};

const MIN: i64 = 60_000;

fn at_least(n: f64) -> Condition {
    Condition::Threshold(vec![(Op::Gte, n)])
}

fn run(c: &Correlation, seen: impl IntoIterator<Item = Observation>) -> Vec<Episode> {
    let mut w = windows(vec![c.clone()]);
    for o in seen {
        w.observe(o);
    }
    w.finish()
}

#[test]
fn a_score_adds_the_largest_number_of_each_name() {
    let c = |names| {
        correlation(
            CorrelationKind::Score { names },
            1,
            60 * MIN,
            at_least(10.0),
        )
    };
    let of = |names, values: &[&str]| {
        let seen = (0..).zip(values).map(|(t, v)| with_value(t * MIN, v));
        run(&c(names), seen)
    };
    // Ten times the same is no more than once.
    assert_eq!(of(1, &["api=6"; 10]), []);
    let found = of(2, &["api=6", "net=3.5", r#"["api=2","ua=1"]"#, "net=4"]);
    assert_eq!(found.len(), 1);
    let e = &found[0];
    // The sum first holds at the third match, and is highest at the fourth.
    assert_eq!((e.value, e.count), (11.0, 4));
    assert_eq!((e.first, e.fired), (EventTime(0), EventTime(2 * MIN)));
    assert_eq!(e.values, ["api=6", "net=4", "ua=1"]);
    // Enough, but not of enough different kinds.
    assert_eq!(of(2, &["api=12"]), []);
    assert_eq!(of(1, &["api=12"]).len(), 1);
    // An hour and a minute apart.
    let far = [with_value(0, "api=6"), with_value(61 * MIN, "net=6")];
    assert_eq!(run(&c(2), far), []);
}

#[test]
fn a_ratio_divides_matches_of_two_rules() {
    let c = |min| correlation(CorrelationKind::Ratio { min }, 2, 60 * MIN, at_least(0.5));
    let seen = |first: &[i64], second: &[i64]| {
        let first = first.iter().map(|t| of_member(t * MIN, 0));
        let second = second.iter().map(|t| of_member(t * MIN, 1));
        first.chain(second).collect::<Vec<_>>()
    };
    let found = run(&c(4), seen(&[3, 4], &[0, 1, 2, 3, 4]));
    assert_eq!(found, [], "two of five");
    let found = run(&c(4), seen(&[1, 2, 4], &[0, 1, 2, 3, 4]));
    // Two of four is enough; at the fourth minute it is three of five.
    assert_eq!((found.len(), found[0].value, found[0].count), (1, 0.6, 5));
    assert_eq!(found[0].fired, EventTime(3 * MIN));
    assert_eq!(run(&c(6), seen(&[1, 2, 4], &[0, 1, 2, 3, 4])), []);
    // Nothing is not a ratio.
    assert_eq!(run(&c(1), seen(&[1, 2, 3], &[])), []);
}

fn contact(time: i64, to: &str, answered: bool) -> Observation {
    Observation {
        member: u32::from(answered),
        ..with_value(time, to)
    }
}

#[test]
fn a_scan_is_first_contacts_that_fail() {
    let c = |min| correlation(CorrelationKind::Scan { min }, 2, 60 * MIN, at_least(4.6));
    let failed = |n: i64| (0..n).map(|t| contact(t * 1000, &format!("h{t}"), false));
    assert_eq!(run(&c(1), failed(3)), []);
    let found = run(&c(1), failed(4));
    let e = &found[0];
    // Four failures: 4 ln 4, which is more than ln 99.
    assert!((e.value - 4.0 * 4.0_f64.ln()).abs() < 1e-12, "{}", e.value);
    assert_eq!((e.count, e.values.len()), (4, 4));
    assert_eq!(run(&c(5), failed(4)), [], "too few destinations");
    // A host that is tried again and again is one contact.
    let again = (0..50).map(|t| contact(t * 1000, "h", false));
    assert_eq!(run(&c(1), again), []);
    // An answered contact takes one away, wherever the answer lies at one instant.
    let with = |time, to: &str| [contact(time, to, true)].into_iter().chain(failed(4));
    assert_eq!(run(&c(1), with(1500, "other")), []);
    assert_eq!(run(&c(1), with(0, "h0")), []);
    // What was answered before does not buy it off, and a later answer of the same
    // host is no first contact.
    let later = |o: Observation| Observation {
        time: EventTime(o.time.0 + 20_000),
        ..o
    };
    let before = (0..8).map(|t| contact(t * 1000, &format!("ok{t}"), true));
    assert_eq!(run(&c(12), before.chain(failed(4).map(later))).len(), 1);
    assert_eq!(run(&c(1), with(9000, "h0")).len(), 1);
}

#[test]
fn windows_of_a_scan_lie_side_by_side_and_keep_their_name() {
    let c = correlation(CorrelationKind::Scan { min: 1 }, 2, 60 * MIN, at_least(4.6));
    let at = |from: i64, n: i64| (0..n).map(move |t| contact(from + t, &format!("h{t}"), false));
    // Two either side of a full hour are not enough.
    assert_eq!(run(&c, at(60 * MIN - 2, 4)), []);
    let found = run(&c, at(61 * MIN, 4));
    assert_eq!(found[0].fired, EventTime(60 * MIN));
    assert_eq!(
        (found[0].first, found[0].last),
        (EventTime(61 * MIN), EventTime(61 * MIN + 3))
    );
    // What comes before and after changes what it says and not what it is called.
    let found = run(&c, at(61 * MIN - 9, 9).chain(at(119 * MIN, 30)));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].fired, EventTime(60 * MIN));
    let two = run(&c, at(0, 4).chain(at(60 * MIN, 4)));
    assert_eq!(two.len(), 2, "one for each window");
}

#[test]
fn contacts_that_are_not_the_first_take_no_room() {
    let c = correlation(CorrelationKind::Scan { min: 1 }, 2, 60 * MIN, at_least(4.6));
    let limits = Limits {
        window_entries_max: 200,
        ..Limits::default()
    };
    let mut w = windows_within(vec![c], &limits);
    for t in 0..100_000 {
        w.observe(contact(t, &format!("h{}", t % 9), t % 2 == 0));
    }
    assert_eq!(w.lost().over_limit, 0);
    assert_eq!(w.finish().len(), 0);
}

#[test]
fn a_beacon_is_a_window_of_its_own() {
    let hour = 60 * MIN;
    let c = correlation(
        CorrelationKind::Beacon { min: 24 },
        1,
        24 * hour,
        at_least(0.9),
    );
    let at = |from: i64, n: i64| (0..n).map(move |i| with_value(from + i * 10 * MIN, "420"));
    let found = run(&c, at(5 * MIN, 144));
    assert_eq!(found.len(), 1);
    let e = &found[0];
    assert_eq!((e.value, e.count, e.fired), (1.0, 144, EventTime(0)));
    assert_eq!(
        (e.first, e.last),
        (EventTime(5 * MIN), EventTime(143 * 10 * MIN + 5 * MIN))
    );
    // Two days are two, and a bit of a third is none.
    assert_eq!(run(&c, at(0, 2 * 144 + 20)).len(), 2);
    assert_eq!(run(&c, at(0, 23)), []);
}

fn silence(min: u32) -> Correlation {
    let none = Condition::Threshold(Vec::new());
    correlation(CorrelationKind::Silence { min }, 1, 60 * MIN, none)
}

#[test]
fn a_silence_is_told_of_when_it_ends() {
    let at = |minutes: &[i64]| minutes.iter().map(|m| seen(m * MIN)).collect::<Vec<_>>();
    assert_eq!(
        run(&silence(1), at(&[0, 60, 120])),
        [],
        "an hour is not more"
    );
    assert_eq!(run(&silence(1), at(&[0, 30])), [], "the end is open");
    let found = run(&silence(1), at(&[0, 5, 30, 120, 125]));
    assert_eq!(found.len(), 1);
    let e = &found[0];
    assert_eq!((e.value, e.count, e.evidence.len()), (90.0, 2, 2));
    let times = (e.first, e.last, e.fired);
    assert_eq!(
        times,
        (
            EventTime(30 * MIN),
            EventTime(120 * MIN),
            EventTime(120 * MIN)
        )
    );
    // Quarters of an hour with a match: 0, 1 and 2.
    let before = [0, 5, 20, 30, 120];
    assert_eq!(run(&silence(3), at(&before)).len(), 1);
    assert_eq!(run(&silence(4), at(&before)), []);
    // What was more than a day ago does not count.
    let day = 24 * 60;
    assert_eq!(run(&silence(2), at(&[0, day, day + 90])).len(), 1);
    assert_eq!(run(&silence(2), at(&[0, day + 1, day + 92])), []);
    // After 90 days it is not the same that is heard again.
    let most = 90 * day;
    assert_eq!(run(&silence(1), at(&[0, most])).len(), 1);
    assert_eq!(run(&silence(1), at(&[0, most + 1])), []);
}

#[test]
fn what_is_never_silent_takes_no_room() {
    let limits = Limits {
        window_entries_max: 1000,
        lateness_secs_max: 0,
        ..Limits::default()
    };
    let mut w = windows_within(vec![silence(1)], &limits);
    let mut found = Vec::new();
    for t in 0..200_000 {
        w.observe(seen(t * 1000));
        if t % 5000 == 0 {
            found.extend(w.advance(EventTime(t * 1000)));
        }
    }
    w.observe(seen(200_000 * 1000 + 120 * MIN));
    found.extend(w.finish());
    assert_eq!((w.lost().over_limit, w.lost().late), (0, 0));
    assert_eq!(found.len(), 1);
    // A group that is not heard for 90 days is forgotten.
    w.observe(seen(0));
    let _ = w.advance(EventTime(91 * 24 * 60 * MIN));
    assert_eq!((w.store.budget.held, w.store.budget.groups), (0, 0));
}

#[test]
fn a_journey_has_a_speed() {
    let kind = CorrelationKind::Travel { km_min: 500.0 };
    let c = correlation(
        kind,
        1,
        24 * 60 * MIN,
        Condition::Threshold(vec![(Op::Gt, 900.0)]),
    );
    const BERLIN: &str = "52.52,13.405";
    const MUNICH: &str = "48.1374,11.5755";
    const SYDNEY: &str = "-33.8688,151.2093";
    let of = |stops: &[(i64, &str)]| run(&c, stops.iter().map(|(m, p)| with_value(m * MIN, p)));
    // 16,100 km in 20 hours are fine, in 17 they are not.
    assert_eq!(of(&[(0, BERLIN), (20 * 60, SYDNEY)]), []);
    let found = of(&[(0, BERLIN), (17 * 60, SYDNEY)]);
    assert_eq!(found.len(), 1);
    assert!(
        (900.0..1000.0).contains(&found[0].value),
        "{}",
        found[0].value
    );
    assert_eq!(found[0].values, [SYDNEY, BERLIN]);
    // 504 km in a minute is too fast; a few less are the same place.
    assert_eq!(of(&[(0, BERLIN), (1, MUNICH)]).len(), 1);
    assert_eq!(of(&[(0, BERLIN), (1, "48.5,11.5755")]), []);
    // More than a timespan apart, and no place at all.
    assert_eq!(of(&[(0, BERLIN), (24 * 60 + 1, SYDNEY)]), []);
    assert_eq!(of(&[(0, BERLIN), (5, "-")]), []);
}
