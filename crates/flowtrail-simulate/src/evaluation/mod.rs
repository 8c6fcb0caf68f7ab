//! Findings beside labels: what was found, what was not, and what was told of
//! that is nothing.
//!
//! [`evaluate`] reads `labels.jsonl`, `negatives.jsonl` and findings as
//! `flowtrail replay --format jsonl` writes them. A finding tells of something
//! planted if it stands on a record of it:
//!
//! - by the `eventID` of one of its records; where records were left out of its
//!   evidence, by its principal and its time;
//! - by its time and every address and interface that it names, of which all
//!   have to be those of one of the planted flows; if it names none, by one of
//!   those that its window counted;
//! - for a log that fell silent, by its account and by a span of time that is
//!   that of the silence.
//!
//! Which detector a rule belongs to it says itself, by a tag of the namespace
//! `flowtrail` (`flowtrail.c4`).
//!
//! Two detectors have figures of their own: [`scans`] counts hosts that were
//! taken for scanners, [`beacons`] says how well a score ranks implants among
//! all that is regular.

mod beacons;
mod input;
mod matching;
mod ranking;
mod report;
mod scans;

#[cfg(test)]
mod tests;

use flowtrail_event::EventTime;
use input::{Finding, Wanted};
use matching::Index;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::BufRead;

pub use beacons::{BeaconRow, Beacons, Unit, beacons};
pub use input::EvaluationError;
pub use ranking::Ranking;
pub use report::{DetectorRow, Evaluation, KindRow, LureRow, Missed, RuleRow};
pub use scans::{Scans, scans};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The levels of findings, the lowest first.
const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yardstick {
    /// The first instant of the logs.
    pub start: EventTime,
    /// Days of logs.
    pub days: u32,
    /// Accounts in them.
    pub accounts: u32,
    /// Days at the beginning of which findings are not counted.
    pub learning_days: u32,
    /// The lowest level that counts: `medium`.
    pub level: String,
}

impl Yardstick {
    /// That of the issue for logs of this plan: levels from medium on, behind
    /// fourteen days.
    #[must_use]
    pub fn of(plan: &crate::Plan) -> Self {
        Self {
            start: plan.start,
            days: plan.hours / 24,
            accounts: plan.accounts,
            learning_days: 14,
            level: "medium".to_owned(),
        }
    }

    fn rank(&self) -> usize {
        rank(&self.level).unwrap_or(2)
    }

    /// The first instant of which findings count.
    fn counts_from(&self) -> i64 {
        self.start.secs() + i64::from(self.learning_days) * DAY
    }
}

fn rank(level: &str) -> Option<usize> {
    LEVELS.iter().position(|l| *l == level)
}

/// What is known of each thing planted, while findings are read.
#[derive(Debug, Default, Clone)]
struct Hits {
    /// Rules that told of it at a level that counts.
    rules: BTreeSet<String>,
    /// Detectors whose rules told of it so.
    detectors: BTreeSet<String>,
    /// Whether it was told of at all.
    at_any_level: bool,
}

/// Measures findings against labels.
///
/// # Errors
/// [`EvaluationError`] names the input and the line that cannot be read.
pub fn evaluate(
    labels: impl BufRead,
    negatives: impl BufRead,
    findings: impl BufRead,
    yardstick: &Yardstick,
) -> Result<Evaluation, EvaluationError> {
    let wanted = input::labels(labels, "labels")?;
    let lures = input::labels(negatives, "negatives")?;
    let mut bench = Bench::new(&wanted, &lures, yardstick);
    let mut seen = HashSet::new();
    input::findings(findings, &mut |finding| {
        if seen.insert(finding.id.clone()) {
            bench.take(&finding);
        }
    })?;
    Ok(bench.sum())
}

/// Findings of one rule.
#[derive(Debug, Default, Clone)]
struct Told {
    findings: u64,
    right: u64,
    lured: u64,
}

impl Told {
    const fn add(&mut self, other: &Self) {
        self.findings += other.findings;
        self.right += other.right;
        self.lured += other.lured;
    }
}

/// Where findings are laid beside labels.
struct Bench<'l> {
    yardstick: &'l Yardstick,
    wanted: &'l [Wanted],
    lures: &'l [Wanted],
    of_wanted: Index<'l>,
    of_lures: Index<'l>,
    hits: Vec<Hits>,
    lured: Vec<Hits>,
    rules: BTreeMap<String, Told>,
    /// By detector: findings of its rules that count.
    detectors: BTreeMap<String, Told>,
    /// Findings that count, by account and day.
    days: BTreeMap<(String, i64), u64>,
}

impl<'l> Bench<'l> {
    fn new(wanted: &'l [Wanted], lures: &'l [Wanted], yardstick: &'l Yardstick) -> Self {
        Self {
            yardstick,
            wanted,
            lures,
            of_wanted: Index::new(wanted),
            of_lures: Index::new(lures),
            hits: vec![Hits::default(); wanted.len()],
            lured: vec![Hits::default(); lures.len()],
            rules: BTreeMap::new(),
            detectors: BTreeMap::new(),
            days: BTreeMap::new(),
        }
    }

