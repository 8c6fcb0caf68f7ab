//! The types that are not Sigma's, by the letter of their definitions.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a type that is missing here fails the comparison with the twin"
)]

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_sigma::{Condition, Correlation, CorrelationKind};

use super::super::Observation;
use super::Run;

/// Whether a match of such a type counts at all.
pub(super) fn takes_part(kind: CorrelationKind, o: &Observation) -> bool {
    match kind {
        CorrelationKind::Score { .. } => !named(o).is_empty(),
        CorrelationKind::Scan { .. } => o.value.as_deref().is_some_and(|v| !v.is_empty()),
        CorrelationKind::Travel { .. } => place(o).is_some(),
        _ => true,
    }
}

/// Each well-formed `name=number` of a match.
fn named(o: &Observation) -> Vec<(String, f64)> {
    let text = o.value.as_deref().unwrap_or_default();
    let texts = match serde_json::from_str::<Vec<String>>(text) {
        Ok(several) => several,
        Err(_) => vec![text.to_owned()],
    };
    let one = |t: &String| {
        let (name, number) = t.rsplit_once('=').filter(|(name, _)| !name.is_empty())?;
        let number: f64 = number.parse().ok()?;
        let counts = number.is_finite() && number >= 0.0;
        counts.then(|| (name.to_owned(), number))
    };
    texts.iter().filter_map(one).collect()
}

/// Latitude and longitude in degrees.
fn place(o: &Observation) -> Option<(f64, f64)> {
    let (lat, lon) = o.value.as_deref()?.split_once(',')?;
    let place: (f64, f64) = (lat.parse().ok()?, lon.parse().ok()?);
    let on_the_globe = (-90.0..=90.0).contains(&place.0) && (-180.0..=180.0).contains(&place.1);
    on_the_globe.then_some(place)
}

/// Kilometres, by the angle between two arrows from the middle of the earth.
fn kilometres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let arrow = |(lat, lon): (f64, f64)| {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let ([ax, ay, az], [bx, by, bz]) = (arrow(a), arrow(b));
    let cross = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
    let across = cross.iter().map(|x| x * x).sum::<f64>().sqrt();
    across.atan2(ax * bx + ay * by + az * bz) * 6371.0088
}

/// The highest speed between neighbours.
fn fastest(window: &[&Observation], km_min: f64) -> Option<f64> {
    let mut all = window.to_vec();
    all.sort_by_key(|o| (o.time, o.key, o.member));
    let mut speeds = Vec::new();
    for pair in all.windows(2) {
        let (a, b) = (place(pair[0]).unwrap(), place(pair[1]).unwrap());
        let km = kilometres(a, b);
        if a != b && km >= km_min {
            let seconds = ((pair[1].time.0 - pair[0].time.0) as f64 / 1000.0).max(1.0);
            speeds.push((km * 3_600_000.0 / seconds).round() / 1000.0);
        }
    }
    speeds.into_iter().reduce(f64::max)
}

fn largest(window: &[&Observation]) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for (name, number) in window.iter().flat_map(|o| named(o)) {
        let best = all.entry(name).or_insert(number);
        *best = number.max(*best);
    }
    all
}

/// The number of a window, if there is enough in it.
pub(super) fn compute(kind: CorrelationKind, window: &[&Observation]) -> Option<f64> {
    match kind {
        CorrelationKind::Score { names } => {
            let all = largest(window);
            (all.len() >= names as usize).then(|| all.values().sum())
        }
        CorrelationKind::Ratio { min } => {
            let of = |m: u32| window.iter().filter(|o| o.member == m).count();
            (of(1) >= min as usize).then(|| of(0) as f64 / of(1) as f64)
        }
        CorrelationKind::Travel { km_min } => fastest(window, km_min),
        _ => unreachable!("one of Sigma's own"),
    }
}

