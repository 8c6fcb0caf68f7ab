//! The slow twin: every window computed from scratch, out of all matches, by
//! the letter of the definition. It shares no code with the windows but the
//! identity of a chained episode.

mod ours;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_event::EventTime;
use flowtrail_sigma::{
    Condition, Correlation, CorrelationIx, CorrelationKind, MemberExpr, MemberOf, Op,
};

use super::chain::identity;
use super::{Episode, Observation};
use crate::finding::{Evidence, Facts};

type Groups = BTreeMap<Vec<String>, Vec<Observation>>;

/// What `finish` over these matches must return.
pub(super) fn episodes(
    all: &[Correlation],
    seen: &[Observation],
    evidence_max: usize,
) -> Vec<Episode> {
    let mut seen = seen.to_vec();
    let mut out = Vec::new();
    for (ix, c) in (0..).map(CorrelationIx).zip(all) {
        for (group, matches) in groups(c, ix, &seen) {
            for run in runs(c, &matches) {
                out.push(episode(c, ix, &group, &run, evidence_max));
                chained(all, ix, &group, &run, &mut seen);
            }
        }
    }
    out.sort_by(|a, b| {
        (a.first, a.correlation, &a.group, a.fired).cmp(&(
            b.first,
            b.correlation,
            &b.group,
            b.fired,
        ))
    });
    out
}

fn takes_part(c: &Correlation, o: &Observation) -> bool {
    match c.kind {
        CorrelationKind::EventCount
        | CorrelationKind::Temporal
        | CorrelationKind::TemporalOrdered => true,
        CorrelationKind::ValueCount => o.value.as_deref().is_some_and(|v| !v.is_empty()),
        CorrelationKind::ValueSum
        | CorrelationKind::ValueAvg
        | CorrelationKind::ValuePercentile(_) => number(o).is_some(),
        CorrelationKind::Score { .. }
        | CorrelationKind::Ratio { .. }
        | CorrelationKind::Scan { .. }
        | CorrelationKind::Beacon { .. }
        | CorrelationKind::Silence { .. }
        | CorrelationKind::Travel { .. } => ours::takes_part(c.kind, o),
    }
}

fn number(o: &Observation) -> Option<f64> {
    o.value
        .as_deref()?
        .parse()
        .ok()
        .filter(|x: &f64| x.is_finite())
}

/// The sum, exact for the quarters that the tests are made of.
fn sum(window: &[&Observation]) -> f64 {
    window.iter().map(|o| quarters(o)).sum::<i128>() as f64 / 4.0
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the tests' fractions are small"
)]
fn quarters(o: &Observation) -> i128 {
    let text = o.value.as_deref().unwrap();
    text.parse::<i128>()
        .map_or_else(|_| (number(o).unwrap() * 4.0) as i128, |n| n * 4)
}

fn groups(c: &Correlation, ix: CorrelationIx, seen: &[Observation]) -> Groups {
    let mut distinct: BTreeMap<_, Observation> = BTreeMap::new();
    for o in seen
        .iter()
        .filter(|o| o.correlation == ix && takes_part(c, o))
    {
        let id = (o.group.clone(), o.time, o.key, o.member);
        let kept = distinct.entry(id).or_insert_with(|| o.clone());
        if o.evidence < kept.evidence {
            *kept = o.clone();
        }
    }
    let mut groups = Groups::new();
    for o in distinct.into_values() {
        groups
            .entry(o.group.iter().map(|v| v.to_string()).collect())
            .or_default()
            .push(o);
    }
    groups
}

/// A run of windows that fire: what stands in them, and each one's number.
struct Run {
    fired: i64,
    last: i64,
    numbers: Vec<f64>,
    matches: Vec<Observation>,
}

fn runs(c: &Correlation, matches: &[Observation]) -> Vec<Run> {
    if let Some(runs) = ours::runs(c, matches) {
        return runs;
    }
    let mut runs: Vec<Run> = Vec::new();
    let mut before: Option<i64> = None;
    let instants: BTreeSet<i64> = matches.iter().map(|o| o.time.0).collect();
    for time in instants {
        let inside = |o: &&Observation| o.time.0 >= time - c.timespan_ms && o.time.0 <= time;
        let window: Vec<&Observation> = matches.iter().filter(inside).collect();
        let number = compute(c, &window).filter(|n| fires(c, *n, &window));
        if let Some(number) = number {
            if before.is_none_or(|b| time - b > c.timespan_ms) {
                runs.push(Run {
                    fired: time,
                    last: time,
                    numbers: vec![],
                    matches: vec![],
                });
            }
            let run = runs.last_mut().unwrap();
            run.last = time;
            run.numbers.push(number);
            for o in window {
                if !run.matches.contains(o) {
                    run.matches.push(o.clone());
                }
            }
            before = Some(time);
        } else {
            before = None;
        }
    }
    runs
}

