//! How often rules speak up in a folder of logs.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use flowtrail_context::Given;
use flowtrail_detect::{Detector, Finding, Plan};
use flowtrail_event::{EventTime, Limits};
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Level, RuleMeta, RuleSet, RuleSource, compile};
use flowtrail_table::{Run, detect};
use serde_json::{Value, json};

use crate::args::Coverage;
use crate::logs::{self, Reading};
use crate::progress::Bar;
use crate::threads::{self, cores};

/// Matches every management event: those that trails record unless told
/// otherwise. Old versions of the record do not say, and had no others.
const MANAGEMENT: &str = "
title: management events
logsource: {product: aws, service: cloudtrail}
detection:
    other_flag:
        managementEvent: 'false'
    other_category:
        eventCategory: [Data, NetworkActivity, Insight]
    condition: not 1 of other_*
level: informational
";

/// Milliseconds of a day.
const DAY_MS: f64 = 86_400_000.0;

/// Findings against events and days.
pub(super) struct Noise {
    level: Level,
    /// CloudTrail events and flow records that were judged.
    pub(super) records: u64,
    /// Of these, management events.
    pub(super) management: u64,
    /// First and last event.
    times: Option<(EventTime, EventTime)>,
    /// Findings by rule, most first.
    pub(super) by_rule: Vec<(Arc<RuleMeta>, u64)>,
    over_limit: u64,
    complete: bool,
}

impl Noise {
    /// Runs the rules over the logs, and counts.
    pub(super) fn measure(rules: RuleSet, args: &Coverage, given: &Given) -> anyhow::Result<Self> {
        let mut limits = Limits::default();
        // Every one is counted; this is no place to cut.
        limits.findings_per_object_max = limits.findings_max;
        let plan = Plan::given(Arc::new(rules), &limits, args.level, given);
        let plan = plan.context("cannot prepare the rules")?;
        let counting = Plan::new(management_rule(), &limits, Level::Critical, None);
        let counting = counting.context("cannot prepare the counting rule")?;
        let plans = [Arc::new(plan), Arc::new(counting)];
        let run = Arc::new(Run::default());
        let detected = threads::with(|runtime| {
            let reading = Reading {
                aside: args.rules.aside(),
                ..Reading::default()
            };
            let logs = Arc::new(logs::open(&args.paths, reading, runtime)?);
            runtime.block_on(async {
                let _bar = Bar::new(&run);
                tokio::select! {
                    detected = detect(&logs, &plans, cores().get(), &run, None) => Ok(detected?),
                    _ = tokio::signal::ctrl_c() => bail!("interrupted before all was read"),
                }
            })
        })?;
        let mut detectors = detected.detectors.into_iter().map(Detector::finish);
        let (findings, loss) = detectors.next().unwrap_or_default();
        let (_, counted) = detectors.next().unwrap_or_default();
        let sums = run.account().sums();
        Ok(Self {
            level: args.level,
            records: sums.tally.evaluated,
            management: counted.below_level,
            times: sums.times,
            by_rule: by_rule(&findings),
            over_limit: loss.findings_over_limit,
            complete: !sums.is_partial(),
        })
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.complete && self.over_limit == 0
    }

