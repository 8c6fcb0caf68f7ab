//! What other objects contributed to a partition, near an object's own time.
//!
//! Nearly always one page of one query holds it. Where it does not, what is
//! near is read before what is far, so that a burst of hours cannot hide what
//! happens now.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use flowtrail_detect::{Observation, Partition, Plan};

use super::marker::text_of;
use super::slice::{SPAN_MS, partition_key};
use super::{Known, ObjectId, State, text, wire};
use crate::fault::{Fault, FaultKind};

const CALL: &str = "Query";
/// Observations of other objects in one partition that are looked at together.
/// A partition with more is an address or a role that does one thing all day.
const ENTRIES_MAX: usize = 20_000;
/// How often the span is widened before what is there has to do.
const WIDENED_MAX: i64 = 12;
/// Pages, of 1 MB each, on which what is left out is counted.
const COUNTED_PAGES_MAX: u32 = 4;

type Item = HashMap<String, AttributeValue>;

/// What an object itself contributed to a partition.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    /// Its id.
    pub object: &'a ObjectId,
    /// Its observations.
    pub seen: &'a [Observation],
}

impl Own<'_> {
    /// The first and the last time.
    fn span(&self) -> Option<(i64, i64)> {
        let times = || self.seen.iter().map(|o| o.time.0);
        Some((times().min()?, times().max()?))
    }
}

/// What a partition holds around a span of time.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Observations that hang together with the span: no two neighbours are
    /// further apart than the family's reach. By the object that they come from;
    /// the object's own are always all there.
    pub by_object: BTreeMap<String, Vec<Observation>>,
    /// Findings among them that were written, or are about to be.
    pub known: Vec<Known>,
    /// Changes whenever another object contributes: the names of the items.
    pub version: Vec<String>,
    /// Observations that are not there: beyond the limit, as far as they were
    /// counted, or of rules that are not loaded.
    pub left_out: u64,
}

impl Loaded {
    /// All observations, which are not there any more after that: a large object
    /// has too many of them to hold them twice. Those of `own` come first, so that
    /// no limit meets them because of others.
    #[must_use]
    pub fn take_observations(&mut self, own: &ObjectId) -> Vec<Observation> {
        let mut by_object = std::mem::take(&mut self.by_object);
        let mut all = by_object.remove(own.as_str()).unwrap_or_default();
        all.extend(by_object.into_values().flatten());
        all
    }
}

impl State {
    /// Reads what is so near to an object's own observations in a partition that
    /// one window, or one chain of them, may hold both, consistently. If nothing
    /// fires among that, the object changes nothing, however long a chain of
    /// activity it stands in; see `Family::only_grows`.
    ///
    /// # Errors
    /// Those of DynamoDB, and an item that is not ours.
    pub async fn glance(
        &self,
        plan: &Plan,
        partition: &Partition,
        own: Own<'_>,
    ) -> Result<Loaded, Fault> {
        let Some((first, last)) = own.span() else {
            return Ok(Loaded::default());
        };
        let family = plan.families().get(partition.family);
        let reach = family.map_or(0, |f| f.reach_ms);
        let (from, to) = (first.saturating_sub(reach), last.saturating_add(reach));
        let mut near = Near {
            state: self,
            plan,
            pk: partition_key(plan, partition),
            own,
            read: Read::default(),
        };
        near.read(&Range::around(from, to), Way::Up).await?;
        Ok(near.read.within(from, to, own))
    }

    /// Reads what hangs together with an object's own observations in a
    /// partition, consistently.
    ///
    /// # Errors
    /// Those of DynamoDB, and an item that is not ours.
    pub async fn load(
        &self,
        plan: &Plan,
        partition: &Partition,
        own: Own<'_>,
    ) -> Result<Loaded, Fault> {
        let Some(span) = own.span() else {
            return Ok(Loaded::default());
        };
        let family = plan.families().get(partition.family);
        let mut near = Near {
            state: self,
            plan,
            pk: partition_key(plan, partition),
            own,
            read: Read::default(),
        };
        near.look(span, family.map_or(0, |f| f.reach_ms)).await
    }
}