fn matched(window: &[&Observation]) -> BTreeSet<usize> {
    window.iter().map(|o| o.member as usize).collect()
}

fn compute(c: &Correlation, window: &[&Observation]) -> Option<f64> {
    let mut numbers: Vec<f64> = window.iter().filter_map(|o| number(o)).collect();
    Some(match c.kind {
        CorrelationKind::EventCount => window.len() as f64,
        CorrelationKind::ValueCount => window
            .iter()
            .map(|o| o.value.clone())
            .collect::<BTreeSet<_>>()
            .len() as f64,
        CorrelationKind::TemporalOrdered if matches!(c.condition, Condition::Threshold(_)) => {
            let firsts = |n: &usize| (0..*n).collect::<Vec<_>>();
            let longest = (0..=c.members.len())
                .rev()
                .find(|n| in_order(&firsts(n), window));
            longest.unwrap() as f64
        }
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => {
            matched(window).len() as f64
        }
        CorrelationKind::ValueSum => sum(window),
        CorrelationKind::ValueAvg => sum(window) / numbers.len() as f64,
        CorrelationKind::ValuePercentile(p) => {
            numbers.sort_by(f64::total_cmp);
            // The smallest number with at least p percent of all at or below it.
            let n = numbers.len() as f64;
            let enough = |at: usize| (at + 1) as f64 * 100.0 >= p * n;
            numbers[(0..numbers.len()).find(|at| enough(*at)).unwrap()]
        }
        CorrelationKind::Score { .. }
        | CorrelationKind::Ratio { .. }
        | CorrelationKind::Scan { .. }
        | CorrelationKind::Beacon { .. }
        | CorrelationKind::Silence { .. }
        | CorrelationKind::Travel { .. } => return ours::compute(c.kind, window),
    })
}

/// Whether one match each of these members can be found at times that do not decrease.
fn in_order(members: &[usize], window: &[&Observation]) -> bool {
    fn from(members: &[usize], window: &[&Observation], since: i64) -> bool {
        let Some((first, rest)) = members.split_first() else {
            return true;
        };
        let fits = |o: &&&Observation| o.member as usize == *first && o.time.0 >= since;
        window
            .iter()
            .filter(fits)
            .any(|o| from(rest, window, o.time.0))
    }
    from(members, window, i64::MIN)
}

fn fires(c: &Correlation, number: f64, window: &[&Observation]) -> bool {
    let matched = matched(window);
    let ordered = c.kind == CorrelationKind::TemporalOrdered;
    let everyone: Vec<usize> = (0..c.members.len()).collect();
    match &c.condition {
        Condition::Threshold(ops) => ops.iter().all(|(op, limit)| op.holds(number, *limit)),
        Condition::AllMembers => {
            matched.len() == c.members.len() && (!ordered || in_order(&everyone, window))
        }
        // Any set of members that matched in order will do if it fulfils the
        // expression, where a `not` means: not in the window at all.
        Condition::Members(expr) if ordered => (0_u32..1 << c.members.len()).any(|set| {
            let chosen: Vec<usize> = everyone
                .iter()
                .copied()
                .filter(|m| set & (1 << m) != 0)
                .collect();
            in_order(&chosen, window)
                && holds(expr, true, &|m, sense| {
                    if sense {
                        chosen.contains(&m)
                    } else {
                        !matched.contains(&m)
                    }
                })
        }),
        Condition::Members(expr) => holds(expr, true, &|m, sense| matched.contains(&m) == sense),
    }
}