    fn take(&mut self, finding: &Finding) {
        let counts = rank(&finding.level) >= Some(self.yardstick.rank());
        let right = self.of_wanted.of(finding);
        let lured = self.of_lures.of(finding);
        for (found, hits) in [(&right, &mut self.hits), (&lured, &mut self.lured)] {
            for at in found {
                let Some(hit) = hits.get_mut(*at) else {
                    continue;
                };
                hit.at_any_level = true;
                if counts {
                    hit.rules.insert(finding.rule.title.clone());
                    hit.detectors.extend(finding.rule.detectors());
                }
            }
        }
        let time = finding.span().map_or(0, |(_, last)| last);
        if !counts || time < self.yardstick.counts_from() {
            return;
        }
        let one = Told {
            findings: 1,
            right: u64::from(!right.is_empty()),
            lured: u64::from(right.is_empty() && !lured.is_empty()),
        };
        let rule = finding.rule.title.clone();
        self.rules.entry(rule).or_default().add(&one);
        for detector in finding.rule.detectors() {
            self.detectors.entry(detector).or_default().add(&one);
        }
        let account = finding.account.clone().unwrap_or_default();
        *self
            .days
            .entry((account, time.div_euclid(DAY)))
            .or_default() += 1;
    }

    fn sum(self) -> Evaluation {
        let sum = |of: fn(&Told) -> u64| self.rules.values().map(of).sum::<u64>();
        let days = self
            .yardstick
            .days
            .saturating_sub(self.yardstick.learning_days);
        Evaluation {
            histories: 1,
            level: self.yardstick.level.clone(),
            learning_days: self.yardstick.learning_days,
            planted: self.wanted.len(),
            found: self.hits.iter().filter(|h| !h.rules.is_empty()).count(),
            found_at_any_level: self.hits.iter().filter(|h| h.at_any_level).count(),
            findings: sum(|t| t.findings),
            right: sum(|t| t.right),
            lured: sum(|t| t.lured),
            account_days: u64::from(days) * u64::from(self.yardstick.accounts),
            busiest_account_day: self.days.values().copied().max().unwrap_or(0),
            detectors: self.detectors(),
            kinds: self.kinds(),
            missed: self.missed(),
            rules: self
                .rules
                .into_iter()
                .map(|(rule, t)| RuleRow {
                    rule,
                    findings: t.findings,
                    right: t.right,
                    lured: t.lured,
                })
                .collect(),
            lures: lures(self.lures, &self.lured),
        }
    }

    fn detectors(&self) -> Vec<DetectorRow> {
        let mut rows: BTreeMap<&str, DetectorRow> = BTreeMap::new();
        for (label, hits) in self.wanted.iter().zip(&self.hits) {
            for detector in &label.detectors {
                let row = rows.entry(detector).or_insert_with(|| DetectorRow {
                    detector: detector.clone(),
                    ..DetectorRow::default()
                });
                row.planted += 1;
                row.found += usize::from(!hits.rules.is_empty());
                row.found_by_its_rules += usize::from(hits.detectors.contains(detector));
            }
        }
        for (detector, row) in &mut rows {
            let told = self.detectors.get(*detector).cloned().unwrap_or_default();
            (row.findings, row.right) = (told.findings, told.right);
        }
        let mut rows: Vec<DetectorRow> = rows.into_values().collect();
        rows.sort_by_key(DetectorRow::place);
        rows
    }

    fn kinds(&self) -> Vec<KindRow> {
        let mut rows: BTreeMap<&str, (usize, usize, BTreeSet<String>)> = BTreeMap::new();
        for (label, hits) in self.wanted.iter().zip(&self.hits) {
            let row = rows.entry(label.name()).or_default();
            row.0 += 1;
            row.1 += usize::from(!hits.rules.is_empty());
            row.2.extend(hits.rules.iter().cloned());
        }
        let row =
            |(attack, (planted, found, rules)): (&str, (usize, usize, BTreeSet<String>))| KindRow {
                attack: attack.to_owned(),
                planted,
                found,
                rules: rules.into_iter().collect(),
            };
        rows.into_iter().map(row).collect()
    }

    fn missed(&self) -> Vec<Missed> {
        let all = self.wanted.iter().zip(&self.hits);
        let missed = all.filter(|(_, hits)| hits.rules.is_empty());
        missed
            .map(|(label, hits)| Missed {
                attack: label.name().to_owned(),
                detectors: label.detectors.clone(),
                account: label.account.clone(),
                actor: label.actor.clone(),
                first_time: label.first_time.clone(),
                last_time: label.last_time.clone(),
                told_below: hits.at_any_level,
            })
            .collect()
    }
}

fn lures(lures: &[Wanted], lured: &[Hits]) -> Vec<LureRow> {
    let mut rows: BTreeMap<&str, (usize, usize, BTreeSet<String>)> = BTreeMap::new();
    for (label, hits) in lures.iter().zip(lured) {
        let row = rows.entry(label.name()).or_default();
        row.0 += 1;
        row.1 += usize::from(!hits.rules.is_empty());
        row.2.extend(hits.rules.iter().cloned());
    }
    let row = |(negative, (met, told, rules)): (&str, (usize, usize, BTreeSet<String>))| LureRow {
        negative: negative.to_owned(),
        met,
        told,
        rules: rules.into_iter().collect(),
    };
    rows.into_iter().map(row).collect()
}