/// Which way a query goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// The neighbourhood of an object, as far as it was read.
struct Near<'a> {
    state: &'a State,
    plan: &'a Plan,
    pk: String,
    own: Own<'a>,
    read: Read,
}

/// Sort keys, both ends included. Items are named by the time of their first
/// entry and span [`SPAN_MS`] at most.
struct Range {
    low: String,
    high: String,
}

impl Range {
    /// All items that hold an entry between two times.
    fn around(from: i64, to: i64) -> Self {
        Self {
            low: edge(from.saturating_sub(SPAN_MS)),
            high: format!("{}~", edge(to)),
        }
    }

    /// Those that are missing to have all from `lower` on, where all from `from`
    /// on are there.
    fn below(from: i64, lower: i64) -> Self {
        Self {
            low: edge(lower.saturating_sub(SPAN_MS)),
            // What begins at that very time has a longer name.
            high: edge(from.saturating_sub(SPAN_MS)),
        }
    }

    /// Those that are missing to have all up to `upper`, where all up to `to`
    /// are there.
    fn above(to: i64, upper: i64) -> Self {
        Self {
            low: format!("{}~", edge(to)),
            high: format!("{}~", edge(upper)),
        }
    }
}

/// A time as names of items begin with it.
fn edge(ms: i64) -> String {
    format!("{:015}", ms.max(0))
}

