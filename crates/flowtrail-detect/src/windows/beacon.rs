//! How much the connections of one window look like those of a program that
//! calls home: a number from 0 to 1.
//!
//! It is the score of RITA 5.1.1 over one window, the mean of four parts, each
//! from 0 to 1, with changes where the original is misled.
//!
//! - *Intervals*: those between the distinct start times, at which one or more
//!   connections began. With their quartiles Q1, Q2, Q3 (medians of the halves)
//!   and m the median of their distances from Q2, it is the mean of 1 − |B| and
//!   max(0, 1 − m/Q2), where B = (Q1 + Q3 − 2·Q2)/(Q3 − Q1) is Bowley's measure of
//!   skew. B counts as 0 where Q3 − Q1 is at most 5 % of Q2 or one second: there
//!   is nothing to be skewed. It also does where Q2 equals one of the others and
//!   Q3 − Q1 is at most Q2: times in whole minutes do that. RITA has neither bound
//!   relative to Q2, so that bursts with pauses between them, in which half of the
//!   intervals are one second, are perfect to it.
//! - *Sizes*: the same over the sizes of the connections that have one, with 10
//!   bytes in place of one second; 0 where Q2 is not positive. With fewer than
//!   three sizes there is no such part, and the mean is that of the others.
//! - *Evenness*: the time from the first to the last start, cut into equal
//!   pieces, one for four starts, at least 2 and at most 24: max(0, 1 − σ/μ) of
//!   the starts in them. RITA takes 24 pieces of the whole day, in which a few
//!   regular starts are uneven, and every sparse series passes as a mixture of two.
//! - *Persistence*: of 24 equal pieces of the window the longest run with starts
//!   in each, the last and the first taken as neighbours, divided by 12 and at
//!   most 1; or the part of the window from the first to the last start, if at
//!   least 6 pieces have one and it is larger.
//!
//! What is regular is not yet evil: cron jobs score as high. Rules have to ask
//! for rarity, too.

use super::entry::Entry;
use super::number::Number;

/// Pieces of a window, and the most pieces of its busy part.
const PIECES: usize = 24;
/// Starts of which intervals have quartiles.
const STARTS_MIN: usize = 4;

/// The score of a window that begins at `start`. `None` if fewer than `min`
/// connections began in it, at different times.
pub(super) fn number(entries: &[Entry], start: i64, timespan_ms: i64, min: u32) -> Option<f64> {
    let mut starts: Vec<i64> = entries.iter().map(|e| e.time).collect();
    starts.dedup();
    if starts.len() < STARTS_MIN.max(min as usize) {
        return None;
    }
    let seconds = |(a, b): (&i64, &i64)| (b - a) as f64 / 1000.0;
    let intervals = starts.iter().zip(starts.iter().skip(1)).map(seconds);
    let sizes = entries.iter().filter_map(|e| e.value.number());
    let parts = [
        regularity(intervals.collect(), 1.0),
        regularity(sizes.map(Number::to_f64).collect(), 10.0),
        Some(evenness(&starts)),
        Some(persistence(&starts, start, timespan_ms)),
    ];
    let there = parts.iter().flatten();
    let mean = there.clone().sum::<f64>() / there.count() as f64;
    Some((mean * 1000.0).round() / 1000.0)
}

/// How much numbers are one number, give and take. `None` with fewer than three.
fn regularity(mut numbers: Vec<f64>, least: f64) -> Option<f64> {
    if numbers.len() < 3 {
        return None;
    }
    numbers.sort_by(f64::total_cmp);
    let (below, above) = halves(&numbers);
    let (q1, q2, q3) = (median(below), median(&numbers), median(above));
    if q2 <= 0.0 {
        return Some(0.0);
    }
    let range = q3 - q1;
    let in_steps = is_same(q1, q2) || is_same(q2, q3);
    let skew = if range <= least.max(q2 / 20.0) || in_steps && range <= q2 {
        0.0
    } else {
        (q1 + q3 - 2.0 * q2) / range
    };
    let mut off: Vec<f64> = numbers.iter().map(|x| (x - q2).abs()).collect();
    off.sort_by(f64::total_cmp);
    let spread = (1.0 - median(&off) / q2).max(0.0);
    Some(f64::midpoint(1.0 - skew.abs(), spread))
}

