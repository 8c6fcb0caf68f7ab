//! All kinds on random input: the twin agrees, and neither the order of
//! arrival, nor copies, nor a split, nor when time is advanced can be seen.

use flowtrail_event::{EventTime, Limits};
use flowtrail_sigma::{Condition, CorrelationIx, CorrelationKind, Op};

use super::super::testing::{Dice, correlation, evidence, windows_within};
use super::super::{Episode, Observation, WindowLoss, Windows, reach_ms, twin};
use super::random::{matches, proof, rule, rules};

const EVIDENCE_MAX: usize = 5;
const LATENESS_SECS: i64 = 1;

fn limits() -> Limits {
    Limits {
        evidence_values_max: EVIDENCE_MAX,
        lateness_secs_max: LATENESS_SECS,
        ..Limits::default()
    }
}

/// After the end nothing is held, and the books say so.
fn assert_empty(w: &Windows) {
    assert_eq!((w.store.budget.held, w.store.budget.groups), (0, 0));
    assert!(w.store.shelves.iter().all(|shelf| shelf.groups.is_empty()));
}

fn feed(w: &mut Windows, seen: &[Observation]) {
    seen.iter().for_each(|o| w.observe(o.clone()));
}

/// Shuffled, in several copies with different evidence.
fn copies(dice: &mut Dice, seen: &[Observation]) -> Vec<Observation> {
    let mut all: Vec<Observation> = Vec::new();
    for o in seen {
        all.push(o.clone());
        for _ in 0..dice.roll(3) {
            all.push(Observation {
                evidence: proof(dice),
                ..o.clone()
            });
        }
    }
    dice.shuffle(&mut all);
    all
}

#[test]
fn the_twin_agrees_in_any_order_with_any_copies() {
    let mut fired = 0;
    for seed in 0..4000 {
        let mut dice = Dice(seed);
        let rules = rules(&mut dice);
        let seen = matches(&mut dice, &rules);
        let seen = copies(&mut dice, &seen);
        let want = twin::episodes(&rules, &seen, EVIDENCE_MAX);
        let mut w = windows_within(rules.clone(), &limits());
        feed(&mut w, &seen);
        let found = w.finish();
        assert_empty(&w);
        assert_eq!(found, want, "seed {seed}, {rules:#?}");
        fired += found.len();
    }
    assert!(fired > 10_000, "{fired}");
}

/// As a detector does: what is superfluous is not observed. Says whether it was.
fn observe_unless_superfluous(w: &mut Windows, o: &Observation) -> bool {
    let texts = o.group.iter().chain(&o.value).map(|t| t.as_bytes());
    match w.name(o.correlation, o.time, texts) {
        Some(name) if w.is_superfluous(&name) => return false,
        Some(name) => w.observe_named(o.clone(), &name),
        None => w.observe(o.clone()),
    }
    true
}

#[test]
fn what_is_superfluous_need_not_be_observed() {
    let (mut superfluous, mut fired) = (0, 0);
    for seed in 0..4000 {
        let mut dice = Dice(seed);
        let rules = rules(&mut dice);
        let seen = matches(&mut dice, &rules);
        let seen = copies(&mut dice, &seen);
        let mut whole = windows_within(rules, &limits());
        let mut spared = whole.fresh();
        let (mut want, mut found) = (Vec::new(), Vec::new());
        for o in &seen {
            whole.observe(o.clone());
            superfluous += usize::from(!observe_unless_superfluous(&mut spared, o));
            if dice.roll(30) == 0 {
                let watermark = EventTime(o.time.0 - 200);
                want.extend(whole.advance(watermark));
                found.extend(spared.advance(watermark));
            }
        }
        want.extend(whole.finish());
        found.extend(spared.finish());
        assert_eq!(found, want, "seed {seed}");
        assert_eq!(spared.lost(), whole.lost(), "seed {seed}");
        assert_empty(&spared);
        fired += found.len();
    }
    assert!(
        superfluous > 500 && fired > 10_000,
        "{superfluous}, {fired}"
    );
}

#[test]
fn a_split_among_workers_cannot_be_seen() {
    for seed in 0..2000 {
        let mut dice = Dice(seed);
        let rules = rules(&mut dice);
        let seen = matches(&mut dice, &rules);
        let seen = copies(&mut dice, &seen);
        let mut whole = windows_within(rules, &limits());
        let mut parts: Vec<Windows> = (0..=dice.roll(4)).map(|_| whole.fresh()).collect();
        for o in &seen {
            let at = usize::try_from(dice.roll(parts.len() as u64)).unwrap();
            parts[at].observe(o.clone());
        }
        feed(&mut whole, &seen);
        dice.shuffle(&mut parts);
        let mut merged = parts.pop().unwrap();
        parts.into_iter().for_each(|p| merged.merge(p));
        assert_eq!(merged.finish(), whole.finish(), "seed {seed}");
        assert_eq!(merged.lost(), whole.lost());
        assert_empty(&merged);
    }
}

