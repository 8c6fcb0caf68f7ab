//! What an invocation has to say in numbers, before it is sent.

use std::collections::BTreeMap;

use flowtrail_event::{ObjectFault, Service, SkipReason};
use flowtrail_sigma::Level;

use super::catalogue::{Dimension, Metric};
use crate::fault::FaultKind;

/// Values of one distribution that are kept apart: what one datum may hold.
pub(super) const VALUES_MAX: usize = 150;

/// Minutes, over all levels, that a board has findings at: about eight hours of
/// one level. With them a board of no more than 250 rules fits into one request.
pub(super) const MINUTES_MAX: usize = 500;

/// Values of `Reason` that any metric may have, beyond those of the enums: what
/// is not among them is published as `other`.
pub const REASONS: [&str; 18] = [
    "other",
    "below_level",
    "no_time",
    "no_group",
    "window_late",
    "window_full",
    "window_groups",
    "window_left_out",
    "observations",
    "sightings",
    "findings",
    "deadline",
    "payload",
    "value",
    "timestamp",
    "too_old",
    "minutes",
    "dimension",
];

/// The value of a metric's dimension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Value {
    None,
    Fixed(&'static str),
    Rule(Box<str>),
}

/// One series of the board: a metric, and its dimension's value.
pub(super) type Series = (Metric, Value);

/// What one series came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Amount {
    /// A sum.
    Sum(f64),
    /// Values and how often each.
    Values(BTreeMap<u64, f64>),
    /// Sums by the minute of their events, in seconds since the epoch.
    ByMinute(BTreeMap<i64, f64>),
}

/// The numbers of an invocation, added up. What comes in is bounded: series by
/// closed lists and the cap on rules, values by rounding.
#[derive(Debug, Clone, PartialEq)]
pub struct Board {
    pub(super) series: BTreeMap<Series, Amount>,
    /// Rules that may have a series of their own.
    rules_max: usize,
    /// Minutes that there are findings at, over all levels.
    minutes: usize,
    /// Data that had no place.
    pub(super) rejected: BTreeMap<&'static str, u64>,
}

impl Board {
    /// An empty board on which at most `rules_max` rules have a series of their own.
    #[must_use]
    pub const fn new(rules_max: usize) -> Self {
        Self {
            series: BTreeMap::new(),
            rules_max,
            minutes: 0,
            rejected: BTreeMap::new(),
        }
    }

    /// The most series that any board with that cap can ever have, over all
    /// invocations: what CloudWatch may charge for.
    #[must_use]
    pub fn series_max(rules_max: usize) -> usize {
        let reasons = reasons().count();
        let of = |m: Metric| match m.dimension() {
            Dimension::None => 1,
            Dimension::Level => Level::ALL.len(),
            Dimension::LogSource => Service::ALL.len(),
            Dimension::Reason => reasons,
            Dimension::Rule => rules_max,
        };
        Metric::ALL.into_iter().map(of).sum()
    }

    /// Adds to a metric without a dimension.
    pub fn add(&mut self, metric: Metric, n: u64) {
        self.count(metric, Value::None, n);
    }

    /// Adds to a metric by level.
    pub fn add_level(&mut self, metric: Metric, level: Level, n: u64) {
        self.count(metric, Value::Fixed(level.name()), n);
    }

    /// Adds to a metric by service.
    pub fn add_service(&mut self, metric: Metric, service: Service, n: u64) {
        self.count(metric, Value::Fixed(service.name()), n);
    }

    /// Adds to a metric by reason; a word that is on no list becomes `other`.
    pub fn add_reason(&mut self, metric: Metric, reason: &str, n: u64) {
        let known = reasons().find(|r| *r == reason).unwrap_or("other");
        self.count(metric, Value::Fixed(known), n);
    }

    /// Adds to the findings of one rule, if it may have a series. Which rules
    /// may is for the caller to keep the same from one invocation to the next.
    pub fn add_rule(&mut self, rule: &str, n: u64) {
        let value = Value::Rule(rule.into());
        let rules = self.series.keys();
        let rules = rules.filter(|(m, _)| *m == Metric::FindingsByRule).count();
        let known = self
            .series
            .contains_key(&(Metric::FindingsByRule, value.clone()));
        if known || rules < self.rules_max {
            self.count(Metric::FindingsByRule, value, n);
        }
    }

