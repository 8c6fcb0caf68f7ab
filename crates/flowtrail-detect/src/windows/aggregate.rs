//! What a correlation computes over the window that slides along its group.

use flowtrail_sigma::{Correlation, CorrelationKind};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::entry::Entry;
use super::members::Members;
use super::number::{ExactSum, Number};
use super::plan::Plan;
use super::rank::Ranks;
use super::score::Scores;
use super::travel::Speeds;

/// The window's content, reduced to what the condition asks for. Every entry is
/// added once and removed once, both in order of time, and each costs at most
/// the logarithm of the number of entries.
#[derive(Debug)]
pub(super) struct Aggregate {
    /// Which members match, for every kind: any may be asked for all members.
    pub(super) members: Members,
    amount: Amount,
}

#[derive(Debug)]
enum Amount {
    Matches(u64),
    Distinct(Distinct),
    Members,
    /// Members in order, as far as the sequence goes.
    Sequence,
    Sum(Sum),
    Mean(Sum),
    Percentile(Ranks, f64),
    /// With the fewest names.
    Score(Scores, u32),
    /// With the fewest matches of the second member.
    Ratio(u32),
    Travel(Speeds),
}

#[derive(Debug)]
struct Distinct {
    /// For each entry the number of its value.
    ids: Vec<usize>,
    /// For each value how often it stands in the window.
    counts: Vec<u64>,
    distinct: u64,
}

#[derive(Debug)]
struct Sum {
    sum: Box<ExactSum>,
    count: u64,
}

impl Aggregate {
    /// An empty window over `entries`, which are then added by their index.
    pub(super) fn new(correlation: &Correlation, plan: &Plan, entries: &[Entry]) -> Self {
        let sum = || Sum {
            sum: Box::new(ExactSum::new()),
            count: 0,
        };
        let amount = match correlation.kind {
            CorrelationKind::EventCount => Amount::Matches(0),
            CorrelationKind::ValueCount => Amount::Distinct(Distinct::new(entries)),
            // Those that have no window that slides are computed elsewhere.
            CorrelationKind::Temporal
            | CorrelationKind::Scan { .. }
            | CorrelationKind::Beacon { .. }
            | CorrelationKind::Silence { .. } => Amount::Members,
            CorrelationKind::TemporalOrdered if plan.counts_in_order() => Amount::Sequence,
            CorrelationKind::TemporalOrdered => Amount::Members,
            CorrelationKind::ValueSum => Amount::Sum(sum()),
            CorrelationKind::ValueAvg => Amount::Mean(sum()),
            CorrelationKind::ValuePercentile(p) => {
                let number = |e: &Entry| e.value.number().map_or(0.0, Number::to_f64);
                Amount::Percentile(Ranks::new(entries.iter().map(number)), p)
            }
            CorrelationKind::Score { names } => Amount::Score(Scores::new(entries), names),
            CorrelationKind::Ratio { min } => Amount::Ratio(min),
            CorrelationKind::Travel { km_min } => Amount::Travel(Speeds::new(entries, km_min)),
        };
        Self {
            members: Members::new(correlation.members.len(), plan.chains()),
            amount,
        }
    }

    /// Entry number `at` comes into the window.
    pub(super) fn add(&mut self, at: usize, entry: &Entry) {
        self.members.add(entry.member, entry.time);
        match &mut self.amount {
            Amount::Matches(n) => *n += 1,
            Amount::Distinct(d) => d.add(at),
            Amount::Members | Amount::Sequence | Amount::Ratio(_) => {}
            Amount::Sum(s) | Amount::Mean(s) => {
                if let Some(number) = entry.value.number() {
                    s.sum.add(number);
                    s.count += 1;
                }
            }
            Amount::Percentile(ranks, _) => ranks.add(at),
            Amount::Score(scores, _) => scores.add(at),
            Amount::Travel(speeds) => speeds.add(at),
        }
    }

    /// Entry number `at`, which was added, leaves the window.
    pub(super) fn remove(&mut self, at: usize, entry: &Entry) {
        self.members.remove(entry.member);
        match &mut self.amount {
            Amount::Matches(n) => *n -= 1,
            Amount::Distinct(d) => d.remove(at),
            Amount::Members | Amount::Sequence | Amount::Ratio(_) => {}
            Amount::Sum(s) | Amount::Mean(s) => {
                if let Some(number) = entry.value.number() {
                    s.sum.remove(number);
                    s.count -= 1;
                }
            }
            Amount::Percentile(ranks, _) => ranks.remove(at),
            Amount::Score(scores, _) => scores.remove(at),
            Amount::Travel(speeds) => speeds.remove(at),
        }
    }

    /// The number over the window that began at `since`, which has an entry in
    /// it. `None` if there is not enough in the window to judge it by.
    pub(super) fn number(&self, since: i64) -> Option<f64> {
        Some(match &self.amount {
            Amount::Matches(n) => *n as f64,
            Amount::Distinct(d) => d.distinct as f64,
            Amount::Members => self.members.distinct() as f64,
            Amount::Sequence => self
                .members
                .chains
                .first()
                .map_or(0.0, |chain| chain.length(since) as f64),
            Amount::Sum(s) => s.sum.to_f64(),
            Amount::Mean(s) => s.sum.to_f64() / s.count.max(1) as f64,
            Amount::Percentile(ranks, p) => ranks.percentile(*p).unwrap_or(0.0),
            Amount::Score(scores, names) => scores.total(*names)?,
            Amount::Travel(speeds) => speeds.highest()?,
            Amount::Ratio(min) => {
                let (first, second) = (self.members.count(0), self.members.count(1));
                if second < u64::from((*min).max(1)) {
                    return None;
                }
                first as f64 / second as f64
            }
        })
    }
}

impl Distinct {
    fn new(entries: &[Entry]) -> Self {
        let mut seen: HashMap<&str, usize, RandomState> = HashMap::default();
        let mut ids = Vec::with_capacity(entries.len());
        for entry in entries {
            let next = seen.len();
            ids.push(
                *seen
                    .entry(entry.value.text().unwrap_or_default())
                    .or_insert(next),
            );
        }
        let counts = vec![0; seen.len()];
        Self {
            ids,
            counts,
            distinct: 0,
        }
    }

    fn count(&mut self, at: usize) -> Option<&mut u64> {
        self.counts.get_mut(*self.ids.get(at)?)
    }

    fn add(&mut self, at: usize) {
        if let Some(count) = self.count(at) {
            *count += 1;
            let new = *count == 1;
            self.distinct += u64::from(new);
        }
    }

    fn remove(&mut self, at: usize) {
        if let Some(count) = self.count(at).filter(|c| **c > 0) {
            *count -= 1;
            let gone = *count == 0;
            self.distinct -= u64::from(gone);
        }
    }
}
