//! How strict a rule would have to be to stay within a number of findings a
//! day.
//!
//! A [`Rise`] says for which thresholds an episode begins, so the findings of a
//! day are, for each threshold, the rises that span it. Going down from the
//! strictest threshold, the first at which there are too many ends the search:
//! what lies above it is within the budget at every step.

use std::collections::BTreeMap;

use flowtrail_detect::{Rise, Threshold};
use flowtrail_sigma::{Correlation, CorrelationKind, Op};
use flowtrail_table::Day;

use super::days::{Daily, Span, number};

/// Rows of a table of thresholds.
const ROWS_MAX: usize = 10;

/// Which days have to stay within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Every day.
    Worst,
    /// The median day.
    Median,
}

/// The laxest threshold within a budget. Numbers are negated where the condition
/// asks for less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    /// Any will do.
    Any,
    /// One above this number; this number itself is too lax.
    Above(f64),
}

/// Rises over a span of days.
pub(super) struct Rises<'r> {
    pub(super) rises: &'r [Rise],
    pub(super) span: Span,
}

impl Rises<'_> {
    /// The laxest threshold from which on no stricter one exceeds `budget`
    /// findings on those days.
    pub(super) fn bound(&self, budget: u64, of: Of) -> Bound {
        let mut begins: Vec<(f64, Day)> = Vec::with_capacity(self.rises.len());
        let mut ends = Vec::with_capacity(self.rises.len());
        for rise in self.rises {
            begins.push((rise.up_to, Day::of(rise.first)));
            ends.push((rise.above, Day::of(rise.first)));
        }
        for list in [&mut begins, &mut ends] {
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let over_max = match of {
            Of::Worst => 0,
            // The median is the day number n/2 of the days in order, from 0.
            Of::Median => self.span.days() - self.span.days() / 2 - 1,
        };
        let mut counts: BTreeMap<Day, u64> = BTreeMap::new();
        let mut over = 0;
        let too_many = budget.saturating_add(1);
        // At the threshold `at` those are there that begin at or above it and
        // do not end at or above it.
        while let Some(at) = begins.last().map(|(at, _)| *at) {
            while let Some((_, day)) = ends.pop_if(|(end, _)| *end >= at) {
                let count = counts.entry(day).or_insert(0);
                over -= u64::from(*count == too_many);
                *count -= 1;
            }
            while let Some((_, day)) = begins.pop_if(|(begin, _)| *begin >= at) {
                let count = counts.entry(day).or_insert(0);
                *count += 1;
                over += u64::from(*count == too_many);
            }
            if over > over_max {
                return Bound::Above(at);
            }
        }
        Bound::Any
    }

    /// What a threshold, negated where the condition asks for less, would have
    /// found.
    pub(super) fn daily(&self, at: f64, strict: bool) -> Daily {
        let mut daily = Daily::new(self.span);
        let in_it = |r: &&Rise| {
            if strict {
                r.above <= at && at < r.up_to
            } else {
                r.above < at && at <= r.up_to
            }
        };
        for rise in self.rises.iter().filter(in_it) {
            daily.add(rise.first);
        }
        daily
    }

    /// Thresholds worth showing besides `shown`: round ones between the laxest
    /// and the strictest that make a difference.
    pub(super) fn ladder(&self, shown: &[f64]) -> Vec<f64> {
        let tops = self.rises.iter().map(|r| r.up_to).filter(|n| n.is_finite());
        let (low, high) = tops.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| {
            (low.min(n), high.max(n))
        });
        let steps = (-3..=12).flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10_f64.powi(e)));
        let signed = steps.flat_map(|n| [n, -n]).chain([0.0]);
        let mut round: Vec<f64> = signed.filter(|n| *n >= low && *n <= high).collect();
        round.sort_by(f64::total_cmp);
        let room = ROWS_MAX.saturating_sub(shown.len()).max(1);
        let every = round.len().div_ceil(room).max(1);
        let mut all: Vec<f64> = round
            .into_iter()
            .step_by(every)
            .chain(shown.iter().copied())
            .collect();
        all.sort_by(f64::total_cmp);
        all.dedup_by(|a, b| a.total_cmp(b).is_eq());
        all
    }
}