impl Near<'_> {
    async fn look(&mut self, span: (i64, i64), reach: i64) -> Result<Loaded, Fault> {
        let step = reach.saturating_mul(2).max(SPAN_MS);
        // Everything between these two times is there.
        let (mut from, mut to) = (span.0.saturating_sub(step), span.1.saturating_add(step));
        if !self.one_page(&Range::around(from, to)).await? {
            (from, to) = span;
            self.read(&Range::around(from, to), Way::Up).await?;
        }
        let mut widened = 0;
        loop {
            let (first, last) = connected(&self.read.times(self.own), span, reach);
            // What touches the edge may go on beyond it.
            let below = first.saturating_sub(reach) < from && from > SPAN_MS;
            let above = last.saturating_add(reach) > to;
            if !(below || above) {
                return Ok(std::mem::take(&mut self.read).within(first, last, self.own));
            }
            widened += 1;
            let further = step.saturating_mul(widened);
            let (lower, upper) = (from.saturating_sub(further), to.saturating_add(further));
            let enough = widened > WIDENED_MAX || self.read.is_full();
            if below {
                let range = Range::below(from, lower);
                self.read_or_count(&range, Way::Down, enough).await?;
                from = lower;
            }
            if above {
                let range = Range::above(to, upper);
                self.read_or_count(&range, Way::Up, enough).await?;
                to = upper;
            }
            if enough {
                return Ok(std::mem::take(&mut self.read).within(first, last, self.own));
            }
        }
    }

    /// Reads a range if one page holds it.
    async fn one_page(&mut self, range: &Range) -> Result<bool, Fault> {
        let page = self.query(range, Way::Up).send().await;
        let page = page.map_err(|e| Fault::of(CALL, &e))?;
        if page.last_evaluated_key.is_some() {
            return Ok(false);
        }
        self.read.add_all(self.plan, page.items(), self.own)?;
        Ok(true)
    }

    async fn read_or_count(&mut self, range: &Range, way: Way, enough: bool) -> Result<(), Fault> {
        if enough {
            self.count(range, way, None).await
        } else {
            self.read(range, way).await
        }
    }

    /// Reads a range as long as there is room, and counts the rest of it.
    async fn read(&mut self, range: &Range, way: Way) -> Result<(), Fault> {
        let mut start: Option<Item> = None;
        loop {
            let query = self.query(range, way).set_exclusive_start_key(start);
            let page = query.send().await.map_err(|e| Fault::of(CALL, &e))?;
            self.read.add_all(self.plan, page.items(), self.own)?;
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(());
            }
            if self.read.is_full() {
                return self.count(range, way, start).await;
            }
        }
    }

    /// Counts what is left out of a range, from a place in it on.
    async fn count(
        &mut self,
        range: &Range,
        way: Way,
        mut start: Option<Item>,
    ) -> Result<(), Fault> {
        for _ in 0..COUNTED_PAGES_MAX {
            let query = self
                .query(range, way)
                // Half the price, and a number that is near enough.
                .consistent_read(false)
                .projection_expression("#o, observations")
                .expression_attribute_names("#o", "object")
                .set_exclusive_start_key(start);
            let page = query.send().await.map_err(|e| Fault::of(CALL, &e))?;
            for item in page.items() {
                if text_of(item, "object") != Some(self.own.object.as_str()) {
                    let n = item.get("observations").and_then(|v| v.as_n().ok());
                    self.read.left_out += n.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn query(&self, range: &Range, way: Way) -> QueryFluentBuilder {
        self.state
            .client
            .query()
            .table_name(&self.state.table)
            .consistent_read(true)
            .scan_index_forward(way == Way::Up)
            .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", text(&self.pk))
            .expression_attribute_values(":low", text(&range.low))
            .expression_attribute_values(":high", text(&range.high))
    }
}

/// Items that were read.
#[derive(Debug, Default)]
struct Read {
    by_object: BTreeMap<String, Vec<Observation>>,
    known: Vec<Known>,
    version: Vec<String>,
    /// Observations of other objects.
    count: usize,
    left_out: u64,
}

impl Read {
    const fn is_full(&self) -> bool {
        self.count >= ENTRIES_MAX
    }

    fn add_all(&mut self, plan: &Plan, items: &[Item], own: Own<'_>) -> Result<(), Fault> {
        items.iter().try_for_each(|item| self.add(plan, item, own))
    }

    fn add(&mut self, plan: &Plan, item: &Item, own: Own<'_>) -> Result<(), Fault> {
        if let Some(known) = Known::read(item) {
            self.known.push(known);
            return Ok(());
        }
        let not_ours = || Fault::new(CALL, FaultKind::Service, "an item that is not ours");
        let object = text_of(item, "object").ok_or_else(not_ours)?;
        let sk = text_of(item, "sk").ok_or_else(not_ours)?;
        self.version.push(sk.to_owned());
        if object == own.object.as_str() {
            // They are at hand, and take no room.
            return Ok(());
        }
        let bytes = item.get("entries").and_then(|v| v.as_b().ok());
        let bytes = bytes.ok_or_else(not_ours)?;
        let (seen, unknown) = wire::unpack(plan, bytes.as_ref()).map_err(|_| not_ours())?;
        self.count += seen.len();
        self.left_out += unknown;
        self.by_object
            .entry(object.to_owned())
            .or_default()
            .extend(seen);
        Ok(())
    }

    fn times(&self, own: Own<'_>) -> Vec<i64> {
        let others = self.by_object.values().flatten();
        let mut times: Vec<i64> = others.chain(own.seen).map(|o| o.time.0).collect();
        times.sort_unstable();
        times
    }

    /// What lies between two instants, both included, and the object's own.
    fn within(self, first: i64, last: i64, own: Own<'_>) -> Loaded {
        let mut by_object = self.by_object;
        for seen in by_object.values_mut() {
            seen.retain(|o| (first..=last).contains(&o.time.0));
        }
        by_object.retain(|_, seen| !seen.is_empty());
        by_object.insert(own.object.as_str().to_owned(), own.seen.to_vec());
        let mut known = self.known;
        // One over windows that lie side by side may begin before its first match.
        known.retain(|k| k.first <= last && k.last >= first);
        let mut version = self.version;
        version.sort_unstable();
        Loaded {
            by_object,
            known,
            version,
            left_out: self.left_out,
        }
    }
}

/// The first and the last time that hang together with `span`: from one to the
/// next it is never further than `reach`. `times` are sorted.
fn connected(times: &[i64], span: (i64, i64), reach: i64) -> (i64, i64) {
    let (mut first, mut last) = span;
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
mod tests;
