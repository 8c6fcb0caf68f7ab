//! Since when something has been seen that no baseline knows.
//!
//! An item holds the first day and nothing else, and only ever an earlier one is
//! put over it: a minimum, so that order and repetition change nothing, and of
//! two who meet it for the first time on one day both learn the same.
//!
//! Few things are asked for, and those again and again until a baseline knows
//! them. So they are asked for before anything is written, which costs a
//! tenth of a write and no more if what comes back is some moments old: who
//! then writes for nothing is told the day that stands there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnValuesOnConditionCheckFailure,
};
use flowtrail_baseline::Day;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::marker::text_of;
use super::{SIDE_BY_SIDE, State, TTL_ATTRIBUTE, number, text};
use crate::fault::{Fault, FaultKind};

const ASK: &str = "BatchGetItem";
const PUT: &str = "PutItem";
/// Keys of one call, by the API reference of `BatchGetItem`.
const KEYS_MAX: usize = 100;
/// How often what the table did not come to is asked for again.
const TRIES_MAX: u32 = 6;
/// First days that a warm instance holds: a few megabytes. What does not fit is
/// asked for again.
const HELD_MAX: usize = 100_000;
/// The sort key of all of these items.
const SK: &str = "seen";
const SECS_OF_DAY: i64 = 86_400;

type Item = HashMap<String, AttributeValue>;

/// Something whose first day is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// What it goes by.
    pub id: u64,
    /// On which day whoever asks has seen it. None: he has not, and only asks.
    pub seen: Option<Day>,
}

/// First days that are known here.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<Mutex<HashMap<u64, Day>>>);

impl Held {
    /// The day, if the table cannot say anything else of it.
    fn get(&self, sight: Sight, memory: u16) -> Option<Day> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let day = held.get(&sight.id).copied()?;
        // Who has seen it earlier has something to tell, and whoever comes when
        // it is forgotten, too.
        (sight.seen.is_none_or(|seen| day <= seen) && !is_forgotten(day, sight, memory))
            .then_some(day)
    }

    fn put(&self, id: u64, day: Day) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD_MAX && !held.contains_key(&id) {
            held.clear();
        }
        held.insert(id, day);
    }
}

/// Whether a day is so long ago that it is as if there were none.
fn is_forgotten(day: Day, sight: Sight, memory: u16) -> bool {
    sight
        .seen
        .is_some_and(|seen| day.0.saturating_add(memory) < seen.0)
}

impl State {
    /// The first day on which each of these was seen, by its id, that of whoever
    /// asks included, which is entered: when this returns it is in the table.
    /// What nobody has seen is not there. `memory` is for how many days
    /// something is remembered.
    ///
    /// # Errors
    /// Those of DynamoDB, after retries.
    pub async fn first_days(
        &self,
        asked: &[Sight],
        memory: u16,
        now: i64,
    ) -> Result<BTreeMap<u64, Day>, Fault> {
        let mut first: BTreeMap<u64, Day> = BTreeMap::new();
        let mut open = Vec::new();
        for sight in asked {
            match self.held.get(*sight, memory) {
                Some(day) => drop(first.insert(sight.id, day)),
                None => open.push(*sight),
            }
        }
        let parts = open.chunks(KEYS_MAX).map(|part| self.ask(part));
        let parts: Vec<BTreeMap<u64, Day>> = stream::iter(parts)
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        let mut news = Vec::new();
        let stands: BTreeMap<u64, Day> = parts.into_iter().flatten().collect();
        for sight in open {
            let stands = stands.get(&sight.id).copied();
            match (stands, sight.seen) {
                (None, None) => {}
                (Some(day), None) => drop(first.insert(sight.id, day)),
                (Some(day), Some(seen)) if day <= seen && !is_forgotten(day, sight, memory) => {
                    first.insert(sight.id, day);
                }
                (_, Some(seen)) => news.push((sight.id, seen)),
            }
        }
        let puts = news
            .into_iter()
            .map(|(id, seen)| self.enter_day(id, seen, memory, now));
        let put: Vec<(u64, Day)> = stream::iter(puts)
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        first.extend(put);
        first.iter().for_each(|(id, day)| self.held.put(*id, *day));
        Ok(first)
    }