/// A comparison as a rule writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    pub(super) op: Op,
    pub(super) number: f64,
}

impl Comparison {
    /// The laxest comparison within a bound, for a rule that compares as
    /// `like`; `None` if any will do. What counts is a whole number and keeps
    /// the rule's operator; between other numbers there is always another one,
    /// and only `gt` and `lt` say it exactly.
    pub(super) fn within(bound: Bound, like: Threshold, counts: bool) -> Option<Self> {
        let Bound::Above(at) = bound else { return None };
        let (strict, lax) = if like.is_upper() {
            (Op::Lt, Op::Lte)
        } else {
            (Op::Gt, Op::Gte)
        };
        Some(if counts && like.op == lax {
            Self {
                op: lax,
                number: like.signed(at.floor() + 1.0),
            }
        } else {
            Self {
                op: strict,
                number: like.signed(at),
            }
        })
    }

    /// The word that a rule writes.
    pub(super) const fn word(self) -> &'static str {
        match self.op {
            Op::Lt => "lt",
            Op::Lte => "lte",
            Op::Gt => "gt",
            Op::Gte => "gte",
            Op::Eq => "eq",
            Op::Neq => "neq",
        }
    }

    /// What it would have found, of a rule that compares as `like`.
    pub(super) fn daily(self, rises: &Rises<'_>, like: Threshold) -> Daily {
        let strict = matches!(self.op, Op::Gt | Op::Lt);
        rises.daily(like.signed(self.number), strict)
    }
}

/// Whether what a correlation computes is a whole number.
pub(super) const fn counts(correlation: &Correlation) -> bool {
    match correlation.kind {
        CorrelationKind::EventCount
        | CorrelationKind::ValueCount
        | CorrelationKind::Temporal
        | CorrelationKind::TemporalOrdered => true,
        CorrelationKind::ValueSum
        | CorrelationKind::ValueAvg
        | CorrelationKind::ValuePercentile(_)
        | CorrelationKind::Score { .. }
        | CorrelationKind::Ratio { .. }
        | CorrelationKind::Scan { .. }
        | CorrelationKind::Beacon { .. }
        | CorrelationKind::Silence { .. }
        | CorrelationKind::Travel { .. } => false,
    }
}

/// The rises of a count of `times`, which are those of one group, over a window
/// of `timespan_ms`: what an `event_count` over them would see.
pub(super) fn of_times(times: &mut [i64], timespan_ms: i64, out: &mut Vec<Rise>) {
    times.sort_unstable();
    let mut before: Option<(i64, f64)> = None;
    let (mut low, mut high) = (0, 0);
    while let Some(time) = times.get(high).copied() {
        while times.get(high) == Some(&time) {
            high += 1;
        }
        let since = time.saturating_sub(timespan_ms);
        while times.get(low).is_some_and(|t| *t < since) {
            low += 1;
        }
        let up_to = number(u64::try_from(high - low).unwrap_or(u64::MAX));
        let reached = before.filter(|(last, _)| *last >= since);
        let above = reached.map_or(f64::NEG_INFINITY, |(_, n)| n);
        if up_to > above
            && let Some(first) = times.get(low)
        {
            out.push(Rise {
                first: flowtrail_event::EventTime(*first),
                above,
                up_to,
            });
        }
        before = Some((time, up_to));
    }
}

#[cfg(test)]
mod tests {
    use flowtrail_event::EventTime;
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn span(days: i32) -> Span {
        Span {
            first: Day(0),
            last: Day(days - 1),
        }
    }

