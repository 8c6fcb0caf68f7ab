//! Findings by day.

use std::collections::BTreeMap;

use flowtrail_event::EventTime;
use flowtrail_table::Day;
use serde_json::{Value, json};

/// Days that are listed one by one: ten years. A log may claim any year.
pub(super) const DAYS_LISTED_MAX: u64 = 3_660;

/// The days that were looked at, from the first event to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Span {
    pub(super) fn of(times: (EventTime, EventTime)) -> Self {
        Self {
            first: Day::of(times.0),
            last: Day::of(times.1),
        }
    }

    /// How many; at least one.
    pub(super) fn days(self) -> u64 {
        let days = i64::from(self.last.0) - i64::from(self.first.0);
        u64::try_from(days).unwrap_or(0) + 1
    }
}

/// Counts by day over a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Daily {
    span: Span,
    counts: BTreeMap<Day, u64>,
    total: u64,
}

impl Daily {
    pub(super) const fn new(span: Span) -> Self {
        Self {
            span,
            counts: BTreeMap::new(),
            total: 0,
        }
    }

    pub(super) fn add(&mut self, time: EventTime) {
        *self.counts.entry(Day::of(time)).or_insert(0) += 1;
        self.total += 1;
    }

    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// For each day.
    pub(super) fn mean(&self) -> f64 {
        number(self.total) / number(self.span.days())
    }

    /// The first of the days that have most; none without any.
    pub(super) fn worst(&self) -> Option<(Day, u64)> {
        let all = self.counts.iter().map(|(day, n)| (*day, *n));
        // Of equal ones the last is taken, so they come backwards.
        all.rev().max_by_key(|(_, n)| *n)
    }

    /// On the worst day.
    pub(super) fn most(&self) -> u64 {
        self.worst().map_or(0, |(_, n)| n)
    }

    /// What at least half of the days do not exceed; the higher of the two in
    /// the middle.
    pub(super) fn median(&self) -> u64 {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        counts.sort_unstable();
        let quiet = self.quiet();
        let middle = self.span.days() / 2;
        let at = middle
            .checked_sub(quiet)
            .and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| counts.get(at)).copied().unwrap_or(0)
    }

    /// Days without any.
    pub(super) fn quiet(&self) -> u64 {
        let loud = u64::try_from(self.counts.len()).unwrap_or(u64::MAX);
        self.span.days().saturating_sub(loud)
    }

    /// Every day of the span with its count; where they are too many, those
    /// with findings.
    pub(super) fn listed(&self) -> Vec<(Day, u64)> {
        if self.span.days() > DAYS_LISTED_MAX {
            return self.counts.iter().map(|(day, n)| (*day, *n)).collect();
        }
        let days = (self.span.first.0..=self.span.last.0).map(Day);
        days.map(|day| (day, self.counts.get(&day).copied().unwrap_or(0)))
            .collect()
    }

    pub(super) fn sums(&self) -> Value {
        json!({
            "findings": self.total, "per_day": self.mean(), "median_day": self.median(),
            "worst_day": self.most(),
        })
    }

    pub(super) fn json(&self) -> Value {
        let days = self.listed().into_iter();
        let days = days.map(|(day, n)| json!({"day": day.to_string(), "findings": n}));
        json!({
            "per_day": self.mean(), "median_day": self.median(), "quiet_days": self.quiet(),
            "worst_day": self.worst().map(|(day, n)| json!({"day": day.to_string(), "findings": n})),
            "days": days.collect::<Vec<_>>(),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) const fn number(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn daily(days: i32, on: &[(i64, u64)]) -> Daily {
        let mut daily = Daily::new(Span {
            first: Day(100),
            last: Day(99 + days),
        });
        for (day, n) in on {
            (0..*n).for_each(|_| daily.add(EventTime((100 + day) * DAY + 5)));
        }
        daily
    }

    #[test]
    fn days_without_findings_count() {
        let d = daily(5, &[(1, 4), (3, 2)]);
        assert_eq!((d.total(), d.quiet(), d.median(), d.most()), (6, 3, 0, 4));
        assert!((d.mean() - 1.2).abs() < 1e-9);
        let listed: Vec<u64> = d.listed().iter().map(|(_, n)| *n).collect();
        assert_eq!(listed, [0, 4, 0, 2, 0]);
        assert_eq!(daily(3, &[]).worst(), None);
    }

    #[test]
    fn the_median_is_that_of_all_days_sorted() {
        for (days, on) in [
            (1, vec![(0, 7)]),
            (2, vec![(0, 7)]),
            (3, vec![(0, 7), (1, 2)]),
            (4, vec![(0, 7), (1, 2), (3, 3)]),
            (6, vec![(0, 9), (2, 1), (4, 5), (5, 5)]),
        ] {
            let d = daily(days, &on);
            let mut all: Vec<u64> = d.listed().iter().map(|(_, n)| *n).collect();
            all.sort_unstable();
            assert_eq!(d.median(), all[all.len() / 2], "{all:?}");
        }
    }

    #[test]
    fn the_first_of_equal_days_is_the_worst() {
        assert_eq!(daily(4, &[(1, 3), (2, 3)]).worst(), Some((Day(101), 3)));
    }

    #[test]
    fn absurd_years_are_not_listed() {
        let mut d = daily(1, &[]);
        d.span.last = Day(i32::MAX);
        d.add(EventTime(101 * DAY));
        assert_eq!(d.listed(), [(Day(101), 1)]);
        assert_eq!(d.median(), 0);
    }
}