    /// What stands in the table of these.
    async fn ask(&self, part: &[Sight]) -> Result<BTreeMap<u64, Day>, Fault> {
        let _lane = self.lane().await;
        let mut keys = KeysAndAttributes::builder()
            .projection_expression("pk, #f")
            .expression_attribute_names("#f", "first");
        for sight in part {
            keys = keys.keys(key_of(sight.id));
        }
        let keys = keys
            .build()
            .map_err(|e| Fault::new(ASK, FaultKind::Invalid, e.to_string()))?;
        let mut left = HashMap::from([(self.table.clone(), keys)]);
        let mut found = BTreeMap::new();
        for tries in 1..=TRIES_MAX {
            let got = self
                .client
                .batch_get_item()
                .set_request_items(Some(left))
                .send()
                .await
                .map_err(|e| Fault::of(ASK, &e))?;
            let items = got.responses.unwrap_or_default();
            found.extend(items.values().flatten().filter_map(read));
            left = got.unprocessed_keys.unwrap_or_default();
            left.retain(|_, keys| !keys.keys.is_empty());
            if left.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(pause(tries, part)).await;
        }
        let message = "the table did not come to all keys";
        Err(Fault::new(ASK, FaultKind::Throttled, message))
    }

    /// Enters a day, unless an earlier one stands there that is not forgotten.
    /// Returns which one stands there now.
    async fn enter_day(
        &self,
        id: u64,
        seen: Day,
        memory: u16,
        now: i64,
    ) -> Result<(u64, Day), Fault> {
        let _lane = self.lane().await;
        let sent = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(key_of(id)))
            .item("first", number(i64::from(seen.0)))
            .item(TTL_ATTRIBUTE, self.forgotten(seen, memory, now))
            .condition_expression("attribute_not_exists(pk) OR #f > :seen OR #f < :forgotten")
            .expression_attribute_names("#f", "first")
            .expression_attribute_values(":seen", number(i64::from(seen.0)))
            .expression_attribute_values(
                ":forgotten",
                number(i64::from(seen.0) - i64::from(memory)),
            )
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = sent else {
            return Ok((id, seen));
        };
        let stands = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                failed.item.as_ref().and_then(read)
            }
            Some(_) | None => return Err(Fault::of(PUT, &error)),
        };
        stands.ok_or_else(|| Fault::new(PUT, FaultKind::Service, "an item that is not ours"))
    }

    /// When nobody remembers the day any more; for logs of long ago not before
    /// everything else that is written now.
    fn forgotten(&self, seen: Day, memory: u16, now: i64) -> AttributeValue {
        let after = i64::from(seen.0) + i64::from(memory) + 1;
        let keep = i64::try_from(self.keep.as_secs()).unwrap_or(i64::MAX);
        number((after * SECS_OF_DAY).max(now.saturating_add(keep)))
    }
}

fn key_of(id: u64) -> Item {
    let pk = text(format!("seen#{id:016x}"));
    HashMap::from([("pk".to_owned(), pk), ("sk".to_owned(), text(SK))])
}

/// The id and the first day of an item.
fn read(item: &Item) -> Option<(u64, Day)> {
    let id = text_of(item, "pk")?.strip_prefix("seen#")?;
    let day = item.get("first")?.as_n().ok()?.parse().ok()?;
    Some((u64::from_str_radix(id, 16).ok()?, Day(day)))
}

/// Longer with each try, and different for different keys, so that those who met
/// do not meet again.
fn pause(tries: u32, part: &[Sight]) -> Duration {
    let spread = part.first().map_or(0, |s| s.id % 50);
    Duration::from_millis((25_u64 << tries.min(6)) + spread)
}

#[cfg(test)]
mod tests;