    /// Days between the first and the last event; a part of a day counts as
    /// that part, and nothing below an hour is taken for a rate.
    pub(super) fn days(&self) -> f64 {
        const HOUR: f64 = 1.0 / 24.0;
        #[expect(
            clippy::cast_precision_loss,
            reason = "a span of years is below 2^52 ms"
        )]
        let span = |(first, last): (EventTime, EventTime)| (last.0 - first.0) as f64 / DAY_MS;
        self.times.map_or(HOUR, |t| span(t).max(HOUR))
    }

    /// Findings at or above `level`.
    pub(super) fn from(&self, level: Level) -> u64 {
        let at = self.by_rule.iter().filter(|(m, _)| m.level >= level);
        at.map(|(_, n)| n).sum()
    }

    /// Levels that were counted, gravest first.
    pub(super) fn levels(&self) -> impl Iterator<Item = Level> {
        let lowest = self.level;
        Level::ALL.into_iter().rev().filter(move |l| *l >= lowest)
    }

    /// `n` for each thousand management events; of all records where there are
    /// none, as in flow logs.
    pub(super) fn per_thousand(&self, n: u64) -> f64 {
        let base = if self.management > 0 {
            self.management
        } else {
            self.records
        };
        rate(n, base) * 1000.0
    }

    /// `n` for each day.
    pub(super) fn per_day(&self, n: u64) -> f64 {
        count(n) / self.days()
    }

    pub(super) fn json(&self) -> Value {
        let rule = |(meta, n): &(Arc<RuleMeta>, u64)| {
            json!({
                "id": meta.id, "title": meta.title, "level": meta.level, "findings": n,
                "per_thousand": self.per_thousand(*n), "per_day": self.per_day(*n),
            })
        };
        let level = |l: Level| {
            let n = self.from(l);
            let rates = json!({
                "findings": n, "per_thousand": self.per_thousand(n), "per_day": self.per_day(n),
            });
            (l.name(), rates)
        };
        let from: BTreeMap<&str, Value> = self.levels().map(level).collect();
        let rules: Vec<Value> = self.by_rule.iter().map(rule).collect();
        json!({
            "records": self.records, "management_events": self.management,
            "days": self.days(), "findings_over_limit": self.over_limit,
            "complete": self.is_complete(), "at_or_above": from, "rules": rules,
        })
    }

    /// What stands above the numbers, in a sentence or two.
    pub(super) fn heading(&self) -> String {
        let mut text = format!(
            "{} records, {} of them management events, over {:.1} days.",
            self.records,
            self.management,
            self.days()
        );
        if self.over_limit > 0 {
            text.push_str(&format!(
                " {} findings beyond the limit are missing below.",
                self.over_limit
            ));
        }
        if !self.complete {
            text.push_str(" Not every object could be read; `flowtrail replay` says which.");
        }
        text
    }
}

fn management_rule() -> Arc<RuleSet> {
    let source = RuleSource {
        file: "management".to_owned(),
        text: MANAGEMENT.to_owned(),
    };
    Arc::new(compile(&[source], &rule_options()).rules)
}

fn by_rule(findings: &[Finding]) -> Vec<(Arc<RuleMeta>, u64)> {
    let mut by_id: BTreeMap<&str, (Arc<RuleMeta>, u64)> = BTreeMap::new();
    for f in findings {
        let new = || (Arc::clone(&f.rule), 0);
        by_id.entry(&f.rule.id).or_insert_with(new).1 += 1;
    }
    let mut all: Vec<_> = by_id.into_values().collect();
    all.sort_by(|a, b| (b.0.level, b.1, &a.0.title).cmp(&(a.0.level, a.1, &b.0.title)));
    all
}

fn rate(n: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count(n) / count(of) }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
const fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counting_rule_compiles() {
        assert_eq!(management_rule().rules().len(), 1);
    }

    #[test]
    fn rates_are_over_management_events_and_days() {
        let day = 86_400_000;
        let noise = Noise {
            level: Level::Low,
            records: 4_000,
            management: 2_000,
            times: Some((EventTime(0), EventTime(2 * day))),
            by_rule: Vec::new(),
            over_limit: 0,
            complete: true,
        };
        assert!((noise.per_thousand(4) - 2.0).abs() < 1e-9);
        assert!((noise.per_day(4) - 2.0).abs() < 1e-9);
        let levels: Vec<_> = noise.levels().map(Level::name).collect();
        assert_eq!(levels, ["critical", "high", "medium", "low"]);
        let flows = Noise {
            management: 0,
            times: None,
            ..noise
        };
        assert!((flows.per_thousand(4) - 1.0).abs() < 1e-9);
        assert!((flows.days() - 1.0 / 24.0).abs() < 1e-9);
    }
}