/// What the episode shows of its values.
pub(super) fn shown(kind: CorrelationKind, matches: &[Observation]) -> Vec<String> {
    match kind {
        CorrelationKind::Score { .. } => {
            let all: Vec<&Observation> = matches.iter().collect();
            let mut all: Vec<(String, f64)> = largest(&all).into_iter().collect();
            all.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap());
            all.into_iter().map(|(n, x)| format!("{n}={x}")).collect()
        }
        CorrelationKind::Scan { .. } | CorrelationKind::Travel { .. } => {
            let all = matches.iter().filter_map(|o| o.value.as_deref());
            let all: BTreeSet<&str> = all.collect();
            all.into_iter().map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The episodes of kinds whose windows do not slide. `None` for all others.
pub(super) fn runs(c: &Correlation, matches: &[Observation]) -> Option<Vec<Run>> {
    match c.kind {
        CorrelationKind::Scan { .. } | CorrelationKind::Beacon { .. } => {}
        CorrelationKind::Silence { min } => return Some(silences(c, min as usize, matches)),
        _ => return None,
    }
    let length = c.timespan_ms.max(1);
    let start = |o: &Observation| o.time.0.div_euclid(length) * length;
    let starts: BTreeSet<i64> = matches.iter().map(start).collect();
    let window = |at: i64| {
        let inside: Vec<_> = matches.iter().filter(|o| start(o) == at).collect();
        let (number, matches) = match c.kind {
            CorrelationKind::Scan { min } => scan(&inside, min as usize)?,
            CorrelationKind::Beacon { min } => beacon(&inside, at, length, min as usize)?,
            _ => unreachable!("a kind whose windows slide"),
        };
        let Condition::Threshold(ops) = &c.condition else {
            return None;
        };
        let fires = ops.iter().all(|(op, limit)| op.holds(number, *limit));
        fires.then(|| Run {
            fired: at,
            last: matches.iter().map(|o| o.time.0).max().unwrap(),
            numbers: vec![number],
            matches,
        })
    };
    Some(starts.into_iter().filter_map(window).collect())
}

/// The number of a window, and the matches that it stands on.
fn scan(window: &[&Observation], min: usize) -> Option<(f64, Vec<Observation>)> {
    let mut all = window.to_vec();
    all.sort_by_key(|o| (o.time, o.member == 0, o.key, o.member));
    let mut contacted = BTreeSet::new();
    all.retain(|o| contacted.insert(o.value.clone()));
    all.sort_by_key(|o| (o.time, o.key, o.member));
    // Each step is worth ln 4.
    let (mut sum, mut highest) = (0_i32, 0_i32);
    for o in &all {
        sum = (sum + if o.member == 0 { 1 } else { -1 }).max(0);
        highest = highest.max(sum);
    }
    let number = f64::from(highest) * 4.0_f64.ln();
    (all.len() >= min).then(|| (number, all.into_iter().cloned().collect()))
}

fn beacon(
    window: &[&Observation],
    start: i64,
    length: i64,
    min: usize,
) -> Option<(f64, Vec<Observation>)> {
    let starts: Vec<i64> = window
        .iter()
        .map(|o| o.time.0)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if starts.len() < min.max(4) {
        return None;
    }
    let intervals = starts
        .windows(2)
        .map(|w| (w[1] - w[0]) as f64 / 1000.0)
        .collect();
    let sizes: Vec<f64> = window.iter().filter_map(|o| super::number(o)).collect();
    let mut parts = vec![regular(intervals, 1.0)];
    if sizes.len() >= 3 {
        parts.push(regular(sizes, 10.0));
    }
    // Whether a start lies in piece `k` of `of`, of a stretch from `from` on.
    let inside = |t: i64, from: i64, stretch: i64, of: i64, k: i64| {
        (t - from) * of >= k * stretch && (t - from) * of < (k + 1) * stretch
    };
    let (first, last) = (starts[0], starts[starts.len() - 1]);
    let pieces = (i64::try_from(starts.len()).unwrap() / 4).clamp(2, 24);
    let counts: Vec<f64> = (0..pieces)
        .map(|k| {
            starts
                .iter()
                .filter(|t| inside(**t, first, last - first + 1, pieces, k))
                .count() as f64
        })
        .collect();
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance =
        counts.iter().map(|n| (n - mean) * (n - mean)).sum::<f64>() / counts.len() as f64;
    parts.push((1.0 - variance.sqrt() / mean).max(0.0));
    let busy: Vec<bool> = (0..24)
        .map(|k| starts.iter().any(|t| inside(*t, start, length, 24, k)))
        .collect();
    let run = |from: usize| (0..48).take_while(|n| busy[(from + n) % 24]).count();
    let longest = (0..24).map(run).max().unwrap() as f64;
    let mut there = (longest / 12.0).min(1.0);
    if busy.iter().filter(|b| **b).count() >= 6 {
        there = there.max((last - first) as f64 / length as f64);
    }
    parts.push(there);
    let number = (parts.iter().sum::<f64>() / parts.len() as f64 * 1000.0).round() / 1000.0;
    Some((number, window.iter().map(|o| (*o).clone()).collect()))
}

fn regular(mut all: Vec<f64>, least: f64) -> f64 {
    fn middle(all: &[f64]) -> f64 {
        let (low, high) = ((all.len() - 1) / 2, all.len() / 2);
        (all[low] + all[high]) / 2.0
    }
    all.sort_by(f64::total_cmp);
    let q1 = middle(&all[..all.len() / 2]);
    let q2 = middle(&all);
    let q3 = middle(&all[all.len().div_ceil(2)..]);
    if q2 <= 0.0 {
        return 0.0;
    }
    let nothing = q3 - q1 <= least || q3 - q1 <= q2 / 20.0;
    let steps = (q2 == q1 || q2 == q3) && q3 - q1 <= q2;
    let skew = if nothing || steps {
        0.0
    } else {
        ((q1 + q3 - 2.0 * q2) / (q3 - q1)).abs()
    };
    let mut off: Vec<f64> = all.iter().map(|x| (x - q2).abs()).collect();
    off.sort_by(f64::total_cmp);
    ((1.0 - skew) + (1.0 - middle(&off) / q2).max(0.0)) / 2.0
}

/// Each silence with the match before and the one after it.
fn silences(c: &Correlation, min: usize, matches: &[Observation]) -> Vec<Run> {
    let mut all: Vec<&Observation> = matches.iter().collect();
    all.sort_by_key(|o| (o.time, o.key, o.member));
    let bucket = (c.timespan_ms / 4).max(1);
    let mut runs = Vec::new();
    for pair in all.windows(2) {
        let (from, to) = (pair[0].time.0, pair[1].time.0);
        if to - from <= c.timespan_ms || to - from > 90 * 86_400_000 {
            continue;
        }
        let since = from - c.timespan_ms.max(86_400_000);
        let before = all.iter().map(|o| o.time.0);
        let before = before.filter(|t| (since..=from).contains(t));
        let active: BTreeSet<i64> = before.map(|t| t.div_euclid(bucket)).collect();
        if active.len() >= min {
            runs.push(Run {
                fired: to,
                last: to,
                numbers: vec![(to - from) as f64 / 60_000.0],
                matches: pair.iter().map(|o| (*o).clone()).collect(),
            });
        }
    }
    runs
}