#[test]
fn workers_that_advanced_by_themselves_keep_their_books() {
    for seed in 0..2000 {
        let mut dice = Dice(seed);
        let rules = rules(&mut dice);
        let seen = matches(&mut dice, &rules);
        let first = windows_within(rules, &limits());
        let mut parts = [first.fresh(), first.fresh(), first];
        let mut in_order = seen.clone();
        in_order.sort_by_key(|o| o.time);
        for o in in_order {
            let w = &mut parts[usize::try_from(dice.roll(3)).unwrap()];
            let newest = o.time;
            w.observe(o);
            if dice.roll(4) == 0 {
                let _ = w.advance(EventTime(newest.0 + 1200));
            }
        }
        let [a, b, mut merged] = parts;
        merged.merge(a);
        let _ = merged.advance(EventTime(900));
        merged.merge(b);
        let _ = merged.finish();
        assert_empty(&merged);
        let lost = merged.lost();
        assert_eq!(
            (lost.over_limit, lost.groups_over_limit, lost.unknown),
            (0, 0, 0)
        );
        assert!(lost.late <= seen.len() as u64, "{lost:?}");
    }
}

/// Matches in an order in which none comes later than the lateness allows.
fn nearly_in_order(dice: &mut Dice, seen: &[Observation]) -> Vec<Observation> {
    let jitter = u64::try_from(LATENESS_SECS * 1000).unwrap();
    let mut seen: Vec<_> = seen
        .iter()
        .map(|o| {
            (
                o.time.0 + i64::try_from(dice.roll(jitter)).unwrap(),
                o.clone(),
            )
        })
        .collect();
    seen.sort_by_key(|(arrival, _)| *arrival);
    seen.into_iter().map(|(_, o)| o).collect()
}

/// Feeds and advances now and then, to the newest time seen so far. Also
/// returns how many episodes came before the end.
fn stream(dice: &mut Dice, w: &mut Windows, seen: &[Observation]) -> (Vec<Episode>, usize) {
    let mut found = Vec::new();
    let mut newest = i64::MIN;
    for o in seen {
        newest = newest.max(o.time.0);
        w.observe(o.clone());
        if dice.roll(3) == 0 {
            found.extend(w.advance(EventTime(newest)));
        }
    }
    let early = found.len();
    found.extend(w.finish());
    found.sort_by(|a, b| {
        (a.first, a.correlation, &a.group, a.fired).cmp(&(
            b.first,
            b.correlation,
            &b.group,
            b.fired,
        ))
    });
    (found, early)
}

#[test]
fn when_time_is_advanced_cannot_be_seen() {
    let mut early = 0;
    for seed in 0..4000 {
        let mut dice = Dice(seed);
        let rules = rules(&mut dice);
        let mut seen = matches(&mut dice, &rules);
        // Spread out, so that there are many horizons within the input.
        seen.iter_mut()
            .for_each(|o| o.time.0 *= 1 + i64::try_from(seed % 30).unwrap());
        let seen = copies(&mut dice, &seen);
        let seen = nearly_in_order(&mut dice, &seen);
        let mut whole = windows_within(rules.clone(), &limits());
        feed(&mut whole, &seen);
        let mut w = windows_within(rules.clone(), &limits());
        let (found, before_the_end) = stream(&mut dice, &mut w, &seen);
        assert_eq!(found, whole.finish(), "seed {seed}, {rules:#?}");
        assert_eq!(
            WindowLoss {
                valueless: 0,
                ..w.lost()
            },
            WindowLoss {
                ungrouped: w.lost().ungrouped,
                ..WindowLoss::default()
            }
        );
        early += before_the_end;
    }
    assert!(early > 10_000, "{early}");
}

/// A stream decides what hangs together: matches of which none is further from
/// the next than the correlation reaches.
#[test]
fn what_is_further_apart_than_the_reach_can_be_decided_apart() {
    let mut islands = 0;
    for seed in 0..3000 {
        let mut dice = Dice(seed);
        let rules = vec![rule(&mut dice)];
        let reach = reach_ms(&rules[0]);
        let mut seen = matches(&mut dice, &rules);
        seen.sort_by_key(|o| o.time);
        let mut whole = windows_within(rules, &limits());
        feed(&mut whole, &seen);
        let mut apart = Vec::new();
        for island in seen.chunk_by(|a, b| b.time.0 - a.time.0 <= reach) {
            let mut w = whole.fresh();
            feed(&mut w, island);
            apart.extend(w.finish());
            islands += 1;
        }
        let order = |e: &Episode| (e.first, e.correlation, e.group.clone(), e.fired);
        apart.sort_by_key(order);
        assert_eq!(apart, whole.finish(), "seed {seed}");
    }
    assert!(islands > 10_000, "{islands}");
}

#[test]
fn a_long_stream_holds_no_more_than_its_windows() {
    let c = correlation(
        CorrelationKind::EventCount,
        1,
        100,
        Condition::Threshold(vec![(Op::Gte, 5.0)]),
    );
    let limits = Limits {
        window_entries_max: 3000,
        window_groups_max: 100,
        ..limits()
    };
    let mut w = windows_within(vec![c], &limits);
    let mut dice = Dice(1);
    let mut found = 0;
    for t in 0..200_000 {
        let time = EventTime(t - i64::try_from(dice.roll(500)).unwrap());
        let group = [dice.roll(40).to_string().into()].into();
        let key = u128::from(t.unsigned_abs());
        w.observe(Observation {
            correlation: CorrelationIx(0),
            member: 0,
            time,
            key,
            group,
            value: None,
            evidence: evidence("o"),
        });
        if t % 7 == 0 {
            found += w.advance(EventTime(t)).len();
        }
    }
    assert_eq!(w.lost(), WindowLoss::default());
    assert!(found > 1000, "{found}");
}