fn is_same(a: f64, b: f64) -> bool {
    a.total_cmp(&b).is_eq()
}

/// Those below and above the middle, which is in neither.
fn halves(sorted: &[f64]) -> (&[f64], &[f64]) {
    let half = sorted.len() / 2;
    let from = sorted.len() - half;
    (
        sorted.get(..half).unwrap_or_default(),
        sorted.get(from..).unwrap_or_default(),
    )
}

/// 0 of nothing.
fn median(sorted: &[f64]) -> f64 {
    let at = |i: usize| sorted.get(i).copied().unwrap_or(0.0);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        at(half)
    } else {
        f64::midpoint(at(half.wrapping_sub(1)), at(half))
    }
}

/// How many of `times` lie in each of so many equal pieces of `[from, from + length)`.
fn pieces(times: &[i64], from: i64, length: i64, pieces: usize) -> Vec<u32> {
    let mut counts = vec![0; pieces];
    for time in times {
        let at = i128::from(time - from) * pieces as i128 / i128::from(length.max(1));
        let at = usize::try_from(at)
            .unwrap_or(0)
            .min(pieces.saturating_sub(1));
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    counts
}

fn ends(starts: &[i64]) -> (i64, i64) {
    let first = starts.first().copied().unwrap_or(0);
    (first, starts.last().copied().unwrap_or(first))
}

fn evenness(starts: &[i64]) -> f64 {
    let (first, last) = ends(starts);
    let wanted = (starts.len() / 4).clamp(2, PIECES);
    let counts = pieces(starts, first, last - first + 1, wanted);
    let mean = starts.len() as f64 / counts.len() as f64;
    let square = |n: &u32| (f64::from(*n) - mean).powi(2);
    let variance = counts.iter().map(square).sum::<f64>() / counts.len() as f64;
    (1.0 - variance.sqrt() / mean).max(0.0)
}

fn persistence(starts: &[i64], start: i64, timespan_ms: i64) -> f64 {
    let counts = pieces(starts, start, timespan_ms, PIECES);
    let (mut longest, mut run) = (0_u32, 0_u32);
    // Twice around, so that a run over the end is one.
    for count in counts.iter().chain(&counts) {
        run = if *count > 0 { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let run = (f64::from(longest) / 12.0).min(1.0);
    let (first, last) = ends(starts);
    if counts.iter().filter(|n| **n > 0).count() < 6 {
        return run;
    }
    run.max((last - first) as f64 / timespan_ms.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use flowtrail_event::EventTime;

    use super::super::testing::{Dice, evidence};
    use super::super::value::Value;
    use super::*;

    const DAY: i64 = 86_400_000;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the tests' numbers are small"
    )]
    fn whole(x: f64) -> i64 {
        x.round() as i64
    }

    /// The score of connections at these seconds of a day, of these sizes.
    fn score(seconds: &[f64], size: impl Fn(usize) -> Option<i64>) -> f64 {
        let entry = |(i, s): (usize, &f64)| {
            let value = size(i).map_or(Value::None, Value::Int);
            // Whole seconds, as flow logs have them.
            let time = EventTime(whole(*s) * 1000 + 3 * DAY);
            Entry::new(time, i as u128, 0, value, evidence("o"))
        };
        let mut entries: Vec<Entry> = seconds.iter().enumerate().map(entry).collect();
        entries.sort_by_key(Entry::id);
        number(&entries, 3 * DAY, DAY, 24).unwrap_or(0.0)
    }

    /// Starts of a day that `next` takes from one to the next.
    fn starts(mut next: impl FnMut() -> f64) -> Vec<f64> {
        let mut all = vec![next()];
        while all[all.len() - 1] < 86_000.0 {
            all.push(all[all.len() - 1] + next());
        }
        all.retain(|s| *s < 86_399.0);
        all
    }

    /// From 0 to 1.
    fn unit(dice: &mut Dice) -> f64 {
        dice.roll(1 << 40) as f64 / (1_u64 << 40) as f64
    }

    #[test]
    fn quartiles_are_medians_of_halves() {
        let (below, above) = halves(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((median(below), median(above)), (1.5, 4.5));
        let (below, above) = halves(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!((median(below), median(above)), (1.5, 3.5));
        assert_eq!((median(&[]), median(&[7.0])), (0.0, 7.0));
    }

    #[test]
    fn each_part_by_hand() {
        // Q1 10, Q2 20, Q3 60: B = 30/50; distances 0, 10, 10, 20, 60: median 10.
        let of = |numbers: &[f64]| regularity(numbers.to_vec(), 1.0);
        assert_eq!(
            of(&[0.0, 20.0, 20.0, 40.0, 80.0]),
            Some(f64::midpoint(0.4, 0.0))
        );
        assert_eq!(of(&[60.0, 60.0, 60.0]), Some(1.0));
        assert_eq!(of(&[60.0, 60.0]), None);
        assert_eq!(of(&[0.0, 0.0, 0.0, 5.0]), Some(0.0));
        // Steps of a minute are no skew; a burst with a pause is.
        assert_eq!(
            of(&[300.0, 300.0, 300.0, 300.0, 360.0, 360.0, 360.0]),
            Some(1.0)
        );
        assert_eq!(of(&[1.0, 1.0, 1.0, 1.0, 60.0, 60.0, 60.0]), Some(0.5));
        // Two pieces with four and no starts between them.
        assert_eq!(evenness(&[0, 1, 2, 3, 997, 998, 999, 1000]), 1.0);
        assert_eq!(evenness(&[0, 1, 2, 3, 4, 5, 6, 1000]), 0.25);
        let hours = |of: &[i64]| {
            let all: Vec<i64> = of.iter().map(|h| h * 3_600_000).collect();
            persistence(&all, 0, DAY)
        };
        assert_eq!(hours(&[3, 4, 5]), 0.25);
        assert_eq!(hours(&[0, 1, 2, 22, 23]), 5.0 / 12.0);
        assert_eq!(hours(&[0, 4, 8, 12, 16, 20]), 20.0 / 24.0);
        assert_eq!(hours(&(0..13).collect::<Vec<_>>()), 1.0);
    }

    #[test]
    fn implants_score_above_people_and_servers() {
        for seed in 0..20 {
            let mut dice = Dice(seed);
            let jitter = |dice: &mut Dice, period: f64, part: f64| {
                starts(|| period * (1.0 + part * (2.0 * unit(dice) - 1.0)))
            };
            let same = |_| Some(420);
            for (period, part) in [
                (60.0, 0.0),
                (60.0, 0.3),
                (300.0, 0.2),
                (300.0, 0.5),
                (1800.0, 0.3),
            ] {
                let found = score(&jitter(&mut dice, period, part), same);
                assert!(found >= 0.9, "{seed}: {period} s, {part}: {found}");
            }
            // All but for the minute that the day's last piece lacks.
            let exact = jitter(&mut dice, 60.0, 0.0);
            assert_eq!(
                (score(&exact, same), score(&exact, |_| None)),
                (0.998, 0.998)
            );
            // A server that is called at random, with answers of any size.
            let sizes: Vec<i64> = (0..2000)
                .map(|_| whole(200.0 * (1.0 / (1.0 - unit(&mut dice))).powf(1.2)))
                .collect();
            let any = |i: usize| sizes.get(i % 2000).copied();
            let random = starts(|| -120.0 * (1.0 - unit(&mut dice)).ln());
            let found = score(&random, any);
            assert!(found < 0.8, "{seed}: a server: {found}");
            // Somebody who reads pages from nine to five, with bursts for each.
            let mut pages = Vec::new();
            let mut at = 9.0 * 3600.0;
            while at < 17.0 * 3600.0 {
                (0..dice.roll(8)).for_each(|n| pages.push(at + n as f64));
                at += 10.0 - 400.0 * (1.0 - unit(&mut dice)).ln();
            }
            let found = score(&pages, any);
            assert!(found < 0.75, "{seed}: a reader: {found}");
        }
    }

    #[test]
    fn a_few_starts_are_no_beacon() {
        let regular: Vec<f64> = (0..23).map(|n| f64::from(n) * 3600.0).collect();
        assert_eq!(score(&regular, |_| None), 0.0);
        // Copies at one time are one start.
        let doubled: Vec<f64> = regular.iter().chain(&regular).copied().collect();
        assert_eq!(score(&doubled, |_| None), 0.0);
    }
}