fn holds(expr: &MemberExpr, sense: bool, member: &dyn Fn(usize, bool) -> bool) -> bool {
    match expr {
        MemberExpr::Member(m) => member(*m, sense),
        MemberExpr::Not(part) => holds(part, !sense, member),
        MemberExpr::And(parts) if sense => parts.iter().all(|p| holds(p, sense, member)),
        MemberExpr::Or(parts) if !sense => parts.iter().all(|p| holds(p, sense, member)),
        MemberExpr::And(parts) | MemberExpr::Or(parts) => {
            parts.iter().any(|p| holds(p, sense, member))
        }
    }
}

fn episode(c: &Correlation, ix: CorrelationIx, group: &[String], run: &Run, max: usize) -> Episode {
    let keys: BTreeSet<_> = run.matches.iter().map(|o| (o.time, o.key)).collect();
    let mut evidence: Vec<_> = run
        .matches
        .iter()
        .map(|o| ((o.time, o.key, o.member), &o.evidence))
        .collect();
    evidence.sort_by_key(|(id, _)| *id);
    let mut first: Vec<Evidence> = evidence
        .iter()
        .take(max)
        .map(|(id, e)| Evidence {
            time: Some(id.0),
            ..(*e).clone()
        })
        .collect();
    first.sort();
    let values: Vec<String> = if c.kind == CorrelationKind::ValueCount {
        let all = run.matches.iter().map(|o| o.value.as_deref().unwrap());
        let distinct: BTreeSet<&str> = all.collect();
        distinct.into_iter().map(str::to_owned).collect()
    } else {
        ours::shown(c.kind, &run.matches)
    };
    let bounded_above_only = match &c.condition {
        Condition::Threshold(ops) => {
            ops.iter().any(|(o, _)| matches!(o, Op::Lt | Op::Lte))
                && !ops.iter().any(|(o, _)| matches!(o, Op::Gt | Op::Gte))
        }
        Condition::AllMembers | Condition::Members(_) => false,
    };
    let extreme = if bounded_above_only {
        f64::min
    } else {
        f64::max
    };
    Episode {
        correlation: ix,
        group: group.to_vec(),
        first: run.matches.iter().map(|o| o.time).min().unwrap(),
        last: EventTime(run.last),
        fired: EventTime(run.fired),
        count: keys.len() as u64,
        value: run.numbers.iter().copied().reduce(extreme).unwrap(),
        values_omitted: values.len().saturating_sub(max) as u64,
        values: values.into_iter().take(max).collect(),
        evidence_omitted: (evidence.len() - first.len()) as u64,
        evidence: first,
        agreed: agreed(run),
    }
}

/// The facts of all matches, each fact only if none says otherwise.
fn agreed(run: &Run) -> Option<Arc<Facts>> {
    let all: Option<Vec<_>> = run
        .matches
        .iter()
        .map(|o| o.evidence.facts.as_deref())
        .collect();
    let mut all = all?.into_iter();
    let mut common = all.next()?.clone();
    all.for_each(|facts| common.keep_common(facts));
    Some(Arc::new(common))
}

/// The firing as a match of every correlation over this one.
fn chained(
    all: &[Correlation],
    ix: CorrelationIx,
    group: &[String],
    run: &Run,
    seen: &mut Vec<Observation>,
) {
    let child = &all[ix.0 as usize];
    let boxed: Box<[Box<str>]> = group.iter().map(|v| v.as_str().into()).collect();
    // The first record of that instant, or of a window that is named by its start.
    let from_then_on = run.matches.iter().filter(|o| o.time.0 >= run.fired);
    let trigger = from_then_on.min_by_key(|o| (o.time, o.key, o.member));
    let trigger = trigger.unwrap();
    for (up, parent) in (0..).map(CorrelationIx).zip(all) {
        for (member, m) in (0..).zip(&parent.members) {
            let look = |name: &str| {
                let at = child.group_by.iter().position(|n| n == name)?;
                Some(boxed[at].clone())
            };
            let group: Option<Box<[Box<str>]>> = m.group_by.iter().map(|f| look(&f.name)).collect();
            if let (true, Some(group)) = (m.of == MemberOf::Correlation(ix), group) {
                seen.push(Observation {
                    correlation: up,
                    member,
                    time: EventTime(run.fired),
                    key: identity(ix, &boxed, run.fired),
                    group,
                    value: m.value.first().and_then(|f| look(&f.name)),
                    evidence: Evidence {
                        time: Some(EventTime(run.fired)),
                        rule: Some(child.meta.title.as_str().into()),
                        ..trigger.evidence.clone()
                    },
                });
            }
        }
    }
}
