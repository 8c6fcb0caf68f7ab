//! What other objects contributed to a partition, near a span of time.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use flowtrail_detect::{Observation, Partition, Plan};
use flowtrail_event::EventTime;

use super::slice::{SPAN_MS, partition_key};
use super::{Known, State, text, wire};
use crate::fault::{Fault, FaultKind};

/// Observations of one partition that are looked at together. A partition with
/// more is an address or a role that does one thing all day.
const ENTRIES_MAX: usize = 20_000;
/// How often the span is widened before what is there has to do.
const WIDENED_MAX: u32 = 12;

/// What a partition holds around a span of time.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Observations that hang together with the span: no two neighbours are
    /// further apart than the family's reach. By the object that they come from.
    pub by_object: BTreeMap<String, Vec<Observation>>,
    /// Findings among them that were written, or are about to be.
    pub known: Vec<Known>,
    /// Changes whenever another object contributes: the names of the items.
    pub version: Vec<String>,
    /// Observations that are not there: beyond the limit, or of rules that are
    /// not loaded.
    pub left_out: u64,
}

impl Loaded {
    /// All observations.
    #[must_use]
    pub fn observations(&self) -> Vec<Observation> {
        self.by_object.values().flatten().cloned().collect()
    }
}

impl State {
    /// Reads what hangs together with `span` in a partition, consistently.
    ///
    /// # Errors
    /// Those of DynamoDB, and an item that is not ours.
    pub async fn load(
        &self,
        plan: &Plan,
        partition: &Partition,
        span: (EventTime, EventTime),
    ) -> Result<Loaded, Fault> {
        let reach = plan.families().get(partition.family);
        let reach = reach.map_or(0, |f| f.reach_ms);
        let pk = partition_key(plan, partition);
        let step = reach.saturating_mul(2).max(SPAN_MS);
        let (mut from, mut to) = (span.0.0.saturating_sub(step), span.1.0.saturating_add(step));
        let mut widened = 0;
        loop {
            let read = self.read(plan, &pk, from, to).await?;
            let times = read.times();
            let (first, last) = connected(&times, span, reach);
            // What touches the edge may go on beyond it.
            let below = first.saturating_sub(reach) < from;
            let above = last.saturating_add(reach) > to;
            let enough = read.count >= ENTRIES_MAX || widened >= WIDENED_MAX;
            if enough || !(below || above) {
                let mut loaded = read.within(first, last);
                if enough && (below || above) {
                    loaded.left_out += 1;
                }
                return Ok(loaded);
            }
            widened += 1;
            let further = step.saturating_mul(i64::from(widened));
            if below {
                from = from.saturating_sub(further);
            }
            if above {
                to = to.saturating_add(further);
            }
        }
    }

    async fn read(&self, plan: &Plan, pk: &str, from: i64, to: i64) -> Result<Read, Fault> {
        let low = from.saturating_sub(SPAN_MS).max(0);
        let mut out = Read::default();
        let mut start: Option<std::collections::HashMap<String, AttributeValue>> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                .expression_attribute_values(":pk", text(pk))
                .expression_attribute_values(":low", text(format!("{low:015}")))
                .expression_attribute_values(":high", text(format!("{:015}~", to.max(0))))
                .set_exclusive_start_key(start.take())
                .send()
                .await
                .map_err(|e| Fault::of("Query", &e))?;
            for item in page.items() {
                out.add(plan, item)?;
            }
            start = page.last_evaluated_key;
            if start.is_none() || out.count >= ENTRIES_MAX {
                out.left_out += u64::from(start.is_some());
                return Ok(out);
            }
        }
    }
}

/// The items of one query.
#[derive(Debug, Default)]
struct Read {
    by_object: BTreeMap<String, Vec<Observation>>,
    known: Vec<Known>,
    version: Vec<String>,
    count: usize,
    left_out: u64,
}

impl Read {
    fn add(
        &mut self,
        plan: &Plan,
        item: &std::collections::HashMap<String, AttributeValue>,
    ) -> Result<(), Fault> {
        if let Some(known) = Known::read(item) {
            self.known.push(known);
            return Ok(());
        }
        let not_ours = || Fault::new("Query", FaultKind::Service, "an item that is not ours");
        let text = |name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned();
        let object = text("object").ok_or_else(not_ours)?;
        let sk = text("sk").ok_or_else(not_ours)?;
        let bytes = item.get("entries").and_then(|v| v.as_b().ok());
        let bytes = bytes.ok_or_else(not_ours)?;
        let (seen, unknown) = wire::unpack(plan, bytes.as_ref()).map_err(|_| not_ours())?;
        self.count += seen.len();
        self.left_out += unknown;
        self.version.push(sk);
        self.by_object.entry(object).or_default().extend(seen);
        Ok(())
    }

    fn times(&self) -> Vec<i64> {
        let mut times: Vec<i64> = self
            .by_object
            .values()
            .flatten()
            .map(|o| o.time.0)
            .collect();
        times.sort_unstable();
        times
    }

    /// What lies between two instants, both included.
    fn within(self, first: i64, last: i64) -> Loaded {
        let mut by_object = self.by_object;
        for seen in by_object.values_mut() {
            seen.retain(|o| (first..=last).contains(&o.time.0));
        }
        by_object.retain(|_, seen| !seen.is_empty());
        let mut known = self.known;
        known.retain(|k| (first..=last).contains(&k.first));
        Loaded {
            by_object,
            known,
            version: self.version,
            left_out: self.left_out,
        }
    }
}

/// The first and the last time that hang together with `span`: from one to the
/// next it is never further than `reach`. `times` are sorted.
fn connected(times: &[i64], span: (EventTime, EventTime), reach: i64) -> (i64, i64) {
    let (mut first, mut last) = (span.0.0, span.1.0);
    for time in times.iter().rev().copied() {
        if time < first && time >= first.saturating_sub(reach) {
            first = time;
        }
    }
    for time in times.iter().copied() {
        if time > last && time <= last.saturating_add(reach) {
            last = time;
        }
    }
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_together_is_followed_to_both_sides() {
        let times = [0, 50, 90, 100, 130, 170, 300];
        let of = |a, b, reach| connected(&times, (EventTime(a), EventTime(b)), reach);
        assert_eq!(of(100, 100, 40), (50, 170));
        assert_eq!(of(100, 100, 50), (0, 170));
        assert_eq!(of(100, 130, 9), (100, 130));
        assert_eq!(of(100, 130, 200), (0, 300));
        assert_eq!(connected(&[], (EventTime(5), EventTime(7)), 10), (5, 7));
    }
}
