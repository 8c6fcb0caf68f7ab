//! Correlations of correlations.

use flowtrail_event::EventTime;
use flowtrail_sigma::{
    Condition, Correlation, CorrelationIx, CorrelationKind, Member, MemberOf, Op, RuleIx,
};

use super::super::Observation;
use super::super::testing::{correlation, field, seen, windows};

const MIN: i64 = 60_000;

/// `many` counts by address and user; `then` wants it and a login, by user.
fn chain() -> Vec<Correlation> {
    let mut many = correlation(
        CorrelationKind::EventCount,
        1,
        5 * MIN,
        Condition::Threshold(vec![(Op::Gte, 3.0)]),
    );
    many.group_by = vec!["address".into(), "user".into()];
    let mut then = correlation(
        CorrelationKind::TemporalOrdered,
        2,
        60 * MIN,
        Condition::AllMembers,
    );
    let member = |of| Member {
        of,
        group_by: vec![field("user")],
        value: vec![],
    };
    then.members = vec![
        member(MemberOf::Correlation(CorrelationIx(0))),
        member(MemberOf::Rule(RuleIx(7))),
    ];
    vec![many, then]
}

fn failure(t: i64) -> Observation {
    Observation {
        group: ["1.1.1.1".into(), "bob".into()].into(),
        ..seen(t)
    }
}

fn login(t: i64) -> Observation {
    Observation {
        correlation: CorrelationIx(1),
        member: 1,
        ..seen(t)
    }
}

#[test]
fn a_correlation_of_a_correlation() {
    let of = |seen: Vec<Observation>| {
        let mut w = windows(chain());
        seen.into_iter().for_each(|o| w.observe(o));
        w.finish()
            .into_iter()
            .filter(|e| e.correlation == CorrelationIx(1))
            .collect::<Vec<_>>()
    };
    let found = of(vec![
        failure(0),
        failure(1000),
        failure(2000),
        login(100_000),
    ]);
    assert_eq!((found.len(), found[0].count), (1, 2));
    assert_eq!(
        (found[0].first, found[0].last),
        (EventTime(2000), EventTime(100_000))
    );
    assert_eq!(found[0].group, ["bob"]);
    assert_eq!(found[0].evidence[0].rule.as_deref(), Some("correlation"));
    assert_eq!(of(vec![failure(0), failure(1000), login(100_000)]), []);
    assert_eq!(
        of(vec![login(0), failure(1000), failure(2000), failure(3000)]),
        []
    );
}

#[test]
fn a_growing_episode_is_handed_on_once() {
    let mut w = windows(chain());
    let mut found = Vec::new();
    for t in 0..100 {
        w.observe(failure(t * 60_000));
        found.extend(w.advance(EventTime(t * 60_000)));
    }
    w.observe(login(120_000_000));
    found.extend(w.finish());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].correlation, found[0].count),
        (CorrelationIx(0), 100)
    );

    let mut w = windows(chain());
    for t in 0..100 {
        w.observe(failure(t * 60_000));
        assert_eq!(w.advance(EventTime(t * 60_000)), []);
    }
    w.observe(login(99 * 60_000));
    let found = w.finish();
    // One episode, handed on when it began at 2 min: too early for the login.
    assert_eq!(found.len(), 1);
}