    /// Every threshold, one after the other, from the strictest down.
    fn by_force(rises: &Rises<'_>, budget: u64, of: Of) -> Bound {
        let mut steps: Vec<f64> = rises
            .rises
            .iter()
            .flat_map(|r| [r.above, r.up_to])
            .collect();
        steps.retain(|n| n.is_finite());
        steps.sort_by(f64::total_cmp);
        for at in steps.into_iter().rev() {
            let daily = rises.daily(at, false);
            let found = match of {
                Of::Worst => daily.most(),
                Of::Median => daily.median(),
            };
            if found > budget {
                return Bound::Above(at);
            }
        }
        Bound::Any
    }

    prop_compose! {
        fn rise(days: i64)(day in 0..days, above in 0..8_i32, height in 1..5_i32, bottom in any::<bool>()) -> Rise {
            let low = if bottom { f64::NEG_INFINITY } else { f64::from(above) };
            Rise { first: EventTime(day * DAY), above: low, up_to: f64::from(above + height) }
        }
    }

    proptest! {
        #[test]
        fn the_bound_is_the_laxest(
            rises in proptest::collection::vec(rise(5), 0..40), budget in 0..6_u64,
        ) {
            let rises = Rises { rises: &rises, span: span(5) };
            for of in [Of::Worst, Of::Median] {
                prop_assert_eq!(rises.bound(budget, of), by_force(&rises, budget, of));
            }
        }

        #[test]
        fn what_is_within_a_bound_is_within_the_budget(
            rises in proptest::collection::vec(rise(5), 0..40), budget in 0..6_u64,
            upper in any::<bool>(), strict in any::<bool>(), counts in any::<bool>(),
        ) {
            let rises = Rises { rises: &rises, span: span(5) };
            let op = match (upper, strict) {
                (false, false) => Op::Gte,
                (false, true) => Op::Gt,
                (true, false) => Op::Lte,
                (true, true) => Op::Lt,
            };
            let like = Threshold { op, number: 3.0 };
            if let Some(found) = Comparison::within(rises.bound(budget, Of::Worst), like, counts) {
                prop_assert!(found.daily(&rises, like).most() <= budget);
                // The next whole number that is laxer is too lax.
                if counts {
                    let step = if upper { 1.0 } else { -1.0 };
                    let laxer = Comparison { number: found.number + step, ..found };
                    prop_assert!(laxer.daily(&rises, like).most() > budget);
                }
            }
        }

        #[test]
        fn times_rise_as_windows_over_them_do(
            mut times in proptest::collection::vec(0..60_i64, 0..30), span in 0..20_i64, least in 1..6_usize,
        ) {
            let mut rises = Vec::new();
            of_times(&mut times, span, &mut rises);
            // Episodes by the definition: runs of windows that hold, each of
            // which reaches back to the one before.
            let mut instants = times.clone();
            instants.dedup();
            let (mut begun, mut last) = (0, None);
            for at in instants {
                let holds = times.iter().filter(|t| **t >= at - span && **t <= at).count() >= least;
                if holds && last.is_none_or(|l| l < at - span) {
                    begun += 1;
                }
                last = holds.then_some(at);
            }
            let at = u32::try_from(least).unwrap().into();
            let told = rises.iter().filter(|r| r.above < at && at <= r.up_to).count();
            prop_assert_eq!(told, begun);
        }
    }

    #[test]
    fn round_thresholds_are_shown_among_those_that_matter() {
        let rises: Vec<Rise> = (1..300)
            .map(|n| Rise {
                first: EventTime(0),
                above: f64::NEG_INFINITY,
                up_to: n.into(),
            })
            .collect();
        let rises = Rises {
            rises: &rises,
            span: span(1),
        };
        assert_eq!(
            rises.ladder(&[7.0, 250.0]),
            [1.0, 2.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0, 200.0, 250.0]
        );
        assert!(rises.ladder(&[]).len() <= ROWS_MAX);
    }
}