    /// Adds findings at the time of their events, in seconds since the epoch. What
    /// lies in one minute too many is counted as rejected.
    pub fn add_at(&mut self, level: Level, secs: i64, n: u64) {
        let minute = secs.div_euclid(60) * 60;
        self.add_minute(Value::Fixed(level.name()), minute, float(n));
    }

    fn add_minute(&mut self, level: Value, minute: i64, sum: f64) {
        let room = self.minutes < MINUTES_MAX;
        let key = (Metric::FindingsByEventTime, level);
        let amount = self.series.entry(key);
        let amount = amount.or_insert_with(|| Amount::ByMinute(BTreeMap::new()));
        let Amount::ByMinute(minutes) = amount else {
            return;
        };
        if let Some(known) = minutes.get_mut(&minute) {
            *known += sum;
        } else if room {
            minutes.insert(minute, sum);
            self.minutes += 1;
        } else {
            *self.rejected.entry("minutes").or_default() += 1;
        }
    }

    /// Records one value of a distribution. Values are rounded to two digits,
    /// so that a day of seconds is about 350 of them.
    pub fn record(&mut self, metric: Metric, value: u64) {
        let amount = self.series.entry((metric, Value::None));
        let amount = amount.or_insert_with(|| Amount::Values(BTreeMap::new()));
        if let Amount::Values(values) = amount {
            *values.entry(two_digits(value)).or_default() += 1.0;
        }
    }

    /// Adds another board.
    pub fn merge(&mut self, other: Self) {
        for ((metric, value), amount) in other.series {
            let rules = self.series.keys();
            let rules = rules.filter(|(m, _)| *m == Metric::FindingsByRule).count();
            let known = self.series.contains_key(&(metric, value.clone()));
            if metric == Metric::FindingsByRule && !known && rules >= self.rules_max {
                continue;
            }
            if let Amount::ByMinute(minutes) = amount {
                for (minute, sum) in minutes {
                    self.add_minute(value.clone(), minute, sum);
                }
                continue;
            }
            match self.series.entry((metric, value)) {
                std::collections::btree_map::Entry::Vacant(v) => {
                    v.insert(amount);
                }
                std::collections::btree_map::Entry::Occupied(mut o) => o.get_mut().add(amount),
            }
        }
        for (reason, n) in other.rejected {
            *self.rejected.entry(reason).or_default() += n;
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// How many series it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// The sum of a metric over its dimension; values of a distribution count
    /// one each. For logs and tests.
    #[must_use]
    pub fn total(&self, metric: Metric) -> f64 {
        let of = self.series.iter().filter(|((m, _), _)| *m == metric);
        // A sum of no floats is minus zero.
        of.fold(0.0, |sum, (_, amount)| sum + amount.total())
    }

    fn count(&mut self, metric: Metric, value: Value, n: u64) {
        if n == 0 {
            return;
        }
        let amount = self
            .series
            .entry((metric, value))
            .or_insert(Amount::Sum(0.0));
        if let Amount::Sum(sum) = amount {
            *sum += float(n);
        }
    }
}

impl Amount {
    fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Sum(a), Self::Sum(b)) => *a += b,
            (Self::Values(a), Self::Values(b)) => {
                b.into_iter()
                    .for_each(|(k, n)| *a.entry(k).or_default() += n);
            }
            // One metric has one sort of amount, and minutes have a limit of
            // their own.
            (Self::Sum(_) | Self::Values(_) | Self::ByMinute(_), _) => {}
        }
    }

    fn total(&self) -> f64 {
        match self {
            Self::Sum(sum) => *sum,
            Self::Values(values) => values.values().sum(),
            Self::ByMinute(minutes) => minutes.values().sum(),
        }
    }
}

/// Every word that `Reason` can be.
fn reasons() -> impl Iterator<Item = &'static str> {
    let skips = SkipReason::ALL.into_iter().map(SkipReason::name);
    let faults = ObjectFault::ALL.into_iter().map(ObjectFault::name);
    let calls = FaultKind::ALL.into_iter().map(FaultKind::name);
    let mut all: Vec<&'static str> = skips.chain(faults).chain(calls).chain(REASONS).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

/// Rounded to its two leading digits.
fn two_digits(value: u64) -> u64 {
    let mut unit = 1;
    while value / unit >= 100 {
        unit *= 10;
    }
    value / unit * unit
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one invocation are far below 2^52"
)]
const fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
